//! The engines that all instances share, and the thread that ticks their epochs.
//!
//! Epochs only tell time here: a tick lets every running guest look at its own clock. The
//! epoch is never moved to stop one plugin, because it is every plugin's.

use std::time::Duration;

use wasmtime::{
    Config, Engine, EngineWeak, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
};

use crate::settings::{SettingsError, WasmSettings};

/// How often a running guest is interrupted to look at its clock. Short enough that a
/// runaway is noticed before a person is, long enough to cost nothing.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Stack of a guest. Deep recursion ends here with a trap and not in the host's stack.
const GUEST_STACK: usize = 1 << 20;

/// What a host function may use beyond the guest's stack.
const HOST_STACK: usize = 1 << 20;

/// Bytes of a memory that stay resident in the pool between two instances, so that a
/// fresh instance of a small guest costs no page faults.
const KEEP_RESIDENT: usize = 256 << 10;

/// Memories, tables and table elements of one module in the pool: what compilers make has
/// one memory and one table, of some thousand elements. What has more runs on demand.
const MODULE_MEMORIES: u32 = 4;
/// See [`MODULE_MEMORIES`].
const MODULE_TABLES: u32 = 8;
/// See [`MODULE_MEMORIES`].
const TABLE_ELEMENTS: usize = 100_000;

/// What of the component model an engine has. Code of one kind does not run on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EngineKind {
    /// Without tasks of the component model: calls cost a third.
    Plain,
    /// With the async ABI.
    Concurrent,
}

impl EngineKind {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Plain, Self::Concurrent];

    /// It as an argument of a process.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Concurrent => "concurrent",
        }
    }

    /// What [`EngineKind::word`] gave.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Every engine of a host.
pub(crate) struct Engines {
    /// For plain components that fit into its pool. None where the machine's address space
    /// allows no pool.
    pub(crate) pooled: Option<Engine>,
    /// For plain components that do not, and for instances for which the pool has no room. Its
    /// code is that of the pooled one.
    pub(crate) plain: Engine,
    /// For components that use the async ABI. Without a pool: few do, and it would take
    /// address space for as many instances as the others'.
    pub(crate) concurrent: Engine,
}

impl Engines {
    /// The engines of a host, and the thread that ticks them.
    pub(crate) fn start(settings: &WasmSettings) -> Result<Self, SettingsError> {
        let made = |kind| {
            let engine = compiling_engine(kind);
            engine.map_err(|error| SettingsError::Engine(format!("{error:#}")))
        };
        let engines = Self {
            pooled: pooled_engine(settings),
            plain: made(EngineKind::Plain)?,
            concurrent: made(EngineKind::Concurrent)?,
        };
        start_ticker(&engines)?;
        Ok(engines)
    }

    /// An engine for whose kind code is compiled.
    pub(crate) fn of(&self, kind: EngineKind) -> &Engine {
        match kind {
            EngineKind::Plain => &self.plain,
            EngineKind::Concurrent => &self.concurrent,
        }
    }
}

/// An engine without a pool. What it compiles runs on every engine of its kind.
pub(crate) fn compiling_engine(kind: EngineKind) -> wasmtime::Result<Engine> {
    Engine::new(&base_config(kind))
}

/// The engine whose instances find their memories ready.
fn pooled_engine(settings: &WasmSettings) -> Option<Engine> {
    let mut config = base_config(EngineKind::Plain);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    let engine = Engine::new(&config);
    engine
        .inspect_err(|error| {
            tracing::warn!("instances are made on demand, without a pool: {error:#}");
        })
        .ok()
}

/// What changes compiled code or the speed of calls; see the design's figures.
fn base_config(kind: EngineKind) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Components cannot use it, and its sizes overflow what limits count in.
        .wasm_memory64(false)
        .concurrency_support(kind == EngineKind::Concurrent)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(GUEST_STACK + HOST_STACK)
        .memory_init_cow(true);
    config
}

/// Its places are memories, tables and stacks: `run/places.rs` sees to it that no instance is
/// made for which there is none. Instances themselves lie on the heap, and are not counted.
fn pool(settings: &WasmSettings) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(u32::MAX)
        .total_core_instances(u32::MAX)
        .total_memories(settings.pool)
        .total_tables(settings.pool)
        .total_stacks(settings.pool)
        .max_memories_per_module(MODULE_MEMORIES)
        .max_tables_per_module(MODULE_TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(settings.largest_memory).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    pool
}

/// Starts the thread that ticks the engines' epochs. A thread and not a task: busy workers
/// would starve a task just when it is needed. It ends with the last instance, and not
/// before: a guest that is to stop needs one more tick to see it.
fn start_ticker(engines: &Engines) -> Result<(), SettingsError> {
    let all = [&engines.plain, &engines.concurrent];
    let all = all.into_iter().chain(&engines.pooled);
    let mut ticked: Vec<EngineWeak> = all.map(Engine::weak).collect();
    let tick = move || {
        while !ticked.is_empty() {
            ticked.retain(|engine| {
                let alive = engine.upgrade();
                alive.is_some_and(|engine| {
                    engine.increment_epoch();
                    true
                })
            });
            std::thread::park_timeout(TICK);
        }
    };
    let thread = std::thread::Builder::new().name("gk-epoch".to_owned());
    thread.spawn(tick).map_err(SettingsError::Thread)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn code_is_the_same_with_a_pool_and_without() {
        let settings = WasmSettings {
            pool: 4,
            ..WasmSettings::new("unused".into())
        };
        let component = b"\0asm\x0d\0\x01\0";
        let plain = compiling_engine(EngineKind::Plain).unwrap();
        let pooled = pooled_engine(&settings).unwrap();
        let code = plain.precompile_component(component).unwrap();
        assert_eq!(code, pooled.precompile_component(component).unwrap());
        let concurrent = compiling_engine(EngineKind::Concurrent).unwrap();
        assert_ne!(code, concurrent.precompile_component(component).unwrap());
    }
}
