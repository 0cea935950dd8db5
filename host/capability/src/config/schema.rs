//! The settings that a manifest declares, and what may be set: pure functions of a schema and a
//! value. This room's grant, as it were: nobody decides it, the manifest does.

use std::collections::BTreeMap;

use goatkit_package::nearest;
use jsonschema::Validator;
use serde_json::Value;

use super::bounds::Budget;
use crate::json_schema::{compile, shown, told};

/// Bytes of one setting's value as JSON. Settings are held in memory and written by people;
/// what is larger belongs into a table.
pub const MAX_VALUE_BYTES: usize = 64 * 1024;

/// Characters of a setting's description: it stands beside the setting.
pub const MAX_DESCRIPTION: usize = 1_000;

/// What the schema of a setting may say. Another word would be ignored, and a mistyped
/// `writeOnly` would lay a secret open.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "type", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "items", "prefixItems", "contains",
    "minItems", "maxItems", "minContains", "maxContains", "uniqueItems", "unevaluatedItems",
    "properties", "patternProperties", "additionalProperties", "unevaluatedProperties",
    "propertyNames", "required", "dependentRequired", "dependentSchemas", "minProperties",
    "maxProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "contentEncoding",
    "contentMediaType", "contentSchema", "$ref", "$defs", "$comment",
];

/// The settings of one plugin.
#[derive(Debug)]
pub struct Schema(BTreeMap<String, Setting>);

#[derive(Debug)]
struct Setting {
    kind: Kind,
    validator: Validator,
    default: Option<Value>,
    description: String,
    required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Secret,
}

impl Schema {
    /// Reads a manifest's `config`: `{"properties": …, "required": …}`.
    ///
    /// # Errors
    /// One sentence per thing that is wrong.
    pub fn parse(config: &Value) -> Result<Self, Vec<String>> {
        let Some(properties) = config.get("properties").and_then(Value::as_object) else {
            return Err(vec![
                "`config.properties` names each setting with its JSON Schema".to_owned(),
            ]);
        };
        let mut budget = Budget::full();
        let mut problems = Vec::new();
        let mut settings = BTreeMap::new();
        for (key, schema) in properties {
            match Setting::parse(schema, &mut budget) {
                Ok(setting) => drop(settings.insert(key.clone(), setting)),
                Err(problem) => problems.push(format!("`config.properties.{key}`: {problem}")),
            }
        }
        let required = config.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            match settings.get_mut(key) {
                Some(setting) => setting.required = true,
                None if properties.contains_key(key) => {}
                None => {
                    let unknown = unknown(key, properties.keys());
                    problems.push(format!("`config.required`: {unknown}"));
                }
            }
        }
        if problems.is_empty() {
            Ok(Self(settings))
        } else {
            Err(problems)
        }
    }

    /// Whether a setting may have a value.
    ///
    /// # Errors
    /// Which setting it is, what is wrong and what is expected; never the value of a secret.
    pub fn check(&self, key: &str, value: &Value) -> Result<(), String> {
        let setting = self.0.get(key);
        let setting = setting.ok_or_else(|| unknown(key, self.0.keys()))?;
        let checked = setting.check(value);
        checked.map_err(|problem| format!("the setting `{key}`: {problem}"))
    }

    /// The value of a setting that was not set.
    pub fn default(&self, key: &str) -> Option<&Value> {
        self.0.get(key)?.default.as_ref()
    }

    /// Whether a setting is declared.
    pub fn declares(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether a setting is a secret: nothing but the plugin ever sees its value.
    pub fn is_secret(&self, key: &str) -> bool {
        let setting = self.0.get(key);
        setting.is_some_and(|setting| setting.kind == Kind::Secret)
    }

    /// What the manifest says of a setting; empty if nothing.
    pub fn description(&self, key: &str) -> &str {
        self.0.get(key).map_or("", |setting| &setting.description)
    }

    /// The settings, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The required settings that have no value: no default, and not set either.
    pub fn missing(&self, is_set: impl Fn(&str) -> bool) -> Vec<&str> {
        let missing = self
            .0
            .iter()
            .filter(|(key, setting)| setting.required && setting.default.is_none() && !is_set(key));
        missing.map(|(key, _)| key.as_str()).collect()
    }
}

impl Setting {
    fn parse(schema: &Value, budget: &mut Budget) -> Result<Self, String> {
        let fields = schema.as_object();
        let fields = fields.ok_or_else(|| "a setting's schema is a map".to_owned())?;
        if let Some(key) = fields.keys().find(|key| !KEYWORDS.contains(&key.as_str())) {
            let hint = hint(key, KEYWORDS.iter().copied());
            return Err(format!("JSON Schema has no keyword `{key}`{hint}"));
        }
        budget.take(schema)?;
        let kind = match fields.get("writeOnly") {
            Some(Value::Bool(true)) => Kind::Secret,
            _ => Kind::Plain,
        };
        let default = fields.get("default");
        if kind == Kind::Secret && default.is_some() {
            return Err("a secret has no default: everybody could read it".to_owned());
        }
        if kind == Kind::Secret && fields.get("type") != Some(&Value::from("string")) {
            return Err("a secret (`writeOnly: true`) is written as `type: string`".to_owned());
        }
        let setting = Self {
            kind,
            validator: compile(schema)?,
            default: default.cloned(),
            description: description(fields.get("description"))?,
            required: false,
        };
        match &setting.default {
            None => Ok(setting),
            Some(default) => match setting.check(default) {
                Ok(()) => Ok(setting),
                Err(problem) => Err(format!("the default: {problem}")),
            },
        }
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        if self.kind == Kind::Secret && !value.is_string() {
            return Err("a secret is a text".to_owned());
        }
        if value.to_string().len() > MAX_VALUE_BYTES {
            return Err(format!("longer than {} KiB", MAX_VALUE_BYTES >> 10));
        }
        let checked = self.validator.validate(value);
        checked.map_err(|error| {
            let name = match self.kind {
                Kind::Plain => shown(error.instance()),
                Kind::Secret => "the secret".to_owned(),
            };
            let what = told(&error, &name);
            match error.instance_path().as_str() {
                "" => what,
                path => format!("at `{path}`: {what}"),
            }
        })
    }
}

/// A person reads it in a terminal or on a page.
fn description(text: Option<&Value>) -> Result<String, String> {
    let text = text.and_then(Value::as_str).unwrap_or_default();
    if text.chars().count() > MAX_DESCRIPTION {
        return Err(format!(
            "the description is longer than {MAX_DESCRIPTION} characters"
        ));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err("the description has a control character".to_owned());
    }
    Ok(text.to_owned())
}

fn unknown<'a>(key: &str, known: impl Iterator<Item = &'a String>) -> String {
    let hint = hint(key, known.map(String::as_str));
    format!("there is no setting `{key}`{hint}")
}

fn hint<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(given, known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
