//! Templates that plugins render by themselves, through the templates room: the same renderer
//! as for pages, on threads of its own, and without plugins to call. A page's thread may wait
//! for the plugin that waits here; were the threads the same, they could wait for each other.

use std::io;
use std::sync::Arc;

use goatkit_capability::templates::{Renderer, Rendering};
use goatkit_capability::{CallFacts, Fault, SessionFacts};
use goatkit_package::StoredPackage;
use goatkit_runtime::{BoxFuture, Session, SessionGate};
use serde_json::Value;

use crate::templates::{
    FindError, Plugins, RenderError, RenderErrorKind, TemplateSettings, Templates, UsedPlugin,
};

/// The renderer for the templates room.
///
/// # Errors
/// If the folder of the application's templates cannot be opened, or the machine gives no
/// threads.
pub fn renderer(settings: TemplateSettings) -> io::Result<Arc<dyn Renderer>> {
    let templates = Templates::new(settings, Arc::new(Nobody))?;
    // No session is ever admitted by it: nothing is called.
    let gate = SessionGate::new(0);
    Ok(Arc::new(OwnTemplates { templates, gate }))
}

struct OwnTemplates {
    templates: Templates,
    gate: SessionGate,
}

impl Renderer for OwnTemplates {
    fn render<'a>(
        &'a self,
        package: &'a StoredPackage,
        facts: &'a CallFacts,
        name: &'a str,
        data: Value,
    ) -> Rendering<'a> {
        Box::pin(async move {
            let facts = SessionFacts {
                deadline: facts.deadline,
                ..SessionFacts::clone(&facts.session)
            };
            let session = Session::open(facts, &self.gate);
            let rendered = self
                .templates
                .render_package(&session, package, name, data)
                .await;
            Ok(rendered.map_err(|error| fault(&error))?.html)
        })
    }
}

fn fault(error: &RenderError) -> Fault {
    let text = error.to_string();
    match error.kind() {
        RenderErrorKind::NotFound => Fault::failed("not-found", text),
        RenderErrorKind::LimitReached => Fault::TooLarge(text),
        RenderErrorKind::Busy | RenderErrorKind::Internal => Fault::Unavailable(text),
        RenderErrorKind::BadTemplate
        | RenderErrorKind::UnknownPlugin
        | RenderErrorKind::UnknownFunction
        | RenderErrorKind::Call(_)
        | RenderErrorKind::Denied => Fault::failed("template", text),
    }
}

/// No plugins at all.
struct Nobody;

impl Plugins for Nobody {
    fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<UsedPlugin, FindError>> {
        let why = "a template that a plugin renders by itself calls no plugin: pass what it shows";
        Box::pin(async move { Err(FindError::Broken(why.to_owned())) })
    }
}
