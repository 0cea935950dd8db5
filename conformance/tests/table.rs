//! One test per capability, so that what fails can be read off.

use goatkit_conformance::{TABLE, run};
use goatkit_package::Store;

use crate::Wasm;

async fn holds(capability: &str) {
    let wasm = Wasm::start();
    let store = Store::open(wasm.folder.path()).unwrap();
    let package = store.admit(&wasm.conformance("conformance")).unwrap();
    let rows = TABLE.iter().copied().flatten();
    let rows = rows.filter(|case| case.capability() == capability);
    let report = run(&package, &wasm.runtime, rows).await.unwrap();
    assert!(!report.checks.is_empty(), "no rows of {capability}");
    assert_eq!(report.failures(), 0, "\n{report}");
}

#[tokio::test]
async fn context() {
    holds("context").await;
}

#[tokio::test]
async fn log() {
    holds("log").await;
}

#[tokio::test]
async fn i18n() {
    holds("i18n").await;
}

#[tokio::test]
async fn config() {
    holds("config").await;
}

#[tokio::test]
async fn db() {
    holds("db").await;
}

#[tokio::test]
async fn app() {
    holds("app").await;
}

#[tokio::test]
async fn http() {
    holds("http").await;
}

#[tokio::test]
async fn mail() {
    holds("mail").await;
}

#[tokio::test]
async fn cache() {
    holds("cache").await;
}

#[tokio::test]
async fn schedule() {
    holds("schedule").await;
}

#[tokio::test]
async fn templates() {
    holds("templates").await;
}

#[tokio::test]
async fn plugins() {
    holds("plugins").await;
}

#[tokio::test]
async fn events() {
    holds("events").await;
}
