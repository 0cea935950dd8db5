//! What a package's template may reach.

use std::sync::Arc;
use std::time::Duration;

use goatkit_package::PluginName;
use serde_json::json;

use super::super::{RenderErrorKind, TemplateSettings};
use super::{Answers, Host, block_on, render_package, session, values};

#[track_caller]
fn check(files: &[&str], expect: &str) {
    assert_eq!(render_package(files).unwrap(), expect, "{files:?}");
}

#[track_caller]
fn refused(files: &[&str], kind: RenderErrorKind, says: &str) {
    let error = render_package(files).unwrap_err();
    assert!(error.to_string().contains(says), "{files:?}: {error}");
    assert_eq!(error.kind(), kind, "{files:?}: {error}");
}

#[test]
fn a_plugin_uses_itself_and_nobody_else() {
    check(
        &["{% use my_plugin %}{{ calculate_something('input').value }}{{ badge() }}{{ markup() }}"],
        "5<b>new</b>&lt;i&gt;",
    );
    refused(
        &["\n{% use other %}"],
        RenderErrorKind::Denied,
        "template `x.html`, line 2: a template of the plugin `my_plugin` may use `my_plugin`, and \
         `other` only when that was granted: add `plugins: [other]` under `capabilities`",
    );
    refused(
        &["{{ shared() }}"],
        RenderErrorKind::UnknownFunction,
        "this file uses no plugin",
    );
}

#[test]
fn a_page_calls_the_version_that_it_is_of() {
    let host = Host::with(&[], &[("x.html", "{% use my_plugin %}{{ shared() }}")]);
    // What others find under its name is another version by now.
    let mut own = host.plugins.0["my_plugin"].clone();
    own.code = Arc::new(Answers {
        plugin: PluginName::parse("before").unwrap(),
        held: Arc::clone(&host.held),
    });
    let page = block_on(async {
        let part = host
            .templates
            .render_part(&host.session, &own, "x.html", json!({}));
        part.await.unwrap().html
    });
    assert_eq!(page, "before.shared[]");
}

#[test]
fn translations_and_assets() {
    check(
        &["{{ t('greeting', name='<Ada>') }}{{ t('missing') }}"],
        "Hallo &lt;Ada&gt;!missing",
    );
    let page = render_package(&["{{ asset('app.css') }}"]).unwrap();
    assert!(
        page.starts_with("/plugins/my-plugin/") && page.ends_with("/static/app.css"),
        "{page}"
    );
    refused(
        &["{{ asset('app.cs') }}"],
        RenderErrorKind::BadTemplate,
        "the plugin `my-plugin` has no file `static/app.cs`; did you mean `app.css`?",
    );
    // What the page passes wins, as over every name.
    let host = Host::with(&[], &[("x.html", "{{ t }}")]);
    let page = block_on(host.package("x.html", json!({ "t": "passed" })));
    assert_eq!(page.unwrap(), "passed");
}

#[test]
fn a_package_reaches_its_own_files_and_the_layouts() {
    check(&["{% include 'y.html' %}", "own"], "own");
    check(
        &[
            "{% extends 'y.html' %}{% block a %}mine{% endblock %}",
            "[{% block a %}{% endblock %}]",
        ],
        "[mine]",
    );
    check(
        &[
            "{% from 'y.html' import m %}{{ m(word) }}",
            "{% macro m(x) %}<{{ x }}>{% endmacro %}",
        ],
        "<text>",
    );
    let application = [
        (
            "layout.html",
            "{% use other %}<{% block body %}{% endblock %}>{% include 'part.html' %}{{ '<hr>'|safe }}{{ theirs(1)|safe }}",
        ),
        ("part.html", "part {{ word }} "),
        ("secret.html", "secret"),
    ];
    let own = [
        (
            "page.html",
            "{% extends 'layout.html' %}{% use my_plugin %}{% block body %}{{ shared() }}{% endblock %}",
        ),
        ("part.html", "not this one"),
        ("steal.html", "{% include 'secret.html' %}"),
        ("prefix.html", "{% include 'application:secret.html' %}"),
        (
            "computed.html",
            "{% include ['application:' ~ 'secret.html', 'refused:x'] %}",
        ),
        ("up.html", "{% include '../manifest.yaml' %}"),
        (
            "block.html",
            "{% extends 'layout.html' %}{% block body %}{{ theirs(1) }}{% endblock %}",
        ),
    ];
    let host = Host::with(&application, &own);
    block_on(async {
        let page = host.package("page.html", values()).await.unwrap();
        assert_eq!(page, "<my-plugin.shared[]>part text <hr>other.theirs[1]");
        for name in ["steal.html", "prefix.html", "computed.html", "up.html"] {
            let error = host.package(name, values()).await.unwrap_err();
            assert_eq!(error.kind(), RenderErrorKind::NotFound, "{name}: {error}");
            assert_eq!(error.line(), Some(1), "{error}");
        }
        let error = host.package("block.html", values()).await.unwrap_err();
        assert_eq!(error.kind(), RenderErrorKind::UnknownFunction, "{error}");
        for name in [
            "secret.html",
            "application:secret.html",
            "layout.html",
            "../x",
            "nowhere.html",
        ] {
            let error = host.package(name, values()).await.unwrap_err();
            assert_eq!(error.kind(), RenderErrorKind::NotFound, "{name}: {error}");
        }
    });
}

#[test]
fn only_a_layout_of_the_application_makes_a_whole_page() {
    let document = "<!doctype html><html></html>";
    let application = [(
        "layout.html",
        "<!doctype html>{% block body %}{% endblock %}",
    )];
    let own = [
        ("own.html", document),
        ("extends_own.html", "{% extends 'own.html' %}"),
        ("includes.html", "{% include 'layout.html' %}"),
        ("blocks.html", "{% include 'extends.html' %}"),
        ("extends.html", "{% extends 'layout.html' %}"),
        ("through_own.html", "{% extends 'extends.html' %}"),
    ];
    let host = Host::with(&application, &own);
    let check = |name: &str, in_layout: bool| {
        let page = host
            .templates
            .render_package(&host.session, &host.package, name, values());
        let page = block_on(page).unwrap();
        assert!(page.html.starts_with("<!doctype html>"), "{name}: {page:?}");
        assert_eq!(page.in_layout, in_layout, "{name}");
    };
    check("own.html", false);
    check("extends_own.html", false);
    check("includes.html", false);
    check("blocks.html", false);
    check("extends.html", true);
    check("through_own.html", true);
}

#[test]
fn a_package_that_takes_long_leaves_threads_to_others() {
    let held = "{% use my_plugin %}{{ held() }}";
    let host = Host::with(&[("x.html", "quick")], &[("held.html", held)]);
    block_on(async {
        let page = |time: Duration| {
            let (templates, package) = (host.templates.clone(), host.package.clone());
            async move {
                let session = session(time);
                templates
                    .render_package(&session, &package, "held.html", values())
                    .await
            }
        };
        let mut pages = tokio::task::JoinSet::new();
        for _ in 0..2 * TemplateSettings::new("").threads {
            pages.spawn(page(Duration::from_secs(60)));
        }
        // Each takes a thread or starts to wait before the next one begins.
        let last = tokio::spawn(page(Duration::from_millis(50)));
        let busy = last.await.unwrap().unwrap_err();
        assert_eq!(busy.kind(), RenderErrorKind::Busy, "{busy}");
        let says = busy.message();
        assert!(says.contains("the plugin `my-plugin` is busy"), "{says}");
        let page = host.application("x.html", values()).await.unwrap();
        assert_eq!(page, "quick");
        assert!(pages.try_join_next().is_none(), "all are held");
        host.held.add_permits(1);
        for page in pages.join_all().await {
            assert_eq!(page.unwrap().html, "held");
        }
    });
}

#[test]
fn text_of_others_stays_escaped() {
    check(
        &["{{ evil }}{{ evil|e }}{{ [evil]|join }}{{ evil|upper }}"],
        "&lt;script&gt;&lt;script&gt;&lt;script&gt;&lt;SCRIPT&gt;",
    );
    let tricks = [
        "{{ evil|e|replace('&lt;', '<') }}",
        "{% set lt %}<{% endset %}{{ evil|e|replace('&lt;', lt) }}",
        "{% set lt %}<{% endset %}{% set gt %}>{% endset %}{{ evil|e|split('&lt;')|join(lt)|e|split('&gt;')|join(gt) }}",
        "{% set lt %}<{% endset %}{{ [evil|e]|map('replace', '&lt;', lt)|join }}",
        "{{ (evil|e)[0:] }}",
        "{{ evil|e|list|join }}",
        "{{ (evil ~ badge)|string }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(evil) }}",
        "{% filter lower %}{{ evil }}{% endfilter %}",
        "{% set x = evil|tojson %}{{ x }}",
    ];
    for trick in tricks {
        let page = render_package(&[trick]).unwrap();
        assert!(!page.contains("<script>"), "{trick}: {page}");
    }
    refused(&["{{ evil|safe }}"], RenderErrorKind::Denied, "`|safe`");
    refused(
        &["{{ [evil]|map('safe')|join }}"],
        RenderErrorKind::Denied,
        "`safe`",
    );
    let text = [
        ("x.html", "{% include 'y.txt' %}"),
        ("y.txt", "{{ evil }}"),
        ("z.txt", "{% include 'y.txt' %}"),
    ];
    let host = Host::with(&[], &text);
    block_on(async {
        let error = host.package("x.html", values()).await.unwrap_err();
        assert_eq!(error.kind(), RenderErrorKind::Denied, "{error}");
        assert_eq!(host.package("z.txt", values()).await.unwrap(), "<script>");
    });
}

#[test]
fn ordinary_pages_work_within_the_limits() {
    check(
        &["{% for x in rows %}{{ x * 2 + 1 }},{% endfor %}{{ rows|length }}{{ rows|sum }}"],
        "3,5,7,36",
    );
    check(
        &[
            "{% set ns = namespace(n=0) %}{% for x in rows %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}",
        ],
        "6",
    );
    check(
        &["{{ {'a': [1, (2, 3)]}.a[1][0] }}{{ rows[1:]|join('-') }}{{ word[0] }}{{ word[::-1] }}"],
        "22-3ttxet",
    );
    check(
        &["{{ rows|map('string')|join }}{{ rows|select('odd')|list|length }}{{ 2 in rows }}"],
        "1232True",
    );
    check(
        &[
            "{{ word|default('x') }}{{ none_such|default('y') }}{{ (rows + [4])|length }}{{ 'a' ~ 1 ~ word }}",
        ],
        "texty4a1text",
    );
    check(
        &[
            "{% for k, v in {'a': 1}|items %}{{ k }}{{ v }}{% endfor %}{{ 'a-b'|split('-')|last }}{{ 3|round }}",
        ],
        "a1b3",
    );
    let rows: Vec<_> = (0..1000)
        .map(|n| json!({ "name": format!("row {n}"), "n": n, "tags": ["a", "b"] }))
        .collect();
    let table = "<table>{% for row in rows %}<tr>{% if row.n is odd %}<td>odd</td>{% endif %}<td>{{ row.name }}</td>\
                 <td>{{ row.tags|join(', ') }}</td><td>{{ loop.index }} of {{ loop.length }}</td>\
                 <td>{{ row.n * 2 }}</td></tr>\n{% endfor %}</table>";
    let host = Host::with(&[], &[("x.html", table)]);
    let page = block_on(host.package("x.html", json!({ "rows": rows }))).unwrap();
    assert!(page.contains("<td>row 999</td>"), "{}", page.len());
}
