//! Limits above those that every plugin gets, as rules. A rule's text is a number: bytes,
//! milliseconds, instances.

use std::time::Duration;

use goatkit_package::{LimitsRequest, PluginName};
use serde_json::{Value, json};

use super::items::Rules;
use super::rule::{Consent, GrantKind, RuleKind};

const MEMORY: &str = "limits.memory";
const CALL: &str = "limits.call";
const ROUTE: &str = "limits.route";
const JOB: &str = "limits.job";
const INSTANCES: &str = "limits.instances";

/// The items, with what a number of each allows.
const ITEMS: &[(&str, Consent)] = &[
    (MEMORY, |rules| {
        largest(rules, |bytes| {
            format!("use {} MiB of memory per instance", bytes >> 20)
        })
    }),
    (CALL, |rules| {
        largest(rules, |ms| format!("compute for {} in one call", time(ms)))
    }),
    (ROUTE, |rules| {
        largest(rules, |ms| format!("take {} for one request", time(ms)))
    }),
    (JOB, |rules| {
        largest(rules, |ms| format!("take {} for one job", time(ms)))
    }),
    (INSTANCES, |rules| {
        largest(rules, |count| {
            format!("run in {count} instances at the same time")
        })
    }),
];

pub(super) fn kind(item: &str) -> Option<GrantKind> {
    let (_, consent) = ITEMS.iter().find(|(name, _)| *name == item)?;
    Some(GrantKind::Rules(RuleKind {
        rules: number,
        covers: |outer, inner| parsed(outer) >= parsed(inner),
        consent: *consent,
    }))
}

/// What is asked beyond `free`, by item.
pub(super) fn values(asked: &LimitsRequest, free: &LimitsRequest) -> Vec<(&'static str, Value)> {
    let LimitsRequest {
        memory,
        call,
        route,
        job,
        instances,
    } = asked;
    let beyond = [
        (MEMORY, *memory, free.memory),
        (CALL, ms(*call), ms(free.call)),
        (ROUTE, ms(*route), ms(free.route)),
        (JOB, ms(*job), ms(free.job)),
        (
            INSTANCES,
            instances.map(u64::from),
            free.instances.map(u64::from),
        ),
    ];
    let beyond = beyond.into_iter().filter_map(|(item, asked, free)| {
        let asked = asked.filter(|asked| free.is_none_or(|free| *asked > free))?;
        Some((item, json!(asked)))
    });
    beyond.collect()
}

/// What of the limits that a manifest asks is in force: what is above `free` only as far as
/// `rules` grant it.
pub fn granted_limits(asked: &LimitsRequest, rules: &Rules, free: &LimitsRequest) -> LimitsRequest {
    let most = |item: &str| {
        let of_item = rules.iter().filter(|rule| rule.item == item);
        of_item.filter_map(|rule| parsed(&rule.text)).max()
    };
    let within = |item, asked: Option<u64>, free: Option<u64>| {
        let most = most(item).into_iter().chain(free).max();
        asked.map(|asked| most.map_or(asked, |most| asked.min(most)))
    };
    let time = |item, asked: Option<Duration>, free| {
        within(item, ms(asked), ms(free)).map(Duration::from_millis)
    };
    let instances = within(
        INSTANCES,
        asked.instances.map(u64::from),
        free.instances.map(u64::from),
    );
    LimitsRequest {
        memory: within(MEMORY, asked.memory, free.memory),
        call: time(CALL, asked.call, free.call),
        route: time(ROUTE, asked.route, free.route),
        job: time(JOB, asked.job, free.job),
        instances: instances.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
    }
}

fn ms(time: Option<Duration>) -> Option<u64> {
    time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn number(_: &PluginName, value: &Value) -> Result<Vec<String>, Vec<String>> {
    // `values` has made it.
    Ok(value
        .as_u64()
        .map(|number| number.to_string())
        .into_iter()
        .collect())
}

fn parsed(rule: &str) -> Option<u64> {
    rule.parse().ok()
}

fn largest(rules: &[&str], words: impl Fn(u64) -> String) -> Vec<String> {
    let most = rules.iter().filter_map(|rule| parsed(rule)).max();
    most.map(words).into_iter().collect()
}

fn time(ms: u64) -> String {
    format!("{:?}", Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::Rule;

    fn memory(bytes: u64) -> LimitsRequest {
        LimitsRequest {
            memory: Some(bytes),
            ..LimitsRequest::default()
        }
    }

    #[test]
    fn only_what_is_beyond_the_free_limit_is_asked() {
        assert!(values(&memory(10), &memory(10)).is_empty());
        assert_eq!(values(&memory(11), &memory(10)), [(MEMORY, json!(11))]);
    }

    #[test]
    fn a_limit_is_in_force_as_far_as_it_is_granted() {
        let check = |asked, granted: Option<u64>, expect| {
            let rules = granted.map(|bytes| Rule::new(MEMORY, bytes.to_string()));
            let rules = rules.into_iter().collect();
            assert_eq!(
                granted_limits(&memory(asked), &rules, &memory(10)),
                memory(expect)
            );
        };
        check(5, None, 5);
        check(20, None, 10);
        check(20, Some(15), 15);
        check(20, Some(25), 20);
        check(20, Some(5), 10);
    }
}
