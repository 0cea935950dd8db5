//! How often each rule allowed something. The rooms count in memory; now and then the manager
//! has it added to the table `uses` of the platform's database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use goatkit_package::PluginName;
use rusqlite::{Connection, params};

use crate::grants::Rule;
use crate::{PlatformDb, PlatformError, timestamp};

const READ: &str = "SELECT plugin, item, rule, count, last_used_at FROM uses
    ORDER BY plugin, item, rule";
const ADD: &str = "INSERT INTO uses (plugin, item, rule, count, last_used_at)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (plugin, item, rule) DO UPDATE SET
        count = count + excluded.count,
        last_used_at = max(last_used_at, excluded.last_used_at)";

/// Where a room counts the uses of one rule.
pub type Counter = Arc<AtomicU64>;

/// The counters of all plugins of a host. Clones share them.
#[derive(Clone, Default)]
pub struct Uses(Arc<Mutex<BTreeMap<(PluginName, Rule), Counter>>>);

/// How often a plugin used a rule, as far as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The plugin.
    pub plugin: PluginName,
    /// What allowed it.
    pub rule: Rule,
    /// How often.
    pub count: u64,
    /// When it was written down that it was used: the last use was shortly before.
    pub last_used_at: SystemTime,
}

/// What was taken from a counter to be written down.
struct Taken {
    plugin: PluginName,
    rule: Rule,
    counter: Counter,
    count: u64,
}

impl Uses {
    /// The counter of a rule of `plugin`: the same one as long as somebody holds it.
    pub fn counter(&self, plugin: &PluginName, rule: &Rule) -> Counter {
        let key = (plugin.clone(), rule.clone());
        Arc::clone(self.counters().entry(key).or_default())
    }

    /// Adds what was counted since the last time to what is written down. Blocks.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be written. Then it is kept for the next time.
    pub fn flush(&self, db: &PlatformDb, now: SystemTime) -> Result<(), PlatformError> {
        let taken = self.take();
        if taken.is_empty() {
            return Ok(());
        }
        let added = db.with(|db| add(db, &taken, timestamp::seconds(now)));
        if added.is_err() {
            for Taken { counter, count, .. } in taken {
                counter.fetch_add(count, Ordering::Relaxed);
            }
        }
        added
    }

    /// What is written down, by plugin.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be read.
    pub fn read(db: &PlatformDb) -> Result<Vec<Used>, PlatformError> {
        db.with(read)
    }

    /// Forgets what was counted of a plugin that is gone. Blocks.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be forgotten.
    pub fn forget(&self, db: &PlatformDb, plugin: &PluginName) -> Result<(), PlatformError> {
        for ((of, _), counter) in self.counters().iter() {
            if of == plugin {
                counter.store(0, Ordering::Relaxed);
            }
        }
        db.with(|db| db.execute("DELETE FROM uses WHERE plugin = ?", [plugin.as_str()]))?;
        Ok(())
    }

    fn take(&self) -> Vec<Taken> {
        let mut taken = Vec::new();
        self.counters().retain(|(plugin, rule), counter| {
            // If nobody but this map has it, no use can come any more: handles are made under the
            // lock. `get_mut` sees all that was counted by those who had one, a look at the
            // number of handles might not.
            let held = Arc::get_mut(counter).is_none();
            let count = counter.swap(0, Ordering::Relaxed);
            if count > 0 {
                taken.push(Taken {
                    plugin: plugin.clone(),
                    rule: rule.clone(),
                    counter: Arc::clone(counter),
                    count,
                });
            }
            // What was taken may come back.
            held || count > 0
        });
        taken
    }

    fn counters(&self) -> MutexGuard<'_, BTreeMap<(PluginName, Rule), Counter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(db: &Connection, taken: &[Taken], now: i64) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(ADD)?;
    for it in taken {
        let Rule { item, text } = &it.rule;
        let count = i64::try_from(it.count).unwrap_or(i64::MAX);
        statement.execute(params![it.plugin.as_str(), item, text, count, now])?;
    }
    Ok(())
}

fn read(db: &Connection) -> rusqlite::Result<Vec<Used>> {
    let mut uses = Vec::new();
    let mut statement = db.prepare_cached(READ)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let plugin: String = row.get(0)?;
        let Ok(plugin) = plugin.parse() else {
            tracing::warn!(plugin, "uses by something that is no plugin are left out");
            continue;
        };
        uses.push(Used {
            plugin,
            rule: Rule::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
            count: u64::try_from(row.get::<_, i64>(3)?).unwrap_or_default(),
            last_used_at: timestamp::of_seconds(row.get(4)?),
        });
    }
    Ok(uses)
}

#[cfg(test)]
mod tests;
