//! Where a request goes: one parser for everything that names a URL. What it read is what the
//! grant looks at, what is resolved, and what is sent.

use std::net::IpAddr;

use ::http::HeaderValue;
use ::http::uri::PathAndQuery;
use url::{Host, Url};

use crate::Fault;
use crate::json_schema::shortened;

/// Bytes of a URL. Servers refuse longer ones, and it is kept and printed.
pub const MAX_URL_BYTES: usize = 8 * 1024;

/// Bytes of a host's name, as in DNS.
const MAX_HOST_BYTES: usize = 253;

/// Bytes of a URL that a refusal shows.
const MAX_SHOWN_BYTES: usize = 256;

/// A URL that a request may be sent to, if it is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: String,
    address: Option<IpAddr>,
    port: u16,
    sent: PathAndQuery,
}

impl Target {
    /// Reads an absolute URL. Its fragment is left out: it is never sent.
    ///
    /// # Errors
    /// [`Fault::Invalid`] for what is no URL of http or https, and for what two readers may
    /// understand in two ways; [`Fault::TooLarge`] beyond [`MAX_URL_BYTES`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > MAX_URL_BYTES {
            let most = MAX_URL_BYTES >> 10;
            return Err(Fault::TooLarge(format!("the URL has more than {most} KiB")));
        }
        let wrong = |what: &str| {
            let text = shortened(text, MAX_SHOWN_BYTES);
            Fault::Invalid(format!("the URL {text:?} {what}"))
        };
        as_written(text).map_err(wrong)?;
        let mut url = Url::parse(text).map_err(|error| wrong(&format!("is none: {error}")))?;
        url.set_fragment(None);
        Self::checked(url).map_err(wrong)
    }

    /// Reads a URL whose parts arrive apart. Each has to be what it is called, so that none
    /// becomes another's end or beginning.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub(super) fn of_parts(scheme: &str, authority: &str, path: &str) -> Result<Self, Fault> {
        let wrong = |what: &str, part: &str| {
            let part = shortened(part, MAX_SHOWN_BYTES);
            Fault::Invalid(format!("{part:?} is no {what} of a request"))
        };
        if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err(wrong("scheme", scheme));
        }
        let delimits = |c: char| matches!(c, '/' | '?' | '#' | '@' | '\\');
        if authority.is_empty() || authority.contains(delimits) {
            return Err(wrong("authority", authority));
        }
        let begins = path.is_empty() || path.starts_with(['/', '?']) && !path.starts_with("//");
        if !begins || path.contains('#') {
            return Err(wrong("path", path));
        }
        Self::parse(&format!("{scheme}://{authority}{path}"))
    }

    /// Reads what a server named as the next place, relative to this one.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub(super) fn join(&self, location: &str) -> Result<Self, Fault> {
        let wrong = |what: &str| {
            let text = shortened(location, MAX_SHOWN_BYTES);
            Fault::Invalid(format!("the redirect to {text:?} {what}"))
        };
        if location.len() > MAX_URL_BYTES {
            return Err(wrong("is too long"));
        }
        characters(location).map_err(wrong)?;
        let joined = self.url.join(location);
        let joined = joined.map_err(|error| wrong(&format!("leads nowhere: {error}")))?;
        Self::parse(joined.as_str())
    }

    fn checked(url: Url) -> Result<Self, &'static str> {
        let (host, address) = match url.host() {
            Some(Host::Domain(name)) => (name, None),
            Some(Host::Ipv4(address)) => ("", Some(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => ("", Some(IpAddr::V6(address))),
            None => return Err("has no host"),
        };
        if address.is_none() && (host.is_empty() || host.len() > MAX_HOST_BYTES) {
            return Err("has a host that is empty or longer than 253 bytes");
        }
        if host.ends_with('.') || host.starts_with('.') || host.contains("..") {
            return Err("has a host with an empty part: leave the dot out");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("carries a name or password: send a header instead");
        }
        let port = url.port_or_known_default().filter(|port| *port != 0);
        let port = port.ok_or("has no port that can be connected to")?;
        path(url.path())?;
        let text = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let sent = PathAndQuery::try_from(text.as_str());
        let sent = sent.ok().filter(|sent| sent.as_str() == text);
        let sent = sent.ok_or("has characters that cannot be sent: percent-encode them")?;
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self {
            url,
            host,
            address,
            port,
            sent,
        })
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// Whether it is reached through TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.scheme() == "https"
    }

    /// The host as it is sent: a name in lower case, or an address, in brackets if it is IPv6.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host, if it is an address.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path as it is sent.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// The path and the query as they are sent.
    pub(super) fn sent(&self) -> &PathAndQuery {
        &self.sent
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The host, with the port if it is not the scheme's.
    pub(super) fn authority(&self) -> String {
        match self.url.port() {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The value of the header `host`.
    pub(super) fn host_header(&self) -> Result<HeaderValue, Fault> {
        let value = HeaderValue::try_from(self.authority());
        value.map_err(|_| Fault::Invalid("the host cannot stand in a header".to_owned()))
    }

    /// Whether both have one scheme, host and port.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        (self.scheme(), &self.host, self.port) == (other.scheme(), &other.host, other.port)
    }

    /// The URL for refusals: without its query, which may carry what nobody else is to read.
    pub(super) fn shown(&self) -> String {
        let authority = self.authority();
        let text = format!("{}://{authority}{}", self.scheme(), self.path());
        shortened(&text, MAX_SHOWN_BYTES)
    }
}

/// What is wrong with a URL before a parser mends it: parsers drop tabs and new lines, take `\`
/// for `/`, and find a host behind any number of slashes.
fn as_written(text: &str) -> Result<(), &'static str> {
    characters(text)?;
    let scheme = |name: &str| {
        let begin = text.get(..name.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(name))
    };
    let rest = ["http://", "https://"].into_iter().find(|it| scheme(it));
    let rest = rest.and_then(|scheme| text.get(scheme.len()..));
    let rest = rest.ok_or("begins with neither http:// nor https://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err("has no host");
    }
    if authority.contains('@') {
        return Err("carries a name or password: send a header instead");
    }
    Ok(())
}

fn characters(text: &str) -> Result<(), &'static str> {
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("holds control characters or spaces: percent-encode them");
    }
    if text.contains('\\') {
        return Err("holds a backslash: percent-encode it in the query, leave it out elsewhere");
    }
    Ok(())
}

/// What is wrong with a path that the parser has made normal: servers that decode it once more
/// find other segments in it than the grant did.
fn path(path: &str) -> Result<(), &'static str> {
    let hides = |code: &[u8]| matches!(code, [b'%', b'2', b'f' | b'F'] | [b'%', b'5', b'c' | b'C']);
    let hidden = path.as_bytes().windows(3).any(hides);
    if hidden {
        return Err("has an encoded slash or backslash in its path");
    }
    if path.split('/').any(climbs) {
        return Err("has a segment that some servers read as `..`");
    }
    Ok(())
}

/// Whether a segment is `..` for servers that cut parameters off: `..;x`, `%2e%2e;x`.
fn climbs(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or_default();
    let dots = name.replace("%2e", ".").replace("%2E", ".");
    segment.contains(';') && (dots == "." || dots == "..")
}
