//! The call that a thread is in: its session, the transaction that it has open, and the log.
//!
//! The modules of `fake` read it; [`Session::run`] begins and ends it.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::{Line, Session, SharedDatabase};
use crate::types::Fault;

thread_local! {
    static CALL: RefCell<Call> = RefCell::default();
    static LOG: RefCell<Vec<Line>> = RefCell::default();
}

/// What is there from the beginning of a call to its end.
#[derive(Default)]
pub(crate) struct Call {
    session: Session,
    pub(crate) transaction: Open,
}

impl Drop for Call {
    /// What a call leaves open is undone, whoever keeps the handle.
    fn drop(&mut self) {
        self.transaction.undo();
    }
}

impl Session {
    /// Runs a piece of a plugin in this session, as one call; the one before is back
    /// afterwards.
    pub fn run<T>(self, body: impl FnOnce() -> T) -> T {
        let call = Call {
            session: self,
            transaction: Open::default(),
        };
        let _before = Restore(CALL.replace(call));
        body()
    }
}

/// Puts a call back also when a test panics in the one that replaced it.
struct Restore(Call);

impl Drop for Restore {
    fn drop(&mut self) {
        drop(CALL.replace(std::mem::take(&mut self.0)));
    }
}

pub(crate) fn session<T>(read: impl FnOnce(&Session) -> T) -> T {
    CALL.with_borrow(|call| read(&call.session))
}

pub(crate) fn call<T>(change: impl FnOnce(&mut Call) -> T) -> T {
    CALL.with_borrow_mut(change)
}

/// The lines that this thread has written since it was last asked.
pub fn take_log() -> Vec<Line> {
    LOG.take()
}

pub(crate) fn write(line: Line) {
    LOG.with_borrow_mut(|lines| lines.push(line));
}

/// A transaction, which its call and its handle share: the database while it is open.
#[derive(Clone, Default)]
pub(crate) struct Open(Rc<RefCell<Option<SharedDatabase>>>);

impl Open {
    pub(crate) fn on(database: SharedDatabase) -> Self {
        Self(Rc::new(RefCell::new(Some(database))))
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.borrow().is_some()
    }

    pub(crate) fn database(&self) -> Result<SharedDatabase, Fault> {
        self.0.borrow().clone().ok_or_else(closed)
    }

    /// Closes it; what becomes of it is up to whoever gets the database.
    pub(crate) fn end(&self) -> Result<SharedDatabase, Fault> {
        self.0.take().ok_or_else(closed)
    }

    /// Closes it, if it is open, and undoes what it did.
    pub(crate) fn undo(&self) {
        let Some(database) = self.0.take() else {
            return;
        };
        // A database that is in use here panicked: then the test has failed already.
        if let Ok(mut database) = database.try_borrow_mut() {
            let _ = database.rollback();
        }
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_open() { "open" } else { "closed" })
    }
}

fn closed() -> Fault {
    Fault::Invalid("the transaction is closed".to_owned())
}
