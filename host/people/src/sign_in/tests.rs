use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use goatkit_capability::{Clock, ManualClock};

use super::*;
use crate::accounts::tests::{PASSWORD, people, signed_in, somebody};
use crate::{Password, UserChange};

async fn with_jane() -> (Accounts, Arc<ManualClock>) {
    let (people, clock) = people();
    people.add_user(somebody("jane", &[])).await.unwrap();
    (people, clock)
}

#[tokio::test]
async fn whoever_signs_in_is_known_until_he_signs_out() {
    let (people, _) = with_jane().await;
    let token = people.sign_in(" Jane ", PASSWORD, None).await.unwrap();
    let visitor = people.visitor(token.as_str()).unwrap();
    assert_eq!(visitor.actor.login, "jane");
    assert_eq!(visitor.actor.kind, "agent");
    assert_eq!(visitor.actor.id, "1");
    people.sign_out("no token at all").await.unwrap();
    people.sign_out(token.as_str()).await.unwrap();
    assert_eq!(people.visitor(token.as_str()), None);
    people.reread().await.unwrap();
    assert_eq!(people.visitor(token.as_str()), None);
    people.sign_out(token.as_str()).await.unwrap();
}

#[tokio::test]
async fn each_sign_in_has_a_token_of_its_own_which_is_told_nowhere() {
    let (people, _) = with_jane().await;
    let (one, two) = (
        signed_in(&people, "jane").await,
        signed_in(&people, "jane").await,
    );
    assert_ne!(one, two);
    assert_eq!(format!("{one:?}"), "SessionToken(…)");
    let session = |token: &SessionToken| people.visitor(token.as_str()).unwrap().session;
    assert_ne!(session(&one), session(&two));
    assert!(!one.as_str().contains(&session(&one)));
    // Who knows a session's name, or what is kept of its token, is nobody.
    assert_eq!(people.visitor(&session(&one)), None);
    let rows: Vec<Vec<u8>> = people
        .0
        .platform
        .with(|db| {
            let mut statement = db.prepare("SELECT token FROM sign_ins")?;
            statement.query_map([], |row| row.get(0))?.collect()
        })
        .unwrap();
    assert_eq!(rows.len(), 2);
    for kept in rows {
        assert_ne!(kept, one.as_str().as_bytes());
        assert_eq!(people.visitor(&String::from_utf8_lossy(&kept)), None);
    }
    people.sign_out(one.as_str()).await.unwrap();
    assert_eq!(people.visitor(one.as_str()), None);
    assert!(people.visitor(two.as_str()).is_some());
}

#[tokio::test]
async fn whoever_fails_learns_nothing_and_it_costs_the_same() {
    let (people, _) = with_jane().await;
    people.add_user(somebody("away", &[])).await.unwrap();
    let away = UserChange {
        disabled: Some(true),
        ..UserChange::default()
    };
    people.change_user("away", away).await.unwrap();
    let made = || people.0.hashing.seen.made.swap(0, Ordering::SeqCst);
    made();
    for (login, password) in [
        ("jane", "wrong horse battery"),
        ("nobody", PASSWORD),
        ("away", PASSWORD),
        ("away", "wrong horse battery"),
        ("", PASSWORD),
        ("ja\0ne", PASSWORD),
        (&"a".repeat(100_000), PASSWORD),
        ("jane", ""),
        ("jane", &"a".repeat(100_000)),
    ] {
        let refused = people.sign_in(login, password, None).await.unwrap_err();
        assert_eq!(refused.to_string(), "the login or the password is wrong");
        assert_eq!(made(), 1, "`{}`", login.len());
    }
    people.sign_in("jane", PASSWORD, None).await.unwrap();
    assert_eq!(made(), 1);
}

#[tokio::test]
async fn failures_are_held_back_by_login_whether_there_is_one_or_not() {
    let (people, clock) = with_jane().await;
    for login in ["jane", "nobody"] {
        for _ in 0..5 {
            let wrong = people.sign_in(login, "wrong", None).await;
            assert!(matches!(wrong, Err(SignInError::Wrong)), "{wrong:?}");
        }
        let made = people.0.hashing.seen.made.load(Ordering::SeqCst);
        // The case is no way round, and the right password is not even looked at.
        let held = people.sign_in(&login.to_uppercase(), PASSWORD, None).await;
        let text = held.unwrap_err().to_string();
        assert_eq!(text, "too many attempts failed: try again in 1 seconds");
        assert_eq!(people.0.hashing.seen.made.load(Ordering::SeqCst), made);
    }
    clock.advance(Duration::from_secs(1));
    people.sign_in("jane", PASSWORD, None).await.unwrap();
    // And all is forgiven.
    for _ in 0..4 {
        people.sign_in("jane", "wrong", None).await.unwrap_err();
    }
    people.sign_in("jane", PASSWORD, None).await.unwrap();
}

#[tokio::test]
async fn trying_in_parallel_is_of_no_use() {
    let (people, _) = with_jane().await;
    let from = Some("192.0.2.1".parse().unwrap());
    let all: Vec<_> = (0..50)
        .map(|n| {
            let people = people.clone();
            tokio::spawn(async move {
                let password = format!("guess number {n}");
                people.sign_in("jane", &password, from).await
            })
        })
        .collect();
    let mut wrong = 0;
    for one in all {
        match one.await.unwrap().unwrap_err() {
            SignInError::Wrong => wrong += 1,
            error => assert!(matches!(error, SignInError::TooMany { .. }), "{error}"),
        }
    }
    assert_eq!(wrong, 5);
}

#[tokio::test]
async fn an_address_is_held_back_whomever_it_tries() {
    let (people, _) = with_jane().await;
    let from = |address: &str| Some(address.parse().unwrap());
    for n in 0..30 {
        let login = format!("user{n}");
        let wrong = people.sign_in(&login, "wrong", from("192.0.2.1")).await;
        assert!(matches!(wrong, Err(SignInError::Wrong)), "{wrong:?}");
    }
    let held = people.sign_in("jane", PASSWORD, from("192.0.2.1")).await;
    assert!(matches!(held, Err(SignInError::TooMany { .. })), "{held:?}");
    people
        .sign_in("jane", PASSWORD, from("192.0.2.2"))
        .await
        .unwrap();
}

/// A clock that does something when it is read.
struct Meddling {
    at: SystemTime,
    then: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    reads: AtomicUsize,
}

impl Clock for Meddling {
    fn now(&self) -> SystemTime {
        // The second look is when the password is known to be right.
        if self.reads.fetch_add(1, Ordering::SeqCst) == 1
            && let Some(then) = self.then.lock().unwrap().take()
        {
            then();
        }
        self.at
    }

    fn wait_until(&self, _: SystemTime) -> goatkit_capability::Waiting<'_> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_checked_opens_nothing() {
    for change in [
        "UPDATE users SET password = 'another'",
        "UPDATE users SET disabled = 1",
        "DELETE FROM users",
    ] {
        let (people, clock) = with_jane().await;
        let platform = people.0.platform.clone();
        let meddle = {
            let platform = platform.clone();
            move || platform.with(|db| db.execute_batch(change)).unwrap()
        };
        let meddling = Arc::new(Meddling {
            at: clock.now(),
            then: Mutex::new(None),
            reads: 0.into(),
        });
        let hashing = people.0.hashing.clone();
        let as_clock = Arc::clone(&meddling) as Arc<dyn Clock>;
        let people = Accounts::of(platform, as_clock, hashing).unwrap();
        *meddling.then.lock().unwrap() = Some(Box::new(meddle));
        meddling.reads.store(0, Ordering::SeqCst);
        let refused = people.sign_in("jane", PASSWORD, None).await;
        assert!(meddling.then.lock().unwrap().is_none());
        assert!(matches!(refused, Err(SignInError::Wrong)), "{refused:?}");
    }
}

#[test]
fn a_password_is_not_in_what_is_printed() {
    let new = somebody("jane", &[]);
    assert!(!format!("{new:?}").contains(PASSWORD));
    let token = format!("{:?}", Password::from(PASSWORD));
    assert!(!token.contains(PASSWORD));
}
