//! The types that a registration names, and how they follow from Rust's.
//!
//! An argument's kind is asked of its own `Deserialize`: a probe stands in for the data
//! and notes what the type asks for first. So aliases, newtypes and hand-written
//! implementations get the kind that they really read. No data is involved, and nothing
//! here fails: a type that asks for nothing in particular is `json`.

use std::fmt;

use serde::de::{self, Deserialize, Visitor};

/// A type as the registration names it: `string`, `integer?`, `json`…
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    name: &'static str,
    optional: bool,
}

impl Kind {
    /// A text.
    pub const STRING: Self = Self::named("string");
    /// A number without a fraction.
    pub const INTEGER: Self = Self::named("integer");
    /// Any number.
    pub const NUMBER: Self = Self::named("number");
    /// True or false.
    pub const BOOLEAN: Self = Self::named("boolean");
    /// A list of values.
    pub const ARRAY: Self = Self::named("array");
    /// Values with names.
    pub const OBJECT: Self = Self::named("object");
    /// Anything.
    pub const JSON: Self = Self::named("json");
    /// Markup; only functions return it.
    pub const HTML: Self = Self::named("html");

    const fn named(name: &'static str) -> Self {
        let optional = false;
        Self { name, optional }
    }

    /// The same, and it may be left out.
    pub const fn optional(self) -> Self {
        let optional = true;
        Self { optional, ..self }
    }

    /// Whether an argument of this kind may be left out.
    pub const fn is_optional(self) -> bool {
        self.optional
    }

    /// Whether it is markup, and always is.
    pub const fn is_html(self) -> bool {
        matches!(self.name.as_bytes(), b"html") && !self.optional
    }

    /// The kind of an argument of type `T`.
    pub fn of<'de, T: Deserialize<'de>>() -> Self {
        match T::deserialize(Probe) {
            Ok(_) => Self::JSON,
            Err(Found(kind)) => kind,
        }
    }

    /// The kind of a valid JSON text, as its first character and its digits tell. Null is
    /// nothing's kind.
    pub(crate) fn of_text(json: &str) -> Option<Self> {
        match json.as_bytes().first()? {
            b'n' => None,
            b'"' => Some(Self::STRING),
            b't' | b'f' => Some(Self::BOOLEAN),
            b'[' => Some(Self::ARRAY),
            b'{' => Some(Self::OBJECT),
            _ if json.contains(['.', 'e', 'E']) => Some(Self::NUMBER),
            _ => Some(Self::INTEGER),
        }
    }

    /// Whether a value of the kind `given`, or null, can be one of this kind.
    pub(crate) fn accepts(self, given: Option<Self>) -> bool {
        match given {
            _ if self.name == Self::JSON.name => true,
            None => self.optional,
            Some(Self::INTEGER) if self.name == Self::NUMBER.name => true,
            Some(given) => self.name == given.name,
        }
    }

    /// The kind in a sentence: `a string`, `an integer`.
    pub(crate) fn expected(self) -> String {
        let article = if self.name.starts_with(['a', 'i', 'o']) {
            "an"
        } else {
            "a"
        };
        let or_nothing = if self.optional { " or null" } else { "" };
        format!("{article} {}{or_nothing}", self.name)
    }
}

/// As the registration writes it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        f.write_str(if self.optional { "?" } else { "" })
    }
}

/// A deserializer with no data: its error is the answer.
struct Probe;

/// What the probed type asked for.
#[derive(Debug)]
struct Found(Kind);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Found {}

/// A type that words an error of its own has asked for nothing that a registration names.
impl de::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(Kind::JSON)
    }
}

macro_rules! answers {
    ($($kind:ident: $($method:ident($($argument:ty),*))*;)*) => {$($(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, Found> {
            Err(Found(Kind::$kind))
        }
    )*)*};
}

type Names = &'static [&'static str];

impl<'de> de::Deserializer<'de> for Probe {
    type Error = Found;

    answers! {
        BOOLEAN: deserialize_bool();
        INTEGER:
            deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
            deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32()
            deserialize_u64() deserialize_u128();
        NUMBER: deserialize_f32() deserialize_f64();
        STRING:
            deserialize_char() deserialize_str() deserialize_string()
            deserialize_identifier();
        ARRAY:
            deserialize_bytes() deserialize_byte_buf() deserialize_seq()
            deserialize_tuple(usize) deserialize_tuple_struct(&'static str, usize);
        OBJECT: deserialize_map() deserialize_struct(&'static str, Names);
        JSON:
            deserialize_any() deserialize_ignored_any() deserialize_unit()
            deserialize_unit_struct(&'static str) deserialize_enum(&'static str, Names);
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        visitor
            .visit_some(self)
            .map_err(|Found(kind)| Found(kind.optional()))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Found> {
        visitor.visit_newtype_struct(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use serde_json::Value;

    use super::*;

    type Alias = u64;

    #[derive(serde::Deserialize)]
    struct Wrapped(#[allow(dead_code, reason = "only its kind is asked")] String);

    #[derive(serde::Deserialize)]
    struct Filter {
        #[allow(dead_code, reason = "only its kind is asked")]
        limit: u8,
    }

    #[derive(serde::Deserialize)]
    #[serde(try_from = "String")]
    struct Parsed;

    impl TryFrom<String> for Parsed {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            if text.is_empty() { Err(text) } else { Ok(Self) }
        }
    }

    #[derive(serde::Deserialize)]
    enum Order {
        Up,
        Down(#[allow(dead_code, reason = "only its kind is asked")] u8),
    }

    #[test]
    fn kinds_follow_from_the_types() {
        fn check<'de, T: Deserialize<'de>>(expect: &str) {
            assert_eq!(Kind::of::<T>().to_string(), expect);
        }
        check::<String>("string");
        check::<char>("string");
        check::<bool>("boolean");
        check::<i8>("integer");
        check::<usize>("integer");
        check::<Alias>("integer");
        check::<f32>("number");
        check::<Vec<String>>("array");
        check::<(u8, String)>("array");
        check::<[u8; 3]>("array");
        check::<HashMap<String, u8>>("object");
        check::<BTreeMap<String, Value>>("object");
        check::<Filter>("object");
        check::<Wrapped>("string");
        check::<Parsed>("string");
        check::<Order>("json");
        check::<Value>("json");
        check::<Option<u8>>("integer?");
        check::<Option<Vec<u8>>>("array?");
        check::<Option<Filter>>("object?");
        check::<Option<Value>>("json?");
        check::<Box<Option<Wrapped>>>("string?");
    }
}
