//! What is said of a manifest that is not read.

use super::{check, whole};

#[test]
fn unknown_keys() {
    check(
        "limts: {}",
        "manifest.yaml: limts: unknown key; did you mean `limits`?",
    );
    check(
        "limits: { memmory: 1MiB }",
        "manifest.yaml: limits.memmory: unknown key; did you mean `memory`?",
    );
    check(
        "reach: { scripts: true }",
        "manifest.yaml: reach.scripts: unknown key; did you mean `script`?",
    );
    check(
        "limits: { zzz: 1 }",
        "manifest.yaml: limits.zzz: unknown key; known here: memory, call, route, job, instances",
    );
    check(
        "config: { propertys: {}, properties: {} }",
        "manifest.yaml: config.propertys: unknown key; did you mean `properties`?",
    );
    check(
        "config: { type: object, properties: {} }",
        "manifest.yaml: config.type: unknown key; known here: properties, required",
    );
    whole(
        "name: a\nversion: 1.0.0\nruntime: grpc\nprocess: { command: { x86_64-linux: a }, tsl: none }",
        "manifest.yaml: process.tsl: unknown key; did you mean `tls`?",
    );
}

#[test]
fn wrong_types() {
    whole(
        "name: a\nversion: 1.0\nruntime: wasm",
        "manifest.yaml: version: expected text, found the number 1.0; put it in quotes",
    );
    check(
        "description: [a]",
        "manifest.yaml: description: expected text, found a list",
    );
    check(
        "capabilities: [db]",
        "manifest.yaml: capabilities: expected a map, found a list",
    );
    check(
        "limits:",
        "manifest.yaml: limits: expected a map, found nothing",
    );
    check(
        "limits: { instances: many }",
        "manifest.yaml: limits.instances: expected a whole number, found the text \"many\"",
    );
    check(
        "limits: { instances: -1 }",
        "manifest.yaml: limits.instances: expected a whole number, found the number -1",
    );
    check(
        "limits: { memory: lots }",
        "manifest.yaml: limits.memory: expected a size such as `64MiB`, `500KiB` or a number of bytes, found the text \"lots\"",
    );
    check(
        "limits: { call: 2 }",
        "manifest.yaml: limits.call: expected a duration with its unit, such as `500ms`, `2s`, `5m` or `1h`, found the number 2",
    );
    check(
        "reach: { script: yes }",
        "manifest.yaml: reach.script: expected true or false, found the text \"yes\"",
    );
    check(
        "reach: { routes: /a }",
        "manifest.yaml: reach.routes: expected a list of texts, found the text \"/a\"",
    );
    check(
        "reach: { widgets: [1] }",
        "manifest.yaml: reach.widgets[0]: expected text, found the number 1",
    );
    check(
        "reach: { hooks: { after_save: x } }",
        "manifest.yaml: reach.hooks.after_save: expected a list of texts, found the text \"x\"",
    );
    whole("[]", "manifest.yaml: expected a map, found a list");
    whole("", "manifest.yaml: expected a map, found nothing");
}

#[test]
fn wrong_values() {
    whole(
        "name: My Plugin\nversion: 1.0.0\nruntime: wasm",
        "manifest.yaml: name: \"My Plugin\": a plugin name consists of a-z and 0-9, begins with a letter and may have single `-` between its parts, as in `my-plugin`",
    );
    whole(
        "name: a\nversion: \"1\"\nruntime: wasm",
        "manifest.yaml: version: \"1\" is no version (unexpected end of input while parsing major version number); write three numbers, as in \"1.0.0\"",
    );
    whole(
        "name: a\nversion: 1.0.0\nruntime: wsam",
        "manifest.yaml: runtime: unknown value \"wsam\"; did you mean `wasm`?",
    );
    check(
        "isolation: none",
        "manifest.yaml: isolation: unknown value \"none\"; known here: request, shared, call",
    );
    check(
        "component: ../x",
        "manifest.yaml: component: \"../x\": the path contains `.` or `..`, which could lead out of the package",
    );
    check(
        "default_locale: 1",
        "manifest.yaml: default_locale: expected text, found the number 1; put it in quotes",
    );
    check(
        "default_locale: x/y",
        "manifest.yaml: default_locale: \"x/y\" is no language tag; write for example en or de-AT",
    );
    check(
        "reach: { routes: [a] }",
        "manifest.yaml: reach.routes: \"a\" must begin with `/`",
    );
    check(
        "reach: { widgets: [\"\"] }",
        "manifest.yaml: reach.widgets: \"\" is empty or has a control character",
    );
    check(
        "process: { command: { x86_64-linux: a } }",
        "manifest.yaml: process: belongs to runtime grpc; a wasm plugin has a component",
    );
    let grpc = |lines: &str, expect| {
        whole(
            &format!("name: a\nversion: 1.0.0\nruntime: grpc\n{lines}"),
            expect,
        )
    };
    grpc(
        "",
        "manifest.yaml: process: missing; runtime grpc needs process.command",
    );
    grpc(
        "component: a.wasm\nprocess: { command: { x86_64-linux: a } }",
        "manifest.yaml: component: belongs to runtime wasm; a native plugin has a process",
    );
    grpc(
        "process: { command: { amd64: a } }",
        "manifest.yaml: process.command.amd64: unknown platform; write one of x86_64, aarch64, riscv64 and one of linux, macos, windows, freebsd, as in x86_64-linux",
    );
    grpc(
        "process: {}",
        "manifest.yaml: process.command: missing; name a program per platform, as in x86_64-linux: bin/my-plugin",
    );
}

#[test]
fn settings() {
    let key = "a setting's key consists of a-z, 0-9 and `_`, begins with a letter and has at most 64 characters";
    for wrong in ["Page", "1st", "_a", "page-size", "seite_ä", "a.b"] {
        check(
            &format!("config: {{ properties: {{ {wrong}: {{}} }} }}"),
            &format!("manifest.yaml: config.properties.{wrong}: {key}"),
        );
    }
    check(
        "config: {}",
        "manifest.yaml: config.properties: missing; name each setting with its JSON Schema",
    );
    check(
        "config: { properties: [a] }",
        "manifest.yaml: config.properties: expected a map, found a list",
    );
    check(
        "config: { properties: { a: integer } }",
        "manifest.yaml: config.properties.a: expected a map, found the text \"integer\"",
    );
    check(
        "config: { properties: { a: {} }, required: a }",
        "manifest.yaml: config.required: expected a list of texts, found the text \"a\"",
    );
}

#[test]
fn all_problems_at_once() {
    whole(
        "nam: a\nversion: \"1\"\nlimits: { memory: 9GiB, cal: 1s }\nisolation: 3",
        "manifest.yaml has 7 problems:\n  \
         nam: unknown key; did you mean `name`?\n  \
         limits.cal: unknown key; did you mean `call`?\n  \
         isolation: expected text, found the number 3; put it in quotes\n  \
         name: missing; every manifest has name, version and runtime\n  \
         version: \"1\" is no version (unexpected end of input while parsing major version number); write three numbers, as in \"1.0.0\"\n  \
         runtime: missing; every manifest has name, version and runtime\n  \
         limits.memory: more than this host allows, 1024MiB",
    );
}

#[test]
fn the_yaml_itself() {
    whole(
        "name: &n a\nversion: 1.0.0\nruntime: wasm\ndescription: *n",
        "manifest.yaml: line 1: anchors and aliases (`&x`, `*x`) are not read; write the value out",
    );
    whole(
        "name: a\nname: b",
        "manifest.yaml: line 2: the key `name` stands twice",
    );
    check(
        "limits: { call: 1s, call: 2s }",
        "manifest.yaml: line 4: the key `call` stands twice",
    );
}
