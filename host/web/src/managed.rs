//! The manager as templates see it.

use std::sync::Arc;

use goatkit_manager::{Active, FindError as NotFound, Manager, WidgetAnswer};
use goatkit_package::PluginName;
use goatkit_runtime::{BoxFuture, CallError, Output, Session};

use crate::frame;
use crate::templates::{Code, FindError, Plugins, ShownWidget, UsedPlugin};

impl Plugins for Manager {
    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<UsedPlugin, FindError>> {
        Box::pin(async move {
            let active = self
                .find_by_template_name(name)
                .await
                .map_err(|error| match error {
                    NotFound::Unknown { known, .. } => FindError::Unknown {
                        known: known.iter().map(PluginName::template_name).collect(),
                    },
                    error @ (NotFound::Broken(_)
                    | NotFound::Waiting { .. }
                    | NotFound::Stopped { .. }) => FindError::Broken(error.to_string()),
                })?;
            Ok(used(active))
        })
    }

    fn may_call(
        &self,
        caller: &PluginName,
        plugin: &PluginName,
        function: &str,
    ) -> Result<(), CallError> {
        if self.may_call_function(caller, plugin, function) {
            return Ok(());
        }
        let why = format!(
            "templates of `{caller}` may call it when `{plugin}` exposes it and `plugins: \
             [{plugin}.{function}]` was granted: `gk plugin grant {caller} plugins`"
        );
        Err(CallError::not_granted(plugin, &function, why))
    }

    fn may_use(&self, plugin: &PluginName, other: &str) -> bool {
        // Names have no `_`.
        let other = PluginName::parse(&other.replace('_', "-"));
        other.is_ok_and(|other| self.may_call(plugin, &other))
    }

    fn widgets<'a>(
        &'a self,
        session: &'a Session,
        place: &'a str,
    ) -> BoxFuture<'a, Vec<ShownWidget>> {
        Box::pin(async move {
            let answers = self.run_widgets(session, place).await;
            answers.into_iter().map(|it| shown(session, it)).collect()
        })
    }
}

/// A version of a plugin, for the templates that use it.
pub(crate) fn used(active: Active) -> UsedPlugin {
    UsedPlugin {
        package: active.package.clone(),
        registration: Arc::clone(&active.registration),
        code: Arc::new(Version(active)),
    }
}

struct Version(Active);

impl Code for Version {
    fn call<'a>(
        &'a self,
        session: &'a Session,
        function: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        Box::pin(self.0.call(session, function, args))
    }
}

/// A widget whose plugin did not answer is told in the log, and shown as one that is not there.
fn shown(session: &Session, it: WidgetAnswer) -> ShownWidget {
    if let Err(error) = &it.html {
        tracing::warn!("widget `{}`: {error}", it.widget.id);
    }
    let package = &it.plugin.package;
    ShownWidget {
        plugin: package.manifest().name.clone(),
        title: frame::text(package, &session.facts().locale, &it.widget.title),
        id: it.widget.id,
        html: it.html.ok(),
    }
}
