//! Queries: what they read from, and what of it.

use sqlparser::ast::{
    Cte, Distinct, GroupByExpr, LimitClause, NamedWindowDefinition, NamedWindowExpr, Offset,
    OrderBy, Query, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    SetOperator, SetQuantifier, Values, WildcardAdditionalOptions, With,
};

use super::from::alias_name;
use super::walk::{Walk, absent, refused, unknown};
use super::{Verb, names};
use crate::Fault;

impl Walk<'_> {
    /// A statement that begins with `SELECT`, `VALUES` or `WITH`. Behind its own `WITH` a
    /// statement may write; inside of one it may not.
    pub(super) fn top_query(&mut self, query: &Query) -> Result<(Verb, Option<String>), Fault> {
        let (SetExpr::Insert(statement) | SetExpr::Update(statement) | SetExpr::Delete(statement)) =
            query.body.as_ref()
        else {
            self.query(query)?;
            return Ok((Verb::Read, None));
        };
        let rest = Query {
            with: None,
            body: query.body.clone(),
            order_by: None,
            limit_clause: None,
            fetch: None,
            locks: Vec::new(),
            for_clause: None,
            settings: None,
            format_clause: None,
            pipe_operators: Vec::new(),
        };
        let bare = Query {
            with: None,
            ..query.clone()
        };
        absent("a clause behind a writing statement", bare == rest)?;
        self.with_ctes(|walk| {
            walk.with(query.with.as_ref())?;
            walk.statement(statement)
        })
    }

    pub(super) fn query(&mut self, query: &Query) -> Result<(), Fault> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        absent("FETCH", fetch.is_none())?;
        absent("FOR UPDATE", locks.is_empty())?;
        absent("FOR XML, JSON or BROWSE", for_clause.is_none())?;
        absent("SETTINGS", settings.is_none())?;
        absent("FORMAT", format_clause.is_none())?;
        absent("a pipe operator", pipe_operators.is_empty())?;
        self.deeper(|walk| {
            walk.with_ctes(|walk| {
                walk.with(with.as_ref())?;
                match body.as_ref() {
                    SetExpr::Select(select) => walk.select(select, order_by.as_ref())?,
                    body => {
                        walk.set(body)?;
                        order_by
                            .as_ref()
                            .map_or(Ok(()), |it| walk.outputs(it, body))?;
                    }
                }
                limit_clause.as_ref().map_or(Ok(()), |it| walk.limit(it))
            })
        })
    }

    fn with(&mut self, with: Option<&With>) -> Result<(), Fault> {
        let Some(With {
            with_token: _,
            recursive,
            cte_tables,
        }) = with
        else {
            return Ok(());
        };
        for cte in cte_tables {
            let Cte {
                alias,
                query,
                from,
                materialized: _,
                closing_paren_token: _,
            } = cte;
            absent("FROM behind a common table expression", from.is_none())?;
            let name = alias_name(alias)?;
            if *recursive {
                self.add_cte(name);
                self.query(query)?;
            } else {
                self.query(query)?;
                self.add_cte(name);
            }
        }
        Ok(())
    }

    fn set(&mut self, body: &SetExpr) -> Result<(), Fault> {
        self.deeper(|walk| match body {
            SetExpr::Select(select) => walk.select(select, None),
            SetExpr::Query(query) => walk.query(query),
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                match (op, set_quantifier) {
                    (
                        SetOperator::Union | SetOperator::Except | SetOperator::Intersect,
                        SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None,
                    ) => {}
                    (SetOperator::Minus, _)
                    | (
                        _,
                        SetQuantifier::ByName
                        | SetQuantifier::AllByName
                        | SetQuantifier::DistinctByName,
                    ) => return Err(refused(format!("{op} {set_quantifier}"))),
                }
                walk.set(left)?;
                walk.set(right)
            }
            SetExpr::Values(Values {
                explicit_row,
                value_keyword,
                rows,
            }) => {
                absent("ROW", !explicit_row)?;
                absent("VALUE instead of VALUES", !value_keyword)?;
                rows.iter()
                    .try_for_each(|row| walk.expressions(&row.content))
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                Err(refused("a writing statement inside of another"))
            }
            SetExpr::Table(_) => Err(refused("TABLE as a query")),
        })
    }

    fn select(&mut self, select: &Select, order_by: Option<&OrderBy>) -> Result<(), Fault> {
        let Select {
            select_token: _,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        absent("an optimizer hint", optimizer_hints.is_empty())?;
        absent("a modifier of SELECT", select_modifiers.is_none())?;
        absent("TOP", top.is_none())?;
        absent("EXCLUDE", exclude.is_none())?;
        absent("SELECT INTO", into.is_none())?;
        absent("LATERAL VIEW", lateral_views.is_empty())?;
        absent("PREWHERE", prewhere.is_none())?;
        absent("CONNECT BY", connect_by.is_empty())?;
        absent("CLUSTER BY", cluster_by.is_empty())?;
        absent("DISTRIBUTE BY", distribute_by.is_empty())?;
        absent("SORT BY", sort_by.is_empty())?;
        absent("QUALIFY", qualify.is_none())?;
        absent("SELECT AS", value_table_mode.is_none())?;
        absent("FROM before SELECT", *flavor == SelectFlavor::Standard)?;
        match distinct {
            None | Some(Distinct::All | Distinct::Distinct) => {}
            Some(Distinct::On(_)) => return Err(refused("DISTINCT ON")),
        }
        let relations = self.relations(from)?;
        self.within(relations, |walk| {
            walk.join_conditions(from)?;
            projection.iter().try_for_each(|item| walk.item(item))?;
            walk.optional(selection.as_ref())?;
            walk.group_by(group_by)?;
            walk.optional(having.as_ref())?;
            named_window
                .iter()
                .try_for_each(|it| walk.named_window(it))?;
            order_by.map_or(Ok(()), |it| walk.order_by(it, projection))
        })
    }

    /// What a query or RETURNING answers.
    pub(super) fn item(&mut self, item: &SelectItem) -> Result<(), Fault> {
        match item {
            SelectItem::UnnamedExpr(expression) => self.expression(expression),
            SelectItem::ExprWithAlias { expr, alias } => {
                names::name(alias)?;
                self.expression(expr)
            }
            SelectItem::ExprWithAliases { .. } => Err(unknown(item)),
            SelectItem::Wildcard(options) => {
                plain_wildcard(options)?;
                self.whole_rows(|_| true)
            }
            SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(of),
                options,
            ) => {
                plain_wildcard(options)?;
                let of = names::single(of)?;
                self.whole_rows(|relation| relation.name.as_ref() == Some(&of))
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => {
                Err(unknown(item))
            }
        }
    }

    fn group_by(&mut self, group_by: &GroupByExpr) -> Result<(), Fault> {
        match group_by {
            GroupByExpr::All(_) => Err(refused("GROUP BY ALL")),
            GroupByExpr::Expressions(expressions, modifiers) => {
                absent("a modifier of GROUP BY", modifiers.is_empty())?;
                self.expressions(expressions)
            }
        }
    }

    fn named_window(&mut self, window: &NamedWindowDefinition) -> Result<(), Fault> {
        let NamedWindowDefinition(name, window) = window;
        names::name(name)?;
        match window {
            NamedWindowExpr::NamedWindow(name) => names::name(name).map(drop),
            NamedWindowExpr::WindowSpec(spec) => self.window(spec),
        }
    }

    fn limit(&mut self, limit: &LimitClause) -> Result<(), Fault> {
        match limit {
            LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            } => {
                absent("LIMIT BY", limit_by.is_empty())?;
                self.optional(limit.as_ref())?;
                match offset {
                    Some(Offset { value, rows: _ }) => self.expression(value),
                    None => Ok(()),
                }
            }
            LimitClause::OffsetCommaLimit { offset, limit } => {
                self.expression(offset)?;
                self.expression(limit)
            }
        }
    }
}

fn plain_wildcard(options: &WildcardAdditionalOptions) -> Result<(), Fault> {
    let WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    let plain = opt_ilike.is_none()
        && opt_exclude.is_none()
        && opt_except.is_none()
        && opt_replace.is_none()
        && opt_rename.is_none()
        && opt_alias.is_none();
    absent("an option of `*`", plain)
}
