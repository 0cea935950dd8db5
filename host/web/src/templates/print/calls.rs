//! Calls: of functions and methods, whose names are looked up when they are called.

use minijinja::machinery::ast::{self, CallArg, Expr};

use super::grammar::{Level, quoted};
use super::{Printed, Printer, names};
use crate::templates::error::Problem;

/// Names whose calls minijinja itself understands, or that every template has: a plugin's
/// function never hides them.
const KEPT: &[&str] = &[
    "super",
    "loop",
    "caller",
    "range",
    "dict",
    "namespace",
    "debug",
];

impl Printer<'_> {
    /// `f(…)` and `a.f(…)` become a call of the scope's lookup, which is given what the name
    /// means to the template itself and looks further only if that is nothing.
    pub(super) fn call(&mut self, call: &ast::Call<'_>, line: u16) -> Printed {
        check_keywords(&call.args, line)?;
        self.advance_to(line);
        match &call.expr {
            Expr::Var(var) if !KEPT.contains(&var.id) => {
                self.lookup(var.id, None, line)?;
                self.args(", ", &call.args)
            }
            Expr::GetAttr(attr) => match &attr.expr {
                Expr::Var(var) if !matches!(var.id, "self" | "loop" | "caller") => {
                    self.lookup(var.id, Some(attr.name), line)?;
                    self.args(", ", &call.args)
                }
                _ => {
                    self.at(Level::Postfix, &call.expr)?;
                    self.args("(", &call.args)
                }
            },
            callee => {
                self.at(Level::Postfix, callee)?;
                self.args("(", &call.args)
            }
        }
    }

    fn lookup(&mut self, name: &str, method: Option<&str>, line: u16) -> Printed {
        self.put(names::CALL);
        self.put("(");
        self.name(name, line)?;
        self.put(", ");
        self.put(&quoted(name));
        self.put(", ");
        self.put(&method.map_or("none".to_owned(), quoted));
        Ok(())
    }

    pub(super) fn args(&mut self, before: &str, args: &[CallArg<'_>]) -> Printed {
        let mut separator = before;
        if args.is_empty() && before == "(" {
            self.put("(");
        }
        for arg in args {
            self.put(separator);
            separator = ", ";
            let value = match arg {
                CallArg::Pos(value) => value,
                CallArg::Kwarg(name, value) => {
                    self.put(name);
                    self.put("=");
                    value
                }
                CallArg::PosSplat(value) => {
                    self.put("*");
                    value
                }
                CallArg::KwargSplat(value) => {
                    self.put("**");
                    value
                }
            };
            if self.is_package() {
                self.counted(value, 1)?
            } else {
                self.expr(value)?
            }
        }
        self.put(")");
        Ok(())
    }
}

/// minijinja would silently take the last of two.
fn check_keywords(args: &[CallArg<'_>], line: u16) -> Printed {
    let names: Vec<&str> = args
        .iter()
        .filter_map(|arg| match arg {
            CallArg::Kwarg(name, _) => Some(*name),
            _ => None,
        })
        .collect();
    match names
        .iter()
        .enumerate()
        .find(|(at, name)| names[..*at].contains(name))
    {
        Some((_, name)) => {
            Err(Problem::bad(format!("the argument `{name}` is passed twice")).at(line.into()))
        }
        None => Ok(()),
    }
}
