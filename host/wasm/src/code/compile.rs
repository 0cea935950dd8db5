//! Compiles components, each once: from the cache, or anew and into the cache.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use goatkit_package::{Digest, StoredPackage};
use goatkit_runtime::{LoadError, LoadErrorKind};
use wasmparser::Parser;
use wasmtime::component::Component;
use wasmtime::{CodeBuilder, Engine};

use super::CodeCache;

/// Makes compiled code, one component at a time per digest.
pub(crate) struct Compiler {
    engine: Engine,
    cache: Arc<CodeCache>,
    running: Mutex<BTreeMap<Digest, Arc<tokio::sync::Mutex<()>>>>,
}

impl Compiler {
    pub(crate) fn new(engine: Engine, cache: CodeCache) -> Self {
        Self {
            engine,
            cache: Arc::new(cache),
            running: Mutex::default(),
        }
    }

    /// The compiled code of a package's component. However many ask for the same one,
    /// it is compiled once.
    pub(crate) async fn component(&self, package: &StoredPackage) -> Result<Component, LoadError> {
        let digest = package.digest();
        let turn = Arc::clone(self.running().entry(digest).or_default());
        let _turn = turn.lock().await;
        let (engine, cache, package) = (
            self.engine.clone(),
            Arc::clone(&self.cache),
            package.clone(),
        );
        let name = package.manifest().name.clone();
        let made = tokio::task::spawn_blocking(move || load_or_compile(&engine, &cache, &package));
        let made = made.await.map_err(|error| {
            LoadError::new(
                &name,
                LoadErrorKind::Internal,
                format!("compiling broke off: {error}"),
            )
        });
        self.running().remove(&digest);
        made?
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<Digest, Arc<tokio::sync::Mutex<()>>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load_or_compile(
    engine: &Engine,
    cache: &CodeCache,
    package: &StoredPackage,
) -> Result<Component, LoadError> {
    let digest = package.digest();
    if let Some(component) = cache.load(engine, digest) {
        return Ok(component);
    }
    let name = &package.manifest().name;
    let bad = |text: String| LoadError::new(name, LoadErrorKind::BadPackage, text);
    let bytes = package
        .component()
        .map_err(|error| bad(error.to_string()))?;
    refuse_bytes(&bytes).map_err(bad)?;
    let code = CodeBuilder::new(engine)
        .wasm_binary(bytes.as_slice(), None)
        .and_then(|builder| builder.compile_component_serialized())
        .map_err(|error| bad(format!("its component does not compile: {error:#}")))?;
    let internal = |text: String| LoadError::new(name, LoadErrorKind::Internal, text);
    cache
        .keep(engine, digest, &code)
        .map_err(|error| internal(format!("cannot keep its compiled code: {error}")))?;
    cache
        .load(engine, digest)
        .ok_or_else(|| internal("its compiled code was gone as soon as it was written".to_owned()))
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
