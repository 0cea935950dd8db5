//! Users and roles. A password goes in and never comes out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use goatkit_manager::Manager;
use goatkit_package::nearest;
use goatkit_people::{NewUser, Password, Role, User, UserChange};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Answer, Sent, answer};
use super::state::People;

/// Users of one answer at most. Whoever wants more asks for those behind the last one.
const MOST: u32 = 1000;

/// Which users.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    after: Option<String>,
    limit: Option<u32>,
}

/// `GET /v1/users`
pub(super) async fn users(
    People(people): People,
    Query(Which { after, limit }): Query<Which>,
) -> Answer<Vec<User>> {
    let most = limit.unwrap_or(MOST).min(MOST);
    answer(people.users(after.as_deref(), most).await)
}

/// `POST /v1/users`
pub(super) async fn add_user(People(people): People, Sent(new): Sent<NewUser>) -> Answer<User> {
    answer(people.add_user(new).await)
}

/// `GET /v1/users/{login}`
pub(super) async fn user(People(people): People, Path(login): Path<String>) -> Answer<User> {
    answer(people.user(&login).await)
}

/// `PUT /v1/users/{login}`
pub(super) async fn change_user(
    People(people): People,
    Path(login): Path<String>,
    Sent(change): Sent<UserChange>,
) -> Answer<User> {
    answer(people.change_user(&login, change).await)
}

/// `DELETE /v1/users/{login}`
pub(super) async fn remove_user(
    People(people): People,
    Path(login): Path<String>,
) -> Answer<Value> {
    answer(people.remove_user(&login).await.map(done))
}

/// A new password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    password: Password,
}

/// `POST /v1/users/{login}/password`
pub(super) async fn set_password(
    People(people): People,
    Path(login): Path<String>,
    Sent(NewPassword { password }): Sent<NewPassword>,
) -> Answer<Value> {
    answer(people.set_password(&login, password).await.map(done))
}

/// `GET /v1/roles`
pub(super) async fn roles(People(people): People) -> Answer<Vec<Role>> {
    answer(people.roles().await)
}

/// A new role.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRole {
    name: String,
}

/// `POST /v1/roles`
pub(super) async fn add_role(
    People(people): People,
    Sent(NewRole { name }): Sent<NewRole>,
) -> Answer<Role> {
    answer(people.add_role(&name).await)
}

/// `DELETE /v1/roles/{name}`
pub(super) async fn remove_role(People(people): People, Path(name): Path<String>) -> Answer<Value> {
    answer(people.remove_role(&name).await.map(done))
}

/// A role that was changed.
#[derive(Serialize)]
pub(super) struct Changed {
    role: Role,
    /// What whoever changed it may not have meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// `PUT /v1/roles/{name}/permissions/{permission}`
pub(super) async fn grant(
    People(people): People,
    State(manager): State<Arc<Manager>>,
    Path((name, permission)): Path<(String, String)>,
) -> Answer<Changed> {
    let role = people.grant(&name, &permission).await?;
    let note = note(&manager, &permission);
    Ok(Json(Changed { role, note }))
}

/// `DELETE /v1/roles/{name}/permissions/{permission}`
pub(super) async fn revoke(
    People(people): People,
    Path((name, permission)): Path<(String, String)>,
) -> Answer<Changed> {
    let role = people.revoke(&name, &permission).await?;
    Ok(Json(Changed { role, note: None }))
}

/// That no plugin defines a permission. It may be one of the application's, or of a plugin that
/// comes later, so it is granted all the same.
fn note(manager: &Manager, permission: &str) -> Option<String> {
    let snapshot = manager.snapshot();
    let plugins: Vec<_> = snapshot
        .plugins
        .values()
        .filter_map(|it| it.active())
        .collect();
    let known = plugins.iter().flat_map(|it| &it.registration.permissions);
    let known: Vec<&str> = known.map(String::as_str).collect();
    if known.contains(&permission) {
        return None;
    }
    let meant = nearest(permission, known);
    let meant = meant.map(|near| format!("; did you mean `{near}`?"));
    Some(format!(
        "no plugin that has registered defines `{permission}`, so it counts only where the \
         application asks for it{}",
        meant.unwrap_or_default()
    ))
}

fn done((): ()) -> Value {
    json!({ "result": "ok" })
}
