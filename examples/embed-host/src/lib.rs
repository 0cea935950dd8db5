//! The application, apart from its command line: `main` runs it, the tests ask it.

mod desk;
mod ticketing;
mod tickets;

pub use desk::{host, router};
pub use tickets::{Note, Ticket, Tickets};
