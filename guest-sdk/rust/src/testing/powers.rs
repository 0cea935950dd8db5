//! What a session may do besides knowing itself: grants, a database, settings, and functions
//! of the application. The modules of `fake` ask here, in the order in which a host asks:
//! the grant first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde_json::Value;

use super::{Database, Session};
use crate::types::{Denial, Failure, Fault};

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

/// What a session may do; its builders fill it in. Clones share the database.
#[derive(Clone, Default)]
pub struct Powers {
    db: bool,
    app: Vec<String>,
    database: Option<SharedDatabase>,
    settings: BTreeMap<String, Setting>,
    functions: BTreeMap<String, Function>,
}

impl Session {
    /// With a grant: `db`, or `app` with names and patterns of the application's functions,
    /// as in `app: ticket.*, queue.list`. The database is granted whole: tables and columns
    /// are for the host to judge.
    ///
    /// # Panics
    /// On a text that is neither.
    #[track_caller]
    pub fn grant(mut self, grant: &str) -> Self {
        match grant.split_once(':') {
            None if grant == "db" => self.powers.db = true,
            Some(("app", names)) => {
                let names = names.split(',').map(|name| name.trim().to_owned());
                self.powers.app.extend(names.inspect(|name| check(name)));
            }
            _ => panic!("`{grant}` is no grant: write `db` or `app: NAME, NAME.*`"),
        }
        self
    }

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

    fn declared(mut self, key: &str, setting: Setting) -> Self {
        self.powers.settings.insert(key.to_owned(), setting);
        self
    }
}

#[track_caller]
fn check(name: &str) {
    let stem = match name.strip_suffix(".*") {
        Some(stem) => stem,
        None if name == "*" => return,
        None => name,
    };
    if stem.is_empty() || stem.contains('*') {
        panic!("`{name}` is no name of a function: write `ticket.create`, `ticket.*` or `*`");
    }
}

impl Powers {
    pub(crate) fn granted_database(&self) -> Result<SharedDatabase, Fault> {
        if !self.db {
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
        if !self.grants_function(name) {
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

    pub(crate) fn granted_functions(&self) -> Vec<String> {
        let names = self.functions.keys();
        names
            .filter(|name| self.grants_function(name))
            .cloned()
            .collect()
    }

    fn grants_function(&self, name: &str) -> bool {
        let permits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => pattern == name,
        };
        self.app.iter().any(permits)
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Powers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Powers")
            .field("db", &self.db)
            .field("app", &self.app)
            .field("settings", &self.settings.keys())
            .field("functions", &self.functions.keys())
            .finish_non_exhaustive()
    }
}

fn denied(capability: &str, asked: String, remedy: String) -> Fault {
    Fault::Denied(Denial {
        capability: capability.to_owned(),
        asked,
        remedy,
    })
}
