//! What a route answers with. A response is made by one of the functions below and changed by
//! [`Response::status`] and [`Response::header`].

use serde::Serialize;

use super::{Content, Response, View};
use crate::answer::Json;
use crate::error::Error;

impl Response {
    /// A template below `templates/`, in the application's frame. `title` is a text or a key of
    /// the package's translations, `data` an object: what the template gets.
    ///
    /// An error for data that JSON cannot write.
    pub fn page(template: &str, title: &str, data: impl Serialize) -> Result<Self, Error> {
        Ok(Self::with(Content::Page(View {
            template: template.to_owned(),
            title: title.to_owned(),
            data: serde_json::to_string(&data)?,
        })))
    }

    /// A value as JSON. An error for what JSON cannot write.
    pub fn json(value: impl Serialize) -> Result<Self, Error> {
        let json = serde_json::to_string(&value)?;
        Ok(Self::with(Content::Json(json)))
    }

    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::with(Content::Text(text.into()))
    }

    /// Bytes of a media type. HTML and what else a browser opens as a document can do nothing
    /// there: such is for [`Response::page`].
    pub fn bytes(content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self::with(Content::Bytes(bytes.into())).header("content-type", content_type)
    }

    /// A file below `static/`.
    pub fn asset(path: &str) -> Self {
        Self::with(Content::Asset(path.to_owned()))
    }

    /// To a path of this application, with the status 303: whatever was sent, the browser gets
    /// what is there.
    pub fn redirect(path: &str) -> Self {
        Self::with(Content::Redirect(path.to_owned())).status(303)
    }

    /// With no body.
    pub fn empty() -> Self {
        Self::with(Content::Bytes(Vec::new())).status(204)
    }

    /// With another status, 200 to 599.
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With a header more. Those that speak for the application, `set-cookie` for one, are left
    /// out by the host.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let header = (name.to_ascii_lowercase(), value.as_ref().to_vec());
        self.headers.push(header);
        self
    }

    fn with(body: Content) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body,
            extra: Vec::new(),
        }
    }
}

/// What a route may answer.
#[diagnostic::on_unimplemented(
    message = "a route cannot answer `{Self}`",
    label = "not a response",
    note = "answer a `goatkit_plugin::routes::Response`, or what serde can write as `goatkit_plugin::Json<{Self}>`",
    note = "an error has to convert into `goatkit_plugin::Error`"
)]
pub trait IntoResponse {
    /// The response as it leaves the plugin.
    fn into_response(self) -> Result<Response, Error>;
}

impl IntoResponse for Response {
    fn into_response(self) -> Result<Response, Error> {
        Ok(self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Result<Response, Error> {
        Response::json(self.0)
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Result<Response, Error> {
        Ok(Response::text(self))
    }
}

impl IntoResponse for &str {
    fn into_response(self) -> Result<Response, Error> {
        Ok(Response::text(self))
    }
}

/// Done, and nothing to say: 204.
impl IntoResponse for () {
    fn into_response(self) -> Result<Response, Error> {
        Ok(Response::empty())
    }
}

impl<T: IntoResponse, E: Into<Error>> IntoResponse for Result<T, E> {
    fn into_response(self) -> Result<Response, Error> {
        self.map_err(Into::into)?.into_response()
    }
}
