//! A whole plugin, written as an author writes one: its registration, calls by name, and
//! the session that its functions see.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::registration::{Access, Argument};
use goatkit_plugin::testing::{Session, take_log};
use goatkit_plugin::{Error, Lifecycle, Output, Plugin as _};

#[goatkit_plugin::plugin(
    menu(label = "Tickets", path = "/admin/tickets", icon = "ticket"),
    menu(label = "Plain", path = "/plain"),
    page(
        path = "/admin/tickets",
        template = "tickets.html",
        title = "tickets.title",
        permission = "tickets.view"
    ),
    page(path = "/about", template = "about.html", title = "About", public),
    page(path = "/mine", template = "mine.html", title = "Mine"),
    permissions("tickets.view", "tickets.edit")
)]
mod tickets {
    use goatkit_plugin::html::{Html, escape};
    use goatkit_plugin::{Error, Fault, Json, context, i18n, log};
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    pub struct Filter {
        state: String,
        limit: u8,
    }

    /// Echoes a filter
    /// over two lines
    ///
    /// What stands here is for readers of the code.
    pub fn echo(filter: Filter, note: Option<String>) -> Json<(Filter, Option<String>)> {
        Json((filter, note))
    }

    pub fn shout(text: &str, arguments: &[String], args: bool, function: f64) -> String {
        format!("{text} {arguments:?} {args} {function}").to_uppercase()
    }

    /// Who asks
    pub fn greet() -> Result<Html, Fault> {
        let login = context::actor()?.map_or_else(|| "nobody".to_owned(), |actor| actor.login);
        log::info(format!("greeting {login}"));
        let text = i18n::t_with("hello", &[("login", &login)])?;
        Ok(Html(format!("<p>{}</p>", escape(&text))))
    }

    pub fn half(number: i64) -> Result<i64, String> {
        match number % 2 {
            0 => Ok(helper(number)),
            _ => Err(format!("{number} is odd")),
        }
    }

    #[activate]
    fn begin(from: Option<String>) -> Result<(), Error> {
        match from.as_deref() {
            Some("0.9.0") => Err(Error::coded("conflict", "0.9.0 is too old")),
            _ => Ok(()),
        }
    }

    #[remove]
    pub fn end() -> Result<(), &'static str> {
        Err("not yet")
    }

    fn helper(number: i64) -> i64 {
        number / 2
    }
}

use tickets::Plugin;

fn call(function: &str, args: &str) -> Result<Output, String> {
    Plugin::call(function, args).map_err(|error| error.to_string())
}

#[test]
fn the_registration_follows_from_the_code() {
    let plugin = Plugin::registration();
    assert_eq!(plugin.name, env!("CARGO_PKG_NAME"));
    assert_eq!(plugin.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(plugin.permissions, ["tickets.view", "tickets.edit"]);

    let signature = |argument: &Argument| format!("{}: {}", argument.name, argument.type_);
    let functions: Vec<_> = plugin
        .functions
        .iter()
        .map(|function| {
            let args: Vec<_> = function.args.iter().map(signature).collect();
            let (name, args) = (&function.name, args.join(", "));
            format!(
                "{name}({args}) -> {} | {}",
                function.returns, function.description
            )
        })
        .collect();
    assert_eq!(
        functions,
        [
            "echo(filter: object, note: string?) -> json | Echoes a filter over two lines",
            "shout(text: string, arguments: array, args: boolean, function: number) -> string | ",
            "greet() -> html | Who asks",
            "half(number: integer) -> integer | ",
        ]
    );

    let menu: Vec<_> = plugin
        .menu_items
        .iter()
        .map(|item| [&*item.label, &*item.path, &*item.icon])
        .collect();
    assert_eq!(
        menu,
        [
            ["Tickets", "/admin/tickets", "ticket"],
            ["Plain", "/plain", ""]
        ]
    );

    let pages: Vec<_> = plugin
        .pages
        .iter()
        .map(|page| {
            (
                [&*page.path, &*page.template, &*page.title],
                page.access.clone(),
            )
        })
        .collect();
    assert_eq!(
        pages,
        [
            (
                ["/admin/tickets", "tickets.html", "tickets.title"],
                Access::Permission("tickets.view".to_owned())
            ),
            (["/about", "about.html", "About"], Access::Public),
            (["/mine", "mine.html", "Mine"], Access::SignedIn),
        ]
    );
}

#[test]
fn functions_are_called_by_name() {
    let json = |text: &str| Ok(Output::Json(text.to_owned()));
    let refused = |text: &str| Err(text.to_owned());
    let cases = [
        (
            "echo",
            r#"[{"state": "open", "limit": 5}]"#,
            json(r#"[{"state":"open","limit":5},null]"#),
        ),
        (
            "echo",
            r#"[{"state": "open", "limit": 5}, "x"]"#,
            json(r#"[{"state":"open","limit":5},"x"]"#),
        ),
        (
            "echo",
            r#"[{"state": "open"}]"#,
            refused(r#"invalid: argument 1 "filter": missing field `limit` at line 1 column 17"#),
        ),
        (
            "echo",
            "[5]",
            refused(r#"invalid: argument 1 "filter": expected an object, found integer 5"#),
        ),
        (
            "shout",
            r#"["a", ["b"], true, 1.5]"#,
            json(r#""A [\"B\"] TRUE 1.5""#),
        ),
        ("half", "[8]", json("4")),
        ("half", "[9]", refused("failed: 9 is odd")),
        (
            "half",
            "[]",
            refused(r#"invalid: argument 1 "number" is missing: expected an integer"#),
        ),
        (
            "greet",
            "[1]",
            refused("invalid: takes no arguments, 1 given"),
        ),
        ("helper", "[8]", refused("unknown: helper")),
        ("begin", "[null]", refused("unknown: begin")),
        ("end", "[]", refused("unknown: end")),
        ("", "[]", refused("unknown: ")),
    ];
    for (function, args, expect) in cases {
        assert_eq!(call(function, args), expect, "{function}({args})");
    }
}

#[test]
fn functions_see_the_session() {
    let html = |text: &str| Ok(Output::Html(text.to_owned()));
    let session = || Session::default().translation("en", "hello", "Hello {login}");
    assert_eq!(call("greet", "[]"), html("<p>hello</p>"));
    assert_eq!(
        session().run(|| call("greet", "[]")),
        html("<p>Hello nobody</p>")
    );
    assert_eq!(
        session()
            .signed_in("<jane>", "agent")
            .run(|| call("greet", "[]")),
        html("<p>Hello &lt;jane&gt;</p>")
    );
    let austrian = session()
        .locale("de-AT")
        .translation("de", "hello", "Hallo {login}");
    assert_eq!(
        austrian.run(|| call("greet", "[]")),
        html("<p>Hallo nobody</p>")
    );

    let messages: Vec<_> = take_log().into_iter().map(|line| line.message).collect();
    assert_eq!(
        messages,
        [
            "greeting nobody",
            "greeting nobody",
            "greeting <jane>",
            "greeting nobody"
        ]
    );
    assert_eq!(take_log(), []);
}

#[test]
fn lifecycle_steps_are_those_that_are_marked() {
    assert_eq!(Plugin::activate(None), Ok(()));
    assert_eq!(
        Plugin::activate(Some("0.9.0".to_owned())),
        Err(Error::coded("conflict", "0.9.0 is too old"))
    );
    assert_eq!(Plugin::deactivate(), Ok(()));
    assert_eq!(Plugin::remove(), Err(Error::failed("not yet")));
}

/// The attribute's output has to stand where no prelude name is what it seems.
#[test]
fn expansions_name_everything_in_full() {
    #[goatkit_plugin::plugin()]
    mod shadowed {
        #![allow(dead_code)]
        pub struct String;
        pub struct Vec;
        pub struct Option;
        pub enum Result {
            Ok,
            Err,
        }

        pub fn one(number: u8) -> u8 {
            number + 1
        }
    }
    assert_eq!(
        <shadowed::Plugin as goatkit_plugin::Plugin>::call("one", "[1]"),
        Ok(Output::Json("2".to_owned()))
    );
}
