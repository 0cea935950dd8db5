//! What guests do that no compiler would make: instructions that Rust has no word for, and lies
//! about the ABI between guest and host.

use goatkit_runtime::CallErrorKind as Kind;
use goatkit_test_support::{Package, TextGuest};

use super::Comes::{Answer, Broken, Error, Stopped};
use super::{Case, at_most, case};

/// Bytes that an instance may take, for those that take what they get.
const MEMORY: u64 = 16 << 20;

/// Bytes of a table's element in the host.
const ELEMENT: u64 = 8;

/// A memory that cannot be, and the largest that the host could be asked for.
const NOWHERE: &str = "(i32.const 0x7ffffffc)";

/// Grows `what` (`memory.grow` and its index, or `table.grow`) by `step` until it is refused, and
/// answers the sum of `sizes`.
fn grows(grow: &[&str], sizes: &[&str]) -> String {
    let grow = grow.concat();
    let first = "(i32.const 0)".to_owned();
    let sum = |sum: String, size: &&str| format!("(i32.add {sum} {size})");
    let sum = sizes.iter().fold(first, sum);
    format!("{grow} (call $integer {sum})")
}

/// The loop that grows something until it does not.
macro_rules! until_refused {
    ($label:literal, $grow:literal) => {
        concat!(
            "(loop $",
            $label,
            " (br_if $",
            $label,
            " (i32.ne ",
            $grow,
            " (i32.const -1))))"
        )
    };
}

/// The answer at which the host looks, with other bytes in its head than `ok` and `json`.
fn answers(head: &str, kind: &str, start: &str, length: &str) -> String {
    format!(
        "(i32.store8 (i32.const 4096) (i32.const {head}))
         (i32.store8 (i32.const 4100) (i32.const {kind}))
         (i32.store (i32.const 4104) (i32.const {start}))
         (i32.store (i32.const 4108) (i32.const {length}))
         (i32.const 4096)"
    )
}

/// Fifty memories, together twenty times the limit.
fn fifty_memories() -> String {
    "(memory 100)".repeat(50)
}

pub(super) fn packages() -> Vec<Package> {
    let guests = [
        TextGuest::new("behaves"),
        TextGuest::new("tail-calls")
            .fields("(func $on (result i32) (return_call $on))")
            .call("(call $on)"),
        TextGuest::new("fills-table")
            .fields("(table $t 50000 funcref)")
            .call(
                "(loop $on
                    (table.fill $t (i32.const 0) (ref.null func) (i32.const 50000))
                    (br $on))
                 (unreachable)",
            ),
        TextGuest::new("jumps")
            .call("(loop $on (br_table $on $on $on (i32.const 1))) (unreachable)"),
        TextGuest::new("waits-for-memory").realloc("(loop $on (br $on)) (unreachable)"),
        TextGuest::new("spins-after").after("(loop $on (br $on))"),
        TextGuest::new("breaks-after").after("(unreachable)"),
        TextGuest::new("breaks-at-start").fields("(func $no unreachable) (start $no)"),
        TextGuest::new("recurses-by-table")
            .fields(
                "(type $f (func (result i32))) (table funcref (elem $deeper))
                 (func $deeper (type $f)
                    (i32.add (call_indirect (type $f) (i32.const 0)) (i32.const 1)))",
            )
            .call("(call $integer (call $deeper))"),
        TextGuest::new("many-memories")
            .fields("(memory $b 1) (memory $c 1) (memory $d 1)")
            .call(&grows(
                &[
                    until_refused!("b", "(memory.grow $b (i32.const 16))"),
                    until_refused!("c", "(memory.grow $c (i32.const 4))"),
                    until_refused!("d", "(memory.grow $d (i32.const 1))"),
                    until_refused!("a", "(memory.grow (i32.const 1))"),
                ],
                &[
                    "(memory.size)",
                    "(memory.size $b)",
                    "(memory.size $c)",
                    "(memory.size $d)",
                ],
            )),
        TextGuest::new("tables")
            .fields("(table $t 0 funcref) (table $u 0 funcref)")
            .call(&grows(
                &[
                    until_refused!("t", "(table.grow $t (ref.null func) (i32.const 1000))"),
                    until_refused!("u", "(table.grow $u (ref.null func) (i32.const 1000))"),
                ],
                &["(table.size $t)", "(table.size $u)"],
            )),
        TextGuest::new("fifty-memories").fields(&fifty_memories()),
        TextGuest::new("answers-nowhere").call(NOWHERE),
        TextGuest::new("answers-between").call("(i32.const 4097)"),
        TextGuest::new("answers-no-case").call(&answers("7", "0", "0", "0")),
        TextGuest::new("answers-no-output").call(&answers("0", "9", "0", "0")),
        TextGuest::new("answers-past-the-end").call(&answers("0", "0", "0", "0x7fffffff")),
        TextGuest::new("answers-around").call(&answers("0", "0", "0xfffffff0", "0x20")),
        TextGuest::new("gives-nowhere").realloc("(i32.const 0xfffffff0)"),
        TextGuest::new("gives-nothing").realloc("(unreachable)"),
        TextGuest::new("divides").call("(i32.div_u (i32.const 1) (local.get $n))"),
    ];
    let package = |guest: TextGuest| {
        let package = Package::new(guest.name(), guest.component());
        package.line("limits: { memory: 16MiB, call: 10s }")
    };
    guests.map(package).into()
}

/// `act` of a plugin, without arguments.
const fn act(does: &'static str, plugin: &'static str, comes: super::Comes) -> Case {
    case(does, (plugin, "act"), "[]", comes)
}

const fn trapped(does: &'static str, plugin: &'static str, says: &'static [&'static str]) -> Case {
    act(does, plugin, Error(Kind::Trapped, says))
}

pub(super) const CASES: &[Case] = &[
    // Without it the others would prove nothing.
    act("behaves", "behaves", Answer(|text| text == "1")),
    act("calls itself in its tail for ever", "tail-calls", Stopped),
    act("fills a table for ever", "fills-table", Stopped),
    act("jumps by a table for ever", "jumps", Stopped),
    act(
        "spins where the host asks it for memory",
        "waits-for-memory",
        Stopped,
    ),
    act("spins after its answer", "spins-after", Stopped),
    trapped(
        "breaks off after its answer",
        "breaks-after",
        &["panicked or aborted"],
    ),
    act(
        "breaks off in its start function",
        "breaks-at-start",
        Broken(&["it does not register", "panicked or aborted"]),
    ),
    trapped(
        "recurses by a table",
        "recurses-by-table",
        &["recursed too deeply"],
    ),
    act(
        "grows four memories",
        "many-memories",
        Answer(|text| at_most(MEMORY >> 16)(text)),
    ),
    act(
        "grows two tables",
        "tables",
        Answer(|text| at_most(MEMORY / ELEMENT)(text)),
    ),
    act(
        "begins with fifty memories",
        "fifty-memories",
        Broken(&["memor"]),
    ),
    trapped(
        "answers beyond its memory",
        "answers-nowhere",
        &["out of bounds"],
    ),
    trapped("answers between two words", "answers-between", &["aligned"]),
    trapped(
        "answers neither well nor ill",
        "answers-no-case",
        &["discriminant"],
    ),
    trapped(
        "answers neither JSON nor HTML",
        "answers-no-output",
        &["discriminant"],
    ),
    trapped(
        "answers a text beyond its memory",
        "answers-past-the-end",
        &["out of bounds"],
    ),
    trapped(
        "answers a text around the end",
        "answers-around",
        &["out of bounds"],
    ),
    trapped(
        "has memory for the host where none is",
        "gives-nowhere",
        &["memory"],
    ),
    trapped(
        "has no memory for the host",
        "gives-nothing",
        &["panicked or aborted"],
    ),
    trapped("divides by nothing", "divides", &["divide"]),
];
