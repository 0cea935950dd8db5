//! Holds a registration against its manifest, its package and its exports. Pure, and the
//! same for every runtime.

use std::collections::BTreeSet;

use goatkit_capability::grants::covers_path;
use goatkit_package::{Manifest, StoredPackage};
use goatkit_runtime::{Access, Exports, Function, Page, Registration};

use super::jobs;
use crate::discover::host_version;

/// Things of one kind that a plugin may register: more than any application can show.
const MAX_ITEMS: usize = 500;

/// Bytes of one text in a registration: a description fits, a document does not.
const MAX_TEXT: usize = 4096;

/// What an argument may be; `?` behind it marks one that may be left out.
const ARGUMENT_TYPES: &[&str] = &[
    "string", "integer", "number", "boolean", "array", "object", "json",
];

/// Checks what `gk-register` answered.
///
/// # Errors
/// Everything that does not hold, one sentence each.
pub fn check_registration(
    registration: Registration,
    package: &StoredPackage,
    exports: Exports,
) -> Result<Registration, Vec<String>> {
    let mut check = Check {
        manifest: package.manifest(),
        problems: Vec::new(),
    };
    check.sizes(&registration);
    if !check.problems.is_empty() {
        // What follows names what it finds, and would name it as often as it stands there.
        return Err(check.problems);
    }
    check.identity(&registration);
    check.extras(&registration);
    check.functions(&registration.functions, exports);
    check.menu(&registration);
    check.pages(&registration.pages, package);
    check.permissions(&registration.permissions);
    let jobs = jobs::problems(&registration.jobs, check.manifest, exports);
    check.problems.extend(jobs);
    check.not_yet(&registration);
    if check.problems.is_empty() {
        return Ok(registration);
    }
    check.problems.truncate(MAX_PROBLEMS);
    Err(check.problems)
}

/// Problems that are told of. Whoever mends these sees the rest.
const MAX_PROBLEMS: usize = 50;

/// Arguments of one function.
const MAX_ARGUMENTS: usize = 32;

/// Bytes of a name, a path or a type.
const MAX_NAME: usize = 512;

struct Check<'a> {
    manifest: &'a Manifest,
    problems: Vec<String>,
}

impl Check<'_> {
    fn problem(&mut self, text: String) {
        self.problems.push(text);
    }

    fn unless(&mut self, holds: bool, text: impl FnOnce() -> String) {
        if !holds {
            self.problem(text());
        }
    }

    fn identity(&mut self, it: &Registration) {
        let (name, version) = (
            self.manifest.name.as_str(),
            self.manifest.version.to_string(),
        );
        self.unless(it.name == name, || {
            format!(
                "it registers the name `{}`, and its manifest.yaml says `{name}`",
                it.name
            )
        });
        self.unless(it.version == version, || {
            format!(
                "it registers version `{}`, and its manifest.yaml says `{version}`",
                it.version
            )
        });
    }

    fn sizes(&mut self, it: &Registration) {
        let counts = [
            ("functions", it.functions.len()),
            ("hooks", it.hooks.len()),
            ("menu items", it.menu_items.len()),
            ("pages", it.pages.len()),
            ("routes", it.routes.len()),
            ("widgets", it.widgets.len()),
            ("jobs", it.jobs.len()),
            ("permissions", it.permissions.len()),
        ];
        for (what, count) in counts {
            self.unless(count <= MAX_ITEMS, || {
                format!("it registers {count} {what}, and {MAX_ITEMS} are allowed")
            });
        }
        let most = it
            .functions
            .iter()
            .map(|function| function.args.len())
            .max();
        self.unless(most.unwrap_or(0) <= MAX_ARGUMENTS, || {
            format!("it registers a function with more than {MAX_ARGUMENTS} arguments")
        });
        let longest = names(it).map(str::len).max().unwrap_or(0);
        self.unless(longest <= MAX_NAME, || {
            format!("it registers a name of {longest} bytes, and {MAX_NAME} are allowed")
        });
    }

    fn text(&mut self, what: &str, text: &str) {
        self.unless(text.len() <= MAX_TEXT, || {
            format!(
                "{what} has {} bytes, and {MAX_TEXT} are allowed",
                text.len()
            )
        });
        self.unless(!text.chars().any(|c| c.is_control() && c != '\n'), || {
            format!("{what} has control characters")
        });
    }

    /// What is understood beyond the contract's fields, the door has taken out.
    fn extras(&mut self, it: &Registration) {
        for extra in it.extra.iter().take(MAX_ITEMS) {
            self.problem(format!(
                "{} asks for `{}`, which this host ({}) does not know: use a newer host, or leave \
                 it out",
                extra.place,
                extra.key,
                host_version()
            ));
        }
    }

    fn functions(&mut self, functions: &[Function], exports: Exports) {
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

    fn menu(&mut self, it: &Registration) {
        for item in &it.menu_items {
            let path = &item.path;
            self.text(&format!("the label of menu item `{path}`"), &item.label);
            self.text(&format!("the icon of menu item `{path}`"), &item.icon);
            self.unless(is_path(path), || not_path("menu item", path));
        }
    }

    fn pages(&mut self, pages: &[Page], package: &StoredPackage) {
        let mut paths = BTreeSet::new();
        for Page {
            path,
            template,
            title,
            access,
        } in pages
        {
            self.text(&format!("the title of page `{path}`"), title);
            self.unless(is_path(path), || not_path("page", path));
            self.unless(paths.insert(path), || {
                format!("it registers page `{path}` twice")
            });
            self.unless(package.template_names().iter().any(|name| name == template), || {
                format!("page `{path}` shows `{template}`, and the package has no templates/{template}")
            });
            self.reach(path);
            if let Access::Permission(name) = access {
                self.unless(is_permission(name), || not_permission(name));
            }
        }
    }

    /// A plugin's own prefix is free; the rest of the application it must ask for.
    fn reach(&mut self, path: &str) {
        let own = format!("/plugins/{}/", self.manifest.name);
        // Below /plugins/ each has its own prefix, whatever another asks for.
        let may_ask = !path.starts_with("/plugins/");
        let asked = self.manifest.reach.routes.iter();
        let asked = may_ask && asked.into_iter().any(|pattern| covers_path(pattern, path));
        self.unless(path.starts_with(&own) || asked, || {
            format!(
                "page `{path}` is outside of its reach: add it under `reach.routes` of \
                 manifest.yaml, or put it below {own}"
            )
        });
    }

    fn permissions(&mut self, permissions: &[String]) {
        let own = format!("{}.", self.manifest.name.template_name());
        let mut names = BTreeSet::new();
        for name in permissions {
            self.unless(is_permission(name), || not_permission(name));
            self.unless(name.starts_with(&own), || {
                format!("permission `{name}` is not its own: it must begin with `{own}`")
            });
            self.unless(names.insert(name), || {
                format!("it registers permission `{name}` twice")
            });
        }
    }

    /// The contract has these, and this version of the host does not run them: better
    /// refused than silently without effect.
    fn not_yet(&mut self, it: &Registration) {
        let kinds = [
            ("hooks", it.hooks.is_empty()),
            ("routes", it.routes.is_empty()),
            ("widgets", it.widgets.is_empty()),
        ];
        for (kind, none) in kinds {
            self.unless(none, || {
                format!(
                    "it registers {kind}, which this host ({}) does not run",
                    host_version()
                )
            });
        }
    }
}

/// Everything in a registration that errors may quote.
fn names(it: &Registration) -> impl Iterator<Item = &str> {
    let functions = it.functions.iter().flat_map(|function| {
        let args = function.args.iter();
        let args = args.flat_map(|arg| [arg.name.as_str(), arg.type_name.as_str()]);
        args.chain([function.name.as_str(), function.returns.as_str()])
    });
    let pages = it
        .pages
        .iter()
        .flat_map(|page| [page.path.as_str(), page.template.as_str()]);
    let permissions = it.pages.iter().filter_map(|page| match &page.access {
        Access::Permission(name) => Some(name.as_str()),
        Access::Public | Access::SignedIn => None,
    });
    let paths = it.menu_items.iter().map(|item| item.path.as_str());
    let own = it.permissions.iter().map(String::as_str);
    let jobs = it.jobs.iter();
    let jobs = jobs.flat_map(|job| [job.name.as_str(), job.cron.as_str(), job.time_zone.as_str()]);
    let identity = [it.name.as_str(), it.version.as_str()];
    functions
        .chain(pages)
        .chain(permissions)
        .chain(paths)
        .chain(own)
        .chain(jobs)
        .chain(identity)
}

/// A type without the `?` that says it may be absent.
fn plain_type(type_name: &str) -> &str {
    type_name.strip_suffix('?').unwrap_or(type_name)
}

/// `[a-z][a-z0-9_]*`, as templates can write it.
fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 64
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn not_identifier(what: &str, text: &str) -> String {
    format!(
        "{what} `{}` has a name that templates cannot write: use a-z, 0-9 and _, a letter first",
        text.escape_debug()
    )
}

/// Words of identifiers with dots between them.
fn is_permission(text: &str) -> bool {
    text.contains('.') && text.split('.').all(is_identifier)
}

fn not_permission(name: &str) -> String {
    format!(
        "permission `{}` is not like `my_plugin.view`",
        name.escape_debug()
    )
}

/// A path of this application and of no other: no scheme, no host, no way up.
fn is_path(path: &str) -> bool {
    path.len() <= 512
        && path.starts_with('/')
        && !path.contains("//")
        && path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte))
        && path
            .split('/')
            .all(|segment| segment != "." && segment != "..")
}

fn not_path(what: &str, path: &str) -> String {
    format!(
        "{what} `{}` has no path of this application: begin with one `/`, and use letters, \
         digits and - _ . ~ between slashes",
        path.escape_debug()
    )
}
