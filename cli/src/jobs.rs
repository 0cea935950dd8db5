//! `gk plugin jobs`: what plugins do at given times, and a run at once.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::{Context, Result};
use goatkit_host::{JobStatus, visible};
use serde_json::{Value, json};

use crate::args::{JobsArgs, JobsCommand, RunJobArgs};
use crate::failure::hinted;
use crate::grants::{plugin, print_json};
use crate::office;
use crate::table::{table, time};

pub(crate) fn run(args: JobsArgs) -> Result<()> {
    match args.command {
        Some(JobsCommand::Run(run)) => run_now(run),
        None => show(&args),
    }
}

fn show(args: &JobsArgs) -> Result<()> {
    let mut path = "/v1/jobs".to_owned();
    if let Some(name) = &args.name {
        let _ = write!(path, "?plugin={}", plugin(name)?);
    }
    let Some(data) = &args.data else {
        return Err(hinted(
            "which data folder?",
            "name the folder that `gk serve` or `gk demo` works on with `--data DIR`",
        ));
    };
    let jobs: Vec<JobStatus> = office::with(data, async |host| host.get(&path).await)?;
    if args.json {
        return print_json(&jobs);
    }
    let mut out = io::stdout().lock();
    out.write_all(told(&jobs).as_bytes())
        .context("cannot write the answer")
}

fn run_now(args: RunJobArgs) -> Result<()> {
    let name = plugin(&args.name)?;
    let typed = args.args.as_deref().map(serde_json::from_str::<Value>);
    let with = typed.transpose().map_err(|error| {
        hinted(
            format!("the arguments are no JSON: {error}"),
            "write them as in '{\"days\": 7}'",
        )
    })?;
    let mut body = json!({ "job": args.job });
    if let Some(with) = with {
        body["args"] = with;
    }
    let path = format!("/v1/plugins/{name}/jobs/run");
    let _: Value = office::with(&args.host.data, async |host| host.post(&path, body).await)?;
    writeln!(io::stdout().lock(), "{name} {}: ok", visible(&args.job))
        .context("cannot write the answer")
}

fn told(jobs: &[JobStatus]) -> String {
    if jobs.is_empty() {
        return "there are no jobs\n".to_owned();
    }
    let heads = ["PLUGIN", "JOB", "WHEN", "NEXT", "LAST", "RESULT", "ID"];
    table(heads, jobs.iter().map(row))
}

fn row(job: &JobStatus) -> [String; 7] {
    let when = match job.cron.as_str() {
        "" => "when scheduled".to_owned(),
        cron => format!("{} {}", visible(cron), visible(&job.time_zone)),
    };
    let next = match (job.retry_at, job.due) {
        (Some(again), _) => format!("{} (again)", time(again)),
        (None, due) => due.map_or_else(|| "-".to_owned(), time),
    };
    let result = match (job.running_since, &job.last_result) {
        (Some(since), _) => format!("running since {}", time(since)),
        (None, Some(result)) => visible(result),
        (None, None) => "-".to_owned(),
    };
    [
        job.plugin.to_string(),
        visible(&job.callback),
        when,
        next,
        job.last_run.map_or_else(|| "-".to_owned(), time),
        result,
        visible(&job.id),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(more: &Value) -> JobStatus {
        let mut job = json!({
            "plugin": "stats",
            "id": "a1",
            "origin": "scheduled",
            "callback": "weekly-report",
            "cron": "0 7 * * 1",
            "time_zone": "Europe/Vienna",
            "args": "null",
            "retries": 3,
            "due": "2026-11-23T06:00:00.000Z",
            "retry_at": null,
            "running_since": null,
            "last_run": null,
            "last_result": null,
            "attempts": 0,
        });
        for (key, value) in more.as_object().unwrap() {
            job[key] = value.clone();
        }
        serde_json::from_value(job).unwrap()
    }

    #[track_caller]
    fn check(more: Value, expect: &[&str]) {
        let text = told(&[job(&more)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        for part in expect {
            assert!(lines[1].contains(part), "no `{part}` in {text}");
        }
    }

    #[test]
    fn a_job_is_a_row() {
        check(
            json!({}),
            &[
                "stats",
                "weekly-report",
                "0 7 * * 1 Europe/Vienna",
                "2026-11-23T06:00:00Z",
                "a1",
            ],
        );
        check(json!({ "cron": "", "due": null }), &["when scheduled"]);
        let failed = json!({
            "last_run": "2026-11-16T06:00:00.000Z",
            "last_result": "it failed\nbadly",
            "retry_at": "2026-11-16T06:00:30.000Z",
        });
        check(
            failed,
            &["2026-11-16T06:00:30Z (again)", "it failed\\nbadly"],
        );
        let running = json!({ "running_since": "2026-11-16T06:00:00.000Z" });
        check(running, &["running since 2026-11-16T06:00:00Z"]);
        assert_eq!(told(&[]), "there are no jobs\n");
    }
}
