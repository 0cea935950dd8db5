//! Routes: paths with parameters that the export `routes` answers.

use std::collections::BTreeMap;

use goatkit_runtime::{Access, Exports, Registration, Route};
use matchit::{InsertError, Router};

use super::{Check, is_identifier, not_identifier};
use crate::paths::{is_segment, parameter, shape};

/// What a route may answer. `HEAD` is answered by what `GET` answers, `OPTIONS` by the host.
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Parameters of one path: more make an address that nobody can read.
const MAX_PARAMETERS: usize = 16;

impl Check<'_> {
    pub(super) fn routes(&mut self, it: &Registration, exports: Exports) {
        let routes = &it.routes;
        self.unless(routes.is_empty() || exports.routes, || {
            "it registers routes, and its component does not export `goatkit:plugin/routes`"
                .to_owned()
        });
        let mut places: BTreeMap<&str, Router<&Route>> = BTreeMap::new();
        for route in routes {
            let Route { method, path, .. } = route;
            let what = format!("route `{} {}`", method.escape_debug(), path.escape_debug());
            let known = METHODS.contains(&method.as_str());
            self.unless(known, || {
                format!("{what} has a method that is none of {}", METHODS.join(", "))
            });
            self.unless(!route.webhook || route.access == Access::Public, || {
                format!(
                    "{what} is a webhook, and not public: whoever calls it is nobody here; make it \
                     public, and check who calls in its code"
                )
            });
            self.access(&what, &route.access);
            let sound = self.pattern(&what, path);
            self.reach(&what, path);
            let is_page = method == "GET" && it.pages.iter().any(|page| page.path == *path);
            self.unless(!is_page, || {
                format!("{what} and its page `{path}` are one: nothing tells them apart")
            });
            if sound && known {
                let places = places.entry(method).or_default();
                self.place(&what, route, places);
            }
        }
    }

    /// Whether a pattern is one; its problems are told.
    fn pattern(&mut self, what: &str, path: &str) -> bool {
        let before = self.told;
        let mut names = Vec::new();
        let mut segments = path.split('/').peekable();
        let rooted = segments.next() == Some("");
        let mut sound = rooted && path.len() <= super::MAX_NAME && !path.contains("//");
        while let Some(segment) = segments.next() {
            let Some(it) = parameter(segment) else {
                sound &= is_segment(segment);
                continue;
            };
            self.unless(is_identifier(it.name), || {
                not_identifier("parameter", it.name)
            });
            self.unless(!names.contains(&it.name), || {
                format!(
                    "{what} has the parameter `{}` twice",
                    it.name.escape_debug()
                )
            });
            self.unless(!it.rest || segments.peek().is_none(), || {
                let name = it.name.escape_debug();
                format!("{what} goes on after `{{*{name}}}`, which is the rest of the path")
            });
            names.push(it.name);
        }
        self.unless(sound, || {
            format!(
                "{what} has no path of this application: begin with one `/`, and use letters, \
                 digits and - _ . ~ between slashes, or `{{name}}`, or at the end `{{*name}}`"
            )
        });
        self.unless(names.len() <= MAX_PARAMETERS, || {
            format!(
                "{what} has {} parameters, and {MAX_PARAMETERS} are allowed",
                names.len()
            )
        });
        self.told == before
    }

    /// Whether nothing else has its place.
    fn place<'r>(&mut self, what: &str, route: &'r Route, places: &mut Router<&'r Route>) {
        let pattern = shape(&route.path);
        match places.insert(pattern.as_str(), route) {
            Ok(()) => {}
            Err(InsertError::Conflict { with }) => {
                // A pattern means itself, as long as nothing is more exact.
                let has = places
                    .at(&with)
                    .map_or(with.as_str(), |has| has.value.path.as_str());
                self.problem(format!(
                    "{what} and its route `{has}` are one: nothing tells them apart"
                ));
            }
            Err(error) => self.problem(format!("{what} has a path that is none: {error}")),
        }
    }
}
