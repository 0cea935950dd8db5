#![allow(clippy::unwrap_used)]
//! A data folder, plugins that answer at once, and one `check` for all that is rendered.

mod application;
mod calls;
mod closing;
mod cost;
mod hostile;
mod packages;
mod scope;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_capability::{Entry, EntryKind, SessionFacts};
use goatkit_package::{PluginName, Store, StoredPackage};
use goatkit_runtime::{
    Argument, BoxFuture, CallError, Function, Output, Registration, Session, SessionGate,
};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::{Code, FindError, Plugins, RenderError, TemplateSettings, Templates, UsedPlugin};

/// Plugins by their template names.
#[derive(Default)]
pub(super) struct Fake(BTreeMap<String, UsedPlugin>);

impl Plugins for Fake {
    fn find<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<UsedPlugin, FindError>> {
        let found = match name {
            "broken" => Err(FindError::Broken("it does not register".to_owned())),
            _ => self.0.get(name).cloned().ok_or_else(|| FindError::Unknown {
                known: self.0.keys().cloned().collect(),
            }),
        };
        Box::pin(async { found })
    }
}

/// Functions that answer by their names.
struct Answers {
    plugin: PluginName,
    /// What `held` waits for.
    held: Arc<Semaphore>,
}

impl Code for Answers {
    fn call<'a>(
        &'a self,
        _session: &'a Session,
        function: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        let Self { plugin, held } = self;
        Box::pin(async move {
            let passed: Vec<Json> = serde_json::from_str(&args).unwrap();
            match function {
                "calculate_something" => {
                    let length = passed[0].as_str().unwrap().chars().count();
                    Ok(Output::Json(format!("{{\"value\":{length}}}")))
                }
                "badge" => Ok(Output::Html("<b>new</b>".to_owned())),
                "open" => Ok(Output::Html("<form action=\"/x\"><b>x".to_owned())),
                "endless" => Ok(Output::Html("<plaintext>".to_owned())),
                "markup" => Ok(Output::Json("\"<i>\"".to_owned())),
                "garbage" => Ok(Output::Json("{oops".to_owned())),
                "slow" => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    Ok(Output::Json("\"slept\"".to_owned()))
                }
                "held" => {
                    drop(held.acquire().await.unwrap());
                    Ok(Output::Json("\"held\"".to_owned()))
                }
                "late" => {
                    let target = format!("function `{function}`");
                    Err(CallError::timed_out(
                        plugin,
                        &target,
                        Duration::from_secs(2),
                    ))
                }
                "large" => Ok(Output::Json(json!("x".repeat(900_000)).to_string())),
                _ => Ok(Output::Json(
                    json!(format!("{plugin}.{function}{args}")).to_string(),
                )),
            }
        })
    }
}

fn function(name: &str, args: &[(&str, &str)]) -> Function {
    let argument = |&(name, kind): &(&str, &str)| Argument {
        name: name.to_owned(),
        type_name: kind.to_owned(),
    };
    Function {
        name: name.to_owned(),
        args: args.iter().map(argument).collect(),
        returns: "json".to_owned(),
        description: String::new(),
        expose: false,
    }
}

fn registration(name: &str, functions: Vec<Function>) -> Registration {
    Registration {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        runtime: "wasm".to_owned(),
        functions,
        hooks: vec![],
        menu_items: vec![],
        pages: vec![],
        routes: vec![],
        widgets: vec![],
        jobs: vec![],
        permissions: vec![],
        event_authorizer: None,
        mount: None,
        extra: vec![],
    }
}

/// A host with two plugins, `my-plugin` and `other`.
pub(super) struct Host {
    folder: TempDir,
    package: StoredPackage,
    plugins: Arc<Fake>,
    templates: Templates,
    session: Session,
    /// Lets all go on that are `held`, once it has a permit.
    held: Arc<Semaphore>,
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn admit(folder: &Path, name: &str, files: &[(&str, &str)]) -> StoredPackage {
    let source = folder.join(name);
    let manifest = format!("name: {name}\nversion: \"1.0.0\"\nruntime: wasm\n");
    write(&source, "manifest.yaml", &manifest);
    write(&source, "plugin.wasm", "\0asm\u{d}\0\u{1}\0");
    for (name, text) in files {
        write(&source, name, text);
    }
    Store::open(folder).unwrap().admit(&source).unwrap()
}

impl Host {
    /// `application` and `package` are names and sources of templates.
    pub(super) fn with(application: &[(&str, &str)], package: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("templates")).unwrap();
        for (name, text) in application {
            write(&folder.path().join("templates"), name, text);
        }
        let named: Vec<(String, &str)> = package
            .iter()
            .map(|(name, text)| (format!("templates/{name}"), *text))
            .collect();
        let mut files: Vec<(&str, &str)> = named
            .iter()
            .map(|(name, text)| (name.as_str(), *text))
            .collect();
        files.extend([
            ("static/app.css", "p {}"),
            ("i18n/en.yaml", "greeting: Hello {name}!\n"),
            ("i18n/de.yaml", "greeting: Hallo {name}!\n"),
        ]);
        let package = admit(folder.path(), "my-plugin", &files);
        let other = admit(folder.path(), "other", &[]);
        let json = [("a", "json"), ("b", "json?"), ("c", "json?")];
        let shared = ["shared", "range", "dict", "title", "name", "item", "now"];
        let mine = [
            "badge", "open", "endless", "markup", "garbage", "slow", "held", "late", "large",
        ];
        let functions = shared.iter().chain(&mine).map(|name| function(name, &[]));
        let mut functions: Vec<Function> = functions.collect();
        functions.push(function("calculate_something", &[("input", "string")]));
        functions.push(function("echo", &json));
        let held = Arc::new(Semaphore::new(0));
        let found = |package: &StoredPackage, functions| UsedPlugin {
            package: package.clone(),
            registration: Arc::new(registration(package.manifest().name.as_str(), functions)),
            code: Arc::new(Answers {
                plugin: package.manifest().name.clone(),
                held: Arc::clone(&held),
            }),
        };
        let mut plugins = Fake::default();
        plugins
            .0
            .insert("my_plugin".to_owned(), found(&package, functions));
        let theirs = vec![function("shared", &[]), function("theirs", &json)];
        plugins.0.insert("other".to_owned(), found(&other, theirs));
        let mut settings = TemplateSettings::new(folder.path().join("templates"));
        settings.layouts = vec!["layout.html".to_owned()];
        let plugins = Arc::new(plugins);
        let templates = Templates::new(settings, plugins.clone()).unwrap();
        Self {
            folder,
            package,
            plugins,
            templates,
            session: session(Duration::from_secs(60)),
            held,
        }
    }

    async fn application(&self, name: &str, context: Json) -> Result<String, RenderError> {
        self.templates
            .render_application(&self.session, name, context)
            .await
    }

    async fn package(&self, name: &str, context: Json) -> Result<String, RenderError> {
        self.templates
            .render_package(&self.session, &self.package, name, context)
            .await
            .map(|page| page.html)
    }
}

fn session(time: Duration) -> Session {
    let facts = SessionFacts {
        actor: None,
        tenant: None,
        locale: "de-AT".to_owned(),
        request_id: "1".to_owned(),
        deadline: Instant::now() + time,
        entry: Entry {
            kind: EntryKind::Page,
            name: "/".to_owned(),
        },
    };
    Session::open(facts, &SessionGate::new(8))
}

/// The context of every `check`.
fn values() -> Json {
    json!({ "title": "Title", "word": "text", "evil": "<script>", "rows": [1, 2, 3] })
}

/// Renders `x.html`, the first of `files`, as the application's.
fn render(files: &[&str]) -> Result<String, RenderError> {
    let names = ["x.html", "y.html", "z.html"];
    let files: Vec<(&str, &str)> = names.into_iter().zip(files.iter().copied()).collect();
    block_on(async {
        Host::with(&files, &[])
            .application("x.html", values())
            .await
    })
}

/// Renders `x.html`, the first of `files`, as `my-plugin`'s.
fn render_package(files: &[&str]) -> Result<String, RenderError> {
    let names = ["x.html", "y.html", "z.html"];
    let files: Vec<(&str, &str)> = names.into_iter().zip(files.iter().copied()).collect();
    block_on(async { Host::with(&[], &files).package("x.html", values()).await })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
