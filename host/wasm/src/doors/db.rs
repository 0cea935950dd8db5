//! The door to the db room.

use goatkit_capability::Fault;
use goatkit_capability::db::{self, Db};
use wasmtime::component::{Resource, ResourceTable, ResourceTableError};

use super::contract::db::{Column, Done, Host, HostTransaction, Rows};
use super::contract::types::Value;
use crate::run::State;

/// Transactions whose handle a guest may keep. One can be open; an honest guest drops the
/// handle of one that is not.
const MAX_HANDLES: usize = 16;

/// What one instance holds of the room: its handle for the call that runs, and the guest's
/// handles. An entry stays until the guest drops it, so that an old handle never names a
/// new transaction.
#[derive(Default)]
pub(crate) struct InUse {
    call: Option<Db>,
    handles: ResourceTable,
}

impl InUse {
    /// The handle of the call, made when the call first asks: most never do.
    fn of_call(&mut self, room: &Db) -> &Db {
        self.call.get_or_insert_with(|| room.for_call())
    }

    /// Whether the call has a transaction open.
    pub(crate) fn has_transaction(&self) -> bool {
        self.call.as_ref().is_some_and(Db::has_transaction)
    }

    /// Closes what the call has left open.
    pub(crate) fn end_call(&mut self) {
        if let Some(call) = self.call.take() {
            call.end_call();
        }
    }
}

/// A transaction, until it has ended. Public for the generated code alone.
#[allow(unreachable_pub)]
pub struct Handle(Option<db::Transaction>);

impl Host for State {
    async fn query(&mut self, sql: String, params: Vec<Value>) -> Result<Rows, Fault> {
        let room = self.db.of_call(&self.rooms.db);
        Ok(room.query(&self.scope, &sql, values(params)).await?.into())
    }

    async fn execute(&mut self, sql: String, params: Vec<Value>) -> Result<Done, Fault> {
        let room = self.db.of_call(&self.rooms.db);
        Ok(room
            .execute(&self.scope, &sql, values(params))
            .await?
            .into())
    }

    async fn begin(&mut self) -> Result<Resource<Handle>, Fault> {
        // First the place for it: a transaction that nobody can hold would be opened in vain.
        self.db.handles.set_max_capacity(MAX_HANDLES);
        let handle = self.db.handles.push(Handle(None)).map_err(|_| {
            Fault::TooLarge(format!(
                "a plugin keeps at most {MAX_HANDLES} transactions; drop those that have ended"
            ))
        })?;
        let room = self.db.of_call(&self.rooms.db);
        match room.begin(&self.scope).await {
            Ok(transaction) => {
                let place = self.db.handles.get_mut(&handle);
                place.map_err(|error| unknown(&error))?.0 = Some(transaction);
                Ok(handle)
            }
            Err(fault) => {
                // Nobody else knows the handle.
                let _ = self.db.handles.delete(handle);
                Err(fault)
            }
        }
    }
}

impl HostTransaction for State {
    async fn query(
        &mut self,
        this: Resource<Handle>,
        sql: String,
        params: Vec<Value>,
    ) -> Result<Rows, Fault> {
        let transaction = open(&self.db.handles, &this)?;
        let rows = transaction.query(&self.scope, &sql, values(params)).await?;
        Ok(rows.into())
    }

    async fn execute(
        &mut self,
        this: Resource<Handle>,
        sql: String,
        params: Vec<Value>,
    ) -> Result<Done, Fault> {
        let transaction = open(&self.db.handles, &this)?;
        let done = transaction
            .execute(&self.scope, &sql, values(params))
            .await?;
        Ok(done.into())
    }

    async fn commit(&mut self, this: Resource<Handle>) -> Result<(), Fault> {
        let transaction = take(&mut self.db.handles, &this)?;
        transaction.commit(&self.scope).await
    }

    async fn rollback(&mut self, this: Resource<Handle>) -> Result<(), Fault> {
        let transaction = take(&mut self.db.handles, &this)?;
        transaction.rollback(&self.scope).await
    }

    async fn drop(&mut self, this: Resource<Handle>) -> wasmtime::Result<()> {
        self.db.handles.delete(this)?;
        Ok(())
    }
}

fn open<'h>(
    handles: &'h ResourceTable,
    this: &Resource<Handle>,
) -> Result<&'h db::Transaction, Fault> {
    match handles.get(this) {
        Ok(Handle(Some(transaction))) => Ok(transaction),
        Ok(Handle(None)) => Err(closed()),
        Err(error) => Err(unknown(&error)),
    }
}

fn take(handles: &mut ResourceTable, this: &Resource<Handle>) -> Result<db::Transaction, Fault> {
    match handles.get_mut(this) {
        Ok(Handle(transaction)) => transaction.take().ok_or_else(closed),
        Err(error) => Err(unknown(&error)),
    }
}

fn closed() -> Fault {
    Fault::Invalid("the transaction is closed".to_owned())
}

/// wasmtime checks handles before they come here.
fn unknown(error: &ResourceTableError) -> Fault {
    Fault::Invalid(format!("there is no such transaction: {error}"))
}

fn values(params: Vec<Value>) -> Vec<db::Value> {
    params.into_iter().map(Into::into).collect()
}

impl From<Value> for db::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(it) => Self::Boolean(it),
            Value::Integer(it) => Self::Integer(it),
            Value::Real(it) => Self::Real(it),
            Value::Text(it) => Self::Text(it),
            Value::Blob(it) => Self::Blob(it),
        }
    }
}

impl From<db::Value> for Value {
    fn from(value: db::Value) -> Self {
        match value {
            db::Value::Null => Self::Null,
            db::Value::Boolean(it) => Self::Boolean(it),
            db::Value::Integer(it) => Self::Integer(it),
            db::Value::Real(it) => Self::Real(it),
            db::Value::Text(it) => Self::Text(it),
            db::Value::Blob(it) => Self::Blob(it),
        }
    }
}

impl From<db::Rows> for Rows {
    fn from(rows: db::Rows) -> Self {
        let column = |it: db::Column| Column {
            name: it.name,
            type_name: it.type_name,
        };
        let row = |row: Vec<db::Value>| row.into_iter().map(Into::into).collect();
        Self {
            columns: rows.columns.into_iter().map(column).collect(),
            rows: rows.rows.into_iter().map(row).collect(),
        }
    }
}

impl From<db::Done> for Done {
    fn from(done: db::Done) -> Self {
        Self {
            affected: done.affected,
            last_insert_id: done.last_insert_id,
        }
    }
}
