//! Holds the jobs of a registration against its manifest and its exports.

use std::collections::BTreeSet;

use goatkit_capability::schedule::{Asked, MAX_RETRIES, Timetable, check_args};
use goatkit_package::Manifest;
use goatkit_runtime::{Exports, Job};

/// Jobs whose timetables are looked at: as many as can be granted.
const MOST: usize = 100;

/// Bytes of a job's name: it stands in tables, commands and errors.
const MAX_NAME: usize = 64;

/// What is wrong, one sentence each.
pub(super) fn problems(jobs: &[Job], manifest: &Manifest, exports: Exports) -> Vec<String> {
    let mut problems = Vec::new();
    if !jobs.is_empty() && !exports.jobs {
        let text = "it registers jobs, and its component does not export `goatkit:plugin/jobs`";
        problems.push(text.to_owned());
    }
    let mut names = BTreeSet::new();
    for job in jobs {
        let name = job.name.escape_debug();
        if !is_name(&job.name) {
            problems.push(format!(
                "job `{name}` has a name that is none: use a-z, 0-9, - and _, a letter first, at \
                 most {MAX_NAME} of them"
            ));
        }
        if !names.insert(&job.name) {
            problems.push(format!("it registers job `{name}` twice"));
        }
        if let Err(fault) = check_args(&job.args) {
            problems.push(format!("job `{name}`: {fault}"));
        }
        if job.retries.is_some_and(|retries| retries > MAX_RETRIES) {
            problems.push(format!(
                "job `{name}`: `retries` is a whole number from 0 to {MAX_RETRIES}"
            ));
        }
    }
    problems.extend(timetables(jobs, manifest));
    problems
}

/// What is wrong with those that are due by themselves.
fn timetables(jobs: &[Job], manifest: &Manifest) -> Vec<String> {
    let timed: Vec<&Job> = jobs.iter().filter(|job| !job.cron.is_empty()).collect();
    if timed.is_empty() {
        return Vec::new();
    }
    let Some(asked) = manifest.capabilities.get("schedule").and_then(Asked::read) else {
        return vec![format!(
            "it registers jobs that are due at given times, and its manifest.yaml does not ask \
             for that: add `schedule: {{ jobs: {}, min_period: 1m }}` under `capabilities`",
            timed.len()
        )];
    };
    let mut problems = Vec::new();
    if timed.len() as u64 > asked.jobs {
        problems.push(format!(
            "it registers {} jobs that are due at given times, and its manifest.yaml asks for {}: \
             raise `jobs` in `capabilities.schedule`",
            timed.len(),
            asked.jobs
        ));
    }
    for job in timed.into_iter().take(MOST) {
        let name = job.name.escape_debug();
        match Timetable::parse(&job.cron, &job.time_zone) {
            Err(error) => problems.push(format!("job `{name}`: {error}")),
            Ok(table) if table.smallest_gap() < asked.min_period => problems.push(format!(
                "job `{name}` is due after {} s already, and its manifest.yaml asks for {} s: \
                 lower `min_period` in `capabilities.schedule`",
                table.smallest_gap().as_secs(),
                asked.min_period.as_secs()
            )),
            Ok(_) => {}
        }
    }
    problems
}

/// `[a-z][a-z0-9_-]*`
fn is_name(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(inner)
}
