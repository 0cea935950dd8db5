//! Who answers what.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use goatkit_capability::Actor;
use goatkit_capability::grants::{Rule, covers_path};
use goatkit_manager::{AccessDenied, Active, Manager, permits};
use goatkit_package::PluginName;
use goatkit_people::{Accounts, Directory};
use goatkit_runtime::Access;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::guard::{Csrf, page_policy};
use crate::pages::PAGE_CACHE;
use crate::show::Pages;
use crate::templates::{TemplateSettings, Templates};
use crate::{api, assets, counting, denied, dispatch, events, hosts, sign_in};

/// What a host decides about its pages.
#[derive(Clone)]
pub struct WebSettings {
    /// Where the application's templates are.
    pub templates: TemplateSettings,
    /// Time for one page with all that it calls.
    pub page: Duration,
    /// The locale of a request that names none.
    pub locale: String,
    /// The names by which requests may call this host, besides `localhost` and loopback
    /// addresses: without ports, whatever the letters' case. All others are refused, so that
    /// no site reaches a host on the reader's machine by a name of its own. Nothing if the
    /// embedder, or a proxy before it, checks names itself.
    pub hosts: Option<Vec<String>>,
    /// Who makes a request; nobody is ever signed in where nothing says so.
    pub people: Option<Arc<dyn Directory>>,
    /// Who may see the application's own templates, by their paths or patterns such as
    /// `/agent/*`: of those that fit, the longest counts. Everybody where none does.
    pub access: Vec<(String, Access)>,
    /// Whether browsers reach this host by `https` only, so that its cookies are sent over
    /// nothing else.
    pub secure: bool,
}

impl WebSettings {
    /// The defaults, around templates.
    pub fn new(templates: TemplateSettings) -> Self {
        Self {
            templates,
            page: Duration::from_secs(10),
            locale: "en".to_owned(),
            hosts: None,
            people: None,
            access: Vec::new(),
            secure: false,
        }
    }
}

/// What every handler works with.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) manager: Arc<Manager>,
    pub(crate) templates: Templates,
    pub(crate) page: Duration,
    pub(crate) locale: Arc<str>,
    pub(crate) people: Option<Arc<dyn Directory>>,
    pub(crate) csrf: Csrf,
    pub(crate) secure: bool,
    access: Arc<[(String, Access)]>,
}

impl Web {
    /// The built-in people, where signing in is this host's business.
    pub(crate) fn accounts(&self) -> Option<&Accounts> {
        self.people.as_ref()?.accounts()
    }

    /// Whether somebody may see a template of the application's.
    pub(crate) fn access(&self, path: &str, actor: Option<&Actor>) -> Result<(), AccessDenied> {
        let fitting = self.access.iter();
        let fitting = fitting.filter(|(pattern, _)| covers_path(pattern, path));
        match fitting.max_by_key(|(pattern, _)| pattern.len()) {
            Some((_, access)) => permits(access, actor),
            None => Ok(()),
        }
    }

    /// Whether a plugin's templates may carry script, by now.
    pub(crate) fn may_script(&self, plugin: &Active) -> bool {
        let name = PluginName::parse(&plugin.registration.name);
        let unit = name
            .ok()
            .and_then(|it| self.manager.snapshot().plugins.get(&it).cloned());
        let granted = Rule::new("reach.script", "use");
        unit.is_some_and(|it| it.powers().contains(&granted))
    }
}

/// The routes of a host, and its pages for an application that answers requests of its own:
/// `/api/v1/plugins`, the packages' static files, signing in where that is the host's business,
/// and pages and routes of plugins for everything else.
///
/// # Errors
/// If the folder of templates cannot be opened, or the system has no random bytes.
pub fn router(manager: Arc<Manager>, settings: WebSettings) -> std::io::Result<(Router, Pages)> {
    let templates = Templates::new(settings.templates, Arc::clone(&manager) as Arc<_>)?;
    let locale = settings.locale.into();
    let web = Web {
        manager,
        templates,
        page: settings.page,
        locale,
        people: settings.people,
        csrf: Csrf::new()?,
        secure: settings.secure,
        access: settings.access.into_iter().map(of_page).collect(),
    };
    let mut router = Router::new()
        .route("/api/v1/plugins", get(api::list))
        .route("/api/v1/plugins/{name}", get(api::one))
        .route(
            "/plugins/{name}/{digest}/static/{*path}",
            get(assets::serve),
        )
        .route("/plugins/{name}/events/{channel}", get(events::listen))
        .route("/api/", any(api::nothing))
        .route("/api/{*path}", any(api::nothing));
    if web.accounts().is_some() {
        router = router
            .route(denied::SIGN_IN, get(sign_in::form).post(sign_in::enter))
            .route(sign_in::SIGN_OUT, post(sign_in::leave));
    }
    let mut router = router
        .fallback(dispatch::dispatch)
        .layer(CatchPanicLayer::new())
        .layer(from_fn(dispatch::no_worker));
    if let Some(hosts) = settings.hosts {
        router = router.layer(from_fn_with_state(hosts.into(), hosts::check));
    }
    let policy = HeaderValue::try_from(page_policy(None)).map_err(std::io::Error::other)?;
    let router = router
        .layer(default_header(CONTENT_SECURITY_POLICY, policy))
        .layer(default_header(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        // A page that it opens, or that opened it, keeps no hold on it unless it is this host's.
        .layer(default_header(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ))
        .layer(default_header(
            REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ))
        // What went wrong for one reader is for nobody else either.
        .layer(default_header(
            CACHE_CONTROL,
            HeaderValue::from_static(PAGE_CACHE),
        ))
        .layer(from_fn(counting::in_the_application))
        // Whoever fails says why, and of which page: more than this layer knows.
        .layer(TraceLayer::new_for_http().on_failure(()))
        .with_state(web.clone());
    Ok((router, Pages::new(web)))
}

/// A pattern as the paths of pages are written: `/agent/` means the page `/agent`.
fn of_page((pattern, access): (String, Access)) -> (String, Access) {
    match pattern.trim_end_matches('/') {
        "" => (pattern, access),
        pattern => (pattern.to_owned(), access),
    }
}

/// A header for every answer that does not set it itself.
fn default_header(name: HeaderName, value: HeaderValue) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, value)
}
