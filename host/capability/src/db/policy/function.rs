//! Function calls and windows.

use sqlparser::ast::{
    Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList,
    FunctionArguments, WindowFrame, WindowFrameBound, WindowSpec, WindowType,
};

use super::names;
use super::walk::{Walk, absent, refused, unknown};
use crate::Fault;

impl Walk<'_> {
    pub(super) fn function(&mut self, function: &Function) -> Result<(), Fault> {
        let Function {
            name,
            uses_odbc_syntax,
            parameters,
            args,
            within_group,
            filter,
            null_treatment,
            over,
        } = function;
        let name = names::single(name)?;
        if !self.dialect.has_function(&name) {
            return Err(refused(format!("the function `{name}`")));
        }
        absent("{fn}", !uses_odbc_syntax)?;
        absent(
            "a function with two lists",
            *parameters == FunctionArguments::None,
        )?;
        absent("WITHIN GROUP", within_group.is_empty())?;
        absent("IGNORE NULLS", null_treatment.is_none())?;
        match args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(_) => return Err(refused("a query as an argument")),
            FunctionArguments::List(list) => self.arguments(&name, list)?,
        }
        self.optional(filter.as_deref())?;
        match over {
            None => Ok(()),
            Some(WindowType::NamedWindow(name)) => names::name(name).map(drop),
            Some(WindowType::WindowSpec(spec)) => self.window(spec),
        }
    }

    fn arguments(&mut self, function: &str, list: &FunctionArgumentList) -> Result<(), Fault> {
        let FunctionArgumentList {
            duplicate_treatment: _,
            args,
            clauses,
        } = list;
        for argument in args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(it)) => self.expression(it)?,
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if function == "count" => {}
                FunctionArg::Unnamed(
                    FunctionArgExpr::Wildcard
                    | FunctionArgExpr::QualifiedWildcard(_)
                    | FunctionArgExpr::WildcardWithOptions(_),
                ) => return Err(refused(format!("`*` in {function}"))),
                FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. } => {
                    return Err(refused("an argument by name"));
                }
            }
        }
        for clause in clauses {
            match clause {
                FunctionArgumentClause::OrderBy(terms) => {
                    terms.iter().try_for_each(|term| self.order_term(term))?;
                }
                FunctionArgumentClause::IgnoreOrRespectNulls(_)
                | FunctionArgumentClause::Where(_)
                | FunctionArgumentClause::Limit(_)
                | FunctionArgumentClause::OnOverflow(_)
                | FunctionArgumentClause::Having(_)
                | FunctionArgumentClause::Separator(_)
                | FunctionArgumentClause::JsonNullClause(_)
                | FunctionArgumentClause::JsonReturningClause(_) => return Err(unknown(clause)),
            }
        }
        Ok(())
    }

    pub(super) fn window(&mut self, spec: &WindowSpec) -> Result<(), Fault> {
        let WindowSpec {
            window_name,
            partition_by,
            order_by,
            window_frame,
        } = spec;
        names::optional(window_name.as_ref())?;
        self.expressions(partition_by)?;
        order_by.iter().try_for_each(|term| self.order_term(term))?;
        let Some(WindowFrame {
            units: _,
            start_bound,
            end_bound,
        }) = window_frame
        else {
            return Ok(());
        };
        self.bound(start_bound)?;
        end_bound.as_ref().map_or(Ok(()), |it| self.bound(it))
    }

    fn bound(&mut self, bound: &WindowFrameBound) -> Result<(), Fault> {
        match bound {
            WindowFrameBound::CurrentRow => Ok(()),
            WindowFrameBound::Preceding(rows) | WindowFrameBound::Following(rows) => {
                self.optional(rows.as_deref())
            }
        }
    }
}
