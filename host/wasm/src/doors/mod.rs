//! What a guest may import. A door converts the contract's types to a room's and back,
//! and decides nothing. One file per room; `bindings` is generated from the contract.

mod app;
pub(crate) mod bindings;
mod config;
mod context;
pub(crate) mod db;
mod i18n;
mod log;
pub(crate) mod registration;
mod types;
pub(crate) mod wasi;

use std::sync::Arc;

use goatkit_capability::{CAPABILITIES, Capability};
use wasmtime::component::{HasSelf, Linker};

use crate::run::State;
use bindings::goatkit::plugin as contract;

/// The contract's version that the doors speak.
pub(crate) const CONTRACT: semver::Version = semver::Version::new(0, 1, 0);

/// Puts an interface into a linker.
type Link = Arc<dyn Fn(&mut Linker<State>) -> wasmtime::Result<()> + Send + Sync>;

/// An interface that guests may import.
#[derive(Clone)]
pub struct Door {
    capability: Capability,
    version: Option<semver::Version>,
    link: Link,
}

impl Door {
    /// A door to a capability of the embedder's. `version` is its interface's, and `link` puts
    /// the interface into a linker; what it does there asks [`State::permits`] first.
    pub fn new(
        capability: Capability,
        version: Option<semver::Version>,
        link: impl Fn(&mut Linker<State>) -> wasmtime::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            capability,
            version,
            link: Arc::new(link),
        }
    }

    /// The capability that it leads to.
    pub fn capability(&self) -> &Capability {
        &self.capability
    }

    /// The version of its interface.
    pub(crate) fn version(&self) -> Option<&semver::Version> {
        self.version.as_ref()
    }

    pub(crate) fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        (self.link)(linker)
    }
}

/// The doors of the contract, one per row of the table of capabilities.
pub fn builtin_doors() -> Vec<Door> {
    let door = |capability: &Capability| {
        let link = link(capability.name)?;
        Some(Door::new(*capability, Some(CONTRACT), link))
    };
    CAPABILITIES.iter().filter_map(door).collect()
}

/// The same for an interface of the contract.
type Builtin = fn(&mut Linker<State>) -> wasmtime::Result<()>;

fn link(name: &str) -> Option<Builtin> {
    Some(match name {
        "context" => {
            |linker| contract::context::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
        }
        "log" => |linker| contract::log::add_to_linker::<_, HasSelf<State>>(linker, |state| state),
        "i18n" => {
            |linker| contract::i18n::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
        }
        "config" => {
            |linker| contract::config::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
        }
        "db" => |linker| contract::db::add_to_linker::<_, HasSelf<State>>(linker, |state| state),
        "app" => |linker| contract::app::add_to_linker::<_, HasSelf<State>>(linker, |state| state),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_has_a_door() {
        let doors: Vec<&str> = builtin_doors()
            .iter()
            .map(|door| door.capability().name)
            .collect();
        let table: Vec<&str> = CAPABILITIES.iter().map(|row| row.name).collect();
        assert_eq!(doors, table);
    }
}
