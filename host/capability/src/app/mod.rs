//! app: functions of the embedding application.
//!
//! Gives: calls of the functions that the application registered, as far as they are granted
//! and the actor may. Never: another actor than the session's, a call that outlives its
//! deadline or its caller, arguments that the function's schema does not describe, or what a
//! handler says when it panics.

mod backend;
mod grant;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use goatkit_package::nearest;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;

use crate::audit::Auditor;
use crate::json_schema::shortened;
use crate::{Actor, CallFacts, Failure, Fault, Scope};

pub use backend::{
    AppCall, AppFunction, AppFunctionError, AppFunctionErrorKind, Functions, Handler, Handling,
};
pub use grant::{GRANT, Granted, MAX_NAME_BYTES};

use grant::denied;

/// Bytes of one call's arguments: they are read into a tree several times as large.
pub const MAX_ARGS_BYTES: usize = 1024 * 1024;

/// Bytes of one call's answer: the host holds it several times over while it crosses into the
/// guest.
pub const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct App {
    auditor: Auditor,
    granted: Granted,
    functions: Arc<Functions>,
    runtime: Handle,
}

impl App {
    /// A handle of the auditor's plugin on the application's functions, under a grant that may change.
    /// Handlers run on `runtime`.
    pub fn new(
        auditor: Auditor,
        granted: Granted,
        functions: Arc<Functions>,
        runtime: Handle,
    ) -> Self {
        Self {
            auditor,
            granted,
            functions,
            runtime,
        }
    }

    /// The functions that the plugin may call, by name.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] while the plugin registers.
    pub fn functions(&self, scope: &Scope) -> Result<Vec<&AppFunction>, Fault> {
        scope.call()?;
        Ok(self.callable().collect())
    }

    /// Calls a function with the JSON text of its arguments; the answer is a JSON text.
    ///
    /// # Errors
    /// [`Fault::Denied`] when the function is not granted, or needs a permission that the actor
    /// has not; [`Fault::Failed`] with `not-found` when there is no such function, with
    /// `failed` when it panicked, and with the application's own codes; [`Fault::Invalid`] for
    /// arguments that do not fit; [`Fault::TooLarge`] at the room's limits;
    /// [`Fault::TimedOut`] at the deadline; [`Fault::Unavailable`] while the plugin registers.
    /// Whatever else the application answers comes through.
    pub async fn call(&self, scope: &Scope, name: &str, args: &str) -> Result<String, Fault> {
        let answer = self.answer(scope, name, args).await;
        self.auditor.heard(scope, answer)
    }

    async fn answer(&self, scope: &Scope, name: &str, args: &str) -> Result<String, Fault> {
        let facts = scope.call()?;
        // Before anything that depends on what there is: who was granted nothing learns nothing.
        self.granted.permits(name)?;
        let function = self.find(name)?;
        permitted(function, facts.session.actor.as_ref())?;
        let args = read(function, args)?;
        let call = self.describe(facts, args);
        let answer = self.run(function, call).await?;
        let text = answer.to_string();
        if text.len() > MAX_ANSWER_BYTES {
            let most = MAX_ANSWER_BYTES >> 20;
            return Err(Fault::TooLarge(format!(
                "the answer of `{name}` has more than {most} MiB"
            )));
        }
        Ok(text)
    }

    fn callable(&self) -> impl Iterator<Item = &AppFunction> {
        let all = self.functions.iter();
        all.filter(|function| self.granted.covers(function.name()))
    }

    fn find(&self, name: &str) -> Result<&AppFunction, Fault> {
        self.functions.get(name).ok_or_else(|| {
            // First cut: the guest may ask for a name of megabytes.
            let name = shortened(name, MAX_NAME_BYTES);
            let hint = match nearest(&name, self.callable().map(AppFunction::name)) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => String::new(),
            };
            failed(
                "not-found",
                format!("this application has no function `{name}`{hint}"),
            )
        })
    }

    fn describe(&self, facts: &CallFacts, args: Value) -> AppCall {
        let session = &facts.session;
        AppCall {
            plugin: self.auditor.plugin().clone(),
            actor: session.actor.clone(),
            tenant: session.tenant.clone(),
            locale: session.locale.clone(),
            request_id: session.request_id.clone(),
            deadline: facts.deadline,
            args,
        }
    }

    /// Runs a handler in a task of its own, so that its panic is no panic of the host's. The
    /// set that holds the task aborts it when it is dropped: at the deadline, or when nobody
    /// waits any more.
    async fn run(&self, function: &AppFunction, call: AppCall) -> Result<Value, Fault> {
        let deadline = call.deadline;
        if deadline <= Instant::now() {
            return Err(Fault::TimedOut);
        }
        let handler = function.handler();
        let handling = async move { handler(call).await }.in_current_span();
        let mut tasks = JoinSet::new();
        tasks.spawn_on(handling, &self.runtime);
        match tokio::time::timeout_at(deadline.into(), tasks.join_next()).await {
            Err(_) => Err(Fault::TimedOut),
            Ok(Some(Ok(answer))) => answer,
            Ok(Some(Err(broken))) => Err(self.broken(function, broken)),
            Ok(None) => Err(stopping()),
        }
    }

    /// What a handler says when it panics is for the host's log alone.
    fn broken(&self, function: &AppFunction, broken: JoinError) -> Fault {
        let Ok(panic) = broken.try_into_panic() else {
            return stopping();
        };
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let name = function.name();
        tracing::error!(
            plugin = %self.auditor.plugin(),
            function = name,
            panic = text.unwrap_or("without a text"),
            "a function of the application panicked"
        );
        failed(
            "failed",
            format!("the application's function `{name}` failed"),
        )
    }
}

fn permitted(function: &AppFunction, actor: Option<&Actor>) -> Result<(), Fault> {
    let Some(permission) = function.permission() else {
        return Ok(());
    };
    match actor {
        Some(actor) if actor.permissions.contains(permission) => Ok(()),
        Some(_) => Err(denied(function.name(), |_| {
            format!("the actor needs the permission `{permission}`, which the application gives")
        })),
        None => Err(denied(function.name(), |_| {
            format!("the actor needs the permission `{permission}`, and nobody is signed in")
        })),
    }
}

/// The arguments, if they are an object that fits the function's schema.
fn read(function: &AppFunction, args: &str) -> Result<Value, Fault> {
    let name = function.name();
    if args.len() > MAX_ARGS_BYTES {
        let most = MAX_ARGS_BYTES >> 20;
        return Err(Fault::TooLarge(format!(
            "the arguments of `{name}` have more than {most} MiB"
        )));
    }
    let wrong = |what: String| Fault::Invalid(format!("the arguments of `{name}`: {what}"));
    let args: Value =
        serde_json::from_str(args).map_err(|error| wrong(format!("no JSON: {error}")))?;
    if !args.is_object() {
        return Err(wrong("they are written as one object".to_owned()));
    }
    function.check(&args).map_err(wrong)?;
    Ok(args)
}

fn failed(code: &str, message: String) -> Fault {
    Fault::Failed(Failure {
        code: code.to_owned(),
        message,
        details: None,
    })
}

fn stopping() -> Fault {
    Fault::Unavailable("the host is stopping".to_owned())
}
