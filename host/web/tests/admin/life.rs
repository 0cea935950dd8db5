//! What becomes of plugins: by the buttons of the page, by the API, and what is followed.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use goatkit_capability::Scope as Of;
use goatkit_capability::log::{Level, Log, LogSink};
use goatkit_manager::State;
use goatkit_package::PluginName;
use goatkit_people::{ADMINISTRATOR, Place, Scope};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Answer, Bench, COOKIE, ask, csrf, plugin};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

const JSON: (&str, &str) = ("content-type", "application/json");

fn name() -> PluginName {
    PluginName::parse(plugin::NAME).unwrap()
}

/// Presses a button of the page.
async fn press(site: &Router, cookie: &str, token: &str, what: &str) -> Answer {
    let path = format!("/plugins/{}", plugin::NAME);
    let body = format!("_csrf={token}&do={what}");
    ask(site, "POST", &path, &[("cookie", cookie), FORM], &body).await
}

async fn page(site: &Router, cookie: &str) -> String {
    ask(site, "GET", "/", &[("cookie", cookie)], "").await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_presses_buttons_and_nobody_presses_them_for_him() {
    let bench = Bench::new().await;
    let manager = &bench.state.manager;
    let session = bench
        .signed_in(Place::Administration, "ada", &[ADMINISTRATOR])
        .await;
    let cookie = format!("{COOKIE}={session}");
    let site = bench.site();
    let shown = page(&site, &cookie).await;
    for button in ["Disable", "Reload", "Unload"] {
        assert!(
            shown.contains(&format!("\">{button}</button>")),
            "{button}: {shown}"
        );
    }
    assert!(!shown.contains("Enable"), "{shown}");

    // Without the page's token, or with another's, nothing is done.
    for token in ["", "0"] {
        let refused = press(&site, &cookie, token, "disable").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    let token = csrf(&site, &cookie).await;
    let from = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "cross-site"),
        FORM,
    ];
    let body = format!("_csrf={token}&do=disable");
    let refused = ask(&site, "POST", "/plugins/markup", &from, &body).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let nobody = ask(&site, "POST", "/plugins/markup", &[FORM], &body).await;
    assert_eq!(nobody.headers["location"], "/sign-in");
    assert!(manager.snapshot().plugins.contains_key(&name()));

    let done = press(&site, &cookie, &token, "disable").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(done.headers["location"], "/");
    assert!(manager.snapshot().disabled.contains_key(&name()));
    let shown = page(&site, &cookie).await;
    assert!(shown.contains("<td>disabled</td>"), "{shown}");
    assert!(
        shown.contains(">Enable</button>") && !shown.contains("Unload"),
        "{shown}"
    );

    // What cannot be done is said on the page.
    for (what, says) in [
        ("unload", "disabled by an administrator"),
        ("purge", "no button says this"),
    ] {
        let refused = press(&site, &cookie, &token, what).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.body.contains("role=\"alert\""), "{}", refused.body);
        assert!(refused.body.contains(says), "{}", refused.body);
    }
    for what in ["enable", "reload"] {
        press(&site, &cookie, &token, what).await;
    }
    let state = || manager.snapshot().plugins[&name()].state();
    assert_eq!(state(), State::Loaded);
    let done = press(&site, &cookie, &token, "unload").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(state(), State::Registered);
    let done = press(&site, &cookie, &token, "retry").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let (headers, body) = (
        [("cookie", cookie.as_str()), FORM],
        format!("_csrf={token}&do=disable"),
    );
    let unknown = ask(&site, "POST", "/plugins/x_y", &headers, &body);
    assert_eq!(unknown.await.status, StatusCode::CONFLICT);
}

/// What a token asks, and the answer as JSON.
async fn api(site: &Router, token: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    let token = format!("Bearer {token}");
    let headers = [("authorization", token.as_str()), JSON];
    let path = format!("/api/v1/{path}");
    let answer = ask(site, method, &path, &headers, body).await;
    let json = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer.status.as_u16(), json)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_chooses_is_told_with_the_plugin() {
    let bench = Bench::new().await;
    let (site, token) = (bench.site(), bench.any_token("all").await);
    let post = async |what: &str| api(&site, &token, "POST", what, "").await;
    for (what, changed, state) in [
        ("disable", true, "disabled"),
        ("disable", false, "disabled"),
        ("enable", true, "registered"),
        ("pin", true, "registered"),
        ("pin", false, "registered"),
    ] {
        let (status, answer) = post(&format!("plugins/markup/{what}")).await;
        assert_eq!(status, 200, "{what}: {answer}");
        assert_eq!(answer["changed"], changed, "{what}");
        assert_eq!(answer["plugin"]["enabled"], state != "disabled", "{what}");
        assert_eq!(answer["plugin"]["state"], state, "{what}: {answer}");
    }
    let (_, one) = api(&site, &token, "GET", "plugins/markup/status", "").await;
    assert_eq!(one["status"]["pinned"], true);
    // The folder of the host's machine is the host's business.
    assert_eq!(one["status"]["source"], "markup");
    let (status, refused) = post("plugins/nobody/disable").await;
    assert_eq!(status, 404, "{refused}");
    post("plugins/markup/disable").await;
    let (status, refused) = post("plugins/markup/unload").await;
    assert_eq!(status, 409, "{refused}");
    let (_, told) = api(&site, &token, "GET", "happenings", "").await;
    let told: Vec<&Value> = told.as_array().unwrap().iter().collect();
    let last = told.last().unwrap();
    assert_eq!(
        (&last["plugin"], &last["happened"]),
        (&json!("markup"), &json!("disabled"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_stays_and_a_zip_goes_with_what_roles_were_given() {
    let bench = Bench::new().await;
    let (site, token) = (bench.site(), bench.any_token("all").await);
    let people = bench.accounts();
    people.add_role("desk").await.unwrap();
    people.grant("desk", "markup.view").await.unwrap();
    people.grant("desk", "other.view").await.unwrap();
    let uninstall = async |how: Value| {
        let path = "plugins/markup/uninstall";
        api(&site, &token, "POST", path, &how.to_string()).await
    };
    let (status, refused) = uninstall(json!({ "purge": true })).await;
    assert_eq!(status, 409, "{refused}");
    assert!(
        refused["error"]
            .as_str()
            .unwrap()
            .contains("move it out of plugins/")
    );
    let folder = bench.data().join("plugins/markup");
    assert!(folder.exists());
    let zip = bench.data().join("plugins/markup.zip");
    goatkit_package::pack(&folder, None, &zip).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    bench.state.manager.refresh().await;

    let (_, remains) = api(&site, &token, "GET", "plugins/markup/remains", "").await;
    let given = json!([{ "role": "desk", "permission": "markup.view" }]);
    assert_eq!(remains["permissions"], given);
    let (status, wrong) = uninstall(json!({ "prge": true })).await;
    assert_eq!(status, 422, "{wrong}");
    let (status, kept) = uninstall(json!({})).await;
    assert_eq!(status, 200, "{kept}");
    assert_eq!(kept["remains"]["permissions"], given);
    assert!(!zip.exists());
    let (status, gone) = uninstall(json!({})).await;
    assert_eq!(status, 409, "{gone}");
    let (status, purged) = uninstall(json!({ "purge": true })).await;
    assert_eq!(status, 200, "{purged}");
    super::described::fits(&site, "Uninstalled", &purged).await;
    assert_eq!(purged["remains"]["permissions"], json!([]));
    assert_eq!(purged["remains"]["copies"], 0);
    let roles = people.roles().await.unwrap();
    let desk = roles.iter().find(|role| role.name == "desk").unwrap();
    assert_eq!(desk.permissions, ["other.view".to_owned()].into());
    let (status, unknown) = uninstall(json!({ "purge": true })).await;
    assert_eq!(status, 404, "{unknown}");
}

/// What is followed, line by line.
struct Followed(Body, Vec<u8>);

impl Followed {
    async fn of(site: &Router, token: &str, path: &str) -> Self {
        let request = Request::builder()
            .uri(format!("/api/v1/{path}"))
            .header("host", "localhost:8081")
            .header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        let answer = site.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
        Self(answer.into_body(), Vec::new())
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.1.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.1.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            let frame = self.0.frame().await?.unwrap();
            self.1.extend_from_slice(frame.data_ref().unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_followed_begins_with_what_was_and_goes_on_with_what_comes() {
    let bench = Bench::new().await;
    let (site, token) = (bench.site(), bench.any_token("all").await);
    let sink = Arc::clone(bench.state.manager.log()) as Arc<dyn LogSink>;
    let log = Log::new(name(), Arc::new([sink]));
    let say = |text: &str| log.write(&Of::Registering, Level::Info, text.to_owned(), Vec::new());
    say("one");
    say("two");
    let mut followed = Followed::of(&site, &token, "plugins/markup/logs?last=1&follow").await;
    assert_eq!(followed.next().await.unwrap()["message"], "two");
    say("three");
    assert_eq!(followed.next().await.unwrap()["message"], "three");
    let (_, kept) = api(&site, &token, "GET", "plugins/markup/logs?last=2", "").await;
    super::described::fits(&site, "LogRecords", &kept).await;
    let messages: Vec<&Value> = kept
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["message"])
        .collect();
    assert_eq!(messages, ["two", "three"]);

    let mut events = Followed::of(&site, &token, "happenings?last=0&follow=true").await;
    let manager = &bench.state.manager;
    manager.set_enabled(&name(), false).await.unwrap();
    let mut happened = Vec::new();
    while happened.last() != Some(&json!("disabled")) {
        happened.push(events.next().await.unwrap()["happened"].clone());
    }
    let (status, _) = api(&site, &token, "GET", "plugins/nobody/logs?follow", "").await;
    assert_eq!(status, 404);
    let narrow = bench.token("narrow", &[Scope::People], None).await;
    let (status, _) = api(&site, &narrow, "GET", "happenings?follow", "").await;
    assert_eq!(status, 403);
}
