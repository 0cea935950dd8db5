//! What the administrator's routes work with. Each handler takes the part that it needs.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use goatkit_manager::Manager;
use goatkit_people::{Accounts, Tokens};

use super::answer::{Refusal, elsewhere};

/// What the administrator's routes work with.
#[derive(Clone)]
pub struct AdminState {
    /// The plugins.
    pub manager: Arc<Manager>,
    /// The built-in people; none where the application brings its own.
    pub accounts: Option<Accounts>,
    /// The tokens of programs.
    pub tokens: Tokens,
}

impl FromRef<AdminState> for Arc<Manager> {
    fn from_ref(state: &AdminState) -> Self {
        Arc::clone(&state.manager)
    }
}

impl FromRef<AdminState> for Tokens {
    fn from_ref(state: &AdminState) -> Self {
        state.tokens.clone()
    }
}

/// The built-in people, for handlers that are of no use without them.
pub(super) struct People(pub(super) Accounts);

impl FromRequestParts<AdminState> for People {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, state: &AdminState) -> Result<Self, Refusal> {
        state.accounts.clone().map(Self).ok_or_else(elsewhere)
    }
}
