//! A request to a plugin's route and its answer, as the contract's export `routes` has them.

/// A request. Who makes it is the session's to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteRequest {
    /// In upper case.
    pub method: String,
    /// Without the query, decoded.
    pub path: String,
    /// The path as it is registered.
    pub route: String,
    /// The parameters of the path, decoded.
    pub params: Vec<(String, String)>,
    /// The query in its order, decoded.
    pub query: Vec<(String, String)>,
    /// Names in lower case, values as they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Whole.
    pub body: Vec<u8>,
}

/// An answer, as the plugin gave it: not to be trusted, but within [`Limits::output`](crate::Limits).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteAnswer {
    /// The status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Content,
}

/// What a route answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// As they are.
    Bytes(Vec<u8>),
    /// Plain text.
    Text(String),
    /// A JSON text, checked to be JSON.
    Json(String),
    /// A template of the package in the application's frame.
    Page(View),
    /// A file below `static/`.
    Asset(String),
    /// A path of this application.
    Redirect(String),
}

/// A template of the package with what it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// A file below `templates/`.
    pub template: String,
    /// Text, or a key of the package's translations.
    pub title: String,
    /// A JSON text, checked to be JSON.
    pub data: String,
}
