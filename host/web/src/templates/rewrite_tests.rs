#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{Use, rewrite};

fn check(source: &str, rewritten: &str, uses: &[(&str, usize)]) {
    let found = rewrite(source).unwrap();
    assert_eq!(found.source, rewritten, "{source}");
    let expect: Vec<Use> = uses
        .iter()
        .map(|&(plugin, line)| Use {
            plugin: plugin.to_owned(),
            line,
        })
        .collect();
    assert_eq!(found.uses, expect, "{source}");
}

fn same(source: &str) {
    check(source, source, &[]);
}

fn wrong(source: &str, line: usize, says: &str) {
    let problem = rewrite(source).unwrap_err();
    assert_eq!(problem.line, Some(line), "{source}");
    assert!(
        problem.message.contains(says),
        "{source}: {}",
        problem.message
    );
    assert!(
        problem.message.contains("write `{% use my_plugin %}`"),
        "{}",
        problem.message
    );
}

#[test]
fn a_use_tag_becomes_a_comment_of_its_length() {
    check(
        "{% use my_plugin %}",
        "{# use my_plugin #}",
        &[("my_plugin", 1)],
    );
    check("{%use a%}x", "{#use a#}x", &[("a", 1)]);
    check(
        "a\n{% use \"b\" %}\nc",
        "a\n{# use \"b\" #}\nc",
        &[("b", 2)],
    );
    check("{%- use 'x' -%}", "{#- use 'x' -#}", &[("x", 1)]);
    check("{%+ use x +%}", "{#+ use x +#}", &[("x", 1)]);
    check("{%\n use\n x\n%}\n", "{#\n use\n x\n#}\n", &[("x", 1)]);
    check("ä{% use x %}ö", "ä{# use x #}ö", &[("x", 1)]);
    check(
        "{% use a %}{% use b %}{% use a %}",
        "{# use a #}{# use b #}{# use a #}",
        &[("a", 1), ("b", 1)],
    );
    let within = "{% if x %}\n{% use a %}{% endif %}";
    check(within, "{% if x %}\n{# use a #}{% endif %}", &[("a", 2)]);
}

#[test]
fn what_only_looks_like_a_use_tag_stays() {
    same("");
    same("{# {% use a %} #}");
    same("{% raw %}{% use a %}{% endraw %}");
    same("{%- raw -%}{% use a %}{%- endraw -%}");
    same("{{ \"{% use a %}\" }}");
    same("{% set x = '{% use a %}' %}");
    same("{% used a %}");
    same("{% set use = 1 %}{{ use }}");
    same("{{ use }}");
    same("{ % use a % }");
}

#[test]
fn what_the_parser_will_refuse_is_left_to_it() {
    same("{% use a");
    same("{% use 'a");
    same("{% if ");
    same("{{ 'open }} {% use a %}");
}

#[test]
fn a_malformed_tag_is_refused_with_its_line_and_a_right_one() {
    wrong("{% use %}", 1, "names no plugin");
    wrong("\n\n{% use a b %}", 3, "not followed by one name");
    wrong("{% use a.b %}", 1, "not followed by one name");
    wrong("{% use a, b %}", 1, "not followed by one name");
    wrong(
        "{% use my-plugin %}",
        1,
        "where the name has a `-`, a template writes `_`",
    );
    wrong(
        "{% use 'my-plugin' %}",
        1,
        "`my-plugin` is no plugin's name",
    );
    wrong("{% use '' %}", 1, "`` is no plugin's name");
    wrong("{% use Plugin %}", 1, "`Plugin` is no plugin's name");
    wrong("{% use '#}' %}", 1, "is no plugin's name");
    wrong("{% use 7 %}", 1, "not followed by one name");
}

#[test]
fn whitespace_control_is_that_of_a_tag() {
    for tag in [
        "{% use x %}",
        "{%- use x %}",
        "{% use x -%}",
        "{%- use x -%}",
        "{%+ use x +%}",
    ] {
        let text = format!("a \n {tag} \n b");
        let rendered = |source: &str| {
            minijinja::Environment::new()
                .render_str(source, ())
                .unwrap()
        };
        let like = rendered(&text.replace("use x", "set x = 1"));
        assert_eq!(rendered(&rewrite(&text).unwrap().source), like, "{tag}");
    }
}

fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "{%",
        "%}",
        "{{",
        "}}",
        "{#",
        "#}",
        "-",
        "+",
        " ",
        "\n",
        "\r\n",
        "use",
        "use ",
        "a",
        "my_plugin",
        "raw",
        "endraw",
        "\"",
        "'",
        "\\",
        ".",
        ",",
        "ä",
        "{",
        "}",
        "%",
        "#",
        "{% use a %}",
        "{% raw %}",
        "{% endraw %}",
        "if",
        "{% if a %}",
        "1",
    ]);
    prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat())
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_moves(source in scraps()) {
        if let Ok(rewritten) = rewrite(&source) {
            prop_assert_eq!(rewritten.source.len(), source.len());
            let lines = |text: &str| text.matches('\n').count();
            prop_assert_eq!(lines(&rewritten.source), lines(&source));
            if rewritten.uses.is_empty() {
                prop_assert_eq!(&rewritten.source, &source);
            }
            prop_assert!(rewrite(&rewritten.source).unwrap().uses.is_empty());
        }
    }

    #[test]
    fn a_source_without_the_word_stays(source in scraps()) {
        let source = source.replace("use", "us");
        prop_assert_eq!(rewrite(&source).unwrap().source, source);
    }

    #[test]
    fn any_text_is_read(source in ".{0,200}") {
        let _ = rewrite(&source);
    }
}
