//! The door to the cache room.

use std::time::Duration;

use goatkit_capability::Fault;

use super::contract::cache::Host;
use crate::run::State;

impl Host for State {
    async fn get(&mut self, key: String) -> Result<Option<Vec<u8>>, Fault> {
        self.rooms.cache.get(&self.scope, &key).await
    }

    async fn set(&mut self, key: String, value: Vec<u8>, ttl: Option<u64>) -> Result<(), Fault> {
        let ttl = ttl.map(Duration::from_millis);
        let room = &self.rooms.cache;
        room.set(&self.scope, &key, value, ttl).await
    }

    async fn delete(&mut self, key: String) -> Result<bool, Fault> {
        self.rooms.cache.delete(&self.scope, &key).await
    }
}
