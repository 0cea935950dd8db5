//! ticket-notes: what agents note about tickets, each for himself. It shows what a plugin may
//! bring besides functions: routes with a form, menu items, a widget, hooks, events, and a function
//! for other plugins. What is kept is in `notes`.

mod notes;

#[goatkit_plugin::plugin(
    menu(
        id = "notes",
        label = "menu.notes",
        path = "/agent/notes",
        icon = "note",
        order = 20
    ),
    menu(label = "menu.new", path = "/agent/notes/new", parent = "notes"),
    menu(label = "menu.help", path = "help", parent = "notes", order = 1),
    page(
        path = "help",
        template = "help.html",
        title = "help.title",
        permission = "ticket_notes.view",
    ),
    permissions("ticket_notes.view", "ticket_notes.edit")
)]
mod ticket_notes {
    use goatkit_plugin::hooks::Hook;
    use goatkit_plugin::html::escape;
    use goatkit_plugin::routes::{Request, Response};
    use goatkit_plugin::{Error, Html, Value, context, events, i18n, json, log};
    use serde::Deserialize;

    use crate::notes;

    /// What the form is sent with.
    #[derive(Deserialize)]
    struct Noted {
        ticket: i64,
        body: String,
    }

    /// What the application tells of a note that it saved, and of a page that shows a ticket.
    #[derive(Deserialize)]
    struct Saved {
        ticket: i64,
    }

    #[derive(Deserialize)]
    struct Shown {
        ticket: Ticket,
    }

    #[derive(Deserialize)]
    struct Ticket {
        id: i64,
    }

    #[route(GET, "/agent/notes", permission = "ticket_notes.view")]
    fn list() -> Result<Response, Error> {
        let notes = notes::of(&login()?)?;
        Response::page("list.html", "list.title", json!({ "notes": notes }))
    }

    #[route(GET, "/agent/notes/new", permission = "ticket_notes.edit")]
    fn form(request: Request) -> Result<Response, Error> {
        let ticket = request.query("ticket").unwrap_or_default();
        Response::page("form.html", "form.title", json!({ "ticket": ticket }))
    }

    /// What was sent is shown where the browser goes next, so that loading it again sends nothing.
    #[route(POST, "/agent/notes", permission = "ticket_notes.edit")]
    fn add(request: Request) -> Result<Response, Error> {
        let Noted { ticket, body } = request.form()?;
        if body.trim().is_empty() {
            return Err(Error::invalid("a note has a text"));
        }
        notes::add(&login()?, ticket, body.trim())?;
        Ok(Response::redirect("/agent/notes"))
    }

    #[route(POST, "/agent/notes/{id}/done", permission = "ticket_notes.edit")]
    fn done(request: Request) -> Result<Response, Error> {
        let id: i64 = request.param("id")?;
        match notes::remove(&login()?, id)? {
            true => Ok(Response::redirect("/agent/notes")),
            false => Err(Error::not_found(format!("note {id}"))),
        }
    }

    /// Below the plugin's own prefix: `/plugins/ticket-notes/notes.json`.
    #[route(GET, "notes.json", permission = "ticket_notes.view")]
    fn data() -> Result<Response, Error> {
        Response::json(notes::of(&login()?)?)
    }

    /// The newest notes of whoever looks
    #[widget(
        place = "dashboard",
        title = "widget.title",
        permission = "ticket_notes.view"
    )]
    pub fn newest() -> Result<Html, Error> {
        let notes = notes::of(&login()?)?;
        if notes.is_empty() {
            return Ok(Html(format!("<p>{}</p>", escape(&i18n::t("list.none")?))));
        }
        let item = |note: &notes::Note| format!("<li>{}: {}</li>", note.ticket, escape(&note.body));
        let items: String = notes.iter().take(3).map(item).collect();
        Ok(Html(format!("<ul>{items}</ul>")))
    }

    /// How many notes whoever is signed in has on a ticket
    #[expose]
    pub fn count(ticket: i64) -> Result<i64, Error> {
        notes::count(&login()?, ticket)
    }

    /// A line on the page of a ticket.
    #[hook("before_render:page:demo.ticket")]
    fn on_ticket(hook: Hook) -> Result<Option<Value>, Error> {
        let Shown { ticket } = hook.data()?;
        let own = match context::actor()? {
            Some(actor) if actor.kind == "agent" => notes::count(&actor.login, ticket.id)?,
            // Of what agents do, nobody else is told.
            _ => return Ok(None),
        };
        let saved = notes::saved(ticket.id)?;
        let line = i18n::t_with("ticket.line", &[("own", &own), ("saved", &saved)])?;
        Ok(Some(json!({ "line": line })))
    }

    /// Counts what the application saves, and tells whoever listens.
    #[hook("after_save:ticket_note")]
    fn saved(hook: Hook) -> Result<(), Error> {
        let Saved { ticket } = hook.data()?;
        notes::keep_saved(&hook.id, ticket)?;
        let heard = events::publish("notes", "added", &json!({ "ticket": ticket }))?;
        log::info(format!(
            "note {} of ticket {ticket}, heard by {heard}",
            hook.id
        ));
        Ok(())
    }

    /// Whether a browser may listen to a channel
    #[authorizes_events]
    pub fn may_listen(channel: &str) -> Result<bool, Error> {
        Ok(channel == "notes" && context::has_permission("ticket_notes.view")?)
    }

    fn login() -> Result<String, Error> {
        let actor = context::actor()?.ok_or("nobody is signed in")?;
        Ok(actor.login)
    }
}

#[cfg(test)]
mod tests;
