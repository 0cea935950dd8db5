//! Routes as a plugin's author writes them, and as a test asks for them: the registration, which
//! function answers what, requests read and responses made.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::registration::Access;
use goatkit_plugin::routes::{Content, Request, Response, View};
use goatkit_plugin::testing::Session;
use goatkit_plugin::{Error, Fault, Plugin as _, Value, json};

#[goatkit_plugin::plugin(mount(signed_in))]
mod desk {
    use goatkit_plugin::routes::{Request, Response};
    use goatkit_plugin::{Error, Fault, Json, Value, context, json};
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Filed {
        title: String,
        #[serde(default)]
        tags: Vec<String>,
        urgent: Option<u8>,
    }

    #[route(GET, "items/{id}", permission = "desk.view")]
    fn item(request: Request) -> Result<Response, Error> {
        let id: u64 = request.param("id")?;
        if id > 99 {
            return Err(Error::not_found(format!("item {id}")));
        }
        let data = json!({ "id": id, "q": request.query("q") });
        Response::page("item.html", "item.title", data)
    }

    #[route(GET, "items/new", signed_in)]
    fn form() -> &'static str {
        "a form"
    }

    #[route(POST, "items")]
    #[route(PUT, "items")]
    pub fn file(request: Request) -> Result<Response, Error> {
        let Filed {
            title,
            tags,
            urgent,
        } = request.form()?;
        if title.is_empty() {
            return Err(Error::invalid("an item has a title"));
        }
        let told = Response::json(json!([title, tags, urgent]))?;
        Ok(told.status(201).header("X-Item", "7"))
    }

    #[route(POST, "/hooks/desk", webhook)]
    fn called(request: Request) -> Result<Json<Value>, Error> {
        let told: Value = request.json()?;
        let entry = context::entry()?;
        let actor = context::actor()?.map(|actor| actor.login);
        Ok(Json(json!([told, actor, entry.kind, entry.name])))
    }

    #[route(GET, "files/{*path}", public)]
    fn file_of(request: Request) -> Result<Response, Error> {
        let path: String = request.param("path")?;
        match path.as_str() {
            "logo" => Ok(Response::asset("logo.png")),
            "there" => Ok(Response::redirect("/plugins/desk/items")),
            "csv" => Ok(Response::bytes("text/csv", "a;b")),
            "nothing" => Ok(Response::empty()),
            "nr" => Ok(Response::text(request.param::<String>("nr")?)),
            path => Ok(Response::text(path)),
        }
    }

    #[route(DELETE, "items")]
    fn clear() -> Result<(), Fault> {
        Err(Fault::TimedOut)
    }

    pub fn nothing() {}
}

use desk::Plugin;

fn own(path: &str) -> String {
    format!("/plugins/{}/{path}", env!("CARGO_PKG_NAME"))
}

fn ask(request: Request) -> Result<Response, Error> {
    let session = Session::default().signed_in("jane", "agent");
    session.request::<Plugin>(request)
}

fn get(path: &str) -> Result<Content, Error> {
    ask(Request::get(&own(path))).map(|response| response.body)
}

#[test]
fn the_registration_has_the_routes() {
    let plugin = Plugin::registration();
    let routes = plugin.routes.into_iter();
    let routes: Vec<_> = routes
        .map(|it| (it.method, it.path, it.access, it.webhook))
        .collect();
    let row = |method: &str, path: &str, access, webhook| {
        (method.to_owned(), path.to_owned(), access, webhook)
    };
    let view = Access::Permission("desk.view".to_owned());
    assert_eq!(
        routes,
        [
            row("GET", &own("items/{id}"), view, false),
            row("GET", &own("items/new"), Access::SignedIn, false),
            row("POST", &own("items"), Access::SignedIn, false),
            row("PUT", &own("items"), Access::SignedIn, false),
            row("POST", "/hooks/desk", Access::Public, true),
            row("GET", &own("files/{*path}"), Access::Public, false),
            row("DELETE", &own("items"), Access::SignedIn, false),
        ]
    );
    let functions: Vec<_> = plugin.functions.iter().map(|it| &it.name).collect();
    assert_eq!(functions, ["nothing"], "a route is no function");
    assert_eq!(plugin.mount, Some(Access::SignedIn));
}

#[test]
fn a_request_finds_its_function() {
    let page = |data: &str| {
        Ok(Content::Page(View {
            template: "item.html".to_owned(),
            title: "item.title".to_owned(),
            data: data.to_owned(),
        }))
    };
    assert_eq!(get("items/7"), page(r#"{"id":7,"q":null}"#));
    assert_eq!(get("items/7?q=a+%26b&q=c"), page(r#"{"id":7,"q":"a &b"}"#));
    assert_eq!(get("items/new"), Ok(Content::Text("a form".to_owned())));
    assert_eq!(
        get("items/x"),
        Err(Error::invalid(
            "`id` in the path: invalid digit found in string"
        ))
    );
    assert_eq!(get("items/100"), Err(Error::not_found("item 100")));

    let head = Request::of("HEAD", &own("items/new"));
    assert_eq!(ask(head).unwrap().body, Content::Text("a form".to_owned()));
    for unknown in ["items", "items/7/8", "nothing", "file"] {
        let error = Error::Unknown(format!("GET {}", own(unknown)));
        assert_eq!(get(unknown), Err(error));
    }
    let deleted = ask(Request::of("DELETE", &own("items")));
    assert_eq!(deleted, Err(Fault::TimedOut.into()));
}

#[test]
fn every_content_can_be_answered() {
    let text = |text: &str| text.to_owned();
    for (path, status, body) in [
        ("logo", 200, Content::Asset(text("logo.png"))),
        ("there", 303, Content::Redirect(text("/plugins/desk/items"))),
        ("csv", 200, Content::Bytes(b"a;b".to_vec())),
        ("nothing", 204, Content::Bytes(Vec::new())),
        ("a/b", 200, Content::Text(text("a/b"))),
    ] {
        let response = ask(Request::get(&own(&format!("files/{path}")))).unwrap();
        assert_eq!((response.status, response.body), (status, body), "{path}");
    }
    let csv = ask(Request::get(&own("files/csv"))).unwrap();
    let kind = (text("content-type"), b"text/csv".to_vec());
    assert_eq!(csv.headers, [kind]);
    assert_eq!(
        get("files/nr"),
        Err(Error::failed(format!(
            "the route `{}` has no parameter `nr`",
            own("files/{*path}")
        )))
    );
}

#[test]
fn forms_are_read_with_and_without_what_is_optional() {
    let post = |body: &str| {
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        ask(Request::post(&own("items")).with_body(kind, body))
    };
    let made = post("title=A+%C3%A4&tags=x&tags=y&urgent=3&csrf_token=z").unwrap();
    assert_eq!(
        made.body,
        Content::Json(r#"["A ä",["x","y"],3]"#.to_owned())
    );
    assert_eq!((made.status, &*made.headers[0].0), (201, "x-item"));
    let put = Request::of("PUT", &own("items")).with_form(&json!({ "title": "A" }));
    assert_eq!(
        ask(put).unwrap().body,
        Content::Json(r#"["A",[],null]"#.to_owned())
    );

    let refused = |response: Result<Response, Error>| match response {
        Err(Error::Invalid(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(post("title=")), "an item has a title");
    assert_eq!(refused(post("")), "the form: missing field `title`");
    assert!(refused(post("title=A&urgent=x")).starts_with("the form: "));
    let json = Request::post(&own("items")).with_json(&json!({ "title": "A" }));
    assert_eq!(
        refused(ask(json)),
        "the body: a form is sent as `application/x-www-form-urlencoded`, not as `application/json`"
    );
}

#[test]
fn a_webhook_is_for_nobody() {
    let called = ask(Request::post("/hooks/desk").with_json(&json!({ "a": 1 })));
    let Content::Json(text) = called.unwrap().body else {
        panic!("no JSON")
    };
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told, json!([{ "a": 1 }, null, "route", "POST /hooks/desk"]));
    let wrong = ask(Request::post("/hooks/desk").with_body("text/plain", "{"));
    assert!(matches!(wrong, Err(Error::Invalid(text)) if text.starts_with("the body: EOF")));
}

#[test]
fn headers_and_texts_are_read() {
    let request = Request::post("/a")
        .with_header("X-A", "1")
        .with_header("x-a", "2")
        .with_header("x-b", [255]);
    assert_eq!(request.header("x-A"), Some("1"));
    assert_eq!(request.header("x-b"), None);
    assert_eq!(request.text(), Ok(""));
    let binary = Request::post("/a").with_body("text/plain", [255]);
    assert!(matches!(binary.text(), Err(Error::Invalid(_))));
}
