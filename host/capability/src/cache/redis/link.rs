//! One plugin's connection to the server: made when it is needed, given up when it does not
//! answer. A server that is down or slow costs a call a bounded time, and the next calls none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, RedisError, ScriptInvocation,
};

use crate::json_schema::shortened;
use crate::{Clock, Fault};

/// How long one use of the cache waits for the server: a cache that is slow must not take the
/// whole of a call, which can do without it.
pub(super) const SLOWEST: Duration = Duration::from_secs(2);

/// How long one attempt to connect may take, so that there is time for the question itself.
const CONNECT: Duration = Duration::from_secs(1);

/// How long a server that did not answer is left alone. Meanwhile each use fails at once.
pub(super) const REST: Duration = Duration::from_secs(1);

/// Questions of one plugin that wait to be written: each may hold a value.
const MAX_WAITING: usize = 8;

/// Bytes of the server's own word for why it refuses.
const MAX_REASON: usize = 40;

/// When nobody waits any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    ends: Instant,
    /// Whether that is the call's deadline, and not [`SLOWEST`].
    is_deadline: bool,
}

impl Wait {
    /// A wait from now on, in a call with this deadline.
    pub(super) fn until(deadline: Instant) -> Self {
        let own = Instant::now() + SLOWEST;
        Self {
            ends: deadline.min(own),
            is_deadline: deadline <= own,
        }
    }
}

/// A way to the server.
pub(super) struct Link {
    client: Client,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held by whoever connects: the others wait for the same connection.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Connections so far.
    number: u64,
    /// Since when the server is left alone.
    rests: Option<SystemTime>,
}

/// A connection in use.
struct Lease<'l> {
    link: &'l Link,
    connection: MultiplexedConnection,
    number: u64,
    is_new: bool,
    /// What was asked was not answered yet. Dropped like this, the connection is given up.
    is_open: bool,
}

/// Why there is no answer.
enum Broken {
    Error(RedisError),
    Resting,
}

impl From<RedisError> for Broken {
    fn from(error: RedisError) -> Self {
        Self::Error(error)
    }
}

impl Link {
    pub(super) fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            client,
            clock,
            state: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
        }
    }

    /// Has the server run a script. It may run twice, where the connection broke before the
    /// first answer came.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        wait: Wait,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Fault> {
        let answered = tokio::time::timeout_at(wait.ends.into(), self.answer(script)).await;
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Broken::Resting)) => Err(unavailable("did not answer a moment ago")),
            Ok(Err(Broken::Error(error))) => Err(self.fault(&error)),
            Err(_) if wait.is_deadline => Err(Fault::TimedOut),
            Err(_) => {
                let told = format!("did not answer within {SLOWEST:?}");
                self.rest(&told);
                Err(unavailable(&told))
            }
        }
    }

    async fn answer<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Broken> {
        let mut lease = self.lease().await?;
        match lease.ask(script).await {
            // A server that was started again has closed the connections that it had.
            Err(error) if error.is_connection_dropped() && !lease.is_new => {
                drop(lease);
                Ok(self.lease().await?.ask(script).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// The connection, made if there is none.
    async fn lease(&self) -> Result<Lease<'_>, Broken> {
        if let Some(lease) = self.kept()? {
            return Ok(lease);
        }
        let _connecting = self.connecting.lock().await;
        if let Some(lease) = self.kept()? {
            return Ok(lease);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(None)
            .set_pipeline_buffer_size(MAX_WAITING);
        let made = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let connection = made.await?;
        let mut state = self.state();
        state.number += 1;
        state.rests = None;
        state.connection = Some(connection.clone());
        Ok(Lease {
            link: self,
            connection,
            number: state.number,
            is_new: true,
            is_open: false,
        })
    }

    /// The connection that there is, unless the server is left alone.
    fn kept(&self) -> Result<Option<Lease<'_>>, Broken> {
        let now = self.clock.now();
        let state = self.state();
        // A clock that was set back leaves no server alone for longer.
        let rests = |since: SystemTime| now.duration_since(since).is_ok_and(|it| it < REST);
        if state.rests.is_some_and(rests) {
            return Err(Broken::Resting);
        }
        let lease = state.connection.clone().map(|connection| Lease {
            link: self,
            connection,
            number: state.number,
            is_new: false,
            is_open: false,
        });
        Ok(lease)
    }

    /// What the plugin is told; where the server is and what it said is for the host's log.
    fn fault(&self, error: &RedisError) -> Fault {
        self.rest(&error.to_string());
        match error.kind() {
            ErrorKind::AuthenticationFailed => unavailable("refuses the sign-in"),
            ErrorKind::Server(_) | ErrorKind::Extension => {
                let reason = shortened(error.code().unwrap_or("ERR"), MAX_REASON);
                unavailable(&format!("refuses: {reason}"))
            }
            _ if error.is_timeout() || error.is_connection_refusal() => {
                unavailable("cannot be reached")
            }
            ErrorKind::Io => unavailable("cannot be reached, or closed the connection"),
            _ => unavailable("answers what it was not asked"),
        }
    }

    /// Leaves the server alone for a while.
    fn rest(&self, why: &str) {
        tracing::warn!("the cache's server is left alone for {REST:?}: {why}");
        let now = self.clock.now();
        let mut state = self.state();
        state.connection = None;
        state.rests = Some(now);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    async fn ask<T: FromRedisValue>(
        &mut self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, RedisError> {
        self.is_open = true;
        let answer = script.invoke_async(&mut self.connection).await;
        self.is_open = answer.as_ref().is_err_and(|error| {
            !matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
        });
        answer
    }
}

impl Drop for Lease<'_> {
    /// A connection that owes an answer is not used again: it may never come, as from a server
    /// that hangs, and everything behind it would wait as well.
    fn drop(&mut self) {
        if self.is_open {
            let mut state = self.link.state();
            if state.number == self.number {
                state.connection = None;
            }
        }
    }
}

fn unavailable(what: &str) -> Fault {
    Fault::Unavailable(format!("the cache's server {what}"))
}
