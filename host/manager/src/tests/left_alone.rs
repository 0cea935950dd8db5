//! Plugins that fail again and again are left alone, and nobody else notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use goatkit_capability::Failure;
use goatkit_runtime::{CallError, CallErrorKind, Output, Registration};

use crate::happenings::What;
use crate::manager::Manager;
use crate::testing::{Answer, World, answer, function, name, registration, session};
use crate::trouble::WITH_A_PLUGIN;
use crate::unit::State;

const MOST: usize = WITH_A_PLUGIN.failures as usize;

fn plugin(name: &str) -> Registration {
    Registration {
        functions: vec![
            function("fails", &[], "json"),
            function("answers", &[], "json"),
        ],
        ..registration(name)
    }
}

fn broke_off() -> CallError {
    CallError::trapped(&name("kb"), &"function `fails`", "it panicked at noon")
}

fn error(error: CallError) -> Answer {
    Box::pin(async move { Err(error) })
}

/// A host with `kb`, of which one function fails, and `well`.
async fn host(world: &World) -> (Arc<Manager>, Arc<AtomicUsize>) {
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    world.plugin(plugin("kb"), "", move |called| match &*called.what {
        "fails" => {
            counted.fetch_add(1, Ordering::Relaxed);
            error(broke_off())
        }
        _ => answer("1"),
    });
    world.plugin(plugin("well"), "", |_| answer("1"));
    (world.host().await, tries)
}

async fn call(manager: &Manager, plugin: &str, function: &str) -> Result<Output, CallError> {
    let session = session(manager, None);
    let args = "[]".to_owned();
    manager
        .call_function(&session, &name(plugin), function, args)
        .await
}

async fn kind(manager: &Manager, function: &str) -> Option<CallErrorKind> {
    let answer = call(manager, "kb", function).await;
    answer.err().map(|error| error.kind())
}

async fn fail(manager: &Manager, times: usize) {
    for _ in 0..times {
        assert_eq!(kind(manager, "fails").await, Some(CallErrorKind::Trapped));
    }
}

/// Every rest to its end, and the try after it.
async fn quarantine(world: &World, manager: &Manager) {
    fail(manager, MOST).await;
    for _ in 0..WITH_A_PLUGIN.rests.unwrap() {
        assert_eq!(kind(manager, "fails").await, Some(CallErrorKind::Resting));
        world.clock.advance(WITH_A_PLUGIN.longest);
        fail(manager, 1).await;
    }
}

#[tokio::test]
async fn a_plugin_that_fails_again_and_again_is_left_alone_for_a_while() {
    let world = World::new();
    let (manager, tries) = host(&world).await;
    fail(&manager, MOST).await;
    // Also what would have answered: nobody knows beforehand.
    let refused = call(&manager, "kb", "answers").await.unwrap_err();
    assert_eq!(refused.kind(), CallErrorKind::Resting);
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(
        refused.to_string(),
        "plugin `kb`, function `answers`: it failed again and again, and is left alone until \
         2026-03-01T09:30:01.000Z; the last time: function `fails`: it broke off: it panicked at \
         noon"
    );
    assert_eq!(tries.load(Ordering::Relaxed), MOST);
    call(&manager, "well", "answers").await.unwrap();
    let status = manager.status(&name("kb")).unwrap();
    let trouble = status.trouble.unwrap();
    assert_eq!(trouble.failures, WITH_A_PLUGIN.failures);
    assert_eq!(trouble.until.unwrap(), "2026-03-01T09:30:01.000Z");

    world.clock.advance(Duration::from_secs(1));
    fail(&manager, 1).await;
    let refused = call(&manager, "kb", "fails").await.unwrap_err();
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(2)));
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(kind(&manager, "answers").await, None, "which forgives all");
    assert_eq!(manager.status(&name("kb")).unwrap().trouble, None);
    fail(&manager, MOST - 1).await;
    assert_eq!(kind(&manager, "answers").await, None);
}

#[tokio::test]
async fn it_is_quarantined_in_the_end_until_somebody_lets_it_try_again() {
    let world = World::new();
    let (manager, _) = host(&world).await;
    quarantine(&world, &manager).await;
    world.clock.advance(Duration::from_secs(1_000_000));
    let refused = call(&manager, "kb", "answers").await.unwrap_err();
    assert_eq!(refused.kind(), CallErrorKind::Quarantined);
    assert!(
        refused.message().contains("it panicked at noon"),
        "{refused}"
    );
    let status = manager.status(&name("kb")).unwrap();
    assert!(status.quarantined.unwrap().contains("it panicked at noon"));

    // It does not wait in memory, and does not come back to be left alone.
    manager.look_after();
    assert_eq!(
        kind(&manager, "answers").await,
        Some(CallErrorKind::Quarantined)
    );
    let status = manager.status(&name("kb")).unwrap();
    assert_eq!((status.state, world.loads("kb")), (State::Registered, 1));

    manager.release(&name("kb")).unwrap();
    manager.release(&name("kb")).unwrap();
    assert_eq!(kind(&manager, "answers").await, None);
    assert!(manager.release(&name("nobody")).is_err());
    let (told, _) = manager.happenings().listen();
    let told: Vec<&What> = told.iter().map(|it| &it.what).collect();
    let count = |is: fn(&What) -> bool| told.iter().filter(|it| is(it)).count();
    assert_eq!(count(|it| matches!(it, What::BackedOff { .. })), 7);
    assert_eq!(count(|it| matches!(it, What::Quarantined { .. })), 1);
    assert_eq!(count(|it| matches!(it, What::Released)), 1);
}

#[tokio::test]
async fn a_reload_lets_it_try_again() {
    let world = World::new();
    let (manager, _) = host(&world).await;
    quarantine(&world, &manager).await;
    manager.reload(&name("kb")).await.unwrap();
    assert_eq!(kind(&manager, "answers").await, None);
}

#[tokio::test]
async fn one_call_of_three_that_fails_costs_that_call() {
    let world = World::new();
    let (manager, _) = host(&world).await;
    for _ in 0..50 {
        for (function, expect) in [
            ("answers", None),
            ("fails", Some(CallErrorKind::Trapped)),
            ("answers", None),
        ] {
            assert_eq!(kind(&manager, function).await, expect);
        }
    }
}

#[tokio::test]
async fn what_it_answers_as_its_own_error_does_not_count() {
    let world = World::new();
    world.plugin(plugin("kb"), "", |called| {
        let (kb, at) = (name("kb"), called.what);
        error(match at.as_str() {
            "fails" => CallError::failed(
                &kb,
                &at,
                Failure {
                    code: "no".to_owned(),
                    message: "no".to_owned(),
                    details: None,
                },
            ),
            _ => CallError::invalid(&kb, &at, "no"),
        })
    });
    let manager = world.host().await;
    for _ in 0..4 * MOST {
        assert_eq!(kind(&manager, "fails").await, Some(CallErrorKind::Failed));
        assert_eq!(
            kind(&manager, "answers").await,
            Some(CallErrorKind::Invalid)
        );
    }
}
