//! A function of a package, called by a person at a command line: the package need not be in
//! `plugins/`, and nothing that serves is touched.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use goatkit_capability::{Actor, Entry, EntryKind, SessionFacts};
use goatkit_package::{PluginName, nearest};
use goatkit_runtime::{CallError, Function, Output};
use semver::Version;

use crate::error::{AddError, FindError, waits};
use crate::manager::Manager;
use crate::unit::Unit;

/// Longer than any limit that a plugin can have for one call: the plugin's own counts.
const PATIENCE: Duration = Duration::from_secs(600);

/// What is to be called.
#[derive(Debug, Clone)]
pub struct CommandCall {
    /// The zip or, where one writes it, the unpacked package.
    pub file: PathBuf,
    /// The function's name.
    pub function: String,
    /// A JSON array in the order of the registration.
    pub args: String,
    /// A BCP 47 tag.
    pub locale: String,
    /// Whom it is made for.
    pub actor: Actor,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallRefused {
    /// The file is no package, or this host refuses it.
    #[error(transparent)]
    Package(#[from] AddError),
    /// It waits for consent, or does not load.
    #[error(transparent)]
    Find(#[from] FindError),
    /// Another version serves, whose data this one would change.
    #[error(
        "this host serves version {serving} of `{name}`, and the file is another: install it first with `gk plugin install`"
    )]
    Other {
        /// The plugin.
        name: PluginName,
        /// The version that serves.
        serving: Version,
    },
    /// It has no such function.
    #[error("the package has no function `{wanted}`: {hint}")]
    NoFunction {
        /// What was asked for.
        wanted: String,
        /// The nearest of what there is, or all of it.
        hint: String,
    },
    /// The call's own.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Manager {
    /// Calls a function of a package for a person at a command line.
    ///
    /// # Errors
    /// [`CallRefused`].
    pub async fn call_command(self: &Arc<Self>, call: CommandCall) -> Result<Output, CallRefused> {
        let unit = self.unit_of(&call).await?;
        let active = unit.register().await.map_err(FindError::Broken)?;
        let functions = &active.registration.functions;
        if !functions.iter().any(|known| known.name == call.function) {
            return Err(no_function(call.function, functions));
        }
        let plugin = unit.plugin().await.map_err(FindError::Broken)?;
        let session = self.session(facts(&call));
        let answer = plugin.call_function(&session, &call.function, call.args);
        Ok(answer.await?)
    }

    /// The unit that serves this very package, or one for this call alone.
    async fn unit_of(self: &Arc<Self>, call: &CommandCall) -> Result<Arc<Unit>, CallRefused> {
        let file = call.file.clone();
        let found = self.apart(move |manager| manager.read(&file)).await?;
        let name = found.name();
        if let Some(unit) = self.snapshot().plugins.get(name) {
            if unit.package().digest() == found.package.digest() {
                return Ok(Arc::clone(unit));
            }
            return Err(CallRefused::Other {
                name: name.clone(),
                serving: unit.package().manifest().version.clone(),
            });
        }
        let open = found.open(self.ledger());
        if !open.is_empty() {
            let version = found.version();
            return Err(AddError::new(format!("`{name}` {version} {}", waits(&open))).into());
        }
        Ok(Unit::new(found, &self.house))
    }
}

fn facts(call: &CommandCall) -> SessionFacts {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    SessionFacts {
        actor: Some(call.actor.clone()),
        tenant: None,
        locale: call.locale.clone(),
        request_id: format!("command-{}-{count}", std::process::id()),
        deadline: Instant::now() + PATIENCE,
        entry: Entry {
            kind: EntryKind::Command,
            name: call.function.clone(),
        },
    }
}

fn no_function(wanted: String, functions: &[Function]) -> CallRefused {
    let names = || functions.iter().map(|function| function.name.as_str());
    let hint = match nearest(&wanted, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if functions.is_empty() => "it registers none".to_owned(),
        None => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
    };
    CallRefused::NoFunction { wanted, hint }
}
