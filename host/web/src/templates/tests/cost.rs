//! What the way from a page to a plugin costs: the bridge, and the threads.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::{RenderErrorKind, TemplateSettings, bridge};
use super::{Host, block_on, session};

/// Microseconds, the best of some rounds: what else the machine does is not measured.
fn best(mut run: impl FnMut()) -> f64 {
    let mut rounds = Vec::new();
    for _ in 0..30 {
        let before = Instant::now();
        for _ in 0..20 {
            run();
        }
        rounds.push(before.elapsed().as_secs_f64() * 1e6 / 20.0);
    }
    rounds.into_iter().fold(f64::MAX, f64::min)
}

#[test]
fn what_is_ready_is_not_waited_for() {
    // A thread that drives a runtime breaks off when it waits.
    block_on(async {
        let handle = tokio::runtime::Handle::current();
        let future: goatkit_runtime::BoxFuture<'_, u32> = Box::pin(async { 7 });
        assert_eq!(bridge::wait(&handle, future), 7);
    });
}

#[test]
#[ignore = "prints figures: run with --release --ignored --nocapture"]
fn figures() {
    let calls = format!(
        "{{% use my_plugin %}}{}",
        "{{ calculate_something('input').value }}".repeat(100)
    );
    let none = "{{ word }}".repeat(100);
    let files = [("calls.html", calls.as_str()), ("none.html", none.as_str())];
    let host = Host::with(&files, &files);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (used, session) = (&host.plugins.0["my_plugin"], &host.session);
    let alone = best(|| {
        for _ in 0..100 {
            let args = "[\"input\"]".to_owned();
            let call = used.code.call(session, "calculate_something", args);
            std::hint::black_box(bridge::wait(runtime.handle(), call).unwrap());
        }
    });
    println!("the tests' plugin itself: {:.0} ns per call", alone * 10.0);
    for (who, own) in [("application", false), ("package", true)] {
        let render = |name: &'static str| {
            best(|| {
                let context = json!({ "word": 5 });
                let page = runtime.block_on(async {
                    if own {
                        host.package(name, context).await
                    } else {
                        host.application(name, context).await
                    }
                });
                std::hint::black_box(page.unwrap());
            })
        };
        let (none, calls) = (render("none.html"), render("calls.html"));
        println!(
            "{who}: no calls {none:.1} µs, 100 calls {calls:.1} µs, {:.0} ns per call",
            (calls - none) * 10.0
        );
    }
}

#[test]
fn a_page_that_finds_no_thread_waits_until_its_deadline() {
    let files = [
        ("x.html", "{% use my_plugin %}{{ slow() }}"),
        ("held.html", "{% use my_plugin %}{{ held() }}"),
    ];
    let host = Host::with(&files, &[]);
    block_on(async {
        let page = |name: &'static str, time: Duration| {
            let templates = host.templates.clone();
            async move {
                let session = session(time);
                templates
                    .render_application(&session, name, json!({}))
                    .await
            }
        };
        let mut held = tokio::task::JoinSet::new();
        for _ in 0..TemplateSettings::new("").threads {
            held.spawn(page("held.html", Duration::from_secs(60)));
        }
        // Each takes a thread before the next one begins, and the last one finds none.
        let late = tokio::spawn(page("x.html", Duration::from_millis(50)));
        let error = late.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), RenderErrorKind::Busy, "{error}");
        host.held.add_permits(1);
        for page in held.join_all().await {
            assert_eq!(page.unwrap(), "held");
        }
        let pages = (0..200).map(|_| host.application("x.html", json!({})));
        for page in futures(pages).await {
            assert_eq!(page.unwrap(), "slept");
        }
    });
}

/// All of them side by side.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        all.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(answer) => {
                done.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done
}
