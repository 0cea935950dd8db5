//! Values in a Redis server, which several hosts may share.
//!
//! A plugin's space is four keys, named after the plugin, whose name cannot hold what stands
//! around it there; within them a key's name is its digest, so that no text of a guest's ever
//! names anything in the server. What is held is counted in the server itself, by scripts that
//! it runs alone (`space.lua` and those beside it): they agree also where several hosts or
//! calls set values at the same time, and nothing that breaks off leaves a script half done.
//!
//! `link` has the connection. Needs Redis 5 or newer.

mod link;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use goatkit_package::PluginName;
use redis::{Client, Script, ScriptInvocation, TlsCertificates};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use super::backend::{Answer, CacheError, CacheStore, Place};
use super::{ENTRY_BYTES, LONGEST_LIFE};
use crate::{Clock, Fault};

use link::{Link, Wait};

/// Values that one script forgets: Redis does nothing else meanwhile, for anybody.
const MAX_STEPS: u32 = 256;

/// Bytes of the beginning of all keys.
const MAX_PREFIX_BYTES: usize = 64;

/// What the keys of all hosts begin with that are told nothing else.
const PREFIX: &str = "goatkit";

/// Changes with what is in a space, and with how it is counted: a new version of the host then
/// begins with new ones, and the old ones end by themselves.
const LAYOUT: &str = "1";

/// The keys of a space, in the order in which the scripts take them.
const PARTS: [&str; 4] = ["values", "used", "ends", "total"];

/// Which server, and how.
#[derive(Clone)]
pub struct RedisOptions {
    /// `redis://` or `rediss://` (TLS), with a user and password if the server asks for one, a
    /// port if it is not 6379, and the number of a database if it is not 0.
    pub url: String,
    /// What all keys begin with: at most 64 bytes of `a-zA-Z0-9._:-`. Hosts with the same one
    /// share their plugins' spaces.
    pub prefix: String,
    /// Who may vouch for a `rediss://` server, in PEM; whom the system trusts if it is left out.
    pub authorities: Option<Vec<u8>>,
}

impl RedisOptions {
    /// A server, with what is usual for the rest.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: PREFIX.to_owned(),
            authorities: None,
        }
    }
}

/// A Redis server. Each plugin has a connection of its own: none waits behind another's values.
pub struct RedisCache {
    client: Client,
    prefix: String,
    clock: Arc<dyn Clock>,
    scripts: Scripts,
    spaces: RwLock<HashMap<PluginName, Arc<Space>>>,
}

/// What the server is told to run.
struct Scripts {
    get: Script,
    set: Script,
    room: Script,
    delete: Script,
    clear: Script,
}

/// One plugin's space: how it is reached, and its keys.
struct Space {
    link: Link,
    keys: [String; 4],
}

impl RedisCache {
    /// A server that is connected to at the first use. The clock tells when a server that did
    /// not answer is asked again.
    ///
    /// # Errors
    /// [`CacheError`] for a URL that is none.
    pub fn new(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<Self>, CacheError> {
        Self::with(RedisOptions::new(url), clock)
    }

    /// As [`RedisCache::new`], with everything that can be said.
    ///
    /// # Errors
    /// [`CacheError`] for a URL, a prefix or certificates that are none.
    pub fn with(options: RedisOptions, clock: Arc<dyn Clock>) -> Result<Arc<Self>, CacheError> {
        let client = client(&options)?;
        let prefix = options.prefix;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        if !(1..=MAX_PREFIX_BYTES).contains(&prefix.len()) || !prefix.bytes().all(fits) {
            return Err(CacheError(format!(
                "the cache's prefix has 1 to {MAX_PREFIX_BYTES} of `a-zA-Z0-9._:-`"
            )));
        }
        Ok(Arc::new(Self {
            client,
            prefix,
            clock,
            scripts: Scripts::new(),
            spaces: RwLock::default(),
        }))
    }

    fn space(&self, plugin: &PluginName) -> Arc<Space> {
        let spaces = self.spaces.read();
        let spaces = spaces.unwrap_or_else(PoisonError::into_inner);
        if let Some(space) = spaces.get(plugin) {
            return Arc::clone(space);
        }
        drop(spaces);
        let spaces = self.spaces.write();
        let mut spaces = spaces.unwrap_or_else(PoisonError::into_inner);
        let space = spaces.entry(plugin.clone()).or_insert_with(|| {
            // The braces keep a space's keys together where Redis is a cluster.
            let key = |part| format!("{}:{{{plugin}}}:{LAYOUT}:{part}", self.prefix);
            Arc::new(Space {
                link: Link::new(self.client.clone(), Arc::clone(&self.clock)),
                keys: PARTS.map(key),
            })
        });
        Arc::clone(space)
    }

    async fn fetch(&self, place: Place<'_>) -> Result<Option<Vec<u8>>, Fault> {
        let space = self.space(place.plugin);
        let get = space.asks(&self.scripts.get, place);
        space.link.ask(Wait::until(place.until), &get).await
    }

    async fn keep(&self, place: Place<'_>, value: &[u8], life: Duration) -> Result<(), Fault> {
        let space = self.space(place.plugin);
        let wait = Wait::until(place.until);
        let mut set = space.asks(&self.scripts.set, place);
        set.arg(MAX_STEPS).arg(value);
        set.arg(millis(life)).arg(millis(LONGEST_LIFE));
        let mut room = space.asks(&self.scripts.room, place);
        room.arg(MAX_STEPS).arg(value.len());
        // Each turn forgets something, and the wait ends.
        while !space.link.ask::<bool>(wait, &set).await? {
            while !space.link.ask::<bool>(wait, &room).await? {}
        }
        Ok(())
    }

    async fn forget(&self, place: Place<'_>) -> Result<bool, Fault> {
        let space = self.space(place.plugin);
        let delete = space.asks(&self.scripts.delete, place);
        space.link.ask(Wait::until(place.until), &delete).await
    }
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client knows the password.
        let mut shown = f.debug_struct("RedisCache");
        shown.field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl CacheStore for RedisCache {
    fn get<'a>(&'a self, place: Place<'a>) -> Answer<'a, Option<Vec<u8>>> {
        Answer::Later(Box::pin(self.fetch(place)))
    }

    fn set<'a>(&'a self, place: Place<'a>, value: Vec<u8>, life: Duration) -> Answer<'a, ()> {
        Answer::Later(Box::pin(
            async move { self.keep(place, &value, life).await },
        ))
    }

    fn delete<'a>(&'a self, place: Place<'a>) -> Answer<'a, bool> {
        Answer::Later(Box::pin(self.forget(place)))
    }

    fn clear<'a>(&'a self, plugin: &'a PluginName, until: Instant) -> Answer<'a, ()> {
        Answer::Later(Box::pin(async move {
            let space = self.space(plugin);
            let clear = space.takes(&self.scripts.clear);
            space.link.ask(Wait::until(until), &clear).await
        }))
    }
}

impl Scripts {
    fn new() -> Self {
        let script = |what| Script::new(&format!("{}{what}", include_str!("space.lua")));
        Self {
            get: script(include_str!("get.lua")),
            set: script(include_str!("set.lua")),
            room: script(include_str!("room.lua")),
            delete: script(include_str!("delete.lua")),
            // What is held need not be accounted for.
            clear: Script::new(include_str!("clear.lua")),
        }
    }
}

impl Space {
    /// A script with the keys of the space.
    fn takes<'s>(&self, script: &'s Script) -> ScriptInvocation<'s> {
        let mut asked = script.prepare_invoke();
        for key in &self.keys {
            asked.key(key);
        }
        asked
    }

    fn asks<'s>(&self, script: &'s Script, place: Place<'_>) -> ScriptInvocation<'s> {
        let mut asked = self.takes(script);
        let name = blake3::hash(place.key.as_bytes());
        asked.arg(name.as_bytes().as_slice());
        asked.arg(place.budget).arg(ENTRY_BYTES);
        asked
    }
}

fn client(options: &RedisOptions) -> Result<Client, CacheError> {
    // What is wrong is told without the URL, which may hold a password.
    let written = || {
        let shape = "redis://HOST:PORT/ or rediss://USER:PASSWORD@HOST:PORT/";
        CacheError(format!("the cache's URL is written as {shape}"))
    };
    let url = Url::parse(&options.url).map_err(|_| written())?;
    if url.fragment().is_some() || url.query().is_some() || !url.has_host() {
        return Err(written());
    }
    let client = match (url.scheme(), &options.authorities) {
        ("redis", _) => Client::open(url),
        ("rediss", None) => {
            provide_cryptography();
            Client::open(url)
        }
        ("rediss", Some(pem)) => {
            provide_cryptography();
            certificates_of(pem)?;
            let certificates = TlsCertificates {
                client_tls: None,
                root_cert: Some(pem.clone()),
            };
            Client::build_with_tls(url, certificates)
        }
        _ => return Err(written()),
    };
    client.map_err(|error| CacheError(format!("the cache's URL: {}", error.category())))
}

/// The client takes what is no certificate for nobody who may vouch.
fn certificates_of(pem: &[u8]) -> Result<(), CacheError> {
    let mut certificates = CertificateDer::pem_slice_iter(pem).peekable();
    if certificates.peek().is_some() && certificates.all(|it| it.is_ok()) {
        return Ok(());
    }
    let what = "the cache's certificates are no certificates in PEM";
    Err(CacheError(what.to_owned()))
}

/// The client takes what the process has chosen, and panics where several are compiled in and
/// none is chosen.
fn provide_cryptography() {
    // An error says that somebody has chosen before us.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
