//! Signing in and out with the host's own people.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use goatkit_host::{HostBuilder, ManualClock, NewUser};

use crate::site::{Answer, Site, get, post};

const PASSWORD: &str = "correct horse battery";

const WHO: (&str, &str) = ("who.html", "{{ actor.login if actor else 'nobody' }}");

/// A host with one person, and what `gk.toml` says.
async fn site(operator: &str, templates: &[(&str, &str)]) -> (Site, Arc<ManualClock>) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    fs::write(folder.path().join("gk.toml"), operator).unwrap();
    fs::create_dir(folder.path().join("templates")).unwrap();
    for (name, text) in templates {
        fs::write(folder.path().join("templates").join(name), text).unwrap();
    }
    let clock = Arc::new(ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000_000)));
    let ticks = Arc::clone(&clock);
    let how = |host: HostBuilder| host.sign_in().clock(ticks);
    let site = Site::on(folder, how).await;
    let jane = NewUser {
        login: "jane".to_owned(),
        kind: "agent".to_owned(),
        id: None,
        password: PASSWORD.into(),
        roles: Vec::new(),
    };
    site.host.accounts().unwrap().add_user(jane).await.unwrap();
    (site, clock)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

async fn enter(site: &Site, password: &str, next: &str) -> Answer {
    let (password, next) = (encoded(password), encoded(next));
    let form = format!("login=jane&password={password}&next={next}");
    site.ask(post("/sign-in", &form)).await
}

/// The cookie that an answer sets, as it is sent back.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    set.split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_and_out() {
    let (site, _) = site("", &[WHO]).await;
    site.get("/who").await.expect(200, &["nobody"]);
    let form = site.get("/sign-in").await;
    form.expect(200, &["action=\"/sign-in\"", "type=\"password\""]);
    assert_eq!(form.header("cache-control"), "no-store");

    let entered = enter(&site, PASSWORD, "/who").await;
    entered.expect(303, &[]);
    assert_eq!(entered.header("location"), "/who");
    let (set, cookie) = (entered.header("set-cookie"), cookie(&entered));
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{set}");
    site.ask(get("/who").cookie(&cookie))
        .await
        .expect(200, &["jane"]);

    let left = site.ask(post("/sign-out", "").cookie(&cookie)).await;
    left.expect(303, &[]);
    let set = left.header("set-cookie");
    assert!(
        set.starts_with("gk_session=; ") && set.ends_with("; Max-Age=0"),
        "{set}"
    );
    // The session is over, and not only its cookie.
    site.ask(get("/who").cookie(&cookie))
        .await
        .expect(200, &["nobody"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_secure_where_the_site_is() {
    for (operator, secure) in [
        ("[site]\nurl = \"https://desk.example\"\n", true),
        ("[site]\nurl = \"http://desk.example\"\n", false),
    ] {
        let (site, _) = site(operator, &[]).await;
        let entered = enter(&site, PASSWORD, "/").await;
        let set = entered.header("set-cookie");
        assert_eq!(set.contains("; Secure"), secure, "{operator} {set}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_away_after_he_signed_in() {
    let (site, _) = site("", &[]).await;
    for (next, location) in [
        ("/", "/"),
        ("/agent/list?a=b", "/agent/list?a=b"),
        ("/größe", "/gr%C3%B6%C3%9Fe"),
        ("", "/"),
        ("agent", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/..//evil.example", "/"),
        ("/%2e%2e//evil.example", "/"),
        ("https://evil.example", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("data:text/html,x", "/"),
        ("/a\r\nset-cookie: a=b", "/"),
    ] {
        let entered = enter(&site, PASSWORD, next).await;
        assert_eq!(
            (entered.status, entered.header("location")),
            (303, location),
            "{next:?}"
        );
        assert!(
            entered.headers.get_all("set-cookie").iter().count() == 1,
            "{next:?}"
        );
        // The form carries it along, as text.
        let form = site.get(&format!("/sign-in?next={}", encoded(next))).await;
        let kept = form.after("name=\"next\" value=\"");
        assert_eq!(kept.replace("&#x2f;", "/"), location, "{next:?}");
    }
    let form = site.get("/sign-in?next=/%22%3E%3Cscript%3E").await;
    form.expect(200, &[]).never(&["<script"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_learns_nothing_and_has_to_wait() {
    let (site, clock) = site("", &[]).await;
    let wrong = enter(&site, "wrong horse battery", "/a").await;
    wrong.expect(
        401,
        &["the login or the password is wrong", "value=\"jane\""],
    );
    wrong.never(&["wrong horse"]);
    assert_eq!(wrong.header("set-cookie"), "");
    let unknown = post("/sign-in", "login=%3Cb%3E&password=wrong+horse+battery");
    let unknown = site.ask(unknown).await;
    unknown.expect(401, &["the login or the password is wrong", "&lt;b&gt;"]);

    let mut last = wrong;
    for _ in 0..10 {
        last = enter(&site, "wrong horse battery", "/").await;
        if last.status == 429 {
            break;
        }
    }
    last.expect(429, &["too many attempts failed"]);
    let seconds: u64 = last.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    // Also with the right password, until the wait is over.
    enter(&site, PASSWORD, "/").await.expect(429, &[]);
    clock.advance(Duration::from_secs(seconds + 1));
    enter(&site, PASSWORD, "/").await.expect(303, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_signs_anybody_in_or_out() {
    let (site, _) = site("", &[WHO]).await;
    let cookie = cookie(&enter(&site, PASSWORD, "/").await);
    let form = format!("login=jane&password={}", encoded(PASSWORD));
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let entered = site.ask(post("/sign-in", &form).header(name, value)).await;
        entered.expect(403, &["it comes from another site"]);
        let left = post("/sign-out", "").cookie(&cookie).header(name, value);
        site.ask(left)
            .await
            .expect(403, &["it comes from another site"]);
    }
    site.ask(get("/sign-out").cookie(&cookie))
        .await
        .expect(405, &[]);
    site.ask(get("/who").cookie(&cookie))
        .await
        .expect(200, &["jane"]);
    // A form is small.
    let large = post("/sign-in", &"a".repeat(17 << 10));
    site.ask(large).await.expect(413, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_session_is_not_taken_over() {
    let (site, _) = site("", &[WHO]).await;
    // One that the attacker made up, and one that is his own.
    for planted in [
        "made-up".to_owned(),
        cookie(&enter(&site, PASSWORD, "/").await),
    ] {
        let planted = match planted.split_once('=') {
            Some(_) => planted,
            None => format!("gk_session={planted}"),
        };
        let form = format!("login=jane&password={}", encoded(PASSWORD));
        let entered = site.ask(post("/sign-in", &form).cookie(&planted)).await;
        entered.expect(303, &[]);
        assert_ne!(cookie(&entered), planted);
    }
    let made_up = get("/who").cookie("gk_session=made-up");
    site.ask(made_up).await.expect(200, &["nobody"]);
    // Two that differ are none.
    let mine = cookie(&enter(&site, PASSWORD, "/").await);
    let both = get("/who").cookie(&format!("{mine}; gk_session=planted"));
    site.ask(both).await.expect(200, &["nobody"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_the_password_changes() {
    let (site, _) = site("", &[WHO]).await;
    let cookie = cookie(&enter(&site, PASSWORD, "/").await);
    site.ask(get("/who").cookie(&cookie))
        .await
        .expect(200, &["jane"]);
    let accounts = site.host.accounts().unwrap();
    let other = "another horse battery".into();
    accounts.set_password("jane", other).await.unwrap();
    site.ask(get("/who").cookie(&cookie))
        .await
        .expect(200, &["nobody"]);
    enter(&site, PASSWORD, "/").await.expect(401, &[]);
    enter(&site, "another horse battery", "/")
        .await
        .expect(303, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_is_sent_to_sign_in_and_back() {
    let operator = "[pages]\n\"/who\" = \"signed-in\"\n";
    let (site, _) = site(operator, &[WHO]).await;
    let sent = site.get("/who?a=b&c=%2F").await;
    sent.expect(303, &[]);
    let form = sent.header("location").to_owned();
    assert_eq!(form, "/sign-in?next=%2Fwho%3Fa%3Db%26c%3D%252F");
    let next = site.get(&form).await.after("name=\"next\" value=\"");
    assert_eq!(next.replace("&#x2f;", "/"), "/who?a=b&amp;c=%2F");
    let entered = enter(&site, PASSWORD, "/who?a=b&c=%2F").await;
    let back = get(entered.header("location")).cookie(&cookie(&entered));
    site.ask(back).await.expect(200, &["jane"]);
    // A program is not led anywhere.
    let program = get("/who").header("accept", "application/json");
    site.ask(program).await.expect(401, &["sign in first"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_applications_own_form_is_shown() {
    let form = "_sign_in.html";
    let own = (
        form,
        "own {{ next }} {{ login }} {{ error }} {{ csp_nonce }}",
    );
    let (site, _) = site("", &[own]).await;
    site.get("/sign-in?next=/a")
        .await
        .expect(200, &["own &#x2f;a"]);
    let wrong = enter(&site, "wrong horse battery", "/a").await;
    wrong.expect(
        401,
        &["own &#x2f;a jane the login or the password is wrong"],
    );
    site.get("/_sign_in").await.expect(404, &[]);
}
