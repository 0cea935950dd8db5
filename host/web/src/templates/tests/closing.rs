//! Of what a plugin shows nothing stays open, wherever it stands; what it makes for itself is left
//! as it is.

use serde_json::json;

use super::{Host, block_on, render};
use crate::templates::{RenderError, RenderErrorKind};

const OPEN: &str = "</main><form action=\"/x\"><b>x";

/// Renders `part.html` of a package as a page's part, and as a text of the package's own.
fn both(part: &str) -> [Result<String, RenderError>; 2] {
    let layout = "<main>{% block body %}none{% endblock %}</main><form></form>";
    block_on(async {
        let host = Host::with(&[("layout.html", layout)], &[("part.html", part)]);
        let (templates, session) = (&host.templates, &host.session);
        let shown = templates.render_part(
            session,
            &host.plugins.0["my_plugin"],
            "part.html",
            json!({}),
        );
        let shown = shown.await.map(|it| it.html);
        [shown, host.package("part.html", json!({})).await]
    })
}

#[test]
fn a_part_of_a_page_is_closed_and_a_text_is_not() {
    let [shown, own] = both(OPEN);
    assert_eq!(shown.unwrap(), "<form action=\"/x\"><b>x</b></form>");
    assert_eq!(own.unwrap(), OPEN);
    let [shown, own] = both("<plaintext>");
    assert_eq!(shown.unwrap_err().kind(), RenderErrorKind::BadTemplate);
    assert_eq!(own.unwrap(), "<plaintext>");
}

#[test]
fn a_block_of_a_layout_is_closed() {
    let page = |body: &str| {
        let page = format!("{{% extends 'layout.html' %}}{{% block body %}}{body}{{% endblock %}}");
        let [shown, own] = both(&page);
        assert_eq!(shown.as_deref().ok(), own.as_deref().ok());
        shown
    };
    let closed = "<main><form action=\"/x\"><b>x</b></form></main><form></form>";
    assert_eq!(page(OPEN).unwrap(), closed);
    assert_eq!(
        page("{{ super() }}<b>").unwrap(),
        "<main>none<b></b></main><form></form>"
    );
    assert_eq!(
        page("a &amp; b").unwrap(),
        "<main>a &amp; b</main><form></form>"
    );
    assert_eq!(
        page("<plaintext>").unwrap_err().kind(),
        RenderErrorKind::BadTemplate
    );
}

#[test]
fn an_answer_is_closed_in_the_applications_templates() {
    let shown = render(&["{% use my_plugin %}<p>{{ open() }}</p>{{ badge() }}"]);
    let closed = "<p><form action=\"/x\"><b>x</b></form></p><b>new</b>";
    assert_eq!(shown.unwrap(), closed);
    let endless = render(&["{% use my_plugin %}{{ endless() }}"]).unwrap_err();
    let says = "plugin `my-plugin`, function `endless`: its HTML has an element that never ends";
    assert!(endless.to_string().contains(says), "{endless}");
}
