//! Removes all that is kept of a plugin that is gone, room by room. What cannot be removed is told,
//! and the rest goes all the same.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use goatkit_capability::cache::Answer;
use goatkit_capability::mail;
use goatkit_package::PluginName;

use super::remains::PATIENCE;
use crate::manager::Manager;

/// What was not removed: one sentence each.
#[derive(Default)]
struct Left(Vec<String>);

impl Left {
    fn note<E: Display>(&mut self, what: &str, removed: Result<(), E>) {
        if let Err(error) = removed {
            self.0.push(format!("{what} remains: {error}"));
        }
    }
}

impl Manager {
    /// Removes it; what remains, one sentence each.
    pub(super) async fn purge(self: &Arc<Self>, name: &PluginName) -> Vec<String> {
        let services = &self.house.services;
        let mut left = Left::default();
        let until = Instant::now() + PATIENCE;
        let dropped = services.database.drop_own_tables(name, until).await;
        left.note("what it kept in tables", dropped);
        let cleared = match services.cache.clear(name, until) {
            Answer::Ready(cleared) => cleared,
            Answer::Later(clearing) => clearing.await,
        };
        left.note("what it cached", cleared);
        let plugin = name.clone();
        let more = self.apart(move |manager| manager.purge_kept(&plugin)).await;
        [left.0, more].concat()
    }

    /// What blocks while it is removed.
    fn purge_kept(&self, name: &PluginName) -> Vec<String> {
        let services = &self.house.services;
        let platform = &services.platform;
        let mut left = Left::default();
        left.note("what was set for it", services.settings.remove(name));
        left.note("its jobs", services.jobs.purge(name));
        left.note("its mail", services.post.forget(name));
        left.note("how much it mailed", mail::forget_sent(platform, name));
        left.note("how much it used", services.uses.forget(platform, name));
        left.note("what it was denied", services.audit.forget(name));
        services.log.forget(name);
        self.purge_copies(name, &mut left);
        // Last, so that somebody who is asked to decide anew begins with nothing.
        left.note("what was chosen for it", self.choices().forget(name));
        self.house.pin(name, false);
        left.note("what was decided on it", self.ledger().forget(name));
        left.0
    }

    /// The store's copies, with what was made of them.
    fn purge_copies(&self, name: &PluginName, left: &mut Left) {
        let copies = match self.store().of(name) {
            Ok(copies) => copies,
            Err(error) => return left.note("its copy in the store", Err(error)),
        };
        for copy in copies {
            for runtime in &self.house.runtimes {
                left.note("its compiled code", runtime.forget(&copy));
            }
            left.note("its copy in the store", self.store().remove(copy.digest()));
        }
        left.note("what it registered", self.house.kept.forget(name));
    }
}
