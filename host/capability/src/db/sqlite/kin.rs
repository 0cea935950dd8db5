//! Foreign keys: what the engine itself reads and changes when a row goes that others refer
//! to. The application's schema wants it so, and a plugin that may write the table may have
//! it done; the wall must know it from what the plugin does by itself, because the engine
//! does not tell the two apart.

use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Connection};

/// The tables that refer to a table, directly or through others, with the columns of these
/// references on both ends. Names are in lower case.
#[derive(Debug, Default)]
pub(super) struct Kin {
    pub(super) keys: BTreeSet<(String, String)>,
    pub(super) tables: BTreeSet<String>,
}

/// References, from the table that is changed outwards. A reference that names no column
/// refers to the primary key.
const REFERENCES: &str = "
    WITH RECURSIVE kin(name) AS (
        SELECT ?1
        UNION SELECT s.name FROM kin JOIN sqlite_schema AS s JOIN pragma_foreign_key_list(s.name) AS f
            WHERE s.type = 'table' AND f.\"table\" = kin.name COLLATE NOCASE)
    SELECT lower(s.name), lower(f.\"from\"), lower(kin.name), lower(coalesce(f.\"to\", p.name))
    FROM kin JOIN sqlite_schema AS s JOIN pragma_foreign_key_list(s.name) AS f
        LEFT JOIN pragma_table_info(kin.name) AS p ON p.pk > 0
    WHERE s.type = 'table' AND f.\"table\" = kin.name COLLATE NOCASE";

impl Kin {
    /// The kin of `target`. The wall must be open for the host.
    pub(super) fn of(engine: &Connection, target: &str) -> rusqlite::Result<Self> {
        let mut kin = Self::default();
        let mut references: CachedStatement<'_> = engine.prepare_cached(REFERENCES)?;
        let mut rows = references.query([target])?;
        while let Some(row) = rows.next()? {
            let (table, column, parent): (String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if let Some(key) = row.get(3)? {
                kin.keys.insert((parent, key));
            }
            kin.keys.insert((table.clone(), column));
            kin.tables.insert(table);
        }
        kin.tables.remove(target);
        Ok(kin)
    }
}
