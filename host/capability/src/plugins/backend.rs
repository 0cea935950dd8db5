//! What the room calls: whoever knows the plugins and their registrations.
//!
//! That one lives above this floor and is made after the rooms, so a room holds a slot that is
//! filled later. What may be called at all, the room has decided before it asks here.

use std::pin::Pin;
use std::sync::{Arc, OnceLock, Weak};

use goatkit_package::PluginName;

use crate::{CallFacts, Fault};

/// A function that its plugin exposes to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerFunction {
    /// Whose it is.
    pub plugin: PluginName,
    /// Its name.
    pub name: String,
    /// JSON: `[{"name": "…", "type": "…"}]`, in the order in which they are passed.
    pub args: String,
    /// As registered: `string`, `html`, …
    pub returns: String,
    /// What it does, for people.
    pub description: String,
}

/// A call of another plugin, when it is waited for.
pub type PeerCall<'a> = Pin<Box<dyn Future<Output = Result<String, Fault>> + Send + 'a>>;

/// All plugins, as one that calls another sees them.
pub trait Peers: Send + Sync + 'static {
    /// Every function that a registered plugin exposes, by plugin and name.
    fn functions(&self) -> Vec<PeerFunction>;

    /// Calls a function that `plugin` exposes, with a JSON array of its arguments; the answer is
    /// a JSON text, also of HTML. It acts for the session of `facts`, by the callee's own grants,
    /// and ends at their deadline; dropped, it stops the callee.
    ///
    /// The fault is [`Fault::Failed`] with `not-found` when there is no such plugin or it exposes
    /// no such function, with `trapped`, `too-deep` and `busy`, and with the callee's own codes;
    /// else what the callee passed on.
    fn call<'a>(
        &'a self,
        from: &'a PluginName,
        facts: &'a CallFacts,
        plugin: &'a PluginName,
        function: &'a str,
        args: String,
    ) -> PeerCall<'a>;
}

/// A host without plugins that could be called.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPeers;

impl Peers for NoPeers {
    fn functions(&self) -> Vec<PeerFunction> {
        Vec::new()
    }

    fn call<'a>(
        &'a self,
        _: &'a PluginName,
        _: &'a CallFacts,
        plugin: &'a PluginName,
        _: &'a str,
        _: String,
    ) -> PeerCall<'a> {
        Box::pin(async move { Err(no_plugin(plugin.as_str())) })
    }
}

/// What every [`Peers`] answers for a plugin that is not there.
pub fn no_plugin(plugin: &str) -> Fault {
    Fault::failed(
        "not-found",
        format!("there is no plugin `{plugin}` that could be called"),
    )
}

/// Where the rooms of all plugins find their peers. Clones share it. Until it is set there are
/// none.
///
/// It holds no more than a weak reference: whoever knows the plugins holds them, they hold their
/// rooms, and the rooms hold this.
#[derive(Clone, Default)]
pub struct PeersSlot(Arc<OnceLock<Weak<dyn Peers>>>);

impl PeersSlot {
    /// Says who is called from now on. The first one stays.
    pub fn set<P: Peers>(&self, peers: &Arc<P>) {
        let peers: Weak<P> = Arc::downgrade(peers);
        let _ = self.0.set(peers);
    }

    /// Who is called.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when they are gone.
    pub fn peers(&self) -> Result<Arc<dyn Peers>, Fault> {
        match self.0.get() {
            None => Ok(Arc::new(NoPeers)),
            Some(peers) => peers
                .upgrade()
                .ok_or_else(|| Fault::Unavailable("the host is stopping".to_owned())),
        }
    }
}
