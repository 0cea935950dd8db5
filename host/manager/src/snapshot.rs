//! What the application shows of all plugins: pages by path, and the menu. Made anew
//! whenever a plugin comes, registers or goes, and swapped as a whole. Pure.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use goatkit_capability::grants::{Rules, covers_path};
use goatkit_package::PluginName;
use goatkit_runtime::{MenuItem, Page};
use semver::Version;

use crate::discover::{Found, Refused};
use crate::unit::{Active, Unit};

/// One moment of all plugins.
#[derive(Default)]
pub struct Snapshot {
    /// Every plugin that was found, by name.
    pub plugins: BTreeMap<PluginName, Arc<Unit>>,
    /// Versions that wait until an administrator consents, by name. A lower version may serve
    /// meanwhile.
    pub waiting: BTreeMap<PluginName, Waiting>,
    /// Packages that were found and are not served.
    pub refused: Vec<Refused>,
    /// The pages of those that have registered, by path.
    pub pages: BTreeMap<String, ActivePage>,
    /// The menu items of those that have registered, by plugin.
    pub menu: Vec<MenuEntry>,
    /// Pages that two plugins wanted: the first by name has it.
    pub conflicts: Vec<String>,
    /// Pages that are not shown because their path was not granted, with the reason.
    pub withheld: Vec<String>,
    /// Whether pages and menu are known of every plugin that can register.
    pub complete: bool,
}

/// A version that waits.
#[derive(Clone)]
pub struct Waiting {
    /// The version.
    pub version: Version,
    /// What it asks that nobody has decided.
    pub open: Rules,
    pub(crate) found: Found,
}

impl Waiting {
    /// The file or folder that it was read from.
    pub fn source(&self) -> &Path {
        &self.found.path
    }
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
    pub(crate) fn new(
        plugins: BTreeMap<PluginName, Arc<Unit>>,
        waiting: BTreeMap<PluginName, Waiting>,
        refused: Vec<Refused>,
    ) -> Self {
        let ready = plugins
            .values()
            .filter_map(|unit| Some((unit.active()?, unit.powers())));
        let ready: Vec<(Active, Arc<Rules>)> = ready.collect();
        let known = |unit: &Arc<Unit>| unit.active().is_some() || unit.broken().is_some();
        let complete = plugins.values().all(known);
        let mut snapshot = Self {
            plugins,
            waiting,
            refused,
            complete,
            ..Self::default()
        };
        for (plugin, powers) in ready {
            snapshot.add(&plugin, &powers);
        }
        snapshot
    }

    /// The same moment with other units.
    pub(crate) fn with(&self, plugins: BTreeMap<PluginName, Arc<Unit>>) -> Self {
        Self::new(plugins, self.waiting.clone(), self.refused.clone())
    }

    fn add(&mut self, plugin: &Active, powers: &Rules) {
        let registration = &plugin.registration;
        let (granted, withheld): (Vec<&Page>, Vec<&Page>) = registration
            .pages
            .iter()
            .partition(|page| reaches(&registration.name, &page.path, powers));
        for page in &withheld {
            self.withheld.push(format!(
                "plugin `{}` has a page {}, and the path was not granted: `gk plugin grant {} \
                 reach.routes` grants it",
                registration.name, page.path, registration.name
            ));
        }
        for page in granted {
            self.add_page(plugin, page);
        }
        // What leads nowhere is not shown.
        let leads = |item: &&MenuItem| !withheld.iter().any(|page| page.path == item.path);
        let entry = |item: &MenuItem| MenuEntry {
            plugin: plugin.clone(),
            item: item.clone(),
        };
        let items = registration.menu_items.iter().filter(leads);
        self.menu.extend(items.map(entry));
    }

    fn add_page(&mut self, plugin: &Active, page: &Page) {
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
}

/// Whether a plugin may show something under a path: below its own prefix, or as granted.
fn reaches(plugin: &str, path: &str, powers: &Rules) -> bool {
    let own = path
        .strip_prefix("/plugins/")
        .and_then(|rest| rest.strip_prefix(plugin));
    let mut routes = powers.iter().filter(|rule| rule.item == "reach.routes");
    own.is_some_and(|rest| rest.starts_with('/'))
        || routes.any(|rule| covers_path(&rule.text, path))
}

/// The plugin that templates call `name`.
pub(crate) fn plugin_of_template(name: &str) -> Option<PluginName> {
    // A name has no `_`, so the way back is unambiguous.
    PluginName::parse(&name.replace('_', "-")).ok()
}
