//! The charts as the page gets them: names in the reader's language, and nothing in them
//! that a policy forbids or that was not escaped.

use goatkit_plugin::testing::Session;
use goatkit_plugin::{Error, Output};

use super::{DESK, call, session, session_on};

const KINDS: [&str; 5] = ["status", "queue", "priority", "timeline", "sla"];

fn chart(session: &Session, kind: &str) -> String {
    match call(session, "chart", &format!("[{kind:?}, \"all\"]")).unwrap() {
        Output::Html(html) => html,
        Output::Json(json) => panic!("{json}"),
    }
}

#[test]
fn a_chart_shows_its_report() {
    let session = session();
    for (kind, shown) in [
        ("status", "pending auto close: 1;"),
        (
            "queue",
            "Desk: 5; Net &amp; &lt;b&gt;Work&lt;/b&gt;: 3; Office: 3",
        ),
        ("priority", "1 very low: 1; 3 normal: 8;"),
        ("timeline", "chart.created: 11; chart.closed: 5"),
        ("sla", "Desk: 33.3 % (1/3);"),
    ] {
        let chart = chart(&session, kind);
        assert!(chart.contains(shown), "{shown} in {chart}");
    }
}

#[test]
fn a_chart_speaks_the_readers_language() {
    let session = session()
        .locale("de")
        .translation("de", "chart.status", "Tickets nach <Status>")
        .translation("de", "range.all", "gesamter Zeitraum");
    let chart = chart(&session, "status");
    let title = "<title>Tickets nach &lt;Status&gt;: gesamter Zeitraum</title>";
    assert!(chart.contains(title), "{chart}");
}

#[test]
fn hostile_names_stay_text() {
    let evil = "UPDATE queue SET name = '</text><script>alert(1)</script>\" onload=\"x' || id;
        UPDATE ticket_state SET name = '<img src=x onerror=alert(1)>' || id;
        UPDATE ticket_priority SET name = '''\"><style>*{}</style>' || id;";
    for session in [session(), session_on(&format!("{DESK}{evil}"))] {
        for kind in KINDS {
            let chart = chart(&session, kind);
            assert!(
                chart.starts_with("<svg ") && chart.ends_with("</svg>"),
                "{chart}"
            );
            assert!(chart.contains(" role=\"img\" ") && chart.contains("<title>"));
            for tag in tags(&chart) {
                let known = [
                    "svg", "title", "desc", "text", "rect", "line", "polyline", "circle",
                ];
                assert!(known.contains(&tag), "<{tag}> in {chart}");
            }
            assert!(
                !chart.contains(" style=") && !chart.contains(" onload=\""),
                "{chart}"
            );
        }
    }
}

/// The names of all elements.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    let opened = html.split('<').skip(1);
    opened.map(|rest| {
        let name = rest.trim_start_matches('/');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric());
        &name[..end.unwrap_or(name.len())]
    })
}

#[test]
fn nothing_to_show_is_said() {
    let session = session().signed_in("nobody", "agent");
    for kind in ["status", "queue", "priority", "sla"] {
        assert!(
            chart(&session, kind).contains(">chart.none</text>"),
            "{kind}"
        );
    }
    assert!(chart(&session, "timeline").contains("chart.created: 0; chart.closed: 0"));
}

#[test]
fn a_chart_is_one_of_five() {
    for kind in ["", "Status", "pie", "owner", "../status"] {
        let refused = call(&session(), "chart", &format!("[{kind:?}, \"all\"]"));
        let says = "a chart is of status, queue, priority, timeline or sla, and nothing else";
        assert_eq!(refused, Err(Error::invalid(says)), "{kind:?}");
    }
}
