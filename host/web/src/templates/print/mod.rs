//! From a source as its author wrote it to the source that is rendered.
//!
//! The template is parsed, its tree is walked, and what is rendered is the tree printed
//! again: nothing that the walk does not know gets through. On the way calls become calls of
//! the scope's lookup (`scope.rs`), and in a package's template whatever could make a large
//! value becomes a call of its meter (`meter.rs`). Every tag and call stays on its line, so
//! that errors name the author's lines.
//!
//! The printed form has delimiters of its own, control characters that no template may
//! contain, so that text needs no escaping.

mod calls;
mod expr;
mod grammar;
mod stmt;

use std::fmt::Write as _;

use minijinja::machinery::{Token, ast, parse, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::error::Problem;
use super::rewrite::{Rewritten, Use, rewrite};

/// Who wrote a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// The application: trusted.
    Application,
    /// The application, of a layout that a package's template extends: trusted, and its blocks
    /// are filled by somebody who is not.
    Layout,
    /// A package: untrusted code in the host.
    Package,
}

/// Names that printed templates call. No author may use names that begin like these.
pub(super) mod names {
    /// What such names begin with.
    pub(crate) const RESERVED: &str = "gk__";
    /// Says which plugin a file uses.
    pub(crate) const USE: &str = "gk__use";
    /// Calls what a name means.
    pub(crate) const CALL: &str = "gk__call";
    /// Counts a value.
    pub(crate) const BOUND: &str = "gk__bound";
    /// Lets numbers pass only.
    pub(crate) const NUMBER: &str = "gk__number";
    /// Counts a text that is about to be searched.
    pub(crate) const ITEM: &str = "gk__item";
    /// Counts a value and makes it one of its own.
    pub(crate) const OWN: &str = "gk__own";
    /// Counts text that stands in the template.
    pub(crate) const RAW: &str = "gk__raw";
    /// Counts the reading of another file.
    pub(crate) const FILE: &str = "gk__file";
    /// Closes what a block of a layout was filled with.
    pub(crate) const CLOSED: &str = "gk__closed";
}

/// minijinja's parser and code generator call themselves for some tokens: `not not …` and
/// `1+1+…`. A tag with fewer tokens than this cannot exhaust a render thread's stack.
const MAX_TAG_TOKENS: usize = 1000;

/// Likewise for chains of `elif`.
const MAX_ELIFS: usize = 200;

/// Text that is shorter than this is paid for by the step that writes it.
const FREE_RAW_BYTES: usize = 64;

/// A word of the language that the parser lets pass for a name in one place.
const NOT: &str = "not";

const BLOCK: (&str, &str) = ("\u{1}", "\u{2}");
const VARIABLE: (&str, &str) = ("\u{3}", "\u{4}");
const COMMENT: (&str, &str) = ("\u{5}", "\u{6}");

/// The delimiters of the printed form.
pub(super) fn syntax() -> Result<SyntaxConfig, minijinja::Error> {
    SyntaxConfig::builder()
        .block_delimiters(BLOCK.0, BLOCK.1)
        .variable_delimiters(VARIABLE.0, VARIABLE.1)
        .comment_delimiters(COMMENT.0, COMMENT.1)
        .keep_trailing_newline(true)
        .build()
}

/// Checks a template and prints it in the form that is rendered.
pub(super) fn prepare(
    name: &str,
    source: &str,
    author: Author,
) -> Result<String, minijinja::Error> {
    let Rewritten { source, uses } = rewrite(source)?;
    check_text(&source)?;
    if author == Author::Package {
        check_size_of_tags(&source)?;
    }
    let tree = parse(&source, name, SyntaxConfig::default())?;
    let mut printer = Printer {
        out: String::with_capacity(source.len() * 2),
        line: 1,
        author,
        uses: &uses,
    };
    printer.template(&tree)?;
    Ok(printer.out)
}

fn check_text(source: &str) -> Result<(), Problem> {
    let control = |c: char| matches!(c, '\u{1}'..='\u{6}');
    match source.find(control) {
        None => Ok(()),
        Some(at) => {
            let line = source[..at].matches('\n').count() + 1;
            Err(Problem::bad("it contains a control character; remove it").at(line))
        }
    }
}

fn check_size_of_tags(source: &str) -> Result<(), Problem> {
    let mut tokens = 0;
    let mut elifs = 0;
    for (token, span) in tokenize(source, false, SyntaxConfig::default()).map_while(Result::ok) {
        match token {
            Token::TemplateData(_) | Token::BlockStart | Token::VariableStart => tokens = 0,
            _ => tokens += 1,
        }
        elifs += usize::from(matches!(token, Token::Ident("elif")));
        let line = usize::from(span.start_line);
        if tokens > MAX_TAG_TOKENS {
            let what = format!("a tag has more than {MAX_TAG_TOKENS} words and signs; divide it");
            return Err(Problem::limit(what).at(line));
        }
        if elifs > MAX_ELIFS {
            let what = format!("there are more than {MAX_ELIFS} `elif`; divide the template");
            return Err(Problem::limit(what).at(line));
        }
    }
    Ok(())
}

type Printed = Result<(), Problem>;

struct Printer<'u> {
    out: String,
    /// The line on which `out` ends.
    line: usize,
    author: Author,
    uses: &'u [Use],
}

impl Printer<'_> {
    fn template(&mut self, tree: &ast::Stmt<'_>) -> Printed {
        for Use { plugin, line } in self.uses {
            let what = format!("do {}({plugin:?}, {line})", names::USE);
            let _ = write!(self.out, "{} {what} {}", BLOCK.0, BLOCK.1);
        }
        self.stmt(tree)
    }

    fn is_package(&self) -> bool {
        self.author == Author::Package
    }

    fn put(&mut self, text: &str) {
        self.line += text.matches('\n').count();
        self.out.push_str(text);
    }

    /// Goes down to a line. Only inside a tag, where newlines mean nothing.
    fn advance_to(&mut self, line: u16) {
        while self.line < usize::from(line) {
            self.put("\n");
        }
    }

    /// A name that an author gave to something.
    fn name(&mut self, name: &str, line: u16) -> Printed {
        if name.starts_with(names::RESERVED) {
            let what = format!(
                "`{name}`: names that begin with `{}` are the host's; choose another",
                names::RESERVED
            );
            return Err(Problem::bad(what).at(line.into()));
        }
        if name == NOT {
            // The parser takes what follows a test's name for its argument, also this word.
            let what = "`not` is read as a value here; write what stands before it in brackets, \
                        as in `(a is defined) not in b`";
            return Err(Problem::bad(what).at(line.into()));
        }
        self.put(name);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
