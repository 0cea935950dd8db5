//! The reports: each asks the database once or twice, for sums and never for tickets.

pub(crate) mod by;
pub(crate) mod overview;
pub(crate) mod sla;
pub(crate) mod timeline;

pub(crate) use by::{Count, Priorities, Queues, Statuses};
pub(crate) use overview::{Overview, QueueCounts};
pub(crate) use sla::Sla;
pub(crate) use timeline::Timeline;
