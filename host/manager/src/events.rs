//! Events of plugins, told to the plugins that hook `on_event`, and who of the browsers may
//! listen to them.
//!
//! Each plugin is told in its own time and in the order of the events: one that is slow delays
//! nobody but itself, and loses events when too many wait for it. An event that is published in
//! answer to an event is one depth further than that one, as a call within a call is, and what
//! is too deep is told to nobody: so no two plugins keep each other busy for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_capability::events::{Event, Heard};
use goatkit_capability::log::Level;
use goatkit_capability::{CallFacts, Entry, EntryKind, Scope, SessionFacts, Within};
use goatkit_package::PluginName;
use goatkit_runtime::{CallError, Output, Session};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::dispatch::call;
use crate::error::{FunctionTarget, not_ready};
use crate::hooks::HOOK;
use crate::manager::Manager;
use crate::snapshot::ActiveHook;
use crate::unit::Unit;

/// The hook that is called.
const ON_EVENT: &str = "on_event";

/// Events that wait for one plugin: a burst.
pub(crate) const WAITING: usize = 64;

/// Plugins that are told at one time: pages need the machine as well.
const AT_ONCE: usize = 16;

/// How long an event waits for its plugin to be made ready. Compiling a large component takes
/// tens of seconds.
const LOADING: Duration = Duration::from_secs(60);

/// Time for a plugin to say whether somebody may listen: a browser waits.
const AUTHORIZE: Duration = Duration::from_secs(1);

impl Manager {
    /// Tells plugins of each other's events, from now on and until the answer is dropped.
    ///
    /// To be called once per host.
    pub fn run_events(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        // Here, so that nothing is missed that happens before somebody polls the answer.
        let mut watched = self.house.services.bus.watch();
        let mut teller = Teller::new(Arc::clone(self));
        async move {
            loop {
                tokio::select! {
                    heard = watched.next() => teller.tell(&heard),
                    Some(ended) = teller.tasks.join_next() => {
                        if let Err(error) = ended {
                            tracing::error!("telling a plugin of events broke off: {error}");
                        }
                    }
                }
            }
        }
    }

    /// Whether the session's actor may listen to a channel of a plugin in a browser: its event
    /// authorizer says so. Without one, nobody may.
    ///
    /// # Errors
    /// [`CallError`], of the kind `Unknown` when there is no such plugin.
    pub async fn may_listen(
        &self,
        session: &Session,
        plugin: &PluginName,
        channel: &str,
    ) -> Result<bool, CallError> {
        let target = FunctionTarget("event authorizer");
        let session = session.until(Instant::now() + AUTHORIZE);
        let not_ready = |error| not_ready(plugin, &target, &error);
        let unit = self.unit(plugin).map_err(not_ready)?;
        let active = match self.register_in_time(&session, &unit).await {
            Some(active) => active.map_err(not_ready)?,
            None => return Err(CallError::loading(plugin, &target)),
        };
        let Some(function) = &active.registration.event_authorizer else {
            return Ok(false);
        };
        let args = json!([channel]).to_string();
        match call(&session, &active.unit, function, args).await? {
            Output::Json(text) if text.trim() == "true" => Ok(true),
            Output::Json(text) if text.trim() == "false" => Ok(false),
            Output::Json(_) | Output::Html(_) => {
                let text = "it says who may listen, and answered no boolean";
                Err(CallError::malformed(
                    plugin,
                    &FunctionTarget(function),
                    text,
                ))
            }
        }
    }
}

/// What goes on for each plugin that is told of events.
struct Teller {
    manager: Arc<Manager>,
    queues: BTreeMap<PluginName, Sender<Arc<Event>>>,
    places: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Teller {
    fn new(manager: Arc<Manager>) -> Self {
        Self {
            manager,
            queues: BTreeMap::new(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            tasks: JoinSet::new(),
        }
    }

    fn tell(&mut self, Heard { lost, event }: &Heard) {
        if *lost > 0 {
            tracing::warn!("plugins are not told of {lost} events: too many at once");
        }
        let snapshot = self.manager.snapshot();
        let hooks = snapshot.hooks.get(ON_EVENT).into_iter().flatten();
        let listeners: BTreeSet<&PluginName> = hooks.clone().map(|it| it.plugin.name()).collect();
        // A plugin that is gone, or was revoked its hooks, is told what waits for it and no more.
        self.queues.retain(|name, _| listeners.contains(name));
        let hears = hooks.filter(|hook| hears(hook, event));
        let mut told: Option<&PluginName> = None;
        for hook in hears {
            // Those of one plugin stand together.
            if told.replace(hook.plugin.name()) != Some(hook.plugin.name()) {
                self.send(&hook.plugin.unit, event);
            }
        }
    }

    fn send(&mut self, unit: &Unit, event: &Arc<Event>) {
        let name = unit.name();
        let queue = self.queues.get(name).filter(|queue| !queue.is_closed());
        let queue = match queue {
            Some(queue) => queue.clone(),
            None => self.start(name),
        };
        match queue.try_send(Arc::clone(event)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {
                let text = format!("it is not told of an event: {WAITING} wait for it already");
                say(unit, Level::Warn, text, event);
            }
        }
    }

    fn start(&mut self, name: &PluginName) -> Sender<Arc<Event>> {
        let (sender, receiver) = channel(WAITING);
        self.queues.insert(name.clone(), sender.clone());
        let (manager, places) = (Arc::clone(&self.manager), Arc::clone(&self.places));
        self.tasks
            .spawn(tell_all(manager, name.clone(), receiver, places));
        sender
    }
}

/// Tells one plugin of event after event.
async fn tell_all(
    manager: Arc<Manager>,
    name: PluginName,
    mut events: Receiver<Arc<Event>>,
    places: Arc<Semaphore>,
) {
    while let Some(event) = events.recv().await {
        // As things stand now: it may be another version, or may no longer hear of this.
        let snapshot = manager.snapshot();
        let hooks = snapshot.hooks.get(ON_EVENT).into_iter().flatten();
        let mut mine = hooks.filter(|hook| *hook.plugin.name() == name);
        let Some(hook) = mine.find(|hook| hears(hook, &event)) else {
            continue;
        };
        // Nothing is brought into memory only to be left alone there.
        let target = EventTarget(&event);
        if hook.plugin.unit.conduct().refusal(&target).is_some() {
            continue;
        }
        // Why it does not load, the manager tells.
        let _ = timeout(LOADING, hook.plugin.unit.plugin()).await;
        let Ok(_place) = places.acquire().await else {
            return;
        };
        manager.tell_one(hook, &event).await;
    }
}

impl Manager {
    async fn tell_one(&self, hook: &ActiveHook, event: &Event) {
        let unit = &hook.plugin.unit;
        let session = self.session(facts(unit, event));
        let session = (0..=event.depth).try_fold(session, |session, _| {
            session.nested(&event.plugin, &EventTarget(event))
        });
        let session = match session {
            Ok(session) => session,
            Err(error) => return say(unit, Level::Error, error.message(), event),
        };
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let payload = json!({
            "of": event.full_channel(),
            "plugin": event.plugin.as_str(),
            "channel": event.channel,
            "kind": event.kind,
            "data": data,
        });
        // What went wrong is in the plugin's log, and nobody waits for the answer.
        let _ = self
            .run_hook(&session, hook, ON_EVENT, &payload.to_string())
            .await;
    }
}

/// Whether a hook is called for an event. A plugin knows what it publishes: it hears of that only
/// if its hook says so by its own name.
fn hears(hook: &ActiveHook, event: &Event) -> bool {
    let is_own = *hook.plugin.name() == event.plugin;
    hook.hears(ON_EVENT, &event.full_channel()) && (!is_own || hook.names(event.plugin.as_str()))
}

/// Writes into a plugin's log, as for the session that an event came from.
fn say(unit: &Unit, level: Level, text: String, event: &Event) {
    let scope = Scope::Call(CallFacts {
        session: Arc::clone(&event.session),
        caller: None,
        deadline: event.session.deadline,
        within: Within::default(),
    });
    unit.log().write(&scope, level, text, Vec::new());
}

/// The facts of a session that acts for nobody. Its lines in the log stand with those of the
/// session that published.
fn facts(unit: &Unit, event: &Event) -> SessionFacts {
    SessionFacts {
        actor: None,
        tenant: event.session.tenant.clone(),
        locale: unit.package().manifest().default_locale.clone(),
        request_id: event.session.request_id.clone(),
        deadline: Instant::now() + HOOK,
        entry: Entry {
            kind: EntryKind::Hook,
            name: ON_EVENT.to_owned(),
        },
    }
}

/// An event in an error's text.
struct EventTarget<'a>(&'a Event);

impl fmt::Display for EventTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event of `{}`", self.0.full_channel())
    }
}
