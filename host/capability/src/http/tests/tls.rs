use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::super::{HttpClient, HttpOptions};
use super::server::{Reply, Server, ok};
use super::support::{House, call, code, get, scope, text};

/// What a server shows for these names, and its certificate in PEM.
fn acceptor(names: &[&str]) -> (TlsAcceptor, String) {
    let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), cert.pem())
}

fn trusting(files: Vec<PathBuf>) -> HttpOptions {
    HttpOptions {
        certificates: files,
        ..HttpOptions::default()
    }
}

fn file(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("trusted.pem");
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn a_server_is_believed_under_its_own_name_and_a_trusted_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (acceptor, pem) = acceptor(&["good.example", "127.0.0.1"]);
    let server = Server::secure(acceptor).await;
    let options = trusting(vec![file(folder.path(), &pem)]);
    let names = "good.example=127.0.0.1 bad.example=127.0.0.1";
    let port = server.port;
    let url = |host: &str| format!("https://{host}:{port}/");
    for (options, host, expect) in [
        (options.clone(), "good.example", "ok"),
        (options.clone(), "127.0.0.1", "ok"),
        (options.clone(), "bad.example", "tls"),
        (options, "[::1]", "tls"),
        (HttpOptions::default(), "good.example", "tls"),
    ] {
        let house = House::with(names, options);
        let networks = if host.contains("example") {
            " in 127.0.0.1"
        } else {
            ""
        };
        let http = house.plugin("stats", &[&format!("GET {}{networks}", url(host))]);
        let before = server.requests().len();
        let found = http.send(&call(), get(&url(host))).await;
        assert_eq!(code(found), expect, "{host}");
        let sent = server.requests().len() - before;
        assert_eq!(
            sent,
            usize::from(expect == "ok"),
            "{host}: nothing is said to a stranger"
        );
    }
}

#[tokio::test]
async fn secure_connections_are_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let (acceptor, pem) = acceptor(&["good.example"]);
    let server = Server::secure(acceptor).await;
    let house = House::with(
        "good.example=127.0.0.1",
        trusting(vec![file(folder.path(), &pem)]),
    );
    let url = format!("https://good.example:{}/", server.port);
    let http = house.plugin("stats", &[&format!("GET {url} in 127.0.0.1")]);
    for _ in 0..3 {
        assert_eq!(text(http.send(&call(), get(&url)).await), "secure");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_server_without_tls_is_a_fault_and_a_silent_one_is_left() {
    let plain = Server::start(|_| ok("plain")).await;
    let house = House::new("");
    let url = format!("https://127.0.0.1:{}/", plain.port);
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    // It waits for a request that never comes: the greeting of TLS is none.
    let soon = scope(std::time::Duration::from_millis(150));
    assert_eq!(code(http.send(&soon, get(&url)).await), "timed-out");
    let chatty = Server::start(|_| Reply::Close(b"HTTP/1.1 400 Bad\r\n\r\n".to_vec())).await;
    let clear = format!("http://127.0.0.1:{}/", chatty.port);
    let http = house.plugin("stats", &[&format!("GET {clear}")]);
    assert_eq!(http.send(&call(), get(&clear)).await.unwrap().status, 400);
}

#[test]
fn files_of_certificates_hold_some() {
    let folder = tempfile::tempdir().unwrap();
    let (_, pem) = acceptor(&["good.example"]);
    HttpClient::new(trusting(vec![file(folder.path(), &pem)]))
        .map(drop)
        .unwrap();
    for text in [
        "",
        "no PEM",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let error = HttpClient::new(trusting(vec![file(folder.path(), text)]));
        let told = error.err().unwrap().to_string();
        assert!(
            told.contains("trusted.pem") && told.contains("in PEM"),
            "{told}"
        );
    }
    let missing = HttpClient::new(trusting(vec![folder.path().join("none.pem")]));
    assert!(missing.err().unwrap().to_string().contains("none.pem"));
}
