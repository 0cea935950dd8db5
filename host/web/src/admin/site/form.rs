//! A form that a page of this site sends: who sends it, and that it is the page's own.

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use goatkit_people::Visitor;

use super::Site;
use super::gate::Closed;
use crate::admin::answer::refusal;
use crate::guard::{Audience, CSRF_FIELD};
use crate::routes::collected;
use crate::sign_in::MAX_FORM_BYTES;

/// The form of an administrator who is signed in here, sent by a page that he was shown.
pub(super) async fn sent(
    site: &Site,
    request: &Parts,
    body: Body,
) -> Result<(Visitor, Bytes), Response> {
    let visitor = match site.gate.administrator(request) {
        Ok(visitor) => visitor,
        Err(Closed::Nobody) => return Err(Redirect::to("/sign-in").into_response()),
        Err(why) => return Err(closed(why)),
    };
    let body = collected(request, body, MAX_FORM_BYTES).await?;
    let token = field(&body, CSRF_FIELD);
    match site
        .gate
        .forms(&visitor)
        .fits(Audience::Application, &token)
    {
        true => Ok((visitor, body)),
        false => Err(closed(Closed::Forged)),
    }
}

pub(super) fn closed(why: Closed) -> Response {
    refusal(why.status(), why.text()).into_response()
}

/// A field of a form; empty if it is not there.
pub(super) fn field(body: &[u8], name: &str) -> String {
    let mut fields = form_urlencoded::parse(body);
    let found = fields.find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
