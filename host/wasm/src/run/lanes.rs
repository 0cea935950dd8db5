//! Drives a call to its end, or to its deadline.
//!
//! A call starts where its caller runs. Most end at the first poll and cost nothing more.
//! One that waits for a host function gets a timer. One that still computes at its first
//! tick moves to the slow lane, a runtime of its own whose many threads of low priority
//! leave the sharing to the kernel, so that the caller's threads are never kept from
//! other requests. One that is still there at its deadline is followed there by the next
//! calls of its plugin, until one of them ends by itself: each runaway would else keep a
//! thread of the callers' for a tick. The deadline is always kept by the caller's side.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::Poll;
use std::time::Instant;

use goatkit_runtime::BoxFuture;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;
use tokio::time::timeout_at;
use tracing::Instrument;

use crate::figures;
use crate::settings::SettingsError;

/// Threads of the slow lane for each core. Runaways up to this number all make progress
/// side by side, by the kernel's choice and not by ours.
const THREADS_PER_CORE: usize = 4;

/// The nice value of the slow lane's threads.
const NICE: i32 = 10;

/// What the running guest and its driver tell each other.
#[derive(Default)]
pub(crate) struct Watch(AtomicU8);

impl Watch {
    const FRESH: u8 = 0;
    const TICKED: u8 = 1;
    const STOPPED: u8 = 2;

    /// Before a call.
    pub(crate) fn reset(&self) {
        self.0.store(Self::FRESH, Ordering::Release);
    }

    /// From the guest's side, at each tick: whether it may go on.
    pub(crate) fn tick(&self) -> bool {
        let seen = self.0.compare_exchange(
            Self::FRESH,
            Self::TICKED,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        seen != Err(Self::STOPPED)
    }

    fn ticked(&self) -> bool {
        self.0.load(Ordering::Acquire) != Self::FRESH
    }

    fn stop(&self) {
        self.0.store(Self::STOPPED, Ordering::Release);
    }
}

/// Whether a plugin computed until a deadline, when a call of it was last in the slow lane.
#[derive(Default)]
pub(crate) struct Pace(AtomicBool);

impl Pace {
    fn is_runaway(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, runaway: bool) {
        self.0.store(runaway, Ordering::Relaxed);
    }
}

/// Why a call did not end by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// Its deadline came.
    Deadline,
    /// The host is stopping.
    Closing,
    /// The host's own code panicked under it.
    Panicked(String),
}

/// The slow lane.
pub(crate) struct Lanes {
    slow: Handle,
    /// Taken when the lanes close.
    runtime: Option<Runtime>,
}

impl Lanes {
    pub(crate) fn start() -> Result<Self, SettingsError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let runtime = Builder::new_multi_thread()
            .worker_threads(cores * THREADS_PER_CORE)
            .thread_name("gk-slow")
            .on_thread_start(lower_priority)
            .enable_all()
            .build()
            .map_err(SettingsError::Thread)?;
        Ok(Self {
            slow: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Drives `call` until it ends or `deadline` comes; `pace` is that of its plugin. Dropping
    /// the returned future stops the call as the deadline does.
    pub(crate) async fn drive<T: Send + 'static>(
        &self,
        pace: &Pace,
        watch: &Arc<Watch>,
        deadline: Instant,
        mut call: BoxFuture<'static, T>,
    ) -> Result<T, Stopped> {
        if tokio::time::Instant::now() >= deadline.into() {
            return Err(Stopped::Deadline);
        }
        if !pace.is_runaway()
            && let Step::Ended(value) = first_poll(&mut call, watch).await
        {
            return Ok(value);
        }
        // On the heap, or each call would carry the room for it.
        Box::pin(self.further(pace, watch, deadline, call)).await
    }

    /// Drives a call that did not end at its first poll, or begins in the slow lane.
    async fn further<T: Send + 'static>(
        &self,
        pace: &Pace,
        watch: &Watch,
        deadline: Instant,
        mut call: BoxFuture<'static, T>,
    ) -> Result<T, Stopped> {
        if !pace.is_runaway() {
            match timeout_at(deadline.into(), until_tick(&mut call, watch)).await {
                Ok(Step::Ended(value)) => return Ok(value),
                Ok(Step::Ticked | Step::Waiting) => {}
                Err(_) => return Err(Stopped::Deadline),
            }
        }
        figures::moved_to_the_slow_lane();
        let mut moved = Moved {
            // What called it stays its parent.
            task: self.slow.spawn(call.in_current_span()),
            watch,
        };
        match timeout_at(deadline.into(), &mut moved.task).await {
            Ok(Ok(value)) => {
                pace.set(false);
                Ok(value)
            }
            Ok(Err(error)) if error.is_panic() => Err(Stopped::Panicked(error.to_string())),
            Ok(Err(_)) => Err(Stopped::Closing),
            Err(_) => {
                pace.set(true);
                Err(Stopped::Deadline)
            }
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Guests that still spin see their watch or the deadline; nobody waits here.
            runtime.shutdown_background();
        }
    }
}

enum Step<T> {
    Ended(T),
    Ticked,
    Waiting,
}

/// Polls once: no timer is armed for a call that ends here.
async fn first_poll<T>(call: &mut BoxFuture<'static, T>, watch: &Watch) -> Step<T> {
    poll_fn(|context| {
        Poll::Ready(match call.as_mut().poll(context) {
            Poll::Ready(value) => Step::Ended(value),
            Poll::Pending if watch.ticked() => Step::Ticked,
            Poll::Pending => Step::Waiting,
        })
    })
    .await
}

/// Polls until the call ends or has computed for a tick.
async fn until_tick<T>(call: &mut BoxFuture<'static, T>, watch: &Watch) -> Step<T> {
    poll_fn(|context| {
        if watch.ticked() {
            return Poll::Ready(Step::Ticked);
        }
        match Pin::new(&mut *call).poll(context) {
            Poll::Ready(value) => Poll::Ready(Step::Ended(value)),
            Poll::Pending if watch.ticked() => Poll::Ready(Step::Ticked),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A call in the slow lane. Dropped before its end, the guest sees the watch at its next
/// tick, and the task goes at its next wait.
struct Moved<'w, T> {
    task: JoinHandle<T>,
    watch: &'w Watch,
}

impl<T> Drop for Moved<'_, T> {
    fn drop(&mut self) {
        if !self.task.is_finished() {
            self.watch.stop();
            self.task.abort();
        }
    }
}

fn lower_priority() {
    let thread = rustix::thread::gettid();
    // Linux takes a thread's id here. Where it refuses, the lane works at normal priority.
    if let Err(error) = rustix::process::setpriority_process(Some(thread), NICE) {
        tracing::warn!("the slow lane runs at normal priority: {error}");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
