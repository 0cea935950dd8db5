//! `gk plugin`: a plugin from nothing to an answer, and what is refused on the way.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use goatkit_test_support::Package;
use serde_json::{Value, json};
use support::{Server, arg, gk, has, hello, run, steady_folder};

/// Makes a plugin and builds it; answers with the path of its zip.
fn greeter(folder: &Path) -> std::path::PathBuf {
    let plugin = folder.join("greeter");
    run(&["plugin", "init", "greeter", "--path", arg(&plugin)]).answer();
    let zip = folder.join("greeter.zip");
    let built = run(&["plugin", "build", arg(&plugin), "--out", arg(&zip)]);
    has(&built.answer(), &[arg(&zip), " bytes", "digest "]);
    zip
}

#[test]
fn a_new_plugin_builds_answers_and_is_served() {
    let work = steady_folder("new-plugin");
    let zip = greeter(&work);

    let called = run(&["plugin", "call", arg(&zip), "greet", r#"["world"]"#]);
    has(&called.stderr, &["greeting somebody"]);
    assert_eq!(called.answer(), "{\"text\":\"Hello, world!\"}\n");

    let inspected = run(&["plugin", "inspect", arg(&zip)]).answer();
    has(
        &inspected,
        &["greeter 0.1.0 (wasm)", "greet(name: string) -> json"],
    );

    let data = work.join("data");
    fs::create_dir_all(data.join("plugins")).unwrap();
    fs::copy(&zip, data.join("plugins/greeter.zip")).unwrap();
    let server = Server::serve(&data);
    let page = server.page("/plugins/greeter/start");
    has(&page, &["<h1>Greeter</h1>", "Hello, world!", "start.css"]);
}

#[test]
fn the_same_source_gives_the_same_bytes_in_another_folder() {
    let work = ["new-plugin-again", "new-plugin-once-more"].map(steady_folder);
    let zips = work
        .each_ref()
        .map(|folder| fs::read(greeter(folder)).unwrap());
    assert!(zips[0] == zips[1]);
}

#[test]
fn a_second_build_gives_the_same_bytes() {
    let work = tempfile::tempdir().unwrap();
    let hello = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hello");
    let zips = ["one.zip", "two.zip"].map(|name| {
        let zip = work.path().join(name);
        run(&["plugin", "build", hello, "--out", arg(&zip)]).answer();
        fs::read(zip).unwrap()
    });
    assert!(zips[0] == zips[1]);
}

#[test]
fn init_refuses_what_would_not_work() {
    let work = tempfile::tempdir().unwrap();
    let check = |name: &str, more: &[&str], expect: &[&str]| {
        let typed = [&["plugin", "init", name], more].concat();
        let ran = gk(&typed).current_dir(work.path()).output().unwrap();
        assert_eq!(ran.status.code(), Some(1), "{name}");
        has(&String::from_utf8(ran.stderr).unwrap(), expect);
    };
    check(
        "My Plugin",
        &[],
        &["error: `My Plugin` is no plugin name", "a-z"],
    );
    check("for", &[], &["word of the template language"]);
    check("../up", &[], &["is no plugin name"]);
    check(
        "good",
        &["--sdk", "."],
        &["is not the crate goatkit-plugin", "hint: "],
    );
    assert_eq!(fs::read_dir(work.path()).unwrap().count(), 0);

    fs::create_dir(work.path().join("there")).unwrap();
    check("there", &[], &["there is there already", "hint: "]);
    check("good", &["--path", "there"], &["there is there already"]);
    fs::write(work.path().join("file"), "").unwrap();
    check(
        "good",
        &["--path", "file/good"],
        &["cannot write file/good/"],
    );
}

#[test]
fn build_tells_what_a_host_would_refuse() {
    let work = tempfile::tempdir().unwrap();
    let build = |package: &Package| {
        let folder = package.write_folder(work.path());
        run(&["plugin", "build", arg(&folder)])
    };
    let refusal = build(&Package::of_guest("wrong_name")).refusal();
    has(
        &refusal,
        &["a host refuses it", "its manifest.yaml says", "hint: "],
    );
    let refusal = build(&Package::new("text", b"no wasm".to_vec())).refusal();
    has(&refusal, &["is not WebAssembly"]);
    let refusal = run(&["plugin", "build", arg(&work.path().join("nowhere"))]).refusal();
    has(&refusal, &["nowhere is no folder", "`gk plugin init`"]);
    has(
        &build(&Package::of_guest("good")).answer(),
        &["good-1.0.0.zip"],
    );
}

#[test]
fn inspect_prints_the_registration_of_the_seed_document() {
    let work = tempfile::tempdir().unwrap();
    let zip = hello(work.path());
    let printed = run(&["plugin", "inspect", "--json", arg(&zip)]).answer();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let expect = json!({
        "name": "my-plugin",
        "version": "1.0.0",
        "runtime": "wasm",
        "functions": [{
            "name": "calculate_something",
            "args": [{ "name": "input", "type": "string" }],
            "returns": "json",
            "description": "Calculates something useful",
        }],
        "hooks": [],
        "permissions": ["my_plugin.view", "my_plugin.edit"],
    });
    for (field, value) in expect.as_object().unwrap() {
        assert_eq!(&printed[field], value, "{field}");
    }
    // What there is besides stands behind it.
    let [item] = &printed["menu_items"].as_array().unwrap()[..] else {
        panic!("{printed}")
    };
    for (field, value) in [
        ("label", "My Feature"),
        ("path", "/admin/my-feature"),
        ("icon", "star"),
    ] {
        assert_eq!(item[field], value, "{field}");
    }
    assert_eq!(printed["pages"][0]["template"], "my_feature.html");
    assert_eq!(printed["manifest"]["name"], "my-plugin");
    assert_eq!(printed["digest"].as_str().unwrap().len(), 64);
    for (field, interface) in [("imports", "log"), ("exports", "functions")] {
        let name = format!("goatkit:plugin/{interface}@0.1.0");
        assert!(
            printed[field].as_array().unwrap().contains(&name.into()),
            "{printed}"
        );
    }
}

#[test]
fn call_prints_json_and_refuses_the_rest() {
    let work = tempfile::tempdir().unwrap();
    let zip = hello(work.path());
    let call = |args: &[&str]| run(&[&["plugin", "call", arg(&zip)], args].concat());
    let function = "calculate_something";
    let answer = call(&[function, r#"["größer"]"#, "--locale", "de"]).answer();
    assert_eq!(answer, "{\"value\":6}\n");

    for (args, expect) in [
        (&[function, "input"][..], &["no JSON array", "hint: "][..]),
        (&[function, "{}"], &["no JSON array"]),
        (&[function, "-1"], &["no JSON array"]),
        (&[function], &["argument 1 \"input\" is missing"]),
        (&[function, "[5]"], &["argument 1 \"input\"", "integer 5"]),
        (
            &["calculate_somethin", "[]"],
            &[
                "no function `calculate_somethin`",
                "did you mean `calculate_something`?",
            ],
        ),
        (
            &["zzz"],
            &["no function `zzz`", ": it has calculate_something"],
        ),
    ] {
        has(&call(args).refusal(), expect);
    }
    assert_eq!(call(&[]).code, 2, "wrong usage");
}

#[test]
fn call_tells_of_a_guest_that_breaks_off() {
    let work = tempfile::tempdir().unwrap();
    let zip = Package::of_guest("panics").write_zip(work.path());
    let refusal = run(&["plugin", "call", arg(&zip), "panic"]).refusal();
    has(
        &refusal,
        &["plugin `panics`, function `panic`", "as it was told"],
    );
}

#[test]
fn a_file_that_is_no_package_is_refused() {
    let work = tempfile::tempdir().unwrap();
    let broken = work.path().join("broken.zip");
    fs::write(&broken, "PK no zip").unwrap();
    let missing = work.path().join("missing.zip");
    for (file, expect) in [
        (&broken, "broken.zip"),
        (&missing, "missing.zip: cannot be read"),
    ] {
        for command in ["inspect", "call"] {
            let rest: &[&str] = if command == "call" { &["f"] } else { &[] };
            let typed = [&["plugin", command, arg(file)], rest].concat();
            has(&run(&typed).refusal(), &[expect]);
        }
    }
}

#[test]
fn the_grants_of_a_named_data_folder_count() {
    let work = tempfile::tempdir().unwrap();
    let zip = hello(work.path());
    let data = work.path().join("data");
    let call = || {
        let call = [
            "plugin",
            "call",
            arg(&zip),
            "calculate_something",
            r#"[""]"#,
        ];
        run(&[&call[..], &["--data", arg(&data)]].concat())
    };
    has(
        &call().refusal(),
        &["there is no data folder", "hint: name the folder"],
    );
    std::fs::create_dir(&data).unwrap();
    has(
        &call().refusal(),
        &[
            "my-plugin",
            "waits until an administrator consents",
            "gk plugin",
        ],
    );
    let install = [
        "plugin",
        "install",
        arg(&zip),
        "--yes",
        "--data",
        arg(&data),
    ];
    run(&install).answer();
    assert_eq!(call().answer(), "{\"value\":0}\n");
    assert!(data.join("store").is_dir());
}
