//! One rule of a grant, e.g. `GET https://*.example.com/v1/* in 10.0.0.0/8`: read once, made
//! normal, and held against requests. Pure; `grant.rs` keeps the rules of a plugin.

use std::fmt;
use std::net::IpAddr;

use ::http::Method;
use ipnet::IpNet;

use super::address;
use super::headers::method;
use super::target::Target;
use crate::Fault;

/// Bytes of a rule, as it is written and as it is normal: it stands in consent, refusals and
/// the audit.
pub(super) const MAX_RULE_BYTES: usize = 1024;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// None is every method.
    method: Option<Method>,
    scheme: &'static str,
    host: HostPattern,
    /// None is every port.
    port: Option<u16>,
    path: String,
    /// Whether the path is a beginning.
    open: bool,
    /// The addresses that are not public and may be reached.
    networks: Vec<IpNet>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPattern {
    /// This host. The flag tells that it names its addresses itself.
    Exact(String, Names),
    /// Every host whose name ends like this, which begins with a dot.
    Below(String),
    /// Every host, by its name or by its address.
    Every,
}

/// Where the addresses of a host stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// In the host itself: it is an address, or `localhost`.
    Itself,
    /// In the rule, as far as they are not public.
    Rule,
}

impl Pattern {
    /// Reads a rule; else what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_RULE_BYTES {
            return Err(format!("has more than {MAX_RULE_BYTES} bytes"));
        }
        let shape = "is written as in `GET https://api.example.com/v1/*`: a method or `*`, and a URL \
                     whose path may end in `*`; what is not public is named behind, as in \
                     ` in 10.0.0.0/8`";
        let (verb, rest) = text.split_once(' ').ok_or(shape)?;
        let (url, networks) = match rest.split_once(" in ") {
            Some((url, networks)) => (url, Some(networks)),
            None => (rest, None),
        };
        let verb = match verb {
            "*" => None,
            verb => Some(method(verb).map_err(inner)?),
        };
        let (scheme, rest) = match url.split_once("://").ok_or(shape)? {
            ("http", rest) => ("http", rest),
            ("https", rest) => ("https", rest),
            _ => return Err("has a scheme that is neither `http` nor `https`".to_owned()),
        };
        let (open, rest) = match rest.strip_suffix('*') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if open && path.is_empty() {
            return Err("has a `*` in its port or host: a path begins with `/`".to_owned());
        }
        let (authority, any_port) = match authority.strip_suffix(":*") {
            Some(authority) => (authority, true),
            None => (authority, false),
        };
        let (hosts, authority) = Hosts::read(authority);
        if rest.contains(['?', '#']) {
            return Err("has a query or a fragment: queries are free".to_owned());
        }
        if authority.contains('*') || path.contains('*') {
            return Err(
                "has a `*` that is neither its method, its host or the beginning `*.` of it, its \
                 port nor the end of its path"
                    .to_owned(),
            );
        }
        let target = Target::parse(&format!("{scheme}://{authority}{path}")).map_err(inner)?;
        if !path.is_empty() && target.path() != path {
            let normal = target.path();
            return Err(format!(
                "has a path that is sent as `{normal}`: write it like that"
            ));
        }
        let (host, networks) = hosts.of(&target, networks)?;
        let pattern = Self {
            method: verb,
            scheme,
            host,
            port: (!any_port).then(|| target.port()),
            path: target.path().to_owned(),
            open,
            networks,
        };
        if pattern.to_string().len() > MAX_RULE_BYTES {
            return Err(format!(
                "has more than {MAX_RULE_BYTES} bytes when it is normal"
            ));
        }
        Ok(pattern)
    }

    /// Whether a request is allowed, wherever its host leads to.
    pub(super) fn permits(&self, method: &Method, target: &Target) -> bool {
        self.method.as_ref().is_none_or(|own| own == method)
            && self.scheme == target.scheme()
            && self.port.is_none_or(|own| own == target.port())
            && self.host.holds(target.host(), target.address().is_some())
            && self.holds_path(target.path())
    }

    /// Whether all of these addresses may be reached.
    pub(super) fn reaches(&self, addresses: &[IpAddr]) -> bool {
        let mut addresses = addresses.iter();
        addresses.all(|address| address::reaches(&self.networks, *address))
    }

    /// Whether it allows all that another allows.
    pub(super) fn covers(&self, inner: &Self) -> bool {
        (self.method.is_none() || self.method == inner.method)
            && self.scheme == inner.scheme
            && (self.port.is_none() || self.port == inner.port)
            && self.host.covers(&inner.host)
            && (self.open || !inner.open)
            && self.holds_path(&inner.path)
            && address::cover(&self.networks, &inner.networks)
    }

    fn holds_path(&self, path: &str) -> bool {
        if self.open {
            path.starts_with(&self.path)
        } else {
            path == self.path
        }
    }

    /// What it allows, as the end of a sentence that begins with "It may".
    pub(super) fn consent(&self) -> String {
        let method = match &self.method {
            Some(method) => format!("{method} requests"),
            None => "requests of every method".to_owned(),
        };
        let (port, rest) = (self.shown_port(), if self.open { "…" } else { "" });
        let place = match &self.host {
            HostPattern::Exact(host, _) => {
                format!("{}://{host}{port}{}{rest}", self.scheme, self.path)
            }
            HostPattern::Below(end) => format!(
                "every host whose name ends in `{end}`, at {}://…{end}{port}{}{rest}",
                self.scheme, self.path
            ),
            HostPattern::Every => {
                format!(
                    "every host there is, at {}://…{port}{}{rest}",
                    self.scheme, self.path
                )
            }
        };
        let warning = match self.networks.as_slice() {
            [] => String::new(),
            nets if address::are_loopback(nets) => {
                " (this machine itself, with what listens there for nobody else)".to_owned()
            }
            nets => format!(
                " (also where that is inside your own network: {})",
                joined(nets, ", ")
            ),
        };
        format!("send {method} to {place}{warning}")
    }

    fn shown_port(&self) -> String {
        match (self.scheme, self.port) {
            ("http", Some(80)) | ("https", Some(443)) => String::new(),
            (_, Some(port)) => format!(":{port}"),
            (_, None) => ":*".to_owned(),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.as_ref().map_or("*", Method::as_str);
        write!(f, "{method} {}://", self.scheme)?;
        match &self.host {
            HostPattern::Exact(host, _) => f.write_str(host)?,
            HostPattern::Below(end) => write!(f, "*{end}")?,
            HostPattern::Every => f.write_str("*")?,
        }
        write!(f, "{}{}", self.shown_port(), self.path)?;
        if self.open {
            f.write_str("*")?;
        }
        let itself = matches!(self.host, HostPattern::Exact(_, Names::Itself));
        if !itself && !self.networks.is_empty() {
            write!(f, " in {}", joined(&self.networks, ","))?;
        }
        Ok(())
    }
}

impl HostPattern {
    fn holds(&self, host: &str, is_address: bool) -> bool {
        match self {
            Self::Exact(own, _) => own == host,
            Self::Below(end) => !is_address && host.len() > end.len() && host.ends_with(end),
            Self::Every => true,
        }
    }

    fn covers(&self, inner: &Self) -> bool {
        match (self, inner) {
            (Self::Every, _) => true,
            (_, Self::Every) => false,
            (Self::Exact(own, _), Self::Exact(host, _)) => own == host,
            (Self::Exact(..), Self::Below(_)) => false,
            (Self::Below(end), Self::Below(host)) => host.ends_with(end),
            // An address has digits at its end, and what `end` names has none there.
            (Self::Below(end), Self::Exact(host, _)) => {
                host.len() > end.len() && host.ends_with(end)
            }
        }
    }
}

/// Which hosts a rule is about, before its host is read.
#[derive(Clone, Copy)]
enum Hosts {
    One,
    Below,
    Every,
}

impl Hosts {
    /// The kind, and an authority that can be read.
    fn read(authority: &str) -> (Self, String) {
        match authority.strip_prefix('*') {
            // Any host stands for every one, so that the port can be read.
            Some(port) if port.is_empty() || port.starts_with(':') => {
                (Self::Every, format!("every.invalid{port}"))
            }
            _ => match authority.strip_prefix("*.") {
                Some(authority) => (Self::Below, authority.to_owned()),
                None => (Self::One, authority.to_owned()),
            },
        }
    }

    /// The host that was read, and the addresses that may be reached there.
    fn of(
        self,
        target: &Target,
        networks: Option<&str>,
    ) -> Result<(HostPattern, Vec<IpNet>), String> {
        let named = || networks.map_or(Ok(Vec::new()), address::read);
        let host = target.host().to_owned();
        match self {
            Self::Every => return Ok((HostPattern::Every, named()?)),
            Self::Below if target.address().is_some() => {
                return Err("has a `*.` before an address".to_owned());
            }
            Self::Below => return Ok((HostPattern::Below(format!(".{host}")), named()?)),
            Self::One => {}
        }
        let Some(own) = address::of_host(&host, target.address()) else {
            return Ok((HostPattern::Exact(host, Names::Rule), named()?));
        };
        if networks.is_some() {
            return Err(format!(
                "names addresses, and `{host}` names its own: leave ` in …` out"
            ));
        }
        if let Some(address) = target.address()
            && (address.to_canonical() != address || !address::reaches(&own, address))
        {
            return Err(format!(
                "names the address {address}, which is never reached: it is a group, reserved, or \
                 carries another address"
            ));
        }
        Ok((HostPattern::Exact(host, Names::Itself), own))
    }
}

fn joined(networks: &[IpNet], between: &str) -> String {
    let texts: Vec<String> = networks.iter().map(ToString::to_string).collect();
    texts.join(between)
}

fn inner(fault: Fault) -> String {
    match fault {
        Fault::Invalid(text) | Fault::TooLarge(text) => format!("cannot be read: {text}"),
        other => other.to_string(),
    }
}
