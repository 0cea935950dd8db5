//! The widgets of a place: all that are for somebody, each with its own luck.

use std::future::pending;

use goatkit_runtime::{Access, CallError, CallErrorKind, Registration, Widget};

use crate::testing::{World, actor, answer, function, name, ready, registration, session, widget};

const ASKS: &str = "reach: { widgets: [dashboard, sidebar] }";

fn shows(plugin: &str, widgets: &[(&str, i32)]) -> Registration {
    let widgets = widgets.iter();
    Registration {
        functions: vec![
            function("fine", &[], "html"),
            function("fails", &[], "html"),
            function("late", &["string?"], "html"),
        ],
        widgets: widgets
            .map(|(function, order)| Widget {
                order: *order,
                ..widget(function, "dashboard", function)
            })
            .collect(),
        ..registration(plugin)
    }
}

#[tokio::test]
async fn a_widget_that_fails_or_is_late_costs_nothing_but_itself() {
    let world = World::new();
    let first = shows("aa", &[("late", 0), ("fine", 5), ("fails", 0)]);
    world.plugin(first, ASKS, |called| match called.what.as_str() {
        "fine" => answer(format!("<p>{}</p>", called.with)),
        "late" => Box::pin(pending()),
        _ => Box::pin(async { Err(CallError::trapped(&name("aa"), &"fails", "no")) }),
    });
    world.plugin(shows("bb", &[("fine", -1)]), ASKS, |_| answer("first"));
    let manager = world.host().await;
    ready(&manager).await;
    let session = session(&manager, None);
    let answers = manager.run_widgets(&session, "dashboard").await;
    let told: Vec<(String, &str, Result<&str, CallErrorKind>)> = answers
        .iter()
        .map(|it| {
            let html = it.html.as_deref().map_err(CallError::kind);
            (it.plugin.name().to_string(), it.widget.id.as_str(), html)
        })
        .collect();
    let expect = [
        ("bb", "fine", Ok("first")),
        ("aa", "late", Err(CallErrorKind::TimedOut)),
        ("aa", "fails", Err(CallErrorKind::Trapped)),
        ("aa", "fine", Ok("<p>[]</p>")),
    ];
    assert_eq!(
        told,
        expect.map(|(plugin, id, html)| (plugin.to_owned(), id, html))
    );
    assert!(manager.run_widgets(&session, "sidebar").await.is_empty());
}

#[tokio::test]
async fn a_widget_is_shown_to_those_it_is_for() {
    let world = World::new();
    let mut kb = shows("kb", &[("fine", 0)]);
    kb.widgets[0].access = Access::Permission("kb.view".to_owned());
    kb.permissions = vec!["kb.view".to_owned()];
    world.plugin(kb, ASKS, |_| answer("shown"));
    let manager = world.host().await;
    for (actor, expect) in [
        (None, 0),
        (Some(actor("agent", &[])), 0),
        (Some(actor("agent", &["kb.view"])), 1),
    ] {
        let session = session(&manager, actor);
        assert_eq!(
            manager.run_widgets(&session, "dashboard").await.len(),
            expect
        );
    }
}
