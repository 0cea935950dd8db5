//! What templates ask of the floor below: a plugin by its name, and calls of it. The
//! manager answers in a host; tests answer for themselves.

use std::sync::Arc;

use goatkit_package::{PluginName, StoredPackage};
use goatkit_runtime::{BoxFuture, CallError, Output, Registration, Session};

/// The plugins that templates may use.
pub trait Plugins: Send + Sync + 'static {
    /// The plugin that templates call `name`: its name with `_` for `-`. Answers from the
    /// cached registration, and loads the plugin only if it never registered.
    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<UsedPlugin, FindError>>;

    /// Whether templates of the plugin `caller` may call a function of another, under the grant of
    /// that one.
    ///
    /// # Errors
    /// What has to be granted.
    fn may_call(
        &self,
        caller: &PluginName,
        plugin: &PluginName,
        function: &str,
    ) -> Result<(), CallError> {
        let _ = caller;
        let why = "templates of other plugins call nothing here";
        Err(CallError::unknown(plugin, &function, why))
    }

    /// Whether templates of `plugin` may use the plugin that they call `other`.
    fn may_use(&self, plugin: &PluginName, other: &str) -> bool {
        let _ = (plugin, other);
        false
    }

    /// The widgets for a place, as the session's actor may see them, in their order.
    fn widgets<'a>(
        &'a self,
        session: &'a Session,
        place: &'a str,
    ) -> BoxFuture<'a, Vec<ShownWidget>> {
        let _ = (session, place);
        Box::pin(async { Vec::new() })
    }
}

/// A widget as a template of the application shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownWidget {
    /// The plugin.
    pub plugin: PluginName,
    /// The widget's name within the plugin.
    pub id: String,
    /// In the session's language.
    pub title: String,
    /// HTML; nothing where the plugin did not answer in time, or failed.
    pub html: Option<String>,
}

/// The code of one version of a plugin.
pub trait Code: Send + Sync + 'static {
    /// Calls a function. `args` is a JSON array in the order of the registration.
    fn call<'a>(
        &'a self,
        session: &'a Session,
        function: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>>;
}

/// A plugin as a template that uses it sees it.
#[derive(Clone)]
pub struct UsedPlugin {
    /// The package that is in service.
    pub package: StoredPackage,
    /// What it registered.
    pub registration: Arc<Registration>,
    /// What is called: of this very version, also when another takes over before the page is
    /// whole.
    pub code: Arc<dyn Code>,
}

/// Why there is no plugin of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindError {
    /// There is none of that name.
    Unknown {
        /// The template names of those that are there, for the nearest of them.
        known: Vec<String>,
    },
    /// There is one, and it does not load; the text says why.
    Broken(String),
}
