//! The harness tells what happened in a browser from what did not: each thing that a test
//! relies on to be silent is heard here first.
#![allow(clippy::unwrap_used)]

use std::panic::AssertUnwindSafe;
use std::path::Path;

use goatkit_test_browser::{Answer, Browser, Canary, Console, Request, Rounds, Site, fetch, ran};

/// A page with three scripts, with or without a policy that lets one of them run.
fn policed(request: &Request) -> Answer {
    let page = format!(
        "<title>A page</title><script nonce=\"n\">{}</script><script>{}</script>\
         <button id=\"press\" onclick=\"{}\">Press</button>",
        ran("with-nonce"),
        ran("inline"),
        ran("handler")
    );
    match request.path() {
        "/policed" => {
            let policy = "script-src 'nonce-n'";
            Answer::html(page).with("content-security-policy", policy)
        }
        "/free" => Answer::html(page),
        _ => Answer::missing(),
    }
}

#[tokio::test]
async fn a_script_that_ran_is_told_from_one_that_was_stopped() {
    let site = Site::start(policed).await;
    let browser = Browser::open().await;
    for (path, runs) in [("free", true), ("policed", false)] {
        browser.clear().await;
        let page = browser.visit(&format!("{}/{path}", site.origin())).await;
        page.click("#press").await;
        browser.settle().await;
        let console = browser.console().await;
        assert!(console.ran("with-nonce"), "{path}: {console:?}");
        assert_eq!(console.ran("inline"), runs, "{path}: {console:?}");
        assert_eq!(console.ran("handler"), runs, "{path}: {console:?}");
        let blocked = if runs { 0 } else { 2 };
        assert_eq!(console.blocked().len(), blocked, "{path}: {console:?}");
        assert_eq!(page.title().await, "A page");
    }
}

/// A form, and what was sent with it.
fn form(request: &Request) -> Answer {
    match (request.method.as_str(), request.path()) {
        ("GET", "/") => Answer::html(
            "<form method=\"post\"><input name=\"note\" value=\"old\"><button>Save</button></form>",
        )
        .with("set-cookie", "seen=yes; HttpOnly; SameSite=Strict; Path=/"),
        ("POST", "/") => {
            let note = String::from_utf8(request.body.to_vec()).unwrap();
            let seen = request.cookie("seen").unwrap_or("no");
            Answer::html(format!(
                "<p class=\"a\">{note}</p><p class=\"b\">{seen}</p>"
            ))
        }
        _ => Answer::missing(),
    }
}

#[tokio::test]
async fn a_form_is_filled_in_and_sent() {
    let site = Site::start(form).await;
    let browser = Browser::open().await;
    let page = browser.visit(&site.origin()).await;
    assert!(page.has("form").await && !page.has("p").await);
    page.fill("input", "new").await;
    page.click("button").await;
    assert_eq!(page.text("p.a").await, "note=new");
    assert_eq!(page.texts("p").await, ["note=new", "yes"]);
    assert_eq!(page.script("return 1 + 1").await, 2);
    assert_eq!(page.script("return document.cookie").await, "");
    let cookies = browser.cookies().await;
    let [cookie] = cookies.as_slice() else {
        panic!("{cookies:?}");
    };
    assert_eq!(
        (cookie.name.as_str(), cookie.value.as_str()),
        ("seen", "yes")
    );
    assert!(cookie.http_only && !cookie.secure && cookie.same_site == "Strict");
    browser.forget(&site.origin()).await;
    assert!(browser.cookies().await.is_empty());
}

#[tokio::test]
async fn browsers_share_nothing() {
    let site = Site::start(form).await;
    let (one, other) = tokio::join!(Browser::open(), Browser::open());
    one.visit(&site.origin()).await;
    other.visit(&format!("{}/nothing", site.origin())).await;
    assert_eq!(one.cookies().await.len(), 1);
    assert!(other.cookies().await.is_empty());
}

#[tokio::test]
async fn a_canary_is_reached_by_name_and_nobody_else_is() {
    let canary = Canary::start().await;
    let browser = Browser::knowing(&[("evil.example", canary.port())]).await;
    let page = "<img src=\"http://evil.example/image?token\"><img src=\"http://example.com/x\">";
    let site = Site::start(move |_| Answer::html(page)).await;
    browser.visit(&site.origin()).await;
    browser.settle().await;
    assert!(canary.caught("image") && canary.told("token"));
    assert!(!canary.caught("x") && !canary.told("other"));
    let console = browser.console().await;
    let unresolved = |it: &&str| it.contains("ERR_NAME_NOT_RESOLVED");
    assert!(console.errors().iter().any(unresolved), "{console:?}");
    canary.forget();
    assert!(canary.seen().is_empty());
}

#[tokio::test]
async fn frames_workers_and_other_windows_are_heard() {
    let answer = |request: &Request| match request.path() {
        "/" => Answer::html(format!(
            "<iframe srcdoc=\"<script>{}</script>\"></iframe>\
             <iframe sandbox=\"allow-scripts\" srcdoc=\"<p>text</p><script>{}</script>\"></iframe>\
             <script>new Worker('/worker.js'); open('/window')</script>",
            ran("frame"),
            ran("sandbox")
        )),
        "/worker.js" => Answer::new(ran("worker")).with("content-type", "text/javascript"),
        "/window" => Answer::html(format!("<script>{}</script>", ran("window"))),
        _ => Answer::missing(),
    };
    let site = Site::start(answer).await;
    let browser = Browser::open().await;
    browser.visit(&site.origin()).await;
    let names = ["frame", "sandbox", "worker", "window"];
    let mut console = Console::default();
    // The page is at rest before its worker and the other window are.
    for _ in 0..Rounds::MOST.0 {
        browser.settle().await;
        console.0.extend(browser.console().await.0);
        if names.iter().all(|name| console.ran(name)) {
            break;
        }
    }
    for name in names {
        assert!(console.ran(name), "{name}: {console:?}");
    }
    assert_eq!(browser.windows().await, 2);
    browser.clear().await;
    assert_eq!(browser.windows().await, 1);
}

#[tokio::test]
async fn what_can_be_seen_is_kept_as_a_picture() {
    let site = Site::start(|_| Answer::html("<h1>Seen</h1>")).await;
    let browser = Browser::open().await;
    let page = browser.visit(&site.origin()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.png");
    page.screenshot(&file).await;
    assert!(std::fs::read(&file).unwrap().starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn an_answer_is_had_byte_for_byte() {
    let answer = |_: &Request| Answer::new("x").status(302).with("location", "/else");
    let site = Site::start(answer).await;
    let answer = fetch(&format!("{}/x?y", site.origin())).await;
    assert_eq!(
        (answer.status().as_u16(), answer.body().as_ref()),
        (302, &b"x"[..])
    );
    assert_eq!(answer.headers()["location"], "/else");
    assert_eq!(site.seen()[0].target, "/x?y");
}

/// Whether any process has this in its command line.
fn runs(text: &str) -> bool {
    let entries = std::fs::read_dir("/proc").unwrap();
    let mut lines = entries.filter_map(|it| std::fs::read(it.ok()?.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(text))
}

#[tokio::test]
async fn a_browser_ends_with_its_value_and_with_a_panic() {
    let browser = Browser::open().await;
    let profile = browser.profile().to_owned();
    assert!(runs(&profile) && Path::new(&profile).exists());
    drop(browser);
    assert!(!runs(&profile) && !Path::new(&profile).exists());

    let browser = Browser::open().await;
    let profile = browser.profile().to_owned();
    let panics = AssertUnwindSafe(|| {
        let _held = browser;
        panic!("as a test does");
    });
    std::panic::catch_unwind(panics).unwrap_err();
    assert!(!runs(&profile) && !Path::new(&profile).exists());
}
