//! What a plugin may do with the database: pure functions of a grant and an access.

use std::collections::{BTreeMap, BTreeSet};

use goatkit_package::{PluginName, nearest};
use serde_json::Value;

use super::access::Access;
use super::policy::{RESERVED, is_name};
use crate::{Denial, Fault};

const KEYS: [&str; 3] = ["own", "read", "write"];

/// The columns of a table that may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Columns {
    All,
    Only(BTreeSet<String>),
}

/// A checked `db` grant: own tables, tables and columns to read, tables to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbGrant {
    prefix: String,
    own: bool,
    read: BTreeMap<String, Columns>,
    write: BTreeSet<String>,
}

impl DbGrant {
    /// A grant of nothing.
    pub fn none(plugin: &PluginName) -> Self {
        Self {
            prefix: own_prefix(plugin),
            own: false,
            read: BTreeMap::new(),
            write: BTreeSet::new(),
        }
    }

    /// A grant of the plugin's own tables and nothing else.
    pub fn own(plugin: &PluginName) -> Self {
        Self {
            own: true,
            ..Self::none(plugin)
        }
    }

    /// Reads a grant, or a manifest's request, which looks the same:
    /// `{ own: true, read: [ticket, "users(id, login)"], write: [queue] }`.
    ///
    /// # Errors
    /// One sentence per thing that is wrong.
    pub fn parse(plugin: &PluginName, value: &Value) -> Result<Self, Vec<String>> {
        let Value::Object(keys) = value else {
            return Err(vec![
                "`db` is written as { own: true, read: [table, \"table(column, column)\"], write: [table] }"
                    .to_owned(),
            ]);
        };
        let mut grant = Self::none(plugin);
        let mut problems = Vec::new();
        for (key, value) in keys {
            let read = match key.as_str() {
                "own" => grant.read_own(value),
                "read" => grant.read_tables(value, Self::add_read, key),
                "write" => grant.read_tables(value, Self::add_write, key),
                _ => Err(unknown(key)),
            };
            problems.extend(read.err());
        }
        if problems.is_empty() {
            Ok(grant)
        } else {
            Err(problems)
        }
    }

    /// Whether the grant allows an access.
    ///
    /// # Errors
    /// [`Fault::Denied`] with what was asked and the line that would allow it.
    pub fn permits(&self, access: &Access) -> Result<(), Fault> {
        match access {
            Access::Table(table) if self.reads_table(table) => Ok(()),
            Access::Table(table) => Err(self.denied(format!("read {table}"), table, table, "read")),
            Access::Row(table) if self.reads_row(table) => Ok(()),
            Access::Row(table) => Err(self.row_denied(table)),
            Access::Column { column, among } => {
                match among.iter().find(|table| !self.reads(table, column)) {
                    None => Ok(()),
                    Some(table) => Err(self.column_denied(column, table, among)),
                }
            }
            Access::Write(table) if self.writes(table) => Ok(()),
            Access::Write(table) => {
                Err(self.denied(format!("write {table}"), table, table, "write"))
            }
            Access::Define(table) if self.defines(table) => Ok(()),
            Access::Define(table) => Err(self.define_denied(table)),
        }
    }

    /// Whether a column may be read; the empty name stands for the table alone.
    pub fn reads(&self, table: &str, column: &str) -> bool {
        match self.read.get(table) {
            Some(Columns::All) => true,
            Some(Columns::Only(columns)) => column.is_empty() || columns.contains(column),
            None => self.defines(table),
        }
    }

    /// Whether rows of a table may be inserted, changed and deleted.
    pub fn writes(&self, table: &str) -> bool {
        self.write.contains(table) || self.defines(table)
    }

    /// Whether a table is the plugin's own, and own tables are granted.
    pub fn defines(&self, table: &str) -> bool {
        self.own && table.len() > self.prefix.len() && table.starts_with(&self.prefix)
    }

    /// Whether a name stands for a table here, so that nothing else may be called so.
    pub fn names(&self, name: &str) -> bool {
        self.read.contains_key(name) || self.write.contains(name) || name.starts_with(&self.prefix)
    }

    /// Whether own tables are granted.
    pub(super) fn owns(&self) -> bool {
        self.own
    }

    /// The tables to read, with their columns where not all of them are granted.
    pub(super) fn tables_to_read(
        &self,
    ) -> impl Iterator<Item = (&str, Option<impl Iterator<Item = &str>>)> {
        self.read.iter().map(|(table, columns)| match columns {
            Columns::All => (table.as_str(), None),
            Columns::Only(columns) => (table.as_str(), Some(columns.iter().map(String::as_str))),
        })
    }

    /// The tables to write, besides own ones.
    pub(super) fn tables_to_write(&self) -> impl Iterator<Item = &str> {
        self.write.iter().map(String::as_str)
    }

    /// Whether a table is granted with all of its columns.
    pub(super) fn reads_all(&self, table: &str) -> bool {
        matches!(self.read.get(table), Some(Columns::All))
    }

    fn reads_table(&self, table: &str) -> bool {
        self.reads(table, "")
    }

    fn reads_row(&self, table: &str) -> bool {
        !matches!(self.read.get(table), Some(Columns::Only(_))) && self.reads_table(table)
    }

    fn read_own(&mut self, value: &Value) -> Result<(), String> {
        self.own = value
            .as_bool()
            .ok_or_else(|| "`db.own` is true or false".to_owned())?;
        Ok(())
    }

    fn read_tables(
        &mut self,
        value: &Value,
        add: fn(&mut Self, &str) -> Result<(), String>,
        key: &str,
    ) -> Result<(), String> {
        let list = value.as_array();
        let list = list.ok_or_else(|| format!("`db.{key}` is a list of tables"))?;
        for entry in list {
            let text = entry.as_str();
            let text = text.ok_or_else(|| format!("`db.{key}` is a list of tables"))?;
            add(self, text).map_err(|problem| format!("`db.{key}`: {problem}"))?;
        }
        Ok(())
    }

    fn add_read(&mut self, text: &str) -> Result<(), String> {
        let Some((table, columns)) = text.split_once('(') else {
            let table = self.foreign(text)?;
            self.read.insert(table, Columns::All);
            return Ok(());
        };
        let table = self.foreign(table.trim_end())?;
        let columns = columns
            .strip_suffix(')')
            .ok_or_else(|| format!("`{text}` lacks its closing parenthesis"))?;
        let columns: Result<BTreeSet<_>, _> = columns.split(',').map(checked).collect();
        let more = match self.read.remove(&table) {
            Some(before) => either(before, columns?),
            None => Columns::Only(columns?),
        };
        self.read.insert(table, more);
        Ok(())
    }

    fn add_write(&mut self, text: &str) -> Result<(), String> {
        if text.contains('(') {
            return Err(format!(
                "`{text}`: whole tables are written, not columns; write the table's name alone"
            ));
        }
        let table = self.foreign(text)?;
        self.write.insert(table);
        Ok(())
    }

    /// The name of a table that is no plugin's own.
    fn foreign(&self, text: &str) -> Result<String, String> {
        let name = checked(text)?;
        if name.starts_with(&self.prefix) {
            return Err(format!("`{name}` is the plugin's own: write `own: true`"));
        }
        if name.starts_with("p_") && name.contains("__") {
            return Err(format!(
                "`{name}` is another plugin's; call that plugin instead"
            ));
        }
        Ok(name)
    }

    fn denied(&self, asked: String, table: &str, entry: &str, key: &str) -> Fault {
        let remedy = if table.starts_with(&self.prefix) {
            "write `own: true` under `capabilities.db` in manifest.yaml and grant it".to_owned()
        } else {
            format!("add `{entry}` under `capabilities.db.{key}` in manifest.yaml and grant it")
        };
        denial(asked, remedy)
    }

    fn row_denied(&self, table: &str) -> Fault {
        let Some(Columns::Only(columns)) = self.read.get(table) else {
            return self.denied(format!("read {table}.*"), table, table, "read");
        };
        let columns: Vec<_> = columns.iter().map(String::as_str).collect();
        let remedy = format!(
            "name the granted columns ({}) instead of `*`, or add `{table}` under \
             `capabilities.db.read` in manifest.yaml and grant it",
            columns.join(", ")
        );
        denial(format!("read {table}.*"), remedy)
    }

    fn column_denied(&self, column: &str, table: &str, among: &BTreeSet<String>) -> Fault {
        if among.len() == 1 {
            let entry = format!("{table}({column})");
            return self.denied(format!("read {table}.{column}"), table, &entry, "read");
        }
        let tables: Vec<_> = among.iter().map(String::as_str).collect();
        let remedy = format!(
            "say whose column it is, as in `{table}.{column}`, under a name that stands for one \
             table of the statement; `{table}({column})` itself is not granted"
        );
        denial(format!("read {column} of {}", tables.join(" or ")), remedy)
    }

    fn define_denied(&self, table: &str) -> Fault {
        if table.starts_with(&self.prefix) {
            return self.denied(format!("define {table}"), table, table, "own");
        }
        let remedy = format!(
            "a plugin's own tables and indexes begin with `{}`",
            self.prefix
        );
        denial(format!("define {table}"), remedy)
    }
}

/// What the names of a plugin's own tables begin with. A plugin's name has no `__`, so that
/// no prefix is the beginning of another.
pub(super) fn own_prefix(plugin: &PluginName) -> String {
    format!("p_{}__", plugin.template_name())
}

pub(super) fn denial(asked: String, remedy: String) -> Fault {
    Fault::Denied(Denial {
        capability: "db".to_owned(),
        asked,
        remedy,
    })
}

fn either(one: Columns, mut more: BTreeSet<String>) -> Columns {
    match one {
        Columns::All => Columns::All,
        Columns::Only(columns) => {
            more.extend(columns);
            Columns::Only(more)
        }
    }
}

/// A table's or column's name, in lower case.
fn checked(text: &str) -> Result<String, String> {
    let name = text.trim().to_ascii_lowercase();
    if !is_name(&name) {
        return Err(format!(
            "`{text}` is no name: names consist of letters, digits and `_`"
        ));
    }
    if RESERVED.iter().any(|prefix| name.starts_with(prefix)) {
        return Err(format!("`{name}` belongs to the database or the platform"));
    }
    Ok(name)
}

fn unknown(key: &str) -> String {
    let hint = match nearest(key, KEYS) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    format!("`db.{key}`: a db grant has own, read and write, and no `{key}`{hint}")
}

#[cfg(test)]
mod tests;
