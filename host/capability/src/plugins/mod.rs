//! plugins: functions of other plugins.
//!
//! Gives: calls of the functions that other plugins expose, as far as they are granted. Never:
//! the grants of the callee, another actor than the session's, or a call that outlives its
//! caller's deadline.

mod backend;
mod grant;
#[cfg(test)]
mod tests;

use std::time::Instant;

use goatkit_package::PluginName;
use serde::de::IgnoredAny;

use crate::app::{MAX_ANSWER_BYTES, MAX_ARGS_BYTES};
use crate::audit::Auditor;
use crate::json_schema::shortened;
use crate::{CallFacts, Fault, Scope};

pub use backend::{NoPeers, PeerCall, PeerFunction, Peers, PeersSlot, no_plugin};
pub use grant::{GRANT, Granted, MAX_NAME_BYTES};

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Plugins {
    auditor: Auditor,
    granted: Granted,
    peers: PeersSlot,
}

impl Plugins {
    /// A handle of the auditor's plugin on the others, under a grant that may change.
    pub fn new(auditor: Auditor, granted: Granted, peers: PeersSlot) -> Self {
        Self {
            auditor,
            granted,
            peers,
        }
    }

    /// The functions that the plugin may call, by plugin and name.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] while the plugin registers, or when the host stops.
    pub fn functions(&self, scope: &Scope) -> Result<Vec<PeerFunction>, Fault> {
        scope.call()?;
        let mut functions = self.peers.peers()?.functions();
        functions.retain(|it| self.granted.covers(it.plugin.as_str(), &it.name));
        Ok(functions)
    }

    /// Calls a function with the JSON array of its arguments; the answer is a JSON text.
    ///
    /// # Errors
    /// [`Fault::Denied`] when the function is not granted; [`Fault::Failed`] with `not-found`
    /// when there is no such plugin, or it exposes no such function; [`Fault::Invalid`] for
    /// arguments that are no array; [`Fault::TooLarge`] at the room's limits;
    /// [`Fault::TimedOut`] at the deadline; [`Fault::Unavailable`] while the plugin registers.
    /// Whatever else the callee answers comes through.
    pub async fn call(
        &self,
        scope: &Scope,
        plugin: &str,
        name: &str,
        args: String,
    ) -> Result<String, Fault> {
        let facts = scope.call()?;
        // Before anything that depends on what there is: who was granted nothing learns nothing.
        // What the callee was denied and passes on, its own rooms have noted.
        let permitted = self.granted.permits(plugin, name);
        self.auditor.heard(scope, permitted)?;
        let Ok(callee) = PluginName::parse(plugin) else {
            return Err(no_plugin(&shortened(plugin, MAX_NAME_BYTES)));
        };
        if name.len() > MAX_NAME_BYTES {
            return Err(Fault::TooLarge(format!(
                "the name of a function has at most {MAX_NAME_BYTES} bytes"
            )));
        }
        check_args(&callee, name, &args)?;
        self.reach(facts, &callee, name, args).await
    }

    async fn reach(
        &self,
        facts: &CallFacts,
        callee: &PluginName,
        name: &str,
        args: String,
    ) -> Result<String, Fault> {
        if facts.deadline <= Instant::now() {
            return Err(Fault::TimedOut);
        }
        let peers = self.peers.peers()?;
        let call = peers.call(self.auditor.plugin(), facts, callee, name, args);
        let answer = tokio::time::timeout_at(facts.deadline.into(), call);
        let text = answer.await.map_err(|_| Fault::TimedOut)??;
        if text.len() > MAX_ANSWER_BYTES {
            let most = MAX_ANSWER_BYTES >> 20;
            return Err(Fault::TooLarge(format!(
                "the answer of `{callee}.{name}` has more than {most} MiB"
            )));
        }
        Ok(text)
    }
}

/// Whether the arguments are an array. How many there are, and of which types, the callee says.
fn check_args(callee: &PluginName, name: &str, args: &str) -> Result<(), Fault> {
    if args.len() > MAX_ARGS_BYTES {
        let most = MAX_ARGS_BYTES >> 20;
        return Err(Fault::TooLarge(format!(
            "the arguments of `{callee}.{name}` have more than {most} MiB"
        )));
    }
    serde_json::from_str::<Vec<IgnoredAny>>(args)
        .map(drop)
        .map_err(|error| {
            Fault::Invalid(format!(
                "the arguments of `{callee}.{name}` are written as one JSON array: {error}"
            ))
        })
}
