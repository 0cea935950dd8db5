//! How many jobs a plugin may have, and how often one of them may be due: pure functions of
//! rules and figures. What is granted changes while plugins run; a look at it takes no lock
//! and allocates nothing.
//!
//! A rule is `jobs 5` or `min_period 60s`. Both are needed: each bounds what the other leaves
//! open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use goatkit_package::{PluginName, nearest, parse_duration};
use serde_json::Value;

use crate::grants::{GrantKind, RuleKind};
use crate::json_schema::shortened;
use crate::{Denial, Fault};

/// How jobs are asked and granted: `{ jobs: 5, min_period: 1m }`, each of which may be left
/// out.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules,
    covers,
    consent,
});

/// Jobs of a plugin that asks for no number.
const DEFAULT_JOBS: u64 = 5;

/// Jobs of one plugin at most: all jobs of all plugins share the host's places for runs, and an
/// administrator reads their list.
const MAX_JOBS: u64 = 100;

/// The shortest period that can be asked, and what a plugin gets that asks for none: a pattern
/// names no less than a minute.
const LEAST_PERIOD: Duration = Duration::from_secs(60);

/// The longest period that can be asked: what is due more rarely needs no bound.
const LONGEST_PERIOD: Duration = Duration::from_secs(366 * 86_400);

/// Bytes of what was written, in an error.
const SHOWN: usize = 60;

const KEYS: [&str; 2] = ["jobs", "min_period"];

fn rules(_: &PluginName, value: &Value) -> Result<Vec<String>, Vec<String>> {
    let written = "`schedule` is written as a map, as in { jobs: 5, min_period: 1m }";
    let map = value.as_object().ok_or_else(|| vec![written.to_owned()])?;
    let unknown = map.keys().filter(|key| !KEYS.contains(&key.as_str()));
    let mut problems: Vec<String> = unknown.map(|key| unknown_key(key)).collect();
    let mut noted = |read: Result<u64, String>| {
        read.unwrap_or_else(|problem| {
            problems.push(problem);
            0
        })
    };
    let count = noted(map.get("jobs").map_or(Ok(DEFAULT_JOBS), read_jobs));
    let least = Ok(LEAST_PERIOD.as_secs());
    let period = noted(map.get("min_period").map_or(least, read_period));
    if problems.is_empty() {
        Ok(vec![
            format!("jobs {count}"),
            format!("min_period {period}s"),
        ])
    } else {
        Err(problems)
    }
}

fn unknown_key(key: &str) -> String {
    let hint = match nearest(key, KEYS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "it has `jobs` and `min_period`".to_owned(),
    };
    format!("`schedule` has no `{}`; {hint}", shortened(key, SHOWN))
}

fn read_jobs(value: &Value) -> Result<u64, String> {
    let jobs = value.as_u64().filter(|jobs| (1..=MAX_JOBS).contains(jobs));
    jobs.ok_or_else(|| format!("`schedule.jobs` is a whole number from 1 to {MAX_JOBS}"))
}

/// In seconds.
fn read_period(value: &Value) -> Result<u64, String> {
    let period = value.as_str().ok_or("expected a duration".to_owned());
    let period = period.and_then(|text| parse_duration(text).map_err(|error| error.to_string()));
    let period = period.and_then(|period| {
        let whole = period.subsec_nanos() == 0;
        let within = (LEAST_PERIOD..=LONGEST_PERIOD).contains(&period) && whole;
        within.then_some(period.as_secs()).ok_or_else(|| {
            "it is whole seconds, from 1m, which is the shortest that a pattern names, to 366d"
                .to_owned()
        })
    });
    period.map_err(|error| format!("`schedule.min_period`: {error}"))
}

/// One rule, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Jobs(u64),
    /// In seconds.
    Period(u64),
}

impl Bound {
    fn parse(rule: &str) -> Option<Self> {
        match rule.split_once(' ')? {
            ("jobs", count) => count.parse().ok().map(Self::Jobs),
            ("min_period", text) => text.strip_suffix('s')?.parse().ok().map(Self::Period),
            _ => None,
        }
    }
}

fn covers(outer: &str, inner: &str) -> bool {
    match (Bound::parse(outer), Bound::parse(inner)) {
        (Some(Bound::Jobs(outer)), Some(Bound::Jobs(inner))) => outer >= inner,
        (Some(Bound::Period(outer)), Some(Bound::Period(inner))) => outer <= inner,
        _ => false,
    }
}

fn consent(rules: &[&str]) -> Vec<String> {
    let bounds = || rules.iter().filter_map(|rule| Bound::parse(rule));
    let jobs = bounds().filter_map(|bound| match bound {
        Bound::Jobs(count) => Some(count),
        Bound::Period(_) => None,
    });
    let period = bounds().filter_map(|bound| match bound {
        Bound::Period(seconds) => Some(seconds),
        Bound::Jobs(_) => None,
    });
    let jobs = jobs.max().map(|count| match count {
        1 => "run by itself at given times, with one job".to_owned(),
        count => format!("run by itself at given times, with {count} jobs"),
    });
    let period = period.min().map(|seconds| {
        format!(
            "have each of its jobs run as often as every {}",
            words(seconds)
        )
    });
    jobs.into_iter().chain(period).collect()
}

/// A time as people say it.
pub(super) fn words(seconds: u64) -> String {
    let units = [
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let mut units = units.into_iter();
    let unit = units.find(|(of, _)| seconds >= *of && seconds.is_multiple_of(*of));
    let (of, name) = unit.unwrap_or((1, "second"));
    match seconds / of {
        1 => name.to_owned(),
        count => format!("{count} {name}s"),
    }
}

/// What one plugin was granted. Clones share it; what is set takes effect at the plugin's next
/// call, and at the next run of a job.
#[derive(Clone, Default)]
pub struct Granted(Arc<ArcSwap<Bounds>>);

type Counter = Arc<AtomicU64>;

/// The widest rule of either kind, with its counter.
#[derive(Default)]
struct Bounds {
    jobs: Option<(u64, Counter)>,
    period: Option<(u64, Counter)>,
}

impl Granted {
    /// Nothing granted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Replaces what is granted: rules, each with the counter of its uses.
    pub fn set(&self, rules: Vec<(String, Arc<AtomicU64>)>) {
        let mut bounds = Bounds::default();
        for (rule, uses) in rules {
            match Bound::parse(&rule) {
                Some(Bound::Jobs(count)) => {
                    let last = bounds.jobs.take();
                    let wider = last.filter(|(most, _)| *most >= count);
                    bounds.jobs = wider.or(Some((count, uses)));
                }
                Some(Bound::Period(seconds)) => {
                    let last = bounds.period.take();
                    let wider = last.filter(|(least, _)| *least <= seconds);
                    bounds.period = wider.or(Some((seconds, uses)));
                }
                None => {}
            }
        }
        self.0.store(Arc::new(bounds));
    }

    /// Whether the plugin may have jobs at all; counts nothing.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub fn permits_any(&self) -> Result<(), Fault> {
        let bounds = self.0.load();
        match (&bounds.jobs, &bounds.period) {
            (Some(_), Some(_)) => Ok(()),
            _ => Err(denied(
                "have jobs".to_owned(),
                "add `schedule: { jobs: 5, min_period: 1m }` under `capabilities` in \
                 manifest.yaml and grant it"
                    .to_owned(),
            )),
        }
    }

    /// Whether a job may be due as often as `gap`; counts the use of both rules, and answers
    /// how many such jobs the plugin may have.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub fn permits(&self, gap: Duration) -> Result<u64, Fault> {
        let bounds = self.0.load();
        let (Some((jobs, of_jobs)), Some((period, of_period))) = (&bounds.jobs, &bounds.period)
        else {
            return self.permits_any().map(|()| 0);
        };
        if gap.as_secs() < *period {
            return Err(too_often(gap.as_secs(), *period));
        }
        of_jobs.fetch_add(1, Ordering::Relaxed);
        of_period.fetch_add(1, Ordering::Relaxed);
        Ok(*jobs)
    }
}

fn too_often(gap: u64, granted: u64) -> Fault {
    denied(
        format!("a job that is due every {}", words(gap)),
        format!(
            "every {} is granted: write `min_period: {gap}s` in `capabilities.schedule` of \
             manifest.yaml and grant it",
            words(granted)
        ),
    )
}

fn denied(asked: String, remedy: String) -> Fault {
    Fault::Denied(Denial {
        capability: "schedule".to_owned(),
        asked,
        remedy,
    })
}

/// What is asked of jobs, for a look at what a package registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// How many.
    pub jobs: u64,
    /// The shortest period.
    pub min_period: Duration,
}

impl Asked {
    /// Reads what a manifest asks under `schedule`; nothing where that makes no sense, which
    /// was said when the package was found.
    pub fn read(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        let least = Ok(LEAST_PERIOD.as_secs());
        let jobs = map.get("jobs").map_or(Ok(DEFAULT_JOBS), read_jobs);
        let period = map.get("min_period").map_or(least, read_period);
        Some(Self {
            jobs: jobs.ok()?,
            min_period: Duration::from_secs(period.ok()?),
        })
    }
}

#[cfg(test)]
mod tests;
