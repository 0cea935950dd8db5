//! SQLite: the embedded engine, which runs in tasks of its own on blocking threads.
//!
//! Readers have connections that cannot write; one connection writes, and writers queue for
//! it. A statement's task owns its connection and gives it back when all is well; in every
//! other case the connection is closed, which undoes whatever was open on it.

mod connection;
mod error;
mod kin;
mod lay_out;
mod own;
mod pool;
mod run;
mod session;
mod wall;

pub use lay_out::{LayOutError, lay_out};

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use goatkit_package::PluginName;
use tokio::runtime::Handle;

use super::backend::{Answer, Database, Order, Pending, Session};
use super::grant::own_prefix;
use super::limits::MAX_ENGINE_BYTES;
use super::policy::Verb;
use super::{Dialect, OwnTable, SQLITE};
use crate::Fault;
use connection::{Access, Opening};
use pool::{Lease, Pool};
use session::SqliteSession;
use wall::Stop;

/// How a database file is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    path: PathBuf,
    create: bool,
    max_file_bytes: Option<i64>,
}

impl SqliteOptions {
    /// An existing file, with the settings it has.
    pub fn existing(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            create: false,
            max_file_bytes: None,
        }
    }

    /// A file that is made if there is none; it gets a write-ahead log, so that readers and
    /// the writer do not wait for one another.
    pub fn create(path: impl AsRef<Path>) -> Self {
        Self {
            create: true,
            ..Self::existing(path)
        }
    }

    /// How large plugins may make the file; what is beyond fails with `full`.
    #[must_use]
    pub fn max_file_bytes(mut self, bytes: i64) -> Self {
        self.max_file_bytes = Some(bytes);
        self
    }
}

/// A database file that plugins share.
#[derive(Clone)]
pub struct SqliteDatabase {
    runtime: Handle,
    readers: Pool,
    writer: Pool,
}

impl SqliteDatabase {
    /// A database; the file is opened when it is first used. Statements run on blocking
    /// threads of `runtime`, whatever runtime asks for them: a writer that holds a lock is
    /// to stand on a thread of ordinary priority.
    pub fn new(options: SqliteOptions, runtime: Handle) -> Self {
        let SqliteOptions {
            path,
            create,
            max_file_bytes,
        } = options;
        let opening = |access| Opening {
            path: path.clone(),
            create,
            access,
            max_file_bytes,
            max_engine_bytes: MAX_ENGINE_BYTES,
        };
        Self {
            runtime,
            readers: Pool::readers(opening(Access::Read)),
            writer: Pool::writer(opening(Access::Write)),
        }
    }

    /// Connections that are open and unused: of the readers and of the writer.
    pub fn idle_connections(&self) -> (usize, usize) {
        (self.readers.idle(), self.writer.idle())
    }

    /// Places that are free: for readers and for the writer.
    pub fn free_places(&self) -> (usize, usize) {
        (self.readers.free(), self.writer.free())
    }
}

impl Database for SqliteDatabase {
    fn dialect(&self) -> &'static Dialect {
        &SQLITE
    }

    fn run(&self, order: Order) -> Pending<'static, Answer> {
        let pool = match order.statement.verb {
            Verb::Read => self.readers.clone(),
            Verb::Insert | Verb::Change | Verb::Define => self.writer.clone(),
        };
        let runtime = self.runtime.clone();
        Box::pin(async move {
            let place = pool.place(order.deadline).await?;
            let stop = Arc::new(Stop::at(order.deadline));
            on(&runtime, &stop, {
                let stop = Arc::clone(&stop);
                move || {
                    let lease = pool.lease(place, order.force.stamp())?;
                    let answer = run::run(&lease, &order, &stop);
                    if stop.was_reached() {
                        lease.close();
                    } else {
                        lease.give_back();
                    }
                    answer
                }
            })
            .await
        })
    }

    fn begin(&self, deadline: Instant) -> Pending<'static, Box<dyn Session>> {
        let pool = self.writer.clone();
        let runtime = self.runtime.clone();
        Box::pin(async move {
            let place = pool.place(deadline).await?;
            let stop = Arc::new(Stop::at(deadline));
            let lease = on(&runtime, &stop, {
                let stop = Arc::clone(&stop);
                move || {
                    let lease = pool.lease(place, connection::NO_STAMP)?;
                    run::control(&lease, "BEGIN IMMEDIATE", &stop)?;
                    Ok(lease)
                }
            })
            .await?;
            let session: Box<dyn Session> = Box::new(SqliteSession::new(lease, runtime));
            Ok(session)
        })
    }

    fn own_tables(
        &self,
        plugin: &PluginName,
        deadline: Instant,
    ) -> Pending<'static, Vec<OwnTable>> {
        let prefix = own_prefix(plugin);
        self.as_host(self.readers.clone(), deadline, move |lease, stop| {
            own::count(lease, &prefix, stop)
        })
    }

    fn drop_own_tables(&self, plugin: &PluginName, deadline: Instant) -> Pending<'static, ()> {
        let prefix = own_prefix(plugin);
        self.as_host(self.writer.clone(), deadline, move |lease, stop| {
            own::drop_all(lease, &prefix, stop)
        })
    }
}

impl SqliteDatabase {
    /// Does what is the host's own on a connection, which is closed if that fails.
    fn as_host<T: Send + 'static>(
        &self,
        pool: Pool,
        deadline: Instant,
        work: impl FnOnce(&Lease, &Arc<Stop>) -> Result<T, Fault> + Send + 'static,
    ) -> Pending<'static, T> {
        let runtime = self.runtime.clone();
        Box::pin(async move {
            let place = pool.place(deadline).await?;
            let stop = Arc::new(Stop::at(deadline));
            on(&runtime, &stop, {
                let stop = Arc::clone(&stop);
                move || {
                    let lease = pool.lease(place, connection::NO_STAMP)?;
                    let answer = work(&lease, &stop);
                    match answer.is_ok() {
                        true => lease.give_back(),
                        false => lease.close(),
                    }
                    answer
                }
            })
            .await
        })
    }
}

/// Runs `work` on a blocking thread. If nobody waits for it any more, it is told to stop, and
/// what it returns is dropped there.
async fn on<T: Send + 'static>(
    runtime: &Handle,
    stop: &Arc<Stop>,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let _told = wall::StopOnDrop(Arc::clone(stop));
    match runtime.spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Fault::Unavailable(
            "the database's task has ended without an answer".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests;
