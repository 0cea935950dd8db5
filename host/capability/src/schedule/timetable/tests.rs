#![allow(clippy::unwrap_used)]

use super::*;

fn at(text: &str) -> SystemTime {
    text.parse::<Timestamp>().unwrap().into()
}

fn text(time: SystemTime) -> String {
    Timestamp::try_from(time).unwrap().to_string()
}

fn dues(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let table = Timetable::parse(cron, zone).unwrap();
    let first = table.next_after(at(after));
    let dues = std::iter::successors(first, |due| table.next_after(*due));
    dues.take(count).map(text).collect()
}

fn refused(cron: &str, zone: &str) -> String {
    Timetable::parse(cron, zone).unwrap_err().to_string()
}

#[test]
fn dues_follow_the_clock_of_the_zone() {
    for (cron, zone, after, expect) in [
        (
            "0 7 * * *",
            "UTC",
            "2026-03-01T09:30:00Z",
            "2026-03-02T07:00:00Z",
        ),
        (
            "0 7 * * *",
            "UTC",
            "2026-03-02T06:59:59.999Z",
            "2026-03-02T07:00:00Z",
        ),
        // Never the time itself, also with a fraction of a second.
        (
            "0 7 * * *",
            "UTC",
            "2026-03-02T07:00:00Z",
            "2026-03-03T07:00:00Z",
        ),
        (
            "0 7 * * *",
            "UTC",
            "2026-03-02T07:00:00.5Z",
            "2026-03-03T07:00:00Z",
        ),
        (
            "0 7 * * *",
            "Europe/Vienna",
            "2026-01-01T00:00:00Z",
            "2026-01-01T06:00:00Z",
        ),
        (
            "0 7 * * *",
            "Europe/Vienna",
            "2026-07-01T00:00:00Z",
            "2026-07-01T05:00:00Z",
        ),
        (
            "0 7 * * *",
            "Asia/Kolkata",
            "2026-07-01T00:00:00Z",
            "2026-07-01T01:30:00Z",
        ),
        (
            "30 7 * * 1",
            "UTC",
            "2026-03-01T00:00:00Z",
            "2026-03-02T07:30:00Z",
        ),
        (
            "30 7 * * MON",
            "UTC",
            "2026-03-01T00:00:00Z",
            "2026-03-02T07:30:00Z",
        ),
        (
            "0 0 * * 7",
            "UTC",
            "2026-03-02T00:00:00Z",
            "2026-03-08T00:00:00Z",
        ),
        (
            "0 0 L * *",
            "UTC",
            "2026-02-01T00:00:00Z",
            "2026-02-28T00:00:00Z",
        ),
        (
            "0 0 29 2 *",
            "UTC",
            "2026-03-01T00:00:00Z",
            "2028-02-29T00:00:00Z",
        ),
        (
            "*/15 * * * *",
            "UTC",
            "2026-03-01T09:50:00Z",
            "2026-03-01T10:00:00Z",
        ),
        (
            "0 0 1 jan *",
            "UTC",
            "2026-03-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ),
        (
            "0 0 13 * 5",
            "UTC",
            "2026-03-01T00:00:00Z",
            "2026-03-06T00:00:00Z",
        ),
    ] {
        assert_eq!(
            dues(cron, zone, after, 1),
            [expect],
            "{cron} {zone} {after}"
        );
    }
}

#[test]
fn a_time_that_a_change_leaves_out_is_due_right_after_it() {
    for (cron, zone, after, expect) in [
        // 29 March 2026: 02:00 +01 becomes 03:00 +02.
        (
            "30 2 * * *",
            "Europe/Vienna",
            "2026-03-27T12:00:00Z",
            [
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:30:00Z",
            ],
        ),
        // Several that are left out come together.
        (
            "15,45 2 * * *",
            "Europe/Vienna",
            "2026-03-28T01:40:00Z",
            [
                "2026-03-28T01:45:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:15:00Z",
            ],
        ),
        // And with one that stands there anyway.
        (
            "0 2,3 * * *",
            "Europe/Vienna",
            "2026-03-28T01:30:00Z",
            [
                "2026-03-28T02:00:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:00:00Z",
            ],
        ),
        (
            "0 */2 * * *",
            "Europe/Vienna",
            "2026-03-28T22:30:00Z",
            [
                "2026-03-28T23:00:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-29T02:00:00Z",
            ],
        ),
        // 8 March 2026: 02:00 -05 becomes 03:00 -04.
        (
            "30 2 * * *",
            "America/New_York",
            "2026-03-07T00:00:00Z",
            [
                "2026-03-07T07:30:00Z",
                "2026-03-08T07:00:00Z",
                "2026-03-09T06:30:00Z",
            ],
        ),
        // 4 October 2026: 02:00 +10:30 becomes 02:30 +11.
        (
            "10 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-02T12:00:00Z",
            [
                "2026-10-02T15:40:00Z",
                "2026-10-03T15:30:00Z",
                "2026-10-04T15:10:00Z",
            ],
        ),
        // No changes.
        (
            "30 2 * * *",
            "Asia/Tokyo",
            "2026-03-28T00:00:00Z",
            [
                "2026-03-28T17:30:00Z",
                "2026-03-29T17:30:00Z",
                "2026-03-30T17:30:00Z",
            ],
        ),
    ] {
        assert_eq!(dues(cron, zone, after, 3), expect, "{cron} {zone}");
    }
}

#[test]
fn a_time_that_comes_twice_is_due_once() {
    for (cron, zone, after, expect) in [
        // 25 October 2026: 03:00 +02 becomes 02:00 +01.
        (
            "30 2 * * *",
            "Europe/Vienna",
            "2026-10-24T12:00:00Z",
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
        // Looked for while the time comes the second time.
        (
            "30 2 * * *",
            "Europe/Vienna",
            "2026-10-25T01:10:00Z",
            ["2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"],
        ),
        (
            "*/30 2 * * *",
            "Europe/Vienna",
            "2026-10-25T00:10:00Z",
            ["2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z"],
        ),
        // 1 November 2026: 02:00 -04 becomes 01:00 -05.
        (
            "30 1 * * *",
            "America/New_York",
            "2026-10-31T12:00:00Z",
            ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        ),
        // 5 April 2026: 02:00 +11 becomes 01:30 +10:30.
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T00:00:00Z",
            ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"],
        ),
    ] {
        assert_eq!(dues(cron, zone, after, 2), expect, "{cron} {zone}");
    }
}

#[test]
fn what_is_due_in_every_hour_goes_on_in_elapsed_time() {
    for (zone, from) in [
        ("Europe/Vienna", "2026-03-28T22:00:00Z"),
        ("Europe/Vienna", "2026-10-24T22:00:00Z"),
        ("America/New_York", "2026-03-08T04:00:00Z"),
        ("America/New_York", "2026-11-01T03:00:00Z"),
        ("Asia/Tokyo", "2026-03-28T22:00:00Z"),
    ] {
        for (cron, minutes) in [("* * * * *", 1), ("*/15 * * * *", 15), ("30 * * * *", 60)] {
            let table = Timetable::parse(cron, zone).unwrap();
            let mut due = table.next_after(at(from)).unwrap();
            for _ in 0..600 / minutes {
                let next = table.next_after(due).unwrap();
                let gap = next.duration_since(due).unwrap();
                assert_eq!(gap, Duration::from_secs(60 * minutes), "{cron} {zone}");
                due = next;
            }
        }
    }
    // Where the clock moves by half an hour, "each half past" is another time afterwards.
    assert_eq!(
        dues(
            "0 * * * *",
            "Australia/Lord_Howe",
            "2026-04-04T14:00:00Z",
            3
        ),
        [
            "2026-04-04T15:30:00Z",
            "2026-04-04T16:30:00Z",
            "2026-04-04T17:30:00Z"
        ],
    );
}

#[test]
fn no_due_is_at_or_before_the_time_it_is_looked_for() {
    let crons = ["* * * * *", "30 2 * * *", "15,45 1-3 * * *", "0 */2 * * *"];
    for zone in [
        "Europe/Vienna",
        "Australia/Lord_Howe",
        "America/New_York",
        "UTC",
    ] {
        for day in [
            "2026-03-08",
            "2026-03-29",
            "2026-04-05",
            "2026-10-04",
            "2026-10-25",
        ] {
            for cron in crons {
                let table = Timetable::parse(cron, zone).unwrap();
                let mut last = None;
                for step in 0..300 {
                    let now = at(&format!("{day}T00:00:00Z")) + Duration::from_secs(step * 313)
                        - Duration::from_secs(12 * 3600);
                    let due = table.next_after(now).unwrap();
                    assert!(due > now, "{cron} {zone} {}", text(now));
                    assert!(last.is_none_or(|last| last <= due), "{cron} {zone}");
                    last = Some(due);
                }
            }
        }
    }
}

#[test]
fn of_missed_dues_the_last_counts() {
    for (cron, due, now, expect) in [
        (
            "* * * * *",
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
        ),
        (
            "* * * * *",
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:59Z",
            "2026-03-01T00:00:00Z",
        ),
        (
            "* * * * *",
            "2026-03-01T00:00:00Z",
            "2036-03-01T12:34:56Z",
            "2036-03-01T12:34:00Z",
        ),
        (
            "0 7 * * *",
            "2026-03-01T07:00:00Z",
            "2026-03-09T06:00:00Z",
            "2026-03-08T07:00:00Z",
        ),
        (
            "0 7 * * 1",
            "2026-03-02T07:00:00Z",
            "2026-03-08T00:00:00Z",
            "2026-03-02T07:00:00Z",
        ),
        (
            "0 0 1 * *",
            "2026-03-01T00:00:00Z",
            "2027-01-15T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ),
        (
            "0 0 29 2 *",
            "2028-02-29T00:00:00Z",
            "2040-01-15T00:00:00Z",
            "2036-02-29T00:00:00Z",
        ),
    ] {
        let table = Timetable::parse(cron, "UTC").unwrap();
        assert_eq!(text(table.latest(at(due), at(now))), expect, "{cron} {now}");
    }
}

#[test]
fn the_smallest_gap_is_found() {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    for (cron, expect) in [
        ("* * * * *", MINUTE),
        ("*/7 * * * *", 4 * MINUTE),
        ("*/15 * * * *", 15 * MINUTE),
        ("0,1 7 * * *", MINUTE),
        ("0 * * * *", HOUR),
        ("0 0,23 * * *", HOUR),
        // Only Mondays: the end of one is not next to the beginning of another.
        ("0 0,23 * * 1", 23 * HOUR),
        ("59 23 * * 1,2", DAY),
        ("0 7 * * *", DAY),
        ("0 7 * * 1", 7 * DAY),
        ("0 7 1 * *", 28 * DAY),
        ("0 7 1,31 * *", DAY),
        ("0 7 13 * 5", DAY),
        ("0 0 1 1 *", 365 * DAY),
        ("0 0 29 2 *", 1461 * DAY),
    ] {
        let table = Timetable::parse(cron, "UTC").unwrap();
        assert_eq!(table.smallest_gap().as_secs(), expect, "{cron}");
    }
}

#[test]
fn what_is_no_pattern_is_refused_by_field() {
    for (cron, expect) in [
        ("", "has 0 fields; write five fields: minute, hour"),
        ("* * * *", "has 4 fields"),
        ("0 * * * * *", "has 6 fields"),
        ("* * * * * 2026", "has 6 fields"),
        ("@daily", "`@daily` has 1 field;"),
        ("@reboot", "has 1 field;"),
        ("@ @ @ @ @", "`@` is no minute"),
        (
            "60 * * * *",
            "`60` is no minute, in `60 * * * *`; write 0 to 59",
        ),
        ("* 24 * * *", "`24` is no hour"),
        ("* * 32 * *", "`32` is no day of month"),
        ("* * 0 * *", "`0` is no day of month"),
        ("* * * 13 *", "`13` is no month"),
        ("* * * * 8", "`8` is no day of week"),
        ("* * * * XYZ", "`XYZ` is no day of week"),
        ("*/0 * * * *", "`*/0` is no minute"),
        ("5-1 * * * *", "`5-1` is no minute"),
        ("-1 * * * *", "`-1` is no minute"),
        ("1,,2 * * * *", "is no minute"),
        ("99999999999999999999 * * * *", "is no minute"),
        ("* * ? * *", "`?` is no day of month"),
        ("* * * * +1", "`+1` is no day of week"),
        ("* \u{1b}[2J * * *", "is no hour"),
        ("* * \u{fc} * *", "is no day of month"),
        ("0 0 30 2 *", "`0 0 30 2 *` is never due"),
        ("0 0 31 4,6,9,11 *", "is never due"),
    ] {
        let told = refused(cron, "UTC");
        assert!(told.contains(expect), "{cron}: {told}");
        assert!(!told.contains('\u{1b}'), "{told}");
    }
    let long = "1,".repeat(MAX_CRON_BYTES) + " * * * *";
    assert!(refused(&long, "UTC").contains("256 are allowed"));
    assert!(Timetable::parse("  0\t7  * * 1 ", "UTC").is_ok(), "spaces");
}

#[test]
fn a_time_zone_that_there_is_not_is_refused_with_the_nearest() {
    for (zone, expect) in [
        (
            "Europe/Viena",
            "no time zone `Europe/Viena`; did you mean `Europe/Vienna`?",
        ),
        ("Mars/Olympus", "write an IANA name, as in `Europe/Vienna`"),
        ("", "write an IANA name"),
        ("+02:00", "write an IANA name"),
        ("../../etc/passwd", "write an IANA name"),
        ("Etc/Unknown", "there is no time zone"),
    ] {
        let told = refused("* * * * *", zone);
        assert!(told.contains(expect), "{zone}: {told}");
    }
    assert!(refused("* * * * *", &"a".repeat(1 << 20)).len() < 300);
    for zone in ["UTC", "Europe/Vienna", "europe/vienna", "Etc/GMT+3"] {
        assert!(Timetable::parse("* * * * *", zone).is_ok(), "{zone}");
    }
}

#[test]
fn no_pattern_makes_the_reader_panic_or_work_long() {
    // A generator of its own: the same patterns each time.
    let mut seed = 1_u64;
    let mut next = move |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % bound
    };
    let parts = [
        "*", ",", "-", "/", "#", "L", "W", "0", "1", "5", "31", "59", "FRI", "FEB", "7",
    ];
    let after = at("2026-03-01T09:30:00Z");
    let mut read = 0;
    for _ in 0..3000 {
        let mut field = || -> String {
            if next(2) == 0 {
                return "*".to_owned();
            }
            (0..=next(3)).map(|_| parts[next(parts.len())]).collect()
        };
        let cron = [field(), field(), field(), field(), field()].join(" ");
        if let Ok(table) = Timetable::parse(&cron, "Europe/Vienna") {
            read += 1;
            let due = table.next_after(after).unwrap_or_else(|| panic!("{cron}"));
            assert!(
                table.latest(due, due + Duration::from_secs(40 * 86_400)) >= due,
                "{cron}"
            );
            assert!(table.smallest_gap() >= Duration::from_secs(60), "{cron}");
        }
    }
    assert!(read > 100, "{read}");
}
