//! Callers that give up. Whatever they are waiting for, in the end every place is free, no
//! transaction is open, and what was not committed is not there.

use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use super::super::SqliteDatabase;
use crate::db::Db;
use crate::db::limits::READING_CONNECTIONS;
use crate::db::testing::{Desk, call};

const ROUNDS: usize = 10_000;

/// The kinds of calls; the last would never end.
const KINDS: usize = 5;
const ENDLESS: usize = KINDS - 1;

/// A call of a plugin that ends well if it is let.
async fn work(db: Db, kind: usize) {
    let scope = call();
    let insert = "INSERT INTO p_stats__note (text) VALUES ('given up')";
    match kind {
        0 => {
            let count = "SELECT count(*) FROM ticket";
            db.query(&scope, count, Vec::new()).await.unwrap();
        }
        1 => {
            let update = "UPDATE p_stats__note SET text = 'x'";
            db.execute(&scope, update, Vec::new()).await.unwrap();
        }
        2 => {
            let transaction = db.begin(&scope).await.unwrap();
            transaction
                .execute(&scope, insert, Vec::new())
                .await
                .unwrap();
            transaction
                .query(&scope, "SELECT 1", Vec::new())
                .await
                .unwrap();
            transaction.rollback(&scope).await.unwrap();
        }
        3 => {
            let transaction = db.begin(&scope).await.unwrap();
            transaction
                .execute(&scope, insert, Vec::new())
                .await
                .unwrap();
        }
        _ => {
            let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                           SELECT max(i) FROM n";
            drop(db.query(&scope, endless, Vec::new()).await);
        }
    }
}

/// Each call is dropped at one of its await points, one after the other, and there at once or
/// a little later, while its task is at work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_stays_open_behind_ten_thousand_callers_that_give_up() {
    let desk = Desk::new();
    let db = desk.db("stats");
    let mut dropped = [0; KINDS];
    for round in 0..ROUNDS {
        let kind = round % KINDS;
        let point = if kind == ENDLESS {
            0
        } else {
            round / KINDS % 6
        };
        let linger = round / 7 % 40;
        if given_up(&db, kind, point, linger).await {
            dropped[kind] += 1;
        }
    }
    assert!(
        dropped.iter().all(|times| *times > ROUNDS / 50),
        "{dropped:?}"
    );
    settled(&desk.database).await;
    let rows = db
        .query(&call(), "SELECT text FROM p_stats__note", Vec::new())
        .await
        .unwrap();
    assert_eq!(rows.rows.len(), 2, "nothing that was given up is there");
    let done = db
        .execute(&call(), "DELETE FROM p_stats__note", Vec::new())
        .await
        .unwrap();
    assert_eq!(done.affected, 2, "and the writer writes");
}

/// Runs a call up to its n-th wait, which is reached only when the one before is over, lets
/// its task run on for a moment, and drops the call. False if it ended before.
async fn given_up(db: &Db, kind: usize, point: usize, linger: usize) -> bool {
    let mut future = Box::pin(work(db.for_call(), kind));
    let mut waits = 0;
    let waiting = std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(false),
        Poll::Pending if waits == point => Poll::Ready(true),
        Poll::Pending => {
            waits += 1;
            Poll::Pending
        }
    });
    let waiting = waiting.await;
    for _ in 0..linger {
        tokio::task::yield_now().await;
    }
    waiting
}

async fn settled(database: &SqliteDatabase) {
    let whole = (READING_CONNECTIONS, 1);
    for _ in 0..2_000 {
        if database.free_places() == whole {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("places are still taken: {:?}", database.free_places());
}
