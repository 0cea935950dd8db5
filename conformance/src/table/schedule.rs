//! schedule: jobs of the plugin's own, as many and as often as was granted. The table knows a
//! plugin that registered the job `tidy`.

use crate::case::Args::Text;
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Call, Case};

const ONE: &str = r#"{ "schedule": { "jobs": 1, "min_period": "1h" } }"#;

/// Every Monday at seven.
const WEEKLY: &str = r#"["0 7 * * 1", "tidy", { "deep": true }]"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a plan is kept, with its time zone",
        grants: ONE,
        function: "schedule_plan",
        args: Text(
            r#"["0 7 * * 1", "tidy", { "deep": true },
                { "time_zone": "Europe/Vienna", "retries": 1 }]"#,
        ),
        expect: Answer(r#""…""#),
        then: Some(Call {
            function: "schedule_list",
            args: Text("[]"),
            expect: Answer(
                r#"[{
                    "callback": "tidy",
                    "cron": "0 7 * * 1",
                    "time_zone": "Europe/Vienna",
                    "args": { "deep": true },
                    "due": 1700460000,
                    "last_run": null,
                    "last_result": null
                }]"#,
            ),
        }),
        ..CASE
    },
    Case {
        name: "a time zone that there is not is invalid",
        grants: ONE,
        function: "schedule_plan",
        args: Text(r#"["0 7 * * 1", "tidy", {}, { "time_zone": "Europe/Viena" }]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…Europe/Vienna…" }"#),
        ..CASE
    },
    Case {
        name: "a job is kept by its three words",
        grants: ONE,
        function: "schedule_schedule_job",
        args: Text(WEEKLY),
        expect: Answer(r#""…""#),
        ..CASE
    },
    Case {
        name: "the same job again is the same",
        grants: ONE,
        function: "schedule_schedule_job",
        args: Text(WEEKLY),
        expect: Answer(r#""…""#),
        then: Some(Call {
            function: "schedule_schedule_job",
            args: Text(WEEKLY),
            expect: Answer(r#""…""#),
        }),
        ..CASE
    },
    Case {
        name: "one more than is granted is refused",
        grants: ONE,
        function: "schedule_schedule_job",
        args: Text(WEEKLY),
        expect: Answer(r#""…""#),
        then: Some(Call {
            function: "schedule_schedule_job",
            args: Text(r#"["0 8 * * 1", "tidy", {}]"#),
            expect: Fault(r#"{ "kind": "failed", "code": "too-many" }"#),
        }),
        ..CASE
    },
    Case {
        name: "without a grant nothing is scheduled",
        function: "schedule_schedule_job",
        args: Text(WEEKLY),
        expect: Fault(
            r#"{ "kind": "denied", "capability": "schedule",
                 "remedy": "…schedule…" }"#,
        ),
        ..CASE
    },
    Case {
        name: "more often than is granted is denied",
        grants: ONE,
        function: "schedule_schedule_job",
        args: Text(r#"["*/5 * * * *", "tidy", {}]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "schedule" }"#),
        ..CASE
    },
    Case {
        name: "what is no time is invalid",
        grants: ONE,
        function: "schedule_schedule_job",
        args: Text(r#"["61 * * * *", "tidy", {}]"#),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "a day that never comes is invalid",
        grants: ONE,
        function: "schedule_schedule_job",
        args: Text(r#"["0 0 30 2 *", "tidy", {}]"#),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "a job that was not registered is invalid, and the nearest is named",
        grants: ONE,
        function: "schedule_schedule_job",
        args: Text(r#"["0 7 * * 1", "tidi", {}]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…tidy…" }"#),
        ..CASE
    },
    Case {
        name: "what is not there is not cancelled",
        grants: ONE,
        function: "schedule_cancel",
        args: Text(r#"["nothing"]"#),
        expect: Answer("false"),
        ..CASE
    },
    Case {
        name: "without a grant nothing is cancelled",
        function: "schedule_cancel",
        args: Text(r#"["nothing"]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "schedule" }"#),
        ..CASE
    },
    Case {
        name: "nothing scheduled, nothing listed",
        grants: ONE,
        function: "schedule_list",
        expect: Answer("[]"),
        ..CASE
    },
    Case {
        name: "without a grant nothing is listed",
        function: "schedule_list",
        expect: Fault(r#"{ "kind": "denied", "capability": "schedule" }"#),
        ..CASE
    },
];
