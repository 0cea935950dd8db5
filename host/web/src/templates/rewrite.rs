//! Finds `{% use my_plugin %}`, which the template language does not know, and makes a
//! comment of it: as many bytes, the same lines, the same whitespace control.
//!
//! The tags are found by minijinja's own tokenizer, so that comments, raw blocks and strings
//! are what it takes them for. What it cannot read is left alone: its parser says why.

use minijinja::machinery::{Span, Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::error::Problem;

/// A template without its use tags.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rewritten {
    /// The source, in which comments stand where the tags stood.
    pub(super) source: String,
    /// What the tags named, each once.
    pub(super) uses: Vec<Use>,
}

/// A plugin that a file uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// As the tag spells it: the plugin's name with `_` for `-`.
    pub(super) plugin: String,
    /// The line of the first tag that names it.
    pub(super) line: usize,
}

/// Replaces the use tags of a source.
pub(super) fn rewrite(source: &str) -> Result<Rewritten, Problem> {
    let mut bytes = source.as_bytes().to_vec();
    let mut uses: Vec<Use> = Vec::new();
    let mut tokens = tokenize(source, false, SyntaxConfig::default()).map_while(Result::ok);
    'tags: while let Some((token, start)) = tokens.next() {
        if !matches!(token, Token::BlockStart) {
            continue;
        }
        let Some((Token::Ident("use"), _)) = tokens.next() else {
            continue;
        };
        let line = usize::from(start.start_line);
        let mut inside = Vec::new();
        let end = loop {
            match tokens.next() {
                Some((Token::BlockEnd, end)) => break end,
                Some((token, _)) => inside.push(token),
                // Never closed: the parser says so.
                None => break 'tags,
            }
        };
        let plugin = named(&inside).map_err(|problem| problem.at(line))?;
        if !uses.iter().any(|known| known.plugin == plugin) {
            uses.push(Use { plugin, line });
        }
        make_comment(&mut bytes, start, end);
    }
    let source = String::from_utf8(bytes).unwrap_or_else(|_| source.to_owned());
    Ok(Rewritten { source, uses })
}

/// `{%` and `%}` become `{#` and `#}`. The name between them holds no `#}`: it was checked.
fn make_comment(bytes: &mut [u8], start: Span, end: Span) {
    let (from, to) = (start.start_offset as usize, end.end_offset as usize);
    if let Some(tag) = bytes.get_mut(from..to) {
        for pair in [b"{%", b"%}"] {
            let at = match pair {
                b"{%" => tag.windows(2).position(|two| two == pair),
                _ => tag.windows(2).rposition(|two| two == pair),
            };
            if let Some(at) = at {
                tag[if pair == b"{%" { at + 1 } else { at }] = b'#';
            }
        }
    }
}

fn named(inside: &[Token<'_>]) -> Result<String, Problem> {
    let name = match inside {
        [Token::Ident(name) | Token::Str(name)] => *name,
        [Token::String(name)] => name.as_ref(),
        [] => return Err(malformed("this `use` names no plugin")),
        _ => return Err(malformed("this `use` is not followed by one name")),
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(fits) {
        return Err(malformed(&format!(
            "`{}` is no plugin's name",
            name.escape_default()
        )));
    }
    Ok(name.to_owned())
}

fn malformed(what: &str) -> Problem {
    Problem::bad(format!(
        "{what}; write `{{% use my_plugin %}}`, with one plugin's name in small letters, digits \
         and `_` (where the name has a `-`, a template writes `_`)"
    ))
}

#[cfg(test)]
#[path = "rewrite_tests.rs"]
mod tests;
