//! The same component in wasmtime alone: no limits, no deadline, no session, no check of
//! what comes back. This is the floor that the platform is compared with.

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

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

/// A component that is ready to be instantiated.
pub struct Bare {
    engine: Engine,
    linked: InstancePre<()>,
    indices: GuestIndices,
}

/// An instance that is called again and again.
pub struct Warm {
    store: Store<()>,
    guest: Guest,
    args: String,
}

impl Bare {
    /// The component with wasmtime's own defaults, pooled.
    pub fn with_default_engine(component: &[u8]) -> Result<Self> {
        Self::new(component, true)
    }

    /// The component in the fastest configuration there is for one that is not async.
    pub fn with_fast_engine(component: &[u8]) -> Result<Self> {
        Self::new(component, false)
    }

    fn new(component: &[u8], concurrency: bool) -> Result<Self> {
        let mut config = Config::new();
        let mut pool = PoolingAllocationConfig::new();
        // As the platform has it: without this every fresh instance faults its pages in.
        pool.linear_memory_keep_resident(KEEP_RESIDENT)
            .table_keep_resident(KEEP_RESIDENT);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        config.concurrency_support(concurrency);
        let engine = Engine::new(&config)?;
        let component = Component::new(&engine, component)?;
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component)?;
        let linked = linker.instantiate_pre(&component)?;
        let indices = GuestIndices::new(&linked)?;
        Ok(Self {
            engine,
            linked,
            indices,
        })
    }

    /// A new instance.
    pub async fn instance(&self) -> Result<Warm> {
        let mut store = Store::new(&self.engine, ());
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
