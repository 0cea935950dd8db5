//! Connections that wait for their next request. One belongs to a plugin and to an address that
//! was checked: nobody else's request is ever sent on it.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use goatkit_package::PluginName;
use tokio::runtime::Handle;

use super::link::Link;
use super::target::Target;

/// How long a connection waits for its next request. Servers close theirs after some seconds
/// to minutes; one that waits longer is mostly found closed.
const MAX_IDLE: Duration = Duration::from_secs(20);

/// Connections of one plugin that wait: so many as it has requests at once.
const MAX_OF_PLUGIN: usize = 32;

/// Connections of all plugins that wait: each holds a socket and its buffers.
const MAX_OF_HOST: usize = 256;

/// What a connection may be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) plugin: PluginName,
    secure: bool,
    host: String,
    port: u16,
    address: IpAddr,
}

impl Key {
    /// Requests of `plugin` to the scheme, host and port of `target`, at this address.
    pub(super) fn new(plugin: &PluginName, target: &Target, address: IpAddr) -> Self {
        Self {
            plugin: plugin.clone(),
            secure: target.is_secure(),
            host: target.host().to_owned(),
            port: target.port(),
            address,
        }
    }

    fn suits(&self, plugin: &PluginName, target: &Target, addresses: &[IpAddr]) -> bool {
        self.plugin == *plugin
            && self.secure == target.is_secure()
            && self.host == target.host()
            && self.port == target.port()
            && addresses.contains(&self.address)
    }
}

/// A connection, or what stands for one in tests.
pub(super) trait Reusable: Send + 'static {
    /// Whether a request can be sent now.
    fn is_free(&self) -> bool;
    /// Whether it is of no use any more.
    fn is_closed(&self) -> bool;
}

impl Reusable for Link {
    fn is_free(&self) -> bool {
        Self::is_free(self)
    }

    fn is_closed(&self) -> bool {
        Self::is_closed(self)
    }
}

/// The connections that wait, the one that has waited longest in front.
struct Waiting<L> {
    links: VecDeque<(Key, L, Instant)>,
    /// Whether a task looks for those that have waited too long.
    swept: bool,
}

/// The connections of all plugins.
pub(super) struct Pool<L = Link>(Mutex<Waiting<L>>);

impl<L: Reusable> Pool<L> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Waiting {
            links: VecDeque::new(),
            swept: false,
        })))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<L>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out a connection of the plugin to one of the addresses of the target.
    pub(super) fn take(
        &self,
        plugin: &PluginName,
        target: &Target,
        addresses: &[IpAddr],
        now: Instant,
    ) -> Option<(Key, L)> {
        let mut waiting = self.waiting();
        sweep(&mut waiting.links, now);
        let suits = |(key, link, _): &(Key, L, Instant)| {
            link.is_free() && key.suits(plugin, target, addresses)
        };
        // The one that came last: the server is the least likely to have closed it.
        let at = waiting.links.iter().rposition(suits)?;
        let (key, link, _) = waiting.links.remove(at)?;
        Some((key, link))
    }

    /// Keeps a connection for later. Those that have waited longest go when there are too many.
    pub(super) fn put(&self, key: Key, link: L, now: Instant) {
        let mut waiting = self.waiting();
        let links = &mut waiting.links;
        sweep(links, now);
        let own = links.iter().filter(|(it, ..)| it.plugin == key.plugin);
        if own.count() >= MAX_OF_PLUGIN
            && let Some(at) = links.iter().position(|(it, ..)| it.plugin == key.plugin)
        {
            links.remove(at);
        }
        if links.len() >= MAX_OF_HOST {
            links.pop_front();
        }
        links.push_back((key, link, now));
    }

    /// Whether none waits.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting().links.is_empty()
    }

    /// Closes what has waited too long, in a task that ends when nothing waits any more.
    pub(super) fn keep_swept(self: &Arc<Self>, runtime: &Handle) {
        if std::mem::replace(&mut self.waiting().swept, true) {
            return;
        }
        let pool = Arc::downgrade(self);
        runtime.spawn(async move {
            while let Some(next) = pool.upgrade().and_then(|pool| pool.next(Instant::now())) {
                tokio::time::sleep_until(next.into()).await;
            }
        });
    }

    /// Closes what has waited too long; when that is to be done again, if anything waits.
    fn next(&self, now: Instant) -> Option<Instant> {
        let mut waiting = self.waiting();
        sweep(&mut waiting.links, now);
        let next = waiting.links.front().map(|(_, _, since)| *since + MAX_IDLE);
        waiting.swept = next.is_some();
        next
    }
}

fn sweep<L: Reusable>(links: &mut VecDeque<(Key, L, Instant)>, now: Instant) {
    links.retain(|(_, link, since)| {
        !link.is_closed() && now.saturating_duration_since(*since) < MAX_IDLE
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    struct Fake(u32, Arc<AtomicBool>);

    impl Reusable for Fake {
        fn is_free(&self) -> bool {
            !self.is_closed()
        }

        fn is_closed(&self) -> bool {
            self.1.load(Ordering::Relaxed)
        }
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn plugin(name: &str) -> PluginName {
        PluginName::parse(name).unwrap()
    }

    fn target(url: &str) -> Target {
        Target::parse(url).unwrap()
    }

    fn put(pool: &Pool<Fake>, name: &str, number: u32, now: Instant) -> Arc<AtomicBool> {
        let key = Key::new(&plugin(name), &target("http://a.example/"), HERE);
        let closed = Arc::new(AtomicBool::new(false));
        pool.put(key, Fake(number, Arc::clone(&closed)), now);
        closed
    }

    fn take(pool: &Pool<Fake>, name: &str, url: &str, now: Instant) -> Option<u32> {
        let taken = pool.take(&plugin(name), &target(url), &[HERE], now);
        taken.map(|(_, link)| link.0)
    }

    #[test]
    fn a_connection_is_only_for_its_plugin_and_place() {
        let now = Instant::now();
        let pool = Pool::new();
        put(&pool, "one", 1, now);
        for (name, url) in [
            ("two", "http://a.example/"),
            ("one", "https://a.example/"),
            ("one", "https://a.example:80/"),
            ("one", "http://a.example:81/"),
            ("one", "http://b.example/"),
            ("one", "http://x.a.example/"),
        ] {
            assert_eq!(take(&pool, name, url, now), None, "{name} {url}");
        }
        let elsewhere = ["127.0.0.2".parse().unwrap()];
        let here = target("http://a.example/x?y");
        assert!(pool.take(&plugin("one"), &here, &elsewhere, now).is_none());
        let both = ["127.0.0.2".parse().unwrap(), HERE];
        assert!(pool.take(&plugin("one"), &here, &both, now).is_some());
        assert!(
            pool.take(&plugin("one"), &here, &both, now).is_none(),
            "taken out"
        );
    }

    #[test]
    fn a_connection_waits_for_some_time_unless_it_is_closed() {
        let now = Instant::now();
        let pool = Pool::new();
        put(&pool, "one", 1, now);
        let closed = put(&pool, "one", 2, now + Duration::from_secs(1));
        closed.store(true, Ordering::Relaxed);
        let url = "http://a.example/";
        let end = now + MAX_IDLE;
        let before = end.checked_sub(Duration::from_millis(1)).unwrap();
        assert_eq!(take(&pool, "one", url, before), Some(1));
        put(&pool, "one", 3, now);
        assert_eq!(pool.next(before), Some(end));
        assert_eq!(pool.next(end), None);
        assert_eq!(take(&pool, "one", url, now), None, "swept");
    }

    #[test]
    fn few_connections_wait() {
        let now = Instant::now();
        let pool = Pool::new();
        for number in 0..100 {
            put(&pool, "one", number, now);
        }
        put(&pool, "two", 200, now);
        assert_eq!(pool.waiting().links.len(), MAX_OF_PLUGIN + 1);
        assert_eq!(
            take(&pool, "one", "http://a.example/", now),
            Some(99),
            "the last"
        );
        for at in 0..20 {
            for number in 0..MAX_OF_PLUGIN {
                put(
                    &pool,
                    &format!("p{at}"),
                    u32::try_from(number).unwrap(),
                    now,
                );
            }
        }
        assert_eq!(pool.waiting().links.len(), MAX_OF_HOST);
        assert_eq!(
            take(&pool, "two", "http://a.example/", now),
            None,
            "the oldest went"
        );
    }
}
