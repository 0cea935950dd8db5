//! What the host stands on breaks while plugins are called: databases, servers, the disk. Whoever
//! needs it is told, everybody else goes on, and when it is there again so is the plugin. What each
//! room makes of a fault is tested in `host/capability`; that a host which is killed loses nothing, in
//! `cli/tests`.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use goatkit_capability::SystemClock;
use goatkit_capability::cache::RedisCache;
use goatkit_capability::mail::{Smtp as SmtpPost, SmtpOptions};
use goatkit_manager::State;
use goatkit_runtime::{CallError, CallErrorKind};
use goatkit_test_servers::{Redis, Smtp};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost};
use rusqlite::Connection;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// No slow machine needs as long for what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Callers that call one after another, at the same time.
const CALLERS: usize = 3;

/// Ends of calls that show how things stand.
const SOME: u64 = 5;

/// How calls have ended so far.
#[derive(Debug, Default, Clone, Copy)]
struct Ends {
    served: u64,
    /// All that were not.
    refused: u64,
    /// Those of them that were stopped at their deadline: what they asked for may be done.
    stopped: u64,
}

impl Ends {
    fn count(&mut self, answer: &Result<Value, CallError>) {
        let Err(error) = answer else {
            self.served += 1;
            return;
        };
        // At its deadline a call may end before the room's own fault has come, and a plugin of which
        // that is true again and again is left alone for a while.
        let stopped = match error.kind() {
            CallErrorKind::Fault => error.to_string().contains("timed out"),
            CallErrorKind::TimedOut => true,
            CallErrorKind::Resting => false,
            kind => panic!("{kind:?}: {error}"),
        };
        self.refused += 1;
        self.stopped += u64::from(stopped);
    }

    /// Whether so many are there of what the calls wrote: all that was promised, and nothing that
    /// was refused.
    fn fits(&self, there: u64) -> bool {
        (self.served..=self.served + self.stopped).contains(&there)
    }
}

/// Calls of one function, one after another, until it is stopped.
struct Traffic {
    host: Arc<TestHost>,
    ends: watch::Receiver<Ends>,
    faults: Arc<Mutex<Vec<String>>>,
    enough: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl Traffic {
    fn start(
        host: &Arc<TestHost>,
        plugin: &'static str,
        function: &'static str,
        args: Value,
    ) -> Self {
        let (told, ends) = watch::channel(Ends::default());
        let told = Arc::new(told);
        let (faults, enough) = (
            Arc::<Mutex<Vec<String>>>::default(),
            Arc::<AtomicBool>::default(),
        );
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (host, told, args) = (Arc::clone(host), Arc::clone(&told), args.clone());
            let (faults, enough) = (Arc::clone(&faults), Arc::clone(&enough));
            callers.spawn(async move {
                while !enough.load(Ordering::Relaxed) {
                    let answer = host.call(plugin, function, args.clone()).await;
                    if let Err(error) = &answer {
                        faults.lock().unwrap().push(error.to_string());
                    }
                    told.send_modify(|ends| ends.count(&answer));
                    tokio::task::yield_now().await;
                }
            });
        }
        Self {
            host: Arc::clone(host),
            ends,
            faults,
            enough,
            callers,
        }
    }

    /// Waits until some more calls are served, as if nothing had happened.
    async fn is_served(&mut self) {
        let before = self.ends.borrow_and_update().served;
        self.until("served", |ends| ends.served >= before + SOME)
            .await;
    }

    /// Waits until some more calls are refused, in words that say this. Others are served.
    async fn is_refused(&mut self, says: &[&str]) {
        self.faults.lock().unwrap().clear();
        let before = self.ends.borrow_and_update().refused;
        self.until("refused", |ends| ends.refused >= before + SOME)
            .await;
        let faults = self.faults.lock().unwrap().clone();
        let fits = |fault: &String| says.iter().any(|part| fault.contains(part));
        assert!(faults.iter().any(fits), "none of {says:?} in {faults:?}");
        self.host.expect_sibling().await;
    }

    async fn until(&mut self, what: &str, stands: impl Fn(&Ends) -> bool) {
        let waited = timeout(PATIENCE, self.ends.wait_for(stands)).await;
        let ended = waited.map(|it| it.map(|ends| *ends));
        let ends = ended.unwrap_or_else(|_| panic!("nobody was {what}: {:?}", self.faults.lock()));
        ends.expect("a caller has panicked");
    }

    /// Lets the calls end that are there: how all of them ended.
    async fn end(mut self) -> Ends {
        self.enough.store(true, Ordering::Relaxed);
        while let Some(ended) = self.callers.join_next().await {
            ended.unwrap();
        }
        *self.ends.borrow()
    }
}

/// The guest with a table of its own.
fn database() -> Package {
    Package::of_guest("db_ok")
        .line("capabilities: { db: { own: true, read: [ticket] } }")
        .file(
            "migrations/0001_notes.sql",
            "CREATE TABLE p_db_ok__notes (id INTEGER PRIMARY KEY, text TEXT);",
        )
}

/// How many notes the file has.
fn notes(data: &DataFolder) -> u64 {
    let database = Connection::open(data.database()).unwrap();
    let count = "SELECT count(*) FROM p_db_ok__notes";
    let notes: i64 = database.query_row(count, [], |row| row.get(0)).unwrap();
    notes.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_locked_loses_nothing() {
    // Shorter than the room waits for a lock.
    let data = DataFolder::with(&[database().line("limits: { call: 1s }")]);
    let host = Arc::new(TestHost::on(&data));
    host.ready("db-ok").await;
    let mut writing = Traffic::start(&host, "db-ok", "write", json!(["a note"]));
    writing.is_served().await;
    let stranger = Connection::open(data.database()).unwrap();
    stranger.busy_timeout(PATIENCE).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    writing
        .is_refused(&["locked", "timed out", "deadline"])
        .await;
    stranger.execute_batch("ROLLBACK").unwrap();
    writing.is_served().await;
    let ends = writing.end().await;
    let there = notes(&data);
    assert!(ends.fits(there), "{there} notes, and {ends:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_full_can_still_be_read() {
    let data = DataFolder::with(&[database()]);
    let settings = HostSettings {
        database_bytes: Some(256 << 10),
        ..HostSettings::default()
    };
    let host = Arc::new(TestHost::with(&data, &settings));
    let note = "a".repeat(4 << 10);
    let mut writing = Traffic::start(&host, "db-ok", "write", json!([note]));
    writing.is_refused(&["full"]).await;
    let read = host.call("db-ok", "read", json!([])).await.unwrap();
    assert!(!read["rows"].as_array().unwrap().is_empty());
    let ends = writing.end().await;
    let there = notes(&data);
    assert!(ends.fits(there), "{there} notes, and {ends:?}");
    drop(host);
    // There is room again.
    let host = Arc::new(TestHost::on(&data));
    host.call("db-ok", "write", json!([note])).await.unwrap();
    assert_eq!(notes(&data), there + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_whose_server_dies_is_there_again_with_it() {
    let mut redis = Redis::start();
    let package = Package::of_guest("cache_ok").line("capabilities: { cache: { bytes: 4KiB } }");
    let store = RedisCache::new(&redis.url(), Arc::new(SystemClock)).unwrap();
    let settings = HostSettings {
        cache: Some(store),
        ..HostSettings::default()
    };
    let host = Arc::new(TestHost::with(&DataFolder::with(&[package]), &settings));
    let mut keeping = Traffic::start(&host, "cache-ok", "keep", json!(["a", "kept"]));
    for _ in 0..2 {
        keeping.is_served().await;
        redis.stop();
        keeping.is_refused(&["unavailable"]).await;
        redis.start_again();
    }
    keeping.is_served().await;
    keeping.end().await;
    let kept = host.call("cache-ok", "read", json!(["a"])).await;
    assert_eq!(kept.unwrap(), "kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_whose_server_dies_is_refused_or_sent() {
    let mut smtp = Smtp::start(goatkit_test_servers::SmtpOptions::default());
    let asks = r#"mail: { from: stats@example.com, to: ["*@example.com"], per_hour: 10000 }"#;
    let package = Package::of_guest("mail_ok").line(&format!("capabilities: {{ {asks} }}"));
    let post = SmtpPost::new(SmtpOptions {
        url: format!("smtp://127.0.0.1:{}?tls=none", smtp.port()),
        ..SmtpOptions::default()
    });
    let settings = HostSettings {
        post: Some(post.unwrap()),
        ..HostSettings::default()
    };
    let host = Arc::new(TestHost::with(&DataFolder::with(&[package]), &settings));
    let report = json!(["ada@example.com", "A report"]);
    let mut sending = Traffic::start(&host, "mail-ok", "report", report);
    for _ in 0..2 {
        sending.is_served().await;
        smtp.stop();
        sending
            .is_refused(&["unavailable", "failed", "server"])
            .await;
        smtp.start_again();
    }
    sending.is_served().await;
    let ends = sending.end().await;
    // Of those in whose midst the server died nobody knows, and there are few of them.
    let received = smtp.received().len() as u64;
    let unknown = 2 * CALLERS as u64;
    assert!(received >= ends.served, "{received} of {ends:?}");
    assert!(received <= ends.served + unknown, "{received} of {ends:?}");
}

/// Set in the process in which the disk is full.
const FULL: &str = "GOATKIT_TEST_FULL_DISK";

/// The bound on the size of files is a whole process's, and whoever passes it is sent a signal
/// that ends him unless somebody has said that it be ignored: so this runs in a process of its own,
/// below a shell that has.
#[test]
fn a_disk_that_is_full_breaks_nothing_for_good() {
    if std::env::var_os(FULL).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(on_a_full_disk());
    }
    let name = "faults::a_disk_that_is_full_breaks_nothing_for_good";
    let ended = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(FULL, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    let ran = String::from_utf8_lossy(&ended.stdout);
    assert!(ran.contains("1 passed"), "{ran}");
}

/// From now on, files that this process writes end at so many bytes.
fn files_end_at(bytes: Option<u64>) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Fsize);
    let limit = Rlimit {
        current: bytes.or(maximum),
        maximum,
    };
    setrlimit(Resource::Fsize, limit).unwrap();
}

async fn on_a_full_disk() {
    let good = || Package::of_guest("good");
    let data = DataFolder::with(&[good()]);
    let host = TestHost::on(&data);
    host.expect_sibling().await;
    let compiled = data.compiled();
    let stored = || fs::read_dir(data.path().join("store")).unwrap().count();
    let before = stored();

    // Compiled code is longer than this, and so is a component.
    files_end_at(Some(8 << 10));
    let error = host.find("good").await.err().unwrap().to_string();
    assert!(error.contains("cannot keep its compiled code"), "{error}");
    assert_eq!(host.state("good"), State::Discovered, "not its fault");
    host.expect_sibling().await;
    assert_eq!(data.compiled(), compiled, "nothing half is kept");
    files_end_at(None);
    // A package of which only half could be copied.
    let aside = tempfile::tempdir().unwrap();
    let zip = Package::of_guest("panics").write_zip(aside.path());
    fs::copy(&zip, data.plugins().join("panics.zip")).unwrap();
    files_end_at(Some(8 << 10));
    host.manager.discover();
    let refused = host.manager.snapshot().refused.len();
    assert_eq!(refused, 1, "the package that could not be copied");
    host.expect_sibling().await;
    files_end_at(None);
    assert_eq!(stored(), before, "nothing half is in the store");

    host.manager.discover();
    assert_eq!(host.manager.snapshot().refused.len(), 0);
    for plugin in ["good", "panics"] {
        assert_eq!(host.call(plugin, "count", json!([])).await.unwrap(), 1);
    }
    // And a host that is started then finds all of it.
    drop(host);
    let host = TestHost::on(&data);
    assert_eq!(host.call("panics", "count", json!([])).await.unwrap(), 1);
}
