//! Templates: the application's own, which are trusted, and those of packages, which are
//! untrusted code in the host. Called by the router and the pages.
//!
//! A template goes through here like this: its use tags are found (`rewrite.rs`), it is
//! parsed and printed again in the form that is rendered (`print/`), what its calls mean is
//! looked up while it is rendered (`scope.rs`), a plugin's function is called (`call.rs`)
//! across the one place where rendering waits (`bridge.rs`).
//!
//! Not here: which page is shown to whom, and what it passes to its template.

mod application;
mod bridge;
mod call;
mod error;
mod filters;
mod helpers;
mod meter;
mod package;
mod plugins;
mod print;
mod rewrite;
mod root;
mod scope;
mod settings;
mod shares;

use std::sync::Arc;

use goatkit_package::{PluginName, StoredPackage};
use goatkit_runtime::{SPANS, Session};
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error};
use tokio::runtime::Handle;
use tracing::field::Empty;
use tracing::{Span, debug_span};

pub use error::{RenderError, RenderErrorKind};
pub use plugins::{Code, FindError, Plugins, ShownWidget, UsedPlugin};
pub use settings::TemplateSettings;

use application::Folder;
use bridge::Bridge;
use error::Problem;
use meter::Meter;
use package::{Packages, Page};
use root::Root;
use scope::Render;
use shares::{Share, Shares};

use crate::closed::closed;
use crate::visit::Surroundings;

/// What stands before the names of the application's templates where a package's template
/// extends one. No file of a package has a `:` in its name.
const APPLICATION: &str = "application:";

/// A package's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The page, or a part of one.
    pub html: String,
    /// Whether it stands in a layout of the application's, which the package's template
    /// extends.
    pub in_layout: bool,
}

/// Renders templates. Clones share everything.
#[derive(Clone)]
pub struct Templates {
    shared: Arc<Shared>,
    around: Surroundings,
}

struct Shared {
    settings: TemplateSettings,
    plugins: Arc<dyn Plugins>,
    bridge: Bridge,
    shares: Shares,
    folder: Arc<Folder>,
    application: Environment<'static>,
    packages: Packages,
}

impl Templates {
    /// Opens the folder of the application's templates and starts the threads that render.
    ///
    /// # Errors
    /// If the folder cannot be opened, or the machine gives no threads.
    pub fn new(settings: TemplateSettings, plugins: Arc<dyn Plugins>) -> std::io::Result<Self> {
        let folder = Arc::new(Folder::open(&settings.folder)?);
        let application = application::environment(&folder).map_err(std::io::Error::other)?;
        let threads = settings.threads.max(1);
        let bridge = Bridge::start(threads)?;
        let packages = Packages::keeping(settings.packages);
        let shared = Arc::new(Shared {
            settings,
            plugins,
            bridge,
            shares: Shares::of(threads),
            folder,
            application,
            packages,
        });
        Ok(Self {
            shared,
            around: Surroundings::default(),
        })
    }

    /// The same templates, for a request with these surroundings.
    pub(crate) fn around(&self, around: &Surroundings) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            around: around.clone(),
        }
    }

    /// Whether the application has a template of that name.
    pub fn has(&self, name: &str) -> bool {
        self.shared.folder.has(name)
    }

    /// Renders a template of the application's.
    ///
    /// # Errors
    /// [`RenderError`] names the template, the line and what to do.
    pub async fn render_application(
        &self,
        session: &Session,
        name: &str,
        context: serde_json::Value,
    ) -> Result<String, RenderError> {
        self.run(
            session,
            name,
            Owner::Application,
            move |this, name, render| {
                let root = Value::from_object(Root::new(render, passed(context)));
                this.application.get_template(name)?.render(root)
            },
        )
        .await
    }

    /// Renders a template of a package, within its limits. At most a part of the threads
    /// work for one package at a time; whoever comes later waits until the session's deadline.
    ///
    /// # Errors
    /// [`RenderError`] names the template, the line and what to do.
    pub async fn render_package(
        &self,
        session: &Session,
        package: &StoredPackage,
        name: &str,
        context: serde_json::Value,
    ) -> Result<Rendered, RenderError> {
        let whose = Whose { package, own: None };
        self.of_package(session, whose, name, context, Ok).await
    }

    /// The same for a part of a page of a plugin, which calls the version that the page is of.
    /// Nothing in it stays open, whatever the application puts
    /// behind it. Where it stands in a layout, that is so in each of the layout's blocks.
    ///
    /// # Errors
    /// [`RenderError`] names the template, the line and what to do.
    pub async fn render_part(
        &self,
        session: &Session,
        plugin: &UsedPlugin,
        name: &str,
        context: serde_json::Value,
    ) -> Result<Rendered, RenderError> {
        let deadline = session.facts().deadline;
        let close = move |it: Rendered| match it.in_layout {
            true => Ok(it),
            false => Ok(Rendered {
                html: closed(&it.html, deadline).map_err(Problem::open)?,
                ..it
            }),
        };
        let whose = Whose {
            package: &plugin.package,
            own: Some(plugin.clone()),
        };
        self.of_package(session, whose, name, context, close).await
    }

    async fn of_package(
        &self,
        session: &Session,
        Whose { package, own }: Whose<'_>,
        name: &str,
        context: serde_json::Value,
        finish: impl FnOnce(Rendered) -> Result<Rendered, Problem> + Send + 'static,
    ) -> Result<Rendered, RenderError> {
        let package = package.clone();
        let deadline = session.facts().deadline;
        let share = self
            .shared
            .shares
            .take(&package.manifest().name, deadline)
            .await;
        let share = share.map_err(|problem| RenderError::about(name, problem))?;
        let owner = Owner::Plugin(package.manifest().name.clone(), share);
        self.run(session, name, owner, move |this, name, mut render| {
            if !package.template_names().iter().any(|known| known == name) {
                return Err(Error::from(minijinja::ErrorKind::TemplateNotFound));
            }
            let env = this
                .packages
                .environment(&package, &this.folder, &this.settings)?;
            render.meter = Some(Meter::until(render.session.facts().deadline));
            render.package = Some(package);
            render.own = own.map(Arc::new);
            let root = Value::from_object(Root::new(render, passed(context)));
            let mut page = Page::of_at_most(this.settings.package_output);
            let end = env
                .get_template(name)?
                .render_captured_to(root, &mut page)?;
            // Rendering ends in the outermost template that is extended, or in `name` itself.
            let in_layout = end.state().name().starts_with(APPLICATION);
            // A page is written in whole texts.
            let html = String::from_utf8(page.bytes)
                .map_err(|error| Problem::new(RenderErrorKind::Internal, error.to_string()))?;
            Ok(finish(Rendered { html, in_layout })?)
        })
        .await
    }

    /// Runs `job` on a thread, within a span that the calls of plugins are in. What the owner
    /// holds is held until the job ends, even if nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        session: &Session,
        name: &str,
        owner: Owner,
        job: impl FnOnce(&Shared, &str, Render) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, RenderError> {
        let (shared, around) = (Arc::clone(&self.shared), self.around.clone());
        let session = session.clone();
        let deadline = session.facts().deadline;
        let asked = name.to_owned();
        let span = owner.span(&session);
        let job = move |handle: &Handle| {
            let render = Render {
                plugins: Arc::clone(&shared.plugins),
                session,
                handle: handle.clone(),
                around,
                package: None,
                own: None,
                meter: None,
                files: Default::default(),
            };
            let done = span.in_scope(|| job(&shared, &asked, render));
            span.record("outcome", if done.is_ok() { "ok" } else { "failed" });
            drop(owner);
            done.map_err(|error| RenderError::read(&asked, &error))
        };
        let done = self.shared.bridge.run(deadline, job).await;
        done.map_err(|problem| RenderError::about(name, problem))?
    }
}

/// Whose template is rendered, and which version of it the template may call.
struct Whose<'a> {
    package: &'a StoredPackage,
    /// Its code, where its template may call that.
    own: Option<UsedPlugin>,
}

/// Who holds the thread that renders.
enum Owner {
    Application,
    /// A plugin's, with its part of the threads.
    Plugin(PluginName, #[allow(dead_code, reason = "it is held")] Share),
}

impl Owner {
    /// What the calls that the template makes are in. The template's name is not told: a plugin
    /// may have made it up.
    fn span(&self, session: &Session) -> Span {
        let plugin = match self {
            Self::Application => None,
            Self::Plugin(name, _) => Some(name),
        };
        debug_span!(
            target: SPANS,
            "render",
            plugin = plugin.map(tracing::field::display),
            request_id = session.facts().request_id.as_str(),
            outcome = Empty,
        )
    }
}

fn passed(context: serde_json::Value) -> Value {
    Value::from(Serde(context))
}

/// HTML is escaped in every template whose name does not end in `.txt`.
fn escaping(name: &str) -> AutoEscape {
    if name.ends_with(".txt") {
        AutoEscape::None
    } else {
        AutoEscape::Html
    }
}

#[cfg(test)]
mod tests;
