//! A request, as a route reads it. What does not fit answers [`Error::Invalid`], which the host
//! turns into 400, and says which part of the request it was.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::Request;
use crate::error::Error;

/// What forms of HTML are sent as, unless they say otherwise.
const FORM: &str = "application/x-www-form-urlencoded";

impl Request {
    /// A parameter of the path, read as `T`: `let id: u64 = request.param("id")?`.
    pub fn param<T>(&self, name: &str) -> Result<T, Error>
    where
        T: FromStr,
        T::Err: Display,
    {
        let mut params = self.params.iter();
        let Some((_, text)) = params.find(|(known, _)| known == name) else {
            let route = &self.route;
            let message = format!("the route `{route}` has no parameter `{name}`");
            return Err(Error::failed(message));
        };
        let wrong = |error| Error::invalid(format!("`{name}` in the path: {error}"));
        text.parse().map_err(wrong)
    }

    /// The first value of a name in the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        let mut query = self.query.iter();
        let found = query.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first value of a header, if it is text. Upper and lower case are the same.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The body as text in UTF-8, whatever its headers say.
    pub fn text(&self) -> Result<&str, Error> {
        let text = std::str::from_utf8(&self.body);
        text.map_err(|error| Error::invalid(format!("the body: {error}")))
    }

    /// The body read as JSON, whatever its headers say.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let read = serde_json::from_slice(&self.body);
        read.map_err(|error| Error::invalid(format!("the body: {error}")))
    }

    /// The body read as a form of HTML. Fields that `T` does not have are left out, the host's
    /// token among them.
    pub fn form<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let told = self.header("content-type").unwrap_or_default();
        let (kind, _) = told.split_once(';').unwrap_or((told, ""));
        if !kind.trim().eq_ignore_ascii_case(FORM) {
            return Err(Error::invalid(format!(
                "the body: a form is sent as `{FORM}`, not as `{told}`"
            )));
        }
        let read = serde_html_form::from_bytes(&self.body);
        read.map_err(|error| Error::invalid(format!("the form: {error}")))
    }

    /// Whether it is for this route of the registration.
    pub fn is_for(&self, method: &str, path: &str) -> bool {
        self.method == method && self.route == path
    }

    /// What a request is answered that none of the plugin's routes is for.
    pub fn unknown(&self) -> Error {
        Error::Unknown(format!("{} {}", self.method, self.route))
    }
}
