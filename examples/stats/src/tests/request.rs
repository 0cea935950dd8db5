//! The manifest asks for the columns that the statements read, all of them and no other; and
//! the statements say whose each column is, so that the host can tell.

use std::collections::BTreeMap;

use goatkit_plugin::testing::{Answers, Session, Sqlite, rows};

use super::call;
use crate::stats;

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

const REPORTS: [&str; 6] = [
    "overview",
    "by_status",
    "by_queue",
    "by_priority",
    "timeline",
    "sla_compliance",
];

/// Whether all functions get along with a help desk of these tables.
fn suffices(tables: &[Table]) -> bool {
    let session = Session::default()
        .grant("db")
        .database(Sqlite::new(&schema(tables)))
        .signed_in("jane", "agent");
    let mut reports = REPORTS.iter();
    reports.all(|function| call(&session, function, "[\"30d\"]").is_ok())
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

/// The host refuses a column whose table it cannot be certain of, also where a name stands
/// for one table in a statement and for another in its sub-select.
#[test]
fn a_name_stands_for_one_table_of_a_statement() {
    let answers = Answers::new().when("SELECT", rows([], []));
    let session = Session::default()
        .grant("db")
        .database(answers.clone())
        .signed_in("jane", "agent");
    for function in REPORTS {
        call(&session, function, "[\"all\"]").unwrap();
    }
    let weekly = session
        .clone()
        .grant("mail: from a@b, to *")
        .declares("report_to");
    let weekly = weekly.template("report.html", |_| Ok(String::new()));
    weekly
        .run_job::<stats::Plugin>("weekly-report", ())
        .unwrap();
    let asked = answers.asked();
    // Each asks for the viewer's queues besides; the timeline counts twice, as does the job.
    assert_eq!(asked.len(), 2 * REPORTS.len() + 1 + 2);
    for sql in asked.iter().map(|asked| &asked.sql) {
        let words: Vec<&str> = sql.split(|c: char| " ()".contains(c)).collect();
        let mut tables = BTreeMap::new();
        for named in words
            .windows(3)
            .filter(|it| ["FROM", "JOIN"].contains(&it[0]))
        {
            let table = *tables.entry(named[2]).or_insert(named[1]);
            assert_eq!(table, named[1], "`{}` in {sql}", named[2]);
        }
        let most = if sql.contains(" ticket t ") { 4 } else { 1 };
        assert!(tables.len() >= most, "{sql}: {tables:?}");
    }
}
