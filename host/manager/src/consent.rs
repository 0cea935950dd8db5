//! What administrators decide: what a plugin may do, and what it may do no longer. A decision
//! is written down first, then it is in force. How a package is put in its place, with the
//! decision on it, is in `install`.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use goatkit_capability::PlatformError;
use goatkit_capability::grants::{Binding, Ledger, Rule, Rules, Sentence, is_named};
use goatkit_package::{PluginName, nearest};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::discover::Found;
use crate::error::{AddError, FindError};
use crate::manager::{Manager, Units};

/// A version of a plugin, as an administrator is asked about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The plugin.
    pub name: String,
    /// The version.
    pub version: Version,
    /// What its grants are bound to: `digest:…` or `folder:…`.
    pub binding: String,
    /// What it asks that is new: nobody has decided yet.
    pub open: Vec<Ask>,
    /// What it asks and was granted.
    pub granted: Vec<Ask>,
    /// What it asks and was refused, or granted and revoked.
    pub refused: Vec<Ask>,
    /// Whether this version serves now.
    pub serves: bool,
}

/// A package that somebody wants to install.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// What it asks.
    pub asked: Asked,
    /// The same in plain words, for the person who is asked.
    pub text: String,
}

/// Something that is asked, in the words of grants and of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The item, as `gk plugin grant` takes it.
    pub item: String,
    /// The rules, as they are granted and counted.
    pub rules: Vec<String>,
    /// Ends of sentences that begin with "It may".
    pub it_may: Vec<String>,
}

/// Why a decision was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// The package is none, or this host refuses it.
    #[error(transparent)]
    Package(#[from] AddError),
    /// There is no such plugin.
    #[error(transparent)]
    Find(#[from] FindError),
    /// Nothing that the plugin asks is called so.
    #[error("plugin `{plugin}` does not ask for `{named}`{hint}")]
    NotAsked {
        /// The plugin.
        plugin: PluginName,
        /// What was named.
        named: String,
        /// What it asks, or the nearest of that.
        hint: String,
    },
    /// A grant file that cannot be understood.
    #[error("{what}")]
    GrantFile {
        /// What is wrong with it.
        what: String,
    },
    /// The file is not the one that was examined.
    #[error("{path} has changed since it was examined; look at it again")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Another package of this version is installed, or something else has its place.
    #[error(
        "{path} is there already, with other contents than this `{name}` {version}; raise the version, or remove that file"
    )]
    Taken {
        /// The plugin.
        name: PluginName,
        /// The version.
        version: Version,
        /// What is there.
        path: PathBuf,
    },
    /// The decision could not be written down.
    #[error("nothing was decided: {0}")]
    Platform(#[from] PlatformError),
    /// The package could not be copied.
    #[error("cannot copy it to {path}: {source}; nothing was installed")]
    Copy {
        /// The place.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// How a decision is written down.
type Write = fn(&Ledger, &PluginName, &Binding, &Rules, SystemTime) -> Result<(), PlatformError>;

impl Manager {
    /// Grants what a plugin asks: all of it, or what is named. See [`is_named`] for names.
    ///
    /// # Errors
    /// [`ConsentError`]; nothing was granted then.
    pub async fn grant(
        self: &Arc<Self>,
        name: &PluginName,
        named: &[String],
    ) -> Result<Vec<Asked>, ConsentError> {
        self.decide(name, named, Ledger::grant).await
    }

    /// Revokes what a plugin was granted: all of it, or what is named. It takes effect at the
    /// plugin's next call.
    ///
    /// # Errors
    /// [`ConsentError`]; nothing was revoked then.
    pub async fn revoke(
        self: &Arc<Self>,
        name: &PluginName,
        named: &[String],
    ) -> Result<Vec<Asked>, ConsentError> {
        let (plugin, meant) = (name.clone(), named.to_vec());
        self.deciding(move |manager| {
            let meant = |rule: &Rule| meant.is_empty() || meant.iter().any(|it| is_named(rule, it));
            Ok(manager
                .ledger()
                .revoke_everywhere(&plugin, meant, manager.now())?)
        })
        .await?;
        self.decide(name, named, Ledger::revoke).await
    }

    /// Writes a decision on what is named down, for every version that asks for it.
    async fn decide(
        self: &Arc<Self>,
        name: &PluginName,
        named: &[String],
        write: Write,
    ) -> Result<Vec<Asked>, ConsentError> {
        let (plugin, named) = (name.clone(), named.to_vec());
        self.deciding(move |manager| {
            let versions = manager.versions(&plugin)?;
            check_named(&plugin, &versions, &named)?;
            for found in versions {
                let rules = chosen(&found, &named);
                let (ledger, binding) = (manager.ledger(), found.binding());
                write(ledger, &plugin, binding, &rules, manager.now())?;
            }
            Ok(())
        })
        .await?;
        self.enforce().await;
        self.decided(name)
    }

    /// Does what writes to disk away from the threads that serve.
    pub(crate) async fn deciding<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, ConsentError> + Send + 'static,
    ) -> Result<T, ConsentError> {
        self.apart(move |manager| {
            let done = work(manager);
            // Here, because whoever waits for the decision may not wait to its end.
            manager.empower();
            done
        })
        .await
    }

    /// What every plugin asks, serving, disabled or waiting, and what was decided.
    pub fn decided_all(&self) -> Vec<Asked> {
        let snapshot = self.snapshot();
        let names: BTreeSet<&PluginName> = snapshot
            .plugins
            .keys()
            .chain(snapshot.disabled.keys())
            .chain(snapshot.waiting.keys())
            .collect();
        let each = |name: &&PluginName| self.decided(name).unwrap_or_default();
        names.iter().flat_map(each).collect()
    }

    /// What the serving and the waiting version of a plugin ask, and what was decided.
    ///
    /// # Errors
    /// [`ConsentError::Find`] when there is no such plugin.
    pub fn decided(&self, name: &PluginName) -> Result<Vec<Asked>, ConsentError> {
        let versions = self.versions(name)?;
        Ok(versions.iter().map(|found| self.asked(found)).collect())
    }

    /// Puts in force what was decided, and serves what now may be.
    pub(crate) async fn enforce(self: &Arc<Self>) {
        let whole = self.snapshot().complete;
        // At once: looking through `plugins/` may wait for a version that proves itself.
        self.empower();
        self.refresh().await;
        if whole {
            // A menu that was whole stays so.
            self.register_all().await;
        }
    }

    /// Gives every plugin what the ledger says by now, also those that are being made ready
    /// or whose last calls run.
    pub(crate) fn empower(&self) {
        self.house.empower();
        self.change(empowered);
    }

    /// The serving or disabled version and the waiting one.
    fn versions(&self, name: &PluginName) -> Result<Vec<Found>, ConsentError> {
        let snapshot = self.snapshot();
        let serving = snapshot.unit(name).map(|unit| unit.found().clone());
        let waiting = snapshot.waiting.get(name).map(|it| it.found.clone());
        let versions: Vec<Found> = serving.into_iter().chain(waiting).collect();
        match versions.is_empty() {
            true => Err(self.unknown(name.as_str()).into()),
            false => Ok(versions),
        }
    }

    pub(crate) fn asked(&self, found: &Found) -> Asked {
        let (items, name) = (self.ledger().items(), found.name());
        let verdict = found.verdict(self.ledger());
        let decided = items.beyond(&found.asked, &verdict.open);
        let granted = items.both(&found.asked, &verdict.in_force);
        let refused = items.beyond(&decided, &granted);
        let snapshot = self.snapshot();
        let serving = snapshot.plugins.get(name);
        let digest = found.package.digest();
        let each = |rules: &Rules| asks(rules, &items.consent(rules));
        Asked {
            name: name.to_string(),
            version: found.version().clone(),
            binding: found.binding().to_string(),
            open: each(&verdict.open),
            granted: each(&granted),
            refused: each(&refused),
            serves: serving.is_some_and(|unit| unit.package().digest() == digest),
        }
    }
}

/// Units with what was decided in force. One that runs under other limits than it now may is
/// loaded again.
pub(crate) fn empowered(mut units: Units) -> Units {
    for unit in units.values_mut() {
        unit.empower();
        if unit.is_outgrown() {
            *unit = unit.anew();
        }
    }
    units
}

/// Every name must mean something that one of the versions asks.
fn check_named(
    plugin: &PluginName,
    versions: &[Found],
    named: &[String],
) -> Result<(), ConsentError> {
    let asked = || versions.iter().flat_map(|found| &found.asked);
    let meant = |name: &String| asked().any(|rule| is_named(rule, name));
    let Some(named) = named.iter().find(|name| !meant(name)) else {
        return Ok(());
    };
    let items: BTreeSet<&str> = asked().map(|rule| rule.item.as_str()).collect();
    let hint = match nearest(named, items.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if items.is_empty() => "; it asks for nothing".to_owned(),
        None => format!(
            "; it asks for {}",
            items.into_iter().collect::<Vec<_>>().join(", ")
        ),
    };
    Err(ConsentError::NotAsked {
        plugin: plugin.clone(),
        named: named.clone(),
        hint,
    })
}

/// What of the asked is named; all of it where nothing is.
fn chosen(found: &Found, named: &[String]) -> Rules {
    let chosen = |rule: &&Rule| named.is_empty() || named.iter().any(|it| is_named(rule, it));
    found.asked.iter().filter(chosen).cloned().collect()
}

/// Rules by item, with their sentences.
fn asks(rules: &Rules, sentences: &[Sentence]) -> Vec<Ask> {
    let mut asks: Vec<Ask> = Vec::new();
    for Rule { item, text } in rules {
        match asks.last_mut().filter(|last| last.item == *item) {
            Some(last) => last.rules.push(text.clone()),
            None => asks.push(Ask {
                item: item.clone(),
                rules: vec![text.clone()],
                it_may: sentences
                    .iter()
                    .filter(|sentence| sentence.item == *item)
                    .map(|sentence| sentence.text.clone())
                    .collect(),
            }),
        }
    }
    asks
}
