//! Events: granted by the session, and kept for the test. Nobody listens.

use serde_json::Value;

use crate::testing::{Published, denied, session};
use crate::types::Fault;

/// Bytes of a channel's or a kind's name, as a host has it.
const MAX_NAME_BYTES: usize = 64;

/// Bytes of an event's data, as a host has it.
const MAX_DATA_BYTES: usize = 64 << 10;

pub(crate) fn publish(channel: &str, kind: &str, data: &str) -> Result<u32, Fault> {
    if !session(|session| session.powers.grants.channel(channel)) {
        return Err(denied(
            "events",
            format!("publish {channel}"),
            format!("add `{channel}` under `capabilities.events` in manifest.yaml and grant it"),
        ));
    }
    for (what, name) in [("channel", channel), ("kind", kind)] {
        if !is_name(name) {
            return Err(Fault::Invalid(format!(
                "`{name}` is no {what} of an event: words of a-z, 0-9, `-` and `_` with dots \
                 between them, of at most {MAX_NAME_BYTES} bytes"
            )));
        }
    }
    if data.len() > MAX_DATA_BYTES {
        let most = MAX_DATA_BYTES >> 10;
        return Err(Fault::TooLarge(format!(
            "the data of an event has at most {most} KiB"
        )));
    }
    let data: Value = serde_json::from_str(data)
        .map_err(|error| Fault::Invalid(format!("the event's data: {error}")))?;
    session(|session| {
        let events = &mut session.powers.world.borrow_mut().events;
        events.push(Published {
            channel: channel.to_owned(),
            kind: kind.to_owned(),
            data,
        });
    });
    Ok(0)
}

fn is_name(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(inner);
    text.len() <= MAX_NAME_BYTES && text.split('.').all(is_word)
}
