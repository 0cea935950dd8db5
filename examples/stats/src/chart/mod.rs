//! Charts as SVG, made of a report. `bars` and `lines` draw and know nothing of tickets; all
//! that is seen stands in attributes, because a page's policy allows no style of its own.

mod bars;
mod lines;
mod svg;

use goatkit_plugin::{Error, i18n};

use crate::reports::{Count, by, sla, timeline};
use crate::scope::Scope;

use bars::Bar;
use lines::Line;

/// What a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Status,
    Queue,
    Priority,
    Timeline,
    Sla,
}

impl Kind {
    pub(crate) fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "status" => Ok(Self::Status),
            "queue" => Ok(Self::Queue),
            "priority" => Ok(Self::Priority),
            "timeline" => Ok(Self::Timeline),
            "sla" => Ok(Self::Sla),
            _ => Err(Error::invalid(
                "a chart is of status, queue, priority, timeline or sla, and nothing else",
            )),
        }
    }

    pub(crate) fn draw(self, scope: &Scope) -> Result<String, Error> {
        let title = self.title(scope)?;
        let none = i18n::t("chart.none")?;
        let counted = |counts: Vec<Count>| {
            let bars: Vec<Bar> = counts.into_iter().map(bar).collect();
            bars::draw(&title, &bars, bars::longest(&bars), &none)
        };
        match self {
            Self::Status => by::status(scope).map(counted),
            Self::Queue => by::queue(scope).map(counted),
            Self::Priority => by::priority(scope).map(counted),
            Self::Sla => {
                let queues = sla::report(scope)?.queues.into_iter();
                let bars: Vec<Bar> = queues.map(rate).collect();
                Ok(bars::draw(&title, &bars, 100.0, &none))
            }
            Self::Timeline => over_time(scope, &title),
        }
    }

    fn title(self, scope: &Scope) -> Result<String, Error> {
        let of = match self {
            Self::Status => "chart.status",
            Self::Queue => "chart.queue",
            Self::Priority => "chart.priority",
            Self::Timeline => "chart.timeline",
            Self::Sla => "chart.sla",
        };
        let range = i18n::t(&format!("range.{}", scope.range.name()))?;
        Ok(format!("{}: {range}", i18n::t(of)?))
    }
}

fn bar(Count { name, count }: Count) -> Bar {
    Bar {
        label: name,
        length: count as f64,
        shown: count.to_string(),
    }
}

fn rate(queue: sla::Queue) -> Bar {
    let rate = queue.rate.unwrap_or_default();
    Bar {
        label: queue.queue,
        length: rate,
        shown: format!("{rate:.1} % ({}/{})", queue.met, queue.total),
    }
}

fn over_time(scope: &Scope, title: &str) -> Result<String, Error> {
    let points = timeline::report(scope)?.timeline;
    let line = |name: &str, of: fn(&timeline::Point) -> i64| {
        Ok::<_, Error>(Line {
            name: i18n::t(name)?,
            values: points.iter().map(of).collect(),
        })
    };
    let lines = [
        line("chart.created", |point| point.created)?,
        line("chart.closed", |point| point.closed)?,
    ];
    let dates: Vec<&str> = points.iter().map(|point| point.date.as_str()).collect();
    Ok(lines::draw(title, &dates, &lines))
}
