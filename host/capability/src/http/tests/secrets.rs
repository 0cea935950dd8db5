use goatkit_package::PluginName;
use serde_json::json;

use super::super::Request;
use super::server::{Reply, Server, answer, ok};
use super::support::{House, call, code, get, schema};

const SECRET: &str = "s3cret-value";

fn with_secret(url: &str, key: &str) -> Request {
    let mut request = get(url);
    let owned = str::to_owned;
    request
        .secret_header(owned("authorization"), owned("Bearer "), owned(key))
        .unwrap();
    request.redirects(3).unwrap();
    request
}

fn set(house: &House, value: &str) {
    let plugin = PluginName::parse("stats").unwrap();
    house
        .settings
        .set(&plugin, &schema(), "token", json!(value))
        .unwrap();
}

#[tokio::test]
async fn a_secret_is_put_in_on_the_way_and_is_seen_nowhere_else() {
    let server = Server::start(|_| ok("x")).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    let missing = http.send(&call(), with_secret(&url, "token")).await;
    let told = missing.clone().unwrap_err().to_string();
    assert_eq!(
        (
            code(missing).as_str(),
            told.contains("`token` has no value")
        ),
        ("invalid", true)
    );
    assert_eq!(server.connections(), 0);
    set(&house, SECRET);
    let request = with_secret(&url, "token");
    assert!(!format!("{request:?}").contains(SECRET));
    http.send(&call(), request).await.unwrap();
    let [sent] = server.requests().try_into().unwrap();
    assert!(
        sent.contains(&format!("\r\nauthorization: Bearer {SECRET}\r\n")),
        "{sent}"
    );
}

#[tokio::test]
async fn what_is_no_secret_is_denied_and_noted_once() {
    let server = Server::start(|_| ok("x")).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    for key in ["url", "other"] {
        assert_eq!(
            code(http.send(&call(), with_secret(&url, key)).await),
            "denied"
        );
    }
    let noted: Vec<String> = house
        .denials()
        .into_iter()
        .map(|it| it.capability)
        .collect();
    assert_eq!(noted, ["config", "config"]);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_secret_with_lines_is_refused_without_being_shown() {
    let server = Server::start(|_| ok("x")).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    set(&house, &format!("{SECRET}\r\nhost: in.example"));
    let refused = http.send(&call(), with_secret(&url, "token")).await;
    let told = refused.clone().unwrap_err().to_string();
    assert_eq!(code(refused), "invalid");
    assert!(!told.contains(SECRET), "{told}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_secret_does_not_follow_to_another_server() {
    let other = Server::start(|_| ok("other")).await;
    let place = format!("http://127.0.0.1:{}/", other.port);
    let server = Server::start(move |request| {
        let to = if request.starts_with("GET /away") {
            place.as_str()
        } else {
            "/there"
        };
        match request.starts_with("GET /there") {
            true => ok("there"),
            false => Reply::Keep(answer("302 Found", &format!("location: {to}\r\n"), b"")),
        }
    });
    let (server, house) = (server.await, House::new(""));
    set(&house, SECRET);
    let base = format!("http://127.0.0.1:{}", server.port);
    let rules = [
        format!("GET {base}/*"),
        format!("GET http://127.0.0.1:{}/*", other.port),
    ];
    let http = house.plugin("stats", &[&rules[0], &rules[1]]);
    for path in ["/away", "/stay"] {
        http.send(&call(), with_secret(&format!("{base}{path}"), "token"))
            .await
            .unwrap();
    }
    let has = |request: &String| request.contains(SECRET);
    assert_eq!(server.requests().iter().filter(|it| has(it)).count(), 3);
    assert_eq!(other.requests().len(), 1);
    assert!(!other.requests().iter().any(has));
}
