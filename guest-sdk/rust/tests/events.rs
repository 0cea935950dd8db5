//! The module `events` as a plugin uses it: its own channels under grants.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::testing::{Published, Session};
use goatkit_plugin::{Denial, Fault, events, json};

#[test]
fn what_is_published_is_kept_for_the_test() {
    let session = Session::default().grant("events: updates, ticket.*");
    session.clone().run(|| {
        for channel in ["updates", "ticket.note", "ticket.a.b"] {
            let published = events::publish(channel, "added", &json!({ "id": 7 }));
            assert_eq!(published, Ok(0), "{channel}");
        }
    });
    let event = |channel: &str| Published {
        channel: channel.to_owned(),
        kind: "added".to_owned(),
        data: json!({ "id": 7 }),
    };
    let expect = ["updates", "ticket.note", "ticket.a.b"].map(event);
    assert_eq!(session.events(), expect);
}

#[test]
fn what_is_not_granted_is_denied() {
    let session = Session::default().grant("events: updates");
    session.clone().run(|| {
        for channel in ["update", "updates.more", "ticket.note"] {
            let denial = Denial {
                capability: "events".to_owned(),
                asked: format!("publish {channel}"),
                remedy: format!(
                    "add `{channel}` under `capabilities.events` in manifest.yaml and grant it"
                ),
            };
            let published = events::publish(channel, "added", &());
            assert_eq!(published, Err(Fault::Denied(denial)));
        }
    });
    let revoked = session.clone().revoke("events");
    assert!(
        revoked
            .run(|| events::publish("updates", "a", &()))
            .is_err()
    );
    assert_eq!(session.events(), []);
}

#[test]
fn names_and_sizes_are_held() {
    let session = Session::default().grant("events: *");
    session.clone().run(|| {
        let long = "a".repeat(65);
        for wrong in ["", ".", "a.", "A", "a b", "ä", &long] {
            for (channel, kind) in [(wrong, "a"), ("a", wrong)] {
                let published = events::publish(channel, kind, &());
                assert!(matches!(published, Err(Fault::Invalid(_))), "{wrong}");
            }
        }
        let most = "a".repeat((64 << 10) - 2);
        assert_eq!(events::publish("a", "b_c-1.d", &most), Ok(0));
        let more = events::publish("a", "a", &format!("{most}a"));
        assert!(matches!(more, Err(Fault::TooLarge(_))));
    });
    assert_eq!(session.events().len(), 1);
}
