//! What a scan of `plugins/` changes, while plugins serve. Pure: the manager acts.
//!
//! A version that serves is replaced only by one that has proven itself, and goes only with
//! its file, unless another version waits for consent. So a broken upgrade, or a file that is
//! half written, hurts nobody.

use std::collections::BTreeMap;
use std::sync::Arc;

use goatkit_package::PluginName;

use crate::discover::Found;
use crate::unit::Unit;

/// What becomes of one plugin.
pub(crate) enum Change {
    /// It serves on as it is.
    Keep(Arc<Unit>),
    /// It is new, or what was there before never served anybody.
    Start(Found),
    /// Another version is to take the place of one that serves.
    Replace { old: Arc<Unit>, new: Found },
}

/// Decides for every plugin. One that is neither kept nor started is gone.
pub(crate) fn plan(
    old: &BTreeMap<PluginName, Arc<Unit>>,
    found: BTreeMap<PluginName, Found>,
    stays: impl Fn(&Unit) -> bool,
) -> BTreeMap<PluginName, Change> {
    let mut changes: BTreeMap<PluginName, Change> = old
        .iter()
        .filter(|(name, unit)| !found.contains_key(*name) && stays(unit))
        .map(|(name, unit)| (name.clone(), Change::Keep(Arc::clone(unit))))
        .collect();
    for (name, new) in found {
        let change = match old.get(&name) {
            Some(unit) if same(unit, &new) => Change::Keep(Arc::clone(unit)),
            Some(unit) if unit.active().is_some() && unit.broken().is_none() => Change::Replace {
                old: Arc::clone(unit),
                new,
            },
            _ => Change::Start(new),
        };
        changes.insert(name, change);
    }
    changes
}

/// The same package, which has not failed: one that has gets another try whenever
/// something changes.
fn same(unit: &Unit, new: &Found) -> bool {
    unit.package().digest() == new.package.digest() && unit.broken().is_none()
}
