//! Compiles components, each once: from the cache, or anew and into the cache.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use goatkit_package::{Digest, StoredPackage};
use goatkit_runtime::{LoadError, LoadErrorKind};
use wasmparser::Parser;
use wasmtime::component::Component;
use wasmtime::{CodeBuilder, Engine};

use super::CodeCache;

/// Whoever holds it compiles; the others find the result in the cache.
type Turn = tokio::sync::Mutex<()>;

/// Makes compiled code, one component at a time per digest.
pub(crate) struct Compiler {
    engine: Engine,
    cache: Arc<CodeCache>,
    turns: Mutex<BTreeMap<Digest, Weak<Turn>>>,
}

impl Compiler {
    pub(crate) fn new(engine: Engine, cache: CodeCache) -> Self {
        Self {
            engine,
            cache: Arc::new(cache),
            turns: Mutex::default(),
        }
    }

    /// The compiled code of a package's component. However many ask for the same one,
    /// it is compiled once.
    pub(crate) async fn component(&self, package: &StoredPackage) -> Result<Component, LoadError> {
        let turn = self.turn(package.digest()).lock_owned().await;
        let (engine, cache) = (self.engine.clone(), Arc::clone(&self.cache));
        let work = {
            let package = package.clone();
            move || {
                // Held to the end of the work, which goes on when nobody waits any more.
                let _turn = turn;
                load_or_compile(&engine, &cache, &package)
            }
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            let text = format!("compiling broke off: {error}");
            LoadError::new(&package.manifest().name, LoadErrorKind::Internal, text)
        })?
    }

    /// Removes the compiled code of a package that is gone.
    pub(crate) fn forget(&self, package: &StoredPackage) -> io::Result<()> {
        self.cache.forget(package.digest())
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

fn load_or_compile(
    engine: &Engine,
    cache: &CodeCache,
    package: &StoredPackage,
) -> Result<Component, LoadError> {
    let digest = package.digest();
    match cache.load(engine, digest) {
        Ok(component) => return Ok(component),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!("compiled code is not used and made anew: {error}"),
    }
    let name = &package.manifest().name;
    let bad = |text: String| LoadError::new(name, LoadErrorKind::BadPackage, text);
    let internal = |text: String| LoadError::new(name, LoadErrorKind::Internal, text);
    let code = compile(engine, package).map_err(bad)?;
    cache
        .keep(engine, digest, &code)
        .map_err(|error| internal(format!("cannot keep its compiled code: {error}")))?;
    cache
        .load(engine, digest)
        .map_err(|error| match error.kind() {
            // It is what was just compiled: the pool has no room for instances of this shape.
            io::ErrorKind::InvalidData => {
                bad(format!("its component is not for this host: {error}"))
            }
            _ => internal(format!("cannot read its compiled code: {error}")),
        })
}

/// Compiles one component at a time: it uses every core there is, and much memory. It runs
/// in this process and cannot be interrupted.
fn compile(engine: &Engine, package: &StoredPackage) -> Result<Vec<u8>, String> {
    static ONE: Mutex<()> = Mutex::new(());
    let bytes = package.component().map_err(|error| error.to_string())?;
    refuse_bytes(&bytes)?;
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    CodeBuilder::new(engine)
        .wasm_binary(bytes.as_slice(), None)
        .and_then(|builder| builder.compile_component_serialized())
        .map_err(|error| format!("its component does not compile: {error:#}"))
}

/// Says what is wrong with bytes that are no component at all.
fn refuse_bytes(bytes: &[u8]) -> Result<(), String> {
    if Parser::is_component(bytes) {
        return Ok(());
    }
    Err(if Parser::is_core_wasm(bytes) {
        "its component is a core module; build it with `gk plugin build`, or turn it into a \
         component with `wasm-tools component new`"
            .to_owned()
    } else {
        "its component is no WebAssembly: the file does not begin with `\\0asm`".to_owned()
    })
}
