//! Which requests a plugin may send: its rules, and a request held against them. What is
//! granted changes while plugins run; a look at it takes no lock and allocates nothing.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::http::Method;
use arc_swap::ArcSwap;
use goatkit_package::PluginName;
use serde_json::Value;

use super::address::{self, Standing};
use super::pattern::Pattern;
use super::target::Target;
use crate::grants::{GrantKind, RuleKind};
use crate::json_schema::shortened;
use crate::{Denial, Fault};

/// How requests are asked and granted: rules such as `GET https://api.example.com/v1/*`.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules,
    covers,
    consent,
});

/// Rules of one grant: a person reads them all before consenting.
const MAX_RULES: usize = 100;

/// Bytes of a rule that an error shows.
const MAX_SHOWN_BYTES: usize = 200;

fn rules(_: &PluginName, value: &Value) -> Result<Vec<String>, Vec<String>> {
    let written = || {
        vec![
            "`http` is written as a list of rules, as in \
             [\"GET https://api.example.com/v1/*\"]"
                .to_owned(),
        ]
    };
    let list = value.as_array().ok_or_else(written)?;
    if list.len() > MAX_RULES {
        return Err(vec![format!("`http` has more than {MAX_RULES} entries")]);
    }
    let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
    let (mut patterns, mut wrong) = (Vec::new(), Vec::new());
    for text in texts.ok_or_else(written)? {
        match Pattern::parse(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(what) => {
                let text = shortened(text, MAX_SHOWN_BYTES);
                wrong.push(format!("`http`: `{text}` {what}"));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(normal(&patterns))
}

/// The texts of rules, sorted, each once and none that another covers: that would make two
/// texts of equal grants.
fn normal(patterns: &[Pattern]) -> Vec<String> {
    let covered = |pattern: &Pattern| {
        let mut others = patterns.iter();
        others.any(|other| other != pattern && other.covers(pattern))
    };
    let kept = patterns.iter().filter(|pattern| !covered(pattern));
    let mut texts: Vec<String> = kept.map(ToString::to_string).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

fn covers(outer: &str, inner: &str) -> bool {
    match (Pattern::parse(outer), Pattern::parse(inner)) {
        (Ok(outer), Ok(inner)) => outer.covers(&inner),
        _ => false,
    }
}

fn consent(rules: &[&str]) -> Vec<String> {
    let patterns = rules.iter().filter_map(|text| Pattern::parse(text).ok());
    patterns.map(|pattern| pattern.consent()).collect()
}

/// What one plugin was granted. Clones share it; what is set takes effect at the plugin's next
/// request.
#[derive(Clone, Default)]
pub struct Granted(Arc<ArcSwap<Patterns>>);

/// Rules, each with how often it allowed a request.
type Patterns = Vec<(Pattern, Arc<AtomicU64>)>;

impl Granted {
    /// Nothing granted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Replaces what is granted: rules, each with the counter of its uses. A text that is no
    /// rule grants nothing.
    pub fn set(&self, rules: Vec<(String, Arc<AtomicU64>)>) {
        let read = |(text, uses): (String, _)| Some((Pattern::parse(&text).ok()?, uses));
        self.0
            .store(Arc::new(rules.into_iter().filter_map(read).collect()));
    }

    /// Whether a request may be sent, wherever its host leads to. It counts nothing: what was
    /// asked here is asked again with addresses.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub fn permits(&self, method: &Method, target: &Target) -> Result<(), Fault> {
        let patterns = self.0.load();
        let mut patterns = patterns.iter();
        if patterns.any(|(pattern, _)| pattern.permits(method, target)) {
            return Ok(());
        }
        let rule = format!("{method} {}", target.shown());
        Err(denied(
            rule.clone(),
            format!("add `{rule}` under `capabilities.http` in manifest.yaml and grant it"),
        ))
    }

    /// Whether a request may be sent to all of the addresses that its host has; counts the use
    /// of the first rule that allows that.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub fn permits_at(
        &self,
        method: &Method,
        target: &Target,
        addresses: &[IpAddr],
    ) -> Result<(), Fault> {
        let patterns = self.0.load();
        let mut permitting = patterns
            .iter()
            .filter(|(pattern, _)| pattern.permits(method, target));
        match permitting.find(|(pattern, _)| pattern.reaches(addresses)) {
            Some((_, uses)) => {
                uses.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            None => {
                // The grant may have changed since the host was looked up.
                self.permits(method, target)?;
                Err(denied_at(method, target, addresses))
            }
        }
    }
}

fn denied_at(method: &Method, target: &Target, addresses: &[IpAddr]) -> Fault {
    let rule = format!("{method} {}", target.shown());
    let hidden = |address: &&IpAddr| address::standing(**address) != Standing::Public;
    let Some(address) = addresses.iter().find(hidden) else {
        return denied(rule, "grant it again".to_owned());
    };
    let address = address.to_canonical();
    let never = addresses
        .iter()
        .find(|it| address::standing(**it) == Standing::Never);
    match never {
        Some(never) => denied(
            format!("{rule} at {never}"),
            "no grant allows that: the address is a group, reserved, or carries another \
             address; let the host's name lead elsewhere"
                .to_owned(),
        ),
        None => denied(
            format!("{rule} at {address}"),
            format!(
                "the address is not public: add `{rule} in {}` under `capabilities.http` in \
                 manifest.yaml and grant it",
                ipnet::IpNet::from(address)
            ),
        ),
    }
}

fn denied(asked: String, remedy: String) -> Fault {
    Fault::Denied(Denial {
        capability: "http".to_owned(),
        asked,
        remedy,
    })
}
