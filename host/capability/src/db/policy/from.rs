//! What stands behind FROM: tables, queries and the joins between them.

use sqlparser::ast::{
    Ident, Join, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor, TableWithJoins,
};

use super::super::access::Access;
use super::names;
use super::walk::{Relation, Walk, absent, refused, unknown};
use crate::Fault;

/// A table by its name, with or without an alias.
pub(super) struct PlainTable {
    pub(super) table: ObjectName,
    pub(super) alias: Option<String>,
}

impl Walk<'_> {
    /// What stands behind FROM, and the queries in it. Those see what is around the
    /// statement, and not one another.
    pub(super) fn relations(&mut self, from: &[TableWithJoins]) -> Result<Vec<Relation>, Fault> {
        let mut relations = Vec::new();
        for TableWithJoins { relation, joins } in from {
            self.relation(relation, &mut relations)?;
            for Join {
                relation,
                global,
                join_operator: _,
            } in joins
            {
                absent("GLOBAL JOIN", !global)?;
                self.relation(relation, &mut relations)?;
            }
        }
        Ok(relations)
    }

    fn table(&mut self, factor: &TableFactor) -> Result<Relation, Fault> {
        let PlainTable { table, alias } = plain_table(factor)?;
        let table = names::table(&table)?;
        if self.is_cte(&table) {
            return Ok(Relation::computed(Some(alias.unwrap_or(table))));
        }
        self.saw(Access::Table(table.clone()));
        Ok(Relation::table(
            alias.unwrap_or_else(|| table.clone()),
            table,
        ))
    }

    fn relation(&mut self, factor: &TableFactor, into: &mut Vec<Relation>) -> Result<(), Fault> {
        match factor {
            TableFactor::Table { .. } => {
                let relation = self.table(factor)?;
                into.push(relation);
                Ok(())
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
                sample,
            } => {
                absent("LATERAL", !lateral)?;
                absent("TABLESAMPLE", sample.is_none())?;
                let name = alias.as_ref().map(plain_alias).transpose()?;
                into.push(Relation::computed(name));
                self.query(subquery)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                absent("an alias of a join", alias.is_none())?;
                let inner = std::slice::from_ref(table_with_joins.as_ref());
                let relations = self.deeper(|walk| walk.relations(inner))?;
                into.extend(relations);
                Ok(())
            }
            TableFactor::TableFunction { .. } | TableFactor::Function { .. } => {
                Err(refused("a function as a table"))
            }
            TableFactor::UNNEST { .. }
            | TableFactor::JsonTable { .. }
            | TableFactor::OpenJsonTable { .. }
            | TableFactor::Pivot { .. }
            | TableFactor::Unpivot { .. }
            | TableFactor::UnpivotExpr { .. }
            | TableFactor::MatchRecognize { .. }
            | TableFactor::XmlTable { .. }
            | TableFactor::SemanticView { .. } => Err(unknown(factor)),
        }
    }

    /// The conditions of joins. They stand where every relation is visible.
    pub(super) fn join_conditions(&mut self, from: &[TableWithJoins]) -> Result<(), Fault> {
        for TableWithJoins { relation, joins } in from {
            self.nested_conditions(relation)?;
            for join in joins {
                self.nested_conditions(&join.relation)?;
                self.join(&join.join_operator)?;
            }
        }
        Ok(())
    }

    fn nested_conditions(&mut self, factor: &TableFactor) -> Result<(), Fault> {
        if let TableFactor::NestedJoin {
            table_with_joins,
            alias: _,
        } = factor
        {
            let inner = std::slice::from_ref(table_with_joins.as_ref());
            return self.deeper(|walk| walk.join_conditions(inner));
        }
        Ok(())
    }

    fn join(&mut self, operator: &JoinOperator) -> Result<(), Fault> {
        let constraint = match operator {
            JoinOperator::Join(it)
            | JoinOperator::Inner(it)
            | JoinOperator::Left(it)
            | JoinOperator::LeftOuter(it)
            | JoinOperator::Right(it)
            | JoinOperator::RightOuter(it)
            | JoinOperator::FullOuter(it)
            | JoinOperator::CrossJoin(it) => it,
            JoinOperator::Semi(_)
            | JoinOperator::LeftSemi(_)
            | JoinOperator::RightSemi(_)
            | JoinOperator::Anti(_)
            | JoinOperator::LeftAnti(_)
            | JoinOperator::RightAnti(_)
            | JoinOperator::CrossApply
            | JoinOperator::OuterApply
            | JoinOperator::AsOf { .. }
            | JoinOperator::StraightJoin(_)
            | JoinOperator::ArrayJoin
            | JoinOperator::LeftArrayJoin
            | JoinOperator::InnerArrayJoin => return Err(unknown(operator)),
        };
        match constraint {
            JoinConstraint::On(condition) => self.expression(condition),
            JoinConstraint::Using(columns) => columns.iter().try_for_each(|it| self.using(it)),
            JoinConstraint::Natural => Err(refused(
                "NATURAL JOIN (it compares columns that the statement does not name)",
            )),
            JoinConstraint::None => Ok(()),
        }
    }

    fn using(&mut self, column: &ObjectName) -> Result<(), Fault> {
        self.column(&Ident::new(names::single(column)?))
    }
}

/// A table by its name and nothing else.
pub(super) fn plain_table(factor: &TableFactor) -> Result<PlainTable, Fault> {
    let TableFactor::Table {
        name,
        alias,
        args,
        with_hints,
        version,
        with_ordinality,
        partitions,
        json_path,
        sample,
        index_hints,
    } = factor
    else {
        return Err(refused("anything but a table's name here"));
    };
    absent("a function as a table", args.is_none())?;
    absent("a table hint", with_hints.is_empty())?;
    absent("a table version", version.is_none())?;
    absent("WITH ORDINALITY", !with_ordinality)?;
    absent("PARTITION", partitions.is_empty())?;
    absent("a path into a table", json_path.is_none())?;
    absent("TABLESAMPLE", sample.is_none())?;
    absent("an index hint", index_hints.is_empty())?;
    Ok(PlainTable {
        table: name.clone(),
        alias: alias.as_ref().map(plain_alias).transpose()?,
    })
}

/// The name that an alias gives; a common table expression may name its columns too.
pub(super) fn alias_name(alias: &TableAlias) -> Result<String, Fault> {
    let TableAlias {
        explicit: _,
        name,
        columns,
        at,
    } = alias;
    absent("AT behind an alias", at.is_none())?;
    for column in columns {
        absent("a type in an alias", column.data_type.is_none())?;
        names::name(&column.name)?;
    }
    names::table(&ObjectName::from(vec![name.clone()]))
}

fn plain_alias(alias: &TableAlias) -> Result<String, Fault> {
    absent("columns behind an alias", alias.columns.is_empty())?;
    alias_name(alias)
}
