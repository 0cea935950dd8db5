//! What a guest may import. A door converts the contract's types to a room's and back,
//! and decides nothing. One file per room; `bindings` is generated from the contract.

pub(crate) mod bindings;
mod context;
mod i18n;
mod log;
pub(crate) mod registration;
mod types;
pub(crate) mod wasi;

use goatkit_capability::{CAPABILITIES, Capability};
use wasmtime::component::{HasSelf, Linker};

use crate::run::State;
use bindings::goatkit::plugin as contract;

/// The contract's version that the doors speak.
pub(crate) const CONTRACT: semver::Version = semver::Version::new(0, 1, 0);

/// Puts an interface into a linker.
type Link = fn(&mut Linker<State>) -> wasmtime::Result<()>;

/// An interface that guests may import.
pub struct Door {
    /// The capability that it leads to.
    pub(crate) capability: &'static Capability,
    /// Puts it into a linker.
    pub(crate) link: Link,
}

/// The doors of the contract, one per row of the table of capabilities.
pub fn builtin_doors() -> Vec<Door> {
    let door = |capability: &'static Capability| {
        Some(Door {
            capability,
            link: link(capability.name)?,
        })
    };
    CAPABILITIES.iter().filter_map(door).collect()
}

fn link(name: &str) -> Option<Link> {
    Some(match name {
        "context" => {
            |linker| contract::context::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
        }
        "log" => |linker| contract::log::add_to_linker::<_, HasSelf<State>>(linker, |state| state),
        "i18n" => {
            |linker| contract::i18n::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
        }
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
            .map(|door| door.capability.name)
            .collect();
        let table: Vec<&str> = CAPABILITIES.iter().map(|row| row.name).collect();
        assert_eq!(doors, table);
    }
}
