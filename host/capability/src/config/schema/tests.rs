#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn parse(properties: Value) -> Result<Schema, Vec<String>> {
    Schema::parse(&json!({ "properties": properties }))
}

#[track_caller]
fn refused(schema: Value, expect: &str) {
    let problems = parse(json!({ "x": schema })).unwrap_err();
    let problem = problems.join("; ");
    assert!(problem.starts_with("`config.properties.x`: "), "{problem}");
    assert!(problem.contains(expect), "{problem}");
}

#[test]
fn schemas_are_accepted() {
    for schema in [
        json!({}),
        json!({ "type": "integer", "minimum": 1, "default": 20 }),
        json!({ "type": ["string", "null"], "default": null }),
        json!({ "enum": ["day", "week"], "default": "day", "title": "Period" }),
        json!({ "type": "string", "format": "email" }),
        json!({ "type": "string", "pattern": "^[A-Z]{2}$", "default": "DE" }),
        json!({ "type": "string", "writeOnly": true, "minLength": 8 }),
        json!({ "type": "string", "writeOnly": false, "default": "a" }),
        json!({ "type": "array", "items": { "$ref": "#/$defs/port" },
                "$defs": { "port": { "type": "integer" } }, "default": [80] }),
    ] {
        parse(json!({ "x": schema })).unwrap();
    }
    parse(json!({})).unwrap();
}

#[test]
fn what_is_wrong_with_a_schema_is_named() {
    refused(json!(true), "a setting's schema is a map");
    refused(json!({ "type": "numbr" }), "`/type`");
    refused(json!({ "minLength": "8" }), "`/minLength`");
    refused(
        json!({ "writeonly": true }),
        "no keyword `writeonly`; did you mean `writeOnly`?",
    );
    refused(
        json!({ "secret": true }),
        "JSON Schema has no keyword `secret`",
    );
    refused(json!({ "writeOnly": "yes" }), "`/writeOnly`");
    refused(json!({ "pattern": "(" }), "`/pattern`");
    refused(json!({ "pattern": "(a)\\1" }), "`/pattern`");
    refused(json!({ "format": "colour" }), "colour");
    refused(
        json!({ "$ref": "https://example.com/a.json" }),
        "a reference stays within its schema",
    );
    refused(json!({ "$ref": "#" }), "cannot refer to itself");
    refused(
        json!({ "type": "integer", "default": "20" }),
        r#"the default: "20" is not of type "integer""#,
    );
    refused(
        json!({ "default": "x".repeat(MAX_VALUE_BYTES) }),
        "the default: longer than 64 KiB",
    );
    refused(
        json!({ "type": "string", "writeOnly": true, "default": "hunter2" }),
        "a secret has no default",
    );
    for kind in [json!("integer"), json!(["string"]), Value::Null] {
        refused(
            json!({ "type": kind, "writeOnly": true }),
            "is written as `type: string`",
        );
    }
    refused(json!({ "writeOnly": true }), "is written as `type: string`");
    refused(
        json!({ "description": "x".repeat(MAX_DESCRIPTION + 1) }),
        "the description is longer than 1000 characters",
    );
    refused(json!({ "description": "\u{1b}[2J" }), "a control character");
}

#[test]
fn every_problem_is_told_at_once() {
    let config = json!({
        "properties": { "page_size": {}, "a": { "type": "x" }, "b": { "typ": "string" } },
        "required": ["page_siz", "a", "weather"],
    });
    let problems = Schema::parse(&config).unwrap_err();
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(
        problems.contains(
            &"`config.required`: there is no setting `page_siz`; did you mean `page_size`?"
                .to_owned()
        ),
        "{problems:?}"
    );
    assert!(Schema::parse(&json!({})).is_err());
}

#[test]
fn the_budget_is_for_all_schemas_together() {
    let schema = json!({ "allOf": vec![json!({ "pattern": "a" }); 30] });
    parse(json!({ "a": schema })).unwrap();
    let problems = parse(json!({ "a": schema, "b": schema })).unwrap_err();
    assert_eq!(
        problems,
        ["`config.properties.b`: the schemas have more than 50 patterns"]
    );
}

#[test]
fn values_are_held_against_their_schema() {
    let schema = parse(json!({
        "page_size": { "type": "integer", "maximum": 100 },
        "period": { "enum": ["day", "week"] },
        "servers": { "items": { "properties": { "port": { "type": "integer" } } } },
        "mail": { "type": "string", "format": "email" },
        "any": {},
    }))
    .unwrap();
    let servers = json!([{ "port": 80 }, { "port": "http" }]);
    for (key, value, expect) in [
        ("page_size", json!(100), Ok(())),
        (
            "page_size",
            json!(101),
            Err("the setting `page_size`: 101 is greater than the maximum of 100"),
        ),
        (
            "page_size",
            json!("9"),
            Err("the setting `page_size`: \"9\" is not of type \"integer\""),
        ),
        (
            "page_size",
            Value::Null,
            Err("the setting `page_size`: null is not of type \"integer\""),
        ),
        ("period", json!("week"), Ok(())),
        (
            "period",
            json!("year"),
            Err("the setting `period`: \"year\" is not one of \"day\" or \"week\""),
        ),
        ("servers", json!([{ "port": 80 }]), Ok(())),
        (
            "servers",
            servers,
            Err("the setting `servers`: at `/1/port`: \"http\" is not of type \"integer\""),
        ),
        ("mail", json!("a@example.com"), Ok(())),
        (
            "mail",
            json!("a"),
            Err("the setting `mail`: \"a\" is not a \"email\""),
        ),
        ("any", json!("x".repeat(MAX_VALUE_BYTES - 2)), Ok(())),
        (
            "any",
            json!("x".repeat(MAX_VALUE_BYTES - 1)),
            Err("the setting `any`: longer than 64 KiB"),
        ),
        (
            "pagesize",
            json!(1),
            Err("there is no setting `pagesize`; did you mean `page_size`?"),
        ),
        ("weather", json!(1), Err("there is no setting `weather`")),
    ] {
        let found = schema.check(key, &value);
        assert_eq!(
            found.as_ref().map_err(String::as_str),
            expect.map(|()| &()),
            "{key}"
        );
    }
}

/// Every way in which a secret can be wrong, and none of them tells it.
#[test]
fn an_error_never_has_the_value_of_a_secret() {
    for (rule, value) in [
        (json!({ "minLength": 20 }), json!("hunter2")),
        (json!({ "maxLength": 3 }), json!("hunter2")),
        (json!({ "pattern": "^x" }), json!("hunter2")),
        (json!({ "format": "uuid" }), json!("hunter2")),
        (json!({ "enum": ["a", "b"] }), json!("hunter2")),
        (json!({ "const": "a" }), json!("hunter2")),
        (json!({ "not": { "minLength": 1 } }), json!("hunter2")),
        (
            json!({ "anyOf": [{ "maxLength": 1 }, { "pattern": "^x" }] }),
            json!("hunter2"),
        ),
        (json!({ "oneOf": [{}, {}] }), json!("hunter2")),
        (
            json!({ "if": { "minLength": 1 }, "then": { "maxLength": 2 } }),
            json!("hunter2"),
        ),
        (
            json!({ "additionalProperties": false }),
            json!({ "hunter2": 1 }),
        ),
        (json!({}), json!(["hunter2"])),
        (json!({}), json!("hunter2".repeat(MAX_VALUE_BYTES))),
    ] {
        let mut rule = rule;
        rule["type"] = json!("string");
        rule["writeOnly"] = json!(true);
        let schema = parse(json!({ "token": rule })).unwrap();
        let told = schema.check("token", &value).unwrap_err();
        assert!(told.starts_with("the setting `token`: "), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn what_is_required_and_has_no_value_is_missing() {
    let schema = Schema::parse(&json!({
        "properties": {
            "given": { "default": 1 },
            "optional": {},
            "token": { "type": "string", "writeOnly": true },
            "url": { "type": "string" },
        },
        "required": ["given", "token", "url"],
    }));
    let schema = schema.unwrap();
    let missing = |set: &[&str]| {
        let set: BTreeSet<_> = set.iter().copied().collect();
        schema.missing(|key| set.contains(key))
    };
    assert_eq!(missing(&[]), ["token", "url"]);
    assert_eq!(missing(&["url", "optional"]), ["token"]);
    assert!(missing(&["url", "token"]).is_empty());
    assert_eq!(
        schema.keys().collect::<Vec<_>>(),
        ["given", "optional", "token", "url"]
    );
    assert!(schema.is_secret("token") && !schema.is_secret("url"));
    assert_eq!(schema.default("given"), Some(&json!(1)));
    assert_eq!(schema.default("url"), None);
}
