//! The weekly report: what is mailed to whom, and when.

use goatkit_plugin::context::Entry;
use goatkit_plugin::jobs::Run;
use goatkit_plugin::testing::{Mail, Session, take_log};
use goatkit_plugin::{Error, Fault, Jobs, Lifecycle, Timestamp, Value, json, schedule};
use minijinja::{AutoEscape, Environment};

use super::{call, session, session_on};
use crate::stats;

const TEMPLATE: &str = include_str!("../../templates/report.html");
const MANIFEST: &str = include_str!("../../manifest.yaml");

/// The package's template, as the host renders it.
fn render(data: &Value) -> Result<String, Fault> {
    let mut engine = Environment::new();
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    engine.add_template("report.html", TEMPLATE).unwrap();
    Ok(engine
        .get_template("report.html")
        .unwrap()
        .render(minijinja::value::Serde(data))
        .unwrap())
}

/// The seconds of a day.
const DAY: i64 = 86_400;

/// On 2026-03-20: the day of the desk is the last one of the week that is told.
fn with_grants(mut session: Session) -> Session {
    session.now.seconds += DAY;
    session
        .grant("mail: from stats@example.com, to *@example.com, to root@localhost, per_hour 10")
        .grant("schedule: 2")
        .plugin::<stats::Plugin>()
        .template("report.html", render)
        .translation("en", "report.subject", "From {first} to {last}")
        .translation("en", "figure.total", "Tickets")
        .translation("en", "report.none", "Nothing at all")
}

fn ready() -> Session {
    with_grants(session())
        .declares("report_to")
        .declares("report_cron")
        .declares("report_time_zone")
}

fn run(session: &Session) -> Result<(), Error> {
    session
        .clone()
        .run_job::<stats::Plugin>("weekly-report", ())
}

fn sent(session: &Session) -> Mail {
    run(session).unwrap();
    let [mail] = <[_; 1]>::try_from(session.mails()).unwrap();
    mail
}

#[test]
fn the_report_has_the_numbers_of_seven_days() {
    let mail = sent(&ready());
    assert_eq!(mail.sender, "stats@example.com");
    assert_eq!(mail.to, ["root@localhost"]);
    assert_eq!(mail.subject, "From 2026-03-13 to 2026-03-19");

    let html = mail.html.unwrap();
    // Also the queue that no agent sees, and every name escaped.
    for piece in [
        "<html lang=\"en\">",
        ">Desk</th>",
        ">Of an invalid group</th>",
        ">Tickets</td>",
        ">5</td>",
        ">20.0 %</td>",
    ] {
        assert!(html.contains(piece), "{piece}: {html}");
    }
    for piece in ["<script", "<link", "<img", "Net &", "Nothing at all"] {
        assert!(!html.contains(piece), "{piece}: {html}");
    }
    let text = mail.text.unwrap();
    assert!(text.contains("Tickets: 5\n"), "{text}");

    let [file] = <[_; 1]>::try_from(mail.attachments).unwrap();
    assert_eq!(file.name, "report.csv");
    assert_eq!(file.content_type, "text/csv; charset=utf-8");
    assert_eq!(
        String::from_utf8(file.content).unwrap(),
        "queue,total,open,pending,closed,overdue\r\n\
         Desk,4,3,0,1,3\r\n\
         Of an invalid group,1,1,0,0,0\r\n"
    );
}

/// Tickets around two Mondays, each in a queue with its time as the name.
const TICKETS: &[&str] = &[
    "2026-03-08 23:59:59",
    "2026-03-09 00:00:00",
    "2026-03-11 12:00:00",
    "2026-03-15 23:59:00",
    "2026-03-16 00:00:00",
    "2026-03-16 00:10:00",
    "2026-03-18 09:00:00",
    "2026-03-22 23:59:59",
    "2026-03-23 00:00:00",
];

/// 2026-03-16 00:00:00.
const MONDAY: i64 = 1_773_619_200;

const HOUR: i64 = 3_600;

fn week_desk() -> Session {
    let ticket = |(at, time): (usize, &&str)| {
        let id = at + 1;
        format!(
            "INSERT INTO queue (id, name, group_id) VALUES ({id}, '{time}', 1);
             INSERT INTO ticket (queue_id, ticket_state_id, ticket_priority_id, create_time,
                change_time, escalation_time, escalation_solution_time)
             VALUES ({id}, 1, 1, '{time}', '{time}', 0, 0);"
        )
    };
    let tickets: String = TICKETS.iter().enumerate().map(ticket).collect();
    let rows = format!(
        "INSERT INTO ticket_state_type (id, name) VALUES (1, 'new');
         INSERT INTO ticket_state (id, name, type_id) VALUES (1, 'new', 1);{tickets}"
    );
    with_grants(session_on(&rows)).declares("report_to")
}

/// What a run that was due then mails now: the subject, and the tickets that it counts.
#[track_caller]
fn told(due: i64, now: i64) -> (String, Vec<String>) {
    let mut session = week_desk();
    session.now.seconds = now;
    session.actor = None;
    session.entry = Entry {
        kind: "job".to_owned(),
        name: "weekly-report".to_owned(),
    };
    let run = Run {
        id: "run".to_owned(),
        name: "weekly-report".to_owned(),
        args: "null".to_owned(),
        due: Timestamp {
            seconds: due,
            nanoseconds: 0,
        },
        attempt: 1,
    };
    let sent = session.clone().run(|| <stats::Plugin as Jobs>::run(run));
    assert_eq!(sent, Ok(()));
    let [mail] = <[_; 1]>::try_from(session.mails()).unwrap();
    let csv = String::from_utf8(mail.attachments[0].content.clone()).unwrap();
    let queue = |line: &str| line.split(',').next().unwrap().to_owned();
    let queues: Vec<String> = csv.lines().skip(1).map(queue).collect();
    let text = mail.text.unwrap();
    assert!(
        text.contains(&format!("Tickets: {}\n", queues.len())),
        "{text}"
    );
    assert!(mail.html.unwrap().contains(&mail.subject));
    (mail.subject, queues)
}

#[test]
fn a_report_is_about_the_seven_whole_days_before_it_was_due() {
    let seven = 7 * HOUR;
    let (before, week, next) = (&TICKETS[..1], &TICKETS[1..4], &TICKETS[4..8]);
    let first = "From 2026-03-09 to 2026-03-15";
    for (what, due, now, subject, tickets) in [
        ("on time", MONDAY + seven, MONDAY + seven, first, week),
        (
            "caught up on Wednesday",
            MONDAY + seven,
            MONDAY + 2 * DAY + 15 * HOUR,
            first,
            week,
        ),
        (
            "caught up after the next was due",
            MONDAY + seven,
            MONDAY + 8 * DAY,
            first,
            week,
        ),
        ("due at midnight", MONDAY, MONDAY, first, week),
        (
            "due a second before midnight",
            MONDAY + DAY - 1,
            MONDAY + DAY,
            first,
            week,
        ),
        (
            "the week before",
            MONDAY - 7 * DAY + seven,
            MONDAY + seven,
            "From 2026-03-02 to 2026-03-08",
            before,
        ),
        (
            "the week after",
            MONDAY + 7 * DAY + seven,
            MONDAY + 7 * DAY + seven,
            "From 2026-03-16 to 2026-03-22",
            next,
        ),
    ] {
        let expect = tickets.iter().map(|time| (*time).to_owned()).collect();
        assert_eq!(told(due, now), (subject.to_owned(), expect), "{what}");
    }
}

#[test]
fn names_of_queues_are_neither_markup_nor_formulas() {
    let rows = "INSERT INTO queue (id, name, group_id) VALUES (1, '=1+<b>\"x\", \"y\"</b>', 1);
        INSERT INTO ticket_state_type (id, name) VALUES (1, 'new');
        INSERT INTO ticket_state (id, name, type_id) VALUES (1, 'new', 1);
        INSERT INTO ticket (queue_id, ticket_state_id, ticket_priority_id, create_time,
            change_time, escalation_time, escalation_solution_time)
        VALUES (1, 1, 1, '2026-03-19 08:00:00', '2026-03-19 08:00:00', 0, 0);";
    let mail = sent(&with_grants(session_on(rows)).declares("report_to"));
    let html = mail.html.unwrap();
    assert!(
        html.contains("=1+&lt;b&gt;") && !html.contains("<b>"),
        "{html}"
    );
    let csv = String::from_utf8(mail.attachments[0].content.clone()).unwrap();
    let line = csv.lines().nth(1).unwrap();
    assert_eq!(line, "\"'=1+<b>\"\"x\"\", \"\"y\"\"</b>\",1,1,0,0,0");
}

#[test]
fn a_week_without_tickets_is_told_as_well() {
    let mail = sent(&with_grants(session_on("")).declares("report_to"));
    let html = mail.html.unwrap();
    assert!(html.contains("Nothing at all"), "{html}");
    assert_eq!(
        mail.attachments[0].content,
        b"queue,total,open,pending,closed,overdue\r\n"
    );
}

#[test]
fn the_report_goes_to_whom_the_administrator_named() {
    for (setting, to) in [
        (json!("jane@example.com"), &["jane@example.com"][..]),
        (
            json!(["a@example.com", "b@example.com"]),
            &["a@example.com", "b@example.com"],
        ),
    ] {
        assert_eq!(sent(&ready().setting("report_to", setting)).to, to);
    }
    let nobody = ready().setting("report_to", json!([]));
    assert_eq!((run(&nobody), nobody.mails()), (Ok(()), vec![]));
    assert!(run(&ready().setting("report_to", 5)).is_err());

    let outside = ready().setting("report_to", "jane@example.org");
    assert!(matches!(
        run(&outside),
        Err(Error::Fault(Fault::Denied(it))) if it.asked.contains("jane@example.org")
    ));
    assert!(matches!(
        run(&ready().revoke("mail")),
        Err(Error::Fault(Fault::Denied(it))) if it.capability == "mail"
    ));
}

fn activate(session: &Session) -> Vec<String> {
    take_log();
    let activate = || <stats::Plugin as Lifecycle>::activate(None);
    assert_eq!(session.clone().run(activate), Ok(()));
    take_log().into_iter().map(|line| line.message).collect()
}

fn jobs(session: &Session) -> Vec<[String; 3]> {
    let jobs = session.jobs().into_iter();
    jobs.map(|it| [it.callback, it.cron, it.time_zone])
        .collect()
}

#[test]
fn activation_schedules_the_report_once() {
    let row = |cron: &str, zone: &str| ["weekly-report", cron, zone].map(str::to_owned);
    let session = ready();
    for _ in 0..2 {
        assert_eq!(activate(&session), [""; 0]);
        assert_eq!(jobs(&session), [row("0 7 * * 1", "UTC")]);
    }
    let changed = session
        .clone()
        .setting("report_cron", "30 6 * * 5")
        .setting("report_time_zone", "Europe/Vienna");
    assert_eq!(activate(&changed), [""; 0]);
    assert_eq!(jobs(&session), [row("30 6 * * 5", "Europe/Vienna")]);

    // What makes no sense leaves what was there.
    let wrong = session.clone().setting("report_cron", "monday");
    let [warning] = <[_; 1]>::try_from(activate(&wrong)).unwrap();
    assert!(
        warning.contains("not scheduled") && warning.contains("monday"),
        "{warning}"
    );
    assert_eq!(jobs(&session), [row("30 6 * * 5", "Europe/Vienna")]);
}

/// The host lists the registration's job besides, which is none of the plugin's plans.
#[test]
fn scheduling_again_leaves_one_plan_and_no_error() {
    let first = ready().signed_in("gk", "system");
    let changed = first
        .clone()
        .setting("report_cron", "30 6 * * 5")
        .setting("report_time_zone", "Europe/Vienna");
    for (session, cron) in [
        (&first, "0 7 * * 1"),
        (&first, "0 7 * * 1"),
        (&changed, "30 6 * * 5"),
        (&changed, "30 6 * * 5"),
        (&first, "0 7 * * 1"),
    ] {
        call(session, "schedule_report", "[]").unwrap();
        let listed = session.clone().run(schedule::list).unwrap();
        let (registered, plans): (Vec<_>, Vec<_>) =
            listed.into_iter().partition(|job| job.cron.is_empty());
        let plans: Vec<_> = plans.iter().map(|job| job.cron.as_str()).collect();
        assert_eq!((registered.len(), plans), (1, vec![cron]));
        assert_eq!(registered[0].callback, "weekly-report");
    }
}

#[test]
fn activation_succeeds_without_a_grant() {
    for room in ["schedule", "mail", "db"] {
        let session = ready().revoke(room);
        let warnings = activate(&session);
        assert_eq!(
            warnings.len(),
            usize::from(room == "schedule"),
            "{warnings:?}"
        );
    }
    assert_eq!(super::total(&ready().revoke("schedule").revoke("mail")), 11);
}

#[test]
fn an_administrator_has_changed_settings_counted() {
    let session = ready();
    let refused = call(&session, "schedule_report", "[]").unwrap_err();
    assert!(
        refused.to_string().starts_with("not-allowed: "),
        "{refused}"
    );
    assert_eq!(jobs(&session).len(), 0);
    call(
        &session.clone().signed_in("gk", "system"),
        "schedule_report",
        "[]",
    )
    .unwrap();
    assert_eq!(jobs(&session).len(), 1);
}

/// The code has the defaults of the manifest, for hosts that answer none.
#[test]
fn the_defaults_are_those_of_the_manifest() {
    for line in [
        "default: root@localhost",
        "default: \"0 7 * * 1\"",
        "default: UTC",
        "from: stats@example.com",
        "to: [\"*@example.com\", root@localhost]",
    ] {
        assert!(MANIFEST.contains(line), "{line}");
    }
}
