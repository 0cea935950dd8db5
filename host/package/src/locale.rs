//! Language tags: their one spelling, and what a tag falls back to.
//!
//! Only the form of BCP 47 is checked, not whether a language exists: that would need a
//! registry, and an unknown language does no harm.

/// Longest tag: language, script, region and some variants.
const MAX_TAG_BYTES: usize = 35;

/// The canonical spelling of a tag (`de-at` and `de_AT` give `de-AT`), or nothing if the text
/// is none.
pub(crate) fn canonical(text: &str) -> Option<String> {
    if text.len() > MAX_TAG_BYTES {
        return None;
    }
    let mut parts = text.split(['-', '_']);
    let language = parts.next()?;
    let is_language = matches!(language.len(), 2..=3 | 5..=8)
        && language.bytes().all(|b| b.is_ascii_alphabetic());
    if !is_language {
        return None;
    }
    let mut tag = language.to_ascii_lowercase();
    for part in parts {
        if !(1..=8).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        tag.push('-');
        tag.push_str(&cased(part));
    }
    Some(tag)
}

/// A region is written `AT`, a script `Latn`, everything else in lower case.
fn cased(part: &str) -> String {
    let lower = part.to_ascii_lowercase();
    if !part.bytes().all(|b| b.is_ascii_alphabetic()) {
        return lower;
    }
    match part.len() {
        2 => part.to_ascii_uppercase(),
        4 => lower[..1].to_ascii_uppercase() + &lower[1..],
        _ => lower,
    }
}

/// The tag and its shorter forms: `de-Latn-AT`, `de-Latn`, `de`.
pub(crate) fn forms(tag: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(tag), |tag| {
        tag.rsplit_once('-').map(|(shorter, _)| shorter)
    })
}

#[cfg(test)]
mod tests {
    use super::{canonical, forms};

    #[test]
    fn tags() {
        let check =
            |text, expect: Option<&str>| assert_eq!(canonical(text).as_deref(), expect, "{text:?}");
        check("en", Some("en"));
        check("DE-at", Some("de-AT"));
        check("de_AT", Some("de-AT"));
        check("zh-hant-tw", Some("zh-Hant-TW"));
        check("es-419", Some("es-419"));
        check("sl-rozaj-1994", Some("sl-rozaj-1994"));
        for wrong in [
            "",
            "e",
            "en-",
            "-en",
            "e1",
            "en-toolonggg",
            "en/us",
            "../x",
            "deutsch-zu-lang-zu-lang-zu-lang-zu-lang",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn fallback() {
        assert_eq!(
            forms("zh-Hant-TW").collect::<Vec<_>>(),
            ["zh-Hant-TW", "zh-Hant", "zh"]
        );
        assert_eq!(forms("de").collect::<Vec<_>>(), ["de"]);
    }
}
