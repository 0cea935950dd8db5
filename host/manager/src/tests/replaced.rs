//! Versions that take over from others, and what the others are told.

use std::time::Duration;

use goatkit_runtime::{Output, Registration};
use tokio::time::timeout;

use crate::error::ReloadError;
use crate::happenings::{Happening, What};
use crate::manager::Manager;
use crate::options::Mode;
use crate::testing::{PATIENCE, World, answer, function, name, page, registration, session};

fn version(version: &str) -> Registration {
    Registration {
        version: version.to_owned(),
        functions: vec![function("version", &[], "json")],
        ..registration("kb")
    }
}

fn puts(world: &World, registration: Registration) {
    let answers = format!("\"{}\"", registration.version);
    let asks = "reach: { routes: [/kb], hooks: { after_save: [ticket] } }";
    world.plugin(registration, asks, move |_| answer(answers.clone()));
}

async fn serving(manager: &Manager) -> String {
    let session = session(manager, None);
    let (kb, args) = (name("kb"), "[]".to_owned());
    let answer = manager.call_function(&session, &kb, "version", args);
    text(answer.await.unwrap())
}

fn text(output: Output) -> String {
    match output {
        Output::Json(text) => text.trim_matches('"').to_owned(),
        Output::Html(text) => text,
    }
}

fn told(manager: &Manager) -> Vec<Happening> {
    manager.happenings().listen().0
}

/// Waits until a version was deactivated.
async fn deactivated(world: &World) -> Vec<String> {
    let come = async {
        loop {
            let all = world.tally.deactivated.lock().unwrap().clone();
            if !all.is_empty() {
                return all;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, come).await.unwrap()
}

#[tokio::test]
async fn a_reload_serves_what_the_file_holds_by_now() {
    let world = World::new();
    puts(&world, version("1.0.0"));
    let manager = world.host().await;
    assert_eq!(serving(&manager).await, "1.0.0");
    puts(&world, version("1.1.0"));
    assert_eq!(serving(&manager).await, "1.0.0", "nobody looked");
    let now = manager.reload(&name("kb")).await.unwrap();
    assert_eq!(
        (now.to_string(), serving(&manager).await),
        ("1.1.0".to_owned(), now.to_string())
    );

    world.change("kb", "other");
    let digest = manager.snapshot().plugins[&name("kb")].package().digest();
    manager.reload(&name("kb")).await.unwrap();
    assert_ne!(
        manager.snapshot().plugins[&name("kb")].package().digest(),
        digest
    );
}

#[tokio::test]
async fn what_does_not_prove_itself_leaves_the_old_one_serving() {
    let world = World::new();
    puts(&world, version("1.0.0"));
    let manager = world.host().await;
    world.codeless("kb", "1.1.0");
    let error = manager.reload(&name("kb")).await.unwrap_err();
    assert!(matches!(error, ReloadError::Find(_)), "{error}");
    assert_eq!(error.to_string(), "plugin `kb`: no code");
    assert_eq!(serving(&manager).await, "1.0.0");
    let not_replaced = |it: &Happening| matches!(it.what, What::NotReplaced { .. });
    assert!(told(&manager).iter().any(not_replaced));

    world.remove("kb");
    let error = manager.reload(&name("kb")).await.unwrap_err();
    assert!(matches!(error, ReloadError::Package { .. }), "{error}");
    assert_eq!(serving(&manager).await, "1.0.0");
    assert!(manager.reload(&name("nobody")).await.is_err());
}

#[tokio::test]
async fn a_version_is_deactivated_after_its_last_call() {
    let world = World::new();
    puts(&world, version("1.0.0"));
    let manager = world.host().await;
    assert_eq!(serving(&manager).await, "1.0.0");
    // A page that is being rendered.
    let page = manager.find(&name("kb")).await.unwrap();
    puts(&world, version("1.1.0"));
    manager.refresh().await;
    assert_eq!(serving(&manager).await, "1.1.0");
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(world.tally.deactivated.lock().unwrap().is_empty());
    let session = session(&manager, None);
    let answer = page.call(&session, "version", "[]".to_owned()).await;
    assert_eq!(text(answer.unwrap()), "1.0.0", "a page mixes no versions");
    drop(page);
    assert_eq!(deactivated(&world).await, ["kb 1.0.0"]);
}

#[tokio::test]
async fn one_that_fails_at_that_is_told_and_hurts_nobody() {
    let world = World::new();
    puts(
        &world,
        Registration {
            permissions: vec!["kb.fails".to_owned()],
            ..version("1.0.0")
        },
    );
    let manager = world.host().await;
    assert_eq!(serving(&manager).await, "1.0.0");
    puts(&world, version("1.1.0"));
    manager.reload(&name("kb")).await.unwrap();
    assert_eq!(deactivated(&world).await, ["kb 1.0.0"]);
    let come = async {
        while !told(&manager)
            .iter()
            .any(|it| matches!(it.what, What::NotDeactivated { .. }))
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, come).await.unwrap();
    assert_eq!(serving(&manager).await, "1.1.0");
}

#[tokio::test]
async fn a_version_that_never_served_or_came_back_is_not_deactivated() {
    let world = World::new();
    puts(&world, version("1.0.0"));
    let manager = world.host().await;
    // It has registered, and nobody has called it.
    puts(&world, version("1.1.0"));
    manager.refresh().await;
    // The very same once more.
    manager.reload(&name("kb")).await.unwrap();
    assert_eq!(serving(&manager).await, "1.1.0");
    puts(&world, version("1.2.0"));
    manager.refresh().await;
    assert_eq!(deactivated(&world).await, ["kb 1.1.0"]);
}

#[tokio::test]
async fn a_version_that_was_reloaded_is_deactivated_once_and_by_the_last_that_is_left() {
    let world = World::new();
    puts(&world, version("1.0.0"));
    let manager = world.host().await;
    assert_eq!(serving(&manager).await, "1.0.0");
    let page = manager.find(&name("kb")).await.unwrap();
    manager.reload(&name("kb")).await.unwrap();
    puts(&world, version("1.1.0"));
    manager.refresh().await;
    // The second of 1.0.0 goes at once, and the first is still to be called.
    let gone = async |left: usize| {
        let gone = async {
            while manager.living() > left {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, gone).await.unwrap();
    };
    gone(2).await;
    let session = session(&manager, None);
    let answer = page.call(&session, "version", "[]".to_owned()).await;
    assert_eq!(text(answer.unwrap()), "1.0.0");
    assert_eq!(*world.tally.deactivated.lock().unwrap(), [""; 0]);
    drop((page, session));
    assert_eq!(deactivated(&world).await, ["kb 1.0.0"]);
    gone(1).await;
    assert_eq!(*world.tally.deactivated.lock().unwrap(), ["kb 1.0.0"]);
}

#[tokio::test]
async fn in_safe_mode_plugins_show_nothing_and_answer_what_is_called() {
    let mut world = World::new();
    world.mode = Mode::Safe;
    puts(
        &world,
        Registration {
            pages: vec![page("/kb", goatkit_runtime::Access::Public)],
            hooks: vec!["after_save:ticket".to_owned()],
            permissions: vec!["kb.view".to_owned()],
            ..version("1.0.0")
        },
    );
    let manager = world.host().await;
    assert_eq!(world.loads("kb"), 0, "nothing of it has run");
    assert!(
        manager.missing().await.is_empty(),
        "it is as ready as it gets"
    );
    assert_eq!(serving(&manager).await, "1.0.0");
    let snapshot = manager.snapshot();
    assert!(snapshot.pages.is_empty() && snapshot.hooks.is_empty());
    assert!(snapshot.menu.is_empty() && snapshot.widgets.is_empty());
    assert!(snapshot.permissions.contains_key("kb.view"));
    let jobs = timeout(PATIENCE, manager.run_jobs());
    jobs.await.expect("there is nothing to run");
    manager.shut_down(Duration::ZERO).await;
}
