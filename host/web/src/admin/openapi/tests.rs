//! The document and its schemas hold together. That answers fit them is proved on a host, in
//! `tests/admin`.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_document_holds_together() {
    let document = document().unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    let named = TABLE
        .iter()
        .flat_map(|row| [Some(row.answer), row.request, row.line]);
    let named: BTreeSet<&str> = named.flatten().chain(["Error"]).collect();
    for name in &named {
        assert!(schemas.contains_key(*name), "there is no schema {name}");
    }
    for name in schemas.keys() {
        // Each compiles, with all that it refers to.
        let schema = json!({
            "$ref": format!("{PLACE}{name}"),
            "components": document["components"],
        });
        let compiled = jsonschema::draft202012::new(&schema);
        assert!(compiled.is_ok(), "{name}: {:?}", compiled.err());
        let used = text.contains(&format!("{PLACE}{name}\""));
        assert!(
            used || named.contains(name.as_str()),
            "{name} is for nothing"
        );
    }
    let mut identifiers = BTreeSet::new();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (verb, operation) in item.as_object().unwrap() {
            operations += 1;
            let identifier = operation["operationId"].as_str().unwrap();
            assert!(identifiers.insert(identifier), "{identifier} twice");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{path}");
            assert!(operation["responses"]["200"].is_object(), "{verb} {path}");
            let parameters = operation["parameters"].as_array().unwrap();
            let in_path = parameters.iter().filter(|it| it["in"] == "path");
            assert_eq!(in_path.count(), path.matches('{').count(), "{path}");
        }
    }
    let both = TABLE.iter().filter(|row| row.way == Way::Both).count();
    assert_eq!(operations, both);
    let pairs: BTreeSet<_> = TABLE.iter().map(|it| (it.verb.as_str(), it.path)).collect();
    assert_eq!(
        pairs.len(),
        TABLE.len(),
        "a route stands in the table twice"
    );
}
