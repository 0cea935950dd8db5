//! Each rule of what a name means.

use super::super::RenderErrorKind;
use super::render;

#[track_caller]
fn check(files: &[&str], expect: &str) {
    assert_eq!(render(files).unwrap(), expect, "{files:?}");
}

#[track_caller]
fn refused(files: &[&str], kind: RenderErrorKind, says: &str) {
    let error = render(files).unwrap_err();
    assert_eq!(error.to_string(), says, "{files:?}");
    assert_eq!(error.kind(), kind, "{files:?}");
}

const USE: &str = "{% use my_plugin %}";

#[test]
fn the_page_of_the_demo() {
    let page = "{% use my_plugin %}\n\n<div>\n  {% with stats=calculate_something(\"input\") %}\n    \
                <p>Result: {{ stats.value }}</p>\n  {% endwith %}\n</div>\n";
    check(&[page], "\n\n<div>\n  \n    <p>Result: 5</p>\n  \n</div>");
}

#[test]
fn a_function_is_called_bare_and_qualified() {
    check(&[&format!("{USE}{{{{ now() }}}}")], "my-plugin.now[]");
    check(
        &["{% use my_plugin %}{{ my_plugin.shared() }}"],
        "my-plugin.shared[]",
    );
    check(
        &["{% use 'my_plugin' %}{{ shared() }}"],
        "my-plugin.shared[]",
    );
    check(&["{{ shared() }}{% use my_plugin %}"], "my-plugin.shared[]");
    check(
        &["{% if false %}{% use my_plugin %}{% endif %}{{ shared() }}"],
        "my-plugin.shared[]",
    );
    check(
        &["{% use my_plugin %}{{ (shared()|upper)[:9] }}"],
        "MY-PLUGIN",
    );
    check(
        &["{% use my_plugin %}{% do shared() %}{{ [shared()]|first }}"],
        "my-plugin.shared[]",
    );
}

#[test]
fn macros_call_what_their_own_file_uses() {
    let within = "{% macro m() %}{{ shared() }}{{ my_plugin.now() }}{% endmacro %}";
    let both = "my-plugin.shared[]my-plugin.now[]";
    check(&[&format!("{USE}{within}{{{{ m() }}}}")], both);
    check(&[&format!("{within}{USE}{{{{ m() }}}}")], both);
    let inside = "{% macro m() %}{% use my_plugin %}{{ shared() }}{% endmacro %}{{ m() }}";
    check(&[inside], "my-plugin.shared[]");
    let nested =
        "{% macro a1() %}{{ shared() }}{% endmacro %}{% macro m() %}{{ a1() }}{% endmacro %}";
    check(
        &[&format!("{nested}{{{{ m() }}}}{USE}")],
        "my-plugin.shared[]",
    );
    let call =
        "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ shared() }}{% endcall %}";
    check(&[&format!("{USE}{call}")], "my-plugin.shared[]");
}

#[test]
fn an_imported_macro_calls_what_its_file_uses() {
    let library = "{% use my_plugin %}{% macro m() %}{{ shared() }}{% endmacro %}";
    check(
        &["{% from 'y.html' import m %}{{ m() }}", library],
        "my-plugin.shared[]",
    );
    check(
        &["{% import 'y.html' as y %}{{ y.m() }}", library],
        "my-plugin.shared[]",
    );
    let own = "{% use other %}{% import 'y.html' as y %}{{ y.m() }}{{ shared() }}";
    check(&[own, library], "my-plugin.shared[]other.shared[]");
    // What the importing file uses is not the library's.
    let poor = "{% macro m() %}{{ theirs(1) }}{% endmacro %}";
    refused(
        &["{% use other %}{% import 'y.html' as y %}{{ y.m() }}", poor],
        RenderErrorKind::UnknownFunction,
        "template `y.html`, line 1: there is no function `theirs`: this file uses no plugin; write \
         `{% use my_plugin %}` for the plugin that has it",
    );
    // And what the library uses is not the importing file's.
    refused(
        &["{% import 'y.html' as y %}\n{{ shared() }}", library],
        RenderErrorKind::UnknownFunction,
        "template `x.html`, line 2: there is no function `shared`: this file uses no plugin; write \
         `{% use my_plugin %}` for the plugin that has it",
    );
}

#[test]
fn a_use_does_not_pass_through_includes() {
    refused(
        &[
            "{% use my_plugin %}{% include 'y.html' %}",
            "\n{{ shared() }}",
        ],
        RenderErrorKind::UnknownFunction,
        "template `y.html`, line 2: there is no function `shared`: this file uses no plugin; write \
         `{% use my_plugin %}` for the plugin that has it",
    );
    refused(
        &[
            "{% use my_plugin %}{% include 'y.html' %}",
            "{{ my_plugin.shared() }}",
        ],
        RenderErrorKind::UnknownFunction,
        "template `y.html`, line 1: `my_plugin` is undefined here, so `my_plugin.shared` cannot be \
         called; if it is a plugin, write `{% use my_plugin %}` in this file",
    );
    refused(
        &[
            "{% include 'y.html' %}\n{{ shared() }}",
            "{% use my_plugin %}{{ shared() }}",
        ],
        RenderErrorKind::UnknownFunction,
        "template `x.html`, line 2: there is no function `shared`: this file uses no plugin; write \
         `{% use my_plugin %}` for the plugin that has it",
    );
    check(
        &[
            "{% use other %}{% include 'y.html' %}{{ shared() }}",
            "{% use my_plugin %}{{ shared() }}",
        ],
        "my-plugin.shared[]other.shared[]",
    );
    // A name that the file does not use is not even defined: `name` is optional here.
    let optional = "{% if name %}x{% endif %}{{ name }}{{ my_plugin is defined }}";
    check(
        &["{% use my_plugin %}{% include 'y.html' %}", optional],
        "False",
    );
}

#[test]
fn blocks_call_what_their_own_file_uses() {
    let base = "{% use other %}{% block a %}{{ shared() }}{% endblock %}|{% block b %}{{ shared() }}{% endblock %}";
    let child = "{% extends 'y.html' %}{% use my_plugin %}{% block a %}{{ shared() }}{{ super() }}{% endblock %}";
    check(
        &[child, base],
        "my-plugin.shared[]other.shared[]|other.shared[]",
    );
    check(
        &["{% use my_plugin %}{% block a %}{{ shared() }}{% endblock %}{{ self.a() }}"],
        "my-plugin.shared[]my-plugin.shared[]",
    );
    refused(
        &[
            "{% extends 'y.html' %}{% block a %}\n{{ shared() }}{% endblock %}",
            base,
        ],
        RenderErrorKind::UnknownFunction,
        "template `x.html`, line 2: there is no function `shared`: this file uses no plugin; write \
         `{% use my_plugin %}` for the plugin that has it",
    );
}

#[test]
fn a_plugin_hides_nothing() {
    // A builtin.
    check(
        &["{% use my_plugin %}{{ range(3)|join }}{{ my_plugin.range() }}"],
        "012my-plugin.range[]",
    );
    check(
        &["{% use my_plugin %}{{ dict(a=1).a }}{{ my_plugin.dict() }}"],
        "1my-plugin.dict[]",
    );
    // A context variable, which cannot be called: `Title` is text.
    assert!(
        render(&["{% use my_plugin %}{{ title }}{{ my_plugin.title() }}"])
            .is_ok_and(|page| page == "Titlemy-plugin.title[]")
    );
    let called = render(&["{% use my_plugin %}{{ title() }}"]).unwrap_err();
    assert_eq!(called.kind(), RenderErrorKind::BadTemplate);
    // A macro, a variable, a loop's variable, an argument.
    check(
        &["{% use my_plugin %}{% macro shared() %}mine{% endmacro %}{{ shared() }}"],
        "mine",
    );
    check(
        &["{% use my_plugin %}{% macro m() %}mine{% endmacro %}{% set now = m %}{{ now() }}"],
        "mine",
    );
    let inside = "{% use my_plugin %}{% macro now() %}mine{% endmacro %}{% macro m() %}{{ now() }}{% endmacro %}";
    check(&[&format!("{inside}{{{{ m() }}}}")], "mine");
    check(
        &["{% use my_plugin %}{% for item in rows %}{{ item }}{% endfor %}{{ item() }}"],
        "123my-plugin.item[]",
    );
    // A variable of the plugin's own name.
    check(
        &["{% use my_plugin %}{% set my_plugin = {'now': 7} %}{{ my_plugin.now }}{{ now() }}"],
        "7my-plugin.now[]",
    );
    let hidden = "{% use my_plugin %}{% macro m() %}mine{% endmacro %}{% set my_plugin = {'now': m} %}{{ my_plugin.now() }}";
    check(&[hidden], "mine");
}

#[test]
fn a_bare_name_that_two_plugins_define_is_refused_where_it_is_called() {
    let both = "{% use my_plugin %}{% use other %}";
    check(
        &[&format!(
            "{both}{{{{ my_plugin.shared() }}}}{{{{ other.shared() }}}}"
        )],
        "my-plugin.shared[]other.shared[]",
    );
    check(&[&format!("{both}{{{{ now() }}}}")], "my-plugin.now[]");
    refused(
        &[&format!("{both}\n{{{{ shared() }}}}")],
        RenderErrorKind::UnknownFunction,
        "template `x.html`, line 2: the plugins `my_plugin` and `other` both define `shared`; write \
         `my_plugin.shared(…)` or `other.shared(…)`",
    );
}

#[test]
fn unknown_plugins_and_functions_are_told_with_the_nearest() {
    refused(
        &["a\n{% use my_plugn %}"],
        RenderErrorKind::UnknownPlugin,
        "template `x.html`, line 2: there is no plugin `my_plugn`; did you mean `my_plugin`?",
    );
    refused(
        &["{% use broken %}"],
        RenderErrorKind::UnknownPlugin,
        "template `x.html`, line 1: the plugin `broken` cannot be used: it does not register",
    );
    refused(
        &["{% include 'y.html' %}", "\n\n{% use nothing_like_it %}"],
        RenderErrorKind::UnknownPlugin,
        "template `y.html`, line 3: there is no plugin `nothing_like_it`",
    );
    refused(
        &["{% use other %}\n\n{{ thiers() }}"],
        RenderErrorKind::UnknownFunction,
        "template `x.html`, line 3: there is no function `thiers`; `other` defines `shared`, \
         `theirs`; did you mean `theirs`?",
    );
    refused(
        &["{% use other %}{{ other.thiers() }}"],
        RenderErrorKind::UnknownFunction,
        "template `x.html`, line 1: the plugin `other` has no function `thiers`; `other` \
         defines `shared`, `theirs`; did you mean `theirs`?",
    );
    refused(
        &["{% use a b %}"],
        RenderErrorKind::BadTemplate,
        "template `x.html`, line 1: this `use` is not followed by one name; write `{% use my_plugin \
         %}`, with one plugin's name in small letters, digits and `_` (where the name has a `-`, a \
         template writes `_`)",
    );
}
