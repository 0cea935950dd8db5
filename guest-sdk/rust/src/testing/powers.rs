//! What a session may do besides knowing itself: grants, a database, settings, functions of
//! the application and of other plugins, and the world outside. The modules of `fake` ask here, in the order in
//! which a host asks: the grant first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde_json::Value;

use super::grants::{Grants, denied};
use super::world::{Offers, SharedWorld};
use super::{Database, Session};
use crate::types::{Failure, Fault};

/// A database that a session and its clones share.
pub(crate) type SharedDatabase = Rc<RefCell<dyn Database>>;

/// A function of the application.
pub(crate) type Function = Rc<dyn Fn(Value) -> Result<Value, Fault>>;

/// A key that the manifest would declare.
#[derive(Clone)]
pub(crate) enum Setting {
    Plain(Value),
    Secret(String),
    Unset,
}

/// What a session may do; its builders fill it in. Clones share the database, and what was
/// sent, kept and scheduled.
#[derive(Clone, Default)]
pub struct Powers {
    pub(crate) grants: Grants,
    /// What answers from outside.
    pub(crate) offers: Offers,
    /// What was done to the outside.
    pub(crate) world: SharedWorld,
    database: Option<SharedDatabase>,
    settings: BTreeMap<String, Setting>,
    functions: BTreeMap<String, Function>,
    /// By plugin and name.
    peers: BTreeMap<(String, String), Function>,
}

impl Session {
    /// With a database, which needs the grant `db` besides.
    pub fn database(mut self, database: impl Database + 'static) -> Self {
        self.powers.database = Some(Rc::new(RefCell::new(database)));
        self
    }

    /// With a setting that has a value.
    pub fn setting(self, key: &str, value: impl Into<Value>) -> Self {
        self.declared(key, Setting::Plain(value.into()))
    }

    /// With a secret that is set.
    pub fn secret(self, key: &str, text: &str) -> Self {
        self.declared(key, Setting::Secret(text.to_owned()))
    }

    /// With a setting or secret that the manifest declares and that has no value.
    pub fn declares(self, key: &str) -> Self {
        self.declared(key, Setting::Unset)
    }

    /// With a function of the application, which needs the grant `app` besides. It runs
    /// within the session, so that it can ask [`context`](crate::context) for the actor.
    pub fn function(
        mut self,
        name: &str,
        function: impl Fn(Value) -> Result<Value, Fault> + 'static,
    ) -> Self {
        let functions = &mut self.powers.functions;
        functions.insert(name.to_owned(), Rc::new(function));
        self
    }

    /// With a function that another plugin exposes, which needs the grant `plugins` besides. It
    /// gets the list of its arguments, and runs within the session.
    pub fn peer(
        mut self,
        plugin: &str,
        name: &str,
        function: impl Fn(Value) -> Result<Value, Fault> + 'static,
    ) -> Self {
        let peers = &mut self.powers.peers;
        peers.insert((plugin.to_owned(), name.to_owned()), Rc::new(function));
        self
    }

    fn declared(mut self, key: &str, setting: Setting) -> Self {
        self.powers.settings.insert(key.to_owned(), setting);
        self
    }
}

impl Powers {
    pub(crate) fn granted_database(&self) -> Result<SharedDatabase, Fault> {
        if !self.grants.db {
            return Err(denied(
                "db",
                "use the database".to_owned(),
                "ask for tables under `capabilities.db` in manifest.yaml and grant it".to_owned(),
            ));
        }
        self.database.clone().ok_or_else(|| {
            Fault::Unavailable("this session has no database: give it one".to_owned())
        })
    }

    pub(crate) fn setting(&self, key: &str) -> Option<Setting> {
        self.settings.get(key).cloned()
    }

    pub(crate) fn keys_with_a_value(&self) -> Vec<String> {
        let set = |(_, setting): &(&String, &Setting)| !matches!(setting, Setting::Unset);
        let keys = self.settings.iter().filter(set);
        keys.map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn granted_function(&self, name: &str) -> Result<Function, Fault> {
        if !self.grants.function(name) {
            return Err(denied(
                "app",
                format!("call {name}"),
                format!("add `{name}` under `capabilities.app` in manifest.yaml and grant it"),
            ));
        }
        let function = self.functions.get(name);
        function.map(Rc::clone).ok_or_else(|| {
            Fault::Failed(Failure {
                code: "not-found".to_owned(),
                message: format!("this application has no function `{name}`"),
                details: None,
            })
        })
    }

    pub(crate) fn granted_peer(&self, plugin: &str, name: &str) -> Result<Function, Fault> {
        if !self.grants.peer(plugin, name) {
            return Err(denied(
                "plugins",
                format!("call {plugin}.{name}"),
                format!(
                    "add `{plugin}.{name}` under `capabilities.plugins` in manifest.yaml and grant it"
                ),
            ));
        }
        let function = self.peers.get(&(plugin.to_owned(), name.to_owned()));
        function.map(Rc::clone).ok_or_else(|| {
            Fault::Failed(Failure {
                code: "not-found".to_owned(),
                message: format!("the plugin `{plugin}` exposes no function `{name}`"),
                details: None,
            })
        })
    }

    pub(crate) fn granted_peers(&self) -> Vec<(String, String)> {
        let names = self.peers.keys();
        names
            .filter(|(plugin, name)| self.grants.peer(plugin, name))
            .cloned()
            .collect()
    }

    pub(crate) fn granted_functions(&self) -> Vec<String> {
        let names = self.functions.keys();
        names
            .filter(|name| self.grants.function(name))
            .cloned()
            .collect()
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Powers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Powers")
            .field("grants", &self.grants)
            .field("settings", &self.settings.keys())
            .field("functions", &self.functions.keys())
            .field("peers", &self.peers.keys())
            .finish_non_exhaustive()
    }
}
