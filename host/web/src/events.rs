//! `GET /plugins/{name}/events/{channel}`: a plugin's channel for a browser, as server-sent events.
//!
//! The plugin's own authorizer says who may listen, when somebody comes and again every half
//! minute: whoever signed out or lost a permission hears no more by then. When the host stops,
//! nobody listens on: a browser comes back by itself, to the next host. What an event is and who
//! may publish it, the room `events` knows.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, unfold};
use goatkit_capability::EntryKind;
use goatkit_capability::events::{Heard, Subscription, is_name};
use goatkit_package::PluginName;
use serde_json::{Value, json};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::frame;
use crate::guard::is_foreign;
use crate::router::Web;
use crate::visit::Visit;

/// How often whoever listens is asked about again.
const AGAIN: Duration = Duration::from_secs(30);

/// `GET /plugins/{name}/events/{channel}`
pub(crate) async fn listen(
    State(web): State<Web>,
    Path((name, channel)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (request, _) = request.into_parts();
    if is_foreign(&request.uri, &request.headers) {
        let why = "events are for pages of this application";
        return frame::error(StatusCode::FORBIDDEN, "Not from another site", why);
    }
    let listener = Listener {
        web,
        request,
        name,
        channel,
    };
    // On what is no channel's name nothing is ever published.
    let found = match is_name(&listener.channel) {
        true => listener.plugin().await,
        false => None,
    };
    let Some(plugin) = found else {
        return frame::not_found(listener.request.uri.path());
    };
    if !listener.may(&plugin).await {
        let why = "the plugin does not let you listen to this channel";
        return frame::error(StatusCode::FORBIDDEN, "This is not for you", why);
    }
    let bus = listener.web.manager.events();
    match bus.subscribe(&plugin, &listener.channel) {
        Ok(subscription) => {
            let stream = stream(listener, subscription);
            let events = Sse::new(stream).keep_alive(KeepAlive::default());
            ([(CACHE_CONTROL, "no-store")], events).into_response()
        }
        Err(full) => {
            let text = full.to_string();
            frame::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "Nobody more can listen",
                &text,
            )
        }
    }
}

/// Somebody who listens, as he asked for it.
struct Listener {
    web: Web,
    request: Parts,
    name: String,
    channel: String,
}

impl Listener {
    /// The plugin as it is now, if it lets browsers listen at all.
    async fn plugin(&self) -> Option<PluginName> {
        let name = PluginName::parse(&self.name).ok()?;
        let found = tokio::time::timeout(self.web.page, self.web.manager.find(&name)).await;
        let active = found.ok()?.ok()?;
        active.registration.event_authorizer.as_ref()?;
        Some(name)
    }

    /// Whether the plugin's authorizer says so, for whoever this is by now.
    async fn may(&self, plugin: &PluginName) -> bool {
        let visit = Visit::of(&self.web, &self.request).await;
        let session = visit.session(&self.web, EntryKind::Route, &self.channel, self.web.page);
        let manager = &self.web.manager;
        match manager.may_listen(&session, plugin, &self.channel).await {
            Ok(may) => may,
            Err(error) => {
                tracing::warn!("{}: {error}", self.request.uri.path());
                false
            }
        }
    }

    /// The same, of the version that serves now.
    async fn still_may(&self) -> bool {
        match self.plugin().await {
            Some(plugin) => self.may(&plugin).await,
            None => false,
        }
    }
}

fn stream(
    listener: Listener,
    subscription: Subscription,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let mut again = interval_at(Instant::now() + AGAIN, AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stopping: Stopping = Box::pin(listener.web.manager.stopping());
    unfold((listener, subscription, again, stopping), next)
}

type Stopping = Pin<Box<dyn Future<Output = ()> + Send>>;

type Going = (Listener, Subscription, Interval, Stopping);

/// The next event, or the end.
async fn next(
    (listener, mut subscription, mut again, mut stopping): Going,
) -> Option<(Result<Event, Infallible>, Going)> {
    loop {
        tokio::select! {
            heard = subscription.next() => {
                let event = shown(&heard);
                return Some((Ok(event), (listener, subscription, again, stopping)));
            }
            () = &mut stopping => return None,
            _ = again.tick() => {
                if !listener.still_may().await {
                    return None;
                }
            }
        }
    }
}

/// `event` is the kind, `data` one line of JSON: `{"channel", "data", "lost"}`, the last of which
/// says how many events did not come through before this one.
fn shown(heard: &Heard) -> Event {
    let Heard { lost, event } = heard;
    let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
    let data = json!({ "channel": Arc::clone(event).channel, "data": data, "lost": lost });
    Event::default()
        .id(event.id.to_string())
        .event(&event.kind)
        .data(data.to_string())
}
