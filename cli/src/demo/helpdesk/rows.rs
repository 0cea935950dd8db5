//! From values to INSERT statements of some hundred rows each.

use std::fmt::Write;

use super::moment::Moment;

/// Rows of one statement: few statements, and none that is hard to look at.
const ROWS_PER_STATEMENT: usize = 250;

/// What every table ends with.
const STAMP: &str = "create_time, create_by, change_time, change_by";

/// Who made a row and changed it last, and when.
#[derive(Clone, Copy)]
pub(super) struct Stamp {
    pub(super) created: Moment,
    pub(super) created_by: i64,
    pub(super) changed: Moment,
    pub(super) changed_by: i64,
}

impl Stamp {
    /// Of a row that stayed as it was made.
    pub(super) fn once(at: Moment, by: i64) -> Self {
        Self {
            created: at,
            created_by: by,
            changed: at,
            changed_by: by,
        }
    }
}

/// The rows of one table, in the order in which they came.
pub(super) struct Rows {
    /// The table with its columns, those of the stamp left out.
    into: &'static str,
    count: usize,
    sql: String,
}

impl Rows {
    /// `into` is the table's name and its columns: `valid (id, name`, left open for the
    /// columns of the stamp.
    pub(super) fn of(into: &'static str) -> Self {
        Self {
            into,
            count: 0,
            sql: String::new(),
        }
    }

    /// Adds a row: a cell for each column that the table was named with.
    pub(super) fn add(&mut self, cells: &[&dyn Cell], stamp: Stamp) {
        if self.count.is_multiple_of(ROWS_PER_STATEMENT) {
            self.end();
            let into = self.into;
            for part in ["INSERT INTO ", into, ", ", STAMP, ") VALUES\n("] {
                self.sql.push_str(part);
            }
        } else {
            self.sql.push_str(",\n(");
        }
        let Stamp {
            created,
            created_by,
            changed,
            changed_by,
        } = stamp;
        let stamp: [&dyn Cell; 4] = [&created, &created_by, &changed, &changed_by];
        for (at, cell) in cells.iter().chain(&stamp).enumerate() {
            if at > 0 {
                self.sql.push_str(", ");
            }
            cell.write(&mut self.sql);
        }
        self.sql.push(')');
        self.count += 1;
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> i64 {
        self.count as i64
    }

    /// All rows as SQL.
    pub(super) fn into_sql(mut self) -> String {
        self.end();
        self.sql
    }

    fn end(&mut self) {
        if self.count > 0 {
            self.sql.push_str(";\n");
        }
    }
}

/// A value that SQL can write.
pub(super) trait Cell {
    fn write(&self, sql: &mut String);
}

impl Cell for i64 {
    fn write(&self, sql: &mut String) {
        // Writing to a text does not fail.
        let _ = write!(sql, "{self}");
    }
}

impl Cell for &str {
    fn write(&self, sql: &mut String) {
        sql.push('\'');
        for (at, piece) in self.split('\'').enumerate() {
            if at > 0 {
                sql.push_str("''");
            }
            sql.push_str(piece);
        }
        sql.push('\'');
    }
}

impl Cell for String {
    fn write(&self, sql: &mut String) {
        self.as_str().write(sql);
    }
}

impl Cell for Moment {
    fn write(&self, sql: &mut String) {
        // Digits, and nothing that ends a text.
        let _ = write!(sql, "'{self}'");
    }
}

/// Nothing is NULL.
impl<T: Cell> Cell for Option<T> {
    fn write(&self, sql: &mut String) {
        match self {
            Some(cell) => cell.write(sql),
            None => sql.push_str("NULL"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_statements() {
        let mut rows = Rows::of("t (a, b, c");
        let stamp = Stamp::once(Moment::EPOCH, 1);
        rows.add(&[&7_i64, &"it's", &None::<i64>], stamp);
        rows.add(&[&-1_i64, &String::from("''"), &Some(2_i64)], stamp);
        let stamp = "'1970-01-01 00:00:00', 1, '1970-01-01 00:00:00', 1";
        assert_eq!(
            rows.into_sql(),
            format!(
                "INSERT INTO t (a, b, c, create_time, create_by, change_time, change_by) VALUES\n\
                 (7, 'it''s', NULL, {stamp}),\n(-1, '''''', 2, {stamp});\n"
            )
        );
        assert_eq!(Rows::of("t (a").into_sql(), "");
    }

    #[test]
    fn statements_have_some_hundred_rows() {
        for (count, statements) in [(1, 1), (ROWS_PER_STATEMENT, 1), (ROWS_PER_STATEMENT + 1, 2)] {
            let mut rows = Rows::of("t (a");
            for _ in 0..count {
                rows.add(&[&1_i64], Stamp::once(Moment::EPOCH, 1));
            }
            assert_eq!(rows.count(), count as i64);
            assert_eq!(rows.into_sql().matches(";\n").count(), statements);
        }
    }
}
