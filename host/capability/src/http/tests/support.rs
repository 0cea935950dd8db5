//! Plugins with a grant, a resolver that answers what it is told, and calls.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use goatkit_package::PluginName;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{
    GRANT, Granted, Http, HttpClient, HttpOptions, Lookup, Request, Resolve, Response,
};
use crate::audit::{AuditLine, AuditLog, Auditor};
use crate::config::{Config, Schema, Settings};
use crate::{Fault, PlatformDb, Scope, SystemClock};

/// Names, and what the first, the second and each later look-up of them answers.
#[derive(Default)]
pub(super) struct Names {
    answers: Mutex<Answers>,
    asked: Mutex<Vec<String>>,
}

type Answers = BTreeMap<String, Vec<Vec<IpAddr>>>;

impl Names {
    /// Replaces all by `a.example=127.0.0.1,::1;10.0.0.1 b.example=127.0.0.1`.
    pub(super) fn set(&self, text: &str) {
        let addresses = |text: &str| text.split(',').map(|it| it.parse().unwrap()).collect();
        let answers = text.split_whitespace().map(|name| {
            let (name, answers) = name.split_once('=').unwrap();
            let answers = answers.split(';').map(addresses).collect();
            (name.to_owned(), answers)
        });
        *self.answers.lock().unwrap() = answers.collect();
        self.asked.lock().unwrap().clear();
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Lookup<'a> {
        let mut asked = self.asked.lock().unwrap();
        let times = asked.iter().filter(|it| *it == host).count();
        asked.push(host.to_owned());
        let answers = self.answers.lock().unwrap();
        let answers = answers.get(host);
        let answer = answers.and_then(|all| all.get(times).or(all.last()).cloned());
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}

/// The room of a host, for any number of plugins.
pub(super) struct House {
    pub(super) names: Arc<Names>,
    pub(super) client: Arc<HttpClient>,
    pub(super) settings: Arc<Settings>,
    schema: Arc<Schema>,
    audit: Arc<AuditLog>,
    data: TempDir,
}

impl House {
    pub(super) fn new(names: &str) -> Self {
        Self::with(names, HttpOptions::default())
    }

    pub(super) fn with(names: &str, options: HttpOptions) -> Self {
        let data = tempfile::tempdir().unwrap();
        let answers = names;
        let names = Arc::new(Names::default());
        names.set(answers);
        let resolver = Arc::clone(&names) as Arc<dyn Resolve>;
        let client = HttpClient::new(HttpOptions {
            resolver,
            ..options
        });
        let platform = PlatformDb::open(data.path()).unwrap();
        let secrets = data.path().join("secrets");
        Self {
            names,
            client: client.unwrap(),
            settings: Settings::open(platform, &secrets, BTreeMap::new()).unwrap(),
            schema: Arc::new(schema()),
            audit: AuditLog::open(data.path(), Arc::new(SystemClock)).unwrap(),
            data,
        }
    }

    /// The handle of a plugin with these rules.
    pub(super) fn plugin(&self, name: &str, rules: &[&str]) -> Http {
        let name = PluginName::parse(name).unwrap();
        let auditor = Auditor::new(name, Arc::clone(&self.audit));
        let config = Config::new(
            auditor.clone(),
            Some(Arc::clone(&self.schema)),
            Arc::clone(&self.settings),
        );
        Http::new(auditor, granted(rules).0, Arc::clone(&self.client), config)
    }

    /// The denials that were noted.
    pub(super) fn denials(&self) -> Vec<AuditLine> {
        self.audit.flush();
        AuditLog::read(self.data.path(), None, usize::MAX).unwrap()
    }
}

/// A schema with a secret.
pub(super) fn schema() -> Schema {
    let config = json!({ "properties": {
        "url": { "type": "string" },
        "token": { "type": "string", "writeOnly": true },
    } });
    Schema::parse(&config).unwrap()
}

/// The normal rules of what a manifest asks.
pub(super) fn rules(value: Value) -> Result<Vec<String>, Vec<String>> {
    GRANT.rules("http", &PluginName::parse("stats").unwrap(), &value)
}

/// A grant, and its counters.
pub(super) fn granted(texts: &[&str]) -> (Granted, Vec<Arc<AtomicU64>>) {
    let texts = rules(json!(texts)).unwrap();
    let counters: Vec<Arc<AtomicU64>> = texts.iter().map(|_| Arc::default()).collect();
    let granted = Granted::none();
    granted.set(texts.into_iter().zip(counters.iter().cloned()).collect());
    (granted, counters)
}

/// A call that ends in some time.
pub(super) fn scope(time: Duration) -> Scope {
    Scope::of_nobody(Instant::now() + time)
}

/// A call with all the time it needs.
pub(super) fn call() -> Scope {
    scope(Duration::from_secs(30))
}

pub(super) fn get(url: &str) -> Request {
    Request::new("GET".to_owned(), url.to_owned())
}

pub(super) fn post(url: &str, body: &[u8]) -> Request {
    let mut request = Request::new("POST".to_owned(), url.to_owned());
    request.body(body.to_vec()).unwrap();
    request
}

/// The code of a failure.
#[track_caller]
pub(super) fn code<T>(answer: Result<T, Fault>) -> String {
    match answer {
        Ok(_) => "ok".to_owned(),
        Err(Fault::Denied(_)) => "denied".to_owned(),
        Err(Fault::Invalid(_)) => "invalid".to_owned(),
        Err(Fault::TooLarge(_)) => "too-large".to_owned(),
        Err(Fault::TimedOut) => "timed-out".to_owned(),
        Err(Fault::Unavailable(_)) => "unavailable".to_owned(),
        Err(Fault::Failed(failure)) => failure.code,
    }
}

/// The text of an answer's body.
pub(super) fn text(answer: Result<Response, Fault>) -> String {
    String::from_utf8(answer.unwrap().body).unwrap()
}
