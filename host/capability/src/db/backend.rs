//! What a database must do for the room. The implementations are the only code that touches
//! the world.
//!
//! Whoever waits on one of these futures may drop it at any time. The work goes on in a
//! task that owns its connection; it is told to stop, and what it held is closed.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use super::policy::Statement;
use super::statements::Force;
use super::{Dialect, Done, Rows, SQLITE, Value};
use crate::Fault;

/// What a database answers later.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// A checked statement with all that is needed to run it.
pub struct Order {
    /// What to run; the grant permits it.
    pub statement: Arc<Statement>,
    /// One value per `?`.
    pub params: Vec<Value>,
    /// The grant, for the second wall.
    pub force: Arc<Force>,
    /// When the engine is to stop.
    pub deadline: Instant,
    /// One of the plugin's places, freed when the statement has truly ended.
    pub place: Option<OwnedSemaphorePermit>,
}

/// What a statement answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A reading one.
    Rows(Rows),
    /// Any other.
    Done(Done),
}

/// A table of a plugin's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTable {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
}

/// A database that plugins share.
pub trait Database: Send + Sync + 'static {
    /// How statements are written for it.
    fn dialect(&self) -> &'static Dialect;

    /// Runs one statement by itself: whole, or not at all.
    fn run(&self, order: Order) -> Pending<'static, Answer>;

    /// Opens a transaction that may write.
    fn begin(&self, deadline: Instant) -> Pending<'static, Box<dyn Session>>;

    /// The tables that a plugin has of its own, the record of its migrations among them. One that
    /// keeps no tables of plugins has none.
    fn own_tables(&self, _: &PluginName, _: Instant) -> Pending<'static, Vec<OwnTable>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Drops these, all or none.
    fn drop_own_tables(&self, _: &PluginName, _: Instant) -> Pending<'static, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// An open transaction on a connection of its own. Dropping it rolls back.
pub trait Session: Send + 'static {
    /// Runs one statement; the session comes back if the transaction is still open.
    fn run(self: Box<Self>, order: Order) -> Pending<'static, Ran>;

    /// Ends the transaction and keeps what it did.
    fn commit(self: Box<Self>, deadline: Instant) -> Pending<'static, ()>;

    /// Ends the transaction and undoes what it did.
    fn rollback(self: Box<Self>) -> Pending<'static, ()>;
}

/// What a statement of a transaction left behind.
pub struct Ran {
    /// The transaction; nothing if the engine has ended it.
    pub session: Option<Box<dyn Session>>,
    /// What the statement answers.
    pub answer: Result<Answer, Fault>,
}

/// Where there is none.
pub struct NoDatabase;

impl NoDatabase {
    fn answer<T: Send + 'static>() -> Pending<'static, T> {
        let why = "the application has no database for plugins";
        Box::pin(async move { Err(Fault::Unavailable(why.to_owned())) })
    }
}

impl Database for NoDatabase {
    fn dialect(&self) -> &'static Dialect {
        &SQLITE
    }

    fn run(&self, _: Order) -> Pending<'static, Answer> {
        Self::answer()
    }

    fn begin(&self, _: Instant) -> Pending<'static, Box<dyn Session>> {
        Self::answer()
    }
}
