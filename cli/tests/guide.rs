//! The guide that every new plugin has, its README.md: whoever does what stands there, word for
//! word, has a page, a menu item, a widget and a route more.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{arg, run, steady_folder};

/// One step of the guide: lines that are put into a file, above the one that has a text; or a
/// file of their own.
#[derive(Debug)]
struct Step {
    file: String,
    above: Option<String>,
    lines: String,
}

impl Step {
    /// From what stands before some lines: "In `FILE`, above `TEXT`:" or "A new file, `FILE`:".
    fn read(said: &str, lines: String) -> Option<Self> {
        let quoted: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
        let (file, above) = match quoted[..] {
            [file, above] if said.starts_with("In `") => (file, Some(above.to_owned())),
            [file] if said.starts_with("A new file, `") => (file, None),
            _ => return None,
        };
        Some(Self {
            file: file.to_owned(),
            above,
            lines,
        })
    }

    fn follow(&self, plugin: &Path) {
        let path = plugin.join(&self.file);
        let Some(above) = &self.above else {
            assert!(!path.exists(), "{self:?}");
            return fs::write(path, &self.lines).unwrap();
        };
        let text = fs::read_to_string(&path).unwrap();
        let place = text
            .find(above.as_str())
            .unwrap_or_else(|| panic!("{self:?}"));
        let place = text[..place].rfind('\n').map_or(0, |it| it + 1);
        let (before, after) = text.split_at(place);
        fs::write(path, [before, &self.lines, after].concat()).unwrap();
    }
}

/// The steps of the guide, each with the heading that it stands under.
fn steps(guide: &str) -> Vec<(String, Step)> {
    let mut steps = Vec::new();
    let (mut heading, mut said) = (String::new(), String::new());
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("## ") {
            text.clone_into(&mut heading);
        } else if line.starts_with("```") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let block = block.map(|line| format!("{line}\n")).collect();
            let step = Step::read(&said, block);
            steps.extend(step.map(|step| (heading.clone(), step)));
        } else if !line.is_empty() {
            line.clone_into(&mut said);
        }
    }
    steps
}

fn built(plugin: &Path, zip: &Path) -> Value {
    run(&["plugin", "build", arg(plugin), "--out", arg(zip)]).answer();
    let inspected = run(&["plugin", "inspect", "--json", arg(zip)]).answer();
    serde_json::from_str(&inspected).unwrap()
}

#[test]
fn a_new_plugin_grows_by_the_lines_of_its_guide() {
    let work = steady_folder("guide");
    let plugin = work.join("grower");
    run(&["plugin", "init", "grower", "--path", arg(&plugin)]).answer();
    let guide = fs::read_to_string(plugin.join("README.md")).unwrap();
    let steps = steps(&guide);
    let headings: Vec<&str> = steps.iter().map(|(heading, _)| heading.as_str()).collect();
    let expect = [
        "A page",
        "A page",
        "A menu item",
        "A widget",
        "A widget",
        "A route",
        "A route",
    ];
    assert_eq!(headings, expect);

    let before = built(&plugin, &work.join("before.zip"));
    for (_, step) in &steps {
        step.follow(&plugin);
    }
    let after = built(&plugin, &work.join("after.zip"));

    for (field, key, added) in [
        ("pages", "path", "/plugins/grower/about"),
        ("menu_items", "path", "/plugins/grower/about"),
        ("widgets", "place", "dashboard"),
        ("routes", "path", "/plugins/grower/items/{id}"),
    ] {
        let has = |registration: &Value| {
            let items = registration[field].as_array().unwrap();
            items.iter().any(|item| item[key] == added)
        };
        assert!(!has(&before), "{field}: {before}");
        assert!(has(&after), "{field}: {after}");
    }
    assert_eq!(after["widgets"][0]["function"], "greeting_card");
    assert_eq!(
        before["routes"][0]["path"],
        "/plugins/grower/greetings/{name}"
    );
    assert_eq!(before["routes"][0]["permission"], json!("grower.view"));
    assert_eq!(before["manifest"]["reach"]["widgets"], json!([]));
    assert_eq!(after["manifest"]["reach"]["widgets"], json!(["dashboard"]));
}
