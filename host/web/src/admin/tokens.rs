//! Tokens of programs. What is shown for one is told once, when it is made.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use goatkit_people::{NewToken, Scope, Token, Tokens};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Answer, Sent, answer};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `GET /v1/tokens`
pub(super) async fn list(State(tokens): State<Tokens>) -> Json<Vec<Token>> {
    Json(tokens.list())
}

/// A token that is to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    name: String,
    scopes: BTreeSet<Scope>,
    /// How long it lasts; until it is revoked where nothing is said.
    days: Option<u32>,
}

/// A token that was made.
#[derive(Serialize)]
pub(super) struct Created {
    token: Token,
    secret: String,
}

/// `POST /v1/tokens`
pub(super) async fn create(
    State(tokens): State<Tokens>,
    Sent(Create { name, scopes, days }): Sent<Create>,
) -> Answer<Created> {
    let lasts = days.map(|days| DAY.saturating_mul(days));
    let new = NewToken {
        name,
        scopes,
        lasts,
    };
    let (token, secret) = tokens.create(new).await?;
    let secret = secret.as_str().to_owned();
    Ok(Json(Created { token, secret }))
}

/// `DELETE /v1/tokens/{id}`
pub(super) async fn revoke(State(tokens): State<Tokens>, Path(id): Path<i64>) -> Answer<Value> {
    let revoked = tokens.revoke(id).await;
    answer(revoked.map(|()| json!({ "result": "ok" })))
}
