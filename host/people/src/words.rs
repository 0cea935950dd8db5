//! What may be a login, a password, a kind, an identifier, a role or a permission. Pure.

use std::fmt;

use serde::Deserialize;

use crate::directory::ADMINISTRATOR;
use crate::error::PeopleError;

/// Letters of a password at least. What is shorter can be guessed from a stolen table in spite
/// of the hash; nothing else about a password is prescribed, since that makes it no better.
pub const MIN_PASSWORD_LETTERS: usize = 12;

/// Bytes of a password at most: a sentence fits in, and a form of megabytes is not hashed.
pub const MAX_PASSWORD_BYTES: usize = 512;

/// Bytes of a login at most: an address of mail fits in.
const MAX_LOGIN_BYTES: usize = 200;

/// Bytes of an application's identifier.
const MAX_ID_BYTES: usize = 200;

/// Bytes of a kind, or of a role's name: both stand in tables that people read.
const MAX_WORD_BYTES: usize = 64;

/// Bytes of a permission: the name of a plugin, and a word of its own.
const MAX_PERMISSION_BYTES: usize = 160;

/// What somebody signs in with: as he wrote it, and in the form in which no two are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login {
    shown: String,
    key: String,
}

impl Login {
    /// # Errors
    /// [`PeopleError::Invalid`].
    pub(crate) fn parse(text: &str) -> Result<Self, PeopleError> {
        let shown = text.trim();
        let wrong = |what: &str| {
            let login: String = shown.chars().take(MAX_WORD_BYTES).collect();
            PeopleError::Invalid(format!("the login `{}` {what}", login.escape_debug()))
        };
        if shown.is_empty() {
            return Err(PeopleError::Invalid("a login must not be empty".to_owned()));
        }
        if shown.len() > MAX_LOGIN_BYTES {
            return Err(wrong(&format!(
                "is longer than {MAX_LOGIN_BYTES} bytes: choose a shorter one"
            )));
        }
        if shown.chars().any(is_unseen) {
            return Err(wrong(
                "has characters that are not seen: leave out all but letters, digits, signs and spaces",
            ));
        }
        Ok(Self {
            key: key_of(shown),
            shown: shown.to_owned(),
        })
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.shown
    }

    /// The form in which it is looked up.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// Nobody tells `Jane` from `jane` when it is said aloud, so they are the same.
fn key_of(login: &str) -> String {
    login.to_lowercase()
}

/// Controls, line breaks, and what only changes how the text beside it is read: two logins that
/// look the same would not be.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || (letter.is_whitespace() && letter != ' ')
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A password as it was typed. It is checked where somebody gets it, and shown nowhere.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// The text, if it may be the password of the one who signs in with `login`.
    ///
    /// # Errors
    /// [`PeopleError::Invalid`].
    pub(crate) fn checked(&self, login: &Login) -> Result<&str, PeopleError> {
        let wrong = |what: String| Err(PeopleError::Invalid(what));
        if self.0.chars().count() < MIN_PASSWORD_LETTERS {
            return wrong(format!(
                "a password has at least {MIN_PASSWORD_LETTERS} letters: some words in a row \
                 are easy to remember and hard to guess"
            ));
        }
        if self.0.len() > MAX_PASSWORD_BYTES {
            return wrong(format!("a password has at most {MAX_PASSWORD_BYTES} bytes"));
        }
        if key_of(self.0.trim()) == login.key {
            return wrong("a password must not be the login".to_owned());
        }
        Ok(&self.0)
    }
}

/// A kind of people: `agent`, `customer`, or another word of the application's.
///
/// # Errors
/// [`PeopleError::Invalid`].
pub(crate) fn check_kind(kind: &str) -> Result<(), PeopleError> {
    if kind == "system" {
        return Err(PeopleError::Invalid(
            "nobody is of the kind `system`: that is the host itself".to_owned(),
        ));
    }
    word("kind", kind)
}

/// The name of a role.
///
/// # Errors
/// [`PeopleError::Invalid`].
pub(crate) fn check_role(role: &str) -> Result<(), PeopleError> {
    word("role", role)
}

fn word(what: &str, text: &str) -> Result<(), PeopleError> {
    let mut bytes = text.bytes();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let good = text.len() <= MAX_WORD_BYTES
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| plain(byte) || byte == b'-');
    match good {
        true => Ok(()),
        false => Err(PeopleError::Invalid(format!(
            "`{}` is no name of a {what}: use a-z, 0-9, _ and -, a letter first, at most \
             {MAX_WORD_BYTES} in all",
            text.escape_debug()
        ))),
    }
}

/// The application's own identifier of somebody.
///
/// # Errors
/// [`PeopleError::Invalid`].
pub(crate) fn check_id(id: &str) -> Result<(), PeopleError> {
    let good =
        !id.is_empty() && id.len() <= MAX_ID_BYTES && id.trim() == id && !id.chars().any(is_unseen);
    match good {
        true => Ok(()),
        false => Err(PeopleError::Invalid(format!(
            "`{}` is no identifier of a user: write 1 to {MAX_ID_BYTES} bytes that can be seen, \
             without spaces around them",
            id.escape_debug()
        ))),
    }
}

/// A permission that can be granted to a role.
///
/// # Errors
/// [`PeopleError::Invalid`].
pub(crate) fn check_permission(permission: &str) -> Result<(), PeopleError> {
    if permission.starts_with("goatkit.") {
        return Err(PeopleError::Invalid(format!(
            "`{}` is the host's own and not granted to roles: give somebody the role \
             `{ADMINISTRATOR}` instead",
            permission.escape_debug()
        )));
    }
    let part = |text: &str| {
        let mut bytes = text.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_lowercase())
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let good = permission.len() <= MAX_PERMISSION_BYTES && permission.split('.').all(part);
    match good {
        true => Ok(()),
        false => Err(PeopleError::Invalid(format!(
            "`{}` is no permission: write it like `my_plugin.view` or `ticket.read`",
            permission.escape_debug()
        ))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn refusal<T: fmt::Debug>(result: Result<T, PeopleError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn logins_are_trimmed_and_known_whatever_their_case() {
        let check = |text: &str, shown: &str, key: &str| {
            let login = Login::parse(text).unwrap();
            assert_eq!((login.as_str(), login.key()), (shown, key));
        };
        check("jane", "jane", "jane");
        check("  Jane Doe \n", "Jane Doe", "jane doe");
        check("Jane@Example.COM", "Jane@Example.COM", "jane@example.com");
        check("DESK\\jane", "DESK\\jane", "desk\\jane");
        check("JÖRG", "JÖRG", "jörg");
        check("भारती", "भारती", "भारती");
        check(&"a".repeat(200), &"a".repeat(200), &"a".repeat(200));
    }

    #[test]
    fn what_is_no_login_says_why() {
        let check = |text: &str, expect: &str| {
            let refusal = refusal(Login::parse(text));
            assert!(refusal.contains(expect), "{refusal}");
            assert!(refusal.len() < 400, "{refusal}");
        };
        check("", "must not be empty");
        check(" \t ", "must not be empty");
        check(&"a".repeat(201), "longer than 200 bytes");
        check(&"ö".repeat(101), "longer than 200 bytes");
        for unseen in [
            "\0", "\u{7f}", "\n", "\t", "\u{a0}", "\u{200b}", "\u{202e}", "\u{feff}",
        ] {
            check(&format!("ja{unseen}ne"), "not seen");
        }
    }

    #[test]
    fn passwords_are_long_and_nothing_else() {
        let login = Login::parse("Jane.Of.The.Desk").unwrap();
        let check = |text: &str, expect: Option<&str>| {
            let password = Password::from(text);
            match expect {
                None => assert_eq!(password.checked(&login).unwrap(), text),
                Some(why) => {
                    let refusal = refusal(password.checked(&login));
                    assert!(refusal.contains(why), "{refusal}");
                    assert!(text.is_empty() || !refusal.contains(text), "{refusal}");
                }
            }
        };
        check("correct horse", None);
        check("aaaaaaaaaaaa", None);
        check("äöüäöüäöüäöü", None);
        check("            ", None);
        check(&"a".repeat(512), None);
        check("jane.of.the.desk!", None);
        check("", Some("at least 12 letters"));
        check("elevenchars", Some("at least 12 letters"));
        check("äöüäöüäöüäö", Some("at least 12 letters"));
        check(&"a".repeat(513), Some("at most 512 bytes"));
        check("jane.of.the.desk", Some("must not be the login"));
        check(" JANE.OF.THE.DESK ", Some("must not be the login"));
        assert_eq!(format!("{:?}", Password::from("hunter2")), "Password(…)");
    }

    #[test]
    fn words_are_plain() {
        for (good, check) in [
            ("agent", check_kind as fn(&str) -> _),
            ("light-user_2", check_kind),
            ("first-level", check_role),
            ("42", check_id),
            ("Customer 7/b", check_id),
            ("my_plugin.view", check_permission),
            ("ticket.read.all", check_permission),
            ("ticket_rw", check_permission),
        ] {
            check(good).unwrap();
        }
        for (bad, check, why) in [
            ("", check_kind as fn(&str) -> _, "no name of a kind"),
            ("system", check_kind, "the host itself"),
            ("Agent", check_kind, "no name of a kind"),
            ("first level", check_role, "no name of a role"),
            ("-x", check_role, "no name of a role"),
            ("", check_id, "no identifier"),
            (" 42", check_id, "no identifier"),
            ("4\u{200b}2", check_id, "no identifier"),
            ("goatkit.administer", check_permission, "`administrator`"),
            ("my_plugin.", check_permission, "no permission"),
            ("my-plugin.view", check_permission, "no permission"),
            ("..", check_permission, "no permission"),
            ("my_plugin.view\n", check_permission, "no permission"),
        ] {
            let refusal = refusal(check(bad));
            assert!(refusal.contains(why), "`{bad}`: {refusal}");
        }
        let long = "a".repeat(65);
        refusal(check_role(&long));
        refusal(check_id(&"a".repeat(201)));
        refusal(check_permission(&"a".repeat(161)));
    }
}
