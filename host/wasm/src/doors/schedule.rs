//! The door to the schedule room.

use goatkit_capability::{Fault, schedule};
use wasmtime::component::Resource;

use super::contract::schedule::{Host, HostPlan, Job};
use super::drafts::Entry;
use crate::run::State;

type Plan = Resource<Entry<schedule::Plan>>;

impl Host for State {
    async fn schedule(&mut self, plan: Plan) -> Result<String, Fault> {
        self.scope.call()?;
        let plan = self.drafts.take(plan)?;
        self.rooms.schedule.schedule(&self.scope, plan).await
    }

    async fn schedule_job(
        &mut self,
        cron: String,
        callback: String,
        args: String,
    ) -> Result<String, Fault> {
        let plan = schedule::Plan::new(cron, callback, args);
        self.rooms.schedule.schedule(&self.scope, plan).await
    }

    async fn cancel(&mut self, id: String) -> Result<bool, Fault> {
        self.rooms.schedule.cancel(&self.scope, &id).await
    }

    async fn list(&mut self) -> Result<Vec<Job>, Fault> {
        let jobs = self.rooms.schedule.list(&self.scope).await?;
        Ok(jobs.into_iter().map(Into::into).collect())
    }
}

impl HostPlan for State {
    fn new(&mut self, cron: String, callback: String, args: String) -> wasmtime::Result<Plan> {
        self.drafts.begin(schedule::Plan::new(cron, callback, args))
    }

    fn time_zone(&mut self, this: Plan, name: String) -> Result<(), Fault> {
        self.draft(&this, name.len(), |it: &mut schedule::Plan| {
            it.time_zone(name)
        })
    }

    fn retries(&mut self, this: Plan, most: u32) -> Result<(), Fault> {
        self.draft(&this, 0, |it: &mut schedule::Plan| it.retries(most))
    }

    fn drop(&mut self, this: Plan) -> wasmtime::Result<()> {
        self.drafts.drop(this);
        Ok(())
    }
}

impl From<schedule::Job> for Job {
    fn from(job: schedule::Job) -> Self {
        let schedule::Job {
            id,
            callback,
            cron,
            time_zone,
            args,
            due,
            last_run,
            last_result,
        } = job;
        Self {
            id,
            callback,
            cron,
            time_zone,
            args,
            due: due.map(Into::into),
            last_run: last_run.map(Into::into),
            last_result,
            extra: Vec::new(),
        }
    }
}
