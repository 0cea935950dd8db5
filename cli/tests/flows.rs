//! The demo in a real browser, as people use it: an agent with a plugin's menu item, page, form,
//! widget and line on a ticket, until he may not any more; and a customer, who sees none of it.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use goatkit_test_browser::{Browser, Page};
use serde_json::Value;
use support::{Server, arg, has, run};

/// What the plugin `ticket-notes` has in the menu.
const ITEMS: [&str; 3] = ["My notes", "New note", "About notes"];

/// The demo, and a browser that is open at it.
struct Desk {
    data: tempfile::TempDir,
    server: Server,
    browser: Browser,
}

impl Desk {
    async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = arg(data.path()).to_owned();
        let args = ["demo", "--listen", "127.0.0.1:0", "--data", &folder];
        let server = Server::start(&args);
        let browser = Browser::open().await;
        Self {
            data,
            server,
            browser,
        }
    }

    async fn visit(&self, path: &str) -> Page<'_> {
        self.browser.visit(&self.server.url(path)).await
    }

    /// Where the browser is now.
    async fn path(&self) -> String {
        let url = self.browser.page().url().await;
        let path = url.strip_prefix(&self.server.url(""));
        path.unwrap_or_else(|| panic!("{url}")).to_owned()
    }

    /// Fills in the form for somebody of this kind who is no administrator.
    async fn sign_in(&self, kind: &str) {
        let (login, password) = account(self.data.path(), kind);
        let page = self.browser.page();
        page.fill("[name=login]", &login).await;
        page.fill("[name=password]", &password).await;
        page.click("main form button").await;
        assert_eq!(page.text("#who").await, login);
    }

    async fn sign_out(&self) {
        let page = self.visit("/").await;
        page.click("header form button").await;
        assert_eq!(page.text("header p").await, "Sign in");
        assert!(self.browser.cookies().await.is_empty());
    }

    /// What a page is answered with that the browser asks for.
    async fn status(&self, path: &str) -> Value {
        let script = format!("return fetch('{path}').then(it => it.status)");
        self.visit("/").await.script(&script).await
    }
}

/// The login and the password of somebody of this kind.
fn account(data: &Path, kind: &str) -> (String, String) {
    let kept = std::fs::read(data.join("demo-accounts.json")).unwrap();
    let kept: Vec<Value> = serde_json::from_slice(&kept).unwrap();
    let plain = |it: &&Value| it["kind"] == kind && it["roles"].as_array().unwrap().len() == 1;
    let found = kept.iter().find(plain).unwrap();
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("login"), text("password"))
}

/// The items of the plugin that the menu shows.
async fn items(page: Page<'_>) -> Vec<String> {
    let mut items = page.texts("nav a").await;
    items.retain(|it| ITEMS.contains(&it.as_str()));
    items
}

#[tokio::test]
async fn people_use_a_plugin_as_far_as_they_may() {
    let desk = Desk::open().await;
    an_agent_notes_something(&desk).await;
    a_widget_and_a_ticket_tell_of_it(&desk).await;
    desk.sign_out().await;
    a_customer_sees_none_of_it(&desk).await;
    desk.sign_out().await;
    what_is_taken_away_is_gone(&desk).await;
    desk.sign_out().await;
}

/// He is sent to sign in and back to where he wanted to go, and finds his way by the menu.
async fn an_agent_notes_something(desk: &Desk) {
    let page = desk.visit("/agent/notes").await;
    assert_eq!(desk.path().await, "/sign-in?next=%2Fagent%2Fnotes");
    desk.sign_in("agent").await;
    assert_eq!(desk.path().await, "/agent/notes");
    assert_eq!(page.text("h1").await, "My notes");
    assert_eq!(items(page).await, ITEMS);
    page.click("nav a[href=\"/agent/notes/new\"]").await;
    assert_eq!(page.title().await, "A new note – GoatKit demo");
    page.fill("[name=ticket]", "1").await;
    page.fill("[name=body]", "<b>rang</b> him").await;
    page.click("main form button").await;
    assert_eq!(desk.path().await, "/agent/notes");
    assert_eq!(page.texts("td").await, ["1", "<b>rang</b> him", "Done"]);
    let console = desk.browser.console().await;
    assert!(console.blocked().is_empty(), "{console:?}");
}

async fn a_widget_and_a_ticket_tell_of_it(desk: &Desk) {
    let page = desk.visit("/demo/dashboard").await;
    let widget = page.text("#widget-ticket-notes-newest").await;
    has(&widget, &["My newest notes", "1: <b>rang</b> him"]);
    let page = desk.visit("/demo/ticket/1").await;
    let said = |own: u8, saved: u8| {
        format!(
            "You have {own} notes of your own on this ticket; {saved} were saved since this \
             plugin counts."
        )
    };
    has(&page.text("p.said").await, &[&said(1, 0), "ticket_notes"]);
    page.fill("textarea", "He will ring back").await;
    page.click("main form button").await;
    assert_eq!(desk.path().await, "/demo/ticket/1");
    has(&page.text("p.said").await, &[&said(1, 1)]);
    has(&page.text("#notes li").await, &["He will ring back"]);
}

async fn a_customer_sees_none_of_it(desk: &Desk) {
    desk.visit("/sign-in").await;
    desk.sign_in("customer").await;
    let page = desk.visit("/demo/tickets").await;
    assert!(items(page).await.is_empty());
    page.click("main li a").await;
    has(&desk.path().await, &["/demo/ticket/"]);
    assert!(!page.has("p.said").await && !page.has("textarea").await);
    let page = desk.visit("/demo/dashboard").await;
    assert!(!page.has("#widget-ticket-notes-newest").await);
    assert_eq!(desk.status("/agent/notes").await, 403);
    let page = desk.visit("/agent/notes").await;
    assert_eq!(page.text("h1").await, "This is not for you");
}

/// At the next request, while he is signed in.
async fn what_is_taken_away_is_gone(desk: &Desk) {
    desk.visit("/sign-in").await;
    desk.sign_in("agent").await;
    let page = desk.visit("/demo/dashboard").await;
    assert!(page.has("#widget-ticket-notes-newest").await);
    assert_eq!(items(page).await, ITEMS);
    assert_eq!(desk.status("/agent/notes").await, 200);
    let taken = ["ticket_notes.view", "ticket_notes.edit"];
    let revoke = ["role", "revoke", "agents"];
    let at = ["--data", arg(desk.data.path())];
    run(&[&revoke[..], &taken, &at].concat()).answer();
    let page = desk.visit("/demo/dashboard").await;
    assert!(items(page).await.is_empty());
    assert!(!page.has("#widget-ticket-notes-newest").await);
    assert_eq!(desk.status("/agent/notes").await, 403);
    assert_eq!(desk.status("/agent/notes/new").await, 403);
}
