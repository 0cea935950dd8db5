//! Health and figures, for whoever watches over a host.

use std::sync::Arc;

use axum::http::StatusCode;
use goatkit_people::Scope;
use goatkit_web::AdminSiteSettings;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{Bench, ask, plugin};

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_ready_once_it_knows_its_plugins() {
    let bench = Bench::before_it_looked();
    let site = bench.site();
    let ready = async || {
        let answer = ask(&site, "GET", "/readyz", &[], "").await;
        assert!(!answer.body.contains(plugin::NAME), "{}", answer.body);
        (answer.status.as_u16(), answer.body)
    };
    assert_eq!(ask(&site, "GET", "/healthz", &[], "").await.body, "ok\n");
    let nothing = "plugins have not been looked for yet\n";
    assert_eq!(ready().await, (503, nothing.to_owned()));
    bench.state.manager.discover();
    let some = "what 1 of 1 plugins bring is not known yet\n";
    assert_eq!(ready().await, (503, some.to_owned()));
    bench.state.manager.register_all().await;
    assert_eq!(ready().await, (200, "ready\n".to_owned()));
}

#[test]
fn figures_are_shown_to_those_who_may_look() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // Counted on this thread only, or the other tests would count as well.
    let shown = metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let bench = Bench::new().await;
            let site = bench.site_with(AdminSiteSettings {
                figures: Some(Arc::new(move || handle.render())),
                ..AdminSiteSettings::default()
            });
            let token = bench.token("scrapes", &[Scope::Read], None).await;
            let token = format!("Bearer {token}");
            let headers = [("authorization", token.as_str())];
            let refused = ask(&site, "GET", "/metrics", &[], "").await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
            ask(&site, "GET", "/metrics", &headers, "").await.body
        })
    });
    for line in [
        "goatkit_plugins{state=\"loaded\"} 1",
        "goatkit_plugins{state=\"broken\"} 0",
        "goatkit_plugins{state=\"refused\"} 1",
        "goatkit_sessions_free 256",
        "goatkit_requests_total{place=\"administration\",status=\"4xx\"} 1",
        "goatkit_calls_total{plugin=\"markup\",kind=\"register\",outcome=\"ok\"} 1",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line}: {shown}");
    }
    // Each line is a comment, or a name with labels and a number.
    for line in shown
        .lines()
        .filter(|it| !it.is_empty() && !it.starts_with('#'))
    {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("goatkit_"), "{line}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}
