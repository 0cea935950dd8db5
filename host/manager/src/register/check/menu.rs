//! Menu items: a tree that a person can read.

use std::collections::BTreeMap;

use goatkit_runtime::{MenuItem, Registration};

use super::{Check, did_you_mean, is_word};
use crate::paths::is_path;

/// Items below each other: a menu that opens a menu that opens a menu is one too many for any
/// screen.
const MAX_DEPTH: usize = 3;

impl Check<'_> {
    pub(super) fn menu(&mut self, it: &Registration) {
        let mut ids: BTreeMap<&str, &MenuItem> = BTreeMap::new();
        for item in &it.menu_items {
            let (id, path) = (item.id(), &item.path);
            self.text(&format!("the label of menu item `{path}`"), &item.label);
            self.text(&format!("the icon of menu item `{path}`"), &item.icon);
            self.unless(is_path(path), || super::not_path("menu item", path));
            self.unless(item.id.is_empty() || is_word(&item.id), || {
                super::not_word("menu item", id)
            });
            self.unless(is_word(&item.location), || {
                format!(
                    "menu item `{}` stands in a menu `{}`, which is no name: use main, admin, \
                     customer, profile, or another of the application's menus",
                    id.escape_debug(),
                    item.location.escape_debug()
                )
            });
            self.access(&format!("menu item `{}`", id.escape_debug()), &item.access);
            let taken = ids.insert(id, item).is_some();
            self.unless(!taken, || {
                format!(
                    "it registers menu item `{}` twice; give each an `id` of its own",
                    id.escape_debug()
                )
            });
        }
        for item in &it.menu_items {
            self.parents(item, &ids);
        }
    }

    /// The items above one are there, and lead to the top soon.
    fn parents(&mut self, item: &MenuItem, ids: &BTreeMap<&str, &MenuItem>) {
        let id = item.id().escape_debug();
        let mut above = item;
        for _ in 0..MAX_DEPTH {
            let Some(parent) = &above.parent else {
                return;
            };
            let Some(found) = ids.get(parent.as_str()) else {
                // Told for the item that names it.
                self.unless(above.id() != item.id(), || {
                    format!(
                        "menu item `{id}` stands below `{}`, which it does not register{}",
                        parent.escape_debug(),
                        did_you_mean(parent, ids.keys().copied())
                    )
                });
                return;
            };
            if found.id() == item.id() {
                self.problem(format!("menu item `{id}` stands below itself"));
                return;
            }
            above = found;
        }
        self.problem(format!(
            "menu item `{id}` stands more than {MAX_DEPTH} deep, and no menu shows that"
        ));
    }
}
