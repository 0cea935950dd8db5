//! stats: figures about the help desk's tickets, as data, as charts and as a page.
//!
//! `reports` ask the database, `metrics` says what each figure means, `viewer` whose queues
//! are counted, `range` from which day on, and `cards` and `chart` draw. `weekly` mails what a
//! week was like. Not here: anything that writes to the database.

mod cards;
mod chart;
mod clock;
mod metrics;
mod range;
mod reports;
mod scope;
mod sql;
mod viewer;
mod weekly;

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
    use goatkit_plugin::jobs::Run;
    use goatkit_plugin::routes::Request;
    use goatkit_plugin::{Error, Html, Json, context, log};

    use crate::reports::{Overview, Priorities, Queues, Sla, Statuses, Timeline};
    use crate::reports::{by, overview as counted, sla, timeline as counted_by_day};
    use crate::scope::Scope;
    use crate::viewer::Viewer;
    use crate::{cards, chart, weekly};

    /// How many tickets came in a range, and what became of them
    #[expose]
    pub fn overview(range: &str) -> Result<Json<Overview>, Error> {
        let scope = Scope::of(range)?;
        scope.remember("overview", counted::report).map(Json)
    }

    /// The tickets of a range by their state
    pub fn by_status(range: &str) -> Result<Json<Statuses>, Error> {
        let statuses = Scope::of(range)?.remember("by_status", by::status)?;
        Ok(Json(Statuses { statuses }))
    }

    /// The tickets of a range by their queue
    pub fn by_queue(range: &str) -> Result<Json<Queues>, Error> {
        let queues = Scope::of(range)?.remember("by_queue", by::queue)?;
        Ok(Json(Queues { queues }))
    }

    /// The tickets of a range by their priority
    pub fn by_priority(range: &str) -> Result<Json<Priorities>, Error> {
        let priorities = Scope::of(range)?.remember("by_priority", by::priority)?;
        Ok(Json(Priorities { priorities }))
    }

    /// Tickets created and closed on each day of a range; by months for `all`
    pub fn timeline(range: &str) -> Result<Json<Timeline>, Error> {
        let scope = Scope::of(range)?;
        scope.remember("timeline", counted_by_day::report).map(Json)
    }

    /// How many tickets of a range were solved as agreed, by queue
    pub fn sla_compliance(range: &str) -> Result<Json<Sla>, Error> {
        let scope = Scope::of(range)?;
        scope.remember("sla_compliance", sla::report).map(Json)
    }

    /// A chart of status, queue, priority, timeline or sla
    pub fn chart(kind: &str, range: &str) -> Result<Html, Error> {
        let chart = chart::Kind::parse(kind)?;
        let drawn = format!("chart {kind} {}", context::locale()?);
        let scope = Scope::of(range)?;
        scope.remember(&drawn, |scope| chart.draw(scope)).map(Html)
    }

    /// The figures of the last 30 days, as cards
    #[widget(place = "dashboard", title = "widget.title", permission = "stats.view")]
    pub fn overview_cards() -> Result<Html, Error> {
        let Json(overview) = overview("30d")?;
        cards::draw(&overview)
    }

    /// `/plugins/stats/overview.json?range=30d`
    #[route(GET, "overview.json", permission = "stats.view")]
    fn overview_data(request: Request) -> Result<Json<Overview>, Error> {
        overview(request.query("range").unwrap_or("30d"))
    }

    /// Has the weekly report sent when the settings say, after they were changed
    pub fn schedule_report() -> Result<String, Error> {
        Viewer::of_call()?.is_administrator()?;
        weekly::schedule()
    }

    /// The tickets of the seven days before, in all queues, to whom the administrator named.
    #[job]
    fn weekly_report(run: Run) -> Result<(), Error> {
        weekly::send(run.due)
    }

    /// Figures are there for whoever opens the page, whether or not a report is sent.
    #[activate]
    fn plan_report(_: Option<String>) -> Result<(), Error> {
        if let Err(error) = weekly::schedule() {
            log::warn(format!("the weekly report is not scheduled: {error}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
