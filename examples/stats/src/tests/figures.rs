//! Every figure of every range, against what was counted by hand.

use goatkit_plugin::routes::{Content, Request};
use goatkit_plugin::{Error, Output, Value, json};

use super::{DESK, call, json, session, session_on};
use crate::sql::{Sql, unix_time};
use crate::stats;

#[test]
fn the_overview_counts_what_the_metrics_say() {
    let session = session();
    #[rustfmt::skip]
    let cases = [
        // range, total, open, pending, closed, new today, overdue, backlog, closure rate
        ("7d",    4, 3, 0, 1, 1, 1, 1, 25.0),
        ("30d",   6, 3, 1, 2, 1, 2, 1, 33.3),
        ("90d",   8, 3, 2, 3, 1, 2, 1, 37.5),
        ("365d", 10, 3, 2, 5, 1, 2, 1, 50.0),
        ("all",  11, 3, 2, 5, 1, 2, 1, 45.5),
    ];
    for (range, total, open, pending, closed, new_today, overdue, backlog, rate) in cases {
        let expect = json!({
            "total": total, "open": open, "pending": pending, "closed": closed,
            "new_today": new_today, "overdue": overdue, "backlog": backlog,
            "closure_rate": rate, "range": range,
        });
        assert_eq!(json(&session, "overview", range), expect);
    }
}

#[test]
fn the_overview_is_a_widget_and_a_route() {
    let session = session();
    let cards = match call(&session, "overview_cards", "[]") {
        Ok(Output::Html(cards)) => cards,
        other => panic!("{other:?}"),
    };
    assert!(
        cards.contains("<div><dt>figure.total</dt><dd>6</dd></div>"),
        "{cards}"
    );

    let ask = |query: &str| {
        let request = Request::get(&format!("/plugins/stats/overview.json{query}"));
        session.clone().request::<stats::Plugin>(request)
    };
    for (query, range) in [("", "30d"), ("?range=7d", "7d")] {
        let Content::Json(text) = ask(query).unwrap().body else {
            panic!("no JSON")
        };
        let told: Value = text.parse().unwrap();
        assert_eq!(told, json(&session, "overview", range));
    }
    assert!(matches!(ask("?range=1d"), Err(Error::Invalid(_))));
    let mut nobody = session.clone();
    nobody.actor = None;
    let request = Request::get("/plugins/stats/overview.json");
    assert!(nobody.request::<stats::Plugin>(request).is_err());
}

#[test]
fn tickets_are_counted_by_what_they_have() {
    let session = session();
    let check = |function: &str, key: &str, range: &str, expect: &[(&str, i64)]| {
        let expect: Vec<_> = expect
            .iter()
            .map(|(name, count)| json!({ "name": name, "count": count }))
            .collect();
        assert_eq!(json(&session, function, range), json!({ key: expect }));
    };
    check(
        "by_status",
        "statuses",
        "all",
        &[
            ("closed successful", 4),
            ("open", 2),
            ("closed unsuccessful", 1),
            ("new", 1),
            ("pending auto close", 1),
            ("pending reminder", 1),
            ("removed", 1),
        ],
    );
    check(
        "by_status",
        "statuses",
        "7d",
        &[("open", 2), ("closed successful", 1), ("new", 1)],
    );
    check(
        "by_queue",
        "queues",
        "all",
        &[("Desk", 5), ("Net & <b>Work</b>", 3), ("Office", 3)],
    );
    check("by_queue", "queues", "7d", &[("Desk", 4)]);
    check(
        "by_priority",
        "priorities",
        "all",
        &[
            ("1 very low", 1),
            ("3 normal", 8),
            ("4 high", 1),
            ("5 very high", 1),
        ],
    );
    check(
        "by_priority",
        "priorities",
        "7d",
        &[("3 normal", 3), ("4 high", 1)],
    );
}

#[test]
fn the_timeline_has_every_day_and_ends_today() {
    let week = json(&session(), "timeline", "7d");
    let point = |date: &str, created: i64, closed: i64| json!({ "date": date, "created": created, "closed": closed });
    let expect = json!({
        "timeline": [
            point("2026-03-13", 1, 0),
            // One of the two came before the range.
            point("2026-03-14", 0, 2),
            point("2026-03-15", 0, 0),
            point("2026-03-16", 0, 0),
            point("2026-03-17", 0, 0),
            point("2026-03-18", 2, 0),
            point("2026-03-19", 1, 0),
        ],
        "days": 7,
    });
    assert_eq!(week, expect);
    for (range, first, days, created, closed) in [
        ("30d", "2026-02-18", 30, 6, 2),
        ("90d", "2025-12-20", 90, 8, 4),
        ("365d", "2025-03-20", 365, 10, 5),
    ] {
        let timeline = json(&session(), "timeline", range);
        let points = timeline["timeline"].as_array().unwrap();
        let sum = |key: &str| {
            points
                .iter()
                .map(|it| it[key].as_i64().unwrap())
                .sum::<i64>()
        };
        assert_eq!(
            (points.len(), timeline["days"].as_i64()),
            (days, Some(days as i64))
        );
        assert_eq!(points[0]["date"], first, "{range}");
        assert_eq!(points[days - 1]["date"], "2026-03-19", "{range}");
        assert_eq!(
            (sum("created"), sum("closed")),
            (created, closed),
            "{range}"
        );
    }
}

#[test]
fn the_timeline_of_everything_has_every_month() {
    let timeline = json(&session(), "timeline", "all");
    let points = timeline["timeline"].as_array().unwrap();
    let named = |at: usize| points[at]["date"].as_str().unwrap();
    assert_eq!(
        (points.len(), named(0), named(12)),
        (13, "2025-03", "2026-03")
    );
    assert_eq!(timeline["days"], 384);
    let of =
        |key: &str| -> Vec<i64> { points.iter().map(|it| it[key].as_i64().unwrap()).collect() };
    assert_eq!(of("created"), [2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 5]);
    assert_eq!(of("closed"), [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 2]);
}

#[test]
fn a_broken_date_makes_no_endless_timeline() {
    for date in [
        "0001-01-01 00:00:00",
        "9999-12-31 00:00:00",
        "unknown",
        "0999",
    ] {
        let ticket =
            format!("INSERT INTO ticket VALUES (1, 2, 3, '{date}', '2026-03-19 00:00:00', 0, 0);");
        let session = session_on(&format!("{DESK}{ticket}"));
        let timeline = json(&session, "timeline", "all");
        let points = timeline["timeline"].as_array().unwrap();
        assert!(points.len() <= 366, "{date}: {}", points.len());
        assert_eq!(points.last().unwrap()["date"], "2026-03");
    }
}

#[test]
fn compliance_counts_what_is_decided() {
    let session = session();
    let check = |range: &str, expect: &[(&str, i64, i64, i64, f64)]| {
        let expect: Vec<_> = expect
            .iter()
            .map(|(queue, total, met, breached, rate)| {
                json!({ "queue": queue, "total": total, "met": met, "breached": breached, "rate": rate })
            })
            .collect();
        let found = json(&session, "sla_compliance", range);
        assert_eq!(found, json!({ "queues": expect }), "{range}");
    };
    let desk = ("Desk", 3, 1, 2, 33.3);
    let network = ("Net & <b>Work</b>", 1, 0, 1, 0.0);
    check("7d", &[("Desk", 2, 1, 1, 50.0)]);
    check("30d", &[desk]);
    check("90d", &[desk, network]);
    check("365d", &[desk, network, ("Office", 1, 1, 0, 100.0)]);
    check("all", &[desk, network, ("Office", 1, 1, 0, 100.0)]);
}

#[test]
fn an_empty_help_desk_has_no_figures_and_no_errors() {
    let session =
        session_on("INSERT INTO users (id, login, valid_id) VALUES (1, 'root@localhost', 1);");
    let overview = json(&session, "overview", "30d");
    assert_eq!(
        (&overview["total"], &overview["closure_rate"]),
        (&json!(0), &json!(null))
    );
    for (function, key) in [
        ("by_status", "statuses"),
        ("by_queue", "queues"),
        ("by_priority", "priorities"),
        ("sla_compliance", "queues"),
    ] {
        assert_eq!(
            json(&session, function, "all"),
            json!({ key: [] }),
            "{function}"
        );
    }
    let timeline = json(&session, "timeline", "30d");
    assert_eq!(timeline["timeline"].as_array().unwrap().len(), 30);
    assert_eq!(
        json(&session, "timeline", "all"),
        json!({ "timeline": [{ "date": "2026-03", "created": 0, "closed": 0 }], "days": 19 })
    );
}

#[test]
fn a_range_is_one_of_five() {
    let says = "the range is 7d, 30d, 90d, 365d or all, and nothing else";
    for range in [
        "",
        "7",
        "7D",
        "1d",
        "ALL",
        " all",
        "366d",
        "7d; DROP TABLE ticket",
    ] {
        for function in [
            "overview",
            "by_status",
            "by_queue",
            "by_priority",
            "timeline",
        ] {
            let refused = call(&session(), function, &format!("[{range:?}]"));
            assert_eq!(refused, Err(Error::invalid(says)), "{function} {range:?}");
        }
    }
}

#[test]
fn times_as_texts_become_seconds() {
    let sql = format!(
        "WITH RECURSIVE d (at) AS (SELECT '1900-03-01 00:00:00' UNION ALL \
         SELECT datetime(at, '+86399 seconds') FROM d WHERE at < '2100-02-28 00:00:00') \
         SELECT COUNT(*) AS days, COUNT(CASE WHEN {} <> unixepoch(d.at) THEN 1 END) AS wrong FROM d",
        unix_time("d.at")
    );
    let counts: Vec<(i64, i64)> = session().run(|| Sql::from(sql).rows().unwrap());
    let [(days, wrong)] = counts[..] else {
        panic!("{counts:?}")
    };
    assert!(days > 73_000, "{days}");
    assert_eq!(wrong, 0);
}
