//! The jobs of all plugins, in the platform's database.

use crate::PlatformDb;

/// The jobs of all plugins. Clones share the database.
#[derive(Clone)]
pub struct Jobs {
    platform: PlatformDb,
}

impl Jobs {
    /// Those in `platform`.
    pub fn new(platform: PlatformDb) -> Self {
        Self { platform }
    }

    /// The database.
    pub fn platform(&self) -> &PlatformDb {
        &self.platform
    }
}
