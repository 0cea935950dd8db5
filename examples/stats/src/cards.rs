//! The overview as cards, for a place of the application that has a style of its own.

use goatkit_plugin::html::{Html, escape};
use goatkit_plugin::{Error, i18n};

use crate::reports::Overview;

pub(crate) fn draw(overview: &Overview) -> Result<Html, Error> {
    let counts = &overview.counts;
    let mut cards = String::new();
    for (key, count) in [
        ("figure.total", counts.total),
        ("figure.open", counts.open),
        ("figure.pending", counts.pending),
        ("figure.closed", counts.closed),
        ("figure.overdue", counts.overdue),
    ] {
        let name = i18n::t(key)?;
        cards += &format!("<div><dt>{}</dt><dd>{count}</dd></div>", escape(&name));
    }
    Ok(Html(format!("<dl class=\"stats-figures\">{cards}</dl>")))
}
