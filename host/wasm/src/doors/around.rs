//! What stands around every function of every door of the contract: its span.
//!
//! `bindings` is generated against this module in the place of wasmtime, so that what it puts
//! into a linker goes through here: a door that is added has spans without a line of its own.
//! The interfaces of WASI and of embedders are linked by wasmtime's own linker and have none.

use std::any::Any;
use std::future::Future;
use std::ops::{Deref, DerefMut};

use ::wasmtime::component::{ComponentNamedList, Lift, Lower};

use crate::run::State;
use crate::spans;

// The generated code finds all of wasmtime here but what `component` puts before it.
#[allow(unreachable_pub)]
pub use ::wasmtime::*;

/// wasmtime's `component` with a linker that spans.
#[allow(unreachable_pub)]
pub mod component {
    pub use super::{Linker, LinkerInstance};
    pub use ::wasmtime::component::*;
}

/// wasmtime's linker, for the generated code alone.
#[allow(unreachable_pub)]
pub struct Linker<T: 'static>(::wasmtime::component::Linker<T>);

/// Lets the generated code put an interface into a linker.
pub(super) fn link<T: 'static>(
    linker: &mut ::wasmtime::component::Linker<T>,
    put: impl FnOnce(&mut Linker<T>) -> Result<()>,
) -> Result<()> {
    // The generated code names no lifetime, so that this has to own what it stands around.
    let empty = ::wasmtime::component::Linker::new(linker.engine());
    let mut around = Linker(std::mem::replace(linker, empty));
    let done = put(&mut around);
    *linker = around.0;
    done
}

impl<T> Linker<T> {
    /// The functions of an interface, to be put in.
    #[allow(unreachable_pub)]
    pub fn instance(&mut self, interface: &str) -> Result<LinkerInstance<'_, T>> {
        Ok(LinkerInstance {
            door: door(interface).to_owned(),
            instance: self.0.instance(interface)?,
        })
    }
}

impl<T> Deref for Linker<T> {
    type Target = ::wasmtime::component::Linker<T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// An interface in a linker, for the generated code alone.
#[allow(unreachable_pub)]
pub struct LinkerInstance<'l, T: 'static> {
    door: String,
    instance: ::wasmtime::component::LinkerInstance<'l, T>,
}

#[allow(unreachable_pub)]
impl<T> LinkerInstance<'_, T> {
    /// Puts a function in that does not wait.
    pub fn func_wrap<F, Params, Return>(&mut self, name: &str, func: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return> + Send + Sync + 'static,
        Params: ComponentNamedList + Lift + 'static,
        Return: ComponentNamedList + Lower + 'static,
    {
        let (door, function) = (self.door.clone(), function(name).to_owned());
        self.instance.func_wrap(
            name,
            move |caller: StoreContextMut<'_, T>, params: Params| {
                let span = spans::host_call(plugin(caller.data()), &door, &function);
                if span.is_disabled() {
                    return func(caller, params);
                }
                spans::answered_at_once(&span, || func(caller, params))
            },
        )
    }

    /// Puts a function in that may wait.
    pub fn func_wrap_async<Params, Return, F>(&mut self, name: &str, func: F) -> Result<()>
    where
        F: Fn(
                StoreContextMut<'_, T>,
                Params,
            ) -> Box<dyn Future<Output = Result<Return>> + Send + '_>
            + Send
            + Sync
            + 'static,
        Params: ComponentNamedList + Lift + 'static,
        Return: ComponentNamedList + Lower + 'static,
    {
        let (door, function) = (self.door.clone(), function(name).to_owned());
        self.instance.func_wrap_async(name, move |caller, params| {
            let span = spans::host_call(plugin(caller.data()), &door, &function);
            let call = func(caller, params);
            if span.is_disabled() {
                return call;
            }
            Box::new(spans::answered(span, Box::into_pin(call)))
        })
    }
}

impl<'l, T> Deref for LinkerInstance<'l, T> {
    type Target = ::wasmtime::component::LinkerInstance<'l, T>;

    fn deref(&self) -> &Self::Target {
        &self.instance
    }
}

impl<T> DerefMut for LinkerInstance<'_, T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.instance
    }
}

/// Whose data it is. The generated code does not know that it is ever [`State`].
fn plugin<T: Any>(data: &T) -> Option<&goatkit_package::PluginName> {
    let state: Option<&State> = (data as &dyn Any).downcast_ref();
    state.map(State::plugin)
}

/// `goatkit:plugin/db@0.1.0` is the door `db`.
fn door(interface: &str) -> &str {
    let (_, name) = interface.rsplit_once('/').unwrap_or(("", interface));
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// `[method]transaction.query` is `transaction.query`.
fn function(name: &str) -> &str {
    name.rsplit_once(']').map_or(name, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_and_a_function_are_called_as_plugins_call_them() {
        for (interface, expect) in [
            ("goatkit:plugin/db@0.1.0", "db"),
            ("goatkit:plugin/db", "db"),
            ("db", "db"),
        ] {
            assert_eq!(door(interface), expect);
        }
        for (name, expect) in [
            ("query", "query"),
            ("[method]transaction.query", "transaction.query"),
            ("[constructor]request", "request"),
        ] {
            assert_eq!(function(name), expect);
        }
    }
}
