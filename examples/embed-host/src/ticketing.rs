//! The application's own typed interface for plugins, `wit/ticketing.wit`: generated, and
//! implemented for what a plugin's instance carries with it.

use goatkit_host::wasmtime::component::{HasSelf, Linker, bindgen};
use goatkit_host::{GuestState, OwnCapability, wasmtime};

use crate::tickets::Tickets;

bindgen!({
    path: "wit",
    wasmtime_crate: goatkit_host::wasmtime,
});

/// How plugins ask for it: `capabilities: { ticketing: true }`.
pub(crate) const CAPABILITY: OwnCapability = OwnCapability {
    name: "ticketing",
    interface: "desk:app/ticketing",
    version: Some((0, 1, 0)),
    allows: "count the tickets of the desk",
};

/// Puts the interface where plugins find it.
pub(crate) fn link(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    desk::app::ticketing::add_to_linker::<_, HasSelf<GuestState>>(linker, |state| state)
}

impl desk::app::ticketing::Host for GuestState {
    fn count_open(&mut self) -> Result<u32, String> {
        self.permits(CAPABILITY.name)
            .map_err(|fault| fault.to_string())?;
        let tickets = self.shared::<Tickets>().ok_or("the desk has no tickets")?;
        Ok(tickets.count_open())
    }
}
