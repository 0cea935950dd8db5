//! What a host without plugins answers over HTTP.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use goatkit_capability::grants::{Items, Ledger, Policy};
use goatkit_capability::{Services, SystemClock};
use goatkit_manager::{Manager, ManagerSettings};
use goatkit_package::LimitsRequest;
use goatkit_web::templates::TemplateSettings;
use goatkit_web::{WebSettings, router};

const TEMPLATES: &[(&str, &str)] = &[
    ("index.html", "in {{ locale }}"),
    ("größe.html", "so groß: {{ path }}"),
    ("_layout.html", "hidden"),
];

/// Serves [`TEMPLATES`] in `data` until the test ends.
async fn serve(data: &Path, hosts: Option<Vec<String>>) -> SocketAddr {
    let templates = data.join("templates");
    std::fs::create_dir_all(&templates).unwrap();
    for (name, text) in TEMPLATES {
        std::fs::write(templates.join(name), text).unwrap();
    }
    let tasks = tokio::runtime::Handle::current();
    let services = Services::open(data, Arc::new(SystemClock), tasks).unwrap();
    let items = Items::new(Vec::new(), LimitsRequest::default());
    let ledger = Ledger::open(services.platform.clone(), items, Policy::Nothing).unwrap();
    let settings = ManagerSettings::new(data.to_owned());
    let manager = Manager::open(settings, vec![], services, ledger).unwrap();
    manager.discover();
    let mut settings = WebSettings::new(TemplateSettings::new(templates));
    settings.hosts = hosts;
    let (router, _) = router(manager, settings).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The whole answer to a request for `path` with these header lines.
fn ask(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn check(address: SocketAddr, path: &str, headers: &str, says: &[&str]) {
    let answer = ask(address, path, headers);
    for says in says {
        assert!(answer.contains(says), "{path} {headers}: {says}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_the_api_are_answered() {
    let data = tempfile::tempdir().unwrap();
    let address = serve(data.path(), None).await;
    let host = "Host: anything.example\r\n";
    let german = "Host: x\r\nAccept-Language: DE-at; q=0.9\r\n";
    check(
        address,
        "/",
        german,
        &[" 200 ", "in de-AT", "vary: accept-language"],
    );
    check(
        address,
        "/gr%C3%B6%C3%9Fe",
        host,
        &[" 200 ", "so groß: &#x2f;größe"],
    );
    for hidden in [
        "/_layout",
        "/%5flayout",
        "/%5Flayout",
        "/%255flayout",
        "/x%2f_layout",
    ] {
        check(address, hidden, host, &[" 404 ", "There is no such page"]);
    }
    let json = "content-type: application/json";
    check(
        address,
        "/api/v1/plugins",
        host,
        &[" 200 ", json, "\"plugins\":[]"],
    );
    for nothing in [
        "/api/",
        "/api/v1",
        "/api/v1/plugins/none",
        "/api/v2/plugins",
    ] {
        check(address, nothing, host, &[" 404 ", json, "\"error\":"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_has_names_answers_to_no_other() {
    let data = tempfile::tempdir().unwrap();
    let address = serve(data.path(), Some(vec!["goats.example".to_owned()])).await;
    for path in ["/", "/api/v1/plugins", "/api/x"] {
        let refused = [" 421 ", "does not answer to that name", "nosniff"];
        check(address, path, "Host: evil.example\r\n", &refused);
    }
    check(address, "/", "Host: localhost:1\r\n", &[" 200 "]);
    check(address, "/", "Host: goats.example\r\n", &[" 200 "]);
}
