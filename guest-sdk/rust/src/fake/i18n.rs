//! Translations, as the session has them.

use crate::testing::{Session, session};
use crate::types::Fault;

pub(crate) fn translate(key: &str, args: &[(String, String)]) -> Result<String, Fault> {
    Ok(session(|session| text(session, &session.locale, key, args)))
}

pub(crate) fn translate_to(
    locale: &str,
    key: &str,
    args: &[(String, String)],
) -> Result<String, Fault> {
    Ok(session(|session| text(session, locale, key, args)))
}

pub(crate) fn locales() -> Result<Vec<String>, Fault> {
    Ok(session(|session| {
        session.translations.keys().cloned().collect()
    }))
}

fn text(session: &Session, locale: &str, key: &str, args: &[(String, String)]) -> String {
    let shorter = std::iter::successors(Some(locale), |tag| {
        tag.rsplit_once('-').map(|(shorter, _)| shorter)
    });
    let text = shorter
        .chain(["en"])
        .find_map(|locale| session.translations.get(locale)?.get(key));
    let start = text.map_or(key, String::as_str).to_owned();
    args.iter().fold(start, |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}
