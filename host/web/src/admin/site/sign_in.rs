//! Signing in to the site and out of it. Whoever is signed in to the application is not signed in
//! here, and the other way round.

use axum::extract::{Request, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use goatkit_people::{ADMINISTER, Accounts, Place, SignInError, session_at};

use super::form::{closed, field, sent};
use super::gate::Closed;
use super::html::Page;
use super::{COOKIE, Site};
use crate::guard::is_foreign;
use crate::routes::collected;
use crate::sign_in::{MAX_FORM_BYTES, address, status};

/// `GET /sign-in`
pub(super) async fn form(State(site): State<Site>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    match site.gate.administrator(&request) {
        Ok(_) => Redirect::to("/").into_response(),
        Err(_) => page(StatusCode::OK, "", None),
    }
}

/// `POST /sign-in`
pub(super) async fn enter(State(site): State<Site>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    // Else a site could sign somebody in as somebody else.
    if is_foreign(&request.uri, &request.headers) {
        return closed(Closed::Foreign);
    }
    let body = match collected(&request, body, MAX_FORM_BYTES).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let Some(accounts) = &site.admin.accounts else {
        let text = "this application keeps its people by itself, and nobody signs in here: use a \
                    token";
        return page(StatusCode::NOT_FOUND, "", Some(text));
    };
    let (login, password) = (field(&body, "login"), field(&body, "password"));
    let place = Place::Administration;
    let signed_in = accounts.sign_in_at(place, &login, &password, address(&request));
    let token = match signed_in.await {
        Ok(token) => token,
        Err(error) => {
            let mut answer = page(status(&error), &login, Some(&error.to_string()));
            if let SignInError::TooMany { retry_after } = error {
                let seconds = HeaderValue::from(retry_after.as_secs().max(1));
                answer.headers_mut().insert(RETRY_AFTER, seconds);
            }
            return answer;
        }
    };
    let visitor = accounts.visitor_at(place, token.as_str());
    if !visitor.is_some_and(|it| it.actor.permissions.contains(ADMINISTER)) {
        end(accounts, token.as_str()).await;
        let closed = Closed::NotAdministrator;
        return page(closed.status(), &login, Some(&closed.text()));
    }
    // What this browser had before opens nothing any more.
    if let Some(before) = session_at(place, &request.headers) {
        end(accounts, before).await;
    }
    let cookie = cookie(&site, token.as_str(), "");
    ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// `POST /sign-out`
pub(super) async fn leave(State(site): State<Site>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    if let Err(refused) = sent(&site, &request, body).await {
        return refused;
    }
    let session = session_at(Place::Administration, &request.headers);
    if let (Some(accounts), Some(session)) = (&site.admin.accounts, session)
        && !end(accounts, session).await
    {
        let text = "you are still signed in: the session cannot be ended, and the log says why";
        return page(StatusCode::INTERNAL_SERVER_ERROR, "", Some(text));
    }
    let cookie = cookie(&site, "", "; Max-Age=0");
    ([(SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response()
}

/// Whether it was ended.
async fn end(accounts: &Accounts, session: &str) -> bool {
    let ended = accounts.sign_out(session).await;
    if let Err(error) = &ended {
        tracing::error!("a session of an administrator cannot be ended: {error}");
    }
    ended.is_ok()
}

/// Whether somebody goes to a page in a window of its own, rather than a page fetching it.
pub(super) fn is_navigation(request: &Parts) -> bool {
    let is = |name: &str, value: &str| {
        let mut all = request.headers.get_all(name).iter();
        all.all(|it| it == value) && request.headers.contains_key(name)
    };
    is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document")
}

/// The page with the form.
pub(super) fn page(status: StatusCode, login: &str, error: Option<&str>) -> Response {
    let mut page = Page::new("Sign in");
    page.markup("<h1>Sign in to administer</h1>\n");
    if let Some(error) = error {
        page.element("<p role=\"alert\">", error, "</p>\n");
    }
    page.markup("<form method=\"post\" action=\"/sign-in\">\n<p><label>Login ");
    page.element(
        "<input name=\"login\" value=\"",
        login,
        "\" autocomplete=\"username\" required autofocus></label></p>\n",
    );
    page.markup(
        "<p><label>Password <input type=\"password\" name=\"password\" \
         autocomplete=\"current-password\" required></label></p>\n\
         <p><button>Sign in</button></p>\n</form>\n\
         <p>Signed in here already? <a href=\"/\">Go on</a>.</p>\n\
         <p>The first administrator is made on this machine: <code>gk user add LOGIN --role \
         administrator --data DIR</code>.</p>\n",
    );
    (status, page.end()).into_response()
}

/// No script reads the cookie, and nothing that another site does brings it along.
fn cookie(site: &Site, token: &str, more: &str) -> String {
    let secure = if site.secure { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{more}")
}
