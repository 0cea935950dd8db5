//! All decisions as they are read from the table `decisions` and written to it. Used by the
//! ledger only.

use std::collections::BTreeMap;

use goatkit_package::PluginName;
use rusqlite::{Connection, params};

use super::super::binding::Binding;
use super::super::decided::{Answer, Decided};
use super::super::rule::Rule;
use super::Decision;
use crate::timestamp;

const READ: &str = "SELECT plugin, binding, item, rule, granted, decided_at FROM decisions";
const WRITE: &str = "INSERT INTO decisions (plugin, binding, item, rule, granted, decided_at)
    VALUES (?, ?, ?, ?, ?, ?)";

/// What was decided, by plugin and binding.
#[derive(Debug, Clone, Default)]
pub(super) struct Book(BTreeMap<PluginName, BTreeMap<Binding, Decided>>);

impl Book {
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Self> {
        let mut book = Self::default();
        let mut statement = db.prepare_cached(READ)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (plugin, binding): (String, String) = (row.get(0)?, row.get(1)?);
            let rule = Rule::new(row.get::<_, String>(2)?, row.get::<_, String>(3)?);
            let (granted, at) = (row.get(4)?, row.get(5)?);
            match (plugin.parse(), binding.parse()) {
                (Ok(plugin), Ok(binding)) => {
                    let decided = book.of_mut(&plugin, &binding);
                    decided.put(rule, Answer { granted, at });
                }
                // It can be about no plugin that this host knows, so that nothing hangs on it.
                _ => tracing::warn!(plugin, binding, "a decision cannot be read and is left out"),
            }
        }
        Ok(book)
    }

    pub(super) fn of(&self, plugin: &PluginName, binding: &Binding) -> Option<&Decided> {
        self.0.get(plugin)?.get(binding)
    }

    pub(super) fn of_mut(&mut self, plugin: &PluginName, binding: &Binding) -> &mut Decided {
        let bindings = self.0.entry(plugin.clone()).or_default();
        bindings.entry(binding.clone()).or_default()
    }

    pub(super) fn knows(&self, plugin: &PluginName) -> bool {
        self.0
            .get(plugin)
            .is_some_and(|bindings| !bindings.is_empty())
    }

    pub(super) fn all_of(
        &mut self,
        plugin: &PluginName,
    ) -> impl Iterator<Item = (&Binding, &mut Decided)> {
        self.0.get_mut(plugin).into_iter().flatten()
    }

    pub(super) fn decisions(&self) -> Vec<Decision> {
        let all = self.0.iter().flat_map(|(plugin, bindings)| {
            let all = bindings
                .iter()
                .flat_map(|(binding, decided)| decided.iter().map(move |each| (binding, each)));
            all.map(move |(binding, (rule, answer))| Decision {
                plugin: plugin.clone(),
                binding: binding.clone(),
                rule: rule.clone(),
                granted: answer.granted,
                decided_at: timestamp::of_seconds(answer.at),
            })
        });
        all.collect()
    }
}

/// Keeps `decided` in the place of what was kept.
pub(super) fn replace(
    db: &Connection,
    plugin: &PluginName,
    binding: &Binding,
    decided: &Decided,
) -> rusqlite::Result<()> {
    db.execute(
        "DELETE FROM decisions WHERE plugin = ? AND binding = ?",
        params![plugin.as_str(), binding],
    )?;
    let mut statement = db.prepare_cached(WRITE)?;
    for (rule, Answer { granted, at }) in decided.iter() {
        let Rule { item, text } = rule;
        statement.execute(params![plugin.as_str(), binding, item, text, granted, at])?;
    }
    Ok(())
}

pub(super) fn delete(db: &Connection, plugin: &PluginName) -> rusqlite::Result<()> {
    db.execute("DELETE FROM decisions WHERE plugin = ?", [plugin.as_str()])?;
    Ok(())
}
