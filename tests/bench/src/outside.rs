//! A host with guests that reach out, a server on loopback for them, and what stands beside
//! them: moka for the cache, a connection of hyper's for requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use goatkit_host::{
    Entry, EntryKind, Host, HostBuilder, ManualClock, Output, PluginName, Session, SessionFacts,
};
use goatkit_test_support::Package;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use moka::sync::Cache;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::Result;

/// Longer than any benchmark.
const LONG: Duration = Duration::from_secs(3600);

/// Reads of the cache in one call of the guest, so that the call itself hardly counts.
pub const READS: u32 = 1000;

/// Jobs that are due at once.
pub const JOBS: usize = 100;

/// The key and the value that are read.
const KEY: &str = "ticket-7";
const VALUE: &[u8] = &[b'x'; 100];

/// What the server answers.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

/// The host, and what is measured beside it.
pub struct Outside {
    host: Host,
    clock: Arc<ManualClock>,
    address: SocketAddr,
    cache: Cache<String, Bytes>,
    _data: TempDir,
    _tasks: JoinSet<()>,
}

impl Outside {
    /// Starts the server, and makes a host that grants all.
    pub async fn start() -> Result<Self> {
        let data = tempfile::tempdir()?;
        let plugins = data.path().join("plugins");
        std::fs::create_dir(&plugins)?;
        let mut tasks = JoinSet::new();
        let address = serve(&mut tasks).await?;
        let http = format!(r#"capabilities: {{ http: ["GET http://{address}/*"] }}"#);
        let jobs = format!("capabilities: {{ schedule: {{ jobs: {JOBS}, min_period: 1m }} }}");
        for (guest, asks) in [
            ("cache_ok", "capabilities: { cache: { bytes: 1MiB } }"),
            ("http_ok", http.as_str()),
            ("schedule_ok", jobs.as_str()),
        ] {
            Package::of_guest(guest).line(asks).write_zip(&plugins);
        }
        let clock = Arc::new(ManualClock::at(
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000),
        ));
        let host = HostBuilder::new(data.path())
            .clock(Arc::clone(&clock) as Arc<_>)
            .grant_everything()
            .build()
            .await?;
        let cache = Cache::new(1000);
        cache.insert(KEY.to_owned(), Bytes::from_static(VALUE));
        let outside = Self {
            host,
            clock,
            address,
            cache,
            _data: data,
            _tasks: tasks,
        };
        let text = String::from_utf8_lossy(VALUE);
        let session = outside.session();
        let keep = json!([KEY, text]).to_string();
        outside.call(&session, "cache-ok", "keep", keep).await?;
        Ok(outside)
    }

    /// A session of nobody's.
    pub fn session(&self) -> Session {
        self.host.manager().session(SessionFacts {
            actor: None,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "bench".to_owned(),
            deadline: Instant::now() + LONG,
            entry: Entry {
                kind: EntryKind::Page,
                name: "/".to_owned(),
            },
        })
    }

    /// Reads the key [`READS`] times, in one call of a guest.
    pub async fn cache_through_a_guest(&self, session: &Session) -> Result<Output> {
        let args = json!([KEY, READS]).to_string();
        self.call(session, "cache-ok", "spin", args).await
    }

    /// The same from moka, with the copy that a guest gets as well.
    pub fn cache_through_moka(&self) -> usize {
        let read = || self.cache.get(KEY).map_or(0, |value| value.to_vec().len());
        (0..READS).map(|_| read()).sum()
    }

    /// One request by a guest.
    pub async fn request_through_a_guest(&self, session: &Session) -> Result<Output> {
        let args = json!(["GET", format!("http://{}/", self.address), []]).to_string();
        self.call(session, "http-ok", "send", args).await
    }

    /// A connection that is kept, as the room keeps one.
    pub async fn connection(&self) -> Result<SendRequest<Empty<Bytes>>> {
        let stream = TcpStream::connect(self.address).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// The same request over that connection.
    pub async fn request_through_hyper(
        &self,
        connection: &mut SendRequest<Empty<Bytes>>,
    ) -> Result<Bytes> {
        let request = Request::get("/")
            .header("host", self.address.to_string())
            .body(Empty::new())?;
        connection.ready().await?;
        let answer = connection.send_request(request).await?;
        Ok(answer.into_body().collect().await?.to_bytes())
    }

    /// Plans [`JOBS`] jobs, all of them due every minute.
    pub async fn plan_jobs(&self) -> Result<()> {
        let session = self.session();
        for number in 0..JOBS {
            let args = json!(["* * * * *", "tick", number]).to_string();
            self.call(&session, "schedule-ok", "plan", args).await?;
        }
        Ok(())
    }

    /// Runs jobs until this is dropped.
    pub fn scheduler(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.host.manager().run_jobs());
        tasks
    }

    /// Lets a minute pass, and waits until every job has run.
    pub async fn minute_of_jobs(&self) -> Result<()> {
        let name = PluginName::parse("schedule-ok")?;
        self.clock.advance(Duration::from_secs(60));
        let now = goatkit_host::Clock::now(&*self.clock);
        loop {
            let jobs = self.host.manager().jobs(Some(&name)).await?;
            let due = |job: &&goatkit_host::JobStatus| {
                !job.cron.is_empty() && job.due.is_some_and(|due| due <= now)
            };
            let runs = |job: &goatkit_host::JobStatus| job.running_since.is_some();
            if jobs.iter().find(due).is_none() && !jobs.iter().any(runs) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn call(
        &self,
        session: &Session,
        plugin: &str,
        function: &str,
        args: String,
    ) -> Result<Output> {
        let plugin = PluginName::parse(plugin)?;
        let manager = self.host.manager();
        Ok(manager
            .call_function(session, &plugin, function, args)
            .await?)
    }
}

/// A server that answers every request in the same way.
async fn serve(tasks: &mut JoinSet<()>) -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tasks.spawn(async move {
        let mut served = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            served.spawn(answer(stream));
        }
    });
    Ok(address)
}

/// Requests without bodies, one after another.
async fn answer(mut stream: TcpStream) {
    let (mut head, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(read) = stream.read(&mut piece).await {
        if read == 0 {
            return;
        }
        head.extend_from_slice(&piece[..read]);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            if stream.write_all(ANSWER).await.is_err() {
                return;
            }
        }
    }
}
