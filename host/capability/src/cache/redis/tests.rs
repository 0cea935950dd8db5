#![allow(clippy::unwrap_used)]

use std::time::Instant;

use goatkit_test_servers::{Certificate, Redis};
use redis::aio::MultiplexedConnection;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::link::{REST, SLOWEST};
use super::*;
use crate::ManualClock;
use crate::audit::AuditLog;
use crate::cache::tests::bench::{Bound, clock, held, raw, redis, scope, scope_until};

const BUDGET: u64 = 64 * 1024;

/// A host of its own that uses the server.
fn host(url: &str) -> (Bound, Arc<ManualClock>) {
    let clock = clock();
    let store = RedisCache::new(url, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    (Bound::new("a", BUDGET, AuditLog::none(), store), clock)
}

fn unavailable<T: std::fmt::Debug>(answer: Result<T, Fault>, expect: &str) {
    match answer {
        Err(Fault::Unavailable(told)) => assert!(told.contains(expect), "{told}"),
        answer => panic!("{answer:?}, and not {expect}"),
    }
}

async fn keys(connection: &mut MultiplexedConnection) -> Vec<String> {
    let asked = redis::cmd("KEYS").arg("*").query_async(connection).await;
    let mut keys: Vec<String> = asked.unwrap();
    keys.sort();
    keys
}

#[test]
fn what_is_no_server_is_refused_without_its_password() {
    let with = |url: &str, prefix: &str, pem: Option<&[u8]>| {
        let options = RedisOptions {
            url: url.to_owned(),
            prefix: prefix.to_owned(),
            authorities: pem.map(<[u8]>::to_vec),
        };
        RedisCache::with(options, clock())
    };
    for url in [
        "redis://localhost",
        "redis://localhost/2",
        "redis://:s3cret@127.0.0.1:16000/",
        "redis://[::1]:6379/0",
        "rediss://me:s3cret@cache.example.com:6380",
    ] {
        let cache = with(url, "my.app-1:x_y", None).unwrap();
        let shown = format!("{cache:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    for (url, prefix, pem) in [
        ("", "x", None),
        ("localhost:6379", "x", None),
        ("s3cret", "x", None),
        ("http://me:s3cret@localhost/", "x", None),
        ("unix:///run/s3cret", "x", None),
        ("redis+unix:///run/s3cret", "x", None),
        ("redis://", "x", None),
        ("redis:///2", "x", None),
        ("redis://me:s3cret@/", "x", None),
        ("redis://:s3cret@localhost/zero", "x", None),
        ("redis://:s3cret@localhost:99999", "x", None),
        ("redis://:s3cret@0.0.0.0/", "x", None),
        ("redis://:%ff@localhost/s3cret", "x", None),
        ("rediss://:s3cret@localhost/#insecure", "x", None),
        ("redis://localhost/?password=s3cret", "x", None),
        ("rediss://localhost/", "x", Some(&b"s3cret"[..])),
        ("redis://localhost", "", None),
        ("redis://localhost", "a b", None),
        ("redis://localhost", "a{b}", None),
        ("redis://localhost", "a*", None),
        ("redis://localhost", &"x".repeat(65), None),
    ] {
        let told = with(url, prefix, pem).map(|_| url).unwrap_err().to_string();
        assert!(told.starts_with("the cache's "), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[tokio::test]
async fn a_plugin_makes_four_keys_and_each_ends() {
    let mut bench = redis();
    let cache = bench.plugin("a-b", BUDGET);
    let mut raw = raw(bench.server()).await;
    for key in ["*", "x:y", "}:1:values", "a\r\nSET b 1\r\n"] {
        cache.set(key, b"1").await.unwrap();
        cache.get(key).await.unwrap();
    }
    cache.get("missing").await.unwrap();
    cache.delete("missing").await.unwrap();
    let expect = ["ends", "total", "used", "values"].map(|it| format!("goatkit:{{a-b}}:1:{it}"));
    assert_eq!(keys(&mut raw).await, expect);
    for key in &expect {
        let ends: i64 = redis::cmd("PTTL")
            .arg(key)
            .query_async(&mut raw)
            .await
            .unwrap();
        let longest = i64::try_from(LONGEST_LIFE.as_millis()).unwrap();
        assert!((longest / 2..=longest).contains(&ends), "{key}: {ends}");
    }
    for key in ["*", "x:y", "}:1:values", "a\r\nSET b 1\r\n"] {
        assert_eq!(cache.delete(key).await, Ok(true));
    }
    bench.plugin("a", BUDGET).delete("x").await.unwrap();
    // Nothing held is nothing left, but for the count.
    let left = keys(&mut raw).await;
    assert!(left.is_empty() || left == expect[1..2], "{left:?}");
}

#[tokio::test]
async fn a_value_ends_by_the_servers_time() {
    let mut bench = redis();
    let cache = bench.plugin("a", BUDGET);
    let millisecond = Duration::from_millis(1);
    cache
        .set_for("short", b"1", Some(millisecond))
        .await
        .unwrap();
    cache
        .set_for("long", b"1", Some(LONGEST_LIFE))
        .await
        .unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while cache.get("short").await.unwrap().is_some() {
        assert!(Instant::now() < end, "it does not end");
    }
    assert_eq!(cache.delete("short").await, Ok(false));
    assert_eq!(cache.get("long").await, Ok(Some(b"1".to_vec())));
    // What has ended makes room first, though it was used last.
    cache.grant(Some(2 * ENTRY_BYTES + 10));
    cache
        .set_for("short", b"1", Some(millisecond))
        .await
        .unwrap();
    let mut raw = raw(bench.server()).await;
    let now = async |raw: &mut MultiplexedConnection| -> u64 {
        let time: (u64, u64) = redis::cmd("TIME").query_async(raw).await.unwrap();
        time.0 * 1000 + time.1 / 1000
    };
    let start = now(&mut raw).await;
    while now(&mut raw).await < start + 2 {}
    cache.set("new", b"1").await.unwrap();
    assert!(cache.get("long").await.unwrap().is_some());
    assert_eq!(held(bench.server(), "a").await.0, 2);
}

/// What a value costs is what it takes in the server, also where values are tiny.
#[tokio::test]
async fn what_is_counted_is_what_the_server_holds() {
    let mut bench = redis();
    let mut raw = raw(bench.server()).await;
    for (plugin, budget, size) in [("a", BUDGET, 1), ("b", 512 * 1024, 1), ("c", BUDGET, 3_000)] {
        let cache = bench.plugin(plugin, budget);
        for at in 0..budget / (ENTRY_BYTES + size) + 20 {
            let value = vec![1; usize::try_from(size).unwrap()];
            cache.set(&format!("{at:0>512}"), &value).await.unwrap();
        }
        let mut memory = redis::pipe();
        for part in PARTS {
            let key = format!("goatkit:{{{plugin}}}:1:{part}");
            memory
                .cmd("MEMORY")
                .arg("USAGE")
                .arg(key)
                .arg("SAMPLES")
                .arg(0);
        }
        let bytes: Vec<u64> = memory.query_async(&mut raw).await.unwrap();
        let bytes: u64 = bytes.iter().sum();
        let (_, counted) = held(bench.server(), plugin).await;
        assert!(counted > budget * 9 / 10, "{counted} of {budget}");
        assert!(
            bytes <= counted * 11 / 10,
            "{plugin}: {bytes} bytes for {counted}"
        );
    }
}

/// No script takes more than [`MAX_STEPS`]: this one value is worth many scripts.
#[tokio::test]
async fn a_large_value_makes_room_in_many_steps() {
    let mut bench = redis();
    let cache = bench.plugin("a", 1 << 20);
    for at in 0..2_500 {
        cache.set(&at.to_string(), b"1").await.unwrap();
    }
    assert_eq!(held(bench.server(), "a").await.0, 2_500);
    cache.set("large", &vec![1; 1 << 20]).await.unwrap();
    assert_eq!(held(bench.server(), "a").await.0, 1 << 20);
}

#[tokio::test]
async fn hosts_share_spaces_and_their_budgets() {
    let server = Redis::start();
    let hosts: Vec<_> = (0..3).map(|_| host(&server.url()).0).collect();
    hosts[0].set("x", b"1").await.unwrap();
    assert_eq!(hosts[1].get("x").await, Ok(Some(b"1".to_vec())));
    let mut tasks = tokio::task::JoinSet::new();
    for (at, host) in hosts.iter().enumerate() {
        for task in 0..4 {
            let cache = host.cache.clone();
            tasks.spawn(async move {
                for turn in 0..30 {
                    let value = vec![1; 97 * turn + at];
                    let key = format!("{task} {}", turn % 20);
                    cache.set(&scope(), &key, value, None).await.unwrap();
                }
            });
        }
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
        assert!(held(&server, "a").await.1 <= BUDGET);
    }
}

#[tokio::test]
async fn another_prefix_is_another_space() {
    let server = Redis::start();
    let (usual, clock) = host(&server.url());
    let mut options = RedisOptions::new(server.url());
    options.prefix = "other".to_owned();
    let store = RedisCache::with(options, clock).unwrap();
    let other = Bound::new("a", BUDGET, AuditLog::none(), store);
    usual.set("x", b"1").await.unwrap();
    assert_eq!(other.get("x").await, Ok(None));
}

#[tokio::test]
async fn a_space_that_lost_a_part_begins_anew() {
    let mut bench = redis();
    let cache = bench.plugin("a", BUDGET);
    for part in PARTS {
        for at in 0..50 {
            cache.set(&at.to_string(), &[1; 1000]).await.unwrap();
        }
        let key = format!("DEL goatkit:{{a}}:1:{part}");
        assert_eq!(bench.server().ask(&key).unwrap(), ":1");
        assert_eq!(cache.get("49").await, Ok(None), "{part}");
        assert_eq!(held(bench.server(), "a").await, (0, 0), "{part}");
        cache.set("x", b"1").await.unwrap();
        assert_eq!(cache.get("x").await, Ok(Some(b"1".to_vec())));
    }
}

#[tokio::test]
async fn scripts_that_were_forgotten_are_loaded_again() {
    let mut bench = redis();
    let cache = bench.plugin("a", BUDGET);
    for _ in 0..2 {
        cache.set("x", b"1").await.unwrap();
        assert_eq!(bench.server().ask("SCRIPT FLUSH").unwrap(), "+OK");
        assert_eq!(cache.get("x").await, Ok(Some(b"1".to_vec())));
        assert_eq!(cache.delete("x").await, Ok(true));
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_told_and_is_good_once_it_is_back() {
    let mut server = Redis::start();
    let (cache, clock) = host(&server.url());
    cache.set("x", b"1").await.unwrap();
    server.stop();
    unavailable(cache.get("x").await, "cannot be reached");
    server.start_again();
    unavailable(cache.set("x", b"1").await, "did not answer a moment ago");
    clock.advance(REST);
    cache.set("x", b"2").await.unwrap();
    assert_eq!(cache.get("x").await, Ok(Some(b"2".to_vec())));
    // One that was down between two uses only is not noticed, but for what it has forgotten.
    server.start_again();
    assert_eq!(cache.get("x").await, Ok(None));
    cache.set("x", b"3").await.unwrap();
    server.start_again();
    cache.set("x", b"4").await.unwrap();
    assert_eq!(held(&server, "a").await.0, 1);
    assert!(REST + SLOWEST < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_that_hangs_costs_a_call_no_more_than_its_bound() {
    let server = Redis::start();
    let (cache, clock) = host(&server.url());
    let get = async |deadline| cache.cache.get(&scope_until(deadline), "x").await;
    cache.set("x", b"1").await.unwrap();
    assert_eq!(server.ask("CLIENT PAUSE 600000 WRITE").unwrap(), "+OK");
    let near = Instant::now() + Duration::from_millis(50);
    assert_eq!(get(near).await, Err(Fault::TimedOut));
    // A call that gives up leaves no connection that owes an answer.
    let dropped = cache.get("x");
    let _ = tokio::time::timeout(Duration::from_millis(50), dropped).await;
    let start = Instant::now();
    unavailable(cache.get("x").await, "did not answer within 2s");
    unavailable(cache.get("x").await, "did not answer a moment ago");
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!(server.ask("CLIENT UNPAUSE").unwrap(), "+OK");
    clock.advance(REST);
    assert_eq!(cache.get("x").await, Ok(Some(b"1".to_vec())));
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}/", silent.local_addr().unwrap());
    let (cache, clock) = host(&url);
    let near = scope_until(Instant::now() + Duration::from_millis(50));
    assert_eq!(cache.cache.get(&near, "x").await, Err(Fault::TimedOut));
    unavailable(cache.get("x").await, "cannot be reached");
    unavailable(cache.get("x").await, "did not answer a moment ago");
    // After its rest it is asked again.
    drop(silent);
    clock.advance(REST);
    unavailable(cache.get("x").await, "cannot be reached");
}

#[tokio::test]
async fn a_server_that_speaks_something_else() {
    let strange = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}/", strange.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = strange.accept().await.unwrap();
            // A greeting of SMTP, an answer of HTTP.
            let _ = stream
                .write_all(b"220 hello\r\nHTTP/1.1 400 Bad\r\n\r\n")
                .await;
        }
    });
    let (cache, clock) = host(&url);
    for _ in 0..3 {
        unavailable(cache.get("x").await, "the cache's server");
        clock.advance(REST);
    }
}

/// Passes on to the server what comes, and so many bytes of its answers; then it cuts both.
async fn cutting(server: &Redis, after: usize) -> String {
    let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}/", front.local_addr().unwrap());
    let port = server.port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = front.accept().await {
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let (mut from_client, mut to_client) = client.split();
            let (from_server, mut to_server) = server.split();
            let mut answers = tokio::io::AsyncReadExt::take(from_server, after as u64);
            tokio::select! {
                _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
                _ = tokio::io::copy(&mut answers, &mut to_client) => {}
            }
        }
    });
    url
}

#[tokio::test]
async fn a_connection_that_breaks_half_way_leaves_the_count_right() {
    let server = Redis::start();
    let (whole, _) = host(&server.url());
    // The first use makes the connection: this is about what follows.
    whole.set("0", &[1; 500]).await.unwrap();
    for after in 0..120 {
        let (cache, clock) = host(&cutting(&server, after).await);
        for key in ["0", "1"] {
            let answers = [
                cache.set(key, &vec![1; after * 10]).await.err(),
                cache.get(key).await.err(),
                cache.delete(key).await.err(),
            ];
            for fault in answers.into_iter().flatten() {
                assert!(matches!(fault, Fault::Unavailable(_)), "{after}: {fault}");
            }
            clock.advance(REST);
        }
        held(&server, "a").await;
    }
    whole.set("0", b"1").await.unwrap();
    assert_eq!(whole.get("0").await, Ok(Some(b"1".to_vec())));
}

#[tokio::test]
async fn a_server_that_refuses_is_told_without_secrets() {
    let server = Redis::with_password("right");
    for (url, expect) in [
        (
            server.url().replace("right", "s3cret"),
            "refuses the sign-in",
        ),
        (server.url().replace(":right@", ""), "refuses: NOAUTH"),
    ] {
        let (cache, clock) = host(&url);
        for _ in 0..2 {
            let told = cache.get("x").await.unwrap_err().to_string();
            assert!(told.contains(expect) && !told.contains("s3cret"), "{told}");
            clock.advance(REST);
        }
    }
    let (cache, clock) = host(&server.url());
    cache.set("x", b"1").await.unwrap();
    // Somebody else has put something else there.
    let values = "goatkit:{a}:1:values";
    assert_eq!(server.ask(&format!("SET {values} text")).unwrap(), "+OK");
    unavailable(cache.set("x", b"2").await, "refuses: WRONGTYPE");
    assert_eq!(server.ask(&format!("DEL {values}")).unwrap(), ":1");
    clock.advance(REST);
    cache.set("x", b"2").await.unwrap();
}

#[tokio::test]
async fn a_connection_may_be_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let pem = made.cert.pem();
    let files = Certificate {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.certificate, &pem).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let server = Redis::with_tls(files, "s3cret");
    let with = |authorities: Option<Vec<u8>>, url: String| {
        let options = RedisOptions {
            authorities,
            ..RedisOptions::new(url)
        };
        let store = RedisCache::with(options, clock()).unwrap();
        Bound::new("a", BUDGET, AuditLog::none(), store)
    };
    let trusting = with(Some(pem.clone().into_bytes()), server.url());
    trusting.set("x", b"1").await.unwrap();
    assert_eq!(trusting.get("x").await, Ok(Some(b"1".to_vec())));
    // Nobody that the system trusts vouches for it; and it answers nothing without TLS.
    let plain = server.url().replace("rediss:", "redis:");
    let pem = Some(pem.into_bytes());
    for cache in [with(None, server.url()), with(pem, plain)] {
        let told = cache.get("x").await.unwrap_err().to_string();
        assert!(
            told.starts_with("unavailable: the cache's server"),
            "{told}"
        );
        assert!(!told.contains("s3cret"), "{told}");
    }
}
