//! routes_all: a route for each content that may be answered, one that echoes its request, one
//! for each error, one that never ends; and who may reach them, by what they are below.

use goatkit_plugin::registration::{Access, Route};
use goatkit_plugin::routes::{Content, Request, Response, View};
use goatkit_plugin::{Denial, Error, Failure, Fault, Value, context, json};
use goatkit_test_guests::{VERSION, plugin};

const PREFIX: &str = "/plugins/routes-all";

goatkit_test_guests::registers!({
    let mut plugin = plugin("routes_all", VERSION, Vec::new());
    let view = || Access::Permission("routes_all.view".to_owned());
    plugin.routes = vec![
        route("GET", "content/{kind}", Access::Public),
        route("GET", "fail/{how}", Access::Public),
        route("GET", "endless", Access::Public),
        route("GET", "signed-in", Access::SignedIn),
        route("GET", "permitted", view()),
        Route {
            webhook: true,
            ..route("POST", "webhook", Access::Public)
        },
    ];
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let echoes = [
            route(method, "echo", Access::Public),
            route(method, "echo/{first}/{*rest}", Access::Public),
        ];
        plugin.routes.extend(echoes);
    }
    plugin.permissions = vec!["routes_all.view".to_owned()];
    Ok(plugin)
});

impl goatkit_plugin::Routes for Guest {
    fn handle(request: Request) -> Result<Response, Error> {
        let route = request.route.strip_prefix(PREFIX).unwrap_or_default();
        match route {
            "/content/{kind}" => content(&request),
            "/fail/{how}" => Err(error(&request.param::<String>("how")?)),
            "/endless" => loop {},
            "/signed-in" | "/permitted" | "/webhook" | "/echo" | "/echo/{first}/{*rest}" => {
                echo(&request)
            }
            _ => Err(request.unknown()),
        }
    }
}

fn route(method: &str, path: &str, access: Access) -> Route {
    Route {
        method: method.to_owned(),
        path: format!("{PREFIX}/{path}"),
        access,
        webhook: false,
        extra: Vec::new(),
    }
}

fn content(request: &Request) -> Result<Response, Error> {
    let kind: String = request.param("kind")?;
    let query = |name| request.query(name).unwrap_or_default().to_owned();
    let mut response = match kind.as_str() {
        "bytes" => Response::bytes("application/octet-stream", [0, 159, 146, 150]),
        "html" => Response::bytes("text/html", "<script>parent.alert(1)</script>"),
        "text" => Response::text("<b>text</b>"),
        "json" => Response::json(json!({ "a": [1, null] }))?,
        "page" => Response::page("detail.html", "detail.title", json!({ "item": "<b>7</b>" }))?,
        "asset" => Response::asset(&query("path")),
        "redirect" => Response::redirect(&query("to")),
        "empty" => Response::empty(),
        "huge" => Response::text("a".repeat(16 << 20)),
        // What no function of the SDK makes.
        "untyped" => raw(Content::Bytes(b"<b>untyped</b>".to_vec())),
        "no-json" => raw(Content::Json("{".to_owned())),
        "no-object" => raw(Content::Page(View {
            template: "detail.html".to_owned(),
            title: "A".to_owned(),
            data: "[1]".to_owned(),
        })),
        "no-template" => Response::page("nowhere.html", "A", json!({}))?,
        "extra" => Response {
            extra: vec![("stream".to_owned(), "true".to_owned())],
            ..Response::empty()
        },
        _ => return Err(Error::not_found(format!("the content `{kind}`"))),
    };
    if let Some(status) = request.query("status") {
        response.status = status.parse().map_err(Error::invalid)?;
    }
    // `header=x-a: b`, as often as need be.
    let asked = request.query.iter().filter(|(name, _)| name == "header");
    for (name, value) in asked.filter_map(|(_, it)| it.split_once(": ")) {
        response = response.header(name, value);
    }
    Ok(response)
}

fn raw(body: Content) -> Response {
    Response {
        body,
        ..Response::empty().status(200)
    }
}

fn echo(request: &Request) -> Result<Response, Error> {
    let headers = request.headers.iter();
    let headers: Vec<Value> = headers
        .map(|(name, value)| json!([name, String::from_utf8_lossy(value)]))
        .collect();
    let entry = context::entry()?;
    let mut told = json!({
        "method": request.method,
        "path": request.path,
        "route": request.route,
        "params": request.params,
        "query": request.query,
        "headers": headers,
        "bytes": request.body.len(),
        "actor": context::actor()?.map(|actor| actor.login),
        "entry": [entry.kind, entry.name],
        "caller": context::caller()?,
    });
    // A body that would be too large to be answered is counted.
    if request.body.len() <= 64 << 10 {
        told["body"] = String::from_utf8_lossy(&request.body).into();
    }
    Response::json(told)
}

fn error(how: &str) -> Error {
    let failure = |code: &str| Failure {
        code: code.to_owned(),
        message: "it was tried".to_owned(),
        details: None,
    };
    match how {
        "unknown" => Error::Unknown("no such item".to_owned()),
        "invalid" => Error::invalid("the number is odd"),
        "denied" => Error::Fault(Fault::Denied(Denial {
            capability: "db".to_owned(),
            asked: "read users".to_owned(),
            remedy: "grant db.read".to_owned(),
        })),
        "timed-out" => Error::Fault(Fault::TimedOut),
        "unavailable" => Error::Fault(Fault::Unavailable("no mail".to_owned())),
        "fault-failed" => Error::Fault(Fault::Failed(failure("conflict"))),
        "trap" => panic!("as it was told"),
        // `not-found`, `conflict`, `rate-limited` and any other.
        code => Error::Failed(failure(code)),
    }
}

goatkit_plugin::raw::routes::export_routes!(Guest);
