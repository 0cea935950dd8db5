//! The name of a plugin, in its two spellings: `my-plugin` where people and paths use it,
//! `my_plugin` where templates do.
//!
//! Every floor uses [`PluginName`]; a text that is none does not get past [`PluginName::parse`].

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A name becomes part of table names (`p_my_plugin__*`), paths and URLs. PostgreSQL cuts
/// identifiers at 63 bytes, so anything longer than this would be ambiguous there.
const MAX_NAME_BYTES: usize = 64;

/// Words of the template language: a plugin of that name could never be used in a page.
/// Block ends (`endfor`, …) are refused by their prefix instead, see [`PluginName::parse`].
#[rustfmt::skip]
const TEMPLATE_WORDS: &[&str] = &[
    // tags
    "for", "if", "elif", "else", "use", "with", "set", "include", "import", "from", "as", "block",
    "extends", "macro", "call", "do", "filter", "raw", "autoescape", "break", "continue",
    // operators and literals
    "not", "and", "or", "in", "is", "true", "false", "none",
    // names with a meaning of their own inside templates
    "loop", "self", "super", "caller", "varargs", "kwargs",
    // functions that every template has
    "range", "dict", "debug", "namespace",
];

/// The checked name of a plugin: groups of `a-z0-9` joined by single `-`, beginning with a
/// letter.
///
/// ```
/// use goatkit_package::PluginName;
///
/// let name = PluginName::parse("my-plugin")?;
/// assert_eq!(name.template_name(), "my_plugin");
/// assert!(PluginName::parse("My Plugin").is_err());
/// # Ok::<(), goatkit_package::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluginName(Arc<str>);

/// Why a text is no plugin name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The text is empty.
    #[error("a plugin name must not be empty")]
    Empty,
    /// The text is longer than the names of tables may be.
    #[error("a plugin name has at most {MAX_NAME_BYTES} characters")]
    TooLong,
    /// A character outside `a-z0-9-`, or a `-` or digit where none may stand.
    #[error(
        "a plugin name consists of a-z and 0-9, begins with a letter and may have single `-` \
         between its parts, as in `my-plugin`"
    )]
    Shape,
    /// The template language gives the name another meaning.
    #[error("this name is a word of the template language; choose another, such as `my-plugin`")]
    TemplateWord,
}

impl PluginName {
    /// Checks a text.
    ///
    /// # Errors
    /// [`NameError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > MAX_NAME_BYTES {
            return Err(NameError::TooLong);
        }
        let is_part = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if !text.split('-').all(is_part) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(NameError::Shape);
        }
        let block = text.strip_prefix("end").unwrap_or(text);
        if TEMPLATE_WORDS.contains(&block) || TEMPLATE_WORDS.contains(&text) {
            return Err(NameError::TemplateWord);
        }
        Ok(Self(text.into()))
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as templates spell it: `-` becomes `_`.
    ///
    /// Names never contain `_`, so two plugins never share a template name.
    #[must_use]
    pub fn template_name(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl AsRef<str> for PluginName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PluginName({})", self.0)
    }
}

impl TryFrom<String> for PluginName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for PluginName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl From<PluginName> for String {
    fn from(name: PluginName) -> Self {
        name.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{MAX_NAME_BYTES, NameError, PluginName};

    fn check(text: &str, expect: Result<&str, NameError>) {
        let template = PluginName::parse(text).map(|name| name.template_name());
        assert_eq!(template.as_deref().map_err(|e| *e), expect, "{text:?}");
    }

    #[test]
    fn names() {
        check("my-plugin", Ok("my_plugin"));
        check("a", Ok("a"));
        check("x2-3d", Ok("x2_3d"));
        check("for-all", Ok("for_all"));
        check("ending", Ok("ending"));
        check("endless-if", Ok("endless_if"));
        check(&"a".repeat(MAX_NAME_BYTES), Ok(&"a".repeat(MAX_NAME_BYTES)));
        check(&"a".repeat(MAX_NAME_BYTES + 1), Err(NameError::TooLong));
        check("", Err(NameError::Empty));
        for shape in [
            "My",
            "my_plugin",
            "-a",
            "a-",
            "a--b",
            "1a",
            "ä",
            "a b",
            "a/b",
            "..",
            "a\0",
        ] {
            check(shape, Err(NameError::Shape));
        }
        for word in [
            "for", "if", "use", "endfor", "endwith", "none", "self", "range", "kwargs",
        ] {
            check(word, Err(NameError::TemplateWord));
        }
    }

    #[test]
    fn names_travel_as_text() {
        let name = PluginName::parse("my-plugin").unwrap();
        let json = serde_json::to_string(&name).unwrap();
        assert_eq!(json, "\"my-plugin\"");
        assert_eq!(serde_json::from_str::<PluginName>(&json).unwrap(), name);
        assert!(serde_json::from_str::<PluginName>("\"My\"").is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_parses_is_safe_in_paths_and_templates(text in ".{0,80}") {
            if let Ok(name) = PluginName::parse(&text) {
                proptest::prop_assert_eq!(name.as_str(), &text);
                let template = name.template_name();
                proptest::prop_assert!(template.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
                proptest::prop_assert!(!template.contains("__"));
            }
        }
    }
}
