//! events: what a plugin tells whoever listens.
//!
//! Gives: events on the plugin's own channels, as far as they are granted, for other plugins and
//! for browsers. Never: another plugin's channel, an event that is kept for later, a listener
//! that makes a publisher wait, or more than the room's rate.
//!
//! Not here: who may listen. Whoever subscribes for a browser or a plugin asks that first.

mod backend;
mod grant;
mod rate;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use serde::de::IgnoredAny;

use crate::audit::Auditor;
use crate::{Clock, Fault, Scope};

pub use backend::{
    Bus, Event, Full, Heard, MAX_LISTENERS, MAX_LISTENERS_OF_CHANNEL, QUEUE, QUEUE_BYTES,
    Subscription, WATCHED, WATCHED_BYTES,
};
pub use grant::{GRANT, Granted, MAX_NAME_BYTES, is_name};
pub use rate::EVENTS_PER_SECOND;

use rate::Rate;

/// Bytes of one event's data: it is kept once and sent to each that listens. An event says what
/// happened; who wants to know more asks for it.
pub const MAX_DATA_BYTES: usize = 64 * 1024;

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Events {
    auditor: Auditor,
    granted: Granted,
    bus: Arc<Bus>,
    clock: Arc<dyn Clock>,
    rate: Arc<Mutex<Rate>>,
}

impl Events {
    /// A handle of the auditor's plugin on the bus, under a grant that may change.
    pub fn new(auditor: Auditor, granted: Granted, bus: Arc<Bus>, clock: Arc<dyn Clock>) -> Self {
        let rate = Arc::new(Mutex::new(Rate::full(clock.now())));
        Self {
            auditor,
            granted,
            bus,
            clock,
            rate,
        }
    }

    /// Publishes on one of the plugin's channels: how many listen to that channel.
    ///
    /// # Errors
    /// [`Fault::Denied`] when the channel is not granted; [`Fault::Invalid`] for a channel or a
    /// kind that is no name, and for data that is no JSON; [`Fault::TooLarge`] over
    /// [`MAX_DATA_BYTES`]; [`Fault::Failed`] with `rate-limited` over [`EVENTS_PER_SECOND`];
    /// [`Fault::Unavailable`] while the plugin registers.
    pub fn publish(
        &self,
        scope: &Scope,
        channel: &str,
        kind: &str,
        data: String,
    ) -> Result<u32, Fault> {
        let facts = scope.call()?;
        let permitted = self.granted.permits(channel);
        self.auditor.heard(scope, permitted)?;
        check_name("channel", channel)?;
        check_name("kind", kind)?;
        check_data(&data)?;
        self.take()?;
        Ok(self.bus.publish(Event {
            id: 0,
            plugin: self.auditor.plugin().clone(),
            channel: channel.to_owned(),
            kind: kind.to_owned(),
            data,
            session: Arc::clone(&facts.session),
            depth: facts.within.depth,
        }))
    }

    /// Takes one event's place within the rate: last, so that what is refused takes none.
    fn take(&self) -> Result<(), Fault> {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        if rate.take(self.clock.now()) {
            return Ok(());
        }
        Err(Fault::failed(
            "rate-limited",
            format!("a plugin publishes at most {EVENTS_PER_SECOND} events a second"),
        ))
    }
}

fn check_name(what: &str, text: &str) -> Result<(), Fault> {
    if is_name(text) {
        return Ok(());
    }
    // Its text is the guest's, and may be anything.
    let text = crate::json_schema::shortened(text, MAX_NAME_BYTES);
    Err(Fault::Invalid(format!(
        "the {what} `{}` is not made of words of a-z, 0-9, - and _ with dots between them, of at \
         most {MAX_NAME_BYTES} bytes",
        text.escape_debug()
    )))
}

fn check_data(data: &str) -> Result<(), Fault> {
    if data.len() > MAX_DATA_BYTES {
        let most = MAX_DATA_BYTES >> 10;
        return Err(Fault::TooLarge(format!(
            "the data of an event has more than {most} KiB"
        )));
    }
    serde_json::from_str::<IgnoredAny>(data)
        .map(drop)
        .map_err(|error| Fault::Invalid(format!("the data of an event is no JSON: {error}")))
}
