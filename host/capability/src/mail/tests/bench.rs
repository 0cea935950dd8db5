//! A room with a clock that stands still, and a post that keeps what it gets.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use goatkit_package::PluginName;
use tempfile::TempDir;

use crate::audit::{AuditLine, AuditLog, Auditor};
use crate::mail::{Counted, Granted, Letter, Mail, Message, Post, Posting};
use crate::{Clock, Fault, ManualClock, PlatformDb, Scope};

/// 2026-03-01T09:30:00Z.
pub(super) fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_772_357_400)
}

pub(super) const RULES: [&str; 4] = [
    "from stats@example.com",
    "to *@example.com",
    "to bob@example.org",
    "per_hour 20",
];

/// A room with all that it stands on.
pub(super) struct Bench {
    pub(super) mail: Mail,
    pub(super) granted: Granted,
    pub(super) clock: Arc<ManualClock>,
    pub(super) platform: PlatformDb,
    pub(super) data: TempDir,
    audit: Arc<AuditLog>,
}

impl Bench {
    pub(super) fn new(post: Arc<dyn Post>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(start()));
        let platform = PlatformDb::open(data.path()).unwrap();
        let shared = Arc::clone(&clock) as Arc<dyn Clock>;
        let audit = AuditLog::open(data.path(), shared).unwrap();
        let granted = Granted::none();
        let mut bench = Self {
            mail: mail("stats", &audit, &granted, &post, &platform, &clock),
            granted,
            clock,
            platform,
            data,
            audit,
        };
        bench.grant(&RULES);
        bench.mail = bench.room("stats", &post);
        bench
    }

    /// The room of a plugin, with the same grant.
    pub(super) fn room(&self, plugin: &str, post: &Arc<dyn Post>) -> Mail {
        let Self {
            audit,
            granted,
            platform,
            clock,
            ..
        } = self;
        mail(plugin, audit, granted, post, platform, clock)
    }

    /// The same after a restart: only what is in the data folder is left.
    pub(super) fn reopened(&self, post: &Arc<dyn Post>) -> Mail {
        let platform = PlatformDb::open(self.data.path()).unwrap();
        mail(
            "stats",
            &self.audit,
            &self.granted,
            post,
            &platform,
            &self.clock,
        )
    }

    pub(super) fn grant(&self, rules: &[&str]) {
        let rule = |it: &&str| ((*it).to_owned(), Arc::<AtomicU64>::default());
        self.granted.set(rules.iter().map(rule).collect());
    }

    pub(super) async fn send(&self, message: Message) -> Result<String, Fault> {
        self.mail.send(&scope(), message).await
    }

    /// What was denied.
    pub(super) fn denials(&self) -> Vec<String> {
        self.audit.flush();
        let lines = AuditLog::read(self.data.path(), None, usize::MAX).unwrap();
        lines
            .into_iter()
            .map(|AuditLine { asked, .. }| asked)
            .collect()
    }

    /// Messages that count now.
    pub(super) fn counted(&self) -> i64 {
        let count = "SELECT count(*) FROM mail_sent";
        let counted = self
            .platform
            .with(|db| db.query_row(count, [], |row| row.get(0)));
        counted.unwrap()
    }

    /// Waits until so many messages count: what was given up is given back beside the call.
    pub(super) async fn until_counted(&self, expect: i64) {
        while self.counted() != expect {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn mail(
    plugin: &str,
    audit: &Arc<AuditLog>,
    granted: &Granted,
    post: &Arc<dyn Post>,
    platform: &PlatformDb,
    clock: &Arc<ManualClock>,
) -> Mail {
    let plugin = PluginName::parse(plugin).unwrap();
    Mail::new(
        Auditor::new(plugin, Arc::clone(audit)),
        granted.clone(),
        Arc::clone(post),
        platform.clone(),
        Arc::clone(clock) as Arc<dyn Clock>,
    )
}

pub(super) fn scope() -> Scope {
    scope_until(Instant::now() + Duration::from_secs(300))
}

pub(super) fn scope_until(deadline: Instant) -> Scope {
    Scope::of_nobody(deadline)
}

/// A message that may be sent, and what is changed of it.
pub(super) fn message(change: impl FnOnce(&mut Message)) -> Message {
    let mut message = Message::default();
    message.to("ann@example.com".to_owned()).unwrap();
    message.subject("Report".to_owned()).unwrap();
    message.text("All is well".to_owned()).unwrap();
    change(&mut message);
    message
}

pub(super) fn ordinary() -> Message {
    message(|_| ())
}

/// A post that takes everything.
#[derive(Default)]
pub(super) struct Keeps(Mutex<Vec<Letter>>);

impl Keeps {
    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub(super) fn last(&self) -> Letter {
        self.0.lock().unwrap().last().unwrap().clone()
    }
}

impl Post for Keeps {
    fn post<'a>(&'a self, letter: &'a Letter, _: &'a Counted, _: Instant) -> Posting<'a> {
        self.0.lock().unwrap().push(letter.clone());
        Box::pin(async { Ok(()) })
    }
}

pub(super) fn code(answer: &Result<String, Fault>) -> &str {
    match answer {
        Err(Fault::Failed(failure)) => &failure.code,
        Err(Fault::TimedOut) => "timed-out",
        Err(Fault::Invalid(_)) => "invalid",
        Err(Fault::Denied(_)) => "denied",
        Err(Fault::TooLarge(_)) => "too-large",
        Err(Fault::Unavailable(_)) => "unavailable",
        Ok(_) => "sent",
    }
}
