//! Every statement of `attacks.txt`, with its verdict; and the second wall by itself, with
//! every statement that the first refuses.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::pool::{Lease, Pool};
use super::super::run::{control, reported};
use super::super::wall::{Report, Stop};
use crate::Fault;
use crate::db::backend::{Answer, Order};
use crate::db::policy::{Statement, Verb};
use crate::db::statements::Force;
use crate::db::testing::{Desk, SECRET, grant_of, values};
use crate::db::{SQLITE, Value};

const ATTACKS: &str = include_str!("../../attacks.txt");

/// What a statement may take here that would go on for ever.
const TIME: Duration = Duration::from_millis(400);

/// Longer than one that ends takes on the busiest machine.
const ENOUGH: Duration = Duration::from_secs(20);

struct Attack {
    line: usize,
    verdict: &'static str,
    grant: &'static str,
    words: &'static str,
    sql: String,
}

fn attacks() -> Vec<Attack> {
    let lines = ATTACKS.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(at, line)| attack(at + 1, line)).collect()
}

fn attack(line: usize, text: &'static str) -> Attack {
    let parts: Vec<_> = text.splitn(4, " :: ").collect();
    let [verdict, grant, words, sql] = parts.as_slice() else {
        panic!("line {line} has four parts: {text}");
    };
    Attack {
        line,
        verdict,
        grant,
        words,
        sql: unescaped(sql),
    }
}

fn unescaped(text: &str) -> String {
    let mut sql = text
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\z", "\0");
    while let Some((before, after)) = sql.split_once("\\u") {
        let code = u32::from_str_radix(&after[..4], 16).unwrap();
        sql = format!("{before}{}{}", char::from_u32(code).unwrap(), &after[4..]);
    }
    sql
}

async fn lease(pool: &Pool, stamp: u64) -> Lease {
    let place = pool.place(Instant::now() + ENOUGH).await.unwrap();
    pool.lease(place, stamp).unwrap()
}

/// Runs a statement and undoes it.
async fn run(desk: &Desk, order: &Order) -> (Result<Answer, Fault>, Report) {
    let stop = Arc::new(Stop::at(order.deadline));
    if order.statement.verb == Verb::Read {
        let lease = lease(&desk.database.readers, order.force.stamp()).await;
        return reported(&lease, order, &stop);
    }
    let lease = lease(&desk.database.writer, order.force.stamp()).await;
    let begin = Arc::new(Stop::at(Instant::now() + ENOUGH));
    control(&lease, "BEGIN IMMEDIATE", &begin).unwrap();
    reported(&lease, order, &stop)
}

fn order(
    statement: Arc<Statement>,
    params: Vec<Value>,
    force: &Arc<Force>,
    time: Duration,
) -> Order {
    Order {
        statement,
        params,
        force: Arc::clone(force),
        deadline: Instant::now() + time,
        place: None,
    }
}

async fn verdict(desk: &Desk, attack: &Attack) -> Result<(), String> {
    let force = Arc::new(Force::new(grant_of(attack.grant)));
    let statement = match (force.checked(&SQLITE, &attack.sql), attack.verdict) {
        (Err(fault), "refused") => return has_words(&fault, attack.words),
        (Err(fault), _) => return Err(format!("was refused: {fault}")),
        (Ok(_), "refused") => return Err("was not refused".to_owned()),
        (Ok(statement), _) => statement,
    };
    let params = match attack.verdict {
        "allowed" => values(attack.words),
        _ => Vec::new(),
    };
    let time = match attack.words {
        "timed out" => TIME,
        _ => ENOUGH,
    };
    let (answer, report) = run(desk, &order(statement, params, &force, time)).await;
    match (answer, attack.verdict) {
        (Err(fault), "fails") => has_words(&fault, attack.words),
        (Err(fault), _) => Err(format!("failed: {fault}")),
        (Ok(_), "fails") => Err("did not fail".to_owned()),
        (Ok(_), _) => is_within(&report, &force),
    }
}

fn has_words(fault: &Fault, words: &str) -> Result<(), String> {
    let text = fault.to_string();
    if text.contains(words) {
        Ok(())
    } else {
        Err(format!("the fault says: {text}"))
    }
}

/// What the engine reports, held against the grant once more.
fn is_within(report: &Report, force: &Force) -> Result<(), String> {
    let grant = force.grant();
    let read = report
        .reads
        .iter()
        .find(|(table, column)| !grant.reads(table, column) && !table.starts_with("sqlite_"));
    let write = report.writes.iter().find(|table| !grant.writes(table));
    match (read, write) {
        (None, None) => Ok(()),
        (read, write) => Err(format!("the engine reports {read:?} {write:?}")),
    }
}

#[tokio::test]
async fn every_statement_has_its_verdict() {
    let desk = Desk::new();
    let mut wrong = Vec::new();
    for attack in attacks() {
        if let Err(problem) = verdict(&desk, &attack).await {
            wrong.push(format!(
                "line {}: {}\n    {problem}",
                attack.line, attack.sql
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The policy switched off: what it refuses goes to the engine as it is written, as a query,
/// as a change and as a definition. Nothing that is not granted is seen or changed.
#[tokio::test]
async fn the_second_wall_stands_by_itself() {
    let desk = Desk::new();
    let before = state(&desk);
    let mut ran = 0;
    for attack in attacks() {
        if attack.verdict != "refused" || attack.grant == "view" {
            continue;
        }
        for verb in [Verb::Read, Verb::Insert, Verb::Change, Verb::Define] {
            let force = Arc::new(Force::new(grant_of(attack.grant)));
            let statement = Arc::new(Statement {
                sql: attack.sql.clone(),
                verb,
                accesses: [].into(),
                cte_names: [].into(),
                parameters: 0,
                target: None,
            });
            let order = order(statement, Vec::new(), &force, TIME);
            let (answer, report) = run(&desk, &order).await;
            if let Ok(answer) = answer {
                ran += 1;
                let seen = format!("{answer:?}");
                assert!(
                    !seen.contains(SECRET),
                    "line {}: {}",
                    attack.line,
                    attack.sql
                );
                is_within(&report, &force).unwrap();
            }
        }
    }
    assert!(ran > 0, "some of it is harmless to the engine");
    assert_eq!(before, state(&desk));
}

/// What was prepared under one grant is not run under another.
#[tokio::test]
async fn prepared_statements_belong_to_their_grant() {
    let desk = Desk::new();
    let sql = "SELECT count(*) FROM ticket";
    for (grant, is_allowed) in [("stats", true), ("own", false), ("stats", true)] {
        let force = Arc::new(Force::new(grant_of(grant)));
        let statement = Arc::new(crate::db::check(&SQLITE, sql).unwrap());
        let order = order(statement, Vec::new(), &force, ENOUGH);
        let (answer, _) = run(&desk, &order).await;
        assert_eq!(answer.is_ok(), is_allowed, "{grant}: {answer:?}");
    }
    assert_eq!(
        desk.database.idle_connections().0,
        0,
        "each was closed by its test"
    );
}

/// All that no grant of the list may change, and the schema.
fn state(desk: &Desk) -> Vec<String> {
    let engine = desk.stranger();
    let text = |sql: &str| -> String {
        let mut sql = engine.prepare(sql).unwrap();
        let rows = sql.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>().join(";")
    };
    [
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
        "SELECT id || login || pw FROM users ORDER BY id",
        "SELECT id || title || queue_id FROM ticket ORDER BY id",
        "SELECT id || a_body FROM article ORDER BY id",
        "SELECT id || text FROM p_other__note",
    ]
    .map(text)
    .to_vec()
}
