//! The door to the i18n room.

use goatkit_capability::Fault;

use super::contract::i18n::Host;
use crate::run::State;

impl Host for State {
    fn translate(&mut self, key: String, args: Vec<(String, String)>) -> Result<String, Fault> {
        self.rooms.i18n.translate(&self.scope, &key, &args)
    }

    fn translate_to(
        &mut self,
        locale: String,
        key: String,
        args: Vec<(String, String)>,
    ) -> Result<String, Fault> {
        self.rooms
            .i18n
            .translate_to(&self.scope, &locale, &key, &args)
    }

    fn locales(&mut self) -> Result<Vec<String>, Fault> {
        Ok(self.rooms.i18n.locales(&self.scope)?.to_vec())
    }
}
