use std::time::{Duration, Instant};

use goatkit_capability::{Entry, EntryKind};

use super::*;
use crate::CallErrorKind;

fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

fn session(gate: &SessionGate) -> Session {
    let facts = SessionFacts {
        actor: None,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "test".to_owned(),
        deadline: Instant::now() + Duration::from_secs(60),
        entry: Entry {
            kind: EntryKind::Page,
            name: "/".to_owned(),
        },
    };
    Session::open(facts, gate)
}

async fn admit(session: &Session, gate: &PluginGate) -> Result<Admission, CallErrorKind> {
    let deadline = session.facts().deadline;
    let admitted = session
        .admit(gate, &name("p"), &"function `f`", deadline)
        .await;
    admitted.map_err(|error| error.kind())
}

#[test]
fn an_instance_is_parked_per_plugin_and_depth() {
    let session = session(&SessionGate::new(1));
    let (a, b) = (PluginId::new(), PluginId::new());
    assert_eq!(session.park(a, Box::new(1_u32)), None);
    assert_eq!(session.park(b, Box::new(2_u32)), None);
    let deeper = session.nested(&name("a"), &"b").unwrap();
    assert_eq!(
        deeper.take::<u32>(a),
        None,
        "another depth has another instance"
    );
    assert_eq!(session.take::<u32>(a), Some(Box::new(1)));
    assert_eq!(
        session.take::<u32>(a),
        None,
        "what is taken is gone until it is parked"
    );
    assert_eq!(session.take::<u32>(b), Some(Box::new(2)));
}

#[test]
fn of_two_calls_side_by_side_the_second_gets_its_instance_back() {
    let session = session(&SessionGate::new(1));
    let plugin = PluginId::new();
    assert_eq!(session.park(plugin, Box::new(1_u32)), None);
    assert_eq!(session.park(plugin, Box::new(2_u32)), Some(Box::new(2)));
}

#[test]
fn depth_is_bounded() {
    let mut deep = session(&SessionGate::new(1));
    for _ in 0..MAX_DEPTH {
        deep = deep.nested(&name("a"), &"a").unwrap();
    }
    let error = deep.nested(&name("a"), &"a").err().unwrap();
    assert_eq!(error.kind(), CallErrorKind::TooDeep);
}

#[test]
fn a_call_never_outlives_its_session() {
    let session = session(&SessionGate::new(1));
    let facts = session.call_facts(Duration::from_secs(3600));
    assert_eq!(facts.deadline, session.facts().deadline);
    assert!(session.call_facts(Duration::from_secs(1)).deadline < session.facts().deadline);
    assert_eq!(
        session.call_facts(Duration::MAX).deadline,
        session.facts().deadline
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_instance_is_waited_for_until_the_deadline() {
    let host = SessionGate::new(8);
    let plugin = PluginGate::new(1);
    let (first, second) = (session(&host), session(&host));
    let held = admit(&first, &plugin).await.ok().unwrap();
    assert_eq!(
        admit(&second, &plugin).await.err(),
        Some(CallErrorKind::Busy)
    );
    drop(held);
    assert!(
        admit(&second, &plugin).await.is_ok(),
        "a refusal leaves nothing behind"
    );
}

#[tokio::test]
async fn a_session_that_holds_something_never_waits() {
    let host = SessionGate::new(8);
    let (a, b) = (PluginGate::new(1), PluginGate::new(1));
    let (first, second, third) = (session(&host), session(&host), session(&host));
    let _a = admit(&first, &a).await.ok().unwrap();
    let _b = admit(&second, &b).await.ok().unwrap();
    let beyond = admit(&first, &b).await;
    assert!(beyond.is_ok(), "one beyond the bound");
    let _c = admit(&second, &a).await.ok().unwrap();
    let full = PluginGate::new(1);
    let _within = admit(&first, &full).await.ok().unwrap();
    let _beyond = admit(&second, &full).await.ok().unwrap();
    assert_eq!(
        admit(&first, &full).await.err(),
        Some(CallErrorKind::Busy),
        "at once"
    );
    drop(third);
}

#[tokio::test(start_paused = true)]
async fn the_host_bounds_its_sessions() {
    let host = SessionGate::new(1);
    let (a, b) = (PluginGate::new(4), PluginGate::new(4));
    let (first, second) = (session(&host), session(&host));
    let instance = admit(&first, &a).await.ok().unwrap();
    assert_eq!(admit(&second, &b).await.err(), Some(CallErrorKind::Busy));
    drop(instance);
    assert_eq!(host.free(), 0, "a session keeps its place until it ends");
    drop(first);
    assert!(admit(&second, &b).await.is_ok());
}

#[tokio::test]
async fn a_call_that_is_dropped_while_it_waits_leaves_the_session_outside() {
    let host = SessionGate::new(8);
    let plugin = PluginGate::new(1);
    let (first, second) = (session(&host), session(&host));
    let held = admit(&first, &plugin).await.ok().unwrap();
    tokio::select! {
        biased;
        _ = admit(&second, &plugin) => unreachable!("the place is taken"),
        () = tokio::task::yield_now() => {}
    }
    drop(held);
    assert!(admit(&second, &plugin).await.is_ok());
}

#[tokio::test]
async fn what_a_session_holds_goes_with_it() {
    let host = SessionGate::new(1);
    let plugin = PluginGate::new(1);
    let session = session(&host);
    let admission = admit(&session, &plugin).await.ok().unwrap();
    assert!(session.park(PluginId::new(), Box::new(admission)).is_none());
    drop(session);
    assert_eq!((host.free(), plugin.free()), (1, 1));
}
