//! Widgets of a place, with all that can become of them.

use goatkit_manager::WidgetAnswer;
use goatkit_runtime::{CallError, CallErrorKind};
use goatkit_test_support::{DataFolder, Package, TestHost, actor};

type Told<'a> = Vec<(&'a str, Result<&'a str, CallErrorKind>)>;

fn told(answers: &[WidgetAnswer]) -> Told<'_> {
    answers
        .iter()
        .map(|it| {
            let html = it.html.as_deref().map_err(CallError::kind);
            (it.widget.id.as_str(), html)
        })
        .collect()
}

async fn host(guest: &str) -> TestHost {
    let package = Package::of_guest(guest).line("reach: { widgets: [dashboard] }");
    let host = TestHost::on(&DataFolder::with(&[package]));
    host.manager.register_all().await;
    // Ready already: the first page after a start may show it as unavailable.
    host.ready(&guest.replace('_', "-")).await;
    host
}

#[tokio::test]
async fn each_has_its_own_luck_and_stands_in_its_place() {
    let host = host("widgets_ok").await;
    let answers = host.manager.run_widgets(&host.session(), "dashboard").await;
    let expect = [
        ("first", Ok("<b>first</b> for nobody")),
        ("everyone", Ok("<b>everyone</b> for nobody")),
        ("fails", Err(CallErrorKind::Failed)),
        ("endless", Err(CallErrorKind::TimedOut)),
        ("last", Ok("<b>last</b> for nobody")),
    ];
    assert_eq!(told(&answers), expect);
    host.expect_sibling().await;

    let session = host.session_as(actor("anna", &["widgets_ok.view"]));
    let answers = host.manager.run_widgets(&session, "dashboard").await;
    let shown = told(&answers);
    assert!(
        shown.contains(&("signed-in", Ok("<b>signed_in</b> for anna"))),
        "{shown:?}"
    );
    assert!(
        shown.contains(&("permitted", Ok("<b>permitted</b> for anna"))),
        "{shown:?}"
    );
}

#[tokio::test]
async fn a_widget_that_answers_json_shows_nothing() {
    let host = host("widgets_json").await;
    let answers = host.manager.run_widgets(&host.session(), "dashboard").await;
    assert_eq!(told(&answers), [("figures", Err(CallErrorKind::Malformed))]);
}
