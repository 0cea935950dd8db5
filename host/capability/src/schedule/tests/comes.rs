//! Jobs that come, change and go, also while they run.

use super::turns::{LEASE, MINUTE, Table, job, seen, serving};
use super::*;
use crate::schedule::{Outcome, Plan, Serving, Turn};

#[test]
fn registered_jobs_come_and_go_with_the_registration() {
    let mut table = Table::with(vec![job("report", "0 * * * *", 0)]);
    let register = |table: &Table, jobs| table.jobs.register(&serving(jobs), table.now).unwrap();
    let ten = at("2026-03-01T10:00:00Z");
    table.now = ten - MINUTE;
    // The same again, also with other arguments, keeps its due.
    let mut changed = job("report", "0 * * * *", 5);
    changed.args = "[1]".to_owned();
    register(&table, vec![changed]);
    let status = table.status();
    assert_eq!(
        (status.args.as_str(), status.retries, status.due),
        ("[1]", 5, Some(ten))
    );
    register(&table, vec![job("report", "30 * * * *", 0)]);
    assert_eq!(table.status().due, Some(at("2026-03-01T10:30:00Z")));
    register(
        &table,
        vec![job("sweep", "0 * * * *", 0), job("idle", "", 0)],
    );
    let names: Vec<_> = table.jobs.all(None).unwrap();
    let names: Vec<_> = names
        .iter()
        .map(|it| (it.callback.as_str(), it.due))
        .collect();
    assert_eq!(names, [("idle", None), ("sweep", Some(ten))]);

    // What is not known yet changes nothing.
    let unknown = Serving::from([(name("stats"), None)]);
    table.jobs.register(&unknown, table.now).unwrap();
    assert_eq!(table.jobs.all(None).unwrap().len(), 2);

    // One that runs while it goes is forgotten with its end.
    table.now = ten;
    let run = table.one("a");
    register(&table, Vec::new());
    assert!(table.jobs.all(None).unwrap().is_empty());
    table.now = ten + 120 * MINUTE;
    assert!(table.take("a").started.is_empty());
    table.end("a", run, Outcome::Failed("no".to_owned()));
    assert!(table.take("a").started.is_empty());
    assert_eq!(table.take("a").next, None);
}

#[test]
fn jobs_of_a_plugin_that_is_gone_rest() {
    let bench = Bench::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plan = || Plan::new("0 * * * *".to_owned(), "report".to_owned(), "{}".to_owned());
    let room = &bench.stats;
    let scope = scope(MINUTE);
    runtime.block_on(room.schedule(&scope, plan())).unwrap();
    let mut table = Table {
        jobs: bench.jobs.clone(),
        now: start(),
    };
    let gone = || table.jobs.register(&Serving::new(), start()).unwrap();
    gone();
    gone();
    assert_eq!(table.status().due, None);
    table.now = at("2026-03-02T12:30:00Z");
    assert!(table.take("a").started.is_empty());
    assert_eq!(table.take("a").next, None);
    // When it comes back nothing is caught up.
    table
        .jobs
        .register(&serving(Vec::new()), table.now)
        .unwrap();
    assert!(table.take("a").started.is_empty());
    assert_eq!(table.status().due, Some(at("2026-03-02T13:00:00Z")));

    // While it runs: the run goes on, and nothing follows.
    table.now = at("2026-03-02T13:00:00Z");
    let run = table.one("a");
    table.jobs.register(&Serving::new(), table.now).unwrap();
    table.end("a", run, Outcome::Failed("no".to_owned()));
    table.now = at("2026-03-09T13:00:00Z");
    assert!(table.take("a").started.is_empty());
}

#[test]
fn a_job_that_is_cancelled_while_it_runs_is_gone_with_its_end() {
    let bench = Bench::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let scope = scope(MINUTE);
    let plan = || Plan::new("* * * * *".to_owned(), "report".to_owned(), "{}".to_owned());
    let schedule = || {
        runtime
            .block_on(bench.stats.schedule(&scope, plan()))
            .unwrap()
    };
    let cancel = |id: &str| runtime.block_on(bench.stats.cancel(&scope, id)).unwrap();
    let id = schedule();
    let mut table = Table {
        jobs: bench.jobs.clone(),
        now: start() + MINUTE,
    };
    let run = table.one("a");
    assert!(cancel(&id) && !cancel(&id));
    assert!(table.jobs.all(None).unwrap().is_empty());
    // Kept again meanwhile: no second run beside the first.
    bench.clock.advance(MINUTE);
    assert_eq!(schedule(), id);
    table.now += MINUTE / 2;
    assert!(table.take("a").started.is_empty());
    table.end("a", run, Outcome::Done);
    assert_eq!(table.status().due, Some(start() + 2 * MINUTE));
    table.now = start() + 2 * MINUTE;
    let run = table.one("a");
    assert_eq!(seen(&run), (start() + 2 * MINUTE, 1));
    assert!(cancel(&id));
    // Its holder dies: what was cancelled is not started again.
    table.now += 2 * LEASE;
    let dead = table.take("b").expired;
    let turn = Turn {
        dead,
        ..table.turn("b")
    };
    assert!(table.jobs.turn(&turn).unwrap().started.is_empty());
    assert_eq!(table.take("b").next, None);
    assert!(table.take("b").expired.is_empty());
    table.end("a", run, Outcome::Done);
}
