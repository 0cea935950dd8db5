//! An open transaction: a leased connection between `BEGIN` and its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::pool::Lease;
use super::wall::Stop;
use super::{on, run};
use crate::Fault;
use crate::db::backend::{Order, Pending, Ran, Session};

/// How long an undo may take. It is no longer the plugin's time.
const ROLLBACK_TIME: Duration = Duration::from_secs(10);

pub(super) struct SqliteSession {
    /// Taken by whatever ends the session otherwise than by dropping it.
    lease: Option<Lease>,
    runtime: Handle,
}

impl SqliteSession {
    pub(super) fn new(lease: Lease, runtime: Handle) -> Self {
        Self {
            lease: Some(lease),
            runtime,
        }
    }

    fn take(mut self: Box<Self>) -> Result<(Lease, Handle), Fault> {
        match self.lease.take() {
            Some(lease) => Ok((lease, self.runtime.clone())),
            None => Err(Fault::Invalid("the transaction is closed".to_owned())),
        }
    }

    /// Ends the transaction with a statement of the host.
    fn end(self: Box<Self>, sql: &'static str, deadline: Instant) -> Pending<'static, ()> {
        Box::pin(async move {
            let (lease, runtime) = self.take()?;
            let stop = Arc::new(Stop::at(deadline));
            on(&runtime, &stop, {
                let stop = Arc::clone(&stop);
                move || {
                    run::control(&lease, sql, &stop)?;
                    lease.give_back();
                    Ok(())
                }
            })
            .await
        })
    }
}

impl Session for SqliteSession {
    fn run(self: Box<Self>, order: Order) -> Pending<'static, Ran> {
        Box::pin(async move {
            let (mut lease, runtime) = self.take()?;
            let stop = Arc::new(Stop::at(order.deadline));
            let (lease, answer) = on(&runtime, &stop, {
                let stop = Arc::clone(&stop);
                move || {
                    lease.guarded_mut()?.prepare_for(order.force.stamp());
                    let answer = run::run(&lease, &order, &stop);
                    // A stopped statement, or an error of the engine's, ends it all.
                    let open = lease.is_in_transaction() && !stop.was_reached();
                    Ok((open.then_some(lease), answer))
                }
            })
            .await?;
            let session = lease.map(|lease| {
                let session: Box<dyn Session> = Box::new(Self::new(lease, runtime));
                session
            });
            Ok(Ran { session, answer })
        })
    }

    fn commit(self: Box<Self>, deadline: Instant) -> Pending<'static, ()> {
        self.end("COMMIT", deadline)
    }

    fn rollback(self: Box<Self>) -> Pending<'static, ()> {
        self.end("ROLLBACK", Instant::now() + ROLLBACK_TIME)
    }
}

impl Drop for SqliteSession {
    /// Closing undoes, and undoing is work: it is done where work may block.
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            self.runtime.spawn_blocking(move || lease.close());
        }
    }
}
