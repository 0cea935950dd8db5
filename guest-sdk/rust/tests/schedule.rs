//! Jobs: those that a plugin registers, those that it schedules, and their runs; and the
//! templates that they render.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::jobs::Run;
use goatkit_plugin::schedule::{self, Plan};
use goatkit_plugin::testing::{Session, take_log};
use goatkit_plugin::{Error, Fault, Jobs, Plugin as _, json, templates};

#[goatkit_plugin::plugin()]
mod desk {
    use goatkit_plugin::jobs::Run;
    use goatkit_plugin::{Error, Fault, context, log};

    #[job]
    fn weekly_report(run: Run) -> Result<(), Error> {
        let to: Vec<String> = run.args()?;
        let entry = context::entry()?;
        let actor = context::actor()?;
        log::info(format!("{} {} {to:?} {actor:?}", entry.kind, entry.name));
        Ok(())
    }

    #[job(
        name = "tidy_up",
        cron = "0 3 * * *",
        time_zone = "Europe/Vienna",
        args = r#"{"days":7}"#,
        retries = 0
    )]
    pub fn clean() -> Result<(), Fault> {
        Err(Fault::TimedOut)
    }

    pub fn nothing() {}
}

use desk::Plugin;

fn session() -> Session {
    Session::default().grant("schedule: 3").plugin::<Plugin>()
}

#[test]
fn the_registration_has_the_jobs() {
    let plugin = Plugin::registration();
    let jobs: Vec<_> = plugin
        .jobs
        .iter()
        .map(|it| {
            (
                [&*it.name, &*it.cron, &*it.time_zone, &*it.args],
                &it.extra[..],
            )
        })
        .collect();
    let retries = ("retries".to_owned(), "0".to_owned());
    assert_eq!(
        jobs,
        [
            (["weekly-report", "", "UTC", "null"], &[][..]),
            (
                ["tidy_up", "0 3 * * *", "Europe/Vienna", r#"{"days":7}"#],
                &[retries][..]
            ),
        ]
    );
    let functions: Vec<_> = plugin.functions.iter().map(|it| &it.name).collect();
    assert_eq!(functions, ["nothing"], "a job is no function");
}

#[test]
fn a_run_finds_its_function() {
    let mut session = session().signed_in("jane", "agent");
    session.now.seconds = 7;
    let run = |name, args| session.clone().run_job::<Plugin>(name, args);
    assert_eq!(run("weekly-report", json!(["a"])), Ok(()));
    assert_eq!(take_log()[0].message, "job weekly-report [\"a\"] None");
    assert_eq!(run("tidy_up", json!(null)), Err(Fault::TimedOut.into()));
    for name in ["weekly_report", "clean", "nothing", ""] {
        let unknown = Err(Error::Unknown(name.to_owned()));
        assert_eq!(run(name, json!(null)), unknown);
    }
    assert_eq!(
        run("weekly-report", json!(5)),
        Err(Error::invalid(
            "the job \"weekly-report\": invalid type: integer `5`, expected a sequence \
             at line 1 column 1"
        ))
    );
    let run = Run {
        id: "1".to_owned(),
        name: "tidy_up".to_owned(),
        args: "null".to_owned(),
        due: session.now,
        attempt: 2,
    };
    assert_eq!(Plugin::run(run), Err(Fault::TimedOut.into()));
}

#[test]
fn a_plan_is_kept_once() {
    let session = session();
    session.clone().run(|| {
        let plan = || Plan::new("0 7 * * 1", "weekly-report", &["a"]);
        let id = plan()
            .time_zone("Europe/Vienna")
            .retries(1)
            .schedule()
            .unwrap();
        let same = plan().retries(1).time_zone("Europe/Vienna").schedule();
        assert_eq!(same, Ok(id.clone()));
        let other = schedule::schedule_job("0 7 * * 1", "weekly-report", &["a"]).unwrap();
        assert_eq!(
            plan().schedule(),
            Ok(other.clone()),
            "in UTC, three retries"
        );
        assert_eq!(plan().retries(3).schedule(), Ok(other.clone()));
        assert_ne!(id, other);

        let listed: Vec<_> = schedule::list()
            .unwrap()
            .into_iter()
            .map(|job| (job.callback, job.cron, job.time_zone, job.args))
            .collect();
        let row = |texts: [&str; 4]| texts.map(str::to_owned).into();
        assert_eq!(
            listed,
            [
                row(["tidy_up", "0 3 * * *", "Europe/Vienna", r#"{"days":7}"#]),
                row(["weekly-report", "0 7 * * 1", "Europe/Vienna", "[\"a\"]"]),
                row(["weekly-report", "0 7 * * 1", "UTC", "[\"a\"]"]),
                row(["weekly-report", "", "UTC", "null"]),
            ]
        );
        match plan().retries(2).schedule() {
            Err(Fault::Failed(failure)) => assert_eq!(failure.code, "too-many"),
            other => panic!("{other:?}"),
        }
        assert_eq!(schedule::cancel(&id), Ok(true));
        assert_eq!(schedule::cancel(&id), Ok(false));
        assert_ne!(plan().retries(2).schedule(), Ok(id));
    });
    assert_eq!(session.jobs().len(), 3);
}

#[test]
fn what_makes_no_sense_is_invalid_and_what_is_not_granted_denied() {
    let plan = |cron, callback| Plan::new(cron, callback, &());
    let cases = [
        (plan("0 7 * * 1", "other"), "registered no job `other`"),
        (plan("0 7 * *", "tidy_up"), "five fields"),
        (plan("", "tidy_up"), "five fields"),
        (plan("0 7 * * 1", "tidy_up").retries(11), "at most 10 times"),
    ];
    let session = session();
    session.clone().run(|| {
        for (plan, expect) in cases {
            match plan.schedule() {
                Err(Fault::Invalid(text)) => assert!(text.contains(expect), "{text}"),
                other => panic!("{expect}: {other:?}"),
            }
        }
    });
    assert_eq!(session.jobs().len(), 1);
    for denied in [
        plan("0 7 * * 1", "tidy_up").schedule().map(drop),
        schedule::cancel("job-1").map(drop),
        schedule::list().map(drop),
    ] {
        assert!(matches!(denied, Err(Fault::Denied(it)) if it.capability == "schedule"));
    }
}

#[test]
fn templates_get_their_data() {
    let session = Session::default().template("a.html", |data| Ok(format!("<b>{}</b>", data["n"])));
    session.clone().run(|| {
        assert_eq!(
            templates::render("a.html", &json!({ "n": 1 })),
            Ok("<b>1</b>".to_owned())
        );
        match templates::render("b.html", &json!({})) {
            Err(Fault::Failed(failure)) => assert_eq!(failure.code, "not-found"),
            other => panic!("{other:?}"),
        }
        let wrong = templates::render("a.html", &[1]);
        assert!(matches!(wrong, Err(Fault::Invalid(text)) if text.contains("JSON object")));
    });
    assert_eq!(
        session.rendered(),
        [("a.html".to_owned(), json!({ "n": 1 }))]
    );
}
