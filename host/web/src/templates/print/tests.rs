#![allow(clippy::unwrap_used)]

use minijinja::value::{Rest, Value, ValueOrKwargs};
use minijinja::{AutoEscape, Environment, Error, State, context};
use proptest::prelude::*;

use super::{Author, names, prepare, syntax};

/// What a template renders as it is, and printed again.
fn both(source: &str) -> (Result<String, Error>, Result<String, Error>) {
    let values = context! {
        a => 3, b => "text <b>", list => vec![1, 2, 3], none => Value::from(()), flag => true,
        map => context! { key => "value", inner => context! { deep => 7 } },
    };
    let environment = || {
        let mut env = Environment::new();
        env.set_auto_escape_callback(|_| AutoEscape::Html);
        env.set_debug(false);
        env
    };
    let plain = environment().render_named_str("x.html", source, values.clone());
    let mut env = environment();
    env.set_syntax(syntax().unwrap());
    env.add_function(
        names::CALL,
        |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
            let args = args.into_values();
            match args[2].as_str() {
                Some(method) => args[0].call_method(state, method, &args[3..]),
                None => args[0].call(state, &args[3..]),
            }
        },
    );
    let printed = prepare("x.html", source, Author::Application)
        .and_then(|printed| env.render_named_str("x.html", &printed, values));
    (plain, printed)
}

fn check(source: &str) {
    let (plain, printed) = both(source);
    assert_eq!(printed.unwrap(), plain.unwrap(), "{source}");
}

#[test]
fn what_is_printed_renders_what_was_written() {
    for source in [
        "plain text\nof two lines\n",
        "\n{{ a }}\n\n",
        "{{ a + 1 * 2 - 3 // 2 % 5 ** 2 / 4 }} {{ (a + 1) * 2 }} {{ 2 ** 3 ** 2 }} {{ -a ** 2 }}",
        "{{ a - (1 - 2) }} {{ a - 1 - 2 }} {{ 'x' ~ a ~ (1 ~ 2) ~ b }} {{ 'y' + a ~ 2 }}",
        "{{ 1 < a < 5 }} {{ 1 < a }} {{ (1 < a) == true }} {{ not a in list }} {{ 9 not in list }}",
        "{{ a is defined }} {{ a is divisibleby 3 }} {{ a is not odd and flag or none }}",
        "{{ not not flag }} {{ -(-a) }} {{ (-a)|abs }} {{ -a|abs }} {{ (a if flag else b) ~ 1 }}",
        "{{ a if flag }} {{ a if not flag }}| {{ 1 if a == 1 else 2 if a == 2 else 3 }}",
        "{{ list[0] }} {{ list[-1] }} {{ list[1:] }} {{ list[:2] }} {{ list[::2] }} {{ list[::-1] }}",
        "{{ map.key }} {{ map['inner'].deep }} {{ map.inner['deep'] }} {{ [1, [2, 3]] }} {{ {'x': 1} }}",
        "{{ () }} {{ (1,) }} {{ (1, 2) }} {{ 'q\"\\'\\n\\\\' }} {{ 1.5 }} {{ 1e3 }} {{ 0x1f }} {{ true }}",
        "{{ b|upper|replace('T', 'x')|default('y', true) }} {{ list|join(', ') }} {{ b|safe }}",
        "{{ range(3)|list }} {{ dict(x=1, y=a).y }} {{ range(*[1, 3])|list }} {{ dict(**map) }}",
        "{% for x in list if x > 1 %}{{ loop.index }}{{ x }}{% else %}none{% endfor %}",
        "{% for k, v in map|items %}{{ k }};{% endfor %}{% for (x, y), z in [((1, 2), 3)] %}{{ x }}{{ y }}{{ z }}{% endfor %}",
        "{% for x in [] %}{% else %}none{% endfor %}{% for x in list %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
        "{% for x in [1, [2, [3]]] recursive %}{{ loop(x) if x is sequence else x }}{% endfor %}",
        "{% if a == 1 %}1{% elif a == 2 %}2{% elif a == 3 %}3{% else %}4{% endif %}{% if none %}x{% else %}y{% endif %}",
        "{% if none %}x{% else %}{% if flag %}y{% endif %}{% endif %}",
        "{% set x = 1, 2 %}{{ x }}{% set y, z = [1, 2] %}{{ y }}{{ z }}{% set w %}<i>{{ b }}{% endset %}{{ w }}",
        "{% set w | upper %}<i>{{ b }}{% endset %}{{ w }}{% filter upper|trim %} x {% endfilter %}",
        "{% set ns = namespace(n=0) %}{% for x in list %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}",
        "{% with p = 1, (q, r) = (2, 3) %}{{ p }}{{ q }}{{ r }}{% endwith %}",
        "{% macro m(x, y=2) %}[{{ x }}{{ y }}]{% endmacro %}{{ m(1) }}{{ m(1, y=3) }}{{ m(y=1, x=0) }}",
        "{% macro m(x) %}{{ caller(x) }}{% endmacro %}{% call(y) m(5) %}<{{ y }}>{% endcall %}",
        "{% macro a1() %}1{% endmacro %}{% macro a2() %}{{ a1() }}2{% endmacro %}{{ a2() }}",
        "{% macro m() %}x{% endmacro %}{% set o = {'f': m} %}{{ o.f() }}{{ o['f']() }}{% do m() %}",
        "{% autoescape false %}{{ b }}{% endautoescape %}{% block z %}in {{ b }}{% endblock %}{{ self.z() }}",
        "{%- if flag -%}  x  {%- endif -%}  \n y {{- a -}} \n z {# c #} {%- raw -%} {{ a }} {% endraw %}",
        "{{\n  a\n  +\n  1\n}}\n{% if\n flag\n%}\nx{% endif %}\n",
        "{% for x in (list if flag else []) %}{{ x }}{% endfor %}{{ loop is undefined }}",
        "{{ list|map('string')|join }} {{ list|select('odd')|list }} {{ 'a' 'b' }} {{ a.1 is undefined }}",
        "{{ (list|first) + (list|last) }} {{ ('x' ~ 'y')|upper }} {{ 'x' ~ 'y'|upper }}",
    ] {
        check(source);
    }
}

#[test]
fn errors_keep_their_lines() {
    for source in [
        "a\n\n{{ nothing.here }}",
        "{%- if flag -%}\n\n\n  {{ nothing.here }}{% endif %}",
        "a\n{{\n a\n +\n nothing.here }}",
        "{% raw %}\n\n{% endraw %}\n{# \n #}\n{{ nothing.here }}",
        "{% for x in list -%}\n\n x {% endfor %}\n{% set y = [1,\n 2,\n 3] %}\n{{ nothing.here }}",
        "{% if a == 1 %}\n\n{% elif nothing.here %}\n{% endif %}",
        "x\n{% include 'nowhere' %}",
        "x\n{{ a|nofilter }}",
        "x\n\n{{ 'open",
        "x\n{% if a %}\n",
        "{% macro m() %}\n{{ nothing.here }}\n{% endmacro %}\n{{ m() }}",
    ] {
        let (plain, printed) = both(source);
        let (plain, printed) = (plain.unwrap_err(), printed.unwrap_err());
        assert_eq!(printed.line(), plain.line(), "{source}: {printed} {plain}");
    }
}

fn refused(author: Author, source: &str, says: &str) {
    let error = prepare("x.html", source, author).unwrap_err();
    assert!(error.to_string().contains(says), "{source}: {error}");
}

#[test]
fn names_of_the_host_and_control_characters_are_refused() {
    for author in [Author::Application, Author::Package] {
        refused(author, "{{ gk__call }}", "choose another");
        refused(author, "{% set gk__x = 1 %}", "choose another");
        refused(
            author,
            "{% macro gk__m() %}{% endmacro %}",
            "choose another",
        );
        refused(
            author,
            "{% for gk__x in [] %}{% endfor %}",
            "choose another",
        );
        refused(author, "{{ gk__call(1) }}", "choose another");
        refused(author, "a\u{1}b", "control character");
        refused(
            author,
            "{{ f(a=1, a=2) }}",
            "the argument `a` is passed twice",
        );
        refused(author, "{{ 1e999 }}", "too large");
    }
}

#[test]
fn a_test_whose_argument_would_be_not_is_refused() {
    for author in [Author::Application, Author::Package] {
        refused(author, "{{ a is defined not in list }}", "in brackets");
        assert!(prepare("x.html", "{{ (a is defined) not in list }}", author).is_ok());
        assert!(prepare("x.html", "{{ not a is defined }}", author).is_ok());
    }
}

#[test]
fn packages_do_not_turn_escaping_off() {
    refused(Author::Package, "{{ x|safe }}", "`|safe`");
    refused(
        Author::Package,
        "{% filter safe %}x{% endfilter %}",
        "`|safe`",
    );
    refused(
        Author::Package,
        "{% autoescape false %}{% endautoescape %}",
        "autoescape",
    );
    assert!(prepare("x.html", "{{ x|safe }}", Author::Application).is_ok());
}

#[test]
fn tags_that_would_exhaust_the_parser_are_refused() {
    refused(
        Author::Package,
        &format!("{{{{ {} 1 }}}}", "not ".repeat(20_000)),
        "words and signs",
    );
    refused(
        Author::Package,
        &format!("{{{{ 1{} }}}}", "+1".repeat(20_000)),
        "words and signs",
    );
    let elifs = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(20_000));
    refused(Author::Package, &elifs, "`elif`");
    refused(Author::Package, &"{% if a %}".repeat(20_000), "recursion");
    refused(
        Author::Package,
        &format!("{{{{ {} }}}}", "[".repeat(900)),
        "recursion",
    );
}

/// What may stand on either side of `*` and `**`: numbers only, and small ones. Repeating a text
/// is what `*` does in the language as it comes, and one as long as a product fills the memory.
fn numbers() -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(vec!["a", "1", "2.5", "map.inner.deep"]).prop_map(str::to_owned);
    leaf.prop_recursive(3, 8, 2, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "//", "%", "**"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.prop_map(|a| format!("{a}|abs")),
        ]
    })
}

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a", "b", "1", "2.5", "'s'", "true", "none", "list", "map.key",
    ])
    .prop_map(str::to_owned);
    let leaf = prop_oneof![3 => leaf, 1 => numbers().prop_map(|number| format!("({number})"))];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "/", "//", "%", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("(not {a})")),
            inner.clone().prop_map(|a| format!("[{a}]|first")),
            inner.clone().prop_map(|a| format!("{a}|string|upper")),
            inner.clone().prop_map(|a| format!("{a} is defined")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_expression_means_the_same_printed_again(expression in expressions()) {
        let (plain, printed) = both(&format!("{{{{ {expression} }}}}"));
        match (plain, printed) {
            (Ok(plain), Ok(printed)) => prop_assert_eq!(printed, plain),
            // Refused as it stands, whatever it would come to: the language misreads it.
            (Ok(_), Err(error)) if error.to_string().contains("`not` is read as a value") => {}
            (plain, printed) => prop_assert_eq!(printed.is_err(), plain.is_err(), "{}", expression),
        }
    }

    #[test]
    fn nothing_panics(source in "(\\{\\{|\\}\\}|\\{%|%\\}|if|for|in|set|use|a|\\(|\\)|'|\\.|,| |\n|end|\\||~|\\*|=|\\[|\\]){0,30}") {
        let _ = prepare("x.html", &source, Author::Package);
    }
}
