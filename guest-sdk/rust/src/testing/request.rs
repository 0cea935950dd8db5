//! Requests to the plugin's routes and what it hooks, as a host has them answered: by the
//! registration's patterns. Who may reach a route is for a host to say: a session has no
//! permissions.

use serde::Serialize;
use serde_json::Value;

use super::Session;
use crate::context::Entry;
use crate::error::Error;
use crate::hooks::Hook;
use crate::plugin::{Hooks, Plugin, Routes};
use crate::registration::Route;
use crate::routes::{Request, Response};

/// A request that a test makes. The path may have a query; the path itself is written decoded.
impl Request {
    /// A `GET`, as in `Request::get("/plugins/my-plugin/items/7?q=a")`.
    ///
    /// # Panics
    /// On a query that cannot be read.
    pub fn get(target: &str) -> Self {
        Self::of("GET", target)
    }

    /// A `POST`.
    ///
    /// # Panics
    /// As [`Request::get`].
    pub fn post(target: &str) -> Self {
        Self::of("POST", target)
    }

    /// A request of any method, in upper case.
    ///
    /// # Panics
    /// As [`Request::get`].
    #[track_caller]
    pub fn of(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = serde_html_form::from_str(query);
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            route: String::new(),
            params: Vec::new(),
            query: query.unwrap_or_else(|error| panic!("the query of {target}: {error}")),
            headers: Vec::new(),
            body: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// With a header more.
    pub fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let header = (name.to_ascii_lowercase(), value.as_ref().to_vec());
        self.headers.push(header);
        self
    }

    /// With a body.
    pub fn with_body(self, content_type: &str, bytes: impl AsRef<[u8]>) -> Self {
        let body = bytes.as_ref().to_vec();
        let request = self.with_header("content-type", content_type);
        Self { body, ..request }
    }

    /// With the body that a browser makes of a form.
    ///
    /// # Panics
    /// On what is no form: an object of texts and numbers is one.
    #[track_caller]
    pub fn with_form(self, fields: &impl Serialize) -> Self {
        let body = serde_html_form::to_string(fields);
        let body = body.unwrap_or_else(|error| panic!("no form: {error}"));
        self.with_body("application/x-www-form-urlencoded", body)
    }

    /// With a value as JSON for a body.
    ///
    /// # Panics
    /// On what JSON cannot write.
    #[track_caller]
    pub fn with_json(self, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value);
        let body = body.unwrap_or_else(|error| panic!("no JSON: {error}"));
        self.with_body("application/json", body)
    }
}

impl Session {
    /// Answers a request with the plugin's route for it. [`Error::Unknown`] where it has none.
    /// A webhook is for nobody, whoever is signed in.
    pub fn request<P: Plugin + Routes>(mut self, mut request: Request) -> Result<Response, Error> {
        if request.method == "HEAD" {
            "GET".clone_into(&mut request.method);
        }
        let routes = P::registration().routes;
        let same_method = routes.iter().filter(|route| route.method == request.method);
        let fitting =
            same_method.filter_map(|route| Some((params(&route.path, &request.path)?, route)));
        // The more of a path is said, the better it fits.
        let best = fitting.max_by_key(|(_, route)| specific(&route.path));
        let Some((params, Route { path, webhook, .. })) = best else {
            let Request { method, path, .. } = &request;
            return Err(Error::Unknown(format!("{method} {path}")));
        };
        request.params = params;
        request.route.clone_from(path);
        if *webhook {
            self.actor = None;
        }
        self.entry = Entry {
            kind: "route".to_owned(),
            name: format!("{} {path}", request.method),
        };
        self.run(|| P::handle(request))
    }

    /// Tells the plugin of something, as [`hooks`](crate::hooks) has it: `name` is
    /// `before_render`, `of` is `page:ticket.zoom`, and `payload` an object with what else there
    /// is, `data` for one. Nothing where the plugin does not hook it, and where it answers
    /// nothing. On an event nobody is signed in.
    pub fn hook<P: Plugin + Hooks>(
        mut self,
        name: &str,
        of: &str,
        payload: impl Into<Value>,
    ) -> Result<Option<Value>, Error> {
        let mut payload = payload.into();
        if let Value::Object(fields) = &mut payload {
            fields.insert("of".to_owned(), of.into());
        }
        let hook = Hook::read(name.to_owned(), &payload.to_string())?;
        let hooks = P::registration().hooks;
        if !hooks.iter().any(|registered| hook.is_for(registered)) {
            return Ok(None);
        }
        if name == "on_event" {
            self.actor = None;
        }
        self.entry = Entry {
            kind: "hook".to_owned(),
            name: format!("{name}:{of}"),
        };
        let answer = self.run(|| P::run(hook))?;
        Ok(answer.as_deref().map(serde_json::from_str).transpose()?)
    }
}

/// The parameters with which a path fits a pattern, if it does.
fn params(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
    let mut params = Vec::new();
    let mut rest = path.strip_prefix('/')?;
    let mut parts = pattern.strip_prefix('/')?.split('/').peekable();
    while let Some(part) = parts.next() {
        let name = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        if let Some(name) = name.and_then(|it| it.strip_prefix('*')) {
            params.push((name.to_owned(), rest.to_owned()));
            return (!rest.is_empty()).then_some(params);
        }
        let (segment, after) = match rest.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (rest, None),
        };
        match name {
            Some(name) if !segment.is_empty() => params.push((name.to_owned(), segment.to_owned())),
            None if segment == part => {}
            _ => return None,
        }
        match (after, parts.peek()) {
            (Some(after), Some(_)) => rest = after,
            (None, None) => return Some(params),
            _ => return None,
        }
    }
    None
}

/// By segment: a text counts more than a parameter, and that more than the rest.
fn specific(pattern: &str) -> Vec<u8> {
    let worth = |part: &str| match part {
        _ if part.starts_with("{*") => 0,
        _ if part.starts_with('{') => 1,
        _ => 2,
    };
    pattern.split('/').map(worth).collect()
}

#[cfg(test)]
mod tests {
    use super::params;

    #[test]
    fn patterns_fit_whole_paths() {
        let check = |pattern, path, expect: Option<&[(&str, &str)]>| {
            let expect = expect.map(|params| {
                let owned =
                    |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
                params.iter().map(owned).collect::<Vec<_>>()
            });
            assert_eq!(params(pattern, path), expect, "{pattern} {path}");
        };
        check("/a/b", "/a/b", Some(&[]));
        check("/a/b", "/a", None);
        check("/a/b", "/a/b/", None);
        check("/a/b", "/a/b/c", None);
        check("/a", "/b", None);
        check("/a/{id}", "/a/7", Some(&[("id", "7")]));
        check("/a/{id}", "/a/", None);
        check("/a/{id}", "/a/7/b", None);
        check("/a/{id}/{to}", "/a/7/b", Some(&[("id", "7"), ("to", "b")]));
        check("/a/{*rest}", "/a/7/b", Some(&[("rest", "7/b")]));
        check("/a/{*rest}", "/a/", None);
        check("/a/{*rest}", "/a", None);
    }
}
