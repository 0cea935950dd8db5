//! What a plugin registers. Its JSON is what `gk plugin inspect --json`, the API and the
//! registration cache hold, field for field.

use serde::{Deserialize, Serialize};

/// What `gk-register` answered. Not to be trusted before the manager has checked it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// As in the manifest.
    pub name: String,
    /// As in the manifest.
    pub version: String,
    /// `wasm` or `grpc`.
    pub runtime: String,
    /// Functions for templates, other plugins and the command line.
    pub functions: Vec<Function>,
    /// `before_render`, `after_save`, …
    pub hooks: Vec<String>,
    /// Entries of the application's menu.
    pub menu_items: Vec<MenuItem>,
    /// Templates that are shown under a path.
    pub pages: Vec<Page>,
    /// Paths that the plugin answers itself.
    pub routes: Vec<Route>,
    /// HTML for named places of the application.
    pub widgets: Vec<Widget>,
    /// Work at given times.
    pub jobs: Vec<Job>,
    /// Permissions that the plugin defines.
    pub permissions: Vec<String>,
    /// The function that says whether a browser may listen to a channel of the plugin's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_authorizer: Option<String>,
    /// Who may reach what the export `wasi:http/incoming-handler` answers; whoever is signed in
    /// where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<Access>,
    /// What the plugin asked for beyond this: refused when checked, never kept.
    #[serde(skip)]
    pub extra: Vec<Extra>,
}

/// A key in an `extra` list of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// The record, e.g. "function `f`".
    pub place: String,
    /// The key.
    pub key: String,
    /// Its JSON value.
    pub value: String,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// `[a-z][a-z0-9_]*`
    pub name: String,
    /// In the order in which they are passed.
    pub args: Vec<Argument>,
    /// One of the argument types, or `html`.
    pub returns: String,
    /// For people.
    pub description: String,
    /// Whether other plugins may call it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub expose: bool,
}

/// An argument of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name, by which templates may pass it.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean`, `array`, `object` or `json`; with a `?`
    /// behind it the argument may be left out.
    #[serde(rename = "type")]
    pub type_name: String,
}

/// A menu entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuItem {
    /// Text, or a key of the package's translations.
    pub label: String,
    /// Where it leads.
    pub path: String,
    /// The name of an icon.
    pub icon: String,
    /// Unique within the plugin; its path where this is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Which menu of the application it stands in.
    #[serde(default = "main_menu")]
    pub location: String,
    /// Lower ones first.
    #[serde(default)]
    pub order: i32,
    /// Who may see it, where what it leads to does not say.
    #[serde(flatten)]
    pub access: Access,
    /// The item of this plugin that it stands below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

impl MenuItem {
    /// What other items call it.
    pub fn id(&self) -> &str {
        match self.id.as_str() {
            "" => &self.path,
            id => id,
        }
    }
}

/// The menu where a registration names none.
pub const MAIN_MENU: &str = "main";

fn main_menu() -> String {
    MAIN_MENU.to_owned()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes it so
fn is_false(it: &bool) -> bool {
    !it
}

/// Who may see or call something. Two fields of the JSON: `public` and `permission`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "AccessFields", from = "AccessFields")]
pub enum Access {
    /// Everyone.
    #[default]
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever has this permission.
    Permission(String),
}

#[derive(Serialize, Deserialize)]
struct AccessFields {
    public: bool,
    permission: Option<String>,
}

impl From<Access> for AccessFields {
    fn from(access: Access) -> Self {
        match access {
            Access::Public => Self {
                public: true,
                permission: None,
            },
            Access::SignedIn => Self {
                public: false,
                permission: None,
            },
            Access::Permission(name) => Self {
                public: false,
                permission: Some(name),
            },
        }
    }
}

impl From<AccessFields> for Access {
    fn from(fields: AccessFields) -> Self {
        match fields {
            AccessFields {
                permission: Some(name),
                ..
            } => Self::Permission(name),
            AccessFields { public: true, .. } => Self::Public,
            AccessFields { .. } => Self::SignedIn,
        }
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Where it is shown.
    pub path: String,
    /// A file below the package's `templates/`.
    pub template: String,
    /// Text, or a key of the package's translations.
    pub title: String,
    /// Who may see it.
    #[serde(flatten)]
    pub access: Access,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// `GET`, `POST`, …
    pub method: String,
    /// With `{name}` for a segment and `{*name}` for the rest.
    pub path: String,
    /// Who may call it.
    #[serde(flatten)]
    pub access: Access,
    /// Called by servers and not by browsers.
    #[serde(default, skip_serializing_if = "is_false")]
    pub webhook: bool,
}

/// A widget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widget {
    /// Unique within the plugin.
    pub id: String,
    /// Text, or a key of the package's translations.
    pub title: String,
    /// The place of the application that it is for.
    pub place: String,
    /// The function whose HTML it shows.
    pub function: String,
    /// Who may see it.
    #[serde(flatten)]
    pub access: Access,
    /// Lower ones first.
    #[serde(default)]
    pub order: i32,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Unique within the plugin.
    pub name: String,
    /// Five fields: minute, hour, day of month, month, day of week. Empty for one that is never
    /// due by itself: a callback for what the plugin schedules.
    pub cron: String,
    /// An IANA name.
    pub time_zone: String,
    /// A JSON text.
    pub args: String,
    /// How often a run that fails is tried again; the key `retries` of `extra` asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
}
