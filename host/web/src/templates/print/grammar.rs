//! The grammar's tables: how tightly operators bind, how they and literals are written.

use minijinja::machinery::ast::{BinOpKind, CompareOpKind, Expr, UnaryOpKind};
use minijinja::value::Value;

/// How tightly an expression binds, loosest first, as minijinja's parser has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    If,
    Or,
    And,
    Not,
    Compare,
    Sum,
    Concat,
    Product,
    Power,
    Unary,
    Postfix,
}

impl Level {
    pub(super) fn of(expr: &Expr<'_>) -> Self {
        match expr {
            Expr::IfExpr(_) => Self::If,
            Expr::BinOp(op) => Self::of_operator(op.op),
            Expr::Compare(_) => Self::Compare,
            Expr::UnaryOp(op) => match op.op {
                UnaryOpKind::Not => Self::Not,
                UnaryOpKind::Neg => Self::Unary,
            },
            Expr::Filter(_) | Expr::Test(_) => Self::Unary,
            Expr::Const(constant) if constant.value.is_number() => Self::Unary,
            _ => Self::Postfix,
        }
    }

    pub(super) fn of_operator(op: BinOpKind) -> Self {
        match op {
            BinOpKind::ScOr => Self::Or,
            BinOpKind::ScAnd => Self::And,
            BinOpKind::Eq
            | BinOpKind::Ne
            | BinOpKind::Lt
            | BinOpKind::Lte
            | BinOpKind::Gt
            | BinOpKind::Gte
            | BinOpKind::In => Self::Compare,
            BinOpKind::Add | BinOpKind::Sub => Self::Sum,
            BinOpKind::Concat => Self::Concat,
            BinOpKind::Mul | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem => Self::Product,
            BinOpKind::Pow => Self::Power,
        }
    }

    /// The level of a right operand: chains lean to the left.
    pub(super) fn above(self) -> Self {
        match self {
            Self::If => Self::Or,
            Self::Or => Self::And,
            Self::And => Self::Not,
            Self::Not => Self::Compare,
            Self::Compare => Self::Sum,
            Self::Sum => Self::Concat,
            Self::Concat => Self::Product,
            Self::Product => Self::Power,
            Self::Power => Self::Unary,
            Self::Unary | Self::Postfix => Self::Postfix,
        }
    }
}

pub(super) fn is_finite(value: &Value) -> bool {
    f64::try_from(value.clone()).map_or(true, f64::is_finite)
}

/// A string as minijinja reads it, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

pub(super) fn infix(op: BinOpKind) -> &'static str {
    match op {
        BinOpKind::Eq => " == ",
        BinOpKind::Ne => " != ",
        BinOpKind::Lt => " < ",
        BinOpKind::Lte => " <= ",
        BinOpKind::Gt => " > ",
        BinOpKind::Gte => " >= ",
        BinOpKind::ScAnd => " and ",
        BinOpKind::ScOr => " or ",
        BinOpKind::Add => " + ",
        BinOpKind::Sub => " - ",
        BinOpKind::Mul => " * ",
        BinOpKind::Div => " / ",
        BinOpKind::FloorDiv => " // ",
        BinOpKind::Rem => " % ",
        BinOpKind::Pow => " ** ",
        BinOpKind::Concat => " ~ ",
        BinOpKind::In => " in ",
    }
}

pub(super) fn sign(op: CompareOpKind) -> &'static str {
    match op {
        CompareOpKind::Eq => " == ",
        CompareOpKind::Ne => " != ",
        CompareOpKind::Lt => " < ",
        CompareOpKind::Lte => " <= ",
        CompareOpKind::Gt => " > ",
        CompareOpKind::Gte => " >= ",
        CompareOpKind::In => " in ",
        CompareOpKind::NotIn => " not in ",
    }
}
