//! The first page: what there is, as text. Whatever a package brings is text here, its markup
//! too; nothing of it is a link, an image or a style.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use goatkit_manager::Mode;
use goatkit_people::Visitor;

use super::Site;
use super::act::{Button, DISABLE, DO, ENABLE, RELOAD, RETRY, UNLOAD};
use super::gate::Closed;
use super::html::Page;
use super::sign_in;
use crate::admin::plugins::{Plugin, Plugins, view};
use crate::guard::{Audience, CSRF_FIELD};

/// Users that are counted. Who has more knows it.
const MOST: u32 = 1000;

/// `GET /`
pub(super) async fn show(State(site): State<Site>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    match site.gate.administrator(&request) {
        Ok(visitor) => page(&site, &visitor, None).await.into_response(),
        Err(Closed::Nobody) => Redirect::to("/sign-in").into_response(),
        // Somebody followed a link of another site's: he may sign in, and sees no more by it.
        Err(Closed::Foreign) if sign_in::is_navigation(&request) => {
            sign_in::page(StatusCode::OK, "", None)
        }
        Err(closed) => sign_in::page(closed.status(), "", Some(&closed.text())),
    }
}

/// The page, with what went wrong if something did.
pub(super) async fn page(site: &Site, visitor: &Visitor, alert: Option<&str>) -> Html<String> {
    let plugins = view(&site.admin.manager);
    let mut page = Page::new("GoatKit");
    page.markup("<header>\n<h1>GoatKit</h1>\n<form method=\"post\" action=\"/sign-out\">\n");
    let token = site.gate.forms(visitor).token(Audience::Application);
    hidden(&mut page, &token);
    page.text(&visitor.actor.login);
    page.markup(" <button>Sign out</button>\n</form>\n</header>\n");
    if let Some(alert) = alert {
        page.element("<p role=\"alert\">", alert, "</p>\n");
    }
    people(&mut page, site).await;
    table(&mut page, &plugins, &token);
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
    page.end()
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

fn table(page: &mut Page, plugins: &Plugins, token: &str) {
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
        "<table>\n<tr><th>Plugin</th><th>State</th><th>Memory</th><th>Instances</th>\
         <th>It may</th><th>It asks besides</th><th>Menu</th><th></th></tr>\n",
    );
    for plugin in &plugins.plugins {
        page.element("<tr><td>", &plugin.name, " ");
        page.element("", &plugin.version, "<br>");
        page.element("", &plugin.description, "</td>");
        state(page, plugin);
        let held = plugin.status.as_ref();
        let held = held.filter(|it| it.loaded_since.is_some());
        let or_none = |figure: Option<String>| figure.unwrap_or_else(|| "-".to_owned());
        let memory = held.map(|it| mebibytes(it.usage.memory));
        page.element("<td>", or_none(memory), "</td>");
        let instances = held.map(|it| it.usage.instances.to_string());
        page.element("<td>", or_none(instances), "</td>");
        for column in [&plugin.granted, &plugin.not_granted, &plugin.menu] {
            page.element("<td>", column.join("; "), "</td>");
        }
        buttons(page, plugin, token);
        page.markup("</tr>\n");
    }
    page.markup("</table>\n");
}

/// Where it stands, and what is wrong with it.
fn state(page: &mut Page, plugin: &Plugin) {
    page.element("<td>", plugin.state.word(), "");
    if let Some(error) = &plugin.error {
        page.element(": ", error, "");
    }
    if let Some(status) = &plugin.status {
        if status.pinned {
            page.markup("; pinned");
        }
        if let Some(reason) = &status.quarantined {
            page.element(
                "<br>left alone until somebody lets it try again: ",
                reason,
                "",
            );
        } else if let Some(trouble) = &status.trouble {
            page.element("<br>failures: ", trouble.failures, "");
            if let Some(until) = &trouble.until {
                page.element(", left alone until ", until, "");
            }
            page.element(": ", &trouble.reason, "");
        }
    }
    page.markup("</td>");
}

/// What can be done with it now.
fn buttons(page: &mut Page, plugin: &Plugin, token: &str) {
    page.element(
        "<td><form method=\"post\" action=\"/plugins/",
        &plugin.name,
        "\">",
    );
    hidden(page, token);
    for Button { word, label } in possible(plugin) {
        page.markup(" <button name=\"").markup(DO);
        page.element("\" value=\"", word, "\">");
        page.element("", label, "</button>");
    }
    page.markup("</form></td>");
}

fn possible(plugin: &Plugin) -> Vec<Button> {
    let Some(status) = &plugin.status else {
        return vec![ENABLE];
    };
    let mut possible = vec![DISABLE, RELOAD];
    if status.loaded_since.is_some() {
        possible.push(UNLOAD);
    }
    if status.quarantined.is_some() || status.trouble.is_some() {
        possible.push(RETRY);
    }
    possible
}

fn hidden(page: &mut Page, token: &str) {
    page.markup("<input type=\"hidden\" name=\"")
        .markup(CSRF_FIELD);
    page.element("\" value=\"", token, "\">\n");
}

/// In tenths, rounded down.
fn mebibytes(bytes: u64) -> String {
    let tenths = u128::from(bytes) * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
