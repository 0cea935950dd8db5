//! The menu of all plugins: a tree per plugin, in one order.

use std::collections::BTreeMap;

use goatkit_capability::Actor;
use goatkit_runtime::{Access, MenuItem, Route};

use super::Snapshot;
use crate::access::permits;
use crate::paths::{is_own, matches};
use crate::unit::Active;

/// A menu item and whose it is.
#[derive(Clone)]
pub struct MenuEntry {
    /// The plugin.
    pub plugin: Active,
    /// What it registered.
    pub item: MenuItem,
    /// The items below it. They stand where it does, whatever menu they name.
    pub children: Vec<MenuEntry>,
    /// Besides the item's own: that of what it leads to.
    leads_to: Vec<Access>,
}

impl MenuEntry {
    /// Whether it is for whoever is signed in, or for nobody.
    ///
    /// An item is for those who may see what it leads to, whatever its own access.
    pub fn is_for(&self, actor: Option<&Actor>) -> bool {
        let mut all = [&self.item.access].into_iter().chain(&self.leads_to);
        all.all(|access| permits(access, actor).is_ok())
    }

    /// The entry without what is below it and not for `actor`; nothing if it is not itself.
    fn seen_by(&self, actor: Option<&Actor>) -> Option<Self> {
        self.is_for(actor).then(|| Self {
            plugin: self.plugin.clone(),
            item: self.item.clone(),
            children: seen(&self.children, actor),
            leads_to: self.leads_to.clone(),
        })
    }
}

fn seen(entries: &[MenuEntry], actor: Option<&Actor>) -> Vec<MenuEntry> {
    let entries = entries.iter();
    entries.filter_map(|entry| entry.seen_by(actor)).collect()
}

impl Snapshot {
    /// The menu as `actor` sees it; nobody is signed in where there is none.
    pub fn menu_for(&self, actor: Option<&Actor>) -> Vec<MenuEntry> {
        seen(&self.menu, actor)
    }

    /// Adds the items of a plugin. Its pages and routes have their places by now.
    pub(super) fn add_menu(&mut self, plugin: &Active) {
        let mut below: BTreeMap<Option<&str>, Vec<&MenuItem>> = BTreeMap::new();
        for item in &plugin.registration.menu_items {
            below.entry(item.parent.as_deref()).or_default().push(item);
        }
        let top = self.entries(plugin, None, &below);
        self.menu.extend(top);
        // Those of one plugin stand together in the order of plugins, and sorting leaves that
        // as it is.
        self.menu.sort_by_key(|entry| entry.item.order);
    }

    fn entries(
        &self,
        plugin: &Active,
        parent: Option<&str>,
        below: &BTreeMap<Option<&str>, Vec<&MenuItem>>,
    ) -> Vec<MenuEntry> {
        let items = below.get(&parent).into_iter().flatten();
        let mut entries: Vec<MenuEntry> = items
            .filter_map(|item| {
                // What leads nowhere is not shown, and neither is what is below it.
                let leads_to = self.leads_to(plugin, &item.path)?;
                Some(MenuEntry {
                    plugin: plugin.clone(),
                    item: (*item).clone(),
                    // A registration has no circles: that was checked.
                    children: self.entries(plugin, Some(item.id()), below),
                    leads_to,
                })
            })
            .collect();
        entries.sort_by_key(|entry| entry.item.order);
        entries
    }

    /// The access of what a path leads to, as far as that is the plugin's. Nothing if the plugin
    /// registered something there that is not shown.
    fn leads_to(&self, plugin: &Active, path: &str) -> Option<Vec<Access>> {
        let it = &plugin.registration;
        let is_mine = |owner: &Active| owner.registration.name == it.name;
        if it.pages.iter().any(|page| page.path == path) {
            let page = self.pages.get(path).filter(|page| is_mine(&page.plugin))?;
            return Some(vec![page.page.access.clone()]);
        }
        let answers = |route: &Route| route.method == "GET" && matches(&route.path, path);
        if it.routes.iter().any(answers) {
            let found = self.routes.get(path).filter(|it| is_mine(&it.plugin))?;
            return Some(vec![found.route.access.clone()]);
        }
        let mount = it.mount.as_ref().filter(|_| is_own(&it.name, path));
        Some(mount.cloned().into_iter().collect())
    }
}
