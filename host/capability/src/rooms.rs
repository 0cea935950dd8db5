//! A plugin's rooms: a plain struct whose fields are the capabilities.

use std::sync::Arc;

use goatkit_package::StoredPackage;

use crate::Clock;
use crate::context::Context;
use crate::db::{Database, Db};
use crate::grants::Powers;
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
    /// The database, as far as it is granted.
    pub db: Db,
}

/// What the rooms of all plugins share: the backends of this host.
#[derive(Clone)]
pub struct Services {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where log lines go.
    pub log_sinks: Arc<[Arc<dyn LogSink>]>,
    /// The application's database.
    pub database: Arc<dyn Database>,
}

impl Services {
    /// The rooms of one package, which may do what `powers` allow at the time of each call.
    pub fn rooms(&self, package: &StoredPackage, powers: &Powers) -> Rooms {
        let name = package.manifest().name.clone();
        Rooms {
            context: Context::new(Arc::clone(&self.clock)),
            i18n: I18n::new(package.clone()),
            log: Log::new(name.clone(), Arc::clone(&self.log_sinks)),
            db: Db::new(name, powers.db().clone(), Arc::clone(&self.database)),
        }
    }
}
