//! Cells and rows as serde's data: what [`Rows::to`](super::Rows::to) and
//! [`Row::get`](super::Row::get) read.
//!
//! A misfit names the column, what was expected and which type was found, and never the
//! cell's own text: what stands in a table does not belong into a log.

use std::fmt;

use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::{Column, Value};

/// One cell and its column's name.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a Value,
}

impl<'a> Cell<'a> {
    pub(super) fn read<T: Deserialize<'a>>(self) -> Result<T, Misfit> {
        self.seeded(std::marker::PhantomData)
    }

    fn seeded<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, Misfit> {
        let read = seed.deserialize(CellReader(self.value));
        read.map_err(|Misfit(why)| Misfit(format!("column \"{}\": {why}", self.name)))
    }
}

struct CellReader<'de>(&'de Value);

impl<'de> Deserializer<'de> for CellReader<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(it) => visitor.visit_bool(*it),
            Value::Integer(it) => visitor.visit_i64(*it),
            Value::Real(it) => visitor.visit_f64(*it),
            Value::Text(it) => visitor.visit_borrowed_str(it),
            Value::Blob(it) => visitor.visit_borrowed_bytes(it),
        }
    }

    /// What an engine without booleans computes is 0 or 1.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Integer(it @ (0 | 1)) => visitor.visit_bool(*it == 1),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    /// For `Vec<u8>`.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Blob(it) => visitor.visit_seq(SeqDeserializer::new(it.iter().copied())),
            _ => self.deserialize_any(visitor),
        }
    }

    /// A text names a variant.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Text(it) => {
                let name: StrDeserializer<'de, Misfit> = it.as_str().into_deserializer();
                visitor.visit_enum(name)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

/// One row, by the names of its columns or by their order.
pub(super) struct RowReader<'de> {
    cells: std::iter::Zip<std::slice::Iter<'de, Column>, std::slice::Iter<'de, Value>>,
    /// The cell whose column's name was read last.
    named: Option<Cell<'de>>,
}

impl<'de> RowReader<'de> {
    pub(super) fn new(columns: &'de [Column], values: &'de [Value]) -> Self {
        Self {
            cells: columns.iter().zip(values),
            named: None,
        }
    }

    fn next(&mut self) -> Option<Cell<'de>> {
        let (Column { name, .. }, value) = self.cells.next()?;
        Some(Cell { name, value })
    }
}

impl<'de> Deserializer<'de> for RowReader<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_seq(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let columns = self.cells.len();
        if columns == length {
            return visitor.visit_seq(self);
        }
        Err(Misfit(format!(
            "expected {length} columns, found {columns}"
        )))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_tuple(length, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for RowReader<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        self.named = self.next();
        let Some(Cell { name, .. }) = self.named else {
            return Ok(None);
        };
        let name: StrDeserializer<'de, Misfit> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        match self.named.take() {
            Some(cell) => cell.seeded(seed),
            None => Err(Misfit("a value is read before its name".to_owned())),
        }
    }
}

impl<'de> SeqAccess<'de> for RowReader<'de> {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        self.next().map(|cell| cell.seeded(seed)).transpose()
    }
}

/// Why a type cannot be read.
#[derive(Debug, PartialEq)]
pub(super) struct Misfit(String);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(format!("expected {expected}, found {}", word(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            // Told, because it is the number and not its type that does not fit.
            Unexpected::Signed(number) => Self(format!("expected {expected}, found {number}")),
            _ => Self::invalid_type(found, expected),
        }
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let expected = expected.join(", ");
        Self(format!("expected one of {expected}, found another text"))
    }
}

/// The contract's word for what a cell holds.
fn word(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Unit => "null".to_owned(),
        Unexpected::Bool(_) => "boolean".to_owned(),
        Unexpected::Signed(_) | Unexpected::Unsigned(_) => "integer".to_owned(),
        Unexpected::Float(_) => "real".to_owned(),
        Unexpected::Str(_) => "text".to_owned(),
        Unexpected::Bytes(_) | Unexpected::Seq => "blob".to_owned(),
        Unexpected::Map => "a row".to_owned(),
        other => other.to_string(),
    }
}
