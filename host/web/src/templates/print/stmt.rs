//! Statements: one function per kind. The match is complete, so that a kind that a newer
//! minijinja brings does not compile before someone has thought about it.

use minijinja::machinery::ast::{self, Stmt};

use super::{Author, BLOCK, COMMENT, FREE_RAW_BYTES, Printed, Printer, VARIABLE, names};
use crate::templates::error::{Problem, RenderErrorKind};

impl Printer<'_> {
    pub(super) fn stmt(&mut self, stmt: &Stmt<'_>) -> Printed {
        match stmt {
            Stmt::Template(template) => self.body(&template.children),
            Stmt::EmitRaw(raw) => self.raw(raw.raw, raw.span().start_line),
            Stmt::EmitExpr(emit) => {
                self.put(VARIABLE.0);
                self.put(" ");
                self.advance_to(emit.span().start_line);
                self.expr(&emit.expr)?;
                self.put(" ");
                self.put(VARIABLE.1);
                Ok(())
            }
            Stmt::ForLoop(stmt) => self.for_loop(stmt, stmt.span().start_line),
            Stmt::IfCond(stmt) => self.if_cond(stmt, "if", stmt.span().start_line),
            Stmt::WithBlock(stmt) => self.with(stmt, stmt.span().start_line),
            Stmt::Set(stmt) => self.tag(stmt.span().start_line, |this| {
                this.put("set ");
                this.target(&stmt.target)?;
                this.put(" = ");
                match stmt.target {
                    ast::Expr::GetAttr(_) => this.owned(&stmt.expr),
                    _ => this.expr(&stmt.expr),
                }
            }),
            Stmt::SetBlock(stmt) => {
                self.tag(stmt.span().start_line, |this| {
                    this.put("set ");
                    this.target(&stmt.target)?;
                    if let Some(filter) = &stmt.filter {
                        this.put(" | ");
                        this.expr(filter)?;
                    }
                    Ok(())
                })?;
                self.until("endset", &stmt.body)
            }
            Stmt::AutoEscape(stmt) => {
                let line = stmt.span().start_line;
                if self.is_package() {
                    let what = "a package's template may not change how text is escaped; remove \
                                `autoescape`";
                    return Err(Problem::new(RenderErrorKind::Denied, what).at(line.into()));
                }
                self.tag(line, |this| {
                    this.put("autoescape ");
                    this.expr(&stmt.enabled)
                })?;
                self.until("endautoescape", &stmt.body)
            }
            Stmt::FilterBlock(stmt) => {
                self.tag(stmt.span().start_line, |this| {
                    this.put("filter ");
                    this.expr(&stmt.filter)
                })?;
                self.until("endfilter", &stmt.body)
            }
            Stmt::Block(stmt) => match self.author {
                Author::Layout => {
                    self.tag(stmt.span().start_line, |this| {
                        this.put("filter ");
                        this.put(names::CLOSED);
                        Ok(())
                    })?;
                    self.block(stmt, stmt.span().start_line)?;
                    self.simple("endfilter")
                }
                Author::Application | Author::Package => self.block(stmt, stmt.span().start_line),
            },
            Stmt::Import(stmt) => self.tag(stmt.span().start_line, |this| {
                this.put("import ");
                this.file(&stmt.expr)?;
                this.put(" as ");
                this.expr(&stmt.name)
            }),
            Stmt::FromImport(stmt) => self.import_names(stmt, stmt.span().start_line),
            Stmt::Extends(stmt) => self.tag(stmt.span().start_line, |this| {
                this.put("extends ");
                this.file(&stmt.name)
            }),
            Stmt::Include(stmt) => self.tag(stmt.span().start_line, |this| {
                this.put("include ");
                this.file(&stmt.name)?;
                this.put(if stmt.ignore_missing {
                    " ignore missing"
                } else {
                    ""
                });
                Ok(())
            }),
            Stmt::Macro(stmt) => {
                let line = stmt.span().start_line;
                self.tag(line, |this| {
                    this.put("macro ");
                    this.name(stmt.name, line)?;
                    this.parameters(stmt)
                })?;
                self.until("endmacro", &stmt.body)
            }
            Stmt::CallBlock(stmt) => {
                self.tag(stmt.span().start_line, |this| {
                    this.put("call");
                    this.parameters(&stmt.macro_decl)?;
                    this.put(" ");
                    this.call(&stmt.call, stmt.call.span().start_line)
                })?;
                self.until("endcall", &stmt.macro_decl.body)
            }
            Stmt::Continue(_) => self.simple("continue"),
            Stmt::Break(_) => self.simple("break"),
            Stmt::Do(stmt) => self.tag(stmt.span().start_line, |this| {
                this.put("do ");
                this.call(&stmt.call, stmt.call.span().start_line)
            }),
        }
    }

    fn block(&mut self, stmt: &ast::Block<'_>, line: u16) -> Printed {
        self.tag(line, |this| {
            this.put("block ");
            this.put(stmt.name);
            this.put(if stmt.required { " required" } else { "" });
            Ok(())
        })?;
        match stmt.required {
            true => self.simple("endblock"),
            false => self.until("endblock", &stmt.body),
        }
    }

    fn body(&mut self, body: &[Stmt<'_>]) -> Printed {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn until(&mut self, end: &str, body: &[Stmt<'_>]) -> Printed {
        self.body(body)?;
        self.simple(end)
    }

    fn simple(&mut self, word: &str) -> Printed {
        self.tag(0, |this| {
            this.put(word);
            Ok(())
        })
    }

    fn tag(&mut self, line: u16, inside: impl FnOnce(&mut Self) -> Printed) -> Printed {
        self.put(BLOCK.0);
        self.put(" ");
        self.advance_to(line);
        inside(self)?;
        self.put(" ");
        self.put(BLOCK.1);
        Ok(())
    }

    fn raw(&mut self, text: &str, line: u16) -> Printed {
        if self.line < usize::from(line) {
            self.put(COMMENT.0);
            self.put(" ");
            self.advance_to(line);
            self.put(" ");
            self.put(COMMENT.1);
        }
        if self.is_package() && text.len() > FREE_RAW_BYTES {
            self.tag(0, |this| {
                this.put(&format!("do {}({})", names::RAW, text.len()));
                Ok(())
            })?;
        }
        self.put(text);
        Ok(())
    }

    fn for_loop(&mut self, stmt: &ast::ForLoop<'_>, line: u16) -> Printed {
        self.tag(line, |this| {
            this.put("for ");
            this.target(&stmt.target)?;
            this.put(" in ");
            this.counted_condition(&stmt.iter)?;
            if let Some(filter) = &stmt.filter_expr {
                this.put(" if ");
                this.condition(filter)?;
            }
            this.put(if stmt.recursive { " recursive" } else { "" });
            Ok(())
        })?;
        self.body(&stmt.body)?;
        if !stmt.else_body.is_empty() {
            self.simple("else")?;
            self.body(&stmt.else_body)?;
        }
        self.simple("endfor")
    }

    fn if_cond(&mut self, stmt: &ast::IfCond<'_>, word: &str, line: u16) -> Printed {
        self.tag(line, |this| {
            this.put(word);
            this.put(" ");
            this.condition(&stmt.expr)
        })?;
        self.body(&stmt.true_body)?;
        match stmt.false_body.as_slice() {
            [] => {}
            // The one `endif` below the last of them closes the whole chain.
            [Stmt::IfCond(next)] => return self.if_cond(next, "elif", next.span().start_line),
            body => {
                self.simple("else")?;
                self.body(body)?;
            }
        }
        self.simple("endif")
    }

    fn with(&mut self, stmt: &ast::WithBlock<'_>, line: u16) -> Printed {
        self.tag(line, |this| {
            this.put("with ");
            for (at, (target, expr)) in stmt.assignments.iter().enumerate() {
                this.put(if at > 0 { ", " } else { "" });
                if let ast::Expr::List(_) = target {
                    this.put("(");
                    this.target(target)?;
                    this.put(")");
                } else {
                    this.target(target)?;
                }
                this.put(" = ");
                this.expr(expr)?;
            }
            Ok(())
        })?;
        self.until("endwith", &stmt.body)
    }

    fn import_names(&mut self, stmt: &ast::FromImport<'_>, line: u16) -> Printed {
        self.tag(line, |this| {
            this.put("from ");
            this.file(&stmt.expr)?;
            this.put(" import ");
            for (at, (name, alias)) in stmt.names.iter().enumerate() {
                this.put(if at > 0 { ", " } else { "" });
                this.target(name)?;
                if let Some(alias) = alias {
                    this.put(" as ");
                    this.target(alias)?;
                }
            }
            Ok(())
        })
    }

    fn parameters(&mut self, stmt: &ast::Macro<'_>) -> Printed {
        let first_default = stmt.args.len().saturating_sub(stmt.defaults.len());
        self.put("(");
        for (at, arg) in stmt.args.iter().enumerate() {
            self.put(if at > 0 { ", " } else { "" });
            self.target(arg)?;
            let default = at
                .checked_sub(first_default)
                .and_then(|at| stmt.defaults.get(at));
            if let Some(default) = default {
                self.put(" = ");
                self.expr(default)?;
            }
        }
        self.put(")");
        Ok(())
    }

    /// What a value is stored in: a name, an attribute of a namespace, or several of them.
    fn target(&mut self, target: &ast::Expr<'_>) -> Printed {
        match target {
            ast::Expr::Var(var) => self.name(var.id, var.span().start_line),
            ast::Expr::GetAttr(attr) => {
                self.target(&attr.expr)?;
                self.put(".");
                self.put(attr.name);
                Ok(())
            }
            ast::Expr::List(list) => {
                for (at, item) in list.items.iter().enumerate() {
                    self.put(if at > 0 { ", " } else { "" });
                    if let ast::Expr::List(_) = item {
                        self.put("(");
                        self.target(item)?;
                        self.put(")");
                    } else {
                        self.target(item)?;
                    }
                }
                self.put(if list.items.len() == 1 { "," } else { "" });
                Ok(())
            }
            other => {
                let what = format!("nothing can be stored in a {}", other.description());
                Err(Problem::bad(what).at(other.span().start_line.into()))
            }
        }
    }
}
