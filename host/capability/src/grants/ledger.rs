//! Decisions on plugins: kept in the platform's database, held in memory, changed together.
//!
//! The manager asks for a verdict before it loads a plugin and whenever a decision changes;
//! the command line and the admin page decide. What decisions amount to is in `decided`.

mod book;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use goatkit_package::{Manifest, PluginName};
use serde::Serialize;

use super::binding::Binding;
use super::decided::Decided;
use super::items::{Items, Rules, Sections};
use super::policy::Policy;
use super::rule::Rule;
use crate::timestamp;
use crate::{PlatformDb, PlatformError};
use book::Book;

/// Where a plugin stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What it asks.
    pub asked: Rules,
    /// What of it nobody decided.
    pub open: Rules,
    /// What of it is in force.
    pub in_force: Rules,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The plugin.
    pub plugin: PluginName,
    /// What of that name.
    pub binding: Binding,
    /// What was decided on.
    pub rule: Rule,
    /// Granted, or refused.
    pub granted: bool,
    /// When, to the second.
    #[serde(serialize_with = "timestamp::serialize")]
    pub decided_at: SystemTime,
}

/// The decisions on all plugins.
pub struct Ledger {
    db: PlatformDb,
    items: Items,
    policy: Policy,
    book: ArcSwap<Book>,
    /// Held from a change of the disk to that of memory, so that both see the same order.
    change: Mutex<()>,
}

impl Ledger {
    /// Reads what was decided.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be read.
    pub fn open(db: PlatformDb, items: Items, policy: Policy) -> Result<Self, PlatformError> {
        let book = db.with(Book::read)?;
        Ok(Self {
            db,
            items,
            policy,
            book: ArcSwap::from_pointee(book),
            change: Mutex::new(()),
        })
    }

    /// What can be asked of this host.
    pub fn items(&self) -> &Items {
        &self.items
    }

    /// The rules that a manifest asks.
    ///
    /// # Errors
    /// One sentence per request that cannot be met.
    pub fn ask(&self, manifest: &Manifest) -> Result<Rules, Vec<String>> {
        self.items.rules(&manifest.name, Sections::from(manifest))
    }

    /// Where a plugin stands that asks `asked`. Reads memory only.
    pub fn verdict(&self, plugin: &PluginName, binding: &Binding, asked: &Rules) -> Verdict {
        let none = Decided::default();
        let book = self.book.load();
        let decided = book.of(plugin, binding).unwrap_or(&none);
        let ahead = self.policy.rules(plugin, binding, asked);
        Verdict {
            open: decided.open(&self.items, asked, &ahead),
            in_force: decided.in_force(&self.items, asked, &ahead),
            asked: asked.clone(),
        }
    }

    /// Grants what of `asked` is in `granted`, and refuses the rest of it.
    ///
    /// # Errors
    /// Like every method that decides: [`PlatformError`] when the decision cannot be kept.
    /// Then nothing has changed.
    pub fn decide(
        &self,
        plugin: &PluginName,
        binding: &Binding,
        asked: &Rules,
        granted: &Rules,
        now: SystemTime,
    ) -> Result<(), PlatformError> {
        self.change(plugin, binding, |decided| {
            decided.decide(&self.items, asked, granted, timestamp::seconds(now));
        })
    }

    /// Grants rules, also such as were refused.
    ///
    /// # Errors
    /// As [`Ledger::decide`].
    pub fn grant(
        &self,
        plugin: &PluginName,
        binding: &Binding,
        rules: &Rules,
        now: SystemTime,
    ) -> Result<(), PlatformError> {
        self.change(plugin, binding, |decided| {
            decided.grant(&self.items, rules, timestamp::seconds(now));
        })
    }

    /// Refuses rules, also such as were granted or stand in the policy.
    ///
    /// # Errors
    /// As [`Ledger::decide`].
    pub fn revoke(
        &self,
        plugin: &PluginName,
        binding: &Binding,
        rules: &Rules,
        now: SystemTime,
    ) -> Result<(), PlatformError> {
        self.change(plugin, binding, |decided| {
            decided.refuse(&self.items, rules, timestamp::seconds(now));
        })
    }

    /// Refuses, under every binding of a plugin, what was granted of it and is meant: a version
    /// that is not to be found now does not come back with more.
    ///
    /// # Errors
    /// As [`Ledger::decide`].
    pub fn revoke_everywhere(
        &self,
        plugin: &PluginName,
        meant: impl Fn(&Rule) -> bool,
        now: SystemTime,
    ) -> Result<(), PlatformError> {
        self.renew(|db| {
            let mut book = Book::read(db)?;
            for (binding, decided) in book.all_of(plugin) {
                let granted = decided.iter().filter(|(_, answer)| answer.granted);
                let granted: Rules = granted.map(|(rule, _)| rule.clone()).collect();
                let meant = granted.into_iter().filter(|rule| meant(rule)).collect();
                decided.refuse(&self.items, &meant, timestamp::seconds(now));
                book::replace(db, plugin, binding, decided)?;
            }
            Ok(book)
        })
    }

    /// Whether something was decided on a plugin of this name under other bindings, and
    /// nothing under this one.
    pub fn trusts_another(&self, plugin: &PluginName, binding: &Binding) -> bool {
        let book = self.book.load();
        book.of(plugin, binding).is_none() && book.knows(plugin)
    }

    /// Every decision that stands, by plugin.
    pub fn decisions(&self) -> Vec<Decision> {
        self.book.load().decisions()
    }

    /// Forgets what was decided on a plugin that is gone, under every binding.
    ///
    /// # Errors
    /// As [`Ledger::decide`].
    pub fn forget(&self, plugin: &PluginName) -> Result<(), PlatformError> {
        self.renew(|db| {
            book::delete(db, plugin)?;
            Book::read(db)
        })
    }

    /// Reads again what was decided: another process may have.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be read. Then what was read before holds.
    pub fn reload(&self) -> Result<(), PlatformError> {
        self.renew(Book::read)
    }

    fn change(
        &self,
        plugin: &PluginName,
        binding: &Binding,
        change: impl FnOnce(&mut Decided),
    ) -> Result<(), PlatformError> {
        // What is kept is changed, not what this process remembers of it.
        self.renew(|db| {
            let mut book = Book::read(db)?;
            let decided = book.of_mut(plugin, binding);
            change(decided);
            book::replace(db, plugin, binding, decided)?;
            Ok(book)
        })
    }

    fn renew(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<Book>,
    ) -> Result<(), PlatformError> {
        let _one_at_a_time = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let book = self.db.with(work)?;
        self.book.store(Arc::new(book));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
