//! Arguments, answers, and what a call's error says.

use goatkit_runtime::CallErrorKind;

use super::super::RenderErrorKind;
use super::render;

#[track_caller]
fn check(expression: &str, expect: &str) {
    let source = format!("{{% use my_plugin %}}{{{{ {expression} }}}}");
    assert_eq!(render(&[&source]).unwrap(), expect, "{expression}");
}

#[track_caller]
fn refused(expression: &str, kind: CallErrorKind, says: &str) {
    let source = format!("{{% use my_plugin %}}\n{{{{ {expression} }}}}");
    let error = render(&[&source]).unwrap_err();
    let says = format!("template `x.html`, line 2: plugin `my-plugin`, function {says}");
    assert_eq!(error.to_string(), says, "{expression}");
    assert_eq!(error.kind(), RenderErrorKind::Call(kind), "{expression}");
}

#[test]
fn arguments_stand_in_the_order_of_the_registration() {
    check("echo(1)|safe", "my-plugin.echo[1]");
    check("echo(1, 2, 3)|safe", "my-plugin.echo[1,2,3]");
    check("echo(a=1)|safe", "my-plugin.echo[1]");
    check("echo(c=3, a=1)|safe", "my-plugin.echo[1,null,3]");
    check("echo(1, c=3)|safe", "my-plugin.echo[1,null,3]");
    check("echo(1, b=none)|safe", "my-plugin.echo[1,null]");
    check("echo(*[1, 2], **{'c': 3})|safe", "my-plugin.echo[1,2,3]");
    check("my_plugin.echo(b=2, a=1)|safe", "my-plugin.echo[1,2]");
    check(
        "echo({'k': [1.5, true, none, 'ä']})|safe",
        "my-plugin.echo[{\"k\":[1.5,true,null,\"ä\"]}]",
    );
    check("echo(range(3))|safe", "my-plugin.echo[[0,1,2]]");
}

#[test]
fn arguments_that_do_not_fit_are_refused_by_name() {
    use CallErrorKind::Invalid;
    refused("echo()", Invalid, "`echo`: the argument `a` is missing");
    refused("echo(b=1)", Invalid, "`echo`: the argument `a` is missing");
    refused(
        "echo(1, 2, 3, 4)",
        Invalid,
        "`echo`: it takes 3 arguments, `a`, `b`, `c`, and 4 were passed",
    );
    refused(
        "badge(1)",
        Invalid,
        "`badge`: it takes no arguments, and 1 were passed",
    );
    refused(
        "echo(1, a=2)",
        Invalid,
        "`echo`: the argument `a` is passed twice",
    );
    refused(
        "echo(1, wholly_other=2)",
        Invalid,
        "`echo`: it has no argument `wholly_other`; it takes 3 arguments, `a`, `b`, `c`",
    );
    refused(
        "calculate_something(inptu='x')",
        Invalid,
        "`calculate_something`: it has no argument `inptu`; did you mean `input`?",
    );
    refused(
        "echo(nothing)",
        Invalid,
        "`echo`: the value of its argument `a` is undefined; pass `none` if that is what is meant",
    );
    refused(
        "echo(range)",
        Invalid,
        "`echo`: its argument `a` is no value that can be passed to a plugin",
    );
    let twice = render(&["{% use my_plugin %}\n{{ echo(a=1, a=2) }}"]).unwrap_err();
    assert_eq!(
        twice.to_string(),
        "template `x.html`, line 2: the argument `a` is passed twice"
    );
}

#[test]
fn answers_become_values() {
    check("calculate_something('input').value + 1", "6");
    check("calculate_something(input='ä€').value", "2");
    check("badge()", "<b>new</b>");
    check("[badge(), markup()]|join", "<b>new</b>&lt;i&gt;");
    check("markup()", "&lt;i&gt;");
    check("slow()", "slept");
    refused(
        "garbage()",
        CallErrorKind::Malformed,
        "`garbage`: its answer is not JSON: key must be a string at line 1 column 2",
    );
    refused(
        "late()",
        CallErrorKind::TimedOut,
        "`late`: it was stopped at its deadline; one call of it may take 2s",
    );
}

#[test]
fn an_attempt_answers_what_the_plugin_says_or_why_it_does_not() {
    check("attempt('calculate_something', 'input').value.value", "5");
    check(
        "attempt('my_plugin.calculate_something', input='ä€').value.value",
        "2",
    );
    check("attempt('badge').value", "<b>new</b>");
    check("attempt('badge').error or 'none'", "none");
    check(
        "attempt('my_plugin.late').error",
        "plugin `my-plugin`, function `late`: it was stopped at its deadline; one call of it may take 2s",
    );
    check("attempt('late').value or 'nothing'", "nothing");
}

#[test]
fn an_attempt_does_not_hide_what_is_wrong_with_the_template() {
    refused(
        "attempt('echo')",
        CallErrorKind::Invalid,
        "`echo`: the argument `a` is missing",
    );
    for (expression, says) in [
        ("attempt('my_plugin.echoo')", "has no function `echoo`"),
        ("attempt('nobody.echo')", "`nobody` is undefined here"),
        ("attempt(5)", "`attempt` takes the function's name first"),
        ("attempt()", "`attempt` takes the function's name first"),
    ] {
        let source = format!("{{% use my_plugin %}}\n{{{{ {expression} }}}}");
        let error = render(&[&source]).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("line 2"), "{error}");
    }
}
