//! All that can be asked of a host: its capabilities, reach and limits. What a plugin asks,
//! what was granted and what is in force are sets of rules, and everything here is a function
//! of such sets.

use std::collections::{BTreeMap, BTreeSet};

use goatkit_package::{LimitsRequest, PluginName, Reach};
use serde_json::Value;

use super::rule::{GrantKind, Rule};
use super::{identity, limits, reach};
use crate::table::{Capability, Power, check_requests};

/// A set of rules.
pub type Rules = BTreeSet<Rule>;

/// Rules of one plugin. A person reads them all, and each is held against each.
const MAX_RULES: usize = 256;

/// The three sections in which a manifest asks, and a grant file grants.
#[derive(Debug, Clone, Copy)]
pub struct Sections<'a> {
    /// By capability, as its room reads it.
    pub capabilities: &'a BTreeMap<String, Value>,
    /// Routes, hooks, widgets, script.
    pub reach: &'a Reach,
    /// The limits.
    pub limits: &'a LimitsRequest,
}

/// A sentence about an item, for the administrator who is asked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sentence {
    /// The item, as `gk plugin grant` takes it.
    pub item: String,
    /// What it allows: the end of a sentence that begins with "It may".
    pub text: String,
}

/// What can be asked of one host.
#[derive(Debug, Clone)]
pub struct Items {
    provided: Vec<Capability>,
    /// A limit up to this every plugin gets: it is not asked.
    free: LimitsRequest,
}

impl Items {
    /// The items of a host with these capabilities, where every plugin gets limits up to
    /// `free`.
    pub fn new(provided: Vec<Capability>, free: LimitsRequest) -> Self {
        Self { provided, free }
    }

    /// The capabilities.
    pub fn capabilities(&self) -> &[Capability] {
        &self.provided
    }

    /// The rules of what is asked or granted.
    ///
    /// # Errors
    /// One sentence per thing that is wrong.
    pub fn rules(&self, plugin: &PluginName, written: Sections<'_>) -> Result<Rules, Vec<String>> {
        check_requests(written.capabilities, &self.provided)?;
        let mut problems = Vec::new();
        let mut rules = Rules::new();
        let capabilities = written.capabilities.iter();
        let reach = reach::values(written.reach);
        let limits = limits::values(written.limits, &self.free);
        let values = capabilities
            .map(|(item, value)| (item.as_str(), value.clone()))
            .chain(reach)
            .chain(limits);
        for (item, value) in values {
            match self.kind(item).map(|kind| kind.rules(item, plugin, &value)) {
                Some(Ok(texts)) => {
                    rules.extend(texts.into_iter().map(|text| Rule::new(item, text)))
                }
                Some(Err(wrong)) => problems.extend(wrong),
                None => problems.push(format!("`{item}` is nothing that can be granted")),
            }
        }
        if rules.len() > MAX_RULES {
            problems.push(format!(
                "it names {} things, and {MAX_RULES} are allowed: ask for whole tables, or for patterns",
                rules.len()
            ));
        }
        if problems.is_empty() {
            Ok(rules)
        } else {
            Err(problems)
        }
    }

    /// Whether one of `rules` allows all that `asked` asks.
    pub fn allow(&self, rules: &Rules, asked: &Rule) -> bool {
        rules.iter().any(|rule| self.covers(rule, asked))
    }

    /// Whether the first rule allows all that the second asks.
    pub fn covers(&self, outer: &Rule, inner: &Rule) -> bool {
        let kind = || self.kind(&inner.item);
        outer.item == inner.item && kind().is_some_and(|kind| kind.covers(&outer.text, &inner.text))
    }

    /// What of `asked` none of `rules` allows.
    pub fn beyond(&self, asked: &Rules, rules: &Rules) -> Rules {
        let beyond = asked.iter().filter(|rule| !self.allow(rules, rule));
        beyond.cloned().collect()
    }

    /// What both sets allow: a plugin's power is its request within its grant.
    pub fn both(&self, one: &Rules, other: &Rules) -> Rules {
        let within = |inner: &Rules, outer: &Rules| -> Vec<Rule> {
            let kept = inner.iter().filter(|rule| self.allow(outer, rule));
            kept.cloned().collect()
        };
        let mut both = within(one, other);
        both.extend(within(other, one));
        both.into_iter().collect()
    }

    /// What the rules allow, in plain words.
    pub fn consent(&self, rules: &Rules) -> Vec<Sentence> {
        let mut by_item: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for Rule { item, text } in rules {
            by_item.entry(item).or_default().push(text);
        }
        let mut sentences = Vec::new();
        for (item, texts) in by_item {
            let kind = self.kind(item);
            let told = kind.map(|kind| kind.consent(&texts)).unwrap_or_default();
            sentences.extend(told.into_iter().map(|text| Sentence {
                item: item.to_owned(),
                text,
            }));
        }
        sentences
    }

    fn kind(&self, item: &str) -> Option<GrantKind> {
        let mut capabilities = self.provided.iter();
        let of_capability = capabilities.find(|each| each.name == item);
        match of_capability {
            Some(Capability {
                power: Power::Asked(kind),
                ..
            }) => Some(*kind),
            Some(_) => None,
            None => reach::kind(item)
                .or_else(|| limits::kind(item))
                .or_else(|| identity::kind(item)),
        }
    }
}

/// Whether a rule belongs to what somebody named: an item (`db`, `reach.routes`), a group of
/// items (`reach`, `limits`), or the rule itself as it is printed (`db: read ticket`).
pub fn is_named(rule: &Rule, named: &str) -> bool {
    let group = rule.item.strip_prefix(named);
    group.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) || rule.to_string() == named
}
