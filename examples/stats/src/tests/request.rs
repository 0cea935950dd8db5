//! The manifest asks for the columns that the statements read, all of them and no other.

use goatkit_plugin::testing::{Session, Sqlite};

use super::call;

const MANIFEST: &str = include_str!("../../manifest.yaml");

/// A table of the manifest with its columns.
pub(super) type Table = (String, Vec<String>);

/// What the manifest asks to read.
pub(super) fn tables() -> Vec<Table> {
    let quoted = MANIFEST.lines().filter_map(|line| {
        let entry = line.trim().strip_prefix("- \"")?.strip_suffix(")\"")?;
        entry.split_once('(')
    });
    let table = |(table, columns): (&str, &str)| {
        let columns = columns.split(", ").map(str::to_owned);
        (table.to_owned(), columns.collect())
    };
    quoted.map(table).collect()
}

/// Tables that have these columns and no more.
pub(super) fn schema(tables: &[Table]) -> String {
    let table = |(table, columns): &Table| {
        let columns: Vec<String> = columns.iter().map(|name| typed(name)).collect();
        format!("CREATE TABLE {table} ({});\n", columns.join(", "))
    };
    tables.iter().map(table).collect()
}

fn typed(column: &str) -> String {
    let text = [
        "name",
        "login",
        "permission_key",
        "create_time",
        "change_time",
    ];
    let kind = if text.contains(&column) {
        "TEXT"
    } else {
        "INTEGER"
    };
    format!("{column} {kind} NOT NULL")
}

/// Whether all functions get along with a help desk of these tables.
fn suffices(tables: &[Table]) -> bool {
    let session = Session::default()
        .grant("db")
        .database(Sqlite::new(&schema(tables)))
        .signed_in("jane", "agent");
    [
        "overview",
        "by_status",
        "by_queue",
        "by_priority",
        "timeline",
        "sla_compliance",
    ]
    .iter()
    .all(|function| call(&session, function, "[\"30d\"]").is_ok())
}

#[test]
fn what_is_asked_for_suffices_and_none_of_it_can_go() {
    let asked = tables();
    assert!(suffices(&asked));
    for (at, (table, columns)) in asked.iter().enumerate() {
        for column in columns {
            let mut fewer = asked.clone();
            // A table has at least one column.
            fewer[at].1.push("unused".to_owned());
            fewer[at].1.retain(|kept| kept != column);
            assert!(
                !suffices(&fewer),
                "{table}.{column} is asked for and not needed"
            );
        }
    }
    assert_eq!(asked.len(), 11);
}
