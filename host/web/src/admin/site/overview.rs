//! The first page: what there is, as text. Whatever a package brings is text here, its markup
//! too; nothing of it is a link, an image or a style.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use goatkit_manager::Mode;
use goatkit_people::Visitor;

use super::Site;
use super::gate::Closed;
use super::html::Page;
use super::sign_in;
use crate::admin::plugins::{Plugins, view};
use crate::guard::{Audience, CSRF_FIELD};

/// Users that are counted. Who has more knows it.
const MOST: u32 = 1000;

/// `GET /`
pub(super) async fn show(State(site): State<Site>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    match site.gate.administrator(&request) {
        Ok(visitor) => page(&site, &visitor).await,
        Err(Closed::Nobody) => Redirect::to("/sign-in").into_response(),
        // Somebody followed a link of another site's: he may sign in, and sees no more by it.
        Err(Closed::Foreign) if sign_in::is_navigation(&request) => {
            sign_in::page(StatusCode::OK, "", None)
        }
        Err(closed) => sign_in::page(closed.status(), "", Some(&closed.text())),
    }
}

async fn page(site: &Site, visitor: &Visitor) -> Response {
    let plugins = view(&site.admin.manager.snapshot());
    let mut page = Page::new("GoatKit");
    page.markup("<header>\n<h1>GoatKit</h1>\n<form method=\"post\" action=\"/sign-out\">\n");
    let token = site.gate.forms(visitor).token(Audience::Application);
    page.markup("<input type=\"hidden\" name=\"")
        .markup(CSRF_FIELD);
    page.element("\" value=\"", token, "\">\n");
    page.text(&visitor.actor.login);
    page.markup(" <button>Sign out</button>\n</form>\n</header>\n");
    people(&mut page, site).await;
    table(&mut page, &plugins);
    let waiting = plugins.waiting.iter();
    page.list(
        "Waiting for a decision",
        waiting.map(|it| format!("{} {} asks {}", it.name, it.version, it.asks.join("; "))),
    );
    page.list("In conflict", &plugins.conflicts);
    page.list("Not shown, because it was not granted", &plugins.withheld);
    let refused = plugins.refused.iter();
    page.list(
        "Not served",
        refused.map(|it| format!("{}: {}", it.file, it.reason)),
    );
    page.end().into_response()
}

async fn people(page: &mut Page, site: &Site) {
    let Some(accounts) = &site.admin.accounts else {
        return;
    };
    let (users, roles) = (accounts.users(None, MOST).await, accounts.roles().await);
    let (Ok(users), Ok(roles)) = (users, roles) else {
        page.markup("<p role=\"alert\">Users and roles cannot be read; the log says why.</p>\n");
        return;
    };
    let more = if users.len() >= MOST as usize {
        " or more"
    } else {
        ""
    };
    let tokens = site.admin.tokens.list().len();
    page.element(
        "<p>",
        format!(
            "Users: {}{more}. Roles: {}. Tokens of programs: {tokens}.",
            users.len(),
            roles.len()
        ),
        "</p>\n",
    );
}

fn table(page: &mut Page, plugins: &Plugins) {
    page.markup("<h2>Plugins</h2>\n");
    if plugins.mode == Mode::Safe {
        page.markup(
            "<p role=\"alert\">Safe mode: hooks and jobs do not run, and plugins show no pages, \
             routes, widgets and menus.</p>\n",
        );
    }
    if !plugins.complete {
        page.markup("<p>What all of them bring is not known yet: load the page again.</p>\n");
    }
    page.markup(
        "<table>\n<tr><th>Plugin</th><th>State</th><th>It may</th><th>It asks besides</th>\
         <th>Menu</th></tr>\n",
    );
    for plugin in &plugins.plugins {
        page.element("<tr><td>", &plugin.name, " ");
        page.element("", &plugin.version, "<br>");
        page.element("", &plugin.description, "</td>");
        let state = match &plugin.error {
            Some(error) => format!("broken: {error}"),
            None => format!("{:?}", plugin.state).to_lowercase(),
        };
        page.element("<td>", state, "</td>");
        for column in [&plugin.granted, &plugin.not_granted, &plugin.menu] {
            page.element("<td>", column.join("; "), "</td>");
        }
        page.markup("</tr>\n");
    }
    page.markup("</table>\n");
}
