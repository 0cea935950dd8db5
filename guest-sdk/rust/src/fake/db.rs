//! The database, as the session has it, and the host's rules for transactions: one open per
//! call, nothing executed beside it, undone when it is dropped.

use crate::db::{Done, Rows, Value};
use crate::testing::{Open, SharedDatabase, call, session};
use crate::types::Fault;

pub(crate) fn query(sql: &str, params: &[Value]) -> Result<Rows, Fault> {
    granted()?.borrow_mut().query(sql, params)
}

pub(crate) fn execute(sql: &str, params: &[Value]) -> Result<Done, Fault> {
    let database = granted()?;
    if call(|call| call.transaction.is_open()) {
        return Err(Fault::Invalid(
            "a transaction is open: execute within it, or end it first".to_owned(),
        ));
    }
    database.borrow_mut().execute(sql, params)
}

pub(crate) fn begin() -> Result<Transaction, Fault> {
    let database = granted()?;
    if call(|call| call.transaction.is_open()) {
        return Err(Fault::Invalid(
            "a call has one open transaction: end it first".to_owned(),
        ));
    }
    database.borrow_mut().begin()?;
    let open = Open::on(database);
    call(|call| call.transaction = open.clone());
    Ok(Transaction(open))
}

/// A handle on a transaction, which may outlive the transaction itself.
#[derive(Debug)]
pub(crate) struct Transaction(Open);

impl Transaction {
    pub(crate) fn query(&self, sql: &str, params: &[Value]) -> Result<Rows, Fault> {
        self.0.database()?.borrow_mut().query(sql, params)
    }

    pub(crate) fn execute(&self, sql: &str, params: &[Value]) -> Result<Done, Fault> {
        self.0.database()?.borrow_mut().execute(sql, params)
    }

    pub(crate) fn commit(&self) -> Result<(), Fault> {
        self.0.end()?.borrow_mut().commit()
    }

    pub(crate) fn rollback(&self) -> Result<(), Fault> {
        self.0.end()?.borrow_mut().rollback()
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.0.undo();
    }
}

fn granted() -> Result<SharedDatabase, Fault> {
    session(|session| session.powers.granted_database())
}
