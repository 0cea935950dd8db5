//! Holds a registration against its manifest, its package and its exports. Pure, and the
//! same for every runtime.
//!
//! Here what all kinds of things have in common: sizes, names, texts and permissions; a file
//! per kind for the rest.

mod functions;
mod hooks;
mod menu;
mod pages;
mod routes;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod widgets;

use std::collections::BTreeSet;

use goatkit_package::{Manifest, StoredPackage, nearest};
use goatkit_runtime::{Access, Exports, Registration};

use super::jobs;
use crate::discover::host_version;

/// Things of one kind that a plugin may register: more than any application can show.
const MAX_ITEMS: usize = 500;

/// Bytes of one text in a registration: a description fits, a document does not.
const MAX_TEXT: usize = 4096;

/// Checks what `gk-register` answered.
///
/// # Errors
/// Everything that does not hold, one sentence each.
pub fn check_registration(
    mut registration: Registration,
    package: &StoredPackage,
    exports: Exports,
) -> Result<Registration, Vec<String>> {
    let mut check = Check {
        manifest: package.manifest(),
        permissions: &registration.permissions,
        told: 0,
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
    check.authorizer(&registration);
    check.menu(&registration);
    check.pages(&registration.pages, package);
    check.routes(&registration, exports);
    check.mount(registration.mount.as_ref(), exports);
    check.widgets(&registration);
    check.hooks(&registration.hooks, exports);
    check.permissions(&registration.permissions);
    let jobs = jobs::problems(&registration.jobs, check.manifest, exports);
    jobs.into_iter().for_each(|problem| check.problem(problem));
    let problems = check.problems;
    if !problems.is_empty() {
        return Err(problems);
    }
    if exports.incoming_http {
        // What answers is mounted, for whoever is signed in where nothing is said.
        registration.mount.get_or_insert(Access::SignedIn);
    }
    Ok(registration)
}

/// Problems that are told of. Whoever mends these sees the rest.
const MAX_PROBLEMS: usize = 50;

/// Arguments of one function.
const MAX_ARGUMENTS: usize = 32;

/// Bytes of a name, a path or a type.
const MAX_NAME: usize = 512;

struct Check<'a> {
    manifest: &'a Manifest,
    /// Those that the plugin defines.
    permissions: &'a [String],
    /// How many problems there are, also beyond those that are told.
    told: usize,
    problems: Vec<String>,
}

impl Check<'_> {
    fn problem(&mut self, text: String) {
        self.unless(false, || text);
    }

    fn unless(&mut self, holds: bool, text: impl FnOnce() -> String) {
        if holds {
            return;
        }
        self.told += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(text());
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

    /// A permission that something asks for is the application's, or one that the plugin defines.
    fn access(&mut self, what: &str, access: &Access) {
        let Access::Permission(name) = access else {
            return;
        };
        self.unless(is_permission(name), || not_permission(name));
        let own = format!("{}.", self.manifest.name.template_name());
        let defined = self.permissions.iter().map(String::as_str);
        let known = !name.starts_with(&own) || defined.clone().any(|it| it == name);
        self.unless(known || !is_permission(name), || {
            format!(
                "{what} asks for the permission `{name}`, which is unknown: the plugin does not \
                 register it{}",
                did_you_mean(name, defined)
            )
        });
    }

    /// What is mounted must be there.
    fn mount(&mut self, mount: Option<&Access>, exports: Exports) {
        let Some(access) = mount else {
            return;
        };
        self.unless(exports.incoming_http, || {
            "it says who may reach its mount, and its component does not export \
             `wasi:http/incoming-handler`"
                .to_owned()
        });
        self.access("its mount", access);
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
    let routes = it.routes.iter();
    let routes = routes.flat_map(|route| [route.method.as_str(), route.path.as_str()]);
    let widgets = it.widgets.iter();
    let widgets = widgets.flat_map(|it| [it.id.as_str(), it.place.as_str(), it.function.as_str()]);
    let items = it.menu_items.iter().flat_map(|item| {
        let texts = [item.id.as_str(), item.path.as_str(), item.location.as_str()];
        texts.into_iter().chain(item.parent.as_deref())
    });
    let accesses = it.pages.iter().map(|it| &it.access);
    let accesses = accesses.chain(it.routes.iter().map(|it| &it.access));
    let accesses = accesses.chain(it.widgets.iter().map(|it| &it.access));
    let accesses = accesses.chain(it.menu_items.iter().map(|it| &it.access));
    let permissions = accesses.chain(&it.mount).filter_map(|access| match access {
        Access::Permission(name) => Some(name.as_str()),
        Access::Public | Access::SignedIn => None,
    });
    let hooks = it.hooks.iter().map(String::as_str);
    let authorizer = it.event_authorizer.as_deref();
    let own = it.permissions.iter().map(String::as_str);
    let jobs = it.jobs.iter();
    let jobs = jobs.flat_map(|job| [job.name.as_str(), job.cron.as_str(), job.time_zone.as_str()]);
    let identity = [it.name.as_str(), it.version.as_str()];
    functions
        .chain(pages)
        .chain(routes)
        .chain(widgets)
        .chain(items)
        .chain(permissions)
        .chain(hooks)
        .chain(authorizer)
        .chain(own)
        .chain(jobs)
        .chain(identity)
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

fn not_path(what: &str, path: &str) -> String {
    format!(
        "{what} `{}` has no path of this application: begin with one `/`, and use letters, \
         digits and - _ . ~ between slashes",
        path.escape_debug()
    )
}

/// `[a-z][a-z0-9_-]*`
fn is_word(text: &str) -> bool {
    let inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(inner)
}

fn not_word(what: &str, text: &str) -> String {
    format!(
        "{what} `{}` has an id that is none: use a-z, 0-9, - and _, a letter first, at most 64 of \
         them",
        text.escape_debug()
    )
}

/// The nearest of what there is, as the end of a sentence; nothing if none is near.
fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    /// Longer ones are no slips of the finger, and are costly to compare.
    const LONGEST: usize = 64;
    let known = known.into_iter().filter(|it| it.len() <= LONGEST);
    let near = (given.len() <= LONGEST)
        .then(|| nearest(given, known))
        .flatten();
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
