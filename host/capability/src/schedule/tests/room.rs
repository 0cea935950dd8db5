//! What a plugin may keep, and what it may not.

use std::sync::atomic::Ordering;

use super::*;
use crate::schedule::{MAX_ARGS_BYTES, MAX_RETRIES, Plan, RegisteredJob, Serving};
use crate::{Failure, Fault};

const LONG: Duration = Duration::from_secs(60);

fn plan(cron: &str) -> Plan {
    Plan::new(cron.to_owned(), "report".to_owned(), "{}".to_owned())
}

async fn refused(bench: &Bench, plan: Plan) -> Fault {
    let answer = bench.stats.schedule(&scope(LONG), plan).await;
    assert!(bench.jobs.all(None).unwrap().is_empty());
    answer.unwrap_err()
}

#[tokio::test]
async fn a_job_is_kept_once_for_the_same_words() {
    let bench = Bench::new();
    let scope = scope(LONG);
    let mut vienna = plan("0 7 * * *");
    vienna.time_zone("europe/vienna".to_owned()).unwrap();
    vienna.retries(0).unwrap();
    let id = bench.stats.schedule(&scope, vienna.clone()).await.unwrap();
    assert_eq!(
        bench.stats.schedule(&scope, vienna.clone()).await.unwrap(),
        id
    );
    assert_eq!(
        bench.uses.load(Ordering::Relaxed),
        4,
        "two rules, used twice"
    );

    let [job] = bench.stats.list(&scope).await.unwrap().try_into().unwrap();
    assert_eq!(
        (job.id.as_str(), job.callback.as_str()),
        (id.as_str(), "report")
    );
    assert_eq!((job.cron.as_str(), job.args.as_str()), ("0 7 * * *", "{}"));
    assert_eq!(job.time_zone, "Europe/Vienna");
    assert_eq!(job.due, Some(at("2026-03-02T06:00:00Z")));
    assert_eq!((job.last_run, job.last_result), (None, None));

    // Other words are another job, also where they mean the same.
    let other = bench
        .stats
        .schedule(&scope, plan("00 7 * * *"))
        .await
        .unwrap();
    assert_ne!(other, id);
    assert_eq!(bench.jobs.all(Some(&name("stats"))).unwrap().len(), 2);
    assert!(bench.stats.cancel(&scope, &id).await.unwrap());
    assert!(!bench.stats.cancel(&scope, &id).await.unwrap());
    assert_eq!(bench.stats.list(&scope).await.unwrap().len(), 1);
    // The same words again are the same job again.
    assert_eq!(bench.stats.schedule(&scope, vienna).await.unwrap(), id);
}

#[tokio::test]
async fn another_plugins_jobs_are_out_of_reach() {
    let bench = Bench::new();
    let scope = scope(LONG);
    let id = bench
        .stats
        .schedule(&scope, plan("0 7 * * *"))
        .await
        .unwrap();
    let its = bench
        .desk
        .schedule(&scope, plan("0 7 * * *"))
        .await
        .unwrap();
    assert_ne!(id, its);
    assert!(!bench.desk.cancel(&scope, &id).await.unwrap());
    let seen: Vec<String> = bench
        .desk
        .list(&scope)
        .await
        .unwrap()
        .into_iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(seen, [its]);
    assert_eq!(bench.stats.list(&scope).await.unwrap().len(), 1);
}

#[tokio::test]
async fn more_than_is_granted_is_too_many() {
    let bench = Bench::new();
    let scope = scope(LONG);
    let too_many = |fault: Fault| match fault {
        Fault::Failed(Failure { code, message, .. }) => {
            assert_eq!(code, "too-many");
            assert!(message.contains("all 2 jobs that are granted"), "{message}");
        }
        other => panic!("{other}"),
    };
    let first = bench
        .stats
        .schedule(&scope, plan("1 7 * * *"))
        .await
        .unwrap();
    bench
        .stats
        .schedule(&scope, plan("2 7 * * *"))
        .await
        .unwrap();
    too_many(
        bench
            .stats
            .schedule(&scope, plan("3 7 * * *"))
            .await
            .unwrap_err(),
    );
    // One that is there is no further one, and another plugin has its own number.
    bench
        .stats
        .schedule(&scope, plan("1 7 * * *"))
        .await
        .unwrap();
    bench
        .desk
        .schedule(&scope, plan("3 7 * * *"))
        .await
        .unwrap();
    bench.stats.cancel(&scope, &first).await.unwrap();
    bench
        .stats
        .schedule(&scope, plan("3 7 * * *"))
        .await
        .unwrap();

    // Jobs of the registration count; callbacks that are never due by themselves do not.
    let job = |name: &str, cron: &str| RegisteredJob {
        name: name.to_owned(),
        cron: cron.to_owned(),
        time_zone: "UTC".to_owned(),
        args: "{}".to_owned(),
        retries: 0,
    };
    let bench = Bench::new();
    let jobs = vec![job("report", "0 7 * * *"), job("sweep", "")];
    let serving = Serving::from([(name("stats"), Some(jobs))]);
    bench.jobs.register(&serving, start()).unwrap();
    bench
        .stats
        .schedule(&scope, plan("1 7 * * *"))
        .await
        .unwrap();
    too_many(
        bench
            .stats
            .schedule(&scope, plan("2 7 * * *"))
            .await
            .unwrap_err(),
    );
    let registered = crate::schedule::registered_id(&name("stats"), "report");
    let told = bench.stats.cancel(&scope, &registered).await.unwrap_err();
    assert!(
        told.to_string().contains("is one of the registration"),
        "{told}"
    );
    assert_eq!(bench.stats.list(&scope).await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_not_granted_is_denied() {
    let bench = Bench::new();
    bench.grant(&["jobs 2", "min_period 300s"]);
    let told = refused(&bench, plan("* * * * *")).await;
    assert!(
        matches!(&told, Fault::Denied(it) if it.asked == "a job that is due every minute"),
        "{told}"
    );
    let told = refused(&bench, plan("0,4 7 * * *")).await;
    assert!(
        told.to_string().contains("write `min_period: 240s`"),
        "{told}"
    );
    bench
        .stats
        .schedule(&scope(LONG), plan("*/5 * * * *"))
        .await
        .unwrap();

    bench.grant(&[]);
    let scope = scope(LONG);
    for denied in [
        bench
            .stats
            .schedule(&scope, plan("0 7 * * *"))
            .await
            .map(drop),
        bench.stats.cancel(&scope, "x").await.map(drop),
        bench.stats.list(&scope).await.map(drop),
    ] {
        let told = denied.unwrap_err();
        assert!(matches!(told, Fault::Denied(_)), "{told}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_invalid() {
    let bench = Bench::new();
    let of = |callback: &str, args: &str| {
        Plan::new("0 7 * * *".to_owned(), callback.to_owned(), args.to_owned())
    };
    for (plan, expect) in [
        (plan("60 * * * *"), "`60` is no minute"),
        (plan("0 0 30 2 *"), "never due"),
        (plan(""), "0 fields"),
        (
            of("reprot", "{}"),
            "no job `reprot`; did you mean `report`?",
        ),
        (of("", "{}"), "it registers report, sweep"),
        (of("report", ""), "no JSON"),
        (of("report", "{"), "no JSON"),
        (of("report", "{} {}"), "no JSON"),
    ] {
        let told = refused(&bench, plan).await;
        assert!(matches!(told, Fault::Invalid(_)), "{told}");
        assert!(told.to_string().contains(expect), "{told}");
    }
    let most = format!("\"{}\"", "a".repeat(MAX_ARGS_BYTES - 2));
    let told = refused(&bench, of("report", &format!("{most} "))).await;
    assert!(matches!(told, Fault::TooLarge(_)), "{told}");
    bench
        .stats
        .schedule(&scope(LONG), of("report", &most))
        .await
        .unwrap();

    let mut wrong = plan("0 7 * * *");
    let told = wrong.time_zone("Europe/Wien".to_owned()).unwrap_err();
    assert!(matches!(told, Fault::Invalid(_)), "{told}");
    assert!(wrong.retries(MAX_RETRIES).is_ok());
    assert!(matches!(
        wrong.retries(MAX_RETRIES + 1),
        Err(Fault::Invalid(_))
    ));
    let huge = of(&"x".repeat(1 << 20), "{}");
    let told = bench.stats.schedule(&scope(LONG), huge).await.unwrap_err();
    assert!(told.to_string().len() < 500);
}

#[tokio::test]
async fn nothing_answers_while_the_plugin_registers() {
    let bench = Bench::new();
    let scope = Scope::Registering;
    for answer in [
        bench
            .stats
            .schedule(&scope, plan("0 7 * * *"))
            .await
            .map(drop),
        bench.stats.cancel(&scope, "x").await.map(drop),
        bench.stats.list(&scope).await.map(drop),
    ] {
        assert!(matches!(answer, Err(Fault::Unavailable(_))));
    }
    assert!(bench.jobs.all(None).unwrap().is_empty());
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let bench = Bench::new();
    let (locked, wait) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let jobs = bench.jobs.clone();
    let holder = std::thread::spawn(move || {
        jobs.with(|_| {
            locked.send(()).unwrap();
            // Until the test is done with it.
            let _ = released.recv();
            Ok(())
        })
    });
    wait.recv().unwrap();
    let scope = scope(Duration::from_millis(50));
    for answer in [
        bench
            .stats
            .schedule(&scope, plan("0 7 * * *"))
            .await
            .map(drop),
        bench.stats.cancel(&scope, "x").await.map(drop),
        bench.stats.list(&scope).await.map(drop),
    ] {
        assert_eq!(answer, Err(Fault::TimedOut));
    }
    drop(release);
    holder.join().unwrap().unwrap();
}
