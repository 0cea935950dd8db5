use goatkit_capability::Clock;

use super::*;
use crate::accounts::tests::{again, people, signed_in, somebody};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_session_that_is_not_seen_ends() {
    let (people, clock) = people();
    people.add_user(somebody("jane", &[])).await.unwrap();
    let token = signed_in(&people, "jane").await;
    for _ in 0..3 {
        clock.advance(LONGEST_IDLE - MINUTE);
        assert!(people.visitor(token.as_str()).is_some());
    }
    clock.advance(LONGEST_IDLE);
    assert!(people.visitor(token.as_str()).is_none());
    assert_eq!(people.0.live().count(), 0);
    // It does not come back when the clock is set back.
    clock.set(clock.now() - LONGEST_IDLE);
    assert!(people.visitor(token.as_str()).is_none());
}

#[tokio::test]
async fn a_session_ends_however_often_it_is_seen() {
    let (people, clock) = people();
    people.add_user(somebody("jane", &[])).await.unwrap();
    let token = signed_in(&people, "jane").await;
    let end = clock.now() + LONGEST;
    while clock.now() + LONGEST_IDLE / 2 < end {
        clock.advance(LONGEST_IDLE / 2);
        assert!(people.visitor(token.as_str()).is_some());
    }
    clock.set(end - Duration::from_secs(1));
    assert!(people.visitor(token.as_str()).is_some());
    clock.set(end);
    assert!(people.visitor(token.as_str()).is_none());
}

#[tokio::test]
async fn sessions_outlive_the_host_and_are_as_old_as_they_were() {
    let (people, clock) = people();
    people.add_user(somebody("jane", &[])).await.unwrap();
    let token = signed_in(&people, "jane").await;
    let session = people.visitor(token.as_str()).unwrap().session;
    clock.advance(LONGEST_IDLE - MINUTE);
    let platform = &people.0.platform;
    let next = again(platform, &clock);
    // Seen here, and noted beside the request; the row is there when the next change is.
    let visitor = next.visitor(token.as_str()).unwrap();
    assert_eq!(visitor.session, session);
    assert_eq!(visitor.actor.login, "jane");
    note(
        platform,
        &crate::secret::kept(token.as_str()).unwrap(),
        clock.now(),
    );
    clock.advance(LONGEST_IDLE - MINUTE);
    let third = again(platform, &clock);
    assert!(third.visitor(token.as_str()).is_some());
    clock.advance(LONGEST_IDLE);
    let late = again(platform, &clock);
    assert!(late.visitor(token.as_str()).is_none());
}

fn note(platform: &goatkit_capability::PlatformDb, kept: &Kept, now: SystemTime) {
    platform.with(|db| super::note(db, kept, now)).unwrap();
}

#[test]
fn it_is_noted_now_and_then_that_a_session_was_seen() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (people, clock) = people();
    let token = runtime.block_on(async {
        people.add_user(somebody("jane", &[])).await.unwrap();
        signed_in(&people, "jane").await
    });
    let started = seconds(clock.now());
    let noted = || {
        let select = "SELECT seen_at FROM sign_ins";
        let seen: i64 = people
            .0
            .platform
            .with(|db| db.query_row(select, [], |row| row.get(0)))
            .unwrap();
        seen - started
    };
    // Outside of a runtime it is noted at once.
    for (advance, expect) in [(299, 0), (1, 300), (299, 300), (2, 601)] {
        clock.advance(Duration::from_secs(advance));
        people.visitor(token.as_str()).unwrap();
        assert_eq!(noted(), expect);
    }
}

#[tokio::test]
async fn a_user_has_only_so_many_sessions() {
    let (people, clock) = people();
    people.add_user(somebody("jane", &[])).await.unwrap();
    people.add_user(somebody("john", &[])).await.unwrap();
    let other = signed_in(&people, "john").await;
    let mut tokens = Vec::new();
    for _ in 0..MOST_OF_USER + 3 {
        tokens.push(signed_in(&people, "jane").await);
        clock.advance(MINUTE);
    }
    let live = |people: &crate::Accounts| {
        let live = tokens
            .iter()
            .map(|it| people.visitor(it.as_str()).is_some());
        live.collect::<Vec<_>>()
    };
    let expect: Vec<bool> = (0..tokens.len()).map(|n| n >= 3).collect();
    assert_eq!(live(&people), expect);
    assert_eq!(live(&again(&people.0.platform, &clock)), expect);
    assert!(people.visitor(other.as_str()).is_some());
}

#[tokio::test]
async fn rows_that_have_ended_are_removed() {
    let (people, clock) = people();
    people.add_user(somebody("jane", &[])).await.unwrap();
    for _ in 0..5 {
        signed_in(&people, "jane").await;
    }
    clock.advance(LONGEST);
    signed_in(&people, "jane").await;
    let count = "SELECT count(*) FROM sign_ins";
    let rows: i64 = people
        .0
        .platform
        .with(|db| db.query_row(count, [], |row| row.get(0)))
        .unwrap();
    assert_eq!((rows, people.0.live().count()), (1, 1));
}

#[test]
fn of_all_sessions_there_are_only_so_many() {
    let (people, clock) = people();
    let now = clock.now();
    let person = |number| Person {
        number,
        id: number.to_string(),
        login: number.to_string(),
        kind: "agent".to_owned(),
        roles: BTreeSet::new(),
    };
    people
        .0
        .platform
        .with(|db| {
            let insert =
                "INSERT INTO sign_ins (token, user, started_at, seen_at) VALUES (?, ?, ?, ?)";
            let mut insert = db.prepare(insert)?;
            for number in 0..MOST as i64 {
                let mut kept: Kept = [0; 32];
                kept[..8].copy_from_slice(&number.to_be_bytes());
                insert.execute(params![kept, number, seconds(now), seconds(now)])?;
            }
            let opened = open(db, [1; 32], Place::Application, person(-1), now)?;
            // The one that was seen first.
            assert_eq!(opened.gone, [[0; 32]]);
            Ok(())
        })
        .unwrap();
}
