//! The traits that [`macro@crate::plugin`] implements, and how they become exports.
//!
//! An export does three things: it sees to it that a panic is told, calls the trait, and
//! hands its answer back. The unsafe glue below it is in `raw.rs`.

use crate::answer::Output;
use crate::error::Error;
use crate::hooks::Hook;
use crate::jobs::Run;
use crate::raw::exports::goatkit::plugin::registration;
use crate::raw::functions::exports::goatkit::plugin::functions;
use crate::raw::hooks::exports::goatkit::plugin::hooks;
use crate::raw::jobs::exports::goatkit::plugin::jobs;
use crate::raw::lifecycle::exports::goatkit::plugin::lifecycle;
use crate::raw::routes::exports::goatkit::plugin::routes;
use crate::routes::{Request, Response};

/// What the plugin is, and its functions by name.
///
/// The attribute implements it for a struct `Plugin` in the annotated module, so that
/// tests can ask for the registration and call as a host does.
pub trait Plugin {
    /// What the plugin brings. The same on every call: the host keeps it.
    fn registration() -> registration::Plugin;

    /// Calls a function with a JSON array of arguments.
    fn call(function: &str, args: &str) -> Result<Output, Error>;
}

/// What a plugin does once per version; each does nothing unless implemented.
pub trait Lifecycle {
    /// Before this version serves. `previous` is the version that served before it.
    fn activate(previous: Option<String>) -> Result<(), Error> {
        let _ = previous;
        Ok(())
    }

    /// After this version has served its last call.
    fn deactivate() -> Result<(), Error> {
        Ok(())
    }

    /// Before the plugin is uninstalled and its data purged.
    fn remove() -> Result<(), Error> {
        Ok(())
    }
}

/// What a plugin does at given times: the functions that are marked `#[job]`.
pub trait Jobs {
    /// Does one job once.
    fn run(job: Run) -> Result<(), Error>;
}

/// What a plugin answers requests with: the functions that are marked `#[route]`.
pub trait Routes {
    /// Answers a request to one of the registration's routes.
    fn handle(request: Request) -> Result<Response, Error>;
}

/// What a plugin does when it is told of something: the functions that are marked `#[hook]`.
pub trait Hooks {
    /// Runs the first function that hooks this. The answer is a JSON text.
    fn run(hook: Hook) -> Result<Option<String>, Error>;
}

impl<P: Plugin> registration::Guest for P {
    fn gk_register() -> Result<registration::Plugin, Error> {
        tell_panics();
        Ok(P::registration())
    }
}

impl<P: Plugin> functions::Guest for P {
    fn call(name: String, args: String) -> Result<Output, Error> {
        tell_panics();
        P::call(&name, &args)
    }
}

impl<P: Lifecycle> lifecycle::Guest for P {
    fn activate(previous: Option<String>) -> Result<(), Error> {
        tell_panics();
        P::activate(previous)
    }

    fn deactivate() -> Result<(), Error> {
        tell_panics();
        P::deactivate()
    }

    fn remove() -> Result<(), Error> {
        tell_panics();
        P::remove()
    }
}

impl<P: Jobs> jobs::Guest for P {
    fn run(job: Run) -> Result<(), Error> {
        tell_panics();
        P::run(job)
    }
}

impl<P: Routes> routes::Guest for P {
    fn handle(request: Request) -> Result<Response, Error> {
        tell_panics();
        P::handle(request)
    }
}

impl<P: Hooks> hooks::Guest for P {
    fn run(name: String, payload: String) -> Result<Option<String>, Error> {
        tell_panics();
        P::run(Hook::read(name, &payload)?)
    }
}

fn tell_panics() {
    // Natively a panic belongs to the test that caused it.
    #[cfg(target_arch = "wasm32")]
    crate::panics::tell();
}
