//! Statements that change rows.

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, Delete, DoUpdate, FromTable, Insert, ObjectName,
    OnConflict, OnConflictAction, OnInsert, SelectItem, TableObject, TableWithJoins, Update,
    UpdateTableFromKind,
};

use super::super::access::Access;
use super::from::{PlainTable, plain_table};
use super::names;
use super::walk::{Relation, Walk, absent, refused};
use crate::Fault;

/// What the row that could not be inserted is called behind `ON CONFLICT`.
const EXCLUDED: &str = "excluded";

impl Walk<'_> {
    /// The table that rows are inserted into.
    pub(super) fn insert(&mut self, insert: &Insert) -> Result<String, Fault> {
        let Insert {
            insert_token: _,
            optimizer_hints,
            or,
            ignore,
            into,
            table,
            table_alias,
            columns,
            overwrite,
            source,
            assignments,
            partitioned,
            after_columns,
            has_table_keyword,
            on,
            returning,
            output,
            replace_into,
            priority,
            insert_alias,
            settings,
            format_clause,
            multi_table_insert_type,
            multi_table_into_clauses,
            multi_table_when_clauses,
            multi_table_else_clause,
        } = insert;
        absent("an optimizer hint", optimizer_hints.is_empty())?;
        absent("INSERT OR (write ON CONFLICT)", or.is_none())?;
        absent("INSERT IGNORE (write ON CONFLICT)", !ignore)?;
        absent("INSERT without INTO", *into)?;
        absent("INSERT OVERWRITE", !overwrite)?;
        absent("INSERT SET", assignments.is_empty())?;
        absent(
            "PARTITION",
            partitioned.is_none() && after_columns.is_empty(),
        )?;
        absent("INSERT INTO TABLE", !has_table_keyword)?;
        absent("OUTPUT", output.is_none())?;
        absent("REPLACE (write ON CONFLICT)", !replace_into)?;
        absent("a priority", priority.is_none())?;
        absent("an alias of the new row", insert_alias.is_none())?;
        absent("SETTINGS", settings.is_none())?;
        absent("FORMAT", format_clause.is_none())?;
        let single = multi_table_insert_type.is_none()
            && multi_table_into_clauses.is_empty()
            && multi_table_when_clauses.is_empty()
            && multi_table_else_clause.is_none();
        absent("an insert into several tables", single)?;
        let TableObject::TableName(name) = table else {
            return Err(refused("a function as a table"));
        };
        let table = self.target(name)?;
        columns
            .iter()
            .try_for_each(|it| names::single(it).map(drop))?;
        if let Some(source) = source {
            self.query(source)?;
        }
        let alias = table_alias.as_ref().map(|it| names::name(&it.alias));
        let alias = alias.transpose()?.unwrap_or_else(|| table.clone());
        let target = Relation::table(alias, table.clone());
        match on {
            None => {}
            Some(OnInsert::OnConflict(conflict)) => {
                let excluded = Relation::computed(Some(EXCLUDED.to_owned()));
                self.within(vec![target.clone(), excluded], |walk| {
                    walk.conflict(conflict)
                })?;
            }
            Some(_) => return Err(refused("ON DUPLICATE KEY UPDATE")),
        }
        self.returning(target, returning.as_deref())?;
        Ok(table)
    }

    /// The table whose rows are changed.
    pub(super) fn update(&mut self, update: &Update) -> Result<String, Fault> {
        let Update {
            update_token: _,
            optimizer_hints,
            table,
            assignments,
            from,
            selection,
            returning,
            output,
            or,
            order_by,
            limit,
        } = update;
        absent("an optimizer hint", optimizer_hints.is_empty())?;
        absent("OUTPUT", output.is_none())?;
        absent("UPDATE OR", or.is_none())?;
        absent(
            "ORDER BY and LIMIT here",
            order_by.is_empty() && limit.is_none(),
        )?;
        let (name, target) = self.target_of(table)?;
        let from: &[TableWithJoins] = match from {
            None => &[],
            Some(UpdateTableFromKind::AfterSet(from)) => from,
            Some(UpdateTableFromKind::BeforeSet(_)) => {
                return Err(refused("FROM before SET"));
            }
        };
        let mut relations = self.relations(from)?;
        relations.push(target.clone());
        self.within(relations, |walk| {
            walk.join_conditions(from)?;
            walk.assignments(assignments)?;
            walk.optional(selection.as_ref())
        })?;
        self.returning(target, returning.as_deref())?;
        Ok(name)
    }

    /// The table whose rows are deleted.
    pub(super) fn delete(&mut self, delete: &Delete) -> Result<String, Fault> {
        let Delete {
            delete_token: _,
            optimizer_hints,
            tables,
            from,
            using,
            selection,
            returning,
            output,
            order_by,
            limit,
        } = delete;
        absent("an optimizer hint", optimizer_hints.is_empty())?;
        absent("DELETE from several tables", tables.is_empty())?;
        absent("USING in DELETE", using.is_none())?;
        absent("OUTPUT", output.is_none())?;
        absent(
            "ORDER BY and LIMIT here",
            order_by.is_empty() && limit.is_none(),
        )?;
        let FromTable::WithFromKeyword(from) = from else {
            return Err(refused("DELETE without FROM"));
        };
        let [table] = from.as_slice() else {
            return Err(refused("DELETE from several tables"));
        };
        let (name, target) = self.target_of(table)?;
        self.within(vec![target.clone()], |walk| {
            walk.optional(selection.as_ref())
        })?;
        self.returning(target, returning.as_deref())?;
        Ok(name)
    }

    /// A table that rows are written to. A common table expression is none.
    fn target(&mut self, name: &ObjectName) -> Result<String, Fault> {
        let table = names::table(name)?;
        absent("writing to a common table expression", !self.is_cte(&table))?;
        self.saw(Access::Write(table.clone()));
        Ok(table)
    }

    fn target_of(&mut self, table: &TableWithJoins) -> Result<(String, Relation), Fault> {
        let TableWithJoins { relation, joins } = table;
        absent("a join as a target", joins.is_empty())?;
        let PlainTable { table, alias } = plain_table(relation)?;
        let name = self.target(&table)?;
        let target = Relation::table(alias.unwrap_or_else(|| name.clone()), name.clone());
        Ok((name, target))
    }

    fn assignments(&mut self, assignments: &[Assignment]) -> Result<(), Fault> {
        for Assignment { target, value } in assignments {
            match target {
                AssignmentTarget::ColumnName(name) => names::single(name).map(drop)?,
                AssignmentTarget::Tuple(targets) => {
                    targets
                        .iter()
                        .try_for_each(|it| names::single(it).map(drop))?;
                }
            }
            self.expression(value)?;
        }
        Ok(())
    }

    fn conflict(&mut self, conflict: &OnConflict) -> Result<(), Fault> {
        let OnConflict {
            conflict_target,
            action,
        } = conflict;
        match conflict_target {
            None => {}
            // Whether there is a conflict tells whether there is such a value.
            Some(ConflictTarget::Columns(columns)) => {
                columns.iter().try_for_each(|it| self.column(it))?;
            }
            Some(ConflictTarget::OnConstraint(name)) => {
                names::single(name)?;
            }
        }
        match action {
            OnConflictAction::DoNothing => Ok(()),
            OnConflictAction::DoUpdate(DoUpdate {
                assignments,
                selection,
            }) => {
                self.assignments(assignments)?;
                self.optional(selection.as_ref())
            }
        }
    }

    fn returning(&mut self, target: Relation, items: Option<&[SelectItem]>) -> Result<(), Fault> {
        let items = items.unwrap_or_default();
        self.within(vec![target], |walk| {
            items.iter().try_for_each(|item| walk.item(item))
        })
    }
}
