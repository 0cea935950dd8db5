//! Requests: granted by the session, answered by it, and kept for the test. Nothing is sent.

use std::cell::RefCell;
use std::time::Duration;

use super::config;
use crate::http::Response;
use crate::testing::{Sent, denied, session};
use crate::types::Fault;

/// As many as a host sends at the same time.
const MOST_AT_ONCE: usize = 16;

/// As many redirects as a host follows.
const MOST_REDIRECTS: u32 = 10;

/// Headers that say where a request goes, how long it is or what becomes of the connection.
const HOSTS_HEADERS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "http2-settings",
];

/// A request that is being put together.
#[derive(Debug, Default)]
pub(crate) struct Request(RefCell<Parts>);

#[derive(Debug, Default)]
struct Parts {
    sent: Sent,
    secrets: Vec<Secret>,
}

/// A header with a secret, which is looked up when the request is sent.
#[derive(Debug)]
struct Secret {
    name: String,
    before: String,
    key: String,
}

impl Request {
    pub(crate) fn new(method: &str, url: &str) -> Self {
        let request = Self::default();
        request.0.borrow_mut().sent = Sent {
            method: method.to_owned(),
            url: url.to_owned(),
            ..Sent::default()
        };
        request
    }

    pub(crate) fn header(&self, name: &str, value: &[u8]) -> Result<(), Fault> {
        check(name, value)?;
        let header = (name.to_ascii_lowercase(), value.to_vec());
        self.0.borrow_mut().sent.headers.push(header);
        Ok(())
    }

    pub(crate) fn secret_header(&self, name: &str, before: &str, key: &str) -> Result<(), Fault> {
        check(name, before.as_bytes())?;
        self.0.borrow_mut().secrets.push(Secret {
            name: name.to_ascii_lowercase(),
            before: before.to_owned(),
            key: key.to_owned(),
        });
        Ok(())
    }

    pub(crate) fn body(&self, bytes: &[u8]) -> Result<(), Fault> {
        self.0.borrow_mut().sent.body = Some(bytes.to_vec());
        Ok(())
    }

    pub(crate) fn timeout(&self, milliseconds: u64) -> Result<(), Fault> {
        self.0.borrow_mut().sent.timeout = Some(Duration::from_millis(milliseconds));
        Ok(())
    }

    pub(crate) fn redirects(&self, most: u32) -> Result<(), Fault> {
        if most > MOST_REDIRECTS {
            return Err(Fault::Invalid(format!(
                "a request follows at most {MOST_REDIRECTS} redirects, not {most}"
            )));
        }
        self.0.borrow_mut().sent.redirects = most;
        Ok(())
    }
}

fn check(name: &str, value: &[u8]) -> Result<(), Fault> {
    let lower = name.to_ascii_lowercase();
    if HOSTS_HEADERS.contains(&&*lower) || lower.starts_with("proxy-") {
        return Err(Fault::Invalid(format!(
            "the header `{lower}` is the host's"
        )));
    }
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Fault::Invalid(format!("`{lower}` is no name of a header")));
    }
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(Fault::Invalid(format!(
            "the header `{lower}` has a line break or a NUL in its value"
        )));
    }
    Ok(())
}

pub(crate) fn send(request: Request) -> Result<Response, Fault> {
    let Parts { mut sent, secrets } = request.0.into_inner();
    let asked = format!("{} {}", sent.method, sent.url);
    if !session(|session| session.powers.grants.request(&sent.method, &sent.url)) {
        let remedy =
            format!("add `{asked}` under `capabilities.http` in manifest.yaml and grant it");
        return Err(denied("http", asked, remedy));
    }
    for Secret { name, before, key } in secrets {
        let Some(secret) = config::secret(&key)? else {
            return Err(Fault::Invalid(format!(
                "the header `{name}` needs the secret `{key}`, which is not set"
            )));
        };
        sent.headers
            .push((name, format!("{before}{secret}").into()));
    }
    session(|session| {
        let answer = session.powers.offers.answer_to(&sent);
        session.powers.world.borrow_mut().requests.push(sent);
        answer
    })
}

pub(crate) fn send_many(requests: Vec<Request>) -> Result<Vec<Result<Response, Fault>>, Fault> {
    if requests.len() > MOST_AT_ONCE {
        return Err(Fault::TooLarge(format!(
            "at most {MOST_AT_ONCE} requests are sent at the same time, not {}",
            requests.len()
        )));
    }
    Ok(requests.into_iter().map(send).collect())
}
