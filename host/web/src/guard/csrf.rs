//! Tokens that show that a request which changes something came from a page of this
//! application.
//!
//! A token is for one sign-in and one audience: the application, or one plugin. So a plugin that
//! reads the token of its own forms can forge nothing but requests to itself.

use std::fmt;
use std::io;
use std::sync::Arc;

/// The field of a form that carries the token.
pub(crate) const FIELD: &str = "_csrf";

/// The header that carries it where there is no form.
pub(crate) const HEADER: &str = "x-csrf-token";

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience<'a> {
    /// The application's own forms.
    Application,
    /// The forms of the plugin of this name.
    Plugin(&'a str),
}

/// Makes tokens, and knows them again. Clones make the same; another process makes others.
#[derive(Clone)]
pub(crate) struct Csrf {
    key: Arc<[u8; 32]>,
}

impl Csrf {
    /// With a key of its own.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub(crate) fn new() -> io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        Ok(Self { key: Arc::new(key) })
    }

    /// The forms of one sign-in.
    pub(crate) fn forms(&self, session: &str) -> Forms {
        Forms {
            csrf: self.clone(),
            session: session.into(),
        }
    }

    fn hash(&self, session: &str, audience: Audience<'_>) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        // With their lengths, so that no two pairs read alike.
        let audience = match audience {
            Audience::Application => String::new(),
            Audience::Plugin(name) => format!("plugin {name}"),
        };
        for part in [session, &audience] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize()
    }
}

impl fmt::Debug for Csrf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Csrf")
    }
}

/// The forms that one sign-in is shown.
#[derive(Debug, Clone)]
pub(crate) struct Forms {
    csrf: Csrf,
    session: Arc<str>,
}

impl Forms {
    /// The token for an audience: 64 hexadecimal digits.
    pub(crate) fn token(&self, audience: Audience<'_>) -> String {
        self.csrf.hash(&self.session, audience).to_hex().to_string()
    }

    /// Whether `token` is the one for that audience. Takes the same time for every token.
    pub(crate) fn fits(&self, audience: Audience<'_>, token: &str) -> bool {
        // Hashes are compared in constant time.
        blake3::Hash::from_hex(token).is_ok_and(|it| it == self.csrf.hash(&self.session, audience))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_sign_in_and_its_audience() {
        let csrf = Csrf::new().unwrap();
        let (ada, bob) = (csrf.forms("ada"), csrf.forms("bob"));
        let audiences = [
            Audience::Application,
            Audience::Plugin("notes"),
            Audience::Plugin("stats"),
            Audience::Plugin(""),
        ];
        for mine in audiences {
            let token = ada.token(mine);
            for audience in audiences {
                assert_eq!(ada.fits(audience, &token), mine == audience, "{mine:?}");
                assert!(!bob.fits(audience, &token), "{mine:?}");
            }
            assert!(!Csrf::new().unwrap().forms("ada").fits(mine, &token));
        }
    }

    #[test]
    fn what_is_no_token_fits_nothing() {
        let forms = Csrf::new().unwrap().forms("ada");
        let token = forms.token(Audience::Application);
        for wrong in ["", "0", "größe", &token[1..], &format!("{token}0")] {
            assert!(!forms.fits(Audience::Application, wrong), "{wrong}");
        }
        assert!(forms.fits(Audience::Application, &token));
    }
}
