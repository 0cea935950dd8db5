//! Looks after what is in memory: now and then, and whenever something came there. Who goes is
//! decided in `choose`.

use std::sync::Arc;
use std::time::Duration;

use super::choose::{Candidate, Pressure, choose};
use crate::manager::Manager;
use crate::unit::Unit;

/// How often it looks, and so how exactly it is known when a plugin was last called.
const BEAT: Duration = Duration::from_secs(5);

impl Manager {
    /// Takes plugins out of memory that nobody calls, and others when memory is short, until the
    /// answer is dropped.
    ///
    /// To be called once per host.
    pub fn run_keeper(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        let manager = Arc::clone(self);
        async move {
            loop {
                let house = &manager.house;
                let next = house.mark() + BEAT;
                tokio::select! {
                    () = house.services.clock.wait_until(next) => {}
                    () = house.look.notified() => {}
                }
                // It asks the system, which may have to look for the answer.
                manager.apart(|manager| manager.look_after()).await;
            }
        }
    }

    /// Looks once.
    pub(crate) fn look_after(&self) {
        let now = self.house.mark();
        let snapshot = self.snapshot();
        let candidates: Vec<Candidate> = snapshot.plugins.values().filter_map(candidate).collect();
        if candidates.is_empty() {
            return;
        }
        let settings = self.memory();
        let pressure = settings.resident.bytes().map(|resident| Pressure {
            resident,
            budget: settings.budget,
        });
        for (name, why) in choose(candidates, now, settings.idle, pressure) {
            if let Some(unit) = snapshot.plugins.get(&name) {
                unit.unload(why);
            }
        }
    }
}

/// A plugin, if it is in memory.
fn candidate(unit: &Arc<Unit>) -> Option<Candidate> {
    let held = unit.held()?;
    Some(Candidate {
        name: unit.name().clone(),
        last_used: unit.last_used().unwrap_or(held.since),
        memory: held.plugin.usage().memory,
        pinned: unit.is_pinned(),
        running: unit.conduct().running(),
        quarantined: unit.conduct().quarantined().is_some(),
    })
}
