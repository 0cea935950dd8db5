//! Package templates that want to bring the host down. Each ends with an error soon, and the
//! host renders the next page.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::RenderErrorKind;
use super::{Host, block_on, session};

/// What the process may grow to during one attack: far below what each would take.
const MEMORY: u64 = 300 << 20;

/// The most that the process has held since [`forget_most_resident`], in bytes. Other tests
/// of this process count as well, other attacks do not: they wait.
fn most_resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() << 10
}

/// From now on the most is what is held now.
fn forget_most_resident() {
    // Where the system refuses, what was held before counts too.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// One attack at a time, so that the memory of one is not counted as another's.
static ONE: Mutex<()> = Mutex::new(());

#[track_caller]
fn attack(files: &[(&str, &str)]) {
    let mut all = vec![("good.html", "still here")];
    all.extend(files);
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Only now, or the time of its page would go by while others attack.
    let host = Host::with(&[], &all);
    forget_most_resident();
    block_on(async {
        let before = Instant::now();
        let result = host.package(files[0].0, json!({ "word": "x" })).await;
        let took = before.elapsed();
        let source: String = files[0].1.chars().take(200).collect();
        let error = match result {
            Ok(page) => panic!("{source}: {} bytes after {took:?}", page.len()),
            Err(error) => error,
        };
        assert_eq!(
            error.kind(),
            RenderErrorKind::LimitReached,
            "{source}: {error}"
        );
        // By a limit of its own, long before the time of its page is over.
        let text = error.to_string();
        assert!(
            !text.contains("deadline"),
            "{source}: {text} after {took:?}"
        );
        let most = most_resident();
        assert!(most < MEMORY, "{source}: {} MiB: {error}", most >> 20);
        assert_eq!(
            host.package("good.html", json!({})).await.unwrap(),
            "still here"
        );
    });
}

fn page(source: &str) {
    attack(&[("x.html", source)]);
}

#[test]
fn endless_loops() {
    page("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}");
    page(
        "{% for a in range(99999) %}{% for b in range(99999) %}{% if a == b %}{% break %}{% endif %}{% endfor %}{% endfor %}",
    );
    page(
        "{% set l = range(100000)|list %}{% for a in l %}{% for b in l %}{% break %}{% endfor %}{% endfor %}",
    );
    page("{{ range(10**9) }}");
    page("{{ range(100000)|list|length + range(10**9)|length }}");
}

#[test]
fn large_texts_out_of_few_operations() {
    let doubling = "{% set x = x ~ x %}".repeat(40);
    page(&format!(
        "{{% set x = 'xxxxxxxx' %}}{doubling}{{{{ x|length }}}}"
    ));
    page(&format!(
        "{{% set x = 'xxxxxxxx' %}}{}{{{{ x|length }}}}",
        "{% set x = x + x %}".repeat(40)
    ));
    page(
        "{% set ns = namespace(x='x') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x|length }}",
    );
    page(
        "{% macro m(x, n) %}{% if n %}{{ m(x ~ x, n - 1) }}{% else %}{{ x|length }}{% endif %}{% endmacro %}{{ m('xxxxxxxx', 30) }}",
    );
    page("{% for x in ['xxxx'] recursive %}{{ loop([x ~ x ~ x ~ x]) }}{% endfor %}");
    page(
        "{{ (range(50000)|join(word ~ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'))|replace('x', range(9999)|join) }}",
    );
    page("{{ range(1000)|join('x')|replace('x', range(99999)|join('yyyyyyy')) }}");
    page("{% set a = range(20000)|join %}{{ range(5000)|join(a) }}");
    page("{{ 'x'|indent(400000000, true) }}");
    page("{{ 'a\nb'|indent(width=400000000) }}");
    page("{{ [1]|batch(400000000, 'x') }}");
    page("{{ [1]|slice(400000000, 'x') }}");
    page("{{ [[[1]]]|tojson(indent=400000000) }}");
    page("{{ [[[1]]]|tojson(400000000) }}");
    page("{{ ['a']|map('indent', 400000000, true)|list }}");
    page("{% filter replace('x', range(90000)|join) %}{{ range(20000)|join('x') }}{% endfilter %}");
    page(
        "{% set s %}{% for i in range(100000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endset %}{{ s|length }}",
    );
    page(
        "{% macro m() %}{% for i in range(90000) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}{% endmacro %}{% set x = m() %}",
    );
}

#[test]
fn repetition_by_multiplication_is_no_operation() {
    for source in [
        "{{ 'x' * 400000000 }}",
        "{{ 400000000 * 'x' }}",
        "{{ [1] * 400000000 }}",
        "{{ ('x' * 9) * 9 * 99999999 }}",
    ] {
        let host = Host::with(&[], &[("x.html", source)]);
        let error = block_on(host.package("x.html", json!({}))).unwrap_err();
        assert!(
            error.to_string().contains("`*` multiplies numbers only"),
            "{source}: {error}"
        );
        assert_eq!(error.kind(), RenderErrorKind::BadTemplate);
    }
}

#[test]
fn lists_that_share_themselves() {
    let nest = "{% set l = [l, l] %}".repeat(40);
    page(&format!("{{% set l = [1] %}}{nest}{{{{ l }}}}"));
    page(&format!("{{% set l = [1] %}}{nest}{{{{ l == l }}}}"));
    page(&format!(
        "{{% set l = {{}} %}}{}{{{{ l|tojson }}}}",
        "{% set l = {'a': l, 'b': l} %}".repeat(40)
    ));
    page(&format!(
        "{{% set l = {{}} %}}{}{{{{ l }}}}",
        "{% set l = dict(a=l, b=l) %}".repeat(40)
    ));
    page(
        "{% set ns = namespace(l=[1]) %}{% for i in range(90000) %}{% set ns.l = [ns.l] %}{% endfor %}",
    );
    page(
        "{% set ns = namespace(l=[1]) %}{% for i in range(90000) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{{ ns.l|length }}",
    );
    page(
        "{% set ns = namespace(l=range(9)) %}{% for i in range(90000) %}{% set ns.l = ns.l[0:] %}{% endfor %}{{ ns.l }}",
    );
    page(
        "{% set ns = namespace(l=range(9)) %}{% for i in range(90000) %}{% set ns.l = ns.l|map('string') %}{% endfor %}{{ ns.l }}",
    );
    page(
        "{% set ns = namespace() %}{% for i in range(90000) %}{% set ns.a = namespace(b=ns.a) %}{% endfor %}{{ ns }}",
    );
    page(
        "{% set ns = namespace(l=namespace()) %}{% for i in range(99999) %}{% set ns.l = dict(a=ns.l) %}{% endfor %}",
    );
    page(&format!("{{{{ {}1{} }}}}", "[".repeat(60), "]".repeat(60)));
}

#[test]
fn a_namespace_cannot_hold_itself() {
    let source =
        "{% set ns = namespace(n=1) %}{% set ns.me = ns %}{% set ns.me = [ns] %}{{ ns.me|length }}";
    let host = Host::with(&[], &[("x.html", source)]);
    assert_eq!(block_on(host.package("x.html", json!({}))).unwrap(), "1");
}

#[test]
fn deep_recursion() {
    page("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
    page("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}");
    page("{% macro m(f) %}{{ f(f) }}{% endmacro %}{{ m(m) }}");
    page(
        "{% macro m() %}{% if caller %}{% endif %}{% call m() %}x{% endcall %}{% endmacro %}{{ m() }}",
    );
    page("{% include 'x.html' %}");
    page("{% block a %}{{ self.a() }}{% endblock %}");
    page("{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}");
    attack(&[
        ("x.html", "{% include 'y.html' %}"),
        ("y.html", "{% include 'x.html' %}"),
    ]);
    attack(&[
        (
            "x.html",
            "{% from 'y.html' import m %}{% macro n() %}{{ m() }}{% endmacro %}{{ m() }}",
        ),
        (
            "y.html",
            "{% macro m() %}{% include 'x.html' %}{% endmacro %}",
        ),
    ]);
    attack(&[("x.html", "{% import 'x.html' as x %}")]);
}

#[test]
fn sources_that_exhaust_the_parser() {
    page(&format!("{{{{ {} 1 }}}}", "not ".repeat(50_000)));
    page(&format!("{{{{ 1{} }}}}", "+1".repeat(50_000)));
    page(&format!("{{{{ word{} }}}}", "|upper".repeat(50_000)));
    page(&format!("{{{{ word{} }}}}", ".a".repeat(50_000)));
    page(&format!("{{{{ {}1 }}}}", "-".repeat(50_000)));
    page(&format!("{{{{ {}1 }}}}", "1 if 1 else ".repeat(50_000)));
    page(&"{% if word %}".repeat(50_000));
    page(&format!(
        "{{% if word %}}{}{{% endif %}}",
        "{% elif word %}".repeat(20_000)
    ));
}

#[test]
fn the_longest_tags_that_pass_do_no_harm() {
    let host = |source: &str| {
        let host = Host::with(&[], &[("x.html", source)]);
        block_on(host.package("x.html", json!({ "word": "x" }))).map(|page| page.len())
    };
    for source in [
        format!("{{{{ {} 1 }}}}", "not ".repeat(990)),
        format!("{{{{ 1{} }}}}", "+1".repeat(490)),
        format!("{{{{ word{} }}}}", "~word".repeat(490)),
        format!("{{{{ word{} }}}}", "|upper".repeat(490)),
        format!("{{{{ 1{} }}}}", "*2*0".repeat(240)),
        format!(
            "{{% if none %}}{}{{% endif %}}",
            "{% elif none %}".repeat(199)
        ),
        "{% if word %}".repeat(60) + &"{% endif %}".repeat(60),
    ] {
        let shown: String = source.chars().take(60).collect();
        if let Err(error) = host(&source) {
            assert_eq!(
                error.kind(),
                RenderErrorKind::LimitReached,
                "{shown}: {error}"
            );
        }
    }
}

#[test]
fn huge_output() {
    page(
        "{% for a in range(100000) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
    );
    page(&format!(
        "{{% for a in range(100000) %}}{}{{% endfor %}}",
        "x".repeat(1000)
    ));
    page("{% use my_plugin %}{% for a in range(1000) %}{{ large() }}{% endfor %}");
    attack(&[
        (
            "x.html",
            "{% for a in range(100000) %}{% include 'y.html' %}{% endfor %}",
        ),
        ("y.html", &"y".repeat(60)),
    ]);
    page("{% for a in range(100000) %}{% include 'nowhere' ~ a ignore missing %}{% endfor %}");
}

#[test]
fn slow_filters() {
    page("{% set l = range(20000)|list %}{{ l|select('in', l)|list|length }}");
    page("{% set s = range(99999)|join %}{% for i in range(99999) %}{{ s[i] }}{% endfor %}");
    page("{% set s = range(99999)|join %}{% for i in range(99999) %}{{ s|length }}{% endfor %}");
    page(
        "{% set l = range(99999)|list %}{% for i in range(99999) %}{{ l|sort|first }}{% endfor %}",
    );
    page(
        "{% set s = range(99999)|join %}{% for i in range(99999) %}{% if s == s ~ '' %}{% endif %}{% endfor %}",
    );
    page(
        "{% set s = range(99999)|join %}{% for i in range(99999) %}{% set x = 'y' in s %}{% endfor %}",
    );
}

#[test]
fn the_deadline_ends_a_page() {
    let source = "{% use my_plugin %}{% for a in range(1000) %}{{ slow() }}{% endfor %}";
    let host = Host::with(&[], &[("x.html", source)]);
    block_on(async {
        let session = session(Duration::from_millis(100));
        let rendered = host
            .templates
            .render_package(&session, &host.package, "x.html", json!({}));
        let error = rendered.await.unwrap_err();
        assert_eq!(error.kind(), RenderErrorKind::LimitReached, "{error}");
    });
}
