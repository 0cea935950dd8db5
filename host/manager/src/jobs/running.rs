//! The runs of this host. Each is a task of its own, and stops by itself when its lease can no
//! longer be renewed, whatever else the host is doing.

use std::collections::{BTreeMap, HashMap};
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use goatkit_capability::Clock;
use goatkit_capability::schedule::{JobKey, Outcome, Run};
use goatkit_package::PluginName;
use metrics::counter;
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::perform::perform;
use crate::manager::Manager;

/// How long a run whose lease nears its end waits for the lease to be renewed after all. When
/// the clock was set or the machine slept, the scheduler has had no chance before.
pub(super) const LAST_CHANCE: Duration = Duration::from_secs(5);

/// Runs that go on. Dropped, it stops them all.
pub(super) struct Runs {
    tasks: JoinSet<Outcome>,
    running: HashMap<Id, (Run, AbortHandle)>,
    /// Until when every run is held for certain.
    held: watch::Sender<SystemTime>,
}

impl Runs {
    pub(super) fn new(now: SystemTime) -> Self {
        Self {
            tasks: JoinSet::new(),
            running: HashMap::new(),
            held: watch::Sender::new(now),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Run> {
        self.running.values().map(|(run, _)| run.clone()).collect()
    }

    /// How many each plugin has.
    pub(super) fn by_plugin(&self) -> BTreeMap<PluginName, usize> {
        let mut count = BTreeMap::new();
        for (run, _) in self.running.values() {
            *count.entry(run.plugin.clone()).or_default() += 1;
        }
        count
    }

    /// All of them are held until `until`.
    pub(super) fn held(&self, until: SystemTime) {
        self.held.send_replace(until);
    }

    pub(super) fn start(&mut self, manager: &Arc<Manager>, run: Run) {
        let (manager, held) = (Arc::clone(manager), self.held.subscribe());
        let work = run.clone();
        let task = async move {
            let clock = Arc::clone(&manager.house.services.clock);
            held_while(&*clock, held, perform(&manager, &work)).await
        };
        let task = self.tasks.spawn(task);
        self.running.insert(task.id(), (run, task));
    }

    /// Stops the run of a job.
    pub(super) fn stop(&self, job: &JobKey) {
        let mut runs = self.running.values();
        if let Some((_, task)) = runs.find(|(run, _)| run.key() == *job) {
            task.abort();
        }
    }

    /// Stops all of them.
    pub(super) fn stop_all(&self) {
        for (_, task) in self.running.values() {
            task.abort();
        }
    }

    /// The next that ends. Never answers while there is none.
    pub(super) async fn ended(&mut self) -> (Run, Outcome) {
        loop {
            let ended = match self.tasks.join_next_with_id().await {
                Some(ended) => self.told(ended),
                None => pending().await,
            };
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    /// One that has ended, if there is one.
    pub(super) fn ended_now(&mut self) -> Option<(Run, Outcome)> {
        let ended = self.tasks.try_join_next_with_id()?;
        self.told(ended)
    }

    fn told(&mut self, ended: Result<(Id, Outcome), JoinError>) -> Option<(Run, Outcome)> {
        let (id, outcome) = match ended {
            Ok(ended) => ended,
            Err(error) if error.is_cancelled() => (error.id(), Outcome::Lost),
            Err(error) => {
                tracing::error!("a run broke off: {error}");
                let text = "it broke off in the host".to_owned();
                (error.id(), Outcome::Failed(text))
            }
        };
        let (run, _) = self.running.remove(&id)?;
        let (plugin, outcome_word) = (run.plugin.to_string(), word(&outcome));
        counter!("goatkit_job_runs_total", "plugin" => plugin, "outcome" => outcome_word)
            .increment(1);
        Some((run, outcome))
    }
}

/// What became of a run, as a label.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Failed(_) => "failed",
        Outcome::Refused(_) => "refused",
        Outcome::Lost => "lost",
    }
}

/// Does `work` for as long as its lease is renewed.
async fn held_while(
    clock: &dyn Clock,
    mut held: watch::Receiver<SystemTime>,
    work: impl Future<Output = Outcome>,
) -> Outcome {
    let mut work = pin!(work);
    loop {
        let until = *held.borrow_and_update();
        tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            changed = held.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return Outcome::Lost,
            },
            () = clock.wait_until(until) => {}
        }
        tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            changed = held.changed() => if changed.is_err() {
                return Outcome::Lost;
            },
            () = clock.wait_until(clock.now() + LAST_CHANCE) => return Outcome::Lost,
        }
    }
}
