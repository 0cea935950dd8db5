//! What an administrator reads before deciding: who asks, and what it may do once allowed.
//!
//! Pure functions; the command line prints them. The sentences come from the kinds of the
//! items. The admin page lays the same sentences out in its own way.

use std::fmt::Write as _;

use goatkit_package::PluginName;

use super::binding::Binding;
use super::items::{Items, Rules, Sentence};

/// Items that are a power over the people who use the application, not only over its data.
const DANGEROUS: &[&str] = &["reach.script"];

/// Digits of a digest that a person compares; the rest is in `gk plugin inspect`.
const SHORT_DIGEST: usize = 12;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The plugin's name.
    pub plugin: &'a PluginName,
    /// Its version.
    pub version: &'a str,
    /// Where it comes from, in words: the file or folder that was named.
    pub source: &'a str,
    /// What a grant will be bound to.
    pub binding: &'a Binding,
}

/// What is asked, in plain words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// What was not granted before.
    pub new: Vec<Sentence>,
    /// What was: by the version that serves, for example.
    pub before: Vec<Sentence>,
}

impl Asked {
    /// Sorts what is asked by what was granted before.
    pub fn of(items: &Items, asked: &Rules, granted: &Rules) -> Self {
        let new = items.beyond(asked, granted);
        let before = asked.difference(&new).cloned().collect();
        Self {
            new: items.consent(&new),
            before: items.consent(&before),
        }
    }
}

/// The text that an administrator is shown: one line for each sentence, what is dangerous
/// first and marked.
pub fn consent_text(asker: &Asker<'_>, asked: &Asked) -> String {
    let mut text = head(asker);
    let groups = match (asked.new.is_empty(), asked.before.is_empty()) {
        (true, true) => {
            text.push_str("\nIt asks for nothing that not every plugin has.\n");
            return text;
        }
        (false, true) => [("It may:", &asked.new), ("", &asked.before)],
        _ => [
            ("New: it may", &asked.new),
            ("As before: it may", &asked.before),
        ],
    };
    for (title, sentences) in groups {
        if !sentences.is_empty() {
            group(&mut text, title, sentences);
        }
    }
    if asked.new.iter().chain(&asked.before).any(is_dangerous) {
        text.push_str("\n! marks power over the people who use the application.\n");
    }
    text
}

/// A plugin's text on one line, with everything written out that would not be seen or would
/// change how the line is read: control characters, line breaks, changes of direction.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\'' | '"' => shown.push(letter),
            _ => shown.extend(letter.escape_debug()),
        }
    }
    shown
}

fn head(asker: &Asker<'_>) -> String {
    let Asker {
        plugin,
        version,
        source,
        binding,
    } = asker;
    let (version, source) = (visible(version), visible(source));
    let bound = match binding {
        Binding::Digest(digest) => {
            let digest = digest.to_string();
            let short = digest.get(..SHORT_DIGEST).unwrap_or(&digest);
            format!(
                "An unsigned package: nobody vouches for who made it. What you allow is allowed \
                 to these contents only, {short}."
            )
        }
        Binding::Folder(folder) => format!(
            "A folder in dev mode: what you allow is allowed to whatever is put into {}.",
            visible(&folder.to_string_lossy())
        ),
    };
    format!("{plugin} {version}, from {source}\n{bound}\n")
}

fn group(text: &mut String, title: &str, sentences: &[Sentence]) {
    let (dangerous, others): (Vec<_>, Vec<_>) = sentences.iter().partition(|it| is_dangerous(it));
    // Writing to a text cannot fail.
    let _ = writeln!(text, "\n{title}");
    for (mark, sentences) in [('!', dangerous), (' ', others)] {
        for Sentence { item, text: words } in sentences {
            let _ = writeln!(text, "{mark} {} [{}]", visible(words), visible(item));
        }
    }
}

fn is_dangerous(sentence: &Sentence) -> bool {
    DANGEROUS.contains(&sentence.item.as_str())
}

#[cfg(test)]
mod tests;
