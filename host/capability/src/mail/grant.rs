//! Whom a plugin may write to, in whose name, and how often: pure functions of rules and
//! addresses. What is granted changes while plugins run; a look at it takes no lock and, where
//! it allows, allocates nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use goatkit_package::{PluginName, nearest};
use serde_json::Value;

use super::address::{Address, MAX_SHOWN_BYTES, Pattern};
use crate::grants::{GrantKind, RuleKind};
use crate::json_schema::shortened;
use crate::{Denial, Fault};

/// How mail is asked and granted:
/// `{ from: stats@example.com, to: ["*@example.com"], per_hour: 20 }`.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules,
    covers,
    consent,
});

/// Messages an hour where nothing else is asked: enough for reports and notices, and too few
/// for a plugin that went wrong to fill somebody's mailbox.
pub const DEFAULT_PER_HOUR: u32 = 20;

/// The most messages an hour that can be asked: the platform's database keeps a row for each.
pub const MAX_PER_HOUR: u32 = 10_000;

const FROM: &str = "from";
const TO: &str = "to";
const PER_HOUR: &str = "per_hour";

const WRITTEN: &str =
    "`mail` is written as { from: stats@example.com, to: [\"*@example.com\"], per_hour: 20 }";

/// One rule, as its text says it.
#[derive(Debug, PartialEq)]
enum Rule {
    From(Pattern),
    To(Pattern),
    PerHour(u32),
}

impl Rule {
    /// Nothing for a text that this room has not made: it allows nothing.
    fn parse(text: &str) -> Option<Self> {
        let (key, value) = text.split_once(' ')?;
        match key {
            FROM => Pattern::parse(value).ok().map(Self::From),
            TO => Pattern::parse(value).ok().map(Self::To),
            PER_HOUR => value.parse().ok().map(Self::PerHour),
            _ => None,
        }
    }

    fn covers(&self, inner: &Self) -> bool {
        match (self, inner) {
            (Self::From(outer), Self::From(inner)) | (Self::To(outer), Self::To(inner)) => {
                outer.covers(inner)
            }
            (Self::PerHour(outer), Self::PerHour(inner)) => outer >= inner,
            _ => false,
        }
    }
}

fn rules(_: &PluginName, value: &Value) -> Result<Vec<String>, Vec<String>> {
    let Value::Object(keys) = value else {
        return Err(vec![WRITTEN.to_owned()]);
    };
    let mut problems: Vec<String> = keys
        .keys()
        .filter(|key| ![FROM, TO, PER_HOUR].contains(&key.as_str()))
        .map(|key| unknown(key))
        .collect();
    let mut rules = Vec::new();
    for (key, value) in [(FROM, keys.get(FROM)), (TO, keys.get(TO))] {
        match patterns(key, value) {
            Ok(texts) => rules.extend(texts),
            Err(wrong) => problems.extend(wrong),
        }
    }
    match per_hour(keys.get(PER_HOUR)) {
        Ok(number) => rules.push(format!("{PER_HOUR} {number}")),
        Err(wrong) => problems.push(wrong),
    }
    if problems.is_empty() {
        Ok(rules)
    } else {
        Err(problems)
    }
}

fn unknown(key: &str) -> String {
    let key = shortened(key, MAX_SHOWN_BYTES);
    let hint = match nearest(&key, [FROM, TO, PER_HOUR]) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    format!("`mail.{key}`: a mail grant has from, to and per_hour, and no `{key}`{hint}")
}

/// The rules of `from` or `to`, an address or a list of them.
fn patterns(key: &str, value: Option<&Value>) -> Result<Vec<String>, Vec<String>> {
    let list = match value {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    if list.is_empty() {
        return Err(vec![format!("`mail.{key}` is missing: {WRITTEN}")]);
    }
    let mut patterns = Vec::new();
    let mut problems = Vec::new();
    for entry in list {
        match pattern(key, entry) {
            Ok(pattern) => patterns.push(pattern),
            Err(wrong) => problems.push(format!("`mail.{key}`: {wrong}")),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    patterns.sort();
    patterns.dedup();
    let all = patterns.clone();
    // What another pattern allows as well would make two texts of equal grants.
    patterns.retain(|it| !all.iter().any(|other| other != it && other.covers(it)));
    Ok(patterns.iter().map(|it| format!("{key} {it}")).collect())
}

fn pattern(key: &str, entry: &Value) -> Result<Pattern, String> {
    let text = entry
        .as_str()
        .ok_or("an address is written as a text, as in stats@example.com or \"*@example.com\"")?;
    let pattern = Pattern::parse(text);
    let pattern = pattern.map_err(|wrong| {
        let text = shortened(text, MAX_SHOWN_BYTES);
        format!("{text:?} is neither an address nor a pattern such as *@example.com: {wrong}")
    })?;
    if key == FROM && pattern == Pattern::Everybody {
        return Err(
            "a plugin does not write in everybody's name: name addresses, or a domain as \
                    in *@example.com"
                .to_owned(),
        );
    }
    Ok(pattern)
}

fn per_hour(value: Option<&Value>) -> Result<u32, String> {
    let Some(value) = value else {
        return Ok(DEFAULT_PER_HOUR);
    };
    let number = value.as_u64().and_then(|it| u32::try_from(it).ok());
    number
        .filter(|it| (1..=MAX_PER_HOUR).contains(it))
        .ok_or_else(|| format!("`mail.{PER_HOUR}` is a number from 1 to {MAX_PER_HOUR}"))
}

fn covers(outer: &str, inner: &str) -> bool {
    match (Rule::parse(outer), Rule::parse(inner)) {
        (Some(outer), Some(inner)) => outer.covers(&inner),
        _ => false,
    }
}

fn consent(rules: &[&str]) -> Vec<String> {
    let rules: Vec<Rule> = rules.iter().filter_map(|it| Rule::parse(it)).collect();
    let mut sentences = Vec::new();
    let mut most = None;
    for rule in &rules {
        match rule {
            Rule::From(Pattern::Domain(domain)) => {
                sentences.push(format!("write mail in the name of everybody at {domain}"));
            }
            Rule::From(sender) => sentences.push(format!("write mail in the name of {sender}")),
            Rule::To(Pattern::Everybody) => sentences.push("write mail to everybody".to_owned()),
            Rule::To(Pattern::Domain(domain)) => {
                sentences.push(format!("write mail to everybody at {domain}"));
            }
            Rule::To(recipient) => sentences.push(format!("write mail to {recipient}")),
            Rule::PerHour(number) => most = most.max(Some(*number)),
        }
    }
    sentences.extend(most.map(|most| match most {
        1 => "send one message an hour".to_owned(),
        most => format!("send {most} messages an hour"),
    }));
    sentences
}

/// What one plugin was granted. Clones share it; what is set takes effect at the plugin's next
/// call.
#[derive(Clone, Default)]
pub struct Granted(Arc<ArcSwap<InForce>>);

type Counter = Arc<AtomicU64>;

/// The rules, each with how often it allowed something.
#[derive(Debug, Default)]
struct InForce {
    from: Vec<(Pattern, Counter)>,
    to: Vec<(Pattern, Counter)>,
    per_hour: Option<(u32, Counter)>,
}

impl Granted {
    /// Nothing granted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Replaces what is granted: rules, each with the counter of its uses.
    pub fn set(&self, rules: Vec<(String, Arc<AtomicU64>)>) {
        let mut force = InForce::default();
        for (text, uses) in rules {
            match Rule::parse(&text) {
                Some(Rule::From(pattern)) => force.from.push((pattern, uses)),
                Some(Rule::To(pattern)) => force.to.push((pattern, uses)),
                Some(Rule::PerHour(number)) => {
                    let most = force.per_hour.as_ref().map(|(most, _)| *most);
                    if most < Some(number) {
                        force.per_hour = Some((number, uses));
                    }
                }
                None => {}
            }
        }
        self.0.store(Arc::new(force));
    }

    /// Whom a message is from that names nobody: the first sender that is granted by a full
    /// address, in the order of the alphabet.
    ///
    /// # Errors
    /// [`Fault::Denied`] when no sender is granted at all; [`Fault::Invalid`] when only
    /// patterns are.
    pub(super) fn default_sender(&self) -> Result<Address, Fault> {
        let force = self.0.load();
        let full = force.from.iter().find_map(|(pattern, _)| match pattern {
            Pattern::One(address) => Some(address.clone()),
            _ => None,
        });
        match full {
            Some(address) => Ok(address),
            None if force.from.is_empty() => Err(denied(
                "send mail".to_owned(),
                "write `mail: { from: ADDRESS, to: [ADDRESS] }` under `capabilities` in \
                 manifest.yaml and grant it"
                    .to_owned(),
            )),
            None => Err(Fault::Invalid(
                "the message has no sender, and none is granted by its full address: name one \
                 with `sender`"
                    .to_owned(),
            )),
        }
    }

    /// Whether a message may go from one address to others, and how many messages may within
    /// an hour. Counts the use of the rules that allow it, once all of it is allowed.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub(super) fn permits<'a>(
        &self,
        sender: &Address,
        recipients: impl Iterator<Item = &'a Address> + Clone,
    ) -> Result<u32, Fault> {
        let force = self.0.load();
        let of_sender = first(&force.from, sender).ok_or_else(|| missing(FROM, sender))?;
        for recipient in recipients.clone() {
            first(&force.to, recipient).ok_or_else(|| missing(TO, recipient))?;
        }
        let (most, of_hour) = force.per_hour.as_ref().ok_or_else(no_number)?;
        let of_recipients = recipients.filter_map(|it| first(&force.to, it));
        for uses in [of_sender, &**of_hour].into_iter().chain(of_recipients) {
            uses.fetch_add(1, Ordering::Relaxed);
        }
        Ok(*most)
    }
}

fn first<'p>(patterns: &'p [(Pattern, Counter)], address: &Address) -> Option<&'p AtomicU64> {
    let mut patterns = patterns.iter();
    let found = patterns.find(|(pattern, _)| pattern.permits(address));
    found.map(|(_, uses)| &**uses)
}

fn missing(key: &str, address: &Address) -> Fault {
    denied(
        format!("send {key} {address}"),
        format!("add `{address}` under `capabilities.mail.{key}` in manifest.yaml and grant it"),
    )
}

fn no_number() -> Fault {
    denied(
        "send mail".to_owned(),
        format!(
            "write `{PER_HOUR}: {DEFAULT_PER_HOUR}` under `capabilities.mail` in manifest.yaml \
             and grant it"
        ),
    )
}

fn denied(asked: String, remedy: String) -> Fault {
    Fault::Denied(Denial {
        capability: "mail".to_owned(),
        asked,
        remedy,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
