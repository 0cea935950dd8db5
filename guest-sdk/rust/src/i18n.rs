//! The plugin's own translations, from the `i18n/` folder of its package. Free for all.
//!
//! `{name}` in a text is replaced by the argument of that name. A key that no file has is
//! its own text.

use std::fmt::Display;

use crate::host;
use crate::types::Fault;

/// The text of a key for the session's locale.
pub fn t(key: &str) -> Result<String, Fault> {
    host::i18n::translate(key, &[])
}

/// The same with arguments: `t_with("found", &[("count", &12)])`.
pub fn t_with(key: &str, args: &[(&str, &dyn Display)]) -> Result<String, Fault> {
    host::i18n::translate(key, &shown(args))
}

/// The same for a locale of the caller's choice.
pub fn translate_to(
    locale: &str,
    key: &str,
    args: &[(&str, &dyn Display)],
) -> Result<String, Fault> {
    host::i18n::translate_to(locale, key, &shown(args))
}

/// The locales that the package has, as BCP 47 tags, sorted.
pub fn locales() -> Result<Vec<String>, Fault> {
    host::i18n::locales()
}

fn shown(args: &[(&str, &dyn Display)]) -> Vec<(String, String)> {
    args.iter()
        .map(|(name, value)| ((*name).to_owned(), value.to_string()))
        .collect()
}
