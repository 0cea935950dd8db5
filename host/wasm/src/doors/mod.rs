//! What a guest may import. A door converts the contract's types to a room's and back,
//! and decides nothing. One file per room; `bindings` is generated from the contract.

mod app;
#[allow(unreachable_pub)] // for the generated code
pub(crate) mod around;
pub(crate) mod bindings;
mod cache;
mod config;
mod context;
pub(crate) mod db;
pub(crate) mod drafts;
mod events;
mod http;
mod i18n;
mod log;
mod mail;
mod plugins;
pub(crate) mod registration;
mod schedule;
mod templates;
mod types;
pub(crate) mod wasi;
pub(crate) mod wasi_http;

use std::sync::Arc;

use goatkit_capability::{CAPABILITIES, Capability};
use wasmtime::component::{HasSelf, Linker};

use crate::run::State;
use bindings::goatkit::plugin as contract;

/// The contract's version that the doors speak.
pub(crate) const CONTRACT: semver::Version = semver::Version::new(0, 1, 0);

/// Puts an interface into a linker.
type Link = Arc<dyn Fn(&mut Linker<State>) -> wasmtime::Result<()> + Send + Sync>;

/// The same, of an interface of the contract.
type LinkContract = fn(&mut Linker<State>) -> wasmtime::Result<()>;

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

/// What puts the interface of a capability of the contract into a linker. A guest that comes
/// through a door is known to be at it from then on.
fn link(name: &str) -> Option<LinkContract> {
    macro_rules! doors {
        ($($door:ident),*) => {
            match name {
                $(stringify!($door) => |linker| {
                    around::link(linker, |around| {
                        contract::$door::add_to_linker::<_, HasSelf<State>>(around, |state| {
                            state.at(stringify!($door))
                        })
                    })
                },)*
                _ => return None,
            }
        };
    }
    Some(doors!(
        context, log, i18n, config, db, app, http, mail, cache, schedule, templates, plugins,
        events
    ))
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
