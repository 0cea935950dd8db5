//! Which texts are names. One alphabet, so that a name is the same name to the parser, to
//! the grant and to every engine, whatever its case and quoting.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::super::Dialect;
use crate::Fault;

/// What names begin with that belong to an engine or to the platform.
pub(in crate::db) const RESERVED: &[&str] = &[
    "sqlite_",
    "pragma_",
    "pg_",
    "information_schema",
    "mysql",
    "performance_schema",
    "gk_",
];

/// What marks a table in a plugin's own namespace as the platform's, as in `p_x__gk_y`.
const RESERVED_OWN: &str = "__gk_";

/// PostgreSQL cuts longer names, so that two could become one.
const MAX_NAME_BYTES: usize = 63;

/// Whether a text is a name: ASCII letters, digits and `_`, no digit first.
pub(in crate::db) fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The name in lower case.
pub(super) fn name(ident: &Ident) -> Result<String, Fault> {
    if !is_name(&ident.value) {
        return Err(Fault::Invalid(format!(
            "`{}` is no name: names consist of a-z, 0-9 and `_`, and have at most {MAX_NAME_BYTES} \
             characters",
            ident.value.escape_debug()
        )));
    }
    Ok(ident.value.to_ascii_lowercase())
}

/// A name where there need not be one.
pub(super) fn optional(ident: Option<&Ident>) -> Result<(), Fault> {
    ident.map_or(Ok(()), |ident| name(ident).map(drop))
}

/// The name of something that stands alone, without a schema before it.
pub(super) fn single(object: &ObjectName) -> Result<String, Fault> {
    match object.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] => name(ident),
        _ => Err(Fault::Invalid(format!(
            "`{object}` is a qualified name; tables are named without a schema"
        ))),
    }
}

/// The name of a table or an index.
pub(super) fn table(object: &ObjectName) -> Result<String, Fault> {
    let name = single(object)?;
    let reserved = RESERVED.iter().any(|prefix| name.starts_with(prefix));
    if reserved || name.contains(RESERVED_OWN) {
        return Err(Fault::Invalid(format!(
            "`{name}` belongs to the database or the platform"
        )));
    }
    Ok(name)
}

/// The name of a collation.
pub(super) fn collation(dialect: &Dialect, object: &ObjectName) -> Result<(), Fault> {
    let name = single(object)?;
    if dialect.has_collation(&name) {
        return Ok(());
    }
    Err(Fault::Invalid(format!(
        "the collation `{name}` is not allowed"
    )))
}
