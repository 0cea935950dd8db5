//! From text to a tree and back. Here are the bounds on the text, the refusal of comments,
//! and the proof that a printed tree reads as the tree that was checked.

use sqlparser::ast::Statement;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use super::super::Dialect;
use super::super::limits::{MAX_NESTING, MAX_STATEMENT_BYTES};
use crate::Fault;

/// Whether a text may have comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::db) enum Comments {
    /// None: engines disagree about where they end.
    Refused,
    /// The ones that every engine reads alike, in files that people write. They are not sent.
    Plain,
}

/// Parser errors that come from depth name the parser's own limit, which is above ours.
const RECURSION: usize = 400;

/// The statements of a text.
pub(super) fn parse(
    dialect: &Dialect,
    sql: &str,
    comments: Comments,
) -> Result<Vec<Statement>, Fault> {
    bounded(sql, comments)?;
    let tokens = Tokenizer::new(dialect.parser, sql)
        .tokenize_with_location()
        .map_err(|error| Fault::Invalid(format!("{error}")))?;
    let mut nesting = 0_usize;
    for token in &tokens {
        match &token.token {
            Token::Whitespace(space) => comment(space, comments)?,
            Token::LParen => nesting += 1,
            Token::RParen => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if nesting > MAX_NESTING {
            return Err(Fault::TooLarge(format!(
                "more than {MAX_NESTING} parentheses within one another"
            )));
        }
    }
    Parser::new(dialect.parser)
        .with_recursion_limit(RECURSION)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| Fault::Invalid(format!("{error}")))
}

/// The text of a checked tree.
pub(super) fn print(dialect: &Dialect, tree: &Statement) -> Result<String, Fault> {
    let sql = tree.to_string();
    let again = parse(dialect, &sql, Comments::Refused)?;
    if again.as_slice() != std::slice::from_ref(tree) {
        return Err(Fault::Invalid(
            "the statement cannot be printed as it was read; write its literals as parameters"
                .to_owned(),
        ));
    }
    Ok(sql)
}

fn bounded(sql: &str, comments: Comments) -> Result<(), Fault> {
    // A file was bounded when its package was stored, and its statements are when printed.
    if comments == Comments::Refused && sql.len() > MAX_STATEMENT_BYTES {
        return Err(Fault::TooLarge(format!(
            "a statement has at most {MAX_STATEMENT_BYTES} bytes; pass data as parameters"
        )));
    }
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match sql.chars().find(|c| strange(*c)) {
        None => Ok(()),
        Some(c) => Err(Fault::Invalid(format!(
            "the control character {} is not allowed; pass it as a parameter",
            c.escape_unicode()
        ))),
    }
}

fn comment(space: &Whitespace, comments: Comments) -> Result<(), Fault> {
    let text = match space {
        Whitespace::Space | Whitespace::Newline | Whitespace::Tab => return Ok(()),
        Whitespace::SingleLineComment { comment, prefix } if prefix == "--" => comment,
        Whitespace::SingleLineComment { prefix, .. } => prefix,
        Whitespace::MultiLineComment(comment) => comment,
    };
    let runs = text.starts_with(['!', '+', '#']) || text.starts_with("M!");
    if comments == Comments::Refused || runs {
        return Err(Fault::Invalid(format!(
            "the comment `{}` is not allowed in a statement",
            text.trim().escape_debug()
        )));
    }
    Ok(())
}
