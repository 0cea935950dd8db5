//! Jobs, as the session and its clones keep them. No clock starts them: a test does, with
//! `Session::run_job`. Whether a time zone is one, and how often a job is due, is for a host to
//! say.

use std::cell::RefCell;

use super::failed;
use crate::schedule::Job;
use crate::testing::{Powers, Session, denied, session};
use crate::types::Fault;

/// How often a run is tried again at most.
const MOST_RETRIES: u32 = 10;

/// How often a run is tried again where nothing is said.
const RETRIES: u32 = 3;

/// A job that is being described.
#[derive(Debug)]
pub(crate) struct Plan(RefCell<Job>);

impl Plan {
    pub(crate) fn new(cron: &str, callback: &str, args: &str) -> Self {
        Self(RefCell::new(Job {
            id: String::new(),
            callback: callback.to_owned(),
            cron: cron.to_owned(),
            time_zone: "UTC".to_owned(),
            args: args.to_owned(),
            due: None,
            last_run: None,
            last_result: None,
            extra: retries_extra(RETRIES),
        }))
    }

    pub(crate) fn time_zone(&self, name: &str) -> Result<(), Fault> {
        name.clone_into(&mut self.0.borrow_mut().time_zone);
        Ok(())
    }

    pub(crate) fn retries(&self, most: u32) -> Result<(), Fault> {
        if most > MOST_RETRIES {
            return Err(Fault::Invalid(format!(
                "a run is tried again at most {MOST_RETRIES} times, not {most}"
            )));
        }
        self.0.borrow_mut().extra = retries_extra(most);
        Ok(())
    }
}

fn retries_extra(most: u32) -> Vec<(String, String)> {
    vec![("retries".to_owned(), most.to_string())]
}

pub(crate) fn schedule(plan: Plan) -> Result<String, Fault> {
    let job = plan.0.into_inner();
    granted(|session, most| {
        check(&job, &session.powers.offers.callbacks)?;
        let mut world = session.powers.world.borrow_mut();
        let same = |known: &&Job| {
            Job {
                id: String::new(),
                ..(*known).clone()
            } == job
        };
        if let Some(known) = world.jobs.iter().find(same) {
            return Ok(known.id.clone());
        }
        if world.jobs.len() + session.powers.offers.registered.len() >= most {
            let message = format!("as many jobs as are granted are kept: {most}");
            return Err(failed("too-many", message));
        }
        world.scheduled += 1;
        let id = format!("job-{}", world.scheduled);
        let id_of_job = id.clone();
        world.jobs.push(Job { id, ..job });
        Ok(id_of_job)
    })
}

pub(crate) fn schedule_job(cron: &str, callback: &str, args: &str) -> Result<String, Fault> {
    schedule(Plan::new(cron, callback, args))
}

pub(crate) fn cancel(id: &str) -> Result<bool, Fault> {
    granted(|session, _| {
        if registered(&session.powers).iter().any(|job| job.id == id) {
            let message = format!("job `{id}` is one of the registration");
            return Err(Fault::Invalid(message));
        }
        let jobs = &mut session.powers.world.borrow_mut().jobs;
        let before = jobs.len();
        jobs.retain(|job| job.id != id);
        Ok(jobs.len() < before)
    })
}

pub(crate) fn list() -> Result<Vec<Job>, Fault> {
    granted(|session, _| {
        let mut jobs = registered(&session.powers);
        jobs.extend_from_slice(&session.powers.world.borrow().jobs);
        jobs.sort_by(|a, b| (&a.callback, &a.id).cmp(&(&b.callback, &b.id)));
        Ok(jobs)
    })
}

/// The jobs of the registration: those with times of their own, and those that are only called
/// back. Of the latter a session knows the name, so they have the arguments and the time zone
/// of a mark that says neither.
fn registered(Powers { offers, .. }: &Powers) -> Vec<Job> {
    let timed = |name: &String| offers.registered.iter().any(|job| job.callback == *name);
    let called_back = offers.callbacks.iter().filter(|name| !timed(name));
    let called_back = called_back.map(|name| Job {
        id: format!("registered-{name}"),
        callback: name.clone(),
        cron: String::new(),
        time_zone: "UTC".to_owned(),
        args: "null".to_owned(),
        due: None,
        last_run: None,
        last_result: None,
        extra: Vec::new(),
    });
    offers
        .registered
        .iter()
        .cloned()
        .chain(called_back)
        .collect()
}

fn check(job: &Job, callbacks: &[String]) -> Result<(), Fault> {
    let Job { callback, cron, .. } = job;
    if !callbacks.contains(callback) {
        let known = callbacks.join(", ");
        return Err(Fault::Invalid(format!(
            "the plugin registered no job `{callback}`, only: {known}"
        )));
    }
    if cron.split_whitespace().count() != 5 {
        return Err(Fault::Invalid(format!(
            "`{cron}` has not the five fields minute, hour, day of month, month, day of week"
        )));
    }
    Ok(())
}

/// With the number of jobs that is granted.
fn granted<T>(act: impl FnOnce(&Session, usize) -> Result<T, Fault>) -> Result<T, Fault> {
    session(|session| match session.powers.grants.schedule {
        Some(most) => act(session, most),
        None => Err(denied(
            "schedule",
            "schedule jobs".to_owned(),
            "ask for jobs under `capabilities.schedule` in manifest.yaml and grant it".to_owned(),
        )),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Fault, Session, cancel, list, schedule_job};

    /// Of a plugin with a job that has a time, and one that is only called back.
    fn with_registration() -> Session {
        let mut session = Session::default().grant("schedule: 2");
        let offers = &mut session.powers.offers;
        offers.callbacks = ["report", "tidy"].map(str::to_owned).to_vec();
        offers.registered = vec![super::Job {
            id: "registered-tidy".to_owned(),
            ..super::Plan::new("0 3 * * *", "tidy", "[7]").0.into_inner()
        }];
        session
    }

    fn listed() -> Vec<[String; 3]> {
        let jobs = list().unwrap().into_iter();
        jobs.map(|it| [it.id, it.callback, it.cron]).collect()
    }

    #[test]
    fn the_jobs_of_the_registration_are_listed_and_stay() {
        let row = |texts: [&str; 3]| texts.map(str::to_owned);
        let (report, tidy) = (
            row(["registered-report", "report", ""]),
            row(["registered-tidy", "tidy", "0 3 * * *"]),
        );
        with_registration().run(|| {
            assert_eq!(listed(), [report.clone(), tidy.clone()]);
            let plan = schedule_job("0 7 * * 1", "report", "null").unwrap();
            let planned = row([&plan, "report", "0 7 * * 1"]);
            assert_eq!(listed(), [planned, report.clone(), tidy.clone()]);

            for id in ["registered-report", "registered-tidy"] {
                let text = format!("job `{id}` is one of the registration");
                assert_eq!(cancel(id), Err(Fault::Invalid(text)));
            }
            assert_eq!(cancel("registered-other"), Ok(false));
            assert_eq!(cancel(&plan), Ok(true));
            assert_eq!(listed(), [report, tidy]);
        });
    }
}
