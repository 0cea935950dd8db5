//! What goes into a statement and what comes out of it. Mirrors `types.value` of the
//! contract; the doors convert it.

/// One value of a cell or a parameter.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the six words of the contract
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    /// Bytes that the value holds beside its own size.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Boolean(_) | Self::Integer(_) | Self::Real(_) => 0,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name, as the statement gives it.
    pub name: String,
    /// The type that the table declares, in lower case; empty for what is computed.
    pub type_name: String,
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    /// The columns, in the statement's order.
    pub columns: Vec<Column>,
    /// The rows; each has one value per column.
    pub rows: Vec<Vec<Value>>,
}

/// What a statement did that answers no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Rows inserted, changed or deleted.
    pub affected: u64,
    /// The identifier of the row that was inserted last, if this statement inserted one
    /// and the engine numbers the table's rows.
    pub last_insert_id: Option<i64>,
}
