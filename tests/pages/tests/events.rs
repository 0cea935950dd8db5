//! Events for browsers: who may listen, what comes, and when it ends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use goatkit_capability::events::Event;
use goatkit_host::{Actor, Directory, Identifying, Visitor};
use goatkit_test_support::name;
use http::HeaderMap;
use http::request::Parts;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::site::{Ask, Site, ask, get, peer, reach_all};

const CHANNELS: &str = "/plugins/reach-all/events";

/// Somebody who listens: the body of an answer that goes on.
struct Stream(Box<dyn Frames>);

trait Frames {
    fn next(&mut self) -> std::pin::Pin<Box<dyn Future<Output = Option<Bytes>> + '_>>;
}

impl<B: hyper::body::Body<Data = Bytes> + Unpin> Frames for B
where
    B::Error: std::fmt::Debug,
{
    fn next(&mut self) -> std::pin::Pin<Box<dyn Future<Output = Option<Bytes>> + '_>> {
        Box::pin(async move { self.frame().await?.unwrap().into_data().ok() })
    }
}

impl Stream {
    async fn open(site: &Site, ask: Ask) -> Self {
        let answer = site.host.router().oneshot(ask.request()).await.unwrap();
        assert_eq!(answer.status(), 200);
        check(answer.headers());
        Self(Box::new(answer.into_body()))
    }

    /// The lines of the next event; nothing at the end. What only keeps the connection is passed
    /// over.
    async fn next(&mut self) -> Option<Vec<String>> {
        loop {
            let text = self.0.next().await?;
            let text = String::from_utf8(text.to_vec()).unwrap();
            let lines = text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with(':'));
            let lines: Vec<String> = lines.map(str::to_owned).collect();
            if !lines.is_empty() {
                return Some(lines);
            }
        }
    }
}

fn check(headers: &HeaderMap) {
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(!headers.contains_key("access-control-allow-origin"));
}

async fn site() -> Site {
    Site::with(&[reach_all(""), peer()], &[]).await
}

async fn publish(site: &Site, channel: &str, data: Value) -> Value {
    site.call("reach-all", "publish", json!([channel, "added", data]))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorizer_says_who_listens() {
    let site = site().await;
    for (channel, nobody, agent, viewer) in [
        ("public", 200, 200, 200),
        ("signed-in", 403, 200, 200),
        ("permission", 403, 403, 200),
        ("another", 403, 403, 403),
        ("no-boolean", 403, 403, 403),
        ("fails", 403, 403, 403),
        ("traps", 403, 403, 403),
        // What is no channel's name is not asked about.
        ("Public", 404, 404, 404),
        ("public%0a", 404, 404, 404),
        ("..%2fpublic", 404, 404, 404),
        ("public.", 404, 404, 404),
        ("", 404, 404, 404),
        ("public/", 404, 404, 404),
    ] {
        for (sid, expect) in [
            ("ended-1", nobody),
            ("agent-1", agent),
            ("viewer-1", viewer),
        ] {
            let status = site
                .status(get(&format!("{CHANNELS}/{channel}")).of(sid))
                .await;
            assert_eq!(status, expect, "{channel} {sid}");
        }
    }
    // Whoever has no authorizer lets nobody listen; and a plugin that is not there has none.
    for other in ["plugins-peer", "no-such-plugin", "Reach-All", "reach_all"] {
        let status = site
            .status(get(&format!("/plugins/{other}/events/public")))
            .await;
        assert_eq!(status, 404, "{other}");
    }
    for (header, value, status) in [
        ("origin", "http://desk.example", 200),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "same-origin", 200),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
    ] {
        let request = get(&format!("{CHANNELS}/public")).header(header, value);
        assert_eq!(site.status(request).await, status, "{header} {value}");
    }
    assert_eq!(
        site.status(ask("POST", &format!("{CHANNELS}/public")))
            .await,
        405
    );
    assert_eq!(site.host.manager().events().listening(), 0, "all are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_in_their_order() {
    let site = site().await;
    let mut stream = Stream::open(&site, get(&format!("{CHANNELS}/public"))).await;
    let mut other = Stream::open(&site, get(&format!("{CHANNELS}/signed-in")).of("agent-1")).await;
    for number in 0..5 {
        assert_eq!(
            publish(&site, "public", json!({ "n": number, "text": "a\nb" })).await,
            1
        );
    }
    publish(&site, "nobody-listens", json!(1)).await;
    publish(&site, "signed-in", json!("last")).await;
    let mut last = 0;
    for number in 0..5 {
        let lines = stream.next().await.unwrap();
        let [id, event, data] = &lines[..] else {
            panic!("{lines:?}")
        };
        let id: u64 = id.strip_prefix("id: ").unwrap().parse().unwrap();
        assert!(id > last, "{lines:?}");
        last = id;
        assert_eq!(event, "event: added");
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        let told = json!({ "n": number, "text": "a\nb" });
        assert_eq!(
            data,
            json!({ "channel": "public", "data": told, "lost": 0 })
        );
    }
    // Each hears its own channel and no other.
    let lines = other.next().await.unwrap();
    assert!(lines[2].contains("\"data\":\"last\""), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_to_a_host_that_stops_hears_the_end() {
    let site = site().await;
    let mut stream = Stream::open(&site, get(&format!("{CHANNELS}/public"))).await;
    publish(&site, "public", json!(1)).await;
    assert!(stream.next().await.is_some());
    site.host.manager().begin_to_stop();
    assert_eq!(stream.next().await, None);
    // And who comes now is not kept either.
    let mut stream = Stream::open(&site, get(&format!("{CHANNELS}/public"))).await;
    assert_eq!(stream.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_is_told_what_he_lost() {
    let site = site().await;
    let mut stream = Stream::open(&site, get(&format!("{CHANNELS}/public"))).await;
    let bus = site.host.manager().events();
    let session = Arc::clone(site.session().facts());
    for number in 0..100 {
        bus.publish(Event {
            id: 0,
            depth: 0,
            plugin: name("reach-all"),
            channel: "public".to_owned(),
            kind: "added".to_owned(),
            data: number.to_string(),
            session: Arc::clone(&session),
        });
    }
    let lines = stream.next().await.unwrap();
    assert!(
        lines[2].contains("\"data\":36") && lines[2].contains("\"lost\":36"),
        "{lines:?}"
    );
    let lines = stream.next().await.unwrap();
    assert!(
        lines[2].contains("\"data\":37") && lines[2].contains("\"lost\":0"),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_connection_that_closed() {
    let site = site().await;
    let bus = site.host.manager().events();
    let one = Stream::open(&site, get(&format!("{CHANNELS}/public"))).await;
    let other = Stream::open(&site, get(&format!("{CHANNELS}/public"))).await;
    assert_eq!(bus.listening(), 2);
    drop(one);
    assert_eq!(bus.listening(), 1);
    assert_eq!(publish(&site, "public", json!(1)).await, 1);
    drop(other);
    assert_eq!(bus.listening(), 0);
    assert_eq!(publish(&site, "public", json!(1)).await, 0);
}

/// The viewer, and whether he is signed in: in one browser until he is not, in another for good.
struct UntilThen(AtomicBool);

impl Directory for UntilThen {
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a> {
        let for_good = request.headers.contains_key("cookie");
        let signed_in = for_good || self.0.load(Ordering::SeqCst);
        let visitor = signed_in.then(|| Visitor {
            actor: Actor {
                id: "1".to_owned(),
                login: "viewer".to_owned(),
                kind: "agent".to_owned(),
                permissions: BTreeSet::from(["reach_all.view".to_owned()]),
            },
            session: "viewer".to_owned(),
        });
        Box::pin(std::future::ready(visitor))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_no_longer_listen_hears_no_more() {
    let viewer = Arc::new(UntilThen(AtomicBool::new(true)));
    let people = Arc::clone(&viewer);
    let site = Site::made(&[reach_all("")], &[], |host| {
        host.grant_everything().people(people)
    })
    .await;
    let channel = format!("{CHANNELS}/permission");
    // Whoever came first is asked about first.
    let mut stays = Stream::open(&site, get(&channel).of("viewer-1")).await;
    let mut ends = Stream::open(&site, get(&channel)).await;
    assert_eq!(publish(&site, "permission", json!("before")).await, 2);
    viewer.0.store(false, Ordering::SeqCst);
    assert!(ends.next().await.unwrap()[2].contains("before"));
    // Within half a minute, by the machine's clock: a guest's time is no other.
    assert_eq!(ends.next().await, None);
    drop(ends);
    assert_eq!(publish(&site, "permission", json!("after")).await, 1);
    assert!(stays.next().await.unwrap()[2].contains("before"));
    assert!(stays.next().await.unwrap()[2].contains("after"));
}
