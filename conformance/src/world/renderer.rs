//! What stands for the renderer of templates: it answers what it was asked.

use goatkit_capability::templates::{Renderer, Rendering};
use goatkit_capability::{CallFacts, Fault};
use goatkit_package::StoredPackage;
use serde_json::Value;

/// The one template that there is.
const REPORT: &str = "report.html";

/// Answers a template's name, the locale and the data.
pub(super) struct Echo;

impl Renderer for Echo {
    fn render<'a>(
        &'a self,
        _: &'a StoredPackage,
        facts: &'a CallFacts,
        name: &'a str,
        data: Value,
    ) -> Rendering<'a> {
        let answer = match name {
            REPORT => Ok(format!("{name} {} {data}", facts.session.locale)),
            _ => Err(Fault::failed("not-found", format!("there is no `{name}`"))),
        };
        Box::pin(async { answer })
    }
}
