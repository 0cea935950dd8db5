//! Orders: of queries, windows, aggregates and indexes.

use sqlparser::ast::{
    Expr, Ident, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, OrderBySort, SelectItem,
    SetExpr,
};

use super::names;
use super::walk::{Walk, absent, refused};
use crate::Fault;

impl Walk<'_> {
    /// The order of a plain query. A term that is an alias and nothing else names an answer
    /// of this query; inside of a longer term, and everywhere else, a column goes first.
    pub(super) fn order_by(
        &mut self,
        order_by: &OrderBy,
        projection: &[SelectItem],
    ) -> Result<(), Fault> {
        for term in order_terms(order_by)? {
            match &term.expr {
                Expr::Identifier(name) if is_alias(name, projection) => {}
                _ => self.order_term(term)?,
            }
        }
        Ok(())
    }

    /// The order of a combined query: answers of its first query, by name or position. What
    /// is none, the engine would look for among the columns of the tables.
    pub(super) fn outputs(&mut self, order_by: &OrderBy, body: &SetExpr) -> Result<(), Fault> {
        for term in order_terms(order_by)? {
            match &term.expr {
                Expr::Value(value) => self.literal(&value.value)?,
                Expr::Identifier(name) if is_output(name, body) => {}
                Expr::Identifier(name) => {
                    let name = names::name(name)?;
                    return Err(refused(format!(
                        "`{name}` in the ORDER BY of a combined query (no answer of the first \
                         query is called so)"
                    )));
                }
                _ => {
                    return Err(refused(
                        "an expression in the ORDER BY of a combined query (name an answer)",
                    ));
                }
            }
        }
        Ok(())
    }

    /// One term of an order, as a window, an aggregate and an index have them too.
    pub(super) fn order_term(&mut self, term: &OrderByExpr) -> Result<(), Fault> {
        let OrderByExpr {
            expr,
            options,
            with_fill,
        } = term;
        absent("WITH FILL", with_fill.is_none())?;
        plain_order(options)?;
        self.expression(expr)
    }
}

fn order_terms(order_by: &OrderBy) -> Result<&[OrderByExpr], Fault> {
    let OrderBy { kind, interpolate } = order_by;
    absent("INTERPOLATE", interpolate.is_none())?;
    let OrderByKind::Expressions(terms) = kind else {
        return Err(refused("ORDER BY ALL"));
    };
    for term in terms {
        absent("WITH FILL", term.with_fill.is_none())?;
        plain_order(&term.options)?;
    }
    Ok(terms)
}

fn plain_order(options: &OrderByOptions) -> Result<(), Fault> {
    let OrderByOptions {
        sort,
        nulls_first: _,
    } = options;
    match sort {
        None | Some(OrderBySort::Asc | OrderBySort::Desc) => Ok(()),
        Some(OrderBySort::Using(_)) => Err(refused("ORDER BY USING")),
    }
}

fn is_alias(name: &Ident, projection: &[SelectItem]) -> bool {
    projection.iter().any(|item| match item {
        SelectItem::ExprWithAlias { alias, .. } => alias.value.eq_ignore_ascii_case(&name.value),
        _ => false,
    })
}

fn is_output(name: &Ident, body: &SetExpr) -> bool {
    match body {
        SetExpr::SetOperation { left, .. } => is_output(name, left),
        SetExpr::Select(select) => select.projection.iter().any(|item| {
            let output = match item {
                SelectItem::ExprWithAlias { alias, .. } => Some(alias),
                SelectItem::UnnamedExpr(Expr::Identifier(column)) => Some(column),
                SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last(),
                _ => None,
            };
            output.is_some_and(|it| it.value.eq_ignore_ascii_case(&name.value))
        }),
        _ => false,
    }
}
