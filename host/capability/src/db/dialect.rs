//! What differs between engines before a statement is sent: how it is read, which
//! functions it may call, which collations there are. A further engine is a further
//! constant here and a further backend.

use sqlparser::dialect::SQLiteDialect;

/// One engine's way of writing SQL.
#[derive(Debug)]
pub struct Dialect {
    /// The engine's name, for messages.
    pub name: &'static str,
    /// The parser's view of it.
    pub(super) parser: &'static (dyn sqlparser::dialect::Dialect + Send + Sync),
    functions: &'static [&'static str],
    /// What the engine reports as a function although it is written as an operator.
    operators: &'static [&'static str],
    collations: &'static [&'static str],
}

impl Dialect {
    /// Whether a statement may call a function of this name (in lower case). The list names
    /// what computes from its arguments alone: nothing that takes SQL or a file's name,
    /// that tells of other connections, or that makes much from little.
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.binary_search(&name).is_ok()
    }

    /// Whether the engine may report this function for a statement that passed the policy.
    pub fn reports_function(&self, name: &str) -> bool {
        self.has_function(name) || self.operators.contains(&name)
    }

    pub(super) fn has_collation(&self, name: &str) -> bool {
        self.collations.contains(&name)
    }
}

/// SQLite.
pub static SQLITE: Dialect = Dialect {
    name: "SQLite",
    parser: &SQLiteDialect {},
    functions: SQLITE_FUNCTIONS,
    operators: &["->", "->>", "glob", "like"],
    collations: &["binary", "nocase", "rtrim"],
};

/// Sorted, so that it can be searched.
#[rustfmt::skip]
const SQLITE_FUNCTIONS: &[&str] = &[
    "abs", "avg", "ceil", "ceiling", "char", "coalesce", "concat", "concat_ws", "count",
    "cume_dist", "current_date", "current_time", "current_timestamp", "date", "datetime",
    "dense_rank", "first_value", "floor", "group_concat", "hex", "ifnull", "iif", "instr", "json",
    "json_array", "json_array_length", "json_extract", "json_group_array", "json_group_object",
    "json_object", "json_type", "json_valid", "julianday", "lag", "last_value", "lead", "length",
    "lower", "ltrim", "max", "min", "nth_value", "ntile", "nullif", "octet_length",
    "percent_rank", "random", "rank", "replace", "round", "row_number", "rtrim", "sign",
    "strftime", "string_agg", "substr", "substring", "sum", "time", "timediff", "total", "trim",
    "typeof", "unicode", "unixepoch", "upper",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_sorted_and_searchable() {
        assert!(SQLITE_FUNCTIONS.is_sorted());
        assert!(SQLITE.has_function("count"));
        for never in [
            "load_extension",
            "readfile",
            "writefile",
            "edit",
            "eval",
            "zeroblob",
        ] {
            assert!(!SQLITE.has_function(never), "{never}");
        }
        assert!(SQLITE.reports_function("like") && !SQLITE.has_function("like"));
    }
}
