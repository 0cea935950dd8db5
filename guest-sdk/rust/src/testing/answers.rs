//! A scripted database: what a test says beforehand, and a record of what was asked.

use std::cell::RefCell;
use std::rc::Rc;

use super::Database;
use crate::db::{Done, Rows, Value};
use crate::types::Fault;

/// A database that knows its answers. Clones share the record, so that a test keeps one and
/// gives the other to the session.
///
/// ```
/// use goatkit_plugin::db::{self, Done, params};
/// use goatkit_plugin::testing::{Answers, Session, rows};
///
/// let answers = Answers::new()
///     .when("FROM ticket", rows(["id", "title"], [params![7, "Printer"]]))
///     .when("UPDATE ticket", Done { affected: 1, last_insert_id: None });
/// let session = Session::default().grant("db").database(answers.clone());
/// session.run(|| {
///     let found = db::query("SELECT id, title FROM ticket", params![]).unwrap();
///     assert_eq!(found.first().unwrap().get::<&str>("title"), Ok("Printer"));
///     db::execute("UPDATE ticket SET title = ? WHERE id = ?", params!["Fire", 7]).unwrap();
/// });
/// assert_eq!(answers.asked()[1].params, params!["Fire", 7]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Answers {
    script: Vec<(String, Reply)>,
    asked: Rc<RefCell<Vec<Asked>>>,
}

/// What a statement is answered with: rows, what was done, or a fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To a query.
    Rows(Rows),
    /// To anything else.
    Done(Done),
    /// To either.
    Fault(Fault),
}

/// A statement that was asked for. A transaction's bounds are `BEGIN`, `COMMIT` and
/// `ROLLBACK`.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Its text.
    pub sql: String,
    /// One value per `?`.
    pub params: Vec<Value>,
}

impl Answers {
    /// No answers: every statement is unexpected.
    pub fn new() -> Self {
        Self::default()
    }

    /// With an answer for each statement that contains a text. Of several that fit, the
    /// first one counts.
    pub fn when(mut self, contained: &str, answer: impl Into<Reply>) -> Self {
        self.script.push((contained.to_owned(), answer.into()));
        self
    }

    /// What was asked until now, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }

    fn answer(&mut self, sql: &str, params: &[Value]) -> Reply {
        self.record(sql, params);
        let fits = |(contained, _): &&(String, Reply)| sql.contains(contained);
        match self.script.iter().find(fits) {
            Some((_, answer)) => answer.clone(),
            None => panic!("no answer is scripted for: {sql}"),
        }
    }

    fn record(&self, sql: &str, params: &[Value]) {
        self.asked.borrow_mut().push(Asked {
            sql: sql.to_owned(),
            params: params.to_vec(),
        });
    }
}

/// # Panics
/// On a statement with no answer, and on one whose answer is of the other kind.
impl Database for Answers {
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Rows, Fault> {
        match self.answer(sql, params) {
            Reply::Rows(rows) => Ok(rows),
            Reply::Fault(fault) => Err(fault),
            Reply::Done(_) => panic!("a query is answered with rows, not with `Done`: {sql}"),
        }
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<Done, Fault> {
        match self.answer(sql, params) {
            Reply::Done(done) => Ok(done),
            Reply::Fault(fault) => Err(fault),
            Reply::Rows(_) => panic!("`execute` is answered with `Done`, not with rows: {sql}"),
        }
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.record("BEGIN", &[]);
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.record("COMMIT", &[]);
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), Fault> {
        self.record("ROLLBACK", &[]);
        Ok(())
    }
}

impl From<Rows> for Reply {
    fn from(rows: Rows) -> Self {
        Self::Rows(rows)
    }
}

impl From<Done> for Reply {
    fn from(done: Done) -> Self {
        Self::Done(done)
    }
}

impl From<Fault> for Reply {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
