//! Who answers what.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use goatkit_manager::Manager;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::request::Identify;
use crate::templates::{TemplateSettings, Templates};
use crate::{api, assets, hosts, pages};

/// What a page may do in a browser: load from this host, and run no script. Nothing that
/// a plugin writes into a page can change that.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'none'; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

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
    /// Who a page is shown to; nobody is signed in where nothing says so.
    pub identify: Option<Identify>,
}

impl WebSettings {
    /// The defaults, around templates.
    pub fn new(templates: TemplateSettings) -> Self {
        Self {
            templates,
            page: Duration::from_secs(10),
            locale: "en".to_owned(),
            hosts: None,
            identify: None,
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
    pub(crate) identify: Option<Identify>,
}

/// The routes of a host: `/api/v1/plugins`, the packages' static files, and pages for
/// everything else.
///
/// # Errors
/// If the folder of templates cannot be opened.
pub fn router(manager: Arc<Manager>, settings: WebSettings) -> std::io::Result<Router> {
    let templates = Templates::new(settings.templates, Arc::clone(&manager) as Arc<_>)?;
    let locale = settings.locale.into();
    let web = Web {
        manager,
        templates,
        page: settings.page,
        locale,
        identify: settings.identify,
    };
    let mut router = Router::new()
        .route("/api/v1/plugins", get(api::list))
        .route("/api/v1/plugins/{name}", get(api::one))
        .route(
            "/plugins/{name}/{digest}/static/{*path}",
            get(assets::serve),
        )
        .route("/api/", any(api::nothing))
        .route("/api/{*path}", any(api::nothing))
        .fallback(get(pages::show));
    if let Some(hosts) = settings.hosts {
        router = router.layer(from_fn_with_state(hosts.into(), hosts::check));
    }
    let router = router
        .layer(default_header(CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .layer(default_header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(default_header(REFERRER_POLICY, "same-origin"))
        .layer(CatchPanicLayer::new())
        // Whoever fails says why, and of which page: more than this layer knows.
        .layer(TraceLayer::new_for_http().on_failure(()))
        .with_state(web);
    Ok(router)
}

/// A header for every answer that does not set it itself.
fn default_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
