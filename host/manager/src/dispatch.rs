//! From what a moment shows to the code that answers: one way for routes, widgets, hooks and
//! calls between plugins. What is called is the version that the moment shows, so that one page
//! never mixes two.
//!
//! Not here: who may ask for it (`access`), and what becomes of an answer (web).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use goatkit_capability::events::Bus;
use goatkit_package::PluginName;
use goatkit_runtime::{
    CallError, HttpAnswer, HttpRequest, Output, Plugin, RouteAnswer, RouteRequest, Session,
};
use http_body_util::BodyExt;
use tokio::time::timeout_at;

use crate::error::{FunctionTarget, not_ready};
use crate::manager::Manager;
use crate::snapshot::{ActiveMount, ActiveRoute};
use crate::unit::{Active, Unit};

/// How much later than at its deadline the host itself gives a call up: the runtime, which stops
/// it there, knows better what to say.
pub(crate) const AFTER_THE_DEADLINE: Duration = Duration::from_millis(250);

impl ActiveMount {
    /// How long the plugin may take to answer: its limit for requests.
    pub fn time(&self) -> Duration {
        self.plugin.unit.limits().route
    }
}

impl ActiveRoute {
    /// How long the plugin may take to answer: its limit for requests.
    pub fn time(&self) -> Duration {
        self.plugin.unit.limits().route
    }
}

impl Active {
    /// Calls a function of this version, also when another has taken over. `args` is a JSON array
    /// in the order of the registration.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call(
        &self,
        session: &Session,
        function: &str,
        args: String,
    ) -> Result<Output, CallError> {
        call(session, &self.unit, function, args).await
    }
}

impl Manager {
    /// What plugins publish, for those who listen.
    pub fn events(&self) -> &Arc<Bus> {
        &self.house.services.bus
    }

    /// Answers a request by the route that [`Snapshot::route`](crate::Snapshot::route) found;
    /// its plugin is loaded if it is not yet. The answer is as the plugin gave it. Whether the
    /// session's actor may ask for it, whoever calls this has seen to ([`permits`](crate::permits)).
    /// Dropped, it stops the plugin's code.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn handle(
        &self,
        session: &Session,
        route: &ActiveRoute,
        request: RouteRequest,
    ) -> Result<RouteAnswer, CallError> {
        let target = RouteTarget(&route.route.path);
        let plugin = loaded(session, &route.plugin.unit, &target).await?;
        plugin.handle(session, request).await
    }

    /// Answers a request by the mount that [`Snapshot::mount`](crate::Snapshot::mount) found, as
    /// [`Manager::handle`] does by a route: the answer is there as soon as its head is, and its
    /// body holds the call. What the plugin is not to see of the request, whoever calls this has
    /// taken out.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn serve_http(
        &self,
        session: &Session,
        mount: &ActiveMount,
        request: HttpRequest,
    ) -> Result<HttpAnswer, CallError> {
        let target = RouteTarget(request.uri().path());
        let unit = Arc::clone(&mount.plugin.unit);
        let plugin = loaded(session, &unit, &target).await?;
        let answer = plugin.serve_http(session, request).await?;
        // While its body flows it is being called, and nobody may tell it that it has ended.
        Ok(answer.map(|body| {
            let held = body.map_err(move |error| {
                let _unit = &unit;
                error
            });
            held.boxed_unsync()
        }))
    }
}

/// Calls a function of one version of a plugin, which has registered.
pub(crate) async fn call(
    session: &Session,
    unit: &Arc<Unit>,
    function: &str,
    args: String,
) -> Result<Output, CallError> {
    let target = FunctionTarget(function);
    has_function(unit, function)?;
    let plugin = loaded(session, unit, &target).await?;
    plugin.call_function(session, function, args).await
}

/// Whether a plugin has registered a function.
fn has_function(unit: &Unit, function: &str) -> Result<(), CallError> {
    let functions = unit.registration().map(|it| it.functions.as_slice());
    let mut functions = functions.unwrap_or_default().iter();
    match functions.any(|each| each.name == function) {
        true => Ok(()),
        false => {
            let target = FunctionTarget(function);
            let text = "it registered no such function";
            Err(CallError::unknown(unit.name(), &target, text))
        }
    }
}

/// The code of one version, ready to be called, or an error at the session's deadline.
pub(crate) async fn loaded(
    session: &Session,
    unit: &Arc<Unit>,
    target: &(dyn fmt::Display + Sync),
) -> Result<Arc<dyn Plugin>, CallError> {
    match unit.ready() {
        Some(plugin) => Ok(plugin),
        // On the heap, or each call would carry the room for it.
        None => Box::pin(load(session, unit, target)).await,
    }
}

/// Brings it into memory. It is made ready to its end, whoever waits for it: a call that may take
/// a second would else begin again each time with what takes ten.
async fn load(
    session: &Session,
    unit: &Arc<Unit>,
    target: &(dyn fmt::Display + Sync),
) -> Result<Arc<dyn Plugin>, CallError> {
    let name = unit.name();
    // Nothing is brought into memory only to be left alone there.
    if let Some(refused) = unit.conduct().refusal(target) {
        return Err(refused);
    }
    let unit = Arc::clone(unit);
    let load = tokio::spawn(async move { unit.plugin().await });
    match timeout_at(session.deadline().into(), load).await {
        Ok(Ok(Ok(plugin))) => Ok(plugin),
        Ok(Ok(Err(error))) => Err(not_ready(name, target, &error.into())),
        Ok(Err(error)) => Err(CallError::internal(name, target, error.to_string())),
        Err(_) => Err(CallError::loading(name, target)),
    }
}

/// What `call` gives, or an error a moment after the session's deadline.
pub(crate) async fn in_time<T>(
    session: &Session,
    name: &PluginName,
    target: &(dyn fmt::Display + Sync),
    limit: Duration,
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let latest = session.deadline() + AFTER_THE_DEADLINE;
    match timeout_at(latest.into(), call).await {
        Ok(ended) => ended,
        Err(_) => Err(CallError::timed_out(name, target, limit)),
    }
}

/// A route in an error's text.
pub(crate) struct RouteTarget<'a>(pub(crate) &'a str);

impl fmt::Display for RouteTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "route `{}`", self.0)
    }
}
