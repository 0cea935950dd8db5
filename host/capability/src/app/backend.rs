//! What the embedding application offers to plugins: functions of its own, registered when the
//! host is built.
//!
//! Here a function is only checked and kept. Who may call it, and how a call is bounded, is in
//! `mod.rs`.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use goatkit_package::PluginName;
use jsonschema::Validator;
use serde_json::Value;

use super::grant::{MAX_NAME_BYTES, is_name};
use crate::json_schema::{compile, shown, told};
use crate::{Actor, Fault};

/// One call of a function, as the application sees it.
#[derive(Debug, Clone)]
pub struct AppCall {
    /// The plugin that calls.
    pub plugin: PluginName,
    /// Who it acts for; nobody when no one is signed in.
    pub actor: Option<Actor>,
    /// The organisation that the session belongs to.
    pub tenant: Option<String>,
    /// A BCP 47 tag.
    pub locale: String,
    /// The identifier in every log line of the session.
    pub request_id: String,
    /// When the call is stopped: what the handler waits for is then dropped.
    pub deadline: Instant,
    /// The arguments, an object that fits the function's schema.
    pub args: Value,
}

/// What a handler does, when it is waited for.
pub type Handling = Pin<Box<dyn Future<Output = Result<Value, Fault>> + Send>>;

/// What is done when a function is called.
pub type Handler = Arc<dyn Fn(AppCall) -> Handling + Send + Sync>;

/// A function of the application.
#[derive(Clone)]
pub struct AppFunction {
    name: String,
    description: String,
    schema: Value,
    permission: Option<String>,
    handler: Handler,
    arguments: Arc<Validator>,
}

/// Why a function is not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the function `{function}` of the application: {message}")]
pub struct AppFunctionError {
    function: String,
    kind: AppFunctionErrorKind,
    message: String,
}

/// What is wrong with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppFunctionErrorKind {
    /// Its name.
    Name,
    /// The schema of its arguments.
    Schema,
    /// Another has its name.
    Twice,
}

impl AppFunctionError {
    fn new(function: &str, kind: AppFunctionErrorKind, message: impl Into<String>) -> Self {
        Self {
            function: function.to_owned(),
            kind,
            message: message.into(),
        }
    }

    /// What is wrong.
    pub fn kind(&self) -> AppFunctionErrorKind {
        self.kind
    }
}

impl AppFunction {
    /// A function with the JSON Schema of its arguments, an object, and the permission that an
    /// actor needs, if any.
    ///
    /// # Errors
    /// [`AppFunctionError`] when the name is none, or the schema does not describe an object.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: Value,
        permission: Option<String>,
        handler: Handler,
    ) -> Result<Self, AppFunctionError> {
        let name = name.into();
        if !is_name(&name) {
            return Err(AppFunctionError::new(
                &name,
                AppFunctionErrorKind::Name,
                format!(
                    "a name is at least two words of a-z, 0-9 and `-` with dots between, as in \
                     `ticket.create-article`, and at most {MAX_NAME_BYTES} bytes long"
                ),
            ));
        }
        let wrong =
            |message: String| AppFunctionError::new(&name, AppFunctionErrorKind::Schema, message);
        if schema.get("type") != Some(&Value::from("object")) {
            return Err(wrong(
                "the schema of its arguments describes an object: write `\"type\": \"object\"`"
                    .to_owned(),
            ));
        }
        let compiled = compile(&schema);
        let arguments = compiled.map_err(|what| wrong(format!("the schema: {what}")))?;
        Ok(Self {
            name,
            description: description.into(),
            schema,
            permission,
            handler,
            arguments: Arc::new(arguments),
        })
    }

    /// As [`AppFunction::new`], with an async closure.
    ///
    /// ```
    /// use goatkit_capability::app::AppFunction;
    /// use serde_json::json;
    ///
    /// let schema = json!({ "type": "object", "properties": { "text": { "type": "string" } } });
    /// let echo = AppFunction::of("demo.echo", "Answers what it was told", schema, None, async |call| {
    ///     Ok(call.args)
    /// });
    /// assert_eq!(echo?.name(), "demo.echo");
    /// # Ok::<(), goatkit_capability::app::AppFunctionError>(())
    /// ```
    ///
    /// # Errors
    /// As [`AppFunction::new`].
    pub fn of<F, Answer>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: Value,
        permission: Option<String>,
        handler: F,
    ) -> Result<Self, AppFunctionError>
    where
        F: Fn(AppCall) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        let handler = Arc::new(move |call| Box::pin(handler(call)) as Handling);
        Self::new(name, description, schema, permission, handler)
    }

    /// Words with dots between, e.g. `ticket.create-article`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does, for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The JSON Schema of its arguments.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// The permission that an actor needs to call it.
    pub fn permission(&self) -> Option<&str> {
        self.permission.as_deref()
    }

    pub(super) fn handler(&self) -> Handler {
        Arc::clone(&self.handler)
    }

    /// What is wrong with arguments, and where.
    pub(super) fn check(&self, args: &Value) -> Result<(), String> {
        let checked = self.arguments.validate(args);
        checked.map_err(|error| {
            let what = told(&error, &shown(error.instance()));
            match error.instance_path().as_str() {
                "" => what,
                path => format!("at `{path}`: {what}"),
            }
        })
    }
}

/// All functions of an application, by name.
#[derive(Clone, Default)]
pub struct Functions(BTreeMap<String, AppFunction>);

impl Functions {
    /// The functions of a host.
    ///
    /// # Errors
    /// [`AppFunctionError`] when two have one name.
    pub fn new(functions: Vec<AppFunction>) -> Result<Arc<Self>, AppFunctionError> {
        let mut by_name = BTreeMap::new();
        for function in functions {
            let twice = by_name.insert(function.name.clone(), function);
            if let Some(AppFunction { name, .. }) = twice {
                return Err(AppFunctionError::new(
                    &name,
                    AppFunctionErrorKind::Twice,
                    "another is registered under the same name",
                ));
            }
        }
        Ok(Arc::new(Self(by_name)))
    }

    /// The function of a name.
    pub fn get(&self, name: &str) -> Option<&AppFunction> {
        self.0.get(name)
    }

    /// All of them, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &AppFunction> {
        self.0.values()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn function(name: &str, schema: Value) -> Result<AppFunction, AppFunctionError> {
        AppFunction::of(name, "", schema, None, async |call| Ok(call.args))
    }

    fn refused(name: &str, schema: Value, kind: AppFunctionErrorKind, expect: &str) {
        let error = function(name, schema).err().unwrap();
        let text = error.to_string();
        assert_eq!(error.kind(), kind, "{text}");
        let begin = format!("the function `{name}` of the application: ");
        assert!(text.starts_with(&begin) && text.contains(expect), "{text}");
    }

    #[test]
    fn what_is_registered_is_checked() {
        let object = || json!({ "type": "object" });
        let inner = json!({ "type": "object", "$defs": { "a": {} },
                            "properties": { "a": { "$ref": "#/$defs/a" } } });
        function("ticket.create", object()).unwrap();
        function("ticket.create", inner).unwrap();
        for name in [
            "ticket",
            "ticket.*",
            "*",
            "Ticket.create",
            "",
            "ticket.create ",
        ] {
            refused(
                name,
                object(),
                AppFunctionErrorKind::Name,
                "at least two words",
            );
        }
        let long = format!("a.{}", "b".repeat(MAX_NAME_BYTES));
        refused(
            &long,
            object(),
            AppFunctionErrorKind::Name,
            "at most 128 bytes",
        );
        for (schema, expect) in [
            (json!({}), "describes an object"),
            (json!(true), "describes an object"),
            (json!({ "type": "array" }), "describes an object"),
            (json!({ "type": ["object", "null"] }), "describes an object"),
            (
                json!({ "type": "object", "required": "a" }),
                "the schema: `/required`",
            ),
            (
                json!({ "type": "object", "properties": { "a": { "pattern": "(" } } }),
                "the schema: `/properties/a/pattern`",
            ),
            (
                json!({ "type": "object", "$ref": "https://example.com/a.json" }),
                "example.com",
            ),
        ] {
            refused("a.b", schema, AppFunctionErrorKind::Schema, expect);
        }
    }

    #[test]
    fn a_name_stands_once() {
        let object = json!({ "type": "object" });
        let one = |name: &str| function(name, object.clone()).unwrap();
        let functions = Functions::new(vec![one("b.b"), one("a.a")]).unwrap();
        let names: Vec<_> = functions.iter().map(AppFunction::name).collect();
        assert_eq!(names, ["a.a", "b.b"]);
        assert!(functions.get("a.a").is_some() && functions.get("a.b").is_none());
        let error = Functions::new(vec![one("a.a"), one("a.a")]).err().unwrap();
        assert_eq!(error.kind(), AppFunctionErrorKind::Twice);
    }
}
