//! Widgets: the HTML of functions of plugins, for a place of the application. All of a place are
//! asked at the same time, and one that fails or is late costs the page nothing but itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use goatkit_runtime::{CallError, Output, Session, Widget};
use tokio::task::JoinSet;

use crate::access::permits;
use crate::dispatch::{call, in_time};
use crate::error::FunctionTarget;
use crate::manager::Manager;
use crate::snapshot::ActiveWidget;
use crate::unit::Active;

/// Time for a widget: the page around it waits.
const WIDGET: Duration = Duration::from_secs(1);

/// What a widget shows.
pub struct WidgetAnswer {
    /// The plugin.
    pub plugin: Active,
    /// What it registered.
    pub widget: Widget,
    /// The HTML as the plugin gave it, or why there is none.
    pub html: Result<String, CallError>,
}

impl Manager {
    /// The widgets of a place that are for the session's actor, in their order, each within a
    /// second and never beyond the session's deadline. Dropped, it stops the plugins' code.
    pub async fn run_widgets(&self, session: &Session, place: &str) -> Vec<WidgetAnswer> {
        let snapshot = self.snapshot();
        let actor = session.facts().actor.as_ref();
        let there = snapshot.widgets.get(place).into_iter().flatten();
        let is_for = |it: &&ActiveWidget| permits(&it.widget.access, actor).is_ok();
        let widgets: Vec<&ActiveWidget> = there.filter(is_for).collect();
        let session = session.until(Instant::now() + WIDGET);
        let mut tasks = JoinSet::new();
        for (at, widget) in widgets.iter().copied().cloned().enumerate() {
            let session = session.clone();
            tasks.spawn(async move { (at, show(&session, &widget).await) });
        }
        let mut shown = BTreeMap::new();
        while let Some(ended) = tasks.join_next().await {
            match ended {
                Ok((at, html)) => drop(shown.insert(at, html)),
                Err(error) => tracing::error!("a widget broke off: {error}"),
            }
        }
        let answer = |(at, widget): (usize, &ActiveWidget)| WidgetAnswer {
            plugin: widget.plugin.clone(),
            widget: widget.widget.clone(),
            html: shown.remove(&at).unwrap_or_else(|| Err(broke_off(widget))),
        };
        widgets.into_iter().enumerate().map(answer).collect()
    }
}

async fn show(session: &Session, it: &ActiveWidget) -> Result<String, CallError> {
    let (name, function) = (it.plugin.name(), it.widget.function.as_str());
    let target = FunctionTarget(function);
    let answer = call(session, &it.plugin.unit, function, "[]".to_owned());
    match in_time(session, name, &target, WIDGET, answer).await? {
        Output::Html(html) => Ok(html),
        Output::Json(_) => {
            let text = "a widget shows HTML, and it answered JSON";
            Err(CallError::malformed(name, &target, text))
        }
    }
}

fn broke_off(it: &ActiveWidget) -> CallError {
    let target = FunctionTarget(&it.widget.function);
    CallError::internal(it.plugin.name(), &target, "it broke off in the host")
}
