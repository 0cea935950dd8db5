//! The manager as templates see it.

use goatkit_manager::{FindError as NotFound, Manager};
use goatkit_package::PluginName;
use goatkit_runtime::{BoxFuture, CallError, Output, Session};

use crate::templates::{FindError, Plugins, UsedPlugin};

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
                    error @ (NotFound::Broken(_) | NotFound::Waiting { .. }) => {
                        FindError::Broken(error.to_string())
                    }
                })?;
            Ok(UsedPlugin {
                package: active.package,
                registration: active.registration,
            })
        })
    }

    fn call_function<'a>(
        &'a self,
        session: &'a Session,
        plugin: &'a PluginName,
        function: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        Box::pin(self.call_function(session, plugin, function, args))
    }
}
