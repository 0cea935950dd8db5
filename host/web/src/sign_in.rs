//! Signing in and out, where the people are the host's own. The form is the application's
//! `_sign_in.html` if it has one (it gets what every template gets, and `next`, `login` and
//! `error`), else the smallest that works.
//!
//! Not here: passwords, sessions and how failures are held back (`goatkit-people`).

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use goatkit_capability::EntryKind;
use goatkit_people::{COOKIE, SignInError, session_of};
use minijinja::HtmlEscape;
use serde_json::Value;

use crate::denied::SIGN_IN;
use crate::frame;
use crate::guard::{is_foreign, local_path};
use crate::pages::{self, Query};
use crate::router::Web;
use crate::routes::{collected, forged};
use crate::visit::Visit;

/// Where one signs out.
pub(crate) const SIGN_OUT: &str = "/sign-out";

/// The application's template of the form.
const FORM: &str = "_sign_in.html";

/// Bytes of the form when it is sent.
pub(crate) const MAX_FORM_BYTES: usize = 16 << 10;

/// What the form shows.
#[derive(Default)]
struct Shown<'a> {
    next: &'a str,
    login: &'a str,
    error: Option<&'a str>,
}

/// `GET /sign-in?next=…`
pub(crate) async fn form(State(web): State<Web>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let query = pages::query(&request);
    let shown = Shown {
        next: &next(&query),
        ..Shown::default()
    };
    show(&web, &request, StatusCode::OK, &shown).await
}

/// `POST /sign-in`
pub(crate) async fn enter(State(web): State<Web>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    // Else a site could sign somebody in as somebody else.
    if is_foreign(&request.uri, &request.headers) {
        return forged(&request, "it comes from another site");
    }
    let body = match collected(&request, body, MAX_FORM_BYTES).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let form: Query = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let Some(accounts) = web.accounts() else {
        return frame::not_found(SIGN_IN);
    };
    let (login, next) = (field("login"), next(&form));
    let signed_in = accounts.sign_in(login, field("password"), address(&request));
    let error = match signed_in.await {
        Ok(token) => {
            let cookie = cookie(&web, token.as_str(), "");
            return ([(SET_COOKIE, cookie)], Redirect::to(&next)).into_response();
        }
        Err(error) => error,
    };
    let text = error.to_string();
    let shown = Shown {
        next: &next,
        login,
        error: Some(&text),
    };
    let mut answer = show(&web, &request, status(&error), &shown).await;
    if let SignInError::TooMany { retry_after } = error {
        let seconds = HeaderValue::from(retry_after.as_secs().max(1));
        answer.headers_mut().insert(RETRY_AFTER, seconds);
    }
    answer
}

/// `POST /sign-out`. A form of this application may ask it without a token: the worst that can
/// come of it is that somebody has to sign in again.
pub(crate) async fn leave(State(web): State<Web>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    if is_foreign(&request.uri, &request.headers) {
        return forged(&request, "it comes from another site");
    }
    if let (Some(accounts), Some(token)) = (web.accounts(), session_of(&request.headers))
        && let Err(error) = accounts.sign_out(token).await
    {
        let text = error.to_string();
        tracing::error!("somebody cannot sign out: {text}");
        return frame::error(StatusCode::INTERNAL_SERVER_ERROR, "Still signed in", &text);
    }
    let cookie = cookie(&web, "", "; Max-Age=0");
    ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

async fn show(web: &Web, request: &Parts, status: StatusCode, shown: &Shown<'_>) -> Response {
    let visit = Visit::of(web, request).await;
    let mut answer = match web.templates.has(FORM) {
        true => {
            let session = visit.session(web, EntryKind::Page, SIGN_IN, web.page);
            let mut context = frame::context(web, &visit, SIGN_IN);
            context.extend([
                ("next".to_owned(), shown.next.into()),
                ("login".to_owned(), shown.login.into()),
                ("error".to_owned(), shown.error.into()),
            ]);
            let templates = web.templates.around(&visit.surroundings);
            let rendered = templates
                .render_application(&session, FORM, Value::Object(context))
                .await;
            pages::page(&visit, SIGN_IN, rendered)
        }
        false => pages::page(&visit, SIGN_IN, Ok(smallest(&visit.locale, shown))),
    };
    if answer.status() == StatusCode::OK {
        *answer.status_mut() = status;
    }
    let never = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(CACHE_CONTROL, never);
    answer
}

fn smallest(locale: &str, shown: &Shown<'_>) -> String {
    let error = shown.error.map_or_else(String::new, |error| {
        format!("<p role=\"alert\">{}</p>\n", HtmlEscape(error))
    });
    let body = format!(
        "<h1>Sign in</h1>\n{error}<form method=\"post\" action=\"{SIGN_IN}\">\n\
         <input type=\"hidden\" name=\"next\" value=\"{}\">\n\
         <p><label>Login <input name=\"login\" value=\"{}\" autocomplete=\"username\" required \
         autofocus></label></p>\n\
         <p><label>Password <input type=\"password\" name=\"password\" \
         autocomplete=\"current-password\" required></label></p>\n\
         <p><button>Sign in</button></p>\n</form>",
        HtmlEscape(shown.next),
        HtmlEscape(shown.login)
    );
    frame::document(locale, "Sign in", &body)
}

/// Where he goes next: within this application, whoever wrote it there.
fn next(fields: &Query) -> String {
    let wanted = fields.get("next").and_then(|it| local_path(it));
    wanted.unwrap_or_else(|| "/".to_owned())
}

pub(crate) fn status(error: &SignInError) -> StatusCode {
    match error {
        SignInError::Wrong => StatusCode::UNAUTHORIZED,
        SignInError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        SignInError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        SignInError::People(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The cookie that names a session. No script reads it, and no other site's form brings it along.
fn cookie(web: &Web, token: &str, more: &str) -> String {
    let secure = if web.secure { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{more}")
}

/// Where a request comes from. A proxy on this machine is nobody's address: all would share it.
pub(crate) fn address(request: &Parts) -> Option<std::net::IpAddr> {
    let ConnectInfo(peer) = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip()).filter(|it| !it.is_loopback())
}
