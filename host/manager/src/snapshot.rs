//! What the application shows of all plugins: pages by path, and the menu. Made anew
//! whenever a plugin comes, registers or goes, and swapped as a whole. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use goatkit_package::PluginName;
use goatkit_runtime::{MenuItem, Page};

use crate::discover::Refused;
use crate::unit::{Active, Unit};

/// One moment of all plugins.
#[derive(Default)]
pub struct Snapshot {
    /// Every plugin that was found, by name.
    pub plugins: BTreeMap<PluginName, Arc<Unit>>,
    /// Packages that were found and are not served.
    pub refused: Vec<Refused>,
    /// The pages of those that have registered, by path.
    pub pages: BTreeMap<String, ActivePage>,
    /// The menu items of those that have registered, by plugin.
    pub menu: Vec<MenuEntry>,
    /// Pages that two plugins wanted: the first by name has it.
    pub conflicts: Vec<String>,
    /// Whether pages and menu are known of every plugin that can register.
    pub complete: bool,
}

/// A page and whose it is.
#[derive(Clone)]
pub struct ActivePage {
    /// The plugin.
    pub plugin: Active,
    /// What it registered.
    pub page: Page,
}

/// A menu item and whose it is.
#[derive(Clone)]
pub struct MenuEntry {
    /// The plugin.
    pub plugin: Active,
    /// What it registered.
    pub item: MenuItem,
}

impl Snapshot {
    pub(crate) fn new(plugins: BTreeMap<PluginName, Arc<Unit>>, refused: Vec<Refused>) -> Self {
        let active: Vec<Active> = plugins.values().filter_map(|unit| unit.active()).collect();
        let broken = plugins
            .values()
            .filter(|unit| unit.broken().is_some())
            .count();
        let complete = active.len() + broken == plugins.len();
        let mut snapshot = Self {
            plugins,
            refused,
            complete,
            ..Self::default()
        };
        for plugin in active {
            snapshot.add(&plugin);
        }
        snapshot
    }

    fn add(&mut self, plugin: &Active) {
        for page in &plugin.registration.pages {
            match self.pages.get(&page.path) {
                Some(taken) => self.conflicts.push(format!(
                    "plugins `{}` and `{}` both want the page {}; the first has it",
                    taken.plugin.registration.name, plugin.registration.name, page.path
                )),
                None => {
                    let entry = ActivePage {
                        plugin: plugin.clone(),
                        page: page.clone(),
                    };
                    self.pages.insert(page.path.clone(), entry);
                }
            }
        }
        let entry = |item: &MenuItem| MenuEntry {
            plugin: plugin.clone(),
            item: item.clone(),
        };
        self.menu
            .extend(plugin.registration.menu_items.iter().map(entry));
    }

    /// The plugin that templates call `name`.
    pub fn by_template_name(&self, name: &str) -> Option<&Arc<Unit>> {
        // A name has no `_`, so the way back is unambiguous.
        let name = PluginName::parse(&name.replace('_', "-")).ok()?;
        self.plugins.get(&name)
    }
}
