//! Addresses, names beside them, and patterns of addresses: parsed once, in one form, so that
//! what is compared with a grant is what goes to the server.
//!
//! Stricter than RFC 5322 on purpose. Quoted local parts, comments, groups, source routes and
//! address literals are read differently by different servers; what nobody writes is refused.

use std::fmt;

use url::Host;

use crate::json_schema::shortened;

/// Bytes of an address with its name: more is no address that anybody has, and it stands in
/// errors and in the audit.
pub(super) const MAX_MAILBOX_BYTES: usize = 512;

/// Bytes of the part before the `@`, and of the whole domain (RFC 5321, 4.5.3.1).
const MAX_LOCAL_BYTES: usize = 64;
const MAX_DOMAIN_BYTES: usize = 253;

/// Bytes of one label of a domain (RFC 1035, 2.3.4).
const MAX_LABEL_BYTES: usize = 63;

/// Bytes of what somebody else wrote, in an error.
pub(super) const MAX_SHOWN_BYTES: usize = 120;

/// What a local part consists of besides letters and digits. Of what RFC 5322 allows, `%` and
/// `!` route mail on, `*` is a pattern, and the rest means something to a shell.
const LOCAL_MARKS: &[u8] = b"._+-'=&~#";

/// An address such as `stats@example.com`. The domain is in lower case and ASCII. The local
/// part is as it was written: whether its case matters, only its server knows, and a grant that
/// guessed would allow a mailbox that nobody named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// Reads an address; else what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (local, domain) = text
            .split_once('@')
            .ok_or("it has no `@`: write name@example.com")?;
        let local = checked_local(local)?;
        let domain = checked_domain(domain)?;
        Ok(Self {
            text: format!("{local}@{domain}"),
            at: local.len(),
        })
    }

    /// The whole address.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// What is behind the `@`.
    pub(super) fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Addresses that are granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pattern {
    /// `*`.
    Everybody,
    /// `*@example.com`: that domain, and none below it.
    Domain(String),
    /// `ann@example.com`.
    One(Address),
}

impl Pattern {
    /// Reads a pattern; else what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Everybody);
        }
        match text.strip_prefix("*@") {
            Some(domain) => checked_domain(domain).map(Self::Domain),
            None => Address::parse(text).map(Self::One),
        }
    }

    /// Whether an address is among them.
    pub(super) fn permits(&self, address: &Address) -> bool {
        match self {
            Self::Everybody => true,
            Self::Domain(domain) => domain == address.domain(),
            Self::One(one) => one == address,
        }
    }

    /// Whether all addresses of another pattern are among them.
    pub(super) fn covers(&self, inner: &Self) -> bool {
        match inner {
            Self::One(address) => self.permits(address),
            _ => *self == Self::Everybody || self == inner,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everybody => f.write_str("*"),
            Self::Domain(domain) => write!(f, "*@{domain}"),
            Self::One(address) => address.fmt(f),
        }
    }
}

/// An address, with or without a name: `Ann <ann@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) name: Option<String>,
    pub(super) address: Address,
}

impl Mailbox {
    /// Reads an address with or without a name; else what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_matches(' ');
        let Some(inner) = text.strip_suffix('>') else {
            let address = Address::parse(text)?;
            return Ok(Self {
                name: None,
                address,
            });
        };
        let (name, address) = inner
            .split_once('<')
            .ok_or("its `>` has no `<`: write Name <name@example.com>")?;
        Ok(Self {
            name: checked_name(name)?,
            address: Address::parse(address)?,
        })
    }
}

/// Whether a text holds what ends a line, or is seen by programs and not by people.
pub(super) fn has_controls(text: &str) -> bool {
    text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// Whether a text is shown in another order than it is written: a file `gpj.exe` looks like
/// `exe.jpg` that way.
pub(super) fn changes_direction(text: &str) -> bool {
    text.contains(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

fn checked_local(local: &str) -> Result<&str, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || LOCAL_MARKS.contains(&byte);
    if local.is_empty() || !local.bytes().all(fits) {
        return Err(
            "before the `@` stand letters a-z, digits and any of ._+-'=&~# and nothing else"
                .to_owned(),
        );
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err("before the `@` a dot stands between two other characters".to_owned());
    }
    if local.len() > MAX_LOCAL_BYTES {
        return Err(format!(
            "before the `@` are more than {MAX_LOCAL_BYTES} bytes"
        ));
    }
    Ok(local)
}

/// A domain's name in the form in which it goes to the server: lower case, and `xn--` for what
/// is not ASCII. A letter that only looks like another is another domain.
fn checked_domain(domain: &str) -> Result<String, String> {
    let wrong = || {
        let shown = shortened(domain, MAX_SHOWN_BYTES);
        format!("{shown:?} is no domain's name, as in example.com")
    };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    if domain.len() > MAX_DOMAIN_BYTES || !domain.chars().all(fits) {
        return Err(wrong());
    }
    // An address of a machine is none of a mailbox, in whatever way it is written.
    let Ok(Host::Domain(domain)) = Host::parse(domain) else {
        return Err(wrong());
    };
    if domain.len() <= MAX_DOMAIN_BYTES && domain.split('.').all(is_label) {
        Ok(domain)
    } else {
        Err(wrong())
    }
}

fn is_label(label: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let edges = label.starts_with('-') || label.ends_with('-');
    (1..=MAX_LABEL_BYTES).contains(&label.len()) && label.bytes().all(fits) && !edges
}

/// A name beside an address. One with an `@` in it poses as an address; one with `=?` would be
/// decoded into something that nobody has looked at.
fn checked_name(name: &str) -> Result<Option<String>, String> {
    let name = name.trim_matches(' ');
    let quoted = name.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let name = quoted.unwrap_or(name).trim_matches(' ');
    if name.contains(['"', '\\', '<', '>', '@', '\u{ff20}', '\u{fe6b}']) {
        return Err("its name has a `\"`, `\\`, `<`, `>` or `@`: leave that out".to_owned());
    }
    if name.contains("=?") {
        return Err("its name has a `=?`: write the characters, the host encodes them".to_owned());
    }
    if has_controls(name) || changes_direction(name) {
        return Err("its name has a control character: leave that out".to_owned());
    }
    Ok(Some(name.to_owned()).filter(|it| !it.is_empty()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
