//! Expressions: the operators that a statement may have.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CeilFloorKind, DateTimeField, Expr, Query, UnaryOperator,
};

use super::literal::plain_type;
use super::names;
use super::walk::{Queries, Walk, absent, refused, unknown};
use crate::Fault;

impl Walk<'_> {
    pub(super) fn expressions(&mut self, expressions: &[Expr]) -> Result<(), Fault> {
        expressions.iter().try_for_each(|it| self.expression(it))
    }

    pub(super) fn optional(&mut self, expression: Option<&Expr>) -> Result<(), Fault> {
        expression.map_or(Ok(()), |it| self.expression(it))
    }

    pub(super) fn expression(&mut self, expression: &Expr) -> Result<(), Fault> {
        self.deeper(|walk| walk.known(expression))
    }

    fn known(&mut self, expression: &Expr) -> Result<(), Fault> {
        match expression {
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [of, column] => self.qualified_column(of, column),
                _ => Err(refused(format!("the qualified name `{expression}`"))),
            },
            Expr::Value(value) => self.literal(&value.value),
            Expr::Nested(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner) => self.expression(inner),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.both(left, right)
            }
            Expr::UnaryOp { op, expr } => {
                unary(op)?;
                self.expression(expr)
            }
            Expr::BinaryOp { left, op, right } => {
                binary(op)?;
                self.both(left, right)
            }
            Expr::InList {
                expr,
                list,
                negated: _,
            } => {
                self.expression(expr)?;
                self.expressions(list)
            }
            Expr::Between {
                expr,
                negated: _,
                low,
                high,
            } => {
                self.expression(expr)?;
                self.both(low, high)
            }
            Expr::Like {
                negated: _,
                any,
                expr,
                pattern,
                escape_char,
            } => {
                absent("LIKE ANY", !any)?;
                self.both(expr, pattern)?;
                self.optional(escape_char.as_deref())
            }
            Expr::Case {
                case_token: _,
                end_token: _,
                operand,
                conditions,
                else_result,
            } => {
                self.optional(operand.as_deref())?;
                for CaseWhen { condition, result } in conditions {
                    self.both(condition, result)?;
                }
                self.optional(else_result.as_deref())
            }
            Expr::Tuple(parts) => self.expressions(parts),
            Expr::Collate { expr, collation } => {
                names::collation(self.dialect, collation)?;
                self.expression(expr)
            }
            Expr::Cast {
                kind,
                expr,
                data_type,
                format,
            } => {
                absent("this spelling of CAST", *kind == CastKind::Cast)?;
                absent("FORMAT in CAST", format.is_none())?;
                plain_type(data_type)?;
                self.expression(expr)
            }
            Expr::InSubquery {
                expr,
                subquery,
                negated: _,
            } => {
                self.expression(expr)?;
                self.subquery(subquery)
            }
            Expr::Exists {
                subquery,
                negated: _,
            }
            | Expr::Subquery(subquery) => self.subquery(subquery),
            Expr::Function(function) => self.function(function),
            Expr::Ceil { expr, field } | Expr::Floor { expr, field } => {
                let plain = CeilFloorKind::DateTimeField(DateTimeField::NoDateTime);
                absent("rounding to a field", *field == plain)?;
                self.expression(expr)
            }
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                special,
                shorthand: _,
            } => {
                absent("SUBSTRING with FROM", *special)?;
                self.expression(expr)?;
                self.optional(substring_from.as_deref())?;
                self.optional(substring_for.as_deref())
            }
            Expr::Trim {
                trim_where,
                trim_what,
                expr,
                trim_characters,
            } => {
                let plain = trim_where.is_none() && trim_what.is_none();
                absent("TRIM with FROM", plain)?;
                self.expression(expr)?;
                self.expressions(trim_characters.as_deref().unwrap_or_default())
            }
            Expr::CompoundFieldAccess { .. }
            | Expr::JsonAccess { .. }
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::IsJson { .. }
            | Expr::IsNormalized { .. }
            | Expr::InUnnest { .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. }
            | Expr::RLike { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. }
            | Expr::Convert { .. }
            | Expr::AtTimeZone { .. }
            | Expr::Extract { .. }
            | Expr::Position { .. }
            | Expr::Overlay { .. }
            | Expr::Prefixed { .. }
            | Expr::TypedString(_)
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_)
            | Expr::Struct { .. }
            | Expr::Named { .. }
            | Expr::Dictionary(_)
            | Expr::Map(_)
            | Expr::Array(_)
            | Expr::Interval(_)
            | Expr::MatchAgainst { .. }
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(..)
            | Expr::OuterJoin(_)
            | Expr::Prior(_)
            | Expr::Lambda(_)
            | Expr::MemberOf(_) => Err(unknown(expression)),
        }
    }

    fn both(&mut self, left: &Expr, right: &Expr) -> Result<(), Fault> {
        self.expression(left)?;
        self.expression(right)
    }

    fn subquery(&mut self, query: &Query) -> Result<(), Fault> {
        absent("a query here", self.queries == Queries::Allowed)?;
        self.query(query)
    }
}

fn unary(operator: &UnaryOperator) -> Result<(), Fault> {
    match operator {
        UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not => Ok(()),
        _ => Err(refused(format!("the operator `{operator}`"))),
    }
}

fn binary(operator: &BinaryOperator) -> Result<(), Fault> {
    match operator {
        BinaryOperator::Plus
        | BinaryOperator::Minus
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::StringConcat
        | BinaryOperator::Gt
        | BinaryOperator::Lt
        | BinaryOperator::GtEq
        | BinaryOperator::LtEq
        | BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::BitwiseAnd
        | BinaryOperator::BitwiseOr
        | BinaryOperator::Glob
        | BinaryOperator::Arrow
        | BinaryOperator::LongArrow => Ok(()),
        _ => Err(refused(format!("the operator `{operator}`"))),
    }
}
