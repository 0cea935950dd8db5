//! Stores for tests: one in memory, one in a Redis server of the test's own; and plugins that
//! use them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant, UNIX_EPOCH};

use goatkit_package::PluginName;
use goatkit_test_servers::Redis;

use crate::audit::{AuditLog, Auditor};
use crate::cache::{Answer, Cache, CacheStore, ENTRY_BYTES, Granted, MemoryCache, RedisCache};
use crate::{Clock, Fault, ManualClock, Scope};

/// A store.
pub(in crate::cache) struct Bench {
    pub(in crate::cache) clock: Arc<ManualClock>,
    backend: Backend,
}

enum Backend {
    Memory(Arc<MemoryCache>),
    Redis(Redis, Arc<RedisCache>),
}

pub(in crate::cache) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(
        UNIX_EPOCH + Duration::from_secs(1_772_357_400),
    ))
}

pub(in crate::cache) fn memory() -> Bench {
    let clock = clock();
    let store = MemoryCache::new(Arc::clone(&clock) as Arc<dyn Clock>);
    Bench {
        clock,
        backend: Backend::Memory(Arc::new(store)),
    }
}

pub(in crate::cache) fn redis() -> Bench {
    let (clock, server) = (clock(), Redis::start());
    let store = RedisCache::new(&server.url(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    Bench {
        clock,
        backend: Backend::Redis(server, store),
    }
}

/// Whatever holds for one store holds for the other.
pub(in crate::cache) async fn both(check: impl AsyncFn(&Bench)) {
    for bench in [memory(), redis()] {
        check(&bench).await;
    }
}

impl Bench {
    pub(in crate::cache) fn plugin(&self, name: &str, budget: u64) -> Bound {
        self.noted(name, budget, AuditLog::none())
    }

    pub(in crate::cache) fn noted(&self, name: &str, budget: u64, log: Arc<AuditLog>) -> Bound {
        Bound::new(name, budget, log, self.store())
    }

    fn store(&self) -> Arc<dyn CacheStore> {
        match &self.backend {
            Backend::Memory(store) => Arc::clone(store) as _,
            Backend::Redis(_, store) => Arc::clone(store) as _,
        }
    }

    /// Forgets all that a plugin holds.
    pub(in crate::cache) async fn clear(&self, plugin: &PluginName) -> Result<(), Fault> {
        let until = Instant::now() + Duration::from_secs(300);
        match self.store().clear(plugin, until) {
            Answer::Ready(answer) => answer,
            Answer::Later(pending) => pending.await,
        }
    }

    pub(in crate::cache) fn server(&mut self) -> &mut Redis {
        match &mut self.backend {
            Backend::Redis(server, _) => server,
            Backend::Memory(_) => panic!("there is no server"),
        }
    }

    /// How many bytes the values have that a plugin holds, and what they cost.
    pub(in crate::cache) async fn held(&self, plugin: &str) -> (u64, u64) {
        match &self.backend {
            Backend::Memory(store) => store.held(&PluginName::parse(plugin).unwrap()),
            Backend::Redis(server, _) => held(server, plugin).await,
        }
    }

    /// What a value costs besides itself, where a key is kept as it is, and where its digest
    /// is kept in its place.
    pub(in crate::cache) fn entry(&self, key: u64) -> u64 {
        match self.backend {
            Backend::Memory(_) => ENTRY_BYTES + key,
            Backend::Redis(..) => ENTRY_BYTES,
        }
    }
}

/// A connection of the test's own.
pub(in crate::cache) async fn raw(server: &Redis) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(server.url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

/// What a plugin's values have in bytes, counted one by one, and what the server has counted.
/// That both agree with the number of values is checked as well.
pub(in crate::cache) async fn held(server: &Redis, plugin: &str) -> (u64, u64) {
    let part = |name| format!("goatkit:{{{plugin}}}:1:{name}");
    let mut all = redis::pipe();
    all.atomic().hvals(part("values"));
    all.get(part("total"))
        .zcard(part("used"))
        .zcard(part("ends"));
    let answer = all.query_async(&mut raw(server).await).await;
    let (values, total, used, ends): (Vec<Vec<u8>>, Option<u64>, u64, u64) = answer.unwrap();
    let bytes: u64 = values.iter().map(|value| value.len() as u64).sum();
    let (count, total) = (values.len() as u64, total.unwrap_or_default());
    assert_eq!(
        (used, ends),
        (count, count),
        "each value has its place in every key"
    );
    assert_eq!(
        total,
        bytes + count * ENTRY_BYTES,
        "what is counted is what there is"
    );
    (bytes, total)
}

/// A plugin in a call that has time.
pub(in crate::cache) struct Bound {
    pub(in crate::cache) cache: Cache,
    pub(in crate::cache) uses: Arc<AtomicU64>,
    granted: Granted,
}

impl Bound {
    pub(in crate::cache) fn new(
        name: &str,
        budget: u64,
        log: Arc<AuditLog>,
        store: Arc<dyn CacheStore>,
    ) -> Self {
        let granted = Granted::none();
        let auditor = Auditor::new(PluginName::parse(name).unwrap(), log);
        let bound = Self {
            cache: Cache::new(auditor, granted.clone(), store),
            uses: Arc::default(),
            granted,
        };
        bound.grant(Some(budget));
        bound
    }

    pub(in crate::cache) fn grant(&self, bytes: Option<u64>) {
        let rule = |bytes| (format!("bytes {bytes}"), Arc::clone(&self.uses));
        self.granted.set(bytes.map(rule).into_iter().collect());
    }

    pub(in crate::cache) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.cache.get(&scope(), key).await
    }

    pub(in crate::cache) async fn set(&self, key: &str, value: &[u8]) -> Result<(), Fault> {
        self.set_for(key, value, None).await
    }

    pub(in crate::cache) async fn set_for(
        &self,
        key: &str,
        value: &[u8],
        ttl: Option<Duration>,
    ) -> Result<(), Fault> {
        self.cache.set(&scope(), key, value.to_vec(), ttl).await
    }

    pub(in crate::cache) async fn delete(&self, key: &str) -> Result<bool, Fault> {
        self.cache.delete(&scope(), key).await
    }
}

pub(in crate::cache) fn scope() -> Scope {
    scope_until(Instant::now() + Duration::from_secs(300))
}

pub(in crate::cache) fn scope_until(deadline: Instant) -> Scope {
    Scope::of_nobody(deadline)
}
