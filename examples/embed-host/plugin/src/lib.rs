//! desk-notes: brings what the desk's own functions and interface tell into its pages.
//!
//! Two ways lead to an application: functions by name, which every plugin can call, and an
//! interface of types, which the application publishes as WIT.

wit_bindgen::generate!({ path: "../wit" });

#[goatkit_plugin::plugin]
mod desk_notes {
    use goatkit_plugin::{Error, app, json};

    use crate::desk::app::ticketing;

    /// The title of a ticket
    pub fn title(id: u64) -> Result<String, Error> {
        app::call("ticket.title", &json!({ "id": id }))
    }

    /// Notes something at a ticket, and tells how many notes it has
    pub fn note(id: u64, text: String) -> Result<u64, Error> {
        app::call("ticket.add-note", &json!({ "id": id, "text": text }))
    }

    /// How many tickets are open
    pub fn open_tickets() -> Result<u32, Error> {
        ticketing::count_open().map_err(Error::failed)
    }
}
