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
            "colour()",
            "mod m {}",
            "unknown `colour`: a plugin declares menu, page, permissions and mount",
        ),
        (
            "menu(path = \"/a\")",
            "mod m {}",
            "`menu` needs `label = \"…\"`",
        ),
        (
            "menu(label = \"A\", path = \"\")",
            "mod m {}",
            "an empty path: one of the application's begins with `/`",
        ),
        (
            "menu(label = \"A\", label = \"B\")",
            "mod m {}",
            "`label` is given twice",
        ),
        (
            "menu(label = \"A\", colour = \"b\")",
            "mod m {}",
            "unknown `colour`: known are label, path, icon, id",
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
fn mistakes_in_marks_are_explained() {
    let cases = [
        ("#[route] fn f() {}", "expected attribute arguments"),
        ("#[route(\"a\")] fn f() {}", "expected identifier"),
        (
            "#[route(get, \"a\")] fn f() {}",
            "expected a method, as in `#[route(GET, \"items/{id}\")]`: GET, POST, PUT, PATCH, DELETE",
        ),
        ("#[route(GET)] fn f() {}", "expected `,`"),
        ("#[route(GET, \"\")] fn f() {}", "an empty path"),
        (
            "#[route(GET, \"a\", open)] fn f() {}",
            "unknown `open`: known are permission, public, signed_in, webhook",
        ),
        (
            "#[route(GET, \"a\", public, permission = \"p\")] fn f() {}",
            "say one of permission, public and signed_in",
        ),
        (
            "#[route(POST, \"a\", webhook, permission = \"p\")] fn f() {}",
            "a webhook is for nobody",
        ),
        (
            "#[route(POST, \"a\", webhook, signed_in)] fn f() {}",
            "a webhook is for nobody",
        ),
        (
            "#[route(GET, \"a\")] fn f(a: Request, b: u8) {}",
            "a route takes nothing, or the `goatkit_plugin::routes::Request`",
        ),
        ("#[route(GET, \"a\")] async fn f() {}", "cannot be async"),
        (
            "#[route(GET, \"a\")] fn f() {} #[route(GET, \"a\")] fn g() {}",
            "another function answers `GET a`",
        ),
        ("#[hook] fn f() {}", "expected attribute arguments"),
        ("#[hook(after_save)] fn f() {}", "expected string literal"),
        (
            "#[hook(\"before_save:ticket\")] fn f() {}",
            "unknown hook `before_save`: there are before_render, after_save, on_event",
        ),
        (
            "#[hook(\"after_save:\")] fn f() {}",
            "behind the `:` stands",
        ),
        ("#[hook(\"after_save:a*b\")] fn f() {}", "a `*` at its end"),
        (
            "#[hook(\"after_save\")] fn f(a: Hook, b: Hook) {}",
            "a hook takes nothing, or the `goatkit_plugin::hooks::Hook`",
        ),
        (
            "#[hook(\"after_save\")] fn f() {} #[hook(\"after_save\")] fn g() {}",
            "another function hooks `after_save`",
        ),
        (
            "#[widget(place = \"a\")] pub fn f() -> Html {}",
            "`widget` needs `title = \"…\"`",
        ),
        (
            "#[widget(title = \"a\")] pub fn f() -> Html {}",
            "`widget` needs `place = \"…\"`",
        ),
        (
            "#[widget(place = \"a\", title = \"a\")] fn f() -> Html {}",
            "make it a `pub fn`",
        ),
        (
            "#[widget(place = \"a\", title = \"a\", id = \"A\")] pub fn f() -> Html {}",
            "a widget's id is a to z",
        ),
        (
            "#[widget(place = \"a\", title = \"a\", order = \"1\")] pub fn f() -> Html {}",
            "expected integer literal",
        ),
        (
            "#[widget(place = \"a\", title = \"a\")] #[widget(place = \"b\", title = \"b\")] \
             pub fn f() -> Html {}",
            "another widget has the id `f`: say `id = \"…\"`",
        ),
        ("#[expose] fn f() {}", "make it a `pub fn`"),
        ("#[expose(all)] pub fn f() {}", "expected `#[expose]`"),
        ("#[authorizes_events] fn f() {}", "make it a `pub fn`"),
        (
            "#[authorizes_events] pub fn f() {} #[authorizes_events] pub fn g() {}",
            "another function of the module authorizes events",
        ),
    ];
    for (functions, expect) in cases {
        let message = match expand("", &format!("mod m {{ {functions} }}")) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(
            message.contains(expect),
            "`{functions}`: {message}, expected {expect}"
        );
    }
}

#[test]
fn what_is_a_mark_is_no_argument() {
    for (argument, expect) in [
        ("route()", "write `#[route…]` on a function"),
        ("hook()", "write `#[hook…]` on a function"),
        ("widget()", "write `#[widget…]` on a function"),
        ("mount()", "`mount` needs `permission = \"…\"`, `public` or"),
        ("mount(public), mount(public)", "`mount` is given twice"),
        (
            "menu(label = \"A\", path = \"a\", order = 1, order = 2)",
            "`order` is given twice",
        ),
        (
            "menu(label = \"A\", path = \"a\", order = 2147483648)",
            "number too large",
        ),
    ] {
        let message = expand(argument, "mod m {}").unwrap_err().to_string();
        assert!(message.contains(expect), "{argument}: {message}");
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
        (
            "menu(label = \"A\", path = \"a\", id = \"a\", order = -1, signed_in), mount(public)",
            "mod m {}",
        ),
        (
            "",
            "mod m { #[route(GET, \"a\")] #[route(POST, \"a\",)] fn f(a: Request) {} }",
        ),
        (
            "",
            "mod m { #[route(POST, \"/a\", webhook, public)] fn f() {} }",
        ),
        (
            "",
            "mod m { #[hook(\"after_save\")] #[hook(\"on_event:a.*\")] fn f() {} }",
        ),
        (
            "",
            "mod m { #[widget(place = \"a\", title = \"a\")] #[expose] pub fn f() -> Html {} }",
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
            "export_routes",
            "export_hooks",
        ]
        .map(|export| text.contains(export))
    };
    assert_eq!(
        exported("mod m { fn helper() {} }"),
        [true, false, false, false, false, false]
    );
    assert_eq!(
        exported("mod m { pub fn f() {} }"),
        [true, true, false, false, false, false]
    );
    assert_eq!(
        exported("mod m { #[remove] pub fn f() -> Result<(), u8> { Ok(()) } }"),
        [true, false, true, false, false, false]
    );
    assert_eq!(
        exported("mod m { #[job] pub fn f() -> Result<(), u8> { Ok(()) } }"),
        [true, false, false, true, false, false]
    );
    assert_eq!(
        exported("mod m { #[route(GET, \"a\")] pub fn f() {} }"),
        [true, false, false, false, true, false]
    );
    assert_eq!(
        exported("mod m { #[hook(\"after_save\")] pub fn f() {} }"),
        [true, false, false, false, false, true]
    );
}
