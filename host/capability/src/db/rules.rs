//! A db grant as rules: what the administrator is shown, what is stored, what is counted.
//! `own`, `read ticket`, `read users(login)`, `write queue`.

use std::collections::BTreeMap;

use goatkit_package::PluginName;
use serde_json::json;

use super::access::Access;
use super::grant::DbGrant;
use crate::grants::{GrantKind, RuleKind};

/// How `db` is asked and granted.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules: |plugin, value| Ok(DbGrant::parse(plugin, value)?.rules()),
    covers,
    consent,
});

const OWN: &str = "own";

impl DbGrant {
    /// The grant as rules, in order.
    pub fn rules(&self) -> Vec<String> {
        let own = self.owns().then(|| OWN.to_owned());
        let read = self
            .tables_to_read()
            .flat_map(|(table, columns)| match columns {
                None => vec![read(table)],
                Some(columns) => columns.map(|column| read_column(table, column)).collect(),
            });
        let write = self.tables_to_write().map(write);
        own.into_iter().chain(read).chain(write).collect()
    }

    /// The grant that such rules make.
    ///
    /// # Errors
    /// One sentence per rule that is none.
    pub fn of_rules<'r>(
        plugin: &PluginName,
        rules: impl IntoIterator<Item = &'r str>,
    ) -> Result<Self, Vec<String>> {
        let mut own = false;
        let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut problems = Vec::new();
        for rule in rules {
            match rule.split_once(' ') {
                Some((verb @ ("read" | "write"), what)) => {
                    lists.entry(verb).or_default().push(what)
                }
                None if rule == OWN => own = true,
                _ => problems.push(format!("`{rule}` is no rule of db")),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let list = |verb| lists.get(verb).cloned().unwrap_or_default();
        let value = json!({ "own": own, "read": list("read"), "write": list("write") });
        Self::parse(plugin, &value)
    }

    /// The rule by which a permitted access is counted; none where only another access of
    /// the same statement says which.
    pub(super) fn rule_of(&self, access: &Access) -> Option<String> {
        let reading = |table: &str, column: Option<&str>| {
            if self.defines(table) {
                return Some(OWN.to_owned());
            }
            match (self.reads_all(table), column) {
                (true, _) => Some(read(table)),
                (false, Some(column)) => Some(read_column(table, column)),
                (false, None) => None,
            }
        };
        match access {
            Access::Table(table) | Access::Row(table) => reading(table, None),
            Access::Column { column, among } => reading(among.first()?, Some(column)),
            Access::Write(table) if self.defines(table) => Some(OWN.to_owned()),
            Access::Write(table) => Some(write(table)),
            Access::Define(_) => Some(OWN.to_owned()),
        }
    }
}

fn read(table: &str) -> String {
    format!("read {table}")
}

fn read_column(table: &str, column: &str) -> String {
    format!("read {table}({column})")
}

fn write(table: &str) -> String {
    format!("write {table}")
}

/// A whole table covers each of its columns.
fn covers(outer: &str, inner: &str) -> bool {
    let table = inner.split_once('(').map_or(inner, |(table, _)| table);
    outer == inner || outer == table
}

fn consent(rules: &[&str]) -> Vec<String> {
    let mut sentences = Vec::new();
    if rules.contains(&OWN) {
        sentences.push("keep tables of its own in the database".to_owned());
    }
    let mut columns: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for what in rules.iter().filter_map(|rule| rule.strip_prefix("read ")) {
        match what.trim_end_matches(')').split_once('(') {
            Some((table, column)) => columns.entry(table).or_default().push(column),
            None => sentences.push(format!("read everything in the table `{what}`")),
        }
    }
    for (table, columns) in columns {
        let of = columns.join(", ");
        sentences.push(format!("read of the table `{table}`: {of}"));
    }
    for table in rules.iter().filter_map(|rule| rule.strip_prefix("write ")) {
        sentences.push(format!(
            "insert, change and delete rows of the table `{table}`"
        ));
    }
    sentences
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn plugin() -> PluginName {
        PluginName::parse("my-stats").unwrap()
    }

    fn rules(value: Value) -> Vec<String> {
        DbGrant::parse(&plugin(), &value).unwrap().rules()
    }

    #[test]
    fn a_grant_goes_to_rules_and_back() {
        let value =
            json!({ "own": true, "read": ["users(login, id)", "Ticket"], "write": ["queue"] });
        let rules = rules(value.clone());
        assert_eq!(
            rules,
            [
                "own",
                "read ticket",
                "read users(id)",
                "read users(login)",
                "write queue"
            ]
        );
        let back = DbGrant::of_rules(&plugin(), rules.iter().map(String::as_str)).unwrap();
        assert_eq!(back, DbGrant::parse(&plugin(), &value).unwrap());
    }

    #[test]
    fn what_is_no_rule_is_named() {
        for rule in [
            "owns",
            "drop ticket",
            "read",
            "read sqlite_master",
            "write users(id)",
        ] {
            let problems = DbGrant::of_rules(&plugin(), [rule]).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
        }
    }

    #[test]
    fn a_table_covers_its_columns_and_nothing_else() {
        for (outer, inner, expect) in [
            ("read users", "read users", true),
            ("read users", "read users(id)", true),
            ("read users(id)", "read users(id)", true),
            ("read users(id)", "read users", false),
            ("read users(id)", "read users(pw)", false),
            ("read user", "read users", false),
            ("read users", "write users", false),
            ("own", "own", true),
            ("own", "read users", false),
        ] {
            assert_eq!(covers(outer, inner), expect, "{outer}, {inner}");
        }
    }

    #[test]
    fn consent_is_in_plain_words() {
        let rules = rules(
            json!({ "own": true, "read": ["users(login, id)", "ticket"], "write": ["queue"] }),
        );
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        assert_eq!(
            consent(&rules),
            [
                "keep tables of its own in the database",
                "read everything in the table `ticket`",
                "read of the table `users`: id, login",
                "insert, change and delete rows of the table `queue`",
            ]
        );
    }

    #[test]
    fn an_access_is_counted_by_the_rule_that_permits_it() {
        let value =
            json!({ "own": true, "read": ["users(login, id)", "ticket"], "write": ["queue"] });
        let grant = DbGrant::parse(&plugin(), &value).unwrap();
        let column = |table: &str, column: &str| Access::Column {
            column: column.to_owned(),
            among: [table.to_owned()].into(),
        };
        for (access, expect) in [
            (Access::Table("ticket".to_owned()), Some("read ticket")),
            (Access::Row("ticket".to_owned()), Some("read ticket")),
            (column("ticket", "id"), Some("read ticket")),
            (Access::Table("users".to_owned()), None),
            (column("users", "id"), Some("read users(id)")),
            (column("p_my_stats__a", "id"), Some("own")),
            (Access::Write("queue".to_owned()), Some("write queue")),
            (Access::Write("p_my_stats__a".to_owned()), Some("own")),
            (Access::Define("p_my_stats__a".to_owned()), Some("own")),
        ] {
            assert_eq!(grant.rule_of(&access).as_deref(), expect, "{access:?}");
        }
    }
}
