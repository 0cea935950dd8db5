//! Modules in, messages and expansions out. That an expansion does what it says is tested
//! in the crate `goatkit-plugin`, where it can run.
#![allow(clippy::unwrap_used)]

use proc_macro2::TokenStream;

use crate::expand::plugin;

fn expand(arguments: &str, module: &str) -> syn::Result<TokenStream> {
    plugin(arguments.parse().unwrap(), module.parse().unwrap())
}

#[test]
fn mistakes_are_explained() {
    let menu = "menu(label = \"A\", path = \"/a\")";
    let cases = [
        ("", "mod m;", "write the module's functions between braces"),
        ("", "fn f() {}", "expected `mod`"),
        ("", "mod m { pub async fn f() {} }", "cannot be async"),
        ("", "mod m { pub fn f<T>(a: T) {} }", "cannot be generic"),
        (
            "",
            "mod m { pub fn f<const N: usize>() {} }",
            "cannot be generic",
        ),
        ("", "mod m { pub fn f(&self) {} }", "has no self"),
        (
            "",
            "mod m { pub fn f((a, b): (u8, u8)) {} }",
            "a plain name",
        ),
        ("", "mod m { pub fn Shout() {} }", "is named a to z"),
        ("", "mod m { pub fn _f() {} }", "beginning with a letter"),
        (
            "",
            "mod m { #[activate] fn up() {} }",
            "takes one argument: the version before",
        ),
        (
            "",
            "mod m { #[remove] fn down(a: u8) {} }",
            "takes no arguments",
        ),
        (
            "",
            "mod m { #[remove] fn a() {} #[remove] fn b() {} }",
            "another function of the module has this mark",
        ),
        (
            "",
            "mod m { #[job] fn j(a: u8, b: u8) {} }",
            "takes nothing",
        ),
        ("", "mod m { #[job] async fn j() {} }", "cannot be async"),
        ("", "mod m { #[job] #[job] fn j() {} }", "marked twice"),
        ("", "mod m { #[job = \"x\"] fn j() {} }", "expected"),
        (
            "",
            "mod m { #[job(name = \"Weekly\")] fn j() {} }",
            "a job is named a to z",
        ),
        (
            "",
            "mod m { #[job(cron = \"@daily\")] fn j() {} }",
            "five fields",
        ),
        (
            "",
            "mod m { #[job(cron = \"0 0 7 * * 1\")] fn j() {} }",
            "five fields",
        ),
        (
            "",
            "mod m { #[job(when = \"0 7 * * 1\")] fn j() {} }",
            "unknown `when`: known are name, cron, time_zone, args, retries",
        ),
        (
            "",
            "mod m { #[job(cron = \"\", cron = \"\")] fn j() {} }",
            "`cron` is given twice",
        ),
        ("", "mod m { #[job(retries = 11)] fn j() {} }", "at most 10"),
        (
            "",
            "mod m { #[job(retries = \"1\")] fn j() {} }",
            "expected integer literal",
        ),
        (
            "",
            "mod m { #[job] fn a_b() {} #[job(name = \"a-b\")] fn c() {} }",
            "another job is named `a-b`",
        ),
        (
            "hook()",
            "mod m {}",
            "unknown `hook`: a plugin declares menu, page and permissions",
        ),
        (
            "menu(path = \"/a\")",
            "mod m {}",
            "`menu` needs `label = \"…\"`",
        ),
        (
            "menu(label = \"A\", path = \"a\")",
            "mod m {}",
            "a path begins with `/`",
        ),
        (
            "menu(label = \"A\", label = \"B\")",
            "mod m {}",
            "`label` is given twice",
        ),
        (
            "menu(label = \"A\", colour = \"b\")",
            "mod m {}",
            "unknown `colour`: known are label, path, icon",
        ),
        ("menu(label = A)", "mod m {}", "expected string literal"),
        ("permissions(view)", "mod m {}", "expected string literal"),
        (
            "page(path = \"/a\", title = \"A\")",
            "mod m {}",
            "`page` needs `template = \"…\"`",
        ),
        (
            "page(path = \"/a\", title = \"A\", template = \"a\", public, permission = \"p\")",
            "mod m {}",
            "say one of permission, public and signed_in",
        ),
        (
            "page(path = \"/a\", title = \"A\", template = \"a\", public, signed_in)",
            "mod m {}",
            "say one of permission, public and signed_in",
        ),
        (&format!("{menu} {menu}"), "mod m {}", "expected `,`"),
    ];
    for (arguments, module, expect) in cases {
        let message = match expand(arguments, module) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(
            message.contains(expect),
            "`{arguments}` on `{module}`: {message}, expected {expect}"
        );
    }
}

#[test]
fn what_is_well_formed_is_accepted() {
    let cases = [
        ("", "mod m {}"),
        ("permissions()", "pub mod m { use a::B; struct C; }"),
        ("permissions(\"a.b\",),", "mod m { fn helper<T>(a: T) {} }"),
        ("", "mod m { pub(crate) async fn helper() {} }"),
        ("", "mod m { pub fn f(mut a: u8, b: &str) -> u8 { a } }"),
        ("", "mod m { #[job()] fn j(run: Run) -> Result<(), E> {} }"),
        ("", "mod m { #[job(cron = \"\", retries = 10,)] fn j() {} }"),
        (
            "menu(label = \"A\", path = \"/a\"), menu(label = \"B\", path = \"/b\")",
            "mod m {}",
        ),
    ];
    for (arguments, module) in cases {
        let expanded = expand(arguments, module).map(syn::parse2::<syn::ItemMod>);
        assert!(expanded.is_ok_and(|module| module.is_ok()), "{module}");
    }
}

#[test]
fn only_what_is_implemented_is_exported() {
    let exported = |module: &str| {
        let text = expand("", module).unwrap().to_string();
        [
            "export_registration",
            "export_functions",
            "export_lifecycle",
            "export_jobs",
        ]
        .map(|export| text.contains(export))
    };
    assert_eq!(
        exported("mod m { fn helper() {} }"),
        [true, false, false, false]
    );
    assert_eq!(
        exported("mod m { pub fn f() {} }"),
        [true, true, false, false]
    );
    assert_eq!(
        exported("mod m { #[remove] pub fn f() -> Result<(), u8> { Ok(()) } }"),
        [true, false, true, false]
    );
    assert_eq!(
        exported("mod m { #[job] pub fn f() -> Result<(), u8> { Ok(()) } }"),
        [true, false, false, true]
    );
}
