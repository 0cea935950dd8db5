//! The document that describes the administrators' API: OpenAPI 3.1, made of the table. What
//! bodies look like stands in `schemas.json`, as JSON Schemas.

use serde_json::{Map, Value, json};

use super::table::{Row, TABLE, Verb, Way};

/// Schemas by name.
const SCHEMAS: &str = include_str!("schemas.json");

/// Where schemas stand in the document.
const PLACE: &str = "#/components/schemas/";

/// How the API's own version is written.
const API_VERSION: &str = "1";

const ABOUT: &str = "What administrators do with a GoatKit host. A program shows a token that \
    `gk token create` made, or the first one in the data folder's `admin-token`; each route says \
    in `x-scope` what the token has to be for. A browser has the cookie of somebody who signed \
    in at `/sign-in`, and sends the token of its page in the header `x-csrf-token` with whatever \
    changes something.";

/// The document.
///
/// # Errors
/// The schemas are no JSON, which is a mistake of this crate.
pub(super) fn document() -> serde_json::Result<Value> {
    let schemas: Value = serde_json::from_str(SCHEMAS)?;
    let mut paths: Map<String, Value> = Map::new();
    for row in TABLE.iter().filter(|row| row.way == Way::Both) {
        let path = paths
            .entry(format!("/api{}", row.path))
            .or_insert_with(|| json!({}));
        path[row.verb.as_str().to_lowercase()] = operation(row);
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "GoatKit for administrators",
            "version": API_VERSION,
            "description": ABOUT,
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `gk token create`, for what the route's `x-scope` says",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": super::site::COOKIE,
                    "description": "An administrator who is signed in here",
                },
            },
        },
    }))
}

fn operation(row: &Row) -> Value {
    let in_path = parameters(row.path).map(|name| {
        let kind = if name == "id" { "integer" } else { "string" };
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } })
    });
    let in_query = row.query.iter().map(|query| {
        json!({
            "name": query.name,
            "in": "query",
            "description": query.about,
            "schema": { "type": query.kind },
        })
    });
    let mut operation = json!({
        "operationId": identifier(row),
        "summary": row.summary,
        "x-scope": row.scope.as_str(),
        "security": [{ "token": [] }, { "cookie": [] }],
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": {
            "200": {
                "description": "It was done, or what was asked for",
                "content": content(row.answer),
            },
            "default": {
                "description": "It was refused, or failed; the status says whose fault that is",
                "content": content("Error"),
            },
        },
    });
    if let Some(line) = row.line {
        let schema = json!({ "$ref": format!("{PLACE}{line}") });
        operation["responses"]["200"]["content"]["application/x-ndjson"] =
            json!({ "schema": schema });
    }
    if let Some(schema) = row.request {
        operation["requestBody"] = json!({ "required": true, "content": content(schema) });
    }
    operation
}

fn content(schema: &str) -> Value {
    json!({ "application/json": { "schema": { "$ref": format!("{PLACE}{schema}") } } })
}

/// The names between braces.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    let segments = path.split('/');
    segments.filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'))
}

/// `getPluginsNameGrants`: what programs call the route by.
fn identifier(row: &Row) -> String {
    let verb = match row.verb {
        Verb::Get => "get",
        Verb::Post => "post",
        Verb::Put => "put",
        Verb::Delete => "delete",
    };
    let words = row.path.split(|it: char| !it.is_ascii_alphanumeric());
    // Without the version, which is that of the whole document.
    let words = words.filter(|it| !it.is_empty()).skip(1);
    words.fold(verb.to_owned(), |mut name, word| {
        let (first, rest) = word.split_at(1);
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
        name
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
