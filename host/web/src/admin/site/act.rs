//! What an administrator does with a plugin by a button of the overview. What can be undone is done
//! at once; taking a plugin out of the host is not done here.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use goatkit_manager::Manager;
use goatkit_package::PluginName;

use super::form::{field, sent};
use super::{Site, overview};

/// The field that says which button it was.
pub(super) const DO: &str = "do";

/// A button: its word in the form, and what stands on it.
pub(super) struct Button {
    pub(super) word: &'static str,
    pub(super) label: &'static str,
}

pub(super) const ENABLE: Button = Button {
    word: "enable",
    label: "Enable",
};
pub(super) const DISABLE: Button = Button {
    word: "disable",
    label: "Disable",
};
pub(super) const UNLOAD: Button = Button {
    word: "unload",
    label: "Unload",
};
pub(super) const RELOAD: Button = Button {
    word: "reload",
    label: "Reload",
};
pub(super) const RETRY: Button = Button {
    word: "retry",
    label: "Try again",
};

/// `POST /plugins/{name}`
pub(super) async fn act(
    State(site): State<Site>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (request, body) = request.into_parts();
    let (visitor, body) = match sent(&site, &request, body).await {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let what = field(&body, DO);
    let done = match PluginName::parse(&name) {
        Ok(plugin) => done(&site.admin.manager, &plugin, &what).await,
        Err(error) => Err(format!("`{name}` is no plugin name: {error}")),
    };
    let path = request.uri.path();
    let done_so = done.is_ok();
    tracing::info!(path, what, done_so, "`{}` administers", visitor.actor.login);
    match done {
        Ok(()) => Redirect::to("/").into_response(),
        Err(text) => {
            let page = overview::page(&site, &visitor, Some(&text)).await;
            (StatusCode::CONFLICT, page).into_response()
        }
    }
}

/// Does it, or says why not.
async fn done(manager: &Arc<Manager>, plugin: &PluginName, what: &str) -> Result<(), String> {
    let told = |error: &dyn std::error::Error| error.to_string();
    if what == ENABLE.word || what == DISABLE.word {
        let done = manager.set_enabled(plugin, what == ENABLE.word).await;
        return done.map(drop).map_err(|error| told(&error));
    }
    if what == UNLOAD.word {
        let done = manager.unload(plugin).await;
        return done.map(drop).map_err(|error| told(&error));
    }
    if what == RELOAD.word {
        let done = manager.reload(plugin).await;
        return done.map(drop).map_err(|error| told(&error));
    }
    if what == RETRY.word {
        return manager.release(plugin).map_err(|error| told(&error));
    }
    Err("no button says this".to_owned())
}
