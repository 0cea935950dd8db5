//! Compiles components, each once: from the cache, or anew and into the cache. Whoever loads a
//! package calls it, and waits; the work goes on when nobody waits any more, and ends when the
//! host stops.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use goatkit_package::{Digest, PluginName, StoredPackage};
use goatkit_runtime::{LoadError, LoadErrorKind};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{JoinSet, spawn_blocking};
use wasmtime::component::Component;
use wasmtime::{CodeBuilder, Engine};

use super::CodeCache;
use super::cache::Code;
use super::needs;
use super::program::{Failure, Work, compile as compile_in_child};
use super::trim::LeftBehind;
use crate::engine::{EngineKind, Engines};
use crate::figures;
use crate::run::Places;
use crate::settings::CompilerProgram;

/// Components that are compiled at the same time. Each may take every core and much memory;
/// with one alone a component that is made to take long would keep all others from loading.
const AT_ONCE: usize = 2;

/// Whoever holds it compiles; the others find the result in the cache.
type Turn = tokio::sync::Mutex<()>;

/// Makes compiled code, one component at a time per digest.
pub(crate) struct Compiler {
    shop: Arc<Shop>,
    turns: Mutex<BTreeMap<Digest, Weak<Turn>>>,
    /// What is being made. Dropped with the compiler: children that compile are killed then.
    running: Mutex<JoinSet<()>>,
}

/// Where instances of a component are to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// In the pool, if it fits.
    Pool,
    /// Beside it.
    OnDemand,
}

/// Compiled code on the engine that runs it.
pub(crate) struct Compiled {
    pub(crate) engine: Engine,
    pub(crate) component: Component,
    pub(crate) home: Home,
}

/// Where its instances are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Home {
    /// In the pool, of which each takes so many places.
    Pool(u32),
    /// Beside it, for this reason.
    OnDemand(String),
    /// On the engine with the async ABI.
    Concurrent,
}

impl Compiler {
    pub(crate) fn new(
        engines: Arc<Engines>,
        places: Arc<Places>,
        cache: CodeCache,
        program: Option<CompilerProgram>,
    ) -> Self {
        if program.is_none() {
            tracing::warn!(
                "components are compiled in this process, where nothing can stop one that takes \
                 all memory or time; name a program that compiles"
            );
        }
        Self {
            shop: Arc::new(Shop {
                engines,
                places,
                cache,
                program,
                at_once: Semaphore::new(AT_ONCE),
            }),
            turns: Mutex::default(),
            running: Mutex::default(),
        }
    }

    /// The compiled code of a package's component. However many ask for the same one,
    /// it is compiled once.
    pub(crate) async fn component(
        &self,
        package: &StoredPackage,
        wanted: Wanted,
    ) -> Result<Compiled, LoadError> {
        let turn = self.turn(package.digest());
        let (tell, told) = oneshot::channel();
        let work = {
            let (shop, package) = (Arc::clone(&self.shop), package.clone());
            async move {
                let _turn = turn.lock_owned().await;
                // Whoever asked may be gone.
                let _ = tell.send(shop.load_or_compile(&package, wanted).await);
            }
        };
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            while running.try_join_next().is_some() {}
            running.spawn(work);
        }
        told.await.unwrap_or_else(|_| {
            let name = &package.manifest().name;
            let text = "compiling its component broke off";
            Err(LoadError::new(name, LoadErrorKind::Internal, text))
        })
    }

    /// Removes the compiled code of a package that is gone.
    pub(crate) fn forget(&self, package: &StoredPackage) -> io::Result<()> {
        self.shop.cache.forget(package.digest())
    }

    /// The lock of one component. It lives as long as somebody holds or awaits it.
    fn turn(&self, digest: Digest) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        let running = turns.get(&digest).and_then(Weak::upgrade);
        running.unwrap_or_else(|| {
            let turn = Arc::default();
            turns.insert(digest, Arc::downgrade(&turn));
            turn
        })
    }
}

/// What all that is made needs.
struct Shop {
    engines: Arc<Engines>,
    places: Arc<Places>,
    cache: CodeCache,
    program: Option<CompilerProgram>,
    at_once: Semaphore,
}

impl Shop {
    async fn load_or_compile(
        self: &Arc<Self>,
        package: &StoredPackage,
        wanted: Wanted,
    ) -> Result<Compiled, LoadError> {
        let (name, digest) = (&package.manifest().name, package.digest());
        let load = || {
            let shop = Arc::clone(self);
            blocking(name, move || shop.load(digest, wanted))
        };
        match load().await? {
            Ok(compiled) => return Ok(compiled),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!("compiled code is not used and made anew: {error}"),
        }
        let internal = |text: String| LoadError::new(name, LoadErrorKind::Internal, text);
        let (kind, code) = self.compile(package).await?;
        let keep = {
            let shop = Arc::clone(self);
            move || shop.cache.keep(shop.engines.of(kind), digest, &code)
        };
        blocking(name, keep)
            .await?
            .map_err(|error| internal(format!("cannot keep its compiled code: {error}")))?;
        let loaded = load().await?;
        // Behind the loading: code beyond the bound runs as long as this host does.
        let trim = {
            let shop = Arc::clone(self);
            move || shop.cache.trim(LeftBehind::Stays)
        };
        blocking(name, trim).await?;
        loaded.map_err(|error| internal(format!("cannot use its compiled code: {error}")))
    }

    /// What was kept. A component is of one kind, and kept for that.
    fn load(&self, digest: Digest, wanted: Wanted) -> io::Result<Compiled> {
        let mut missing = io::ErrorKind::NotFound.into();
        for kind in EngineKind::ALL {
            match self.cache.find(self.engines.of(kind), digest) {
                Ok(code) => return self.place(&code, kind, wanted),
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing = error,
                Err(error) => return Err(error),
            }
        }
        Err(missing)
    }

    /// Maps code for the engine that its instances are to be made on.
    fn place(&self, code: &Code, kind: EngineKind, wanted: Wanted) -> io::Result<Compiled> {
        let on = |engine: &Engine, home| {
            Ok(Compiled {
                engine: engine.clone(),
                component: code.map(engine)?,
                home,
            })
        };
        let engines = &self.engines;
        if kind == EngineKind::Concurrent {
            return on(&engines.concurrent, Home::Concurrent);
        }
        let pooled = engines.pooled.as_ref().filter(|_| wanted == Wanted::Pool);
        let Some(pooled) = pooled else {
            return on(
                &engines.plain,
                Home::OnDemand("there is no pool".to_owned()),
            );
        };
        let why = match code.map(pooled) {
            Ok(component) => match self.places.needed(&component) {
                Some(places) => {
                    return Ok(Compiled {
                        engine: pooled.clone(),
                        component,
                        home: Home::Pool(places),
                    });
                }
                None => "one instance takes more than the whole pool".to_owned(),
            },
            // If it is not the pool's shape that is in the way, the other engine fails as well.
            Err(error) => error.to_string(),
        };
        on(&engines.plain, Home::OnDemand(why))
    }

    /// Compiles a component, in a child process if there is a program for it.
    async fn compile(&self, package: &StoredPackage) -> Result<(EngineKind, Vec<u8>), LoadError> {
        let name = &package.manifest().name;
        let bad = |text: String| LoadError::new(name, LoadErrorKind::BadPackage, text);
        let read = {
            let package = package.clone();
            move || {
                let bytes = package.component().map_err(|error| error.to_string())?;
                Ok((needs::read(&bytes)?, bytes))
            }
        };
        let (needs, bytes) = blocking(name, read).await?.map_err(bad)?;
        // Never closed.
        let _place = self.at_once.acquire().await;
        let (began, kilobytes) = (Instant::now(), bytes.len() >> 10);
        tracing::info!(plugin = %name, kilobytes, "its component is being compiled");
        let code = match &self.program {
            Some(program) => {
                let work = Work {
                    plugin: name.clone(),
                    kind: needs.kind,
                    bytes,
                };
                compile_in_child(program.clone(), self.cache.folder(), work).await
            }
            None => {
                let engine = self.engines.of(needs.kind).clone();
                let here = spawn_blocking(move || compile_here(&engine, &bytes));
                here.await
                    .unwrap_or_else(|error| Err(Failure::Crashed(error.to_string())))
            }
        };
        let (took, outcome) = (began.elapsed(), outcome(&code));
        figures::compiled(took, outcome);
        let seconds = took.as_secs_f64();
        tracing::info!(plugin = %name, seconds, outcome, "compiling has ended");
        let code = code.map_err(|failure| match failure.lies_in_the_component() {
            true => bad(failure.to_string()),
            false => LoadError::new(name, LoadErrorKind::Internal, failure.to_string()),
        })?;
        Ok((needs.kind, code))
    }
}

/// How compiling ended, in a word.
fn outcome(code: &Result<Vec<u8>, Failure>) -> &'static str {
    match code {
        Ok(_) => "compiled",
        Err(Failure::Refused(_)) => "refused",
        Err(Failure::Time(_)) => "time",
        Err(Failure::Memory(_)) => "memory",
        Err(Failure::Stack | Failure::Crashed(_)) => "crashed",
        Err(Failure::Killed | Failure::Start(_) | Failure::Broken(_) | Failure::Stopping) => "host",
    }
}

/// Compiles in this process: one component at a time, since nothing bounds what it takes.
fn compile_here(engine: &Engine, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    CodeBuilder::new(engine)
        .wasm_binary(bytes, None)
        .and_then(|builder| builder.compile_component_serialized())
        .map_err(|error| Failure::Refused(format!("{error:#}")))
}

/// Runs what blocks away from the threads that serve.
async fn blocking<T: Send + 'static>(
    name: &PluginName,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, LoadError> {
    spawn_blocking(work).await.map_err(|error| {
        let text = format!("reading its code broke off: {error}");
        LoadError::new(name, LoadErrorKind::Internal, text)
    })
}
