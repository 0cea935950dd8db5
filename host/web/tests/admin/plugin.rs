//! A plugin whose texts hold markup wherever a package may put one, and what runs it.

use std::path::Path;
use std::sync::Arc;

use goatkit_package::RuntimeKind;
use goatkit_runtime::{
    BoxFuture, CallError, Exports, HookRun, HttpAnswer, HttpRequest, JobRun, LoadError, Loadable,
    Output, Plugin, Registration, RouteAnswer, RouteRequest, Runtime, Session, Usage,
};
use semver::Version;
use serde_json::json;

/// Its name.
pub(super) const NAME: &str = "markup";

/// What must never be read as markup.
pub(super) const MARKUP: &str = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'&";

/// Writes it as whoever makes one has it.
pub(super) fn write(plugins: &Path) {
    let folder = plugins.join(NAME);
    std::fs::create_dir_all(&folder).unwrap();
    let manifest = json!({
        "name": NAME,
        "version": "1.0.0",
        "runtime": "wasm",
        "component": "plugin.wasm",
        "description": MARKUP,
        "config": {
            "properties": {
                "greeting": { "type": "string", "default": "hello", "description": MARKUP },
            },
        },
    });
    std::fs::write(folder.join("manifest.yaml"), manifest.to_string()).unwrap();
    std::fs::write(folder.join("plugin.wasm"), b"\0asm").unwrap();
    // A package that is none, with markup in its name.
    std::fs::write(plugins.join("<b>bold<b>.zip"), "no zip").unwrap();
}

/// Runs nothing.
pub(super) struct Runs;

impl Runtime for Runs {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Wasm
    }

    fn load(&self, _: Loadable) -> BoxFuture<'_, Result<Arc<dyn Plugin>, LoadError>> {
        Box::pin(std::future::ready(Ok(
            Arc::new(Registers) as Arc<dyn Plugin>
        )))
    }
}

/// Registers, has nothing to do when it comes or goes, and never ends what it is asked besides.
struct Registers;

fn never<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T, CallError>> {
    Box::pin(std::future::pending())
}

fn nothing<'a>() -> BoxFuture<'a, Result<(), CallError>> {
    Box::pin(std::future::ready(Ok(())))
}

impl Plugin for Registers {
    fn exports(&self) -> Exports {
        Exports::default()
    }

    fn register(&self) -> BoxFuture<'_, Result<Registration, CallError>> {
        let registration = json!({
            "name": NAME,
            "version": "1.0.0",
            "runtime": "wasm",
            "functions": [],
            "hooks": [],
            "menu_items": [{ "label": MARKUP, "path": "/markup/start", "icon": "goat", "public": true }],
            "pages": [],
            "routes": [],
            "widgets": [],
            "jobs": [],
            "permissions": ["markup.view"],
        });
        let registration = serde_json::from_value(registration).unwrap();
        Box::pin(std::future::ready(Ok(registration)))
    }

    fn call_function<'a>(
        &'a self,
        _: &'a Session,
        _: &'a str,
        _: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        never()
    }

    fn run_job<'a>(&'a self, _: &'a Session, _: JobRun) -> BoxFuture<'a, Result<(), CallError>> {
        never()
    }

    fn run_hook<'a>(
        &'a self,
        _: &'a Session,
        _: HookRun,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        never()
    }

    fn handle<'a>(
        &'a self,
        _: &'a Session,
        _: RouteRequest,
    ) -> BoxFuture<'a, Result<RouteAnswer, CallError>> {
        never()
    }

    fn serve_http<'a>(
        &'a self,
        _: &'a Session,
        _: HttpRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, CallError>> {
        never()
    }

    fn activate<'a>(
        &'a self,
        _: &'a Session,
        _: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        nothing()
    }

    fn deactivate<'a>(&'a self, _: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        nothing()
    }

    fn remove<'a>(&'a self, _: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        nothing()
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }
}
