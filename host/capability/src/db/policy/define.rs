//! Statements that define a plugin's own tables and indexes: an allow-list.
//!
//! A tree of these has dozens of options for engines that are not ours. It is held against
//! one that is built from the checked parts alone: whatever else it says, it is not equal.

use sqlparser::ast::helpers::stmt_create_table::CreateTableBuilder;
use sqlparser::ast::{
    AlterTable, AlterTableOperation, ColumnDef, ColumnOption, CreateIndex, CreateTable, Expr,
    ObjectName, ObjectType, RenameTableNameKind, Statement,
};
use sqlparser::tokenizer::Token;

use super::super::access::Access;
use super::literal::plain_type;
use super::names;
use super::walk::{Queries, Relation, Walk, absent, refused, unknown};
use crate::Fault;

impl Walk<'_> {
    /// The table or index that a statement defines.
    pub(super) fn definition(&mut self, statement: &Statement) -> Result<String, Fault> {
        self.queries = Queries::Refused;
        match statement {
            Statement::CreateTable(table) => self.create_table(table),
            Statement::CreateIndex(index) => self.create_index(index),
            Statement::AlterTable(table) => self.alter_table(table),
            Statement::Drop {
                object_type: ObjectType::Table | ObjectType::Index,
                if_exists: _,
                names,
                cascade,
                restrict,
                purge,
                temporary,
                table,
            } => {
                let plain = !cascade && !restrict && !purge && !temporary && table.is_none();
                absent("an option of DROP", plain)?;
                let [name] = names.as_slice() else {
                    return Err(refused("DROP of several things"));
                };
                self.own(name)
            }
            _ => Err(first_words(statement)),
        }
    }

    fn create_table(&mut self, table: &CreateTable) -> Result<String, Fault> {
        let built = CreateTableBuilder::new(table.name.clone())
            .if_not_exists(table.if_not_exists)
            .columns(table.columns.clone())
            .constraints(table.constraints.clone())
            .without_rowid(table.without_rowid)
            .strict(table.strict)
            .build();
        absent("CREATE TABLE AS", table.query.is_none())?;
        absent("CREATE TABLE LIKE", table.like.is_none())?;
        absent("INHERITS", table.inherits.is_none())?;
        absent("a temporary table", !table.temporary)?;
        absent(
            "an option of CREATE TABLE (there are IF NOT EXISTS, columns, constraints, STRICT and \
             WITHOUT ROWID)",
            built == *table && built.to_string() == table.to_string(),
        )?;
        let name = self.own(&table.name)?;
        self.within(vec![Relation::computed(Some(name.clone()))], |walk| {
            table
                .columns
                .iter()
                .try_for_each(|it| walk.column_definition(it))?;
            table
                .constraints
                .iter()
                .try_for_each(|it| walk.constraint(it))
        })?;
        Ok(name)
    }

    fn column_definition(&mut self, column: &ColumnDef) -> Result<(), Fault> {
        let ColumnDef {
            name,
            data_type,
            options,
        } = column;
        names::name(name)?;
        plain_type(data_type)?;
        for option in options {
            names::optional(option.name.as_ref())?;
            self.column_option(&option.option)?;
        }
        Ok(())
    }

    fn column_option(&mut self, option: &ColumnOption) -> Result<(), Fault> {
        match option {
            ColumnOption::Null | ColumnOption::NotNull => Ok(()),
            ColumnOption::Default(value) => self.default(value),
            ColumnOption::PrimaryKey(key) => self.primary_key(key),
            ColumnOption::Unique(key) => self.unique(key),
            ColumnOption::ForeignKey(key) => self.foreign_key(key),
            ColumnOption::Check(check) => self.check(check),
            ColumnOption::Collation(name) => names::collation(self.dialect, name),
            ColumnOption::DialectSpecific(tokens) => absent(
                "an option of this engine",
                tokens.as_slice() == [Token::make_keyword("AUTOINCREMENT")],
            ),
            ColumnOption::Materialized(_)
            | ColumnOption::Ephemeral(_)
            | ColumnOption::Alias(_)
            | ColumnOption::CharacterSet(_)
            | ColumnOption::Comment(_)
            | ColumnOption::OnUpdate(_)
            | ColumnOption::Generated { .. }
            | ColumnOption::Options(_)
            | ColumnOption::Identity(_)
            | ColumnOption::OnConflict(_)
            | ColumnOption::Policy(_)
            | ColumnOption::Tags(_)
            | ColumnOption::Srid(_)
            | ColumnOption::Invisible => Err(unknown(option)),
        }
    }

    /// A default is a literal or the time.
    fn default(&mut self, value: &Expr) -> Result<(), Fault> {
        let inner = match value {
            Expr::Nested(inner) => inner,
            value => value,
        };
        match inner {
            Expr::Value(_) | Expr::UnaryOp { .. } | Expr::Function(_) => self.expression(inner),
            _ => Err(refused("a computed default")),
        }
    }

    fn create_index(&mut self, index: &CreateIndex) -> Result<String, Fault> {
        let CreateIndex {
            name,
            table_name,
            using,
            columns,
            unique: _,
            concurrently,
            r#async,
            if_not_exists: _,
            include,
            nulls_distinct,
            with,
            predicate,
            index_options,
            alter_options,
        } = index;
        let plain = using.is_none()
            && !concurrently
            && !r#async
            && include.is_empty()
            && nulls_distinct.is_none()
            && with.is_empty()
            && index_options.is_empty()
            && alter_options.is_empty();
        absent("an option of CREATE INDEX", plain)?;
        let Some(name) = name else {
            return Err(refused("an index without a name"));
        };
        self.own(name)?;
        let table = self.own(table_name)?;
        self.within(vec![Relation::computed(Some(table.clone()))], |walk| {
            walk.index_columns(columns)?;
            walk.optional(predicate.as_ref())
        })?;
        Ok(table)
    }

    fn alter_table(&mut self, table: &AlterTable) -> Result<String, Fault> {
        let AlterTable {
            name,
            if_exists,
            only,
            operations,
            location,
            on_cluster,
            table_type,
            end_token: _,
        } = table;
        let plain = !if_exists
            && !only
            && location.is_none()
            && on_cluster.is_none()
            && table_type.is_none();
        absent("an option of ALTER TABLE", plain)?;
        let [operation] = operations.as_slice() else {
            return Err(refused("ALTER TABLE with several changes"));
        };
        let table = self.own(name)?;
        let seen = vec![Relation::computed(Some(table.clone()))];
        self.within(seen, |walk| walk.alteration(operation))?;
        Ok(table)
    }

    fn alteration(&mut self, operation: &AlterTableOperation) -> Result<(), Fault> {
        match operation {
            AlterTableOperation::AddColumn {
                column_keyword: _,
                if_not_exists,
                column_def,
                column_position,
            } => {
                let plain = !if_not_exists && column_position.is_none();
                absent("an option of ADD COLUMN", plain)?;
                self.column_definition(column_def)
            }
            AlterTableOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => {
                names::name(old_column_name)?;
                names::name(new_column_name).map(drop)
            }
            AlterTableOperation::RenameTable {
                table_name: RenameTableNameKind::To(name),
            } => self.own(name).map(drop),
            AlterTableOperation::DropColumn {
                has_column_keyword: _,
                column_names,
                if_exists,
                drop_behavior,
            } => {
                let plain = !if_exists && drop_behavior.is_none();
                absent("an option of DROP COLUMN", plain)?;
                column_names
                    .iter()
                    .try_for_each(|it| names::name(it).map(drop))
            }
            other => Err(unknown(other)),
        }
    }

    pub(super) fn own(&mut self, name: &ObjectName) -> Result<String, Fault> {
        let name = names::table(name)?;
        self.saw(Access::Define(name.clone()));
        Ok(name)
    }
}

/// The refusal of a statement by its first words, as in `CREATE VIEW`.
fn first_words(statement: &Statement) -> Fault {
    let text = statement.to_string();
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).take(2).collect();
    refused(words.join(" "))
}
