//! stats: figures about the help desk's tickets, as data, as charts and as a page.
//!
//! `reports` ask the database, `metrics` says what each figure means, `viewer` whose queues
//! are counted, `range` from which day on, and `chart` draws. Not here: anything that writes.

mod chart;
mod clock;
mod metrics;
mod range;
mod reports;
mod scope;
mod sql;
mod viewer;

#[goatkit_plugin::plugin(
    menu(
        label = "menu.overview",
        path = "/plugins/stats/overview",
        icon = "chart"
    ),
    page(
        path = "/plugins/stats/overview",
        template = "overview.html",
        title = "page.title",
        permission = "stats.view",
    ),
    permissions("stats.view")
)]
mod stats {
    use goatkit_plugin::{Error, Html, Json};

    use crate::chart;
    use crate::reports::{Overview, Priorities, Queues, Sla, Statuses, Timeline};
    use crate::reports::{by, overview as counted, sla, timeline as counted_by_day};
    use crate::scope::Scope;

    /// How many tickets came in a range, and what became of them
    pub fn overview(range: &str) -> Result<Json<Overview>, Error> {
        counted::report(&Scope::of(range)?).map(Json)
    }

    /// The tickets of a range by their state
    pub fn by_status(range: &str) -> Result<Json<Statuses>, Error> {
        let statuses = by::status(&Scope::of(range)?)?;
        Ok(Json(Statuses { statuses }))
    }

    /// The tickets of a range by their queue
    pub fn by_queue(range: &str) -> Result<Json<Queues>, Error> {
        let queues = by::queue(&Scope::of(range)?)?;
        Ok(Json(Queues { queues }))
    }

    /// The tickets of a range by their priority
    pub fn by_priority(range: &str) -> Result<Json<Priorities>, Error> {
        let priorities = by::priority(&Scope::of(range)?)?;
        Ok(Json(Priorities { priorities }))
    }

    /// Tickets created and closed on each day of a range; by months for `all`
    pub fn timeline(range: &str) -> Result<Json<Timeline>, Error> {
        counted_by_day::report(&Scope::of(range)?).map(Json)
    }

    /// How many tickets of a range were solved as agreed, by queue
    pub fn sla_compliance(range: &str) -> Result<Json<Sla>, Error> {
        sla::report(&Scope::of(range)?).map(Json)
    }

    /// A chart of status, queue, priority, timeline or sla
    pub fn chart(kind: &str, range: &str) -> Result<Html, Error> {
        let chart = chart::Kind::parse(kind)?;
        chart.draw(&Scope::of(range)?).map(Html)
    }
}

#[cfg(test)]
mod tests;
