//! One value of a cell or a parameter, and what becomes one.
//!
//! The bindings use this very type, so the order of its variants is the contract's and may
//! not change. Reading values as types of Rust's is in `read.rs`.

use serde_json::Value as Json;

/// One value of a database cell or parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false. It comes back as this from a column that is declared `boolean`, and
    /// as an integer from what SQLite computes.
    Boolean(bool),
    /// A number without a fraction.
    Integer(i64),
    /// A number with one.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// Parameters: one [`Value`] for each expression, as an array.
///
/// ```
/// use goatkit_plugin::db::{Value, params};
///
/// let parameters = params![7, "Raw", None::<String>];
/// assert_eq!(parameters, [Value::Integer(7), Value::Text("Raw".into()), Value::Null]);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __params {
    ($($value:expr),* $(,)?) => {{
        let values: [$crate::db::Value; _] = [$($crate::db::Value::from($value)),*];
        values
    }};
}

macro_rules! from {
    ($($given:ty: $pattern:pat => $value:expr;)*) => {$(
        impl From<$given> for Value {
            fn from($pattern: $given) -> Self {
                $value
            }
        }
    )*};
}

from! {
    bool: it => Self::Boolean(it);
    i8: it => Self::Integer(it.into());
    i16: it => Self::Integer(it.into());
    i32: it => Self::Integer(it.into());
    i64: it => Self::Integer(it);
    u8: it => Self::Integer(it.into());
    u16: it => Self::Integer(it.into());
    u32: it => Self::Integer(it.into());
    f32: it => Self::Real(it.into());
    f64: it => Self::Real(it);
    &str: it => Self::Text(it.to_owned());
    &String: it => Self::Text(it.clone());
    String: it => Self::Text(it);
    &[u8]: it => Self::Blob(it.to_vec());
    Vec<u8>: it => Self::Blob(it);
}

/// Nothing is null.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}

/// A blob is an array of its bytes; a real that is no number is null.
impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(it) => it.into(),
            Value::Integer(it) => it.into(),
            Value::Real(it) => it.into(),
            Value::Text(it) => it.into(),
            Value::Blob(it) => it.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_come_from_plain_types_and_go_to_json() {
        let cases = [
            (Value::from(true), Value::Boolean(true), json!(true)),
            (Value::from(-7_i8), Value::Integer(-7), json!(-7)),
            (Value::from(7_u32), Value::Integer(7), json!(7)),
            (
                Value::from(i64::MIN),
                Value::Integer(i64::MIN),
                json!(i64::MIN),
            ),
            (Value::from(0.5_f32), Value::Real(0.5), json!(0.5)),
            (Value::from(1.0), Value::Real(1.0), json!(1.0)),
            (
                Value::from(f64::INFINITY),
                Value::Real(f64::INFINITY),
                json!(null),
            ),
            (Value::from("ä"), Value::Text("ä".into()), json!("ä")),
            (
                Value::from(&String::from("b")),
                Value::Text("b".into()),
                json!("b"),
            ),
            (
                Value::from(vec![0_u8, 255]),
                Value::Blob(vec![0, 255]),
                json!([0, 255]),
            ),
            (Value::from(Some(1)), Value::Integer(1), json!(1)),
            (Value::from(None::<&str>), Value::Null, json!(null)),
        ];
        for (given, value, json) in cases {
            assert_eq!(given, value);
            assert_eq!(Json::from(given), json);
        }
    }

    #[test]
    fn parameters_are_an_array_of_values() {
        let none: [Value; 0] = crate::db::params![];
        assert!(none.is_empty());
        let (name, id) = (String::from("Raw"), 7_i64);
        assert_eq!(
            crate::db::params![id, &name, 0.5,],
            [7.into(), "Raw".into(), Value::Real(0.5)]
        );
    }
}
