//! What happens in the application, and in other plugins: what a function that
//! [`macro@crate::plugin`] finds marked `#[hook]` is told.
//!
//! - `before_render:page:…`: a page of the application is about to be shown. What the function
//!   answers, the page's template finds as `plugins.<name>`.
//! - `after_save:…`: the application has saved something.
//! - `on_event:…`: a plugin has published something ([`events`](crate::events)).
//!
//! Each has to be granted, by `reach.hooks` in `manifest.yaml`. A hook that fails is told in the
//! plugin's log, and what it hooked into goes on without it.
//!
//! ```
//! #[goatkit_plugin::plugin()]
//! mod desk {
//!     use goatkit_plugin::hooks::Hook;
//!     use goatkit_plugin::{Error, Value, json, log};
//!
//!     #[derive(serde::Deserialize)]
//!     struct Shown {
//!         title: String,
//!     }
//!
//!     #[hook("before_render:page:ticket.*")]
//!     fn more(hook: Hook) -> Result<Value, Error> {
//!         let shown: Shown = hook.data()?;
//!         Ok(json!({ "letters": shown.title.len() }))
//!     }
//!
//!     #[hook("after_save:ticket")]
//!     fn saved(hook: Hook) {
//!         log::info(format!("ticket {} was saved", hook.id));
//!     }
//! }
//! # fn main() {
//! # use goatkit_plugin::{json, testing::{Session, take_log}};
//! # let session = Session::default();
//! # let page = json!({ "data": { "title": "Fire" } });
//! # let answer = session.clone().hook::<desk::Plugin>("before_render", "page:ticket.zoom", page);
//! # assert_eq!(answer, Ok(Some(json!({ "letters": 4 }))));
//! # let saved = session.hook::<desk::Plugin>("after_save", "ticket", json!({ "id": 7 }));
//! # assert_eq!(saved, Ok(None));
//! # assert_eq!(take_log()[0].message, "ticket 7 was saved");
//! # }
//! ```

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::answer::{Answer, Output};
use crate::error::Error;

/// Something that the plugin is told of. What a hook does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// `before_render`, `after_save` or `on_event`.
    #[serde(skip)]
    pub name: String,
    /// What it is of: `page:ticket.zoom`, `ticket`, `stats.updates`.
    pub of: String,
    /// Of `after_save`: which one was saved.
    #[serde(deserialize_with = "text")]
    pub id: String,
    /// Of `before_render`: the page's path.
    pub path: String,
    /// Of `before_render`: the page's locale.
    pub locale: String,
    /// Of `on_event`: who published it.
    pub plugin: String,
    /// Of `on_event`: the channel, as its plugin names it.
    pub channel: String,
    /// Of `on_event`: what kind of event it is.
    pub kind: String,
    /// What is told of it; [`Hook::data`] reads it.
    pub data: Value,
}

impl Hook {
    pub(crate) fn read(name: String, payload: &str) -> Result<Self, Error> {
        let read = serde_json::from_str(payload);
        let hook: Self =
            read.map_err(|error| Error::invalid(format!("the hook `{name}`: {error}")))?;
        Ok(Self { name, ..hook })
    }

    /// What is told of it, read as `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let Self { name, of, .. } = self;
        let wrong = |error| Error::invalid(format!("the data of `{name}:{of}`: {error}"));
        T::deserialize(&self.data).map_err(wrong)
    }

    /// Whether a hook of the registration, `after_save:ticket` for one, is of this.
    pub fn is_for(&self, registered: &str) -> bool {
        let (name, pattern) = registered.split_once(':').unwrap_or((registered, "*"));
        let of = match pattern.strip_suffix('*') {
            Some(beginning) => self.of.starts_with(beginning),
            None => self.of == pattern,
        };
        of && self.name == name
    }

    /// What is answered when no function of the plugin is for it.
    pub fn unknown(&self) -> Error {
        Error::Unknown(format!("{}:{}", self.name, self.of))
    }
}

/// What a hook's function answered as it leaves the plugin: a JSON text, nothing for null.
pub fn answer(answered: impl Answer) -> Result<Option<String>, Error> {
    match answered.into_output()? {
        Output::Json(text) if text == "null" => Ok(None),
        Output::Json(text) => Ok(Some(text)),
        Output::Html(_) => Err(Error::failed(
            "a hook answers plain JSON: the page that gets it escapes it, and shows no markup",
        )),
    }
}

/// An identifier of the application's, which may be a number there.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    })
}
