//! lies: answers what it did not promise, and names what it does not have: a text that is no
//! UTF-8, JSON that is too deep, handles that it was never given or has given back.

use goatkit_plugin::raw::goatkit::plugin::db::Transaction;
use goatkit_plugin::{Error, Output, db};

/// Deeper than any reader of JSON follows.
const DEPTH: usize = 1_000_000;

goatkit_test_guests::guest! {
    not_utf8() -> "json",
    html_not_utf8() -> "html",
    deep() -> "json",
    large_number() -> "json",
    nothing() -> "json",
    two() -> "json",
    error_not_utf8() -> "json",
    forged() -> "json",
    given_back() -> "json";
    |function, _| match function {
        "not_utf8" => Ok(Output::Json(garbage())),
        "html_not_utf8" => Ok(Output::Html(garbage())),
        "deep" => Ok(Output::Json(format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)))),
        "large_number" => Ok(Output::Json("1e999999999".to_owned())),
        "nothing" => Ok(Output::Json(String::new())),
        "two" => Ok(Output::Json("1 2".to_owned())),
        "error_not_utf8" => Err(Error::Invalid(garbage())),
        "forged" => {
            let _ = unsafe { Transaction::from_handle(12_345) }.commit();
            Ok(Output::Json("1".to_owned()))
        }
        "given_back" => {
            // What holds the real one does not tell its handle: it is the first that there is.
            drop(db::begin()?);
            for handle in 1..4 {
                let _ = unsafe { Transaction::from_handle(handle) }.commit();
            }
            Ok(Output::Json("1".to_owned()))
        }
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn garbage() -> String {
    unsafe { String::from_utf8_unchecked(vec![b'"', 0xff, 0xfe, b'"']) }
}
