//! The answer to a query, row by row: cells as plain types, rows as whatever serde can read.
//!
//! The type [`Rows`] itself is the binding's. How values are read is in `read.rs`.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::read::{Cell, RowReader};
use super::{Column, Rows, Value};
use crate::error::Error;

/// One row of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    columns: &'a [Column],
    values: &'a [Value],
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows in their order.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            columns: &self.columns,
            rows: self.rows.iter(),
        }
    }

    /// The first row, if there is one.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }

    /// Each row as a `T`: a struct has a field per column, a tuple takes the columns in
    /// their order. An error names the row and the column.
    pub fn to<'a, T: Deserialize<'a>>(&'a self) -> Result<Vec<T>, Error> {
        let read = |(at, row): (usize, Row<'a>)| {
            let read = T::deserialize(RowReader::new(row.columns, row.values));
            read.map_err(|wrong| Error::failed(format!("row {}: {wrong}", at + 1)))
        };
        self.iter().enumerate().map(read).collect()
    }

    /// The rows as an array of objects; of columns with the same name the last one counts.
    pub fn into_json(self) -> Json {
        let names = self.columns.iter().map(|column| &column.name);
        let object = |row: Vec<Value>| -> Map<String, Json> {
            let values = row.into_iter().map(Json::from);
            names.clone().cloned().zip(values).collect()
        };
        self.rows.into_iter().map(object).collect()
    }
}

impl<'a> Row<'a> {
    /// The cell of a column, by the column's name: `row.get::<i64>("id")?`.
    pub fn get<T: Deserialize<'a>>(self, column: &str) -> Result<T, Error> {
        let found = self.columns.iter().position(|it| it.name == column);
        match found {
            Some(at) => self.at(at),
            None => Err(Error::failed(format!(
                "there is no column \"{column}\", only {}",
                self.names()
            ))),
        }
    }

    /// The cell of a column, by the column's place: the first one is 0.
    pub fn at<T: Deserialize<'a>>(self, column: usize) -> Result<T, Error> {
        match (self.columns.get(column), self.values.get(column)) {
            (Some(Column { name, .. }), Some(value)) => {
                Cell { name, value }.read().map_err(Error::failed)
            }
            _ => Err(Error::failed(format!(
                "there is no column {column} in a row of {}",
                self.values.len()
            ))),
        }
    }

    /// The cells as they are.
    pub fn values(self) -> &'a [Value] {
        self.values
    }

    fn names(self) -> String {
        let names = self.columns.iter().map(|it| format!("\"{}\"", it.name));
        names.collect::<Vec<_>>().join(", ")
    }
}

impl<'a> IntoIterator for &'a Rows {
    type Item = Row<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The rows of an answer in their order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    columns: &'a [Column],
    rows: std::slice::Iter<'a, Vec<Value>>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        let columns = self.columns;
        self.rows.next().map(|values| Row { columns, values })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}
