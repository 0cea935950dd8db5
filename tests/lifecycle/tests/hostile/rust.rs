//! What guests in Rust do.

use goatkit_capability::events::EVENTS_PER_SECOND;
use goatkit_runtime::CallErrorKind as Kind;
use goatkit_test_support::Package;

use super::Comes::{Answer, Broken, Error, Stopped};
use super::{Case, at_most, case};

/// Pages of 64 KiB that a guest with the limit of [`packages`] may have.
const PAGES: u64 = (16 << 20) >> 16;

/// No machine takes so many seconds for a flood.
const SECONDS: u64 = 60;

/// The guests, each with the limits and the grants that it breaks.
pub(super) fn packages() -> Vec<Package> {
    let plain = [
        "loops",
        "spins",
        "wasi",
        "recurses",
        "panics",
        "panics_in_register",
        "huge_registration",
        "registers_too_much",
        "wrong_export",
        "wrong_name",
        "wrong_version",
        "unknown_extra",
        "bad_registration",
        "not_json",
        "log_flood",
    ];
    let plain = plain.map(Package::of_guest);
    let with = |guest: &str, lines: &[&str]| {
        let package = Package::of_guest(guest);
        lines
            .iter()
            .fold(package, |package, line| package.line(line))
    };
    let mail = r#"mail: { from: stats@example.com, to: ["*@example.com"], per_hour: 2 }"#;
    let http = r#"http: ["GET http://example.com/"]"#;
    let floods = format!(
        "capabilities: {{ events: [all], schedule: {{ jobs: 5, min_period: 1h }}, \
         cache: {{ bytes: 64KiB }}, {mail} }}"
    );
    let hoards = format!("capabilities: {{ db: {{ own: true }}, {http}, {mail} }}");
    let huge = format!("capabilities: {{ db: {{ own: true }}, events: [all], {http} }}");
    let roomy = "limits: { memory: 512MiB }";
    let more = [
        with("loops_in_start", &["limits: { call: 500ms }"]),
        with("loops_in_register", &["limits: { call: 500ms }"]),
        with("eats_memory", &["limits: { memory: 16MiB }"]),
        with("eats_memory_quietly", &["limits: { memory: 16MiB }"]),
        with("huge_answer", &[roomy]),
        with("huge_lists", &[roomy, &huge]),
        with("hoards", &[&hoards]),
        with("floods", &[&floods]),
        with("lies", &["capabilities: { db: { own: true } }"]),
        with("db_slow", &["capabilities: { db: { own: true } }"]),
    ];
    plain.into_iter().chain(more).collect()
}

pub(super) const CASES: &[Case] = &[
    // Time.
    case("loops", ("loops", "spin"), "[]", Stopped),
    case(
        "fills its memory for ever",
        ("spins", "fills"),
        "[]",
        Stopped,
    ),
    case(
        "copies its memory for ever",
        ("spins", "copies"),
        "[]",
        Stopped,
    ),
    case("asks the host for ever", ("spins", "asks"), "[]", Stopped),
    case("logs for ever", ("spins", "logs"), "[]", Stopped),
    case("sleeps a moment for ever", ("spins", "naps"), "[]", Stopped),
    case("allocates for ever", ("spins", "allocates"), "[]", Stopped),
    case(
        "calls to and fro by a table",
        ("spins", "bounces"),
        "[]",
        Stopped,
    ),
    case(
        "sleeps in the host for an hour",
        ("wasi", "sleep"),
        "[3600000]",
        Stopped,
    ),
    case(
        "asks the database for minutes",
        ("db-slow", "count"),
        "[]",
        Stopped,
    ),
    case(
        "loops in its start function",
        ("loops-in-start", "ping"),
        "[]",
        Broken(&["gk-register: it was stopped at its deadline"]),
    ),
    case(
        "loops in gk-register",
        ("loops-in-register", "any"),
        "[]",
        Broken(&["it does not register", "stopped at its deadline"]),
    ),
    // Memory.
    case(
        "recurses without an end",
        ("recurses", "dive"),
        "[]",
        Error(Kind::Trapped, &["recursed too deeply"]),
    ),
    case(
        "eats memory until it breaks off",
        ("eats-memory", "eat"),
        "[]",
        Error(Kind::OutOfMemory, &["memory limit of 16777216 bytes"]),
    ),
    case(
        "eats all the memory that it gets, in steps",
        ("eats-memory-quietly", "eat"),
        "[]",
        Answer(|text| at_most(PAGES)(text)),
    ),
    case(
        "answers more than a plugin may",
        ("huge-answer", "fill"),
        "[9]",
        Error(Kind::TooLarge, &["8388608 are allowed"]),
    ),
    case(
        "answers more than the host lifts",
        ("huge-answer", "fill"),
        "[200]",
        Error(Kind::TooLarge, &["larger than the host takes"]),
    ),
    case(
        "floods its log",
        ("log-flood", "flood"),
        "[1000]",
        Answer(|text| text == "null"),
    ),
    case(
        "writes a line of 200 MB",
        ("huge-lists", "line"),
        "[200000000]",
        Error(Kind::TooLarge, &["larger than the host takes"]),
    ),
    case(
        "writes a line with five million fields",
        ("huge-lists", "fields"),
        "[5000000]",
        Error(Kind::TooLarge, &["larger than the host takes"]),
    ),
    case(
        "passes five million parameters",
        ("huge-lists", "parameters"),
        "[5000000]",
        Error(Kind::TooLarge, &["larger than the host takes"]),
    ),
    case(
        "asks in 10 MB of SQL",
        ("huge-lists", "statement"),
        "[10000000]",
        Error(Kind::Fault, &["too large"]),
    ),
    case(
        "asks for a billion rows",
        ("db-slow", "rows"),
        "[]",
        Error(Kind::Fault, &["too large", "10000 rows"]),
    ),
    case(
        "sends a hundred thousand requests at once",
        ("huge-lists", "requests"),
        "[100000]",
        Error(Kind::Trapped, &["handle"]),
    ),
    case(
        "sends a header of a megabyte",
        ("huge-lists", "header"),
        "[1000000]",
        Error(Kind::Fault, &["too large"]),
    ),
    case(
        "publishes a megabyte",
        ("huge-lists", "event"),
        "[1000000]",
        Error(Kind::Fault, &["too large"]),
    ),
    // Resources.
    case(
        "keeps a million pollables",
        ("hoards", "pollables"),
        "[1000000]",
        Error(Kind::Trapped, &["resource table has no free keys"]),
    ),
    case(
        "keeps a million fields of headers",
        ("hoards", "fields"),
        "[1000000]",
        Error(Kind::Trapped, &["resource table has no free keys"]),
    ),
    case(
        "keeps a million requests of WASI",
        ("hoards", "outgoing"),
        "[1000000]",
        Error(Kind::Trapped, &["resource table has no free keys"]),
    ),
    case(
        "keeps a million requests",
        ("hoards", "requests"),
        "[1000000]",
        Error(Kind::Trapped, &["handle"]),
    ),
    case(
        "keeps a million messages",
        ("hoards", "messages"),
        "[1000000]",
        Error(Kind::Trapped, &["handle"]),
    ),
    case(
        "opens a transaction within its transaction",
        ("hoards", "transactions"),
        "[1000000]",
        Error(Kind::Fault, &["transaction"]),
    ),
    // Floods.
    case(
        "publishes 20,000 events",
        ("floods", "events"),
        "[20000]",
        Answer(|text| at_most(EVENTS_PER_SECOND as u64 * SECONDS)(text)),
    ),
    case(
        "plans 500 jobs",
        ("floods", "jobs"),
        "[500]",
        Answer(|text| at_most(5)(text)),
    ),
    case(
        "sends 200 mails",
        ("floods", "mails"),
        "[200]",
        Answer(|text| text == "2"),
    ),
    case(
        "keeps 1,000 values",
        ("floods", "keys"),
        "[1000]",
        Answer(|text| at_most(64)(text)),
    ),
    // Lies.
    case(
        "answers half of a JSON text",
        ("not-json", "garble"),
        "[]",
        Error(Kind::Malformed, &["its answer is not JSON"]),
    ),
    case(
        "answers nothing where it promised JSON",
        ("lies", "nothing"),
        "[]",
        Error(Kind::Malformed, &["its answer is not JSON"]),
    ),
    case(
        "answers two JSON texts",
        ("lies", "two"),
        "[]",
        Error(Kind::Malformed, &["its answer is not JSON"]),
    ),
    case(
        "answers a number that none is",
        ("lies", "large_number"),
        "[]",
        // It is JSON as well, and no number of anybody's.
        Answer(|text| serde_json::from_str::<serde_json::Value>(text).is_err()),
    ),
    case(
        "answers JSON that is a million deep",
        ("lies", "deep"),
        "[]",
        // It is JSON. Whoever reads it is told that it is too deep, and keeps his stack.
        Answer(|text| serde_json::from_str::<serde_json::Value>(text).is_err()),
    ),
    case(
        "answers JSON that is no UTF-8",
        ("lies", "not_utf8"),
        "[]",
        Error(Kind::Trapped, &["utf-8"]),
    ),
    case(
        "answers HTML that is no UTF-8",
        ("lies", "html_not_utf8"),
        "[]",
        Error(Kind::Trapped, &["utf-8"]),
    ),
    case(
        "fails with a text that is no UTF-8",
        ("lies", "error_not_utf8"),
        "[]",
        Error(Kind::Trapped, &["utf-8"]),
    ),
    case(
        "uses a handle that it was never given",
        ("lies", "forged"),
        "[]",
        Error(Kind::Trapped, &["handle"]),
    ),
    case(
        "uses a handle that it has given back",
        ("lies", "given_back"),
        "[]",
        Error(Kind::Trapped, &["handle"]),
    ),
    case(
        "describes itself in 20 MiB",
        ("huge-registration", "speak"),
        "[]",
        Broken(&["larger than the host takes in one call"]),
    ),
    case(
        "registers ten thousand functions",
        ("registers-too-much", "any"),
        "[]",
        Broken(&["it registers 10000 functions, and 500 are allowed"]),
    ),
    case(
        "registers what it does not export",
        ("wrong-export", "missing"),
        "[]",
        Broken(&["does not export `goatkit:plugin/functions`"]),
    ),
    case(
        "registers another's name",
        ("wrong-name", "any"),
        "[]",
        Broken(&["registers the name `someone-else`"]),
    ),
    case(
        "registers another version",
        ("wrong-version", "any"),
        "[]",
        Broken(&["registers version `9.9.9`"]),
    ),
    case(
        "asks for what there is not",
        ("unknown-extra", "any"),
        "[]",
        Broken(&["the plugin asks for `theme`"]),
    ),
    case(
        "registers a name twice, and types that are none",
        ("bad-registration", "twice"),
        "[]",
        Broken(&["function `twice` twice", "has type `uuid`"]),
    ),
    // Ends.
    case(
        "panics",
        ("panics", "panic"),
        "[]",
        Error(Kind::Trapped, &["panicked"]),
    ),
    case(
        "panics in gk-register",
        ("panics-in-register", "any"),
        "[]",
        Broken(&["it does not register", "panicked"]),
    ),
    case(
        "exits",
        ("wasi", "exit"),
        "[3]",
        Error(Kind::Trapped, &["exit with code"]),
    ),
];
