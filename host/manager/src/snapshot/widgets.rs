//! The widgets of all plugins, by the place of the application that they are for.

use goatkit_capability::grants::Rules;
use goatkit_runtime::Widget;

use super::{Snapshot, withheld};
use crate::unit::Active;

/// A widget and whose it is.
#[derive(Clone)]
pub struct ActiveWidget {
    /// The plugin.
    pub plugin: Active,
    /// What it registered.
    pub widget: Widget,
}

impl Snapshot {
    pub(super) fn add_widgets(&mut self, plugin: &Active, powers: &Rules) {
        for widget in &plugin.registration.widgets {
            let place = &widget.place;
            let mut rules = powers.iter();
            if !rules.any(|rule| rule.item == "reach.widgets" && rule.text == *place) {
                let what = format!("a widget `{}`, and the place `{place}`", widget.id);
                self.withheld.push(withheld(plugin, &what, "reach.widgets"));
                continue;
            }
            let entry = ActiveWidget {
                plugin: plugin.clone(),
                widget: widget.clone(),
            };
            let there = self.widgets.entry(place.clone()).or_default();
            there.push(entry);
            // Plugins come in their order, and sorting leaves that as it is.
            there.sort_by_key(|entry| entry.widget.order);
        }
    }
}
