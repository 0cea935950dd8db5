//! templates: the templates of the plugin's own package.
//!
//! Gives: a template rendered with data that the plugin passes, for the session's locale, within
//! the limits that every package's template has. Never: another package's templates, or a call
//! of a plugin from within one. Free for all: what a template shows its plugin has already.
//!
//! What renders is the web floor's, which is above this one and hands it in.

use std::pin::Pin;
use std::sync::Arc;

use goatkit_package::StoredPackage;
use serde_json::Value;
use tokio::time::timeout_at;

use crate::{CallFacts, Fault, Scope};

/// Bytes of the data of one template: it is read into a tree several times as large.
pub const MAX_DATA_BYTES: usize = 1024 * 1024;

/// What rendering answers, when it is waited for.
pub type Rendering<'a> = Pin<Box<dyn Future<Output = Result<String, Fault>> + Send + 'a>>;

/// Renders templates of packages.
pub trait Renderer: Send + Sync + 'static {
    /// Renders the file `name` below the package's `templates/` with an object.
    fn render<'a>(
        &'a self,
        package: &'a StoredPackage,
        facts: &'a CallFacts,
        name: &'a str,
        data: Value,
    ) -> Rendering<'a>;
}

/// Where nothing renders: tests of other rooms, and hosts without pages.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRenderer;

impl Renderer for NoRenderer {
    fn render<'a>(
        &'a self,
        _: &'a StoredPackage,
        _: &'a CallFacts,
        _: &'a str,
        _: Value,
    ) -> Rendering<'a> {
        let fault = Fault::Unavailable("this host renders no templates".to_owned());
        Box::pin(async { Err(fault) })
    }
}

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Templates {
    package: StoredPackage,
    renderer: Arc<dyn Renderer>,
}

impl Templates {
    /// A handle on the templates of a package.
    pub fn new(package: StoredPackage, renderer: Arc<dyn Renderer>) -> Self {
        Self { package, renderer }
    }

    /// Renders a template with the JSON text of an object.
    ///
    /// # Errors
    /// [`Fault::Invalid`] for data that is no object, [`Fault::TooLarge`] for too much of it or
    /// of what comes out, [`Fault::Failed`] with `not-found` or `template`,
    /// [`Fault::TimedOut`] at the deadline, [`Fault::Unavailable`] while the plugin registers.
    pub async fn render(&self, scope: &Scope, name: &str, data: &str) -> Result<String, Fault> {
        let facts = scope.call()?;
        let data = read(data)?;
        let rendering = self.renderer.render(&self.package, facts, name, data);
        let rendered = timeout_at(facts.deadline.into(), rendering).await;
        rendered.unwrap_or(Err(Fault::TimedOut))
    }
}

fn read(data: &str) -> Result<Value, Fault> {
    if data.len() > MAX_DATA_BYTES {
        let most = MAX_DATA_BYTES >> 20;
        return Err(Fault::TooLarge(format!(
            "a template's data has at most {most} MiB"
        )));
    }
    match serde_json::from_str(data) {
        Ok(data @ Value::Object(_)) => Ok(data),
        Ok(_) => Err(Fault::Invalid(
            "a template's data is a JSON object".to_owned(),
        )),
        Err(error) => Err(Fault::Invalid(format!(
            "a template's data is not JSON: {error}"
        ))),
    }
}
