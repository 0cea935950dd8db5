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
mod tests;
