//! i18n: the plugin's own translations.
//!
//! Gives: texts of the package's `i18n/` folder. Never: another plugin's texts or the
//! application's. Free for all, and it reads only what the store holds, so that it needs
//! neither grant nor backend.

use goatkit_package::StoredPackage;

use crate::{Fault, Scope};

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct I18n {
    package: StoredPackage,
}

impl I18n {
    /// A handle on the translations of `package`.
    pub fn new(package: StoredPackage) -> Self {
        Self { package }
    }

    /// The text of `key` in the session's locale, or the key itself.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] while the plugin registers.
    pub fn translate(
        &self,
        scope: &Scope,
        key: &str,
        args: &[(String, String)],
    ) -> Result<String, Fault> {
        let locale = &scope.call()?.session.locale;
        Ok(self.text(locale, key, args))
    }

    /// The text of `key` in `locale`, or the key itself.
    ///
    /// # Errors
    /// As [`I18n::translate`].
    pub fn translate_to(
        &self,
        scope: &Scope,
        locale: &str,
        key: &str,
        args: &[(String, String)],
    ) -> Result<String, Fault> {
        scope.call()?;
        Ok(self.text(locale, key, args))
    }

    /// The locales that the package has, sorted.
    ///
    /// # Errors
    /// As [`I18n::translate`].
    pub fn locales(&self, scope: &Scope) -> Result<&[String], Fault> {
        scope.call()?;
        Ok(self.package.translations().locales())
    }

    fn text(&self, locale: &str, key: &str, args: &[(String, String)]) -> String {
        let found = self.package.translations().translate(locale, key, args);
        found.unwrap_or_else(|| key.to_owned())
    }
}
