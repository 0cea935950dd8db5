use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::atomic::Ordering;

use ::http::Method;
use serde_json::json;

use super::super::{GRANT, Granted, Target};
use super::support::{granted, rules};
use crate::Fault;

#[test]
fn grants_are_read_and_are_normal() {
    for (asked, expect) in [
        (json!([]), vec![]),
        (
            json!(["GET https://api.example.com/v1/*"]),
            vec!["GET https://api.example.com/v1/*"],
        ),
        (
            json!(["GET https://a.example"]),
            vec!["GET https://a.example/"],
        ),
        (
            json!(["GET https://A.Example:443/*", "GET https://a.example/*"]),
            vec!["GET https://a.example/*"],
        ),
        (
            json!(["POST http://a.example:80/x", "POST http://a.example:8080/x"]),
            vec!["POST http://a.example/x", "POST http://a.example:8080/x"],
        ),
        (
            json!(["* https://*.Bücher.example/*"]),
            vec!["* https://*.xn--bcher-kva.example/*"],
        ),
        (
            json!([
                "* https://a.example/*",
                "GET https://a.example/x",
                "GET https://b.example/"
            ]),
            vec!["* https://a.example/*", "GET https://b.example/"],
        ),
        (
            json!([
                "GET https://*.a.example/*",
                "GET https://x.a.example/v1/*",
                "GET https://a.example/*"
            ]),
            vec!["GET https://*.a.example/*", "GET https://a.example/*"],
        ),
        (
            json!([
                "GET https://*/*",
                "GET https://a.example/x",
                "* http://*:*/*"
            ]),
            vec!["* http://*:*/*", "GET https://*/*"],
        ),
        (
            json!(["GET http://a.example/* in 10.1.2.3/8, ::1"]),
            vec!["GET http://a.example/* in 10.0.0.0/8,::1/128"],
        ),
        (
            json!([
                "GET http://a.example/* in 10.0.0.0/8",
                "GET http://a.example/v1 in 10.1.0.0/16"
            ]),
            vec!["GET http://a.example/* in 10.0.0.0/8"],
        ),
        (
            json!([
                "GET http://a.example/*",
                "GET http://a.example/v1 in 10.1.0.0/16"
            ]),
            vec![
                "GET http://a.example/*",
                "GET http://a.example/v1 in 10.1.0.0/16",
            ],
        ),
        (
            json!([
                "GET http://0x7f.1:3000/*",
                "GET http://[0:0::1]/",
                "GET http://localhost/*"
            ]),
            vec![
                "GET http://127.0.0.1:3000/*",
                "GET http://[::1]/",
                "GET http://localhost/*",
            ],
        ),
    ] {
        let read = rules(asked).unwrap();
        assert_eq!(read, expect);
        assert_eq!(rules(json!(read)).unwrap(), expect, "what is normal stays");
    }
}

#[test]
fn what_everything_may_reach_can_be_granted_and_is_spelt_out() {
    let read = rules(json!(["* http://*.example/* in 0.0.0.0/0,::/0"])).unwrap();
    assert!(
        read[0].contains(" in 10.0.0.0/8,")
            && read[0].ends_with(",fec0::/10") | read[0].contains("fe80::/9"),
        "{read:?}"
    );
    assert_eq!(rules(json!(read)).unwrap(), read);
}

#[test]
fn what_is_no_rule_is_refused() {
    for (text, expect) in [
        ("", "is written as in"),
        ("GET", "is written as in"),
        ("GET a.example/", "is written as in"),
        ("https://a.example/*", "is written as in"),
        ("get https://a.example/", "upper case"),
        ("CONNECT https://a.example/", "no method"),
        ("GET,POST https://a.example/", "no method"),
        ("GET  https://a.example/", "scheme"),
        ("GET ftp://a.example/", "scheme"),
        ("GET HTTPS://a.example/", "scheme"),
        ("GET *://a.example/", "scheme"),
        ("GET https://*:*:1/", "neither its method"),
        ("GET https://a:8*/", "neither its method"),
        ("GET https://*", "a path begins with"),
        ("GET https://a.*/", "neither its method"),
        ("GET https://a.*.example/", "neither its method"),
        ("GET https://*.*.example/", "neither its method"),
        ("GET https://a*.example/", "neither its method"),
        ("GET https://*a.example/", "neither its method"),
        ("GET https://a.example*", "a path begins with"),
        ("GET https://a.example:*", "a path begins with"),
        ("GET https://a.example/*/x", "neither its method"),
        ("GET https://a.example/**", "neither its method"),
        ("GET https://*.127.0.0.1/", "before an address"),
        ("GET https://*.1/", "before an address"),
        ("GET https://*.[::1]/", "before an address"),
        ("GET https://*./", "cannot be read"),
        ("GET https://a.example./", "cannot be read"),
        ("GET https://user@a.example/", "cannot be read"),
        ("GET https://a.example:0/", "cannot be read"),
        ("GET https://a.example:99999/", "cannot be read"),
        ("GET https:///x", "cannot be read"),
        ("GET https://[fe80::1%25eth0]/", "cannot be read"),
        ("GET https://a.example/x?y", "queries are free"),
        ("GET https://a.example/x#y", "a query or a fragment"),
        ("GET https://a.example/x/../y", "sent as `/y`"),
        ("GET https://a.example/x/..*", "sent as `/`"),
        ("GET https://a.example/v1/.*", "sent as `/v1/`"),
        ("GET https://a.example/v1/%2e*", "sent as `/v1/`"),
        ("GET https://a.example/é", "sent as `/%C3%A9`"),
        ("GET https://a.example/a%2fb", "cannot be read"),
        ("GET https://a.example/..;/*", "cannot be read"),
        ("GET https://a.example/a b", "cannot be read"),
        ("GET https://a.example/\\*", "cannot be read"),
        ("GET https://a.example/\n", "cannot be read"),
        ("GET https://a.example/x in", "cannot be read"),
        ("GET https://a.example/* in ", "that is none"),
        ("GET https://a.example/* in everywhere", "that is none"),
        ("GET https://a.example/* in 8.8.8.8", "nothing can be named"),
        (
            "GET https://a.example/* in 64:ff9b::/96",
            "nothing can be named",
        ),
        ("GET http://10.0.0.1/ in 10.0.0.1", "names its own"),
        ("GET http://localhost/ in 127.0.0.1", "names its own"),
        ("GET http://0.0.0.0/", "never reached"),
        ("GET http://0/", "never reached"),
        ("GET http://255.255.255.255/", "never reached"),
        ("GET http://[::]/", "never reached"),
        ("GET http://[::ffff:127.0.0.1]/", "never reached"),
        ("GET http://[::ffff:1.1.1.1]/", "never reached"),
        ("GET http://[64:ff9b::1]/", "never reached"),
        ("GET http://[2002:7f00:1::]/", "never reached"),
    ] {
        let told = rules(json!([text])).unwrap_err().join("");
        assert!(told.contains(expect), "{text}: {told}");
        assert!(!told.ends_with('.') && told.starts_with("`http`"), "{told}");
    }
}

#[test]
fn grants_have_a_shape_and_a_size() {
    for shape in [
        json!("GET https://a.example/"),
        json!([1]),
        json!({ "a": 1 }),
        json!(true),
        json!([["GET"]]),
    ] {
        assert!(rules(shape).unwrap_err()[0].contains("is written as a list"));
    }
    let many: Vec<String> = (0..=100)
        .map(|at| format!("GET https://a.example/{at}"))
        .collect();
    assert_eq!(
        rules(json!(many)).unwrap_err(),
        ["`http` has more than 100 entries"]
    );
    let long = format!("GET https://a.example/{}", "x".repeat(1024));
    let told = rules(json!([long])).unwrap_err();
    assert!(
        told[0].contains("more than 1024 bytes") && told[0].len() < 400,
        "{told:?}"
    );
    let grows = format!(
        "GET https://a.example/{} in 0.0.0.0/0,::/0",
        "x".repeat(800)
    );
    assert!(rules(json!([grows])).unwrap_err()[0].contains("when it is normal"));
    assert_eq!(
        rules(json!(["x", "y"])).unwrap_err().len(),
        2,
        "all at once"
    );
}

#[test]
fn consent_says_what_may_be_sent_and_warns() {
    for (rule, expect) in [
        (
            "GET https://api.example.com/v1/*",
            "send GET requests to https://api.example.com/v1/…",
        ),
        (
            "* http://a.example:8080/x",
            "send requests of every method to http://a.example:8080/x",
        ),
        (
            "POST https://*.a.example/*",
            "send POST requests to every host whose name ends in `.a.example`, at \
             https://….a.example/…",
        ),
        (
            "GET https://git.example/* in 10.0.0.0/8,fd00::/8",
            "send GET requests to https://git.example/… (also where that is inside your own \
             network: 10.0.0.0/8, fd00::/8)",
        ),
        (
            "GET http://10.0.0.1/*",
            "send GET requests to http://10.0.0.1/… (also where that is inside your own network: \
             10.0.0.1/32)",
        ),
        (
            "GET http://localhost:3000/*",
            "send GET requests to http://localhost:3000/… (this machine itself, with what \
             listens there for nobody else)",
        ),
        (
            "GET https://1.1.1.1/*",
            "send GET requests to https://1.1.1.1/…",
        ),
        (
            "GET https://*:*/x",
            "send GET requests to every host there is, at https://…:*/x",
        ),
    ] {
        assert_eq!(GRANT.consent(&[rule]), [expect]);
    }
    assert!(GRANT.consent(&[]).is_empty());
}

fn target(url: &str) -> Target {
    Target::parse(url).unwrap()
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|it| it.parse().unwrap()).collect()
}

#[test]
fn the_first_rule_that_allows_is_counted() {
    let texts = [
        "* http://a.example/* in 10.0.0.0/8",
        "GET http://a.example/*",
    ];
    let (granted, counters) = granted(&texts);
    let permits = |url: &str, at: &[&str]| {
        let (target, at) = (target(url), addresses(at));
        granted.permits_at(&Method::GET, &target, &at).is_ok()
    };
    // The rule with networks is the first, and covers the other.
    assert_eq!(counters.len(), 1);
    assert!(permits("http://a.example/x", &["1.1.1.1"]));
    assert!(permits("http://a.example/x", &["10.0.0.1", "1.1.1.1"]));
    assert!(!permits("http://a.example/x", &["10.0.0.1", "127.0.0.1"]));
    assert!(!permits("http://b.example/x", &["1.1.1.1"]));
    granted
        .permits(&Method::GET, &target("http://a.example/"))
        .unwrap();
    assert_eq!(counters[0].load(Ordering::Relaxed), 2);
}

#[test]
fn all_addresses_are_named_by_one_rule() {
    let texts = [
        "GET http://a.example/* in 10.0.0.0/8",
        "* http://a.example/* in 127.0.0.0/8",
    ];
    let (granted, counters) = granted(&texts);
    let count = |at: usize| counters[at].load(Ordering::Relaxed);
    let permits = |method: Method, at: &[&str]| {
        let at = addresses(at);
        granted
            .permits_at(&method, &target("http://a.example/"), &at)
            .is_ok()
    };
    assert!(permits(Method::GET, &["10.0.0.1"]));
    assert!(permits(Method::GET, &["127.0.0.1"]));
    assert!(!permits(Method::GET, &["127.0.0.1", "10.0.0.1"]));
    assert!(!permits(Method::POST, &["10.0.0.1"]));
    assert_eq!((count(0), count(1)), (1, 1));
}

#[test]
fn a_refusal_names_the_line_that_would_allow_it() {
    let url = target("https://user.example/a?secret=1");
    let told = Granted::none().permits(&Method::GET, &url).unwrap_err();
    assert_eq!(
        told.to_string(),
        "not granted: http: GET https://user.example/a (add `GET https://user.example/a` under \
         `capabilities.http` in manifest.yaml and grant it)"
    );
    let (granted, _) = granted(&["GET https://user.example/*"]);
    let at = |texts: &[&str]| {
        let denied = granted.permits_at(&Method::GET, &url, &addresses(texts));
        denied.unwrap_err().to_string()
    };
    assert_eq!(
        at(&["1.1.1.1", "10.0.0.1"]),
        "not granted: http: GET https://user.example/a at 10.0.0.1 (the address is not public: \
         add `GET https://user.example/a in 10.0.0.1/32` under `capabilities.http` in \
         manifest.yaml and grant it)"
    );
    assert!(at(&["10.0.0.1", "64:ff9b::1"]).contains("at 64:ff9b::1 (no grant allows that"));
    let long = target(&format!("https://a.example/{}", "x".repeat(8_000)));
    let told = granted.permits(&Method::GET, &long).unwrap_err();
    assert!(told.to_string().len() < 1_000);
    granted.set(Vec::new());
    let gone = granted.permits_at(&Method::GET, &url, &addresses(&["1.1.1.1"]));
    assert!(
        matches!(gone, Err(Fault::Denied(_))),
        "what is revoked is gone at once"
    );
}

/// Every rule and every request of a small world.
struct World {
    rules: Vec<String>,
    requests: Vec<(Method, Target, Vec<IpAddr>)>,
}

fn world() -> World {
    let mut rules = BTreeSet::new();
    let hosts = [
        "a.example",
        "x.a.example",
        "*.a.example",
        "*.x.a.example",
        "*",
        "10.0.0.1",
        "localhost",
    ];
    let networks = [
        "",
        " in 10.0.0.0/8",
        " in 10.0.0.0/9",
        " in 10.0.0.0/9,127.0.0.1",
        " in 10.0.0.0/9,10.128.0.0/9,127.0.0.0/8,::1",
    ];
    for method in ["*", "GET", "POST"] {
        for origin in ["http://H", "https://H", "http://H:8080", "http://H:*"] {
            for host in hosts {
                for path in ["/", "/*", "/v1", "/v1*", "/v1/*", "/v1/x"] {
                    for networks in networks {
                        let itself = ["10.0.0.1", "localhost"].contains(&host);
                        let networks = if itself { "" } else { networks };
                        let origin = origin.replace('H', host);
                        rules.insert(format!("{method} {origin}{path}{networks}"));
                    }
                }
            }
        }
    }
    let mut requests = Vec::new();
    for method in [Method::GET, Method::POST, Method::PUT] {
        for origin in ["http://H", "https://H", "http://H:8080"] {
            for host in [
                "a.example",
                "x.a.example",
                "y.x.a.example",
                "y.a.example",
                "b.example",
                "10.0.0.1",
                "localhost",
            ] {
                for path in ["/", "/v1", "/v10", "/v1/", "/v1/x", "/v2"] {
                    for at in [
                        "1.1.1.1",
                        "10.0.0.1",
                        "10.200.0.1",
                        "127.0.0.1",
                        "127.0.0.2",
                        "::1",
                    ] {
                        let url = format!("{}{path}", origin.replace('H', host));
                        requests.push((method.clone(), target(&url), addresses(&[at])));
                    }
                }
            }
        }
    }
    let rules = rules.into_iter().collect();
    World { rules, requests }
}

#[test]
fn a_rule_covers_another_exactly_if_it_permits_all_that_it_permits() {
    let World {
        rules: texts,
        requests,
    } = world();
    let permitted: Vec<(String, Vec<bool>)> = texts
        .iter()
        .map(|text| {
            let normal = rules(json!([text])).unwrap().remove(0);
            let (granted, _) = granted(&[text]);
            let permits = |(method, target, at): &(Method, Target, Vec<IpAddr>)| {
                granted.permits_at(method, target, at).is_ok()
            };
            (normal, requests.iter().map(permits).collect())
        })
        .collect();
    let mut covering = 0;
    for (at, (outer, more)) in permitted.iter().enumerate() {
        // A part of all pairs, in which each rule is on each side with rules of every kind.
        for (inner, less) in permitted.iter().skip(at % 31).step_by(31) {
            let expect = more.iter().zip(less).all(|(more, less)| *more || !less);
            assert_eq!(GRANT.covers(outer, inner), expect, "{outer} / {inner}");
            covering += usize::from(expect);
        }
    }
    assert!(covering > permitted.len() / 31, "{covering}");
    for (normal, permitted) in &permitted {
        assert!(permitted.contains(&true), "{normal} permits something");
    }
}

#[test]
fn what_is_no_rule_covers_nothing_and_grants_nothing() {
    assert!(!GRANT.covers("x", "x"));
    assert!(!GRANT.covers("* http://a.example/*", "x"));
    let granted = Granted::none();
    granted.set(vec![("* *".to_owned(), Default::default())]);
    assert!(
        granted
            .permits(&Method::GET, &target("http://a.example/"))
            .is_err()
    );
}

#[test]
fn what_is_permitted_costs_no_memory() {
    let rules = [
        "GET https://*.example/v1/* in 10.0.0.0/8",
        "* http://a.example/*",
    ];
    let (granted, counters) = granted(&rules);
    let (url, at) = (
        target("https://a.example/v1/x?y"),
        addresses(&["1.1.1.1", "10.0.0.1"]),
    );
    let permitted = || {
        granted.permits(&Method::GET, &url).unwrap();
        granted.permits_at(&Method::GET, &url, &at).unwrap();
    };
    permitted();
    let counted = allocation_counter::measure(|| (0..100).for_each(|_| permitted()));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    let uses: u64 = counters.iter().map(|it| it.load(Ordering::Relaxed)).sum();
    assert_eq!(uses, 101);
}
