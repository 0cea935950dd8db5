//! Decisions, and what is open and in force after them.

use super::super::testing::{items, rules};
use super::*;

/// A decision: what it grants of, or refuses.
enum Step {
    Grant(&'static [&'static str]),
    Refuse(&'static [&'static str]),
    Decide(&'static [&'static str], &'static [&'static str]),
}
use Step::{Decide, Grant, Refuse};

#[track_caller]
fn check(steps: &[Step], asked: &[&str], ahead: &[&str], open: &[&str], in_force: &[&str]) {
    let items = items();
    let mut decided = Decided::default();
    for (at, step) in (0..).zip(steps) {
        match step {
            Grant(these) => decided.grant(&items, &rules(these), at),
            Refuse(these) => decided.refuse(&items, &rules(these), at),
            Decide(asked, granted) => {
                decided.decide(&items, &rules(asked), &rules(granted), at);
            }
        }
    }
    let (asked, ahead) = (rules(asked), rules(ahead));
    assert_eq!(decided.open(&items, &asked, &ahead), rules(open), "open");
    let found = decided.in_force(&items, &asked, &ahead);
    assert_eq!(found, rules(in_force), "in force");
}

#[test]
fn without_a_decision_all_is_open_and_nothing_in_force() {
    check(
        &[],
        &["call: a.b", "bell: use"],
        &[],
        &["call: a.b", "bell: use"],
        &[],
    );
    check(&[], &[], &[], &[], &[]);
}

#[test]
fn what_is_granted_is_in_force_as_far_as_it_is_asked() {
    check(
        &[Grant(&["call: a.b"])],
        &["call: a.b"],
        &[],
        &[],
        &["call: a.b"],
    );
    check(
        &[Grant(&["call: a.*"])],
        &["call: a.b"],
        &[],
        &[],
        &["call: a.b"],
    );
    check(
        &[Grant(&["call: a.b"])],
        &["call: a.*"],
        &[],
        &["call: a.*"],
        &["call: a.b"],
    );
    check(
        &[Grant(&["call: a.b"])],
        &["call: c.d"],
        &[],
        &["call: c.d"],
        &[],
    );
    check(
        &[Grant(&["bell: use"])],
        &["call: a.b"],
        &[],
        &["call: a.b"],
        &[],
    );
    check(&[Grant(&["gone: x"])], &["gone: x"], &[], &["gone: x"], &[]);
}

#[test]
fn a_decision_answers_all_that_was_asked() {
    let asked = &["call: a.b", "call: c.d", "bell: use"];
    check(
        &[Decide(asked, &["call: a.b"])],
        asked,
        &[],
        &[],
        &["call: a.b"],
    );
    check(&[Decide(asked, &[])], asked, &[], &[], &[]);
    check(&[Decide(asked, asked)], asked, &[], &[], asked);
    // less than was asked
    check(
        &[Decide(&["call: a.*"], &["call: a.b"])],
        &["call: a.*"],
        &[],
        &[],
        &["call: a.b"],
    );
    check(
        &[Decide(&["limits.call: 9000"], &["limits.call: 5000"])],
        &["limits.call: 9000"],
        &[],
        &[],
        &["limits.call: 5000"],
    );
    // more than was asked is not remembered
    check(
        &[Decide(&["call: a.b"], &["call: a.*"])],
        &["call: a.c"],
        &[],
        &["call: a.c"],
        &[],
    );
}

#[test]
fn the_newer_decision_holds_as_far_as_it_reaches() {
    let broad_then_narrow = [Grant(&["call: a.*"]), Refuse(&["call: a.b"])];
    check(
        &broad_then_narrow,
        &["call: a.b", "call: a.c"],
        &[],
        &[],
        &["call: a.c"],
    );
    // a part of the rule is gone, and the rest has no rule of its own
    check(&broad_then_narrow, &["call: a.*"], &[], &[], &[]);
    check(
        &[Refuse(&["call: a.b"]), Grant(&["call: a.*"])],
        &["call: a.b"],
        &[],
        &[],
        &["call: a.b"],
    );
    check(
        &[Grant(&["call: a.b"]), Refuse(&["call: a.*"])],
        &["call: a.b"],
        &[],
        &[],
        &[],
    );
    check(
        &[Refuse(&["call: a.*"]), Grant(&["call: a.b"])],
        &["call: a.*"],
        &[],
        &[],
        &["call: a.b"],
    );
    check(
        &[Grant(&["call: a.b"]), Refuse(&["call: a.b"])],
        &["call: a.b"],
        &[],
        &[],
        &[],
    );
    let again = [
        Grant(&["call: a.b"]),
        Refuse(&["call: a.b"]),
        Grant(&["call: a.b"]),
    ];
    check(&again, &["call: a.b"], &[], &[], &["call: a.b"]);
}

#[test]
fn the_policy_grants_ahead_and_a_refusal_beats_it() {
    check(&[], &["call: a.b"], &["call: a.*"], &[], &["call: a.b"]);
    check(
        &[],
        &["call: a.*"],
        &["call: a.b"],
        &["call: a.*"],
        &["call: a.b"],
    );
    check(
        &[Refuse(&["call: a.b"])],
        &["call: a.b"],
        &["call: a.b"],
        &[],
        &[],
    );
    check(
        &[Refuse(&["call: a.*"])],
        &["call: a.b"],
        &["call: a.b"],
        &[],
        &[],
    );
    check(
        &[Refuse(&["call: a.b"])],
        &["call: a.*"],
        &["call: a.*"],
        &[],
        &[],
    );
    check(
        &[Refuse(&["call: a.b"])],
        &["call: a.b", "call: c.d"],
        &["call: *"],
        &[],
        &["call: c.d"],
    );
    let again = [Refuse(&["call: a.b"]), Grant(&["call: a.b"])];
    check(&again, &["call: a.b"], &["call: a.b"], &[], &["call: a.b"]);
}

#[test]
fn what_was_refused_is_asked_again_only_when_it_is_more() {
    check(&[Refuse(&["call: a.*"])], &["call: a.b"], &[], &[], &[]);
    check(
        &[Refuse(&["call: a.b"])],
        &["call: a.*"],
        &[],
        &["call: a.*"],
        &[],
    );
    check(
        &[Refuse(&["limits.call: 5000"])],
        &["limits.call: 9000"],
        &[],
        &["limits.call: 9000"],
        &[],
    );
    check(
        &[Refuse(&["limits.call: 5000"])],
        &["limits.call: 4000"],
        &[],
        &[],
        &[],
    );
}
