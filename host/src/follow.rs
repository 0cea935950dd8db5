//! What a host tells without an end, line by line as it comes. `office` asks for it.

use std::io;

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::office::{Connection, OfficeError, lost};

/// Bytes of one line at most: what a host tells in one is far from it.
const MAX_LINE: usize = 16 << 20;

/// Lines of JSON, until the host ends them or this is dropped.
pub struct Follow {
    body: Body,
    /// What came after the last whole line.
    rest: Vec<u8>,
    _connection: Connection,
}

impl Follow {
    pub(crate) fn new(body: Body, connection: Connection) -> Self {
        Self {
            body,
            rest: Vec::new(),
            _connection: connection,
        }
    }

    /// The next one; nothing when the host has no more to tell.
    ///
    /// # Errors
    /// [`OfficeError::Connection`]: the connection broke off, or what came is no line of JSON.
    pub async fn next(&mut self) -> Result<Option<Value>, OfficeError> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return serde_json::from_slice(&line).map(Some).map_err(lost);
            }
            if self.rest.len() > MAX_LINE {
                return Err(lost(io::Error::other("a line without an end")));
            }
            let Some(frame) = self.body.frame().await else {
                return Ok(None);
            };
            if let Ok(data) = frame.map_err(lost)?.into_data() {
                self.rest.extend_from_slice(&data);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn check(text: &'static str, expect: &[&str]) -> Option<OfficeError> {
        let mut follow = Follow::new(Body::from(text), Connection::none());
        let mut told = Vec::new();
        loop {
            match follow.next().await {
                Ok(Some(value)) => told.push(value.to_string()),
                Ok(None) => break,
                Err(error) => return Some(error),
            }
        }
        assert_eq!(told, expect);
        None
    }

    #[tokio::test]
    async fn each_line_is_told_and_half_a_line_is_not() {
        assert!(check("1\n{\"a\":2}\n", &["1", "{\"a\":2}"]).await.is_none());
        assert!(check("", &[]).await.is_none());
        assert!(check("1\n{\"a\"", &["1"]).await.is_none());
        assert!(check("nothing\n", &[]).await.is_some());
    }
}
