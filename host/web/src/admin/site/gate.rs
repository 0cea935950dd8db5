//! Who may do what at the site: one decision, made for every route of the API before its handler
//! runs.
//!
//! A program shows a token, which has to be for what the route does. A browser brings the cookie
//! of somebody who signed in here and is an administrator now; since browsers bring cookies
//! whoever made them ask, nothing that comes from another origin is answered, and whatever
//! changes something needs the token of a page of this site besides.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use goatkit_people::{ADMINISTER, Accounts, Place, Scope, Tokens, Visitor, session_at};

use super::failures::{Failure, Failures};
use crate::admin::answer::refusal;
use crate::admin::follow::StillMay;
use crate::admin::state::AdminState;
use crate::guard::{Audience, CSRF_HEADER, Csrf, Forms, is_foreign};

/// Decides. Clones share what they know.
#[derive(Clone)]
pub(super) struct Gate {
    accounts: Option<Accounts>,
    tokens: Tokens,
    csrf: Csrf,
    failures: Arc<Mutex<Failures>>,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// Nothing was shown, or a cookie that opens nothing any more.
    Nobody,
    /// The token is none, or none any more.
    WrongToken,
    /// The token is not for this.
    Scope(Scope),
    /// Another origin made the request.
    Foreign,
    /// Whoever is signed in is no administrator.
    NotAdministrator,
    /// No page of this site made the request.
    Forged,
}

impl Gate {
    /// # Errors
    /// If the system has no random bytes.
    pub(super) fn new(state: &AdminState) -> io::Result<Self> {
        Ok(Self {
            accounts: state.accounts.clone(),
            tokens: state.tokens.clone(),
            csrf: Csrf::new()?,
            failures: Arc::default(),
        })
    }

    /// Who makes a request that needs a scope, in words for the log.
    pub(super) fn admit(&self, request: &Parts, scope: Scope) -> Result<String, Closed> {
        if request.headers.contains_key(AUTHORIZATION) {
            return self.program(&request.headers, scope);
        }
        let visitor = self.administrator(request)?;
        let needs_token = !matches!(request.method, Method::GET | Method::HEAD);
        let token = request.headers.get(CSRF_HEADER);
        let token = token.and_then(|it| it.to_str().ok()).unwrap_or_default();
        match needs_token && !self.forms(&visitor).fits(Audience::Application, token) {
            true => Err(Closed::Forged),
            false => Ok(format!("`{}`", visitor.actor.login)),
        }
    }

    fn program(&self, headers: &HeaderMap, scope: Scope) -> Result<String, Closed> {
        let token = presented(headers).and_then(|it| self.tokens.check(it));
        let token = token.ok_or(Closed::WrongToken)?;
        match token.scopes.contains(&scope) {
            true => Ok(format!("token {} `{}`", token.id, token.name)),
            false => Err(Closed::Scope(scope)),
        }
    }

    /// The administrator whose browser makes a request, for this origin.
    pub(super) fn administrator(&self, request: &Parts) -> Result<Visitor, Closed> {
        let token = session_at(Place::Administration, &request.headers).ok_or(Closed::Nobody)?;
        if is_foreign(&request.uri, &request.headers) {
            return Err(Closed::Foreign);
        }
        let accounts = self.accounts.as_ref().ok_or(Closed::Nobody)?;
        let visitor = accounts.visitor_at(Place::Administration, token);
        let visitor = visitor.ok_or(Closed::Nobody)?;
        match visitor.actor.permissions.contains(ADMINISTER) {
            true => Ok(visitor),
            false => Err(Closed::NotAdministrator),
        }
    }

    /// The tokens of the pages that somebody is shown.
    pub(super) fn forms(&self, visitor: &Visitor) -> Forms {
        self.csrf.forms(&visitor.session)
    }

    /// Says that somebody was not let in.
    fn refuse(&self, request: &Parts, closed: Closed) -> Response {
        let mut answer = refusal(closed.status(), closed.text()).into_response();
        if answer.status() == StatusCode::UNAUTHORIZED {
            let how = HeaderValue::from_static("Bearer realm=\"goatkit\"");
            answer.headers_mut().insert(WWW_AUTHENTICATE, how);
        }
        if closed != Closed::WrongToken {
            return answer;
        }
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match failures.one_more(Instant::now()) {
            Failure::Told => {
                // Without the token, which may be a right one with a letter missing.
                let path = request.uri.path();
                tracing::warn!(method = %request.method, path, "a token was shown that is none");
            }
            Failure::Quiet => {}
            Failure::TooMany { after } => {
                *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                let seconds = HeaderValue::from(after.as_secs().max(1));
                answer.headers_mut().insert(RETRY_AFTER, seconds);
            }
        }
        answer
    }
}

impl Closed {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Nobody | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::Scope(_) | Self::Foreign | Self::NotAdministrator | Self::Forged => {
                StatusCode::FORBIDDEN
            }
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Nobody => "show a token (`Authorization: Bearer …`), or sign in at /sign-in; \
                `gk token create` makes tokens"
                .to_owned(),
            Self::WrongToken => {
                "this is no token, or none any more: `gk token create` makes one".to_owned()
            }
            Self::Scope(scope) => format!(
                "the token is not for this: make one with `gk token create NAME --scope {}`",
                scope.as_str()
            ),
            Self::Foreign => "another site made this request".to_owned(),
            Self::NotAdministrator => "only those with the role `administrator` may do this: \
                `gk user role LOGIN --add administrator` gives it"
                .to_owned(),
            Self::Forged => format!(
                "no page of this site made this request: send the page's token in `{CSRF_HEADER}`"
            ),
        }
    }
}

/// The token that is shown, if there is one and no more.
fn presented(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (scheme, token) = first.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Lets a request through that needs a scope, or says why not.
pub(super) async fn pass(
    State((gate, scope)): State<(Gate, Scope)>,
    request: Request,
    next: Next,
) -> Response {
    let (request, body) = request.into_parts();
    let by = match gate.admit(&request, scope) {
        Ok(by) => by,
        Err(closed) => return gate.refuse(&request, closed),
    };
    let (method, path) = (request.method.clone(), request.uri.path().to_owned());
    let mut request = request;
    if method == Method::GET {
        let asked = looking(&request);
        let still = move || gate.admit(&asked, scope).is_ok();
        request.extensions.insert(StillMay(Arc::new(still)));
    }
    let answer = next.run(Request::from_parts(request, body)).await;
    if !matches!(method, Method::GET | Method::HEAD) {
        let status = answer.status().as_u16();
        tracing::info!(%method, path, status, "{by} administers");
    }
    answer
}

/// A request as far as it says who makes it, to be asked about again.
fn looking(request: &Parts) -> Parts {
    let (mut asked, ()) = Request::new(()).into_parts();
    asked.method = request.method.clone();
    asked.uri = request.uri.clone();
    asked.headers = request.headers.clone();
    asked
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_token_is_shown_in_one_way() {
        let check = |lines: &[&str], expect: Option<&str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(AUTHORIZATION, line.parse().unwrap());
            }
            assert_eq!(presented(&headers), expect, "{lines:?}");
        };
        check(&["Bearer abc"], Some("abc"));
        check(&["bearer  abc "], Some("abc"));
        check(&[], None);
        check(&["abc"], None);
        check(&["Basic abc"], None);
        check(&["Bearer"], None);
        check(&["Bearer abc", "Bearer abc"], None);
    }
}
