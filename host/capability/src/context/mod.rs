//! context: what a plugin may know about the call it is in.
//!
//! Gives: the actor and whether he has a permission, the tenant, locale, time, request id, remaining time, entry and caller.
//! Never: a way to change any of them, or the application's session itself. Free for
//! all, and it touches nothing but the clock, so that it needs neither grant nor backend.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use goatkit_package::PluginName;

use crate::{Actor, Clock, Entry, Fault, Scope};

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Context {
    clock: Arc<dyn Clock>,
}

impl Context {
    /// A handle that tells the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// Who the call is made for; nobody when no one is signed in.
    ///
    /// # Errors
    /// Like every method here: [`Fault::Unavailable`] while the plugin registers.
    pub fn actor<'s>(&self, scope: &'s Scope) -> Result<Option<&'s Actor>, Fault> {
        Ok(scope.call()?.session.actor.as_ref())
    }

    /// Whether the actor has a permission; not when no one is signed in.
    ///
    /// # Errors
    /// As [`Context::actor`].
    pub fn has_permission(&self, scope: &Scope, permission: &str) -> Result<bool, Fault> {
        let actor = scope.call()?.session.actor.as_ref();
        Ok(actor.is_some_and(|it| it.permissions.contains(permission)))
    }

    /// The organisation that the session belongs to.
    ///
    /// # Errors
    /// As [`Context::actor`].
    pub fn tenant<'s>(&self, scope: &'s Scope) -> Result<Option<&'s str>, Fault> {
        Ok(scope.call()?.session.tenant.as_deref())
    }

    /// The session's locale, a BCP 47 tag.
    ///
    /// # Errors
    /// As [`Context::actor`].
    pub fn locale<'s>(&self, scope: &'s Scope) -> Result<&'s str, Fault> {
        Ok(&scope.call()?.session.locale)
    }

    /// The host's clock.
    ///
    /// # Errors
    /// As [`Context::actor`].
    pub fn now(&self, scope: &Scope) -> Result<SystemTime, Fault> {
        scope.call()?;
        Ok(self.clock.now())
    }

    /// The identifier that the session carries in every log line.
    ///
    /// # Errors
    /// As [`Context::actor`].
    pub fn request_id<'s>(&self, scope: &'s Scope) -> Result<&'s str, Fault> {
        Ok(&scope.call()?.session.request_id)
    }

    /// The time until the call is stopped; zero when that time has come.
    ///
    /// # Errors
    /// As [`Context::actor`].
    pub fn deadline(&self, scope: &Scope) -> Result<Duration, Fault> {
        let deadline = scope.call()?.deadline;
        Ok(deadline.saturating_duration_since(Instant::now()))
    }

    /// What the session was entered by.
    ///
    /// # Errors
    /// As [`Context::actor`].
    pub fn entry<'s>(&self, scope: &'s Scope) -> Result<&'s Entry, Fault> {
        Ok(&scope.call()?.session.entry)
    }

    /// The plugin that made this call; nothing when the application did.
    ///
    /// # Errors
    /// As [`Context::actor`].
    pub fn caller<'s>(&self, scope: &'s Scope) -> Result<Option<&'s PluginName>, Fault> {
        Ok(scope.call()?.caller.as_ref())
    }
}
