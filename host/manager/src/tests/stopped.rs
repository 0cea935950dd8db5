//! How a host ends.

use std::time::Duration;

use goatkit_runtime::{CallErrorKind, Registration};
use tokio::time::timeout;

use crate::testing::{PATIENCE, World, answer, function, name, registration, session};

fn ping() -> Registration {
    Registration {
        functions: vec![function("ping", &[], "json")],
        ..registration("kb")
    }
}

#[tokio::test]
async fn plugins_go_and_whoever_listens_hears_it() {
    let world = World::new();
    world.plugin(ping(), "", |_| answer("1"));
    let manager = world.host().await;
    let listens = tokio::spawn(manager.stopping());
    manager.begin_to_stop();
    timeout(PATIENCE, listens).await.unwrap().unwrap();
    let (session, kb, args) = (session(&manager, None), name("kb"), "[]".to_owned());
    let call = manager.call_function(&session, &kb, "ping", args);
    call.await.expect("requests are answered to the end");
    timeout(PATIENCE, manager.shut_down(Duration::from_secs(5)))
        .await
        .unwrap();
    assert_eq!(world.living(), 0);
    // Whoever asks late hears it as well.
    timeout(PATIENCE, manager.stopping()).await.unwrap();
}

#[tokio::test]
async fn nobody_enters_a_plugin_of_a_host_that_has_stopped() {
    use goatkit_runtime::PluginGate;
    let world = World::new();
    world.plugin(ping(), "", |_| answer("1"));
    let manager = world.host().await;
    manager.shut_down(Duration::ZERO).await;
    let (session, gate) = (session(&manager, None), PluginGate::new(1));
    let deadline = session.deadline();
    let entered = session
        .admit(&gate, &name("kb"), &"function `ping`", deadline)
        .await;
    let error = entered.err().unwrap();
    assert_eq!(error.kind(), CallErrorKind::Busy);
    assert!(error.message().contains("the host is stopping"), "{error}");
}
