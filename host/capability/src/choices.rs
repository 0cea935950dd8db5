//! What administrators chose about plugins besides what these may do: whether one serves, and
//! whether it stays in memory. Kept in the platform's database by name, so that a choice outlives
//! a restart and a new version; held in memory, where it is asked for at every look.
//!
//! The manager asks and chooses. Not here: what a choice brings about (the manager), grants
//! (`grants`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use goatkit_package::PluginName;
use rusqlite::{Connection, params};

use crate::{PlatformDb, PlatformError};

/// The table. A plugin without a row is as nobody chose otherwise.
pub(crate) const LAYOUT: &str = "
    CREATE TABLE choices (
        plugin TEXT PRIMARY KEY,
        enabled INTEGER NOT NULL,
        pinned INTEGER NOT NULL
    ) STRICT;
";

/// What was chosen for one plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Whether it serves.
    pub enabled: bool,
    /// Whether it stays in memory.
    pub pinned: bool,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            enabled: true,
            pinned: false,
        }
    }
}

/// The choices for all plugins.
pub struct Choices {
    db: PlatformDb,
    held: ArcSwap<BTreeMap<PluginName, Choice>>,
    /// Held from a change of the disk to that of memory, so that both see the same order.
    changing: Mutex<()>,
}

impl Choices {
    /// Reads what was chosen. Blocks.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be read.
    pub fn open(db: PlatformDb) -> Result<Self, PlatformError> {
        let held = db.with(read)?;
        Ok(Self {
            db,
            held: ArcSwap::from_pointee(held),
            changing: Mutex::new(()),
        })
    }

    /// What was chosen for a plugin. Reads memory only.
    pub fn of(&self, plugin: &PluginName) -> Choice {
        self.held.load().get(plugin).copied().unwrap_or_default()
    }

    /// The plugins that stay in memory.
    pub fn pinned(&self) -> BTreeSet<PluginName> {
        let held = self.held.load();
        let pinned = held.iter().filter(|(_, choice)| choice.pinned);
        pinned.map(|(name, _)| name.clone()).collect()
    }

    /// Whether anything was chosen for a plugin that is not as it is without.
    pub fn knows(&self, plugin: &PluginName) -> bool {
        self.held.load().contains_key(plugin)
    }

    /// Changes what was chosen for a plugin; what it was before. Blocks.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be kept. Nothing has changed then.
    pub fn choose(
        &self,
        plugin: &PluginName,
        change: impl FnOnce(&mut Choice),
    ) -> Result<Choice, PlatformError> {
        let mut before = Choice::default();
        self.renew(|db| {
            // What is kept is changed, not what this process remembers of it.
            let mut all = read(db)?;
            before = all.get(plugin).copied().unwrap_or_default();
            let mut choice = before;
            change(&mut choice);
            delete(db, plugin)?;
            all.remove(plugin);
            if choice != Choice::default() {
                let Choice { enabled, pinned } = choice;
                let insert = "INSERT INTO choices (plugin, enabled, pinned) VALUES (?, ?, ?)";
                db.execute(insert, params![plugin.as_str(), enabled, pinned])?;
                all.insert(plugin.clone(), choice);
            }
            Ok(all)
        })?;
        Ok(before)
    }

    /// Forgets what was chosen for a plugin that is gone. Blocks.
    ///
    /// # Errors
    /// As [`Choices::choose`].
    pub fn forget(&self, plugin: &PluginName) -> Result<(), PlatformError> {
        self.renew(|db| {
            delete(db, plugin)?;
            read(db)
        })
    }

    /// Reads again what was chosen: another process may have. Blocks.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be read. Then what was read before holds.
    pub fn reload(&self) -> Result<(), PlatformError> {
        self.renew(read)
    }

    fn renew(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<BTreeMap<PluginName, Choice>>,
    ) -> Result<(), PlatformError> {
        let changing = self.changing.lock();
        let _one_at_a_time = changing.unwrap_or_else(PoisonError::into_inner);
        let all = self.db.with(work)?;
        self.held.store(Arc::new(all));
        Ok(())
    }
}

fn read(db: &Connection) -> rusqlite::Result<BTreeMap<PluginName, Choice>> {
    let mut statement = db.prepare_cached("SELECT plugin, enabled, pinned FROM choices")?;
    let mut rows = statement.query([])?;
    let mut all = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let plugin: String = row.get(0)?;
        let choice = Choice {
            enabled: row.get(1)?,
            pinned: row.get(2)?,
        };
        match plugin.parse() {
            Ok(plugin) => drop(all.insert(plugin, choice)),
            // It can be about no plugin that this host knows, so that nothing hangs on it.
            Err(_) => tracing::warn!(plugin, "a choice for what is no plugin is left out"),
        }
    }
    Ok(all)
}

fn delete(db: &Connection, plugin: &PluginName) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM choices WHERE plugin = ?", [plugin.as_str()])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn name(text: &str) -> PluginName {
        PluginName::parse(text).unwrap()
    }

    fn rows(db: &PlatformDb) -> i64 {
        let count = "SELECT count(*) FROM choices";
        db.with(|db| db.query_row(count, [], |row| row.get(0)))
            .unwrap()
    }

    #[test]
    fn a_choice_is_kept_and_found_again_and_only_that_of_its_plugin() {
        let db = PlatformDb::in_memory().unwrap();
        let choices = Choices::open(db.clone()).unwrap();
        let (stats, other) = (name("stats"), name("other"));
        assert_eq!(choices.of(&stats), Choice::default());
        let before = choices.choose(&stats, |it| it.enabled = false).unwrap();
        assert_eq!(before, Choice::default());
        choices.choose(&stats, |it| it.pinned = true).unwrap();
        let expect = Choice {
            enabled: false,
            pinned: true,
        };
        let again = Choices::open(db.clone()).unwrap();
        for choices in [&choices, &again] {
            assert_eq!(choices.of(&stats), expect);
            assert_eq!(choices.of(&other), Choice::default());
            assert!(choices.knows(&stats) && !choices.knows(&other));
        }
        choices.choose(&other, |it| it.pinned = true).unwrap();
        choices.forget(&stats).unwrap();
        assert_eq!(choices.of(&stats), Choice::default());
        assert_eq!(choices.pinned(), [other.clone()].into());
        // Another process reads it when it is told to.
        assert_eq!(again.of(&stats), expect);
        again.reload().unwrap();
        assert_eq!(again.of(&stats), Choice::default());
    }

    #[test]
    fn what_is_as_without_a_choice_takes_no_row() {
        let db = PlatformDb::in_memory().unwrap();
        let choices = Choices::open(db.clone()).unwrap();
        choices
            .choose(&name("stats"), |it| it.pinned = true)
            .unwrap();
        assert_eq!(rows(&db), 1);
        let before = choices.choose(&name("stats"), |it| it.pinned = false);
        assert!(before.unwrap().pinned);
        assert_eq!(rows(&db), 0);
        assert!(!choices.knows(&name("stats")));
    }
}
