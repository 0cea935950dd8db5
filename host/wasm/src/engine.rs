//! The engine that all instances share, and the thread that ticks its epoch.
//!
//! Epochs only tell time here: a tick lets every running guest look at its own clock. The
//! epoch is never moved to stop one plugin, because it is every plugin's.

use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

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
/// one memory and one table, of some thousand elements.
const MODULE_MEMORIES: u32 = 4;
/// See [`MODULE_MEMORIES`].
const MODULE_TABLES: u32 = 8;
/// See [`MODULE_MEMORIES`].
const TABLE_ELEMENTS: usize = 100_000;

/// The fast engine for sync-lifted components, pooled where the machine's address space
/// allows it.
pub(crate) fn fast_engine(settings: &WasmSettings) -> Result<Engine, SettingsError> {
    let mut config = base_config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    let unpooled = match Engine::new(&config) {
        Ok(engine) => return Ok(engine),
        Err(error) => error,
    };
    tracing::warn!("instances are made on demand, without a pool: {unpooled:#}");
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config).map_err(|error| SettingsError::Engine(format!("{error:#}")))
}

/// What changes compiled code or the speed of calls; see the design's figures.
fn base_config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Components cannot use it, and its sizes overflow what limits count in.
        .wasm_memory64(false)
        .concurrency_support(false)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(GUEST_STACK + HOST_STACK)
        .memory_init_cow(true);
    config
}

fn pool(settings: &WasmSettings) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(settings.pool)
        .total_core_instances(settings.pool)
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

/// Starts the thread that ticks an engine's epoch. A thread and not a task: busy workers
/// would starve a task just when it is needed. It ends with the last instance, and not
/// before: a guest that is to stop needs one more tick to see it.
pub(crate) fn start_ticker(engine: &Engine) -> Result<(), SettingsError> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::park_timeout(TICK);
        }
    };
    let thread = std::thread::Builder::new().name("gk-epoch".to_owned());
    thread.spawn(tick).map_err(SettingsError::Thread)?;
    Ok(())
}
