//! Constraints of a plugin's own tables: keys, references, checks.

use sqlparser::ast::{
    CheckConstraint, ForeignKeyConstraint, IndexColumn, KeyOrIndexDisplay, NullsDistinctOption,
    PrimaryKeyConstraint, TableConstraint, UniqueConstraint,
};

use super::names;
use super::walk::{Walk, absent, unknown};
use crate::Fault;

impl Walk<'_> {
    pub(super) fn constraint(&mut self, constraint: &TableConstraint) -> Result<(), Fault> {
        match constraint {
            TableConstraint::PrimaryKey(key) => self.primary_key(key),
            TableConstraint::Unique(key) => self.unique(key),
            TableConstraint::ForeignKey(key) => self.foreign_key(key),
            TableConstraint::Check(check) => self.check(check),
            TableConstraint::Index(_)
            | TableConstraint::FulltextOrSpatial(_)
            | TableConstraint::PrimaryKeyUsingIndex(_)
            | TableConstraint::UniqueUsingIndex(_)
            | TableConstraint::Exclude(_) => Err(unknown(constraint)),
        }
    }

    pub(super) fn primary_key(&mut self, key: &PrimaryKeyConstraint) -> Result<(), Fault> {
        let PrimaryKeyConstraint {
            name,
            index_name,
            index_type,
            columns,
            include,
            index_options,
            characteristics,
        } = key;
        names::optional(name.as_ref())?;
        let plain = index_name.is_none()
            && index_type.is_none()
            && include.is_empty()
            && index_options.is_empty()
            && characteristics.is_none();
        absent("an option of PRIMARY KEY", plain)?;
        self.index_columns(columns)
    }

    pub(super) fn unique(&mut self, key: &UniqueConstraint) -> Result<(), Fault> {
        let UniqueConstraint {
            name,
            index_name,
            index_type_display,
            index_type,
            columns,
            include,
            index_options,
            characteristics,
            nulls_distinct,
        } = key;
        names::optional(name.as_ref())?;
        let plain = index_name.is_none()
            && *index_type_display == KeyOrIndexDisplay::None
            && index_type.is_none()
            && include.is_empty()
            && index_options.is_empty()
            && characteristics.is_none()
            && *nulls_distinct == NullsDistinctOption::None;
        absent("an option of UNIQUE", plain)?;
        self.index_columns(columns)
    }

    /// A reference to another's table would tell which of its rows exist, and keep them from
    /// being deleted.
    pub(super) fn foreign_key(&mut self, key: &ForeignKeyConstraint) -> Result<(), Fault> {
        let ForeignKeyConstraint {
            name,
            index_name,
            columns,
            foreign_table,
            referred_columns,
            on_delete: _,
            on_update: _,
            match_kind,
            characteristics,
        } = key;
        names::optional(name.as_ref())?;
        absent("MATCH", match_kind.is_none())?;
        absent(
            "DEFERRABLE",
            characteristics.is_none() && index_name.is_none(),
        )?;
        for column in columns.iter().chain(referred_columns) {
            names::name(column)?;
        }
        self.own(foreign_table).map(drop)
    }

    pub(super) fn check(&mut self, check: &CheckConstraint) -> Result<(), Fault> {
        let CheckConstraint {
            name,
            expr,
            no_inherit,
            enforced,
        } = check;
        names::optional(name.as_ref())?;
        absent("an option of CHECK", !no_inherit && enforced.is_none())?;
        self.expression(expr)
    }

    pub(super) fn index_columns(&mut self, columns: &[IndexColumn]) -> Result<(), Fault> {
        for IndexColumn {
            column,
            operator_class,
        } in columns
        {
            absent("an operator class", operator_class.is_none())?;
            self.order_term(column)?;
        }
        Ok(())
    }
}
