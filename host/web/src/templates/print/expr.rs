//! Expressions. Brackets are printed where the grammar needs them and nowhere else: the
//! parser counts them as depth.

use minijinja::machinery::ast::{self, BinOpKind, Expr, UnaryOpKind};
use minijinja::value::{Value, ValueKind};

use super::grammar::{Level, infix, is_finite, quoted, sign};
use super::{Printed, Printer, names};
use crate::templates::error::{Problem, RenderErrorKind};

impl Printer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr<'_>) -> Printed {
        self.at(Level::If, expr)
    }

    /// Where a conditional expression would be taken for something else.
    pub(super) fn condition(&mut self, expr: &Expr<'_>) -> Printed {
        self.at(Level::Or, expr)
    }

    pub(super) fn counted_condition(&mut self, expr: &Expr<'_>) -> Printed {
        if self.is_package() {
            self.counted(expr, 1)
        } else {
            self.condition(expr)
        }
    }

    /// The name of another template.
    pub(super) fn file(&mut self, expr: &Expr<'_>) -> Printed {
        if self.is_package() {
            self.wrapped(names::FILE, expr)
        } else {
            self.condition(expr)
        }
    }

    /// A value that outlives what it was made of.
    pub(super) fn owned(&mut self, expr: &Expr<'_>) -> Printed {
        if self.is_package() {
            self.wrapped(names::OWN, expr)
        } else {
            self.expr(expr)
        }
    }

    fn wrapped(&mut self, by: &str, expr: &Expr<'_>) -> Printed {
        self.put(by);
        self.put("(");
        self.expr(expr)?;
        self.put(")");
        Ok(())
    }

    /// In a package's template, a value that is paid for before it is used `times` times.
    pub(super) fn counted(&mut self, expr: &Expr<'_>, times: usize) -> Printed {
        let small = matches!(expr, Expr::Const(c) if c.value.kind() != ValueKind::String);
        if small {
            return self.at(Level::Unary, expr);
        }
        self.put(names::BOUND);
        self.put("(");
        self.expr(expr)?;
        if times > 1 {
            self.put(&format!(", {times}"));
        }
        self.put(")");
        Ok(())
    }

    pub(super) fn at(&mut self, level: Level, expr: &Expr<'_>) -> Printed {
        if Level::of(expr) >= level {
            return self.bare(expr);
        }
        self.put("(");
        self.bare(expr)?;
        self.put(")");
        Ok(())
    }

    fn bare(&mut self, expr: &Expr<'_>) -> Printed {
        self.advance_to(expr.span().start_line);
        match expr {
            Expr::Var(var) => self.name(var.id, var.span().start_line),
            Expr::Const(constant) => self.constant(&constant.value, expr),
            Expr::Slice(slice) => self.slice(slice),
            Expr::UnaryOp(op) => match op.op {
                UnaryOpKind::Not => {
                    self.put("not ");
                    self.at(Level::Not, &op.expr)
                }
                UnaryOpKind::Neg => {
                    self.put("-");
                    self.at(Level::Postfix, &op.expr)
                }
            },
            Expr::BinOp(op) => self.operator(op, 1),
            Expr::Compare(compare) => {
                self.operand(Level::Sum, &compare.expr)?;
                compare.ops.iter().try_for_each(|next| {
                    self.put(sign(next.op));
                    self.operand(Level::Sum, &next.expr)
                })
            }
            Expr::IfExpr(choice) => {
                self.at(Level::Or, &choice.true_expr)?;
                self.put(" if ");
                self.at(Level::Or, &choice.test_expr)?;
                if let Some(otherwise) = &choice.false_expr {
                    self.put(" else ");
                    self.expr(otherwise)?;
                }
                Ok(())
            }
            Expr::Filter(filter) => self.filter(filter, expr),
            Expr::Test(test) => {
                self.at(Level::Unary, &test.expr)?;
                self.put(" is ");
                self.put(test.name);
                self.args("(", &test.args)
            }
            Expr::GetAttr(attr) => {
                self.at(Level::Postfix, &attr.expr)?;
                self.put(".");
                self.put(attr.name);
                Ok(())
            }
            Expr::GetItem(item) => {
                if self.is_package() {
                    self.wrapped(names::ITEM, &item.expr)?;
                } else {
                    self.at(Level::Postfix, &item.expr)?;
                }
                self.put("[");
                if self.is_package() {
                    self.counted(&item.subscript_expr, 1)?;
                } else {
                    self.expr(&item.subscript_expr)?;
                }
                self.put("]");
                Ok(())
            }
            Expr::Call(call) => self.call(call, call.span().start_line),
            Expr::List(list) => self.container("[", &list.items, "]"),
            Expr::Tuple(tuple) => match tuple.items.as_slice() {
                [] => self.container("(", &[], ")"),
                items => self.container("(", items, ",)"),
            },
            Expr::Map(map) => self.map(map),
        }
    }

    fn constant(&mut self, value: &Value, expr: &Expr<'_>) -> Printed {
        let text = match value.kind() {
            ValueKind::Bool | ValueKind::None => value.to_string(),
            ValueKind::String => quoted(value.as_str().unwrap_or_default()),
            ValueKind::Number if is_finite(value) => value.to_string(),
            _ => {
                let what = "a number is too large";
                return Err(Problem::bad(what).at(expr.span().start_line.into()));
            }
        };
        self.put(&text);
        Ok(())
    }

    /// A chain of `+` or `~` copies its left operands again at every step, `times` times.
    fn operator(&mut self, op: &ast::BinOp<'_>, times: usize) -> Printed {
        let level = Level::of_operator(op.op);
        let limited = self.is_package();
        match op.op {
            BinOpKind::Add | BinOpKind::Concat if limited => {
                match &op.left {
                    Expr::BinOp(next) if Level::of_operator(next.op) == level => {
                        self.operator(next, times + 1)?;
                    }
                    first => self.counted(first, times)?,
                }
                self.put(infix(op.op));
                self.counted(&op.right, times)
            }
            BinOpKind::Mul if limited => {
                match &op.left {
                    Expr::BinOp(next) if Level::of_operator(next.op) == level => {
                        self.operator(next, times)?;
                    }
                    first => self.wrapped(names::NUMBER, first)?,
                }
                self.put(infix(op.op));
                self.wrapped(names::NUMBER, &op.right)
            }
            _ if level == Level::Compare => {
                self.operand(level.above(), &op.left)?;
                self.put(infix(op.op));
                self.operand(level.above(), &op.right)
            }
            _ => {
                match &op.left {
                    Expr::BinOp(next) if Level::of_operator(next.op) == level => {
                        self.operator(next, times + 1)?;
                    }
                    first => self.at(level, first)?,
                }
                self.put(infix(op.op));
                self.at(level.above(), &op.right)
            }
        }
    }

    /// What is compared is walked as deep as it goes.
    fn operand(&mut self, level: Level, expr: &Expr<'_>) -> Printed {
        if self.is_package() {
            self.counted(expr, 1)
        } else {
            self.at(level, expr)
        }
    }

    fn filter(&mut self, filter: &ast::Filter<'_>, whole: &Expr<'_>) -> Printed {
        if self.is_package() && filter.name == "safe" {
            let what = "`|safe` would let text of others run script in the application's pages: \
                        it is not there in a package's templates; pass HTML through a function \
                        of the plugin that returns `html`";
            let line = whole.span().start_line.into();
            return Err(Problem::new(RenderErrorKind::Denied, what).at(line));
        }
        if let Some(input) = &filter.expr {
            self.at(Level::Unary, input)?;
            self.put("|");
        }
        self.put(filter.name);
        if filter.args.is_empty() {
            Ok(())
        } else {
            self.args("(", &filter.args)
        }
    }

    fn slice(&mut self, slice: &ast::Slice<'_>) -> Printed {
        let limited = self.is_package();
        if limited {
            self.put(names::OWN);
            self.put("(");
        }
        self.operand(Level::Postfix, &slice.expr)?;
        self.put("[");
        for (at, part) in [&slice.start, &slice.stop, &slice.step]
            .into_iter()
            .enumerate()
        {
            self.put(if at > 0 { ":" } else { "" });
            if let Some(part) = part {
                self.expr(part)?;
            }
        }
        self.put(if limited { "])" } else { "]" });
        Ok(())
    }

    fn container(&mut self, open: &str, items: &[Expr<'_>], close: &str) -> Printed {
        if self.is_package() {
            self.put(names::OWN);
            self.put("(");
        }
        self.put(open);
        for (at, item) in items.iter().enumerate() {
            self.put(if at > 0 { ", " } else { "" });
            self.expr(item)?;
        }
        self.put(close);
        self.put(if self.is_package() { ")" } else { "" });
        Ok(())
    }

    fn map(&mut self, map: &ast::Map<'_>) -> Printed {
        if self.is_package() {
            self.put(names::OWN);
            self.put("(");
        }
        self.put("{ ");
        for (at, (key, value)) in map.keys.iter().zip(&map.values).enumerate() {
            self.put(if at > 0 { ", " } else { "" });
            self.expr(key)?;
            self.put(": ");
            self.expr(value)?;
        }
        self.put(" }");
        self.put(if self.is_package() { ")" } else { "" });
        Ok(())
    }
}
