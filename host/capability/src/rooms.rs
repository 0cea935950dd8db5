//! A plugin's rooms: a plain struct whose fields are the capabilities.

use std::sync::Arc;

use goatkit_package::StoredPackage;

use crate::Clock;
use crate::context::Context;
use crate::i18n::I18n;
use crate::log::{Log, LogSink};

/// The handles of one plugin, made when it is loaded.
#[derive(Clone)]
pub struct Rooms {
    /// What the plugin may know about its call.
    pub context: Context,
    /// Its translations.
    pub i18n: I18n,
    /// Its log.
    pub log: Log,
}

/// What the rooms of all plugins share: the backends of this host.
#[derive(Clone)]
pub struct Services {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where log lines go.
    pub log_sinks: Arc<[Arc<dyn LogSink>]>,
}

impl Services {
    /// The rooms of one package.
    pub fn rooms(&self, package: &StoredPackage) -> Rooms {
        let name = package.manifest().name.clone();
        Rooms {
            context: Context::new(Arc::clone(&self.clock)),
            i18n: I18n::new(package.clone()),
            log: Log::new(name, Arc::clone(&self.log_sinks)),
        }
    }
}
