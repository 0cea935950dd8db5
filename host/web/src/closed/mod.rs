//! Markup of a plugin, made so that nothing of it stays open and it closes nothing of others: it
//! is read as a browser reads it and written out again. Called for whatever a plugin shows in a
//! page of the application.
//!
//! A form that stays open would take the fields of the application's next form with it, and its
//! token; a link that stays open would lead away from whatever follows; a comment, a quote or a
//! `textarea` would swallow it. `tree` keeps what is read.
//!
//! Deliberately not here: what the markup may do in a browser. That the page's policy says.

mod tree;

use std::fmt;
use std::time::Instant;

use html5ever::serialize::{HtmlSerializer, SerializeOpts};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{LocalName, ParseOpts, QualName, local_name, ns, parse_fragment};

use tree::Tree;

/// Elements within each other. Browsers put what is deeper beside each other, and a parser looks
/// through all that are open for most of what it reads.
const MAX_DEPTH: usize = 512;

/// Elements, texts and comments of one text: those of a table with 30,000 cells, in some 30 MiB.
/// Few bytes can ask for many, where formatting is opened again and again.
const MAX_NODES: usize = 1 << 17;

/// How many times as long a text may become: each quote in an attribute becomes six bytes.
const MAX_GROWTH: usize = 6;

/// Bytes that any text may become.
const LEAST: usize = 4 << 10;

/// Bytes that are read between two looks at the clock and at the tree.
const CHUNK: usize = 1 << 10;

/// How often a text is read until it reads the same when it is written out. What a person wrote
/// does so the second time.
const MAX_READINGS: usize = 6;

/// Why markup cannot be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    /// Something in it never ends, whatever stands behind it.
    Endless,
    /// It has too many elements within each other.
    Deep,
    /// It has too many elements, or grows too much.
    Large,
    /// It was not read in time.
    Late,
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endless => f.write_str(
                "its HTML has an element that never ends, such as `plaintext`, or one that \
                 browsers read in different ways",
            ),
            Self::Deep => write!(
                f,
                "its HTML has more than {MAX_DEPTH} elements within each other"
            ),
            Self::Large => write!(f, "its HTML has more than {MAX_NODES} elements and texts"),
            Self::Late => f.write_str("its HTML was not read before the page's deadline"),
        }
    }
}

/// Whether scripts run where it is read: what stands in a `noscript` is markup only where none
/// do.
#[derive(Debug, Clone, Copy)]
enum Scripts {
    Run,
    DoNotRun,
}

/// The markup, with nothing left open and nothing closed that it did not open.
///
/// Rows and cells of a table may stand by themselves, for a page that puts them into one of its
/// own.
///
/// # Errors
/// [`Open`] says why it cannot be had.
pub(crate) fn closed(html: &str, deadline: Instant) -> Result<String, Open> {
    let most = html.len().saturating_mul(MAX_GROWTH).max(LEAST);
    let mut text = html.to_owned();
    if !text.contains('<') {
        return Ok(text);
    }
    for _ in 0..MAX_READINGS {
        let again = read_again(&text, Scripts::Run, most, deadline)?;
        let plain = match has_noscript(&again) {
            true => read_again(&again, Scripts::DoNotRun, most, deadline)?,
            false => again.clone(),
        };
        // Only what both kinds of browser leave as it is reads the same in the page.
        if again == text && plain == text {
            return Ok(text);
        }
        text = plain;
    }
    Err(Open::Endless)
}

fn has_noscript(html: &str) -> bool {
    const NAME: &[u8] = b"noscript";
    let mut places = html.as_bytes().windows(NAME.len());
    places.any(|it| it.eq_ignore_ascii_case(NAME))
}

/// What a browser makes of a text, as a text.
fn read_again(
    html: &str,
    scripts: Scripts,
    most: usize,
    deadline: Instant,
) -> Result<String, Open> {
    let scripting_enabled = matches!(scripts, Scripts::Run);
    let opts = ParseOpts {
        tree_builder: TreeBuilderOpts {
            scripting_enabled,
            ..TreeBuilderOpts::default()
        },
        ..ParseOpts::default()
    };
    let mut parser = parse_fragment(Tree::new(), opts, anything(), Vec::new(), false);
    let mut rest = html;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(boundary(rest, CHUNK));
        parser.process(StrTendril::from_slice(chunk));
        rest = behind;
        within(&parser.tokenizer.sink.sink, deadline)?;
    }
    let tree = parser.finish();
    within(&tree, deadline)?;
    let opts = SerializeOpts {
        scripting_enabled,
        ..SerializeOpts::default()
    };
    let mut serializer = HtmlSerializer::new(Bounded::of_at_most(most), opts);
    tree.write(&mut serializer).map_err(|_| Open::Large)?;
    // It is written in whole texts.
    String::from_utf8(serializer.writer.bytes).map_err(|_| Open::Endless)
}

/// What markup stands in while it is read: a `template` takes rows and options as well as
/// paragraphs.
fn anything() -> QualName {
    let name: LocalName = local_name!("template");
    QualName::new(None, ns!(html), name)
}

fn within(tree: &Tree, deadline: Instant) -> Result<(), Open> {
    if tree.depth() > MAX_DEPTH {
        Err(Open::Deep)
    } else if tree.nodes() > MAX_NODES {
        Err(Open::Large)
    } else if Instant::now() > deadline {
        Err(Open::Late)
    } else {
        Ok(())
    }
}

/// The end of the character that the byte at `most` belongs to.
fn boundary(text: &str, most: usize) -> usize {
    let ends = (most..text.len()).find(|at| text.is_char_boundary(*at));
    ends.unwrap_or(text.len())
}

/// A text that ends at a number of bytes.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Bounded {
    fn of_at_most(most: usize) -> Self {
        Self {
            bytes: Vec::new(),
            most,
        }
    }
}

impl std::io::Write for Bounded {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + text.len() > self.most {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
