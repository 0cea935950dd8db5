//! What a session was granted, as its texts say, and what that permits. A host judges more
//! strictly: here URLs are compared as they are written, tables and columns not at all.

use super::Session;
use crate::types::{Denial, Fault};

/// What one session was granted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    pub(crate) db: bool,
    app: Vec<String>,
    plugins: Vec<String>,
    events: Vec<String>,
    http: Vec<Pattern>,
    pub(crate) mail: Option<MailGrant>,
    /// Bytes.
    pub(crate) cache: Option<usize>,
    /// How many jobs.
    pub(crate) schedule: Option<usize>,
}

/// Whom mail may come from and go to: addresses, `*@example.com`, or `*`.
#[derive(Clone, Debug, Default)]
pub(crate) struct MailGrant {
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    pub(crate) per_hour: Option<usize>,
}

impl Session {
    /// With a grant, whole or as far as it says:
    ///
    /// - `db`: tables and columns are for the host to judge
    /// - `app: ticket.*, queue.list`: names and patterns of the application's functions
    /// - `plugins: stats, kb.search`: plugins, and functions of theirs
    /// - `events: updates, ticket.*`: names and patterns of the plugin's channels
    /// - `http`, or `http: GET https://example.com/v1/*, * https://example.org/hook`
    /// - `mail`, or `mail: from desk@example.com, to *@example.com, per_hour 10`
    /// - `cache`, or `cache: 4096` for so many bytes
    /// - `schedule`, or `schedule: 2` for so many jobs
    ///
    /// # Panics
    /// On a text that is none of these.
    #[track_caller]
    pub fn grant(mut self, grant: &str) -> Self {
        if !self.powers.grants.add(grant) {
            panic!(
                "`{grant}` is no grant: write `db`, `app: NAME, NAME.*`, \
                 `plugins: PLUGIN, PLUGIN.FUNCTION`, `events: CHANNEL, WORD.*`, `http: GET URL`, \
                 `mail: from ADDRESS, to ADDRESS, per_hour 10`, `cache: BYTES` or `schedule: JOBS`"
            );
        }
        self
    }

    /// Without what was granted of a capability, e.g. `db`. What was sent, kept and scheduled
    /// is there still.
    ///
    /// # Panics
    /// On a text that is no capability's name.
    #[track_caller]
    pub fn revoke(mut self, capability: &str) -> Self {
        if !self.powers.grants.revoke(capability) {
            panic!("`{capability}` is no capability that is granted");
        }
        self
    }
}

impl Grants {
    fn revoke(&mut self, room: &str) -> bool {
        match room {
            "db" => self.db = false,
            "app" => self.app.clear(),
            "plugins" => self.plugins.clear(),
            "events" => self.events.clear(),
            "http" => self.http.clear(),
            "mail" => self.mail = None,
            "cache" => self.cache = None,
            "schedule" => self.schedule = None,
            _ => return false,
        }
        true
    }

    /// Whether the text is a grant.
    #[track_caller]
    fn add(&mut self, text: &str) -> bool {
        let (room, said) = match text.split_once(':') {
            None => (text, None),
            Some((room, said)) => (room, Some(said.trim())),
        };
        match (room, said) {
            ("db", None) => self.db = true,
            ("app", Some(names)) => {
                let names = names.split(',').map(|name| name.trim().to_owned());
                self.app.extend(names.inspect(|name| check(name)));
            }
            ("plugins", Some(names)) => {
                let names = names.split(',').map(|name| of_plugin(name.trim()));
                self.plugins.extend(names.inspect(|name| check(name)));
            }
            ("events", Some(names)) => {
                let names = names.split(',').map(|name| name.trim().to_owned());
                self.events.extend(names.inspect(|name| check(name)));
            }
            ("http", None) => self.http.push(Pattern::everything()),
            ("http", Some(rules)) => {
                let rules = rules.split(',').map(|rule| Pattern::parse(rule.trim()));
                let Some(rules) = rules.collect::<Option<Vec<_>>>() else {
                    return false;
                };
                self.http.extend(rules);
            }
            ("mail", None) => self.mail = Some(MailGrant::everything()),
            ("mail", Some(rules)) => {
                let grant = self.mail.get_or_insert_default();
                return rules.split(',').all(|rule| grant.add(rule.trim()));
            }
            ("cache", None) => self.cache = Some(usize::MAX),
            ("cache", Some(bytes)) => self.cache = bytes.parse().ok(),
            ("schedule", None) => self.schedule = Some(usize::MAX),
            ("schedule", Some(jobs)) => self.schedule = jobs.parse().ok(),
            _ => return false,
        }
        match room {
            "cache" => self.cache.is_some(),
            "schedule" => self.schedule.is_some(),
            _ => true,
        }
    }

    pub(crate) fn function(&self, name: &str) -> bool {
        covered(&self.app, name)
    }

    pub(crate) fn peer(&self, plugin: &str, name: &str) -> bool {
        covered(&self.plugins, &format!("{plugin}.{name}"))
    }

    pub(crate) fn channel(&self, name: &str) -> bool {
        covered(&self.events, name)
    }

    pub(crate) fn request(&self, method: &str, url: &str) -> bool {
        self.http.iter().any(|pattern| pattern.fits(method, url))
    }
}

fn covered(patterns: &[String], name: &str) -> bool {
    let permits = |pattern: &String| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    };
    patterns.iter().any(permits)
}

/// A plugin's name alone stands for all its functions.
fn of_plugin(name: &str) -> String {
    match name.contains('.') || name == "*" {
        true => name.to_owned(),
        false => format!("{name}.*"),
    }
}

#[track_caller]
fn check(name: &str) {
    let stem = match name.strip_suffix(".*") {
        Some(stem) => stem,
        None if name == "*" => return,
        None => name,
    };
    if stem.is_empty() || stem.contains('*') {
        panic!("`{name}` is no name and no pattern: write `ticket.create`, `ticket.*` or `*`");
    }
}

/// Requests by method and URL, e.g. `GET https://example.com/v1/*`. The query is free.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    method: String,
    url: String,
}

impl Pattern {
    fn everything() -> Self {
        let any = "*".to_owned();
        Self {
            method: any.clone(),
            url: any,
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (method, url) = text.split_once(' ')?;
        let is_url = ["http://", "https://"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        (is_url && !url.contains(' ')).then(|| Self {
            method: method.to_owned(),
            url: url.to_owned(),
        })
    }

    pub(crate) fn fits(&self, method: &str, url: &str) -> bool {
        let end = url.find(['?', '#']).unwrap_or(url.len());
        let (path, _) = url.split_at(end);
        let known = match self.url.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => self.url == path || self.url == url,
        };
        known && (self.method == "*" || self.method == method)
    }
}

impl MailGrant {
    fn everything() -> Self {
        let any = vec!["*".to_owned()];
        Self {
            from: any.clone(),
            to: any,
            per_hour: None,
        }
    }

    fn add(&mut self, rule: &str) -> bool {
        match rule.split_once(' ') {
            Some(("from", address)) => self.from.push(address.to_owned()),
            Some(("to", address)) => self.to.push(address.to_owned()),
            Some(("per_hour", most)) => {
                self.per_hour = most.parse().ok();
                return self.per_hour.is_some();
            }
            _ => return false,
        }
        true
    }

    /// Whether one of the patterns is an address's.
    pub(crate) fn fits(patterns: &[String], address: &str) -> bool {
        patterns
            .iter()
            .any(|pattern| match pattern.strip_prefix('*') {
                Some(end) => address
                    .to_ascii_lowercase()
                    .ends_with(&end.to_ascii_lowercase()),
                None => pattern.eq_ignore_ascii_case(address),
            })
    }
}

pub(crate) fn denied(capability: &str, asked: String, remedy: String) -> Fault {
    Fault::Denied(Denial {
        capability: capability.to_owned(),
        asked,
        remedy,
    })
}
