//! The door to the context room.

use goatkit_capability::Fault;

use super::contract::context::{EntryPoint, Host, Identity};
use super::contract::types::Timestamp;
use crate::run::State;

impl Host for State {
    fn actor(&mut self) -> Result<Option<Identity>, Fault> {
        let actor = self.rooms.context.actor(&self.scope)?;
        Ok(actor.map(|actor| Identity {
            id: actor.id.clone(),
            login: actor.login.clone(),
            kind: actor.kind.clone(),
            extra: Vec::new(),
        }))
    }

    fn has_permission(&mut self, permission: String) -> Result<bool, Fault> {
        self.rooms.context.has_permission(&self.scope, &permission)
    }

    fn tenant(&mut self) -> Result<Option<String>, Fault> {
        Ok(self.rooms.context.tenant(&self.scope)?.map(str::to_owned))
    }

    fn locale(&mut self) -> Result<String, Fault> {
        Ok(self.rooms.context.locale(&self.scope)?.to_owned())
    }

    fn now(&mut self) -> Result<Timestamp, Fault> {
        Ok(self.rooms.context.now(&self.scope)?.into())
    }

    fn request_id(&mut self) -> Result<String, Fault> {
        Ok(self.rooms.context.request_id(&self.scope)?.to_owned())
    }

    fn deadline(&mut self) -> Result<u64, Fault> {
        let left = self.rooms.context.deadline(&self.scope)?;
        Ok(u64::try_from(left.as_nanos()).unwrap_or(u64::MAX))
    }

    fn entry(&mut self) -> Result<EntryPoint, Fault> {
        let entry = self.rooms.context.entry(&self.scope)?;
        Ok(EntryPoint {
            kind: entry.kind.as_str().to_owned(),
            name: entry.name.clone(),
        })
    }

    fn caller(&mut self) -> Result<Option<String>, Fault> {
        Ok(self
            .rooms
            .context
            .caller(&self.scope)?
            .map(ToString::to_string))
    }
}
