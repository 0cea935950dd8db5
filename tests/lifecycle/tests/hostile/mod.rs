//! Guests that mean harm, in a table: what each does, and what has to come of it. All of them
//! run on one host, some at a time, beside a plugin that has to go on answering.
//!
//! `rust.rs` has what compilers make, `text.rs` what none would. Not here: bombs for the
//! compiler (`wasm` has a table of its own beside this one), templates (`host/web`), requests of
//! hostile guests (`attacks.rs`), answers over HTTP (`incoming.rs`), and what a crowd of these
//! does to others (`tests/pages`).

mod rust;
mod text;

use std::sync::Arc;
use std::time::Duration;

use goatkit_manager::State;
use goatkit_runtime::{CallError, CallErrorKind, Output};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, name};
use tokio::task::JoinSet;

use crate::expect::MAX_ERROR;

/// The least number of behaviours that the table has to have.
const LEAST: usize = 30;

/// How long a session lasts whose call would never end: long enough that its guest runs.
const SHORT: Duration = Duration::from_millis(300);

/// Cases that run side by side.
const AT_ONCE: usize = 6;

/// A behaviour and its end.
#[derive(Clone, Copy)]
struct Case {
    /// What the guest does.
    does: &'static str,
    /// The plugin and its function.
    call: (&'static str, &'static str),
    /// The function's arguments, as JSON.
    args: &'static str,
    /// What comes of it.
    comes: Comes,
}

/// What has to come of a call.
#[derive(Clone, Copy)]
enum Comes {
    /// It is stopped with its session.
    Stopped,
    /// It ends with this kind of error, whose text has these parts.
    Error(CallErrorKind, &'static [&'static str]),
    /// The plugin does not come to be: it is broken, and says so.
    Broken(&'static [&'static str]),
    /// It answers, and within what was promised.
    Answer(fn(&str) -> bool),
}

const fn case(
    does: &'static str,
    call: (&'static str, &'static str),
    args: &'static str,
    comes: Comes,
) -> Case {
    Case {
        does,
        call,
        args,
        comes,
    }
}

/// An answer that is a number, up to this one.
fn at_most(most: u64) -> impl Fn(&str) -> bool {
    move |text| text.parse::<u64>().is_ok_and(|it| it <= most)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_guest_does_hurts_another() {
    let cases: Vec<Case> = [rust::CASES, text::CASES].concat();
    assert!(cases.len() >= LEAST, "{} behaviours", cases.len());
    let packages: Vec<Package> = rust::packages()
        .into_iter()
        .chain(text::packages())
        .collect();
    let host = host(&packages);
    let mut waiting = cases.into_iter();
    let (mut running, mut problems) = (JoinSet::new(), Vec::new());
    loop {
        while running.len() < AT_ONCE {
            let Some(case) = waiting.next() else { break };
            let host = Arc::clone(&host);
            running.spawn(async move { (case.does, ends_as_promised(&host, case).await) });
        }
        // One after the other ends, and the sibling answers all the while.
        let Some(ended) = running.join_next().await else {
            break;
        };
        if let (does, Err(problem)) = ended.unwrap() {
            problems.push(format!("a guest that {does}: {problem}"));
        }
        host.expect_sibling().await;
    }
    assert!(problems.is_empty(), "{problems:#?}");
    for package in &packages {
        let state = host.state(package.name());
        assert_ne!(state, State::Discovered, "{} was not asked", package.name());
    }
}

fn host(packages: &[Package]) -> Arc<TestHost> {
    let data = DataFolder::with(packages);
    let settings = HostSettings::default();
    let host = TestHost::with(&data, &settings);
    let refused = &host.manager.snapshot().refused;
    let reasons: Vec<&String> = refused.iter().map(|it| &it.reason).collect();
    assert!(reasons.is_empty(), "{reasons:?}");
    Arc::new(host)
}

/// What was wrong with a case's end.
async fn ends_as_promised(host: &TestHost, case: Case) -> Result<(), String> {
    let (plugin, function) = case.call;
    match (case.comes, host.find(plugin).await) {
        (Comes::Broken(says), Err(error)) => {
            has(&error.to_string(), says)?;
            let state = host.state(plugin);
            return match state {
                State::Broken => Ok(()),
                _ => Err(format!("{error}: and it is {state:?}")),
            };
        }
        (Comes::Broken(_), Ok(_)) => return Err("it registers".to_owned()),
        (_, found) => found.map_err(|error| error.to_string())?,
    };
    let session = match case.comes {
        Comes::Stopped => {
            host.ready(plugin).await;
            host.session_for(SHORT)
        }
        _ => host.session(),
    };
    let called = name(plugin);
    let answer = loop {
        let args = case.args.to_owned();
        let manager = &host.manager;
        match manager
            .call_function(&session, &called, function, args)
            .await
        {
            // By what others did before: this one has not had its turn.
            Err(error) if left_alone(&error) => {
                manager.release(&called).unwrap();
            }
            answer => break answer,
        }
    };
    match (case.comes, answer) {
        (Comes::Answer(fits), Ok(Output::Json(text))) if fits(&text) => Ok(()),
        (Comes::Error(kind, says), Err(error)) if error.kind() == kind => {
            has(&error.to_string(), says)
        }
        // A room's own fault and the end of the call come at the same time: either is right.
        (Comes::Stopped, Err(error)) => match error.kind() {
            CallErrorKind::TimedOut => Ok(()),
            CallErrorKind::Fault => has(&error.to_string(), &["timed out"]),
            kind => Err(format!("{kind:?}: {error}")),
        },
        (_, Ok(Output::Json(text) | Output::Html(text))) => {
            let start: String = text.chars().take(100).collect();
            Err(format!("it answers {start}"))
        }
        (_, Err(error)) => Err(format!("{:?}: {error}", error.kind())),
    }
}

/// Whether a plugin was not called because of what it did before.
fn left_alone(error: &CallError) -> bool {
    use CallErrorKind::{Quarantined, Resting};
    matches!(error.kind(), Resting | Quarantined)
}

/// Holds a text against what it has to say.
fn has(text: &str, says: &[&str]) -> Result<(), String> {
    match says.iter().find(|part| !text.contains(*part)) {
        Some(part) => Err(format!("`{part}` is not in: {text}")),
        None if text.len() > MAX_ERROR => Err(format!("{} bytes of error", text.len())),
        None => Ok(()),
    }
}
