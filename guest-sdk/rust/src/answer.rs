//! What a plugin's function may return, and what the registration calls it.
//!
//! Plain values answer as their own kind; anything else that serde can write is wrapped
//! in [`Json`], markup in [`Html`]. `Result` answers as its value.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::html::Html;
use crate::kind::Kind;
pub use crate::raw::functions::exports::goatkit::plugin::functions::Output;

/// A type that a plugin's function may return.
#[diagnostic::on_unimplemented(
    message = "a plugin's function cannot return `{Self}`",
    label = "not an answer",
    note = "wrap what serde can write as `goatkit_plugin::Json<{Self}>`, markup as `goatkit_plugin::Html`",
    note = "an error has to convert into `goatkit_plugin::Error`"
)]
pub trait Answer {
    /// What the registration calls it.
    const KIND: Kind;

    /// The answer as it leaves the plugin.
    fn into_output(self) -> Result<Output, Error>;
}

/// A value that leaves the plugin as JSON, or comes in as it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

fn json(value: &impl Serialize) -> Result<Output, Error> {
    Ok(Output::Json(serde_json::to_string(value)?))
}

macro_rules! answers {
    ($($kind:ident: $(($($parameter:ident),*) $answer:ty),* $(,)?;)*) => {$($(
        impl<$($parameter: Serialize),*> Answer for $answer {
            const KIND: Kind = Kind::$kind;

            fn into_output(self) -> Result<Output, Error> {
                json(&self)
            }
        }
    )*)*};
}

answers! {
    STRING: () String, () &str, () char;
    INTEGER:
        () i8, () i16, () i32, () i64, () isize,
        () u8, () u16, () u32, () u64, () usize;
    NUMBER: () f32, () f64;
    BOOLEAN: () bool;
    ARRAY: (T) Vec<T>;
    OBJECT: (K, V) HashMap<K, V>, (K, V) BTreeMap<K, V>;
    JSON: () (), () Value, (T) Json<T>;
}

impl Answer for Html {
    const KIND: Kind = Kind::HTML;

    fn into_output(self) -> Result<Output, Error> {
        Ok(Output::Html(self.0))
    }
}

/// Nothing is null.
impl<T: Answer> Answer for Option<T> {
    const KIND: Kind = T::KIND.optional();

    fn into_output(self) -> Result<Output, Error> {
        match self {
            Some(answer) => answer.into_output(),
            None => Ok(Output::Json("null".to_owned())),
        }
    }
}

impl<T: Answer, E: Into<Error>> Answer for Result<T, E> {
    const KIND: Kind = T::KIND;

    fn into_output(self) -> Result<Output, Error> {
        self.map_err(Into::into)?.into_output()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Fault;

    fn check<A: Answer>(answer: A, kind: &str, output: Result<Output, Error>) {
        assert_eq!(A::KIND.to_string(), kind);
        assert_eq!(answer.into_output(), output);
    }

    fn json(text: &str) -> Result<Output, Error> {
        Ok(Output::Json(text.to_owned()))
    }

    #[test]
    fn answers_have_a_kind_and_an_output() {
        check("a\"b", "string", json(r#""a\"b""#));
        check(String::from("ä"), "string", json("\"ä\""));
        check(7_u8, "integer", json("7"));
        check(-7_i64, "integer", json("-7"));
        check(1.5_f64, "number", json("1.5"));
        check(true, "boolean", json("true"));
        check(vec![1, 2], "array", json("[1,2]"));
        check(BTreeMap::from([("a", 1)]), "object", json(r#"{"a":1}"#));
        check(serde_json::json!([null]), "json", json("[null]"));
        check(Json((1, "a")), "json", json(r#"[1,"a"]"#));
        check((), "json", json("null"));
        check(Html("<b>".into()), "html", Ok(Output::Html("<b>".into())));
        check(Some(5), "integer?", json("5"));
        check(None::<String>, "string?", json("null"));
        check(Ok::<_, Fault>(5), "integer", json("5"));
        check(Err::<u8, _>("no"), "integer", Err(Error::failed("no")));
        check(
            Err::<Html, _>(Fault::TimedOut),
            "html",
            Err(Error::Fault(Fault::TimedOut)),
        );
    }

    #[test]
    fn what_json_cannot_write_is_an_error() {
        let unwritable = HashMap::from([((1, 2), 3)]);
        check(
            unwritable,
            "object",
            Err(Error::failed("key must be a string")),
        );
    }
}
