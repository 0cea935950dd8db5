//! db: SQL within a grant.
//!
//! Gives: queries, statements and transactions on the application's tables as far as they
//! are granted, and on the plugin's own (`p_<plugin>__*`). Never: text that was not parsed,
//! walked and printed again; a table or column that neither grant nor engine has let pass; an
//! answer without bounds; a statement that goes on when nobody waits for it.
//!
//! A statement's way: [`Db`] finds it checked ([`Force`]) or has the policy check it, holds
//! it against the grant, and gives it to a [`Database`]. Not here: how an engine is driven
//! (`sqlite`), what of SQL there is (`policy`).

mod access;
mod backend;
mod dialect;
mod grant;
pub mod limits;
mod migrations;
mod policy;
mod rules;
mod sqlite;
mod statements;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;
mod transaction;
mod value;

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::audit::Auditor;
use crate::{Fault, Scope};

pub use access::Access;
pub use backend::{Answer, Database, NoDatabase, Order, OwnTable, Pending, Ran, Session};
pub use dialect::{Dialect, SQLITE};
pub use grant::DbGrant;
pub use migrations::{MigrationError, is_record, migrate};
pub use policy::{Statement, Verb, check};
pub use rules::GRANT;
pub use sqlite::{LayOutError, SqliteDatabase, SqliteOptions, lay_out};
pub use statements::{Counters, Force, Granted};
pub use transaction::Transaction;
pub use value::{Column, Done, Rows, Value};

use limits::{CONNECTIONS_PER_PLUGIN, MAX_BYTES};
use transaction::{CloseOnDrop, Slot};

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Db {
    auditor: Auditor,
    granted: Granted,
    database: Arc<dyn Database>,
    places: Arc<Semaphore>,
    slot: Slot,
}

impl Db {
    /// A handle of the auditor's plugin on a database, under a grant that may change.
    pub fn new(auditor: Auditor, granted: Granted, database: Arc<dyn Database>) -> Self {
        Self {
            auditor,
            granted,
            database,
            places: Arc::new(Semaphore::new(CONNECTIONS_PER_PLUGIN)),
            slot: Slot::default(),
        }
    }

    /// A handle for one call: it has the call's one place for a transaction.
    #[must_use]
    pub fn for_call(&self) -> Self {
        Self {
            slot: Slot::default(),
            ..self.clone()
        }
    }

    /// Whether the call has an open transaction.
    pub fn has_transaction(&self) -> bool {
        self.slot.is_open()
    }

    /// Closes what the call has left open.
    pub fn end_call(&self) {
        self.slot.close();
    }

    /// Reads.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the grant that would allow it; [`Fault::Invalid`] for what the
    /// policy does not know; [`Fault::TooLarge`] and [`Fault::Unavailable`] at the room's
    /// limits; [`Fault::TimedOut`] at the deadline; [`Fault::Failed`] with one of the codes
    /// `conflict`, `constraint`, `locked`, `full`, `corrupt`, `missing`, `read-only`, `io`,
    /// `not-text`, `sql`.
    pub async fn query(&self, scope: &Scope, sql: &str, params: Vec<Value>) -> Result<Rows, Fault> {
        let order = self.reading(scope, sql, params)?;
        match self.auditor.heard(scope, self.run(order).await)? {
            Answer::Rows(rows) => Ok(rows),
            Answer::Done(_) => Ok(Rows::default()),
        }
    }

    /// Writes, or defines an own table.
    ///
    /// # Errors
    /// As [`Db::query`]; [`Fault::Invalid`] while the call has an open transaction, which the
    /// statement would wait for.
    pub async fn execute(
        &self,
        scope: &Scope,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<Done, Fault> {
        let order = self.writing(scope, sql, params)?;
        if self.slot.is_open() {
            return Err(Fault::Invalid(
                "a transaction is open: execute within it, or end it first".to_owned(),
            ));
        }
        match self.auditor.heard(scope, self.run(order).await)? {
            Answer::Done(done) => Ok(done),
            Answer::Rows(_) => Ok(Done::default()),
        }
    }

    /// Opens a transaction that may write. It waits for other writers until the deadline.
    ///
    /// # Errors
    /// As [`Db::query`]; [`Fault::Invalid`] if the call has one open.
    pub async fn begin(&self, scope: &Scope) -> Result<Transaction, Fault> {
        let deadline = scope.call()?.deadline;
        self.in_force(scope)?;
        let open = self.slot.reserve()?;
        let given_up = CloseOnDrop(&open);
        let session = self.database.begin(deadline).await?;
        std::mem::forget(given_up);
        open.put_back(session);
        Ok(Transaction::new(self.clone(), open))
    }

    fn reading(&self, scope: &Scope, sql: &str, params: Vec<Value>) -> Result<Order, Fault> {
        let order = self.order(scope, sql, params)?;
        match order.statement.verb {
            Verb::Read => Ok(order),
            Verb::Insert | Verb::Change | Verb::Define => Err(Fault::Invalid(
                "query reads; a statement that changes something goes to execute".to_owned(),
            )),
        }
    }

    fn writing(&self, scope: &Scope, sql: &str, params: Vec<Value>) -> Result<Order, Fault> {
        let order = self.order(scope, sql, params)?;
        match order.statement.verb {
            Verb::Insert | Verb::Change | Verb::Define => Ok(order),
            Verb::Read => Err(Fault::Invalid(
                "execute changes something; a statement that reads goes to query".to_owned(),
            )),
        }
    }

    /// The checked statement with its parameters.
    fn order(&self, scope: &Scope, sql: &str, params: Vec<Value>) -> Result<Order, Fault> {
        let deadline = scope.call()?.deadline;
        let force = self.in_force(scope)?;
        let checked = force.checked(self.database.dialect(), sql);
        let statement = self.auditor.heard(scope, checked)?;
        if params.len() != statement.parameters {
            return Err(Fault::Invalid(format!(
                "the statement has {} parameters and was given {}",
                statement.parameters,
                params.len()
            )));
        }
        if params.iter().map(Value::bytes).sum::<usize>() > MAX_BYTES {
            return Err(Fault::TooLarge(format!(
                "the parameters of a statement have at most {MAX_BYTES} bytes"
            )));
        }
        Ok(Order {
            statement,
            params,
            force,
            deadline,
            place: None,
        })
    }

    fn in_force(&self, scope: &Scope) -> Result<Arc<Force>, Fault> {
        let force = self.granted.force(self.auditor.plugin());
        self.auditor.heard(scope, force)
    }

    async fn run(&self, mut order: Order) -> Result<Answer, Fault> {
        // Whoever has the writer waits for nobody: those who have the places may wait for him.
        if !self.slot.is_open() {
            order.place = Some(self.place(order.deadline).await?);
        }
        self.database.run(order).await
    }

    /// One of the plugin's places. A statement that holds one waits for the database only, so
    /// that this wait ends.
    async fn place(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Fault> {
        let places = Arc::clone(&self.places);
        match tokio::time::timeout_at(deadline.into(), places.acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Fault::Unavailable(format!(
                "{CONNECTIONS_PER_PLUGIN} statements of this plugin are running"
            ))),
        }
    }
}
