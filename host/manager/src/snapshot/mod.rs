//! What the application shows of all plugins: pages, routes, menu, widgets, hooks and
//! permissions. Made anew whenever a plugin comes, registers, is granted something or goes, and
//! swapped as a whole, so that nothing of a plugin is ever there without the rest. Pure.
//!
//! In reading order: here the whole, with pages; `routes`, `widgets`, `hooks`, `menu`.

mod hooks;
mod menu;
mod routes;
mod widgets;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use goatkit_capability::grants::{Rules, covers_path};
use goatkit_package::PluginName;
use goatkit_runtime::{Access, Page};
use semver::Version;

use crate::discover::{Found, Refused};
use crate::options::Mode;
use crate::paths::{is_of_the_host, is_own, reach_of};
use crate::unit::{Active, Unit};
use routes::Refusal;

pub use hooks::ActiveHook;
pub use menu::MenuEntry;
pub use routes::{ActiveRoute, Params, RouteMatch, RouteTable};
pub use widgets::ActiveWidget;

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
    /// Their routes.
    pub routes: RouteTable,
    /// What plugins answer below their own prefixes by `wasi:http/incoming-handler`.
    pub mounts: BTreeMap<PluginName, ActiveMount>,
    /// The menu items of those that have registered: by order, plugin and place in the
    /// registration. See [`Snapshot::menu_for`] for what somebody sees of it.
    pub menu: Vec<MenuEntry>,
    /// Their widgets, by place; each place by order, plugin and place in the registration.
    pub widgets: BTreeMap<String, Vec<ActiveWidget>>,
    /// Their hooks, by name; those of one name by plugin.
    pub hooks: BTreeMap<String, Vec<ActiveHook>>,
    /// The permissions that plugins define, and who does.
    pub permissions: BTreeMap<String, PluginName>,
    /// What two plugins wanted: the first by name has it.
    pub conflicts: Vec<String>,
    /// What is not shown because it was not granted, with the command that grants it.
    pub withheld: Vec<String>,
    /// Whether all of this is known of every plugin that can register.
    pub complete: bool,
    /// Whether anything of them is shown at all.
    pub mode: Mode,
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

/// What a plugin answers itself below its own prefix, and whose it is.
#[derive(Clone)]
pub struct ActiveMount {
    /// The plugin.
    pub plugin: Active,
    /// Who may reach it.
    pub access: Access,
}

impl Snapshot {
    /// Before anybody has looked for plugins.
    pub(crate) fn nothing(mode: Mode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }

    pub(crate) fn new(
        plugins: BTreeMap<PluginName, Arc<Unit>>,
        waiting: BTreeMap<PluginName, Waiting>,
        refused: Vec<Refused>,
        mode: Mode,
    ) -> Self {
        let ready = plugins
            .values()
            .filter_map(|unit| Some((unit.active()?, unit.powers())));
        let ready: Vec<(Active, Arc<Rules>)> = ready.collect();
        let known = |unit: &Arc<Unit>| unit.active().is_some() || unit.broken().is_some();
        // In safe mode nobody waits for what is not shown.
        let complete = mode == Mode::Safe || plugins.values().all(known);
        let mut snapshot = Self {
            plugins,
            waiting,
            refused,
            complete,
            mode,
            ..Self::default()
        };
        for (plugin, _) in &ready {
            snapshot.add_permissions(plugin);
        }
        if mode == Mode::Usual {
            snapshot.show(&ready);
        }
        snapshot
    }

    /// What plugins bring by themselves.
    fn show(&mut self, ready: &[(Active, Arc<Rules>)]) {
        for (plugin, powers) in ready {
            self.add_pages(plugin, powers);
            self.add_widgets(plugin, powers);
            self.add_hooks(plugin, powers);
            self.add_mount(plugin);
        }
        // After all pages: a page and a route of one path are one place.
        for (plugin, powers) in ready {
            self.add_routes(plugin, powers);
        }
        for (plugin, _) in ready {
            self.add_menu(plugin);
        }
    }

    /// The same moment with other units.
    pub(crate) fn with(&self, plugins: BTreeMap<PluginName, Arc<Unit>>) -> Self {
        Self::new(
            plugins,
            self.waiting.clone(),
            self.refused.clone(),
            self.mode,
        )
    }

    /// What answers a request with code; `path` is decoded. Pages come first: they are asked
    /// for in [`Snapshot::pages`].
    pub fn route(&self, method: &str, path: &str) -> RouteMatch {
        let found = self.routes.find(method, path);
        let is_page = self.pages.contains_key(path);
        match found {
            RouteMatch::OtherMethods(_) | RouteMatch::None if is_page && !is_read(method) => {
                let mut methods = vec!["GET".to_owned(), "HEAD".to_owned()];
                if let RouteMatch::OtherMethods(others) = found {
                    methods.extend(others);
                }
                RouteMatch::OtherMethods(methods)
            }
            found => found,
        }
    }

    /// What answers below a plugin's own prefix where nothing else does; `path` is decoded.
    pub fn mount(&self, path: &str) -> Option<&ActiveMount> {
        if is_of_the_host(path) {
            return None;
        }
        let mut mounts = self.mounts.iter();
        let found = mounts.find(|(name, _)| is_own(name.as_str(), path));
        found.map(|(_, mount)| mount)
    }

    fn add_permissions(&mut self, plugin: &Active) {
        let name = plugin.name();
        for permission in &plugin.registration.permissions {
            match self.permissions.get(permission) {
                Some(taken) => self.conflicts.push(format!(
                    "plugins `{taken}` and `{name}` both define the permission `{permission}`; \
                     the first has it"
                )),
                None => {
                    self.permissions.insert(permission.clone(), name.clone());
                }
            }
        }
    }

    fn add_pages(&mut self, plugin: &Active, powers: &Rules) {
        for page in &plugin.registration.pages {
            let Page { path, .. } = page;
            if !reaches(plugin, path, powers) {
                let what = format!("a page {path}, and the path");
                self.withheld.push(withheld(plugin, &what, "reach.routes"));
                continue;
            }
            match self.pages.get(path) {
                Some(taken) => self.conflicts.push(format!(
                    "plugins `{}` and `{}` both want the page {path}; the first has it",
                    taken.plugin.registration.name, plugin.registration.name
                )),
                None => {
                    let entry = ActivePage {
                        plugin: plugin.clone(),
                        page: page.clone(),
                    };
                    self.pages.insert(path.clone(), entry);
                }
            }
        }
    }

    fn add_routes(&mut self, plugin: &Active, powers: &Rules) {
        for route in &plugin.registration.routes {
            let what = format!("{} {}", route.method, route.path);
            if !reaches(plugin, &route.path, powers) {
                let what = format!("a route {what}, and the path");
                self.withheld.push(withheld(plugin, &what, "reach.routes"));
                continue;
            }
            let page = self.pages.get(&route.path);
            if let Some(page) = page.filter(|_| route.method == "GET") {
                self.conflicts.push(format!(
                    "plugin `{}` has a page {}, and plugin `{}` wants a route {what}; the page \
                     has it",
                    page.plugin.registration.name, route.path, plugin.registration.name
                ));
                continue;
            }
            let name = &plugin.registration.name;
            match self.routes.insert(ActiveRoute::new(plugin, route)) {
                Ok(()) => {}
                Err(Refusal::Taken(taken)) => self.conflicts.push(format!(
                    "plugin `{}` has the route {} {}, and plugin `{name}` wants {what}: nothing \
                     tells the two apart; the first has it",
                    taken.plugin.registration.name, taken.route.method, taken.route.path
                )),
                Err(Refusal::Unfit(why)) => self
                    .conflicts
                    .push(format!("plugin `{name}` wants the route {what}: {why}")),
            }
        }
    }

    fn add_mount(&mut self, plugin: &Active) {
        if let Some(access) = plugin.registration.mount.clone() {
            let plugin = plugin.clone();
            let name = plugin.name().clone();
            self.mounts.insert(name, ActiveMount { plugin, access });
        }
    }
}

fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

/// Whether a plugin may show something under a path or a pattern: below its own prefix, or as
/// granted.
fn reaches(plugin: &Active, path: &str, powers: &Rules) -> bool {
    let reach = reach_of(path);
    let mut routes = powers.iter().filter(|rule| rule.item == "reach.routes");
    is_own(&plugin.registration.name, path) || routes.any(|rule| covers_path(&rule.text, &reach))
}

/// What is not shown until something is granted.
fn withheld(plugin: &Active, what: &str, item: &str) -> String {
    let name = &plugin.registration.name;
    format!("plugin `{name}` has {what} was not granted: `gk plugin grant {name} {item}` grants it")
}

/// The plugin that templates call `name`.
pub(crate) fn plugin_of_template(name: &str) -> Option<PluginName> {
    // A name has no `_`, so the way back is unambiguous.
    PluginName::parse(&name.replace('_', "-")).ok()
}
