//! From a request to what answers it: a page of the application, a page of a plugin, or a
//! plugin's route. Called by the router for everything that has no handler of its own.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use goatkit_manager::{ActiveMount, ActivePage, ActiveRoute, Params, RouteMatch, Snapshot};
use std::sync::Arc;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::guard::is_worker_script;
use crate::path::decoded;
use crate::router::Web;
use crate::visit::Visit;
use crate::{denied, frame, pages, routes};

/// What there is at a path.
enum Place {
    /// A template of the application's, and the one path that it is shown at.
    Application(pages::Template),
    /// A page of a plugin's.
    Page(Box<ActivePage>),
    /// A route of a plugin's.
    Route(Arc<ActiveRoute>, Params),
    /// Whatever a plugin answers below its own prefix.
    Mount(Box<ActiveMount>),
    /// Something else than what was asked; these methods are answered.
    OtherMethods(Vec<String>),
    Nothing,
}

/// Nothing that this host answers is a service worker: one would answer for the application.
pub(crate) async fn no_worker(request: Request, next: Next) -> Response {
    if is_worker_script(request.headers()) {
        let why = "what answers here is no service worker";
        return frame::error(StatusCode::FORBIDDEN, "Not as a service worker", why);
    }
    next.run(request).await
}

/// Whatever nothing else answers.
pub(crate) async fn dispatch(State(web): State<Web>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let Some(path) = decoded(request.uri.path()) else {
        return nothing(&request, request.uri.path());
    };
    let visit = Visit::of(&web, &request).await;
    let mut answer = match find(&web, &request.method, &path).await {
        Ok(place) => answer(&web, visit, place, &path, &request, body).await,
        Err(Elapsed { .. }) => pages::not_ready(&path),
    };
    // The locale of a session is the reader's, and what he may see as well.
    let vary = HeaderValue::from_static("accept-language, cookie");
    answer.headers_mut().append(VARY, vary);
    answer
}

async fn answer(
    web: &Web,
    visit: Visit,
    place: Place,
    path: &str,
    request: &Parts,
    body: Body,
) -> Response {
    match place {
        Place::Application(template) => match web.access(&template.path, visit.actor.as_ref()) {
            Ok(()) => pages::application(web, &visit, &template, request).await,
            Err(why) => denied::answer(web, request, &why),
        },
        Place::Page(page) => pages::plugin(web, &visit, &page, request).await,
        Place::Route(route, params) => {
            let asked = routes::Asked {
                path,
                params,
                request,
            };
            routes::answer(web, visit, &route, asked, body).await
        }
        Place::Mount(mount) => routes::mount::answer(web, visit, &mount, path, request, body).await,
        Place::OtherMethods(mut methods) => {
            methods.sort();
            methods.dedup();
            let (status, title) = (StatusCode::METHOD_NOT_ALLOWED, "Not by this method");
            let text = format!("{} is not answered here", request.method);
            let page = frame::told(request, status, title, &text);
            ([(ALLOW, methods.join(", "))], page).into_response()
        }
        Place::Nothing => nothing(request, path),
    }
}

fn nothing(request: &Parts, path: &str) -> Response {
    frame::told(request, StatusCode::NOT_FOUND, frame::NO_PAGE, path)
}

/// What there is. Plugins that have never registered do so now, because the path may be theirs;
/// whoever asks waits for them no longer than for a page.
async fn find(web: &Web, method: &Method, path: &str) -> Result<Place, Elapsed> {
    let reads = *method == Method::GET || *method == Method::HEAD;
    let template = pages::template_of(web, path);
    let is_application = template.is_some();
    if let Some(template) = template.filter(|_| reads) {
        return Ok(Place::Application(template));
    }
    let mut snapshot = web.manager.snapshot();
    let mut place = of_plugins(&snapshot, method, path);
    if matches!(place, Place::Nothing) && !snapshot.complete {
        timeout(web.page, web.manager.register_all()).await?;
        snapshot = web.manager.snapshot();
        place = of_plugins(&snapshot, method, path);
    }
    Ok(match place {
        Place::Nothing if is_application => Place::OtherMethods(read()),
        Place::OtherMethods(mut methods) if is_application => {
            methods.extend(read());
            Place::OtherMethods(methods)
        }
        place => place,
    })
}

/// How pages are asked for.
fn read() -> Vec<String> {
    vec!["GET".to_owned(), "HEAD".to_owned()]
}

fn of_plugins(snapshot: &Snapshot, method: &Method, path: &str) -> Place {
    let reads = *method == Method::GET || *method == Method::HEAD;
    let page = snapshot.pages.get(path);
    if let Some(page) = page.filter(|_| reads) {
        return Place::Page(Box::new(page.clone()));
    }
    match snapshot.routes.find(method.as_str(), path) {
        RouteMatch::Found(route, params) => Place::Route(route, params),
        RouteMatch::OtherMethods(mut methods) => {
            if page.is_some() {
                methods.extend(read());
            }
            Place::OtherMethods(methods)
        }
        RouteMatch::None if page.is_some() => Place::OtherMethods(read()),
        RouteMatch::None => match snapshot.mount(path) {
            Some(mount) => Place::Mount(Box::new(mount.clone())),
            None => Place::Nothing,
        },
    }
}
