//! What every error of this suite has to be: of the right kind, and a sentence that names
//! the plugin, what was called and what was wrong. And nobody else may notice.

use std::time::{Duration, Instant};

use goatkit_runtime::{CallError, CallErrorKind, LoadErrorKind};
use goatkit_test_support::{DataFolder, Package, TestHost, name};
use serde_json::{Value, json};

/// Calls a function of a plugin that is alone with the sibling.
pub(crate) async fn expect_call(
    package: Package,
    (function, args): (&str, Value),
    kind: CallErrorKind,
    says: &[&str],
) -> TestHost {
    let plugin = package.name().to_owned();
    let host = TestHost::on(&DataFolder::with(&[package]));
    let error = host.call(&plugin, function, args).await.unwrap_err();
    expect_error(&error, (&plugin, function), kind, says);
    host.expect_sibling().await;
    host
}

/// Asks a plugin that is alone with the sibling for its registration, which it cannot
/// give. What is called in it afterwards says the same.
pub(crate) async fn expect_broken(
    package: Package,
    kind: LoadErrorKind,
    says: &[&str],
) -> TestHost {
    let plugin = package.name().to_owned();
    let host = TestHost::on(&DataFolder::with(&[package]));
    expect_broken_on(&host, &plugin, kind, says).await;
    host
}

/// The same of a plugin on a host that is there.
pub(crate) async fn expect_broken_on(
    host: &TestHost,
    plugin: &str,
    kind: LoadErrorKind,
    says: &[&str],
) {
    let text = host.find(plugin).await.err().unwrap().to_string();
    assert!(text.starts_with(&format!("plugin `{plugin}`: ")), "{text}");
    expect_text(&text, says);
    let unit = host.manager.snapshot().plugins[&name(plugin)].clone();
    assert_eq!(
        unit.broken().map(|error| error.kind()),
        Some(kind),
        "{text}"
    );

    let error = host.call(plugin, "any", json!([])).await.unwrap_err();
    expect_error(&error, (plugin, "any"), CallErrorKind::Broken, says);
    host.expect_sibling().await;
}

/// Holds an error of a call against what it has to say.
pub(crate) fn expect_error(
    error: &CallError,
    (plugin, function): (&str, &str),
    kind: CallErrorKind,
    says: &[&str],
) {
    assert_eq!(error.kind(), kind, "{error}");
    let text = error.to_string();
    let head = format!("plugin `{plugin}`, function `{function}`: ");
    assert!(text.starts_with(&head), "{text}");
    expect_text(&text, says);
}

/// Nobody reads an error that is longer than a page.
pub(crate) const MAX_ERROR: usize = 5000;

/// A text that says all of this, and no more than a person reads.
pub(crate) fn expect_text(text: &str, says: &[&str]) {
    for part in says {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert!(text.len() <= MAX_ERROR, "{} bytes of error", text.len());
}

/// Longer than any machine takes for what a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < end, "never: {what}");
        tokio::task::yield_now().await;
    }
}
