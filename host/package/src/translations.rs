//! The texts of a package in several languages: `i18n/<tag>.yaml`.
//!
//! A file is a map of texts, nested as its author likes: `menu: { title: Hello }` is the key
//! `menu.title`. The manager's i18n door and the templates look texts up here.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::{PackageError, PackageErrorKind};
use crate::files::Files;
use crate::layout::TRANSLATIONS;
use crate::locale;
use crate::manifest::section::describe;
use crate::path::PackagePath;
use crate::yaml;

/// The texts of one package.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = goatkit_package::Store::open("data".as_ref())?;
/// let package = store.admit("my-plugin.zip".as_ref())?;
/// // i18n/de.yaml: `greeting: "Hallo {name}!"`
/// let args = [("name".to_owned(), "Eva".to_owned())];
/// let text = package.translations().translate("de-AT", "greeting", &args);
/// assert_eq!(text.as_deref(), Some("Hallo Eva!"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Translations {
    default_locale: String,
    locales: Vec<String>,
    texts: BTreeMap<String, Texts>,
}

type Texts = BTreeMap<String, String>;

impl Translations {
    /// Reads every translation of a package.
    pub(crate) fn read(files: &Files, default_locale: &str) -> Result<Self, PackageError> {
        let mut texts = BTreeMap::new();
        for (name, path) in files.under(TRANSLATIONS) {
            let tag = tag_of(name).ok_or_else(|| {
                wrong(path, "is not named after a language")
                    .hint("translations are called for example i18n/en.yaml or i18n/de-AT.yaml")
            })?;
            let bytes = files.read(path)?.unwrap_or_default();
            let read =
                parse(&bytes).map_err(|message| wrong(path, format!("is refused: {message}")))?;
            if texts.insert(tag, read).is_some() {
                return Err(
                    wrong(path, "is the second file for its language").hint("keep one of them")
                );
            }
        }
        Ok(Self {
            default_locale: default_locale.to_owned(),
            locales: texts.keys().cloned().collect(),
            texts,
        })
    }

    /// The languages that the package has texts in, as canonical tags, sorted.
    #[must_use]
    pub fn locales(&self) -> &[String] {
        &self.locales
    }

    /// The text of a key in a language or, failing that, in its shorter forms, in the
    /// package's default language, and in that one's shorter forms.
    ///
    /// `{name}` in a text becomes the argument of that name, `{{` and `}}` become braces, and
    /// a placeholder without an argument stays as it is. Nothing is escaped: that is the
    /// template's task.
    #[must_use]
    pub fn translate(&self, locale: &str, key: &str, args: &[(String, String)]) -> Option<String> {
        let asked = locale::canonical(locale).unwrap_or_default();
        locale::forms(&asked)
            .chain(locale::forms(&self.default_locale))
            .find_map(|tag| self.texts.get(tag)?.get(key))
            .map(|text| fill(text, args))
    }
}

fn wrong(path: &PackagePath, what: impl std::fmt::Display) -> PackageError {
    PackageError::new(PackageErrorKind::Content, format!("`{path}` {what}"))
}

fn tag_of(name: &str) -> Option<String> {
    locale::canonical(name.strip_suffix(".yaml")?)
}

/// The texts of one file, or what is wrong with it.
fn parse(bytes: &[u8]) -> Result<Texts, String> {
    let mut texts = Texts::new();
    match yaml::read(bytes)? {
        Value::Object(map) => flatten("", map, &mut texts)?,
        // A file that is all comments is a translation that was not begun.
        Value::Null => {}
        other => {
            return Err(format!(
                "expected a map of texts, found {}",
                describe(&other)
            ));
        }
    }
    Ok(texts)
}

/// The depth of YAML bounds the recursion.
fn flatten(at: &str, map: Map<String, Value>, texts: &mut Texts) -> Result<(), String> {
    for (key, value) in map {
        let key = if at.is_empty() {
            key
        } else {
            format!("{at}.{key}")
        };
        match value {
            Value::String(text) => {
                if texts.insert(key.clone(), text).is_some() {
                    return Err(format!(
                        "the key `{key}` stands twice, once nested and once with dots"
                    ));
                }
            }
            Value::Object(map) => flatten(&key, map, texts)?,
            other => {
                let found = describe(&other);
                return Err(format!(
                    "{key}: expected text, found {found}; put it in quotes"
                ));
            }
        }
    }
    Ok(())
}

/// Arguments that a text may have. No sentence needs as many.
const MAX_ARGS: usize = 32;

/// Bytes of a placeholder's name with its spaces.
const MAX_PLACEHOLDER: usize = 64;

/// Bytes that arguments may add to a text. What they would add beyond is cut: a text with
/// many placeholders and a long argument would fill the host's memory.
const MAX_ADDED: usize = 64 << 10;

/// Puts arguments in. Arguments are not looked at again, so a `{` in one does no harm.
fn fill(text: &str, args: &[(String, String)]) -> String {
    let args = &args[..args.len().min(MAX_ARGS)];
    let most = text.len() + MAX_ADDED;
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            filled.push_str(&rest[..1]);
            rest = after;
            continue;
        }
        match placeholder(rest, args) {
            Some((value, after)) => {
                let room = most.saturating_sub(filled.len() + after.len());
                filled.push_str(&value[..value.floor_char_boundary(room)]);
                rest = after;
            }
            None => {
                filled.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    filled + rest
}

/// The value of the placeholder that `text` begins with, and what follows it.
fn placeholder<'a>(text: &'a str, args: &'a [(String, String)]) -> Option<(&'a str, &'a str)> {
    let text = text.strip_prefix('{')?;
    let near = &text[..text.floor_char_boundary(MAX_PLACEHOLDER)];
    let end = near.find('}')?;
    let (name, after) = (&text[..end], &text[end + 1..]);
    let (_, value) = args.iter().find(|(known, _)| known == name.trim())?;
    Some((value, after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{MAX_ADDED, MAX_PLACEHOLDER, Translations, fill, parse};

    #[test]
    fn placeholders() {
        let args = [
            ("name".to_owned(), "Eva {x}".to_owned()),
            ("n".to_owned(), "3".to_owned()),
        ];
        let check = |text, expect| assert_eq!(fill(text, &args), expect, "{text:?}");
        check("Hallo {name}!", "Hallo Eva {x}!");
        check("{n}{n}", "33");
        check("{ n }", "3");
        check("{unknown} {n}", "{unknown} 3");
        check("{{n}} {{{n}}}", "{n} {3}");
        check("{", "{");
        check("}{", "}{");
        check("{n", "{n");
        check("größe {n} ß", "größe 3 ß");
        check("", "");
    }

    #[test]
    fn what_arguments_add_is_bounded() {
        let long = [("a".to_owned(), "ü".repeat(MAX_ADDED))];
        let filled = fill(&"{a}".repeat(10_000), &long);
        assert!(filled.len() <= 30_000 + MAX_ADDED, "{} bytes", filled.len());
        assert!(filled.starts_with("üü"));
        let far = format!("{{{}a}}", " ".repeat(MAX_PLACEHOLDER));
        assert_eq!(fill(&far, &long), far, "a name that is too long is text");
    }

    #[test]
    fn files() {
        let check = |yaml: &str, expect: Result<&[(&str, &str)], &str>| {
            let texts = parse(yaml.as_bytes());
            let pairs = texts.as_ref().map(|t| {
                t.iter()
                    .map(|(k, v)| (k.as_str(), v.as_str()))
                    .collect::<Vec<_>>()
            });
            assert_eq!(pairs.as_deref().map_err(|e| e.as_str()), expect, "{yaml:?}");
        };
        check(
            "a: x\nm: { t: y, n: { d: z } }",
            Ok(&[("a", "x"), ("m.n.d", "z"), ("m.t", "y")]),
        );
        check("yes: no", Ok(&[("yes", "no")]));
        check("# nothing yet", Ok(&[]));
        check(
            "a: 5",
            Err("a: expected text, found the number 5; put it in quotes"),
        );
        check(
            "m: { a: [x] }",
            Err("m.a: expected text, found a list; put it in quotes"),
        );
        check(
            "m.a: x\nm: { a: y }",
            Err("the key `m.a` stands twice, once nested and once with dots"),
        );
        check("- a", Err("expected a map of texts, found a list"));
        check("a: x\na: y", Err("line 2: the key `a` stands twice"));
    }

    #[test]
    fn fallback() {
        let language = |yaml: &str| parse(yaml.as_bytes()).unwrap();
        let translations = Translations {
            default_locale: "en-GB".into(),
            locales: Vec::new(),
            texts: [
                ("de-AT".into(), language("a: Jänner")),
                ("de".into(), language("a: Januar\nb: Februar")),
                ("en".into(), language("a: January\nb: February\nc: March")),
            ]
            .into(),
        };
        let check = |locale, key, expect: Option<&str>| {
            assert_eq!(
                translations.translate(locale, key, &[]).as_deref(),
                expect,
                "{locale} {key}"
            );
        };
        check("de-AT", "a", Some("Jänner"));
        check("de_at", "a", Some("Jänner"));
        check("de-AT", "b", Some("Februar"));
        check("de-CH", "a", Some("Januar"));
        check("de-AT", "c", Some("March"));
        check("fr", "a", Some("January"));
        check("../../x", "a", Some("January"));
        check("", "a", Some("January"));
        check("de", "d", None);
    }
}
