//! What is shown to be known again: 256 bits of the machine's, of which only a hash is kept.
//!
//! A hash that is quick to make is enough, because nobody guesses 256 bits. It is looked up by,
//! so that how long that takes tells nothing about a secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::PeopleError;

const BYTES: usize = 32;

/// Letters of a secret.
const LETTERS: usize = (BYTES * 8).div_ceil(6);

/// What is kept of a secret.
pub(crate) type Kept = [u8; 32];

/// A new secret: letters, digits, `-` and `_`.
///
/// # Errors
/// The machine gives no random bytes.
pub(crate) fn fresh() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A password that nobody thought of: long enough that nobody guesses it, and short enough to be
/// typed once.
///
/// # Errors
/// The machine gives no random bytes.
pub fn generated_password() -> Result<String, PeopleError> {
    let mut bytes = [0; PASSWORD_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// 120 bits, which are 20 letters.
const PASSWORD_BYTES: usize = 15;

/// What is kept of what somebody shows; nothing for what is no secret of ours anyway.
pub(crate) fn kept(shown: &str) -> Option<Kept> {
    (shown.len() == LETTERS).then(|| *blake3::hash(shown.as_bytes()).as_bytes())
}

/// A name for what a secret opens, by which it can be told from others and not be opened.
pub(crate) fn name_of(kept: &Kept) -> String {
    let name = blake3::derive_key("goatkit 2026 the name of a session", kept);
    URL_SAFE_NO_PAD.encode(&name[..NAME_BYTES])
}

/// 128 bits: no two sessions have the same by chance.
const NAME_BYTES: usize = 16;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let all: BTreeSet<String> = (0..100).map(|_| fresh().unwrap()).collect();
        assert_eq!(all.len(), 100);
        for secret in &all {
            assert_eq!(secret.len(), 43);
            assert_eq!(URL_SAFE_NO_PAD.decode(secret).unwrap().len(), 32);
        }
        let names: BTreeSet<String> = all.iter().map(|it| name_of(&kept(it).unwrap())).collect();
        assert_eq!(names.len(), 100);
    }

    #[test]
    fn a_password_that_was_made_is_accepted() {
        let made = generated_password().unwrap();
        assert_eq!(made.len(), 20);
        assert!(made.len() >= crate::MIN_PASSWORD_LETTERS);
        assert_ne!(made, generated_password().unwrap());
    }

    #[test]
    fn what_is_kept_tells_nothing() {
        let secret = fresh().unwrap();
        let kept = kept(&secret).unwrap();
        assert_ne!(URL_SAFE_NO_PAD.encode(kept), secret);
        assert!(!name_of(&kept).contains(&secret[..8]));
        assert!(!URL_SAFE_NO_PAD.encode(kept).starts_with(&name_of(&kept)));
    }

    #[test]
    fn what_is_no_secret_is_not_even_hashed() {
        for shown in [
            "",
            "x",
            &"a".repeat(42),
            &"a".repeat(44),
            &"a".repeat(100_000),
        ] {
            assert!(kept(shown).is_none());
        }
    }
}
