//! Functions: what templates, widgets, other plugins and the command line call.

use std::collections::BTreeSet;

use goatkit_runtime::{Exports, Function, Registration};

use super::{Check, did_you_mean, is_identifier, not_identifier};

/// What an argument may be; `?` behind it marks one that may be left out.
const ARGUMENT_TYPES: &[&str] = &[
    "string", "integer", "number", "boolean", "array", "object", "json",
];

impl Check<'_> {
    pub(super) fn functions(&mut self, functions: &[Function], exports: Exports) {
        self.unless(functions.is_empty() || exports.functions, || {
            "it registers functions, and its component does not export \
             `goatkit:plugin/functions`"
                .to_owned()
        });
        let mut names = BTreeSet::new();
        for function in functions {
            let name = &function.name;
            self.unless(is_identifier(name), || not_identifier("function", name));
            self.unless(names.insert(name), || {
                format!("it registers function `{name}` twice")
            });
            self.text(
                &format!("the description of function `{name}`"),
                &function.description,
            );
            let returns = function.returns.as_str();
            let plain = plain_type(returns);
            self.unless(plain == "html" || ARGUMENT_TYPES.contains(&plain), || {
                format!(
                    "function `{name}` returns `{returns}`, which is none of html, {}",
                    ARGUMENT_TYPES.join(", ")
                )
            });
            self.arguments(function);
        }
    }

    fn arguments(&mut self, function: &Function) {
        let mut names = BTreeSet::new();
        for argument in &function.args {
            let place = format!("function `{}`, argument `{}`", function.name, argument.name);
            let type_name = argument.type_name.as_str();
            let plain = plain_type(type_name);
            self.unless(is_identifier(&argument.name), || {
                not_identifier("argument", &argument.name)
            });
            self.unless(names.insert(&argument.name), || {
                format!("{place} is there twice")
            });
            self.unless(ARGUMENT_TYPES.contains(&plain), || {
                format!(
                    "{place} has type `{type_name}`, which is none of {}",
                    ARGUMENT_TYPES.join(", ")
                )
            });
        }
    }

    /// The function that decides who may listen gets a channel and answers yes or no.
    pub(super) fn authorizer(&mut self, it: &Registration) {
        let Some(name) = &it.event_authorizer else {
            return;
        };
        let Some(function) = self.function_of("the event authorizer", name, &it.functions) else {
            return;
        };
        let takes_a_text = matches!(function.args.as_slice(), [only] if only.type_name == "string");
        self.unless(takes_a_text && function.returns == "boolean", || {
            format!(
                "the event authorizer `{name}` must take one `string`, the channel, and return \
                 `boolean`"
            )
        });
    }

    /// The function that `what` names.
    pub(super) fn function_of<'r>(
        &mut self,
        what: &str,
        name: &str,
        functions: &'r [Function],
    ) -> Option<&'r Function> {
        let found = functions.iter().find(|function| function.name == name);
        self.unless(found.is_some(), || {
            let names = functions.iter().map(|function| function.name.as_str());
            format!(
                "{what} names a function `{}` that it does not register{}",
                name.escape_debug(),
                did_you_mean(name, names)
            )
        });
        found
    }
}

/// A type without the `?` that says it may be absent.
fn plain_type(type_name: &str) -> &str {
    type_name.strip_suffix('?').unwrap_or(type_name)
}
