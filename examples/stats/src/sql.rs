//! Pieces of SQL that carry the values of their `?`, so that a statement is put together
//! without counting them. All of it is SQL that SQLite, PostgreSQL and MariaDB agree on.

use goatkit_plugin::Error;
use goatkit_plugin::db::{self, Value};
use serde::de::DeserializeOwned;

/// A piece of a statement, or a whole one.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    text: String,
    params: Vec<Value>,
}

impl Sql {
    /// With the value of its next `?`.
    pub(crate) fn with(mut self, value: impl Into<Value>) -> Self {
        self.params.push(value.into());
        self
    }

    /// Followed by another piece.
    pub(crate) fn then(mut self, next: impl Into<Self>) -> Self {
        let Self { text, params } = next.into();
        self.text.push(' ');
        self.text.push_str(&text);
        self.params.extend(params);
        self
    }

    /// What the database answers.
    pub(crate) fn rows<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        db::query(&self.text, &self.params)?.to()
    }
}

impl From<&str> for Sql {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Sql {
    fn from(text: String) -> Self {
        Self {
            text,
            params: Vec::new(),
        }
    }
}

/// A column that counts the rows which meet a condition.
pub(crate) fn count_of(condition: Sql, name: &str) -> Sql {
    Sql::from(", COUNT(CASE WHEN")
        .then(condition)
        .then(format!("THEN 1 END) AS {name}"))
}

/// The seconds since 1970 of a column with a time as a text. Each engine has a function for
/// this, and no two the same. Right from March 1900 to February 2100: within it every fourth
/// year is a leap year.
pub(crate) fn unix_time(column: &str) -> String {
    let number = |from, length| format!("CAST(substr({column}, {from}, {length}) AS INTEGER)");
    let (year, month, day) = (number(1, 4), number(6, 2), number(9, 2));
    let (hour, minute, second) = (number(12, 2), number(15, 2), number(18, 2));
    // From March on, this year's leap day has been. The last number is what makes the first
    // of January 1970 day 0.
    let march = format!("CASE WHEN {month} > 2 THEN 1 ELSE 0 END");
    let leap = quotient(&format!("7 * ({year} + {march})"), 4);
    let months = quotient(&format!("275 * {month}"), 9);
    let days = format!("367 * {year} - {leap} + {months} + {day} - 719574");
    format!("(({days}) * 86400 + {hour} * 3600 + {minute} * 60 + {second})")
}

/// A division without its rest: `/` alone has decimals on some engines, and none on others.
fn quotient(number: &str, by: i64) -> String {
    format!("({number} - {number} % {by}) / {by}")
}
