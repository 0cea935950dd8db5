//! From the JSON array of a call to typed values, by position.
//!
//! What [`macro@crate::plugin`] expands to uses it; the messages are for whoever wrote
//! the call, so each names the argument and what was expected of it. The function is not
//! named in them: the host does that.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::kind::Kind;

/// Longer values are cut in messages, so that an error never carries a whole upload.
const SHOWN_CHARACTERS: usize = 40;

/// The arguments of one call, taken in the order of the registration.
#[derive(Debug)]
pub struct Arguments<'a> {
    names: &'static [&'static str],
    taken: usize,
    given: std::vec::IntoIter<&'a RawValue>,
}

impl<'a> Arguments<'a> {
    /// Reads a JSON array of at most as many values as there are names.
    pub fn parse(names: &'static [&'static str], json: &'a str) -> Result<Self, Error> {
        let given: Vec<&RawValue> = serde_json::from_str(json).map_err(|error| {
            Error::Invalid(format!("the arguments must be a JSON array: {error}"))
        })?;
        if given.len() > names.len() {
            return Err(Error::Invalid(too_many(names, given.len())));
        }
        Ok(Self {
            names,
            taken: 0,
            given: given.into_iter(),
        })
    }

    /// The next argument. One that was not given is read as null, which only an optional
    /// one accepts.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let (position, given) = (self.taken, self.given.next());
        self.taken += 1;

        let kind = Kind::of::<T>();
        let json = match given {
            Some(value) => value.get(),
            None if kind.is_optional() => "null",
            None => {
                let expected = kind.expected();
                return Err(self.wrong(position, &format!(" is missing: expected {expected}")));
            }
        };
        let found = Kind::of_text(json);
        if !kind.accepts(found) {
            let (expected, found) = (kind.expected(), shown(found, json));
            return Err(self.wrong(position, &format!(": expected {expected}, found {found}")));
        }
        serde_json::from_str(json).map_err(|error| self.wrong(position, &format!(": {error}")))
    }

    fn wrong(&self, position: usize, reason: &str) -> Error {
        let name = self.names.get(position).copied().unwrap_or("?");
        let number = position + 1;
        Error::Invalid(format!("argument {number} \"{name}\"{reason}"))
    }
}

fn too_many(names: &[&str], given: usize) -> String {
    let takes = match names {
        [] => "no arguments".to_owned(),
        [name] => format!("1 argument ({name})"),
        _ => format!("{} arguments ({})", names.len(), names.join(", ")),
    };
    format!("takes {takes}, {given} given")
}

fn shown(kind: Option<Kind>, json: &str) -> String {
    let cut = json.char_indices().nth(SHOWN_CHARACTERS);
    let (text, more) = match cut {
        Some((end, _)) => (&json[..end], "…"),
        None => (json, ""),
    };
    match kind {
        None => "null".to_owned(),
        Some(kind) => format!("{kind} {text}{more}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    const NAMES: &[&str] = &["input", "limit"];

    fn read<A: DeserializeOwned, B: DeserializeOwned>(json: &str) -> Result<(A, B), Error> {
        let mut arguments = Arguments::parse(NAMES, json)?;
        Ok((arguments.take()?, arguments.take()?))
    }

    fn refused<A: DeserializeOwned, B: DeserializeOwned>(json: &str) -> String {
        match read::<A, B>(json) {
            Err(Error::Invalid(message)) => message,
            Err(other) => format!("not `invalid`: {other}"),
            Ok(_) => "accepted".to_owned(),
        }
    }

    #[test]
    fn arguments_are_read_by_position() {
        assert_eq!(read(r#"["a", 5]"#).unwrap(), ("a".to_owned(), 5_u8));
        assert_eq!(read(r#"["a"]"#).unwrap(), ("a".to_owned(), None::<u8>));
        assert_eq!(
            read(r#"["a", null]"#).unwrap(),
            ("a".to_owned(), None::<u8>)
        );
        assert_eq!(read("[]").unwrap(), (None::<String>, None::<u8>));
        assert_eq!(read("[5, 5]").unwrap(), (5_i64, 5.0_f64));
        assert_eq!(
            read(r#"[null, {"a": [1]}]"#).unwrap(),
            (Value::Null, serde_json::json!({"a": [1]}))
        );
        assert!(Arguments::parse(&[], "[]").is_ok());
    }

    #[test]
    fn wrong_arguments_are_named() {
        let cases = [
            (
                "[5]",
                r#"argument 1 "input": expected a string, found integer 5"#,
            ),
            (
                "[null, 1]",
                r#"argument 1 "input": expected a string, found null"#,
            ),
            (
                "[[1, 2]]",
                r#"argument 1 "input": expected a string, found array [1, 2]"#,
            ),
            (
                "[{}]",
                r#"argument 1 "input": expected a string, found object {}"#,
            ),
            (
                "[true]",
                r#"argument 1 "input": expected a string, found boolean true"#,
            ),
            (
                r#"["a", "b"]"#,
                r#"argument 2 "limit": expected an integer, found string "b""#,
            ),
            (
                r#"["a", 1.5]"#,
                r#"argument 2 "limit": expected an integer, found number 1.5"#,
            ),
            (
                r#"["a", 300]"#,
                r#"argument 2 "limit": invalid value: integer `300`, expected u8 at line 1 column 3"#,
            ),
            (
                r#"["a"]"#,
                r#"argument 2 "limit" is missing: expected an integer"#,
            ),
            ("[]", r#"argument 1 "input" is missing: expected a string"#),
            (
                r#"["a", 1, 2]"#,
                "takes 2 arguments (input, limit), 3 given",
            ),
        ];
        for (json, expect) in cases {
            assert_eq!(refused::<String, u8>(json), expect, "for {json}");
        }
        assert_eq!(
            refused::<Option<String>, u8>("[5]"),
            r#"argument 1 "input": expected a string or null, found integer 5"#
        );
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for json in ["{}", "5", "", "[1", "\"a\""] {
            let message = refused::<String, u8>(json);
            assert!(
                message.starts_with("the arguments must be a JSON array: "),
                "{message} for {json}"
            );
        }
        let none = Arguments::parse(&[], "[1]").unwrap_err();
        assert_eq!(none.to_string(), "invalid: takes no arguments, 1 given");
    }

    #[test]
    fn long_texts_are_cut_in_messages() {
        let json = format!("[\"a\", \"{}\"]", "ü".repeat(1000));
        let message = refused::<String, u8>(&json);
        assert!(message.ends_with(&format!("found string \"{}…", "ü".repeat(39))));
    }
}
