//! The application's own templates: found, changed, kept in their folder.

use serde_json::json;

use super::super::RenderErrorKind;
use super::{Host, block_on, render, write};

#[test]
fn a_changed_file_is_seen() {
    let host = Host::with(
        &[("x.html", "{% include 'y.html' %}"), ("y.html", "one")],
        &[],
    );
    block_on(async {
        assert_eq!(host.application("x.html", json!({})).await.unwrap(), "one");
        write(&host.folder.path().join("templates"), "y.html", "second");
        assert_eq!(
            host.application("x.html", json!({})).await.unwrap(),
            "second"
        );
        write(&host.folder.path().join("templates"), "y.html", "{{ broken");
        assert!(host.application("x.html", json!({})).await.is_err());
        write(&host.folder.path().join("templates"), "y.html", "mended");
        assert_eq!(
            host.application("x.html", json!({})).await.unwrap(),
            "mended"
        );
        std::fs::remove_file(host.folder.path().join("templates/y.html")).unwrap();
        let gone = host.application("x.html", json!({})).await.unwrap_err();
        assert_eq!(gone.kind(), RenderErrorKind::NotFound);
    });
}

#[test]
fn names_do_not_leave_the_folder() {
    let host = Host::with(&[("a/x.html", "x")], &[]);
    write(host.folder.path(), "secret.html", "secret");
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        host.folder.path().join("secret.html"),
        host.folder.path().join("templates/link.html"),
    )
    .unwrap();
    block_on(async {
        assert_eq!(host.application("a/x.html", json!({})).await.unwrap(), "x");
        for name in [
            "../secret.html",
            "/etc/passwd",
            "a/../../secret.html",
            "link.html",
            "",
            "a",
            "no.html",
        ] {
            let error = host.application(name, json!({})).await.unwrap_err();
            assert_eq!(error.kind(), RenderErrorKind::NotFound, "{name}: {error}");
        }
    });
}

#[test]
fn html_is_escaped_by_default() {
    assert_eq!(
        render(&["{{ evil }}{{ evil|safe }}"]).unwrap(),
        "&lt;script&gt;<script>"
    );
    let host = Host::with(&[("mail.txt", "{{ evil }}")], &[]);
    let page = block_on(host.application("mail.txt", json!({ "evil": "<" })));
    assert_eq!(page.unwrap(), "<");
}

#[test]
fn errors_name_the_place() {
    let error = render(&["a\n{{ nothing.here }}"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "template `x.html`, line 2: undefined value"
    );
    assert_eq!((error.template(), error.line()), ("x.html", Some(2)));
    let error = render(&["a\n{% include 'y.html' %}", "\n\n{{ 1 + 'a' }}"]).unwrap_err();
    assert_eq!((error.template(), error.line()), ("y.html", Some(3)));
    let error = render(&["\n\n{% if %}"]).unwrap_err();
    assert_eq!(
        (error.kind(), error.line()),
        (RenderErrorKind::BadTemplate, Some(3))
    );
    let error = render(&["\n{{ gk__call(1) }}"]).unwrap_err();
    assert_eq!(
        (error.kind(), error.line()),
        (RenderErrorKind::BadTemplate, Some(2))
    );
    let error = render(&["\n{% include 'no.html' %}"]).unwrap_err();
    assert_eq!(
        (error.kind(), error.line()),
        (RenderErrorKind::NotFound, Some(2))
    );
}
