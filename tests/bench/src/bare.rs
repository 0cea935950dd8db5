//! The same component in wasmtime alone: no session, no check of what comes back and, unless it is
//! asked for, no limits and no deadline. This is the floor that the platform is compared with.

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, StoreLimits,
    StoreLimitsBuilder, UpdateDeadline,
};

use crate::{ARGS, FUNCTION, Result};

mod bindings {
    #![allow(missing_docs)]
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: r#"
            package goatkit:bench;
            world bare { export goatkit:plugin/functions@0.1.0; }
        "#,
        exports: { default: async },
    });
}

use bindings::exports::goatkit::plugin::functions::{Guest, GuestIndices, Output};

/// Bytes of a memory that stay resident between two instances.
const KEEP_RESIDENT: usize = 256 << 10;

/// What a memory may have where there are limits, as a plugin has by default.
const MEMORY: usize = 64 << 20;

/// What passes between guest and host in one call where there are limits.
const FUEL: usize = 64 << 20;

/// Whether a guest can be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limits {
    None,
    /// It looks at a clock, and its memory is counted. Nothing ticks: that costs nothing
    /// between two ticks.
    Held,
}

/// A component that is ready to be instantiated.
pub struct Bare {
    engine: Engine,
    limits: Limits,
    linked: InstancePre<StoreLimits>,
    indices: GuestIndices,
}

/// An instance that is called again and again.
pub struct Warm {
    store: Store<StoreLimits>,
    guest: Guest,
    args: String,
}

impl Bare {
    /// The component with wasmtime's own defaults, pooled.
    pub fn with_default_engine(component: &[u8]) -> Result<Self> {
        Self::new(component, true, Limits::None)
    }

    /// The component in the fastest configuration there is for one that is not async.
    pub fn with_fast_engine(component: &[u8]) -> Result<Self> {
        Self::new(component, false, Limits::None)
    }

    /// The same with the limits that wasmtime itself can hold.
    pub fn with_limits(component: &[u8]) -> Result<Self> {
        Self::new(component, false, Limits::Held)
    }

    fn new(component: &[u8], concurrency: bool, limits: Limits) -> Result<Self> {
        let mut config = Config::new();
        let mut pool = PoolingAllocationConfig::new();
        // As the platform has it: without this every fresh instance faults its pages in.
        pool.linear_memory_keep_resident(KEEP_RESIDENT)
            .table_keep_resident(KEEP_RESIDENT);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        config.concurrency_support(concurrency);
        config.epoch_interruption(limits == Limits::Held);
        let engine = Engine::new(&config)?;
        let component = Component::new(&engine, component)?;
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component)?;
        let linked = linker.instantiate_pre(&component)?;
        let indices = GuestIndices::new(&linked)?;
        Ok(Self {
            engine,
            limits,
            linked,
            indices,
        })
    }

    /// A new instance.
    pub async fn instance(&self) -> Result<Warm> {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
        let mut store = Store::new(&self.engine, limits);
        if self.limits == Limits::Held {
            store.limiter(|limits| limits);
            store.set_hostcall_fuel(FUEL);
            store.set_epoch_deadline(1);
            store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        }
        let instance = self.linked.instantiate_async(&mut store).await?;
        let guest = self.indices.load(&mut store, &instance)?;
        Ok(Warm {
            store,
            guest,
            args: ARGS.to_owned(),
        })
    }
}

impl Warm {
    /// One call of the function.
    pub async fn call(&mut self) -> Result<String> {
        match self
            .guest
            .call_call(&mut self.store, FUNCTION, &self.args)
            .await?
        {
            Ok(Output::Json(text) | Output::Html(text)) => Ok(text),
            Err(error) => Err(format!("{error:?}").into()),
        }
    }
}
