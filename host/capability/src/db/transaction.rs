//! Transactions as plugins hold them: one open per call, closed when the call ends, and
//! closed for good when a statement of it was given up.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::backend::{Answer, Ran, Session};
use super::{Access, Db, Done, Rows, Value};
use crate::{Fault, Scope};

/// An open transaction. Dropping it rolls back.
pub struct Transaction {
    db: Db,
    open: Arc<Open>,
    /// What its statements did: all of it must be granted still when it is kept.
    did: Mutex<BTreeSet<Access>>,
}

impl Transaction {
    pub(super) fn new(db: Db, open: Arc<Open>) -> Self {
        let did = Mutex::default();
        Self { db, open, did }
    }

    /// As [`Db::query`], within the transaction.
    ///
    /// # Errors
    /// As [`Db::query`]; [`Fault::Invalid`] once the transaction is closed.
    pub async fn query(&self, scope: &Scope, sql: &str, params: Vec<Value>) -> Result<Rows, Fault> {
        let order = self.db.reading(scope, sql, params)?;
        match self.db.auditor.heard(scope, self.run(order).await)? {
            Answer::Rows(rows) => Ok(rows),
            Answer::Done(_) => Ok(Rows::default()),
        }
    }

    /// As [`Db::execute`], within the transaction.
    ///
    /// # Errors
    /// As [`Db::execute`]; [`Fault::Invalid`] once the transaction is closed.
    pub async fn execute(
        &self,
        scope: &Scope,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<Done, Fault> {
        let order = self.db.writing(scope, sql, params)?;
        self.did().extend(order.statement.accesses.iter().cloned());
        match self.db.auditor.heard(scope, self.run(order).await)? {
            Answer::Done(done) => Ok(done),
            Answer::Rows(_) => Ok(Done::default()),
        }
    }

    /// Keeps what the transaction did.
    ///
    /// # Errors
    /// [`Fault::Denied`] if what it did was revoked meanwhile; [`Fault::Failed`] if the engine
    /// could not; either way the transaction is undone. [`Fault::Invalid`] if it was closed.
    pub async fn commit(self, scope: &Scope) -> Result<(), Fault> {
        let deadline = scope.call()?.deadline;
        let session = self.open.take()?;
        self.open.close();
        self.permitted(scope)?;
        session.commit(deadline).await
    }

    /// Undoes what the transaction did.
    ///
    /// # Errors
    /// [`Fault::Invalid`] if it was closed.
    pub async fn rollback(self, scope: &Scope) -> Result<(), Fault> {
        scope.call()?;
        let session = self.open.take()?;
        self.open.close();
        session.rollback().await
    }

    /// Whether a statement could still run.
    pub fn is_open(&self) -> bool {
        self.open.is_open()
    }

    fn permitted(&self, scope: &Scope) -> Result<(), Fault> {
        let force = self.db.in_force(scope)?;
        let did = self.did();
        let mut did = did.iter();
        let permitted = did.try_for_each(|access| force.grant().permits(access));
        self.db.auditor.heard(scope, permitted)
    }

    fn did(&self) -> MutexGuard<'_, BTreeSet<Access>> {
        self.did.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, order: super::Order) -> Result<Answer, Fault> {
        let session = self.open.take()?;
        // Given up at the next line, the session never comes back: then it is closed.
        let given_up = CloseOnDrop(&self.open);
        let Ran { session, answer } = session.run(order).await?;
        std::mem::forget(given_up);
        match session {
            Some(session) => self.open.put_back(session),
            None => self.open.close(),
        }
        answer
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.open.close();
    }
}

/// A call's one place for a transaction.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Arc<Open>>>);

impl Slot {
    /// Takes the place.
    pub(super) fn reserve(&self) -> Result<Arc<Open>, Fault> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_open() {
            return Err(Fault::Invalid(
                "a call has one open transaction: end it first".to_owned(),
            ));
        }
        *open = Arc::new(Open(Mutex::new(State::Busy)));
        Ok(Arc::clone(&open))
    }

    pub(super) fn is_open(&self) -> bool {
        self.open().is_open()
    }

    pub(super) fn close(&self) {
        self.open().close();
    }

    fn open(&self) -> Arc<Open> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How a transaction stands. The transaction and its call share it.
#[derive(Default)]
pub(super) struct Open(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    Closed,
    /// Being opened, or with a statement running.
    Busy,
    Idle(Box<dyn Session>),
}

impl Open {
    fn is_open(&self) -> bool {
        !matches!(*self.state(), State::Closed)
    }

    /// A session that arrives after the call has ended is dropped.
    pub(super) fn put_back(&self, session: Box<dyn Session>) {
        let mut state = self.state();
        if matches!(*state, State::Busy) {
            *state = State::Idle(session);
        }
    }

    fn close(&self) {
        let before = std::mem::take(&mut *self.state());
        drop(before);
    }

    fn take(&self) -> Result<Box<dyn Session>, Fault> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Busy) {
            State::Idle(session) => Ok(session),
            State::Busy => Err(Fault::Invalid(
                "a statement of this transaction is still running".to_owned(),
            )),
            State::Closed => {
                *state = State::Closed;
                Err(Fault::Invalid("the transaction is closed".to_owned()))
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a transaction unless it is forgotten.
pub(super) struct CloseOnDrop<'a>(pub(super) &'a Open);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
