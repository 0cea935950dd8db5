//! What a scheduler is given, by a clock that only these tests move.

use std::collections::BTreeMap;

use super::*;
use crate::schedule::{
    JobStatus, Origin, Outcome, Plan, RegisteredJob, Run, Serving, Turn, Turned, registered_id,
};

const LEASE: Duration = Duration::from_secs(60);
const MINUTE: Duration = Duration::from_secs(60);

fn job(name: &str, cron: &str, retries: u32) -> RegisteredJob {
    RegisteredJob {
        name: name.to_owned(),
        cron: cron.to_owned(),
        time_zone: "UTC".to_owned(),
        args: "{}".to_owned(),
        retries,
    }
}

fn serving(jobs: Vec<RegisteredJob>) -> Serving {
    Serving::from([(name("stats"), Some(jobs))])
}

/// Jobs of `stats`, and schedulers that ask for them.
struct Table {
    jobs: Jobs,
    now: SystemTime,
}

impl Table {
    fn with(registered: Vec<RegisteredJob>) -> Self {
        let jobs = Jobs::new(PlatformDb::in_memory().unwrap());
        jobs.register(&serving(registered), start()).unwrap();
        Self { jobs, now: start() }
    }

    fn turn(&self, holder: &str) -> Turn {
        Turn {
            holder: holder.to_owned(),
            now: self.now,
            lease: LEASE,
            ended: Vec::new(),
            renewed: Vec::new(),
            free: 8,
            busy: BTreeMap::new(),
            per_plugin: 8,
            dead: Default::default(),
        }
    }

    fn take(&self, holder: &str) -> Turned {
        self.jobs.turn(&self.turn(holder)).unwrap()
    }

    /// The only run that there is to start.
    fn one(&self, holder: &str) -> Run {
        let [run] = self.take(holder).started.try_into().unwrap();
        run
    }

    fn end(&self, holder: &str, run: Run, outcome: Outcome) -> Turned {
        let ended = vec![(run, outcome)];
        let turn = Turn {
            ended,
            free: 0,
            ..self.turn(holder)
        };
        self.jobs.turn(&turn).unwrap()
    }

    fn status(&self) -> JobStatus {
        let [status] = self.jobs.all(None).unwrap().try_into().unwrap();
        status
    }

    fn failed(&self, run: Run) {
        self.end("a", run, Outcome::Failed("no".to_owned()));
    }
}

fn seen(run: &Run) -> (SystemTime, u32) {
    (run.due, run.attempt)
}

#[test]
fn each_due_time_is_taken_by_one_scheduler() {
    let mut table = Table::with(vec![job("report", "* * * * *", 0)]);
    assert!(table.take("a").started.is_empty(), "nothing is due yet");
    assert_eq!(table.take("a").next, Some(start() + MINUTE));
    let mut due = start();
    for _ in 0..10 {
        due += MINUTE;
        table.now = due;
        let run = table.one("a");
        assert_eq!(seen(&run), (due, 1));
        assert!(table.take("a").started.is_empty() && table.take("b").started.is_empty());
        table.end("a", run, Outcome::Done);
        assert!(table.take("a").started.is_empty() && table.take("b").started.is_empty());
    }
    let status = table.status();
    assert_eq!(status.last_result.as_deref(), Some("ok"));
    assert_eq!((status.last_run, status.attempts), (Some(due), 1));
    assert_eq!(
        (status.due, status.running_since),
        (Some(due + MINUTE), None)
    );
    assert_eq!(status.origin, Origin::Registered);
    assert_eq!(status.id, registered_id(&name("stats"), "report"));
}

#[test]
fn what_was_missed_is_caught_up_once() {
    let mut table = Table::with(vec![job("report", "0 * * * *", 0)]);
    table.now = at("2026-03-11T12:20:00Z");
    let run = table.one("a");
    assert_eq!(seen(&run), (at("2026-03-11T12:00:00Z"), 1));
    let turned = table.end("a", run, Outcome::Done);
    assert_eq!(turned.next, Some(at("2026-03-11T13:00:00Z")));
    assert!(table.take("a").started.is_empty());
}

#[test]
fn a_run_that_overlaps_its_next_due_is_followed_by_one() {
    let mut table = Table::with(vec![job("report", "* * * * *", 0)]);
    table.now = start() + MINUTE;
    let run = table.one("a");
    table.now = start() + 5 * MINUTE + MINUTE / 2;
    // Long past its lease, and by its own holder not taken for dead.
    assert!(table.take("a").started.is_empty());
    table.end("a", run, Outcome::Done);
    assert_eq!(seen(&table.one("a")), (start() + 5 * MINUTE, 1));
}

#[test]
fn a_run_that_fails_is_tried_again_with_doubling_waits() {
    let mut table = Table::with(vec![job("report", "0 * * * *", 3)]);
    let due = at("2026-03-01T10:00:00Z");
    table.now = due;
    for (attempt, wait) in [(1, 30), (2, 60), (3, 120)] {
        let run = table.one("a");
        assert_eq!(seen(&run), (due, attempt));
        table.failed(run);
        let retry = table.now + Duration::from_secs(wait);
        assert_eq!(table.status().retry_at, Some(retry));
        assert_eq!(table.status().last_result.as_deref(), Some("no"));
        table.now = retry - Duration::from_secs(1);
        assert!(table.take("a").started.is_empty());
        table.now = retry;
    }
    let run = table.one("b");
    assert_eq!(seen(&run), (due, 4));
    table.end("b", run, Outcome::Failed("no".to_owned()));
    assert_eq!(table.status().retry_at, None);
    assert_eq!(table.take("a").next, Some(at("2026-03-01T11:00:00Z")));
}

#[test]
fn no_retry_comes_at_the_next_due_or_after_it() {
    // 30 s after the first, then 60 s more would be past the next minute.
    let mut table = Table::with(vec![job("report", "* * * * *", 3)]);
    let due = start() + MINUTE;
    table.now = due;
    let first = table.one("a");
    table.failed(first);
    table.now = due + MINUTE / 2;
    let second = table.one("a");
    assert_eq!(seen(&second), (due, 2));
    table.failed(second);
    assert_eq!(table.status().retry_at, None);
    // A retry that nobody came to before the next due is over.
    table.now = due + MINUTE;
    let next = table.one("a");
    assert_eq!(seen(&next), (due + MINUTE, 1));
    table.failed(next);
    table.now = due + 3 * MINUTE;
    assert_eq!(seen(&table.one("a")), (due + 3 * MINUTE, 1));
}

#[test]
fn what_is_refused_waits_for_its_next_due() {
    let mut table = Table::with(vec![job("report", "0 * * * *", 3)]);
    table.now = at("2026-03-01T10:00:00Z");
    let run = table.one("a");
    table.end("a", run, Outcome::Refused("x".repeat(10_000)));
    let status = table.status();
    assert_eq!(
        (status.retry_at, status.due),
        (None, Some(at("2026-03-01T11:00:00Z")))
    );
    assert!(status.last_result.unwrap().len() < 600);
}

#[test]
fn a_run_whose_holder_died_is_started_again() {
    let mut table = Table::with(vec![job("report", "* * * * *", 0)]);
    let due = start() + MINUTE;
    table.now = due;
    let lost = table.one("a");
    table.now = due + LEASE - Duration::from_secs(1);
    assert!(table.take("b").expired.is_empty());
    table.now = due + LEASE;
    let turned = table.take("b");
    assert!(
        turned.started.is_empty(),
        "its holder may be about to renew it"
    );
    let dead = turned.expired;
    assert_eq!(dead.len(), 1);

    // The holder comes back in time.
    let turn = Turn {
        renewed: vec![lost.clone()],
        ..table.turn("a")
    };
    assert!(table.jobs.turn(&turn).unwrap().taken.is_empty());
    let turn = Turn {
        dead: dead.clone(),
        ..table.turn("b")
    };
    assert!(table.jobs.turn(&turn).unwrap().started.is_empty());

    // It does not.
    table.now += LEASE;
    let dead = table.take("b").expired;
    let turn = Turn {
        dead,
        ..table.turn("b")
    };
    let [again] = table.jobs.turn(&turn).unwrap().started.try_into().unwrap();
    assert_eq!(
        seen(&again),
        (due, 2),
        "the same run, though later dues have passed"
    );
    assert_eq!(again.id, lost.id);

    // What the dead one says when it comes back counts for nothing.
    let turn = Turn {
        renewed: vec![lost.clone()],
        ..table.turn("a")
    };
    assert_eq!(table.jobs.turn(&turn).unwrap().taken, [lost.key()]);
    table.end("a", lost, Outcome::Done);
    assert!(table.status().running_since.is_some());
    table.end("b", again, Outcome::Done);
    assert_eq!(
        seen(&table.one("a")),
        (due + 2 * MINUTE, 1),
        "then what was missed meanwhile"
    );
}

#[test]
fn a_run_that_was_given_up_is_started_again_at_once() {
    let mut table = Table::with(vec![job("report", "* * * * *", 0)]);
    table.now = start() + MINUTE;
    let run = table.one("a");
    table.end("a", run, Outcome::Lost);
    assert_eq!(seen(&table.one("b")), (start() + MINUTE, 2));
}

#[test]
fn a_job_that_kills_each_host_is_left_alone_in_the_end() {
    let mut table = Table::with(vec![job("report", "0 * * * *", 0)]);
    table.now = at("2026-03-01T10:00:00Z");
    let mut attempts = 0;
    while let Some(run) = table.take("a").started.pop() {
        attempts += 1;
        assert_eq!(run.attempt, attempts);
        table.end("a", run, Outcome::Lost);
        assert!(attempts < 50);
    }
    assert_eq!(attempts, 11);
    let status = table.status();
    assert!(status.last_result.unwrap().contains("died 11 times"));
    assert_eq!((status.running_since, status.retry_at), (None, None));
    table.now = at("2026-03-01T11:00:00Z");
    assert_eq!(seen(&table.one("a")), (table.now, 1));
}

#[test]
fn a_clock_that_goes_back_runs_no_due_again() {
    let mut table = Table::with(vec![job("report", "* * * * *", 0)]);
    table.now = start() + 10 * MINUTE;
    let run = table.one("a");
    table.end("a", run, Outcome::Done);
    for back in (0..=10).rev() {
        table.now = start() + back * MINUTE;
        assert!(table.take("a").started.is_empty());
        table
            .jobs
            .register(&serving(vec![job("report", "* * * * *", 0)]), table.now)
            .unwrap();
    }
    table.now = start() + 11 * MINUTE;
    assert_eq!(seen(&table.one("a")), (table.now, 1));
}

#[test]
fn runs_are_bounded_for_a_host_and_a_plugin() {
    let names: Vec<String> = (0..6).map(|at| format!("j{at}")).collect();
    let jobs: Vec<_> = names.iter().map(|it| job(it, "* * * * *", 0)).collect();
    let mut table = Table::with(Vec::new());
    let serving = Serving::from([
        (name("a"), Some(jobs.clone())),
        (name("b"), Some(jobs.clone())),
        (name("c"), Some(jobs)),
    ]);
    table.jobs.register(&serving, start()).unwrap();
    table.now = start() + MINUTE;
    let turn = Turn {
        free: 5,
        per_plugin: 2,
        ..table.turn("x")
    };
    let started = table.jobs.turn(&turn).unwrap().started;
    let count = |runs: &[Run], plugin: &str| {
        runs.iter()
            .filter(|run| run.plugin.as_str() == plugin)
            .count()
    };
    assert_eq!(started.len(), 5);
    assert!(
        ["a", "b", "c"]
            .iter()
            .all(|plugin| (1..=2).contains(&count(&started, plugin)))
    );

    let busy = BTreeMap::from([(name("a"), 2), (name("b"), 1)]);
    let turn = Turn {
        busy,
        per_plugin: 2,
        ..table.turn("y")
    };
    let started = table.jobs.turn(&turn).unwrap().started;
    assert_eq!(
        (
            count(&started, "a"),
            count(&started, "b"),
            count(&started, "c")
        ),
        (0, 1, 2)
    );
    // What waits for a place is no reason to look again at once.
    let turn = Turn {
        free: 0,
        ..table.turn("y")
    };
    assert!(table.jobs.turn(&turn).unwrap().next.unwrap() > table.now);
}

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

#[test]
fn two_schedulers_on_one_file_never_take_the_same() {
    let data = tempfile::tempdir().unwrap();
    let open = || Jobs::new(PlatformDb::open(data.path()).unwrap());
    let jobs: Vec<_> = (0..20)
        .map(|at| job(&format!("j{at}"), "* * * * *", 0))
        .collect();
    open().register(&serving(jobs), start()).unwrap();
    let take = |holder: &'static str| {
        let jobs = open();
        std::thread::spawn(move || {
            let mut runs = Vec::new();
            for minute in 1..=20 {
                let now = start() + minute * MINUTE;
                let mut ended = Vec::new();
                loop {
                    let turn = Turn {
                        holder: holder.to_owned(),
                        now,
                        lease: 60 * MINUTE,
                        ended,
                        renewed: Vec::new(),
                        free: 3,
                        busy: BTreeMap::new(),
                        per_plugin: 3,
                        dead: Default::default(),
                    };
                    let started = jobs.turn(&turn).unwrap().started;
                    if started.is_empty() {
                        break;
                    }
                    runs.extend(started.iter().map(|run| (run.id.clone(), run.due)));
                    ended = started
                        .into_iter()
                        .map(|run| (run, Outcome::Done))
                        .collect();
                }
            }
            runs
        })
    };
    let (a, b) = (take("a"), take("b"));
    let (a, b) = (a.join().unwrap(), b.join().unwrap());
    let mut all: Vec<_> = a.iter().chain(&b).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "one was started twice");
    // Each job ran for the last minute, whoever was ahead.
    let last = all.iter().filter(|(_, due)| *due == start() + 20 * MINUTE);
    assert_eq!(last.count(), 20);
}
