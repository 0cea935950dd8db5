//! Events of the plugin's own channels: for plugins that hook `on_event`, and for browsers that the
//! function marked `#[authorizes_events]` lets listen. Which channels is granted by name or
//! pattern.
//!
//! Events are not kept: whoever does not listen misses them.
//!
//! ```
//! use goatkit_plugin::{Fault, events, json};
//!
//! fn tell(ticket: u64) -> Result<u32, Fault> {
//!     events::publish("updates", "ticket-closed", &json!({ "ticket": ticket }))
//! }
//! # use goatkit_plugin::testing::Session;
//! # let session = Session::default().grant("events: updates");
//! # session.clone().run(|| tell(7)).unwrap();
//! # assert_eq!(session.events()[0].data, json!({ "ticket": 7 }));
//! ```

use serde::Serialize;

use crate::host;
use crate::types::Fault;

/// Publishes an event, and answers how many listened. `channel` and `kind` are words of `a-z`,
/// `0-9`, `-` and `_` with dots between them; `data` has at most 64 KiB as JSON.
///
/// [`Fault::Failed`] with `rate-limited` where the plugin publishes more than the host passes on.
pub fn publish(channel: &str, kind: &str, data: &impl Serialize) -> Result<u32, Fault> {
    let json = serde_json::to_string(data);
    let json = json.map_err(|error| Fault::Invalid(format!("the event's data: {error}")))?;
    host::events::publish(channel, kind, &json)
}
