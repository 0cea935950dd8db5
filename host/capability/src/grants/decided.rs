//! What decisions amount to: pure functions of what was granted, refused, asked, and granted
//! ahead by the policy. The ledger keeps the decisions.
//!
//! A newer decision beats older ones as far as it reaches, so that of a grant and a refusal
//! which overlap the narrower is the newer one. Where a refusal takes only a part of a rule
//! away, and the rest has no rule of its own, the whole rule is not in force.

use std::collections::BTreeMap;

use super::items::{Items, Rules};
use super::rule::Rule;

/// What was decided on one plugin under one binding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Decided {
    rules: BTreeMap<Rule, Answer>,
}

/// The decision on a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) granted: bool,
    /// In seconds since 1970.
    pub(super) at: i64,
}

impl Decided {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Rule, Answer)> {
        self.rules.iter().map(|(rule, answer)| (rule, *answer))
    }

    /// Notes a decision that was kept.
    pub(super) fn put(&mut self, rule: Rule, answer: Answer) {
        self.rules.insert(rule, answer);
    }

    /// Grants what of `asked` is in `granted`, and refuses the rest of it.
    pub(super) fn decide(&mut self, items: &Items, asked: &Rules, granted: &Rules, at: i64) {
        self.refuse(items, &items.beyond(asked, granted), at);
        self.grant(items, &items.both(asked, granted), at);
    }

    /// Grants the rules: what was refused of them is so no longer.
    pub(super) fn grant(&mut self, items: &Items, rules: &Rules, at: i64) {
        self.answer(items, rules, Answer { granted: true, at });
    }

    /// Refuses the rules: what was granted of them is so no longer.
    pub(super) fn refuse(&mut self, items: &Items, rules: &Rules, at: i64) {
        self.answer(items, rules, Answer { granted: false, at });
    }

    /// What of `asked` neither a decision nor the policy answers.
    pub(super) fn open(&self, items: &Items, asked: &Rules, ahead: &Rules) -> Rules {
        let decided: Rules = self.rules.keys().cloned().collect();
        items.beyond(&items.beyond(asked, &decided), ahead)
    }

    /// What of `asked` is in force.
    pub(super) fn in_force(&self, items: &Items, asked: &Rules, ahead: &Rules) -> Rules {
        let (granted, refused) = self.split();
        let by_decision = items.both(asked, &granted).into_iter().filter(|rule| {
            let by = granted.iter().filter(|grant| items.covers(grant, rule));
            let by: Vec<&Rule> = by.collect();
            !refused.iter().any(|no| {
                let newer = || by.iter().all(|grant| items.covers(grant, no));
                items.covers(rule, no) || (items.covers(no, rule) && newer())
            })
        });
        let by_policy = items.both(asked, ahead).into_iter().filter(|rule| {
            let mut refused = refused.iter();
            !refused.any(|no| items.covers(rule, no) || items.covers(no, rule))
        });
        by_decision.chain(by_policy).collect()
    }

    fn answer(&mut self, items: &Items, rules: &Rules, answer: Answer) {
        self.rules
            .retain(|rule, old| old.granted == answer.granted || !items.allow(rules, rule));
        let answered = rules.iter().map(|rule| (rule.clone(), answer));
        self.rules.extend(answered);
    }

    fn split(&self) -> (Rules, Rules) {
        let of = |granted| {
            let rules = self.iter().filter(move |(_, it)| it.granted == granted);
            rules.map(|(rule, _)| rule.clone()).collect()
        };
        (of(true), of(false))
    }
}

#[cfg(test)]
mod tests {
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
}
