//! The help desk that the demo lays out for plugins to read: the tables and columns of OTRS
//! and Znuny, and two years of tickets in them. `gk demo` runs the text that is made here
//! into an empty database.
//!
//! The data is the same on every run. Everything in it is so many days before the day that
//! it is made for: figures are the same on every day, and only dates move. `schema.sql` has
//! the tables, `catalog` what tickets refer to, `people` who they are between, `arrivals`
//! when they came, `tickets` what became of them, `conversation` what was written, and
//! `filing` makes rows of it. Not here: the database itself.

mod arrivals;
mod catalog;
mod conversation;
mod filing;
mod moment;
mod people;
mod random;
mod rows;
mod texts;
mod tickets;

use jiff::civil::Date;

use moment::Today;

const SCHEMA: &str = include_str!("schema.sql");

/// SQL for SQLite that makes the tables and fills them, in one transaction of its own.
/// Nothing in it is later than the first hour of `today` in UTC, but what is due one day.
pub(super) fn script(today: Date) -> String {
    let today = Today::new(today);
    let parts = [
        people::agents(today),
        people::customers(today),
        catalog::sql(today),
        tickets::sql(today),
    ];
    format!("BEGIN;\n{SCHEMA}\n{}COMMIT;\n", parts.concat())
}

#[cfg(test)]
mod tests;
