//! One map of the manifest while it is read: hands out typed fields and notes what is wrong,
//! instead of stopping at the first mistake.
//!
//! Used by [`super::file`] only.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::units::{parse_bytes, parse_duration};
use crate::error::Problem;
use crate::nearest::nearest;

/// What was found wrong so far.
#[derive(Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem {
            field: field.into(),
            message: message.into(),
        });
    }
}

/// One map: where it stands, and the fields that nobody has taken yet.
pub(super) struct Section<'p> {
    at: String,
    fields: Map<String, Value>,
    pub(super) problems: &'p mut Problems,
}

impl<'p> Section<'p> {
    /// Opens a map whose keys must all be in `known`.
    pub(super) fn open(
        at: &str,
        fields: Map<String, Value>,
        known: &[&str],
        problems: &'p mut Problems,
    ) -> Self {
        for key in fields.keys().filter(|key| !known.contains(&key.as_str())) {
            problems.add(dotted(at, key), unknown("key", key, known));
        }
        Self {
            at: at.to_owned(),
            fields,
            problems,
        }
    }

    pub(super) fn place(&self, key: &str) -> String {
        dotted(&self.at, key)
    }

    /// The raw value of a key, taken out.
    pub(super) fn value(&mut self, key: &str) -> Option<Value> {
        self.fields.remove(key)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text),
            number @ Value::Number(_) => {
                let found = describe(&number);
                self.wrong(
                    key,
                    format!("expected text, found {found}; put it in quotes"),
                )
            }
            other => self.mismatch(key, "text", &other),
        }
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(flag) => Some(flag),
            other => self.mismatch(key, "true or false", &other),
        }
    }

    pub(super) fn count(&mut self, key: &str) -> Option<u32> {
        let value = self.value(key)?;
        match value.as_u64().and_then(|number| u32::try_from(number).ok()) {
            Some(number) => Some(number),
            None => self.mismatch(key, "a whole number", &value),
        }
    }

    pub(super) fn bytes(&mut self, key: &str) -> Option<u64> {
        let value = self.value(key)?;
        let read = match &value {
            Value::String(text) => parse_bytes(text),
            other => other.as_u64().ok_or(super::units::UnitError::Bytes),
        };
        read.or_else(|error| {
            self.wrong(key, format!("{error}, found {}", describe(&value)))
                .ok_or(())
        })
        .ok()
    }

    pub(super) fn duration(&mut self, key: &str) -> Option<Duration> {
        let value = self.value(key)?;
        let read = parse_duration(value.as_str().unwrap_or_default());
        read.or_else(|error| {
            self.wrong(key, format!("{error}, found {}", describe(&value)))
                .ok_or(())
        })
        .ok()
    }

    pub(super) fn map(&mut self, key: &str) -> Option<Map<String, Value>> {
        match self.value(key)? {
            Value::Object(map) => Some(map),
            other => self.mismatch(key, "a map", &other),
        }
    }

    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        match self.value(key) {
            None => Vec::new(),
            Some(value) => texts(&self.place(key), value, self.problems),
        }
    }

    /// A map whose keys are free and whose values are texts.
    pub(super) fn text_map(&mut self, key: &str) -> Option<BTreeMap<String, String>> {
        let map = self.map(key)?;
        let place = self.place(key);
        let mut entries = BTreeMap::new();
        for (name, value) in map {
            match value {
                Value::String(text) => drop(entries.insert(name, text)),
                other => self
                    .problems
                    .add(dotted(&place, &name), expected("text", &other)),
            }
        }
        Some(entries)
    }

    fn mismatch<T>(&mut self, key: &str, wanted: &str, found: &Value) -> Option<T> {
        self.wrong(key, expected(wanted, found))
    }

    fn wrong<T>(&mut self, key: &str, message: String) -> Option<T> {
        self.problems.add(self.place(key), message);
        None
    }
}

/// A list of texts; what is none is noted and left out.
pub(super) fn texts(place: &str, value: Value, problems: &mut Problems) -> Vec<String> {
    let Value::Array(items) = value else {
        problems.add(place, expected("a list of texts", &value));
        return Vec::new();
    };
    let mut texts = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        match item {
            Value::String(text) => texts.push(text),
            other => problems.add(format!("{place}[{at}]"), expected("text", &other)),
        }
    }
    texts
}

/// `unknown key; did you mean …?`, or the list of what is known.
pub(super) fn unknown(what: &str, given: &str, known: &[&str]) -> String {
    match nearest(given, known.iter().copied()) {
        Some(name) => format!("unknown {what}; did you mean `{name}`?"),
        None => format!("unknown {what}; known here: {}", known.join(", ")),
    }
}

pub(super) fn expected(wanted: &str, found: &Value) -> String {
    format!("expected {wanted}, found {}", describe(found))
}

pub(super) fn dotted(at: &str, key: &str) -> String {
    if at.is_empty() {
        key.to_owned()
    } else {
        format!("{at}.{key}")
    }
}

pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => format!("the boolean {flag}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.chars().count() > 60 => "a long text".to_owned(),
        Value::String(text) => format!("the text {text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}
