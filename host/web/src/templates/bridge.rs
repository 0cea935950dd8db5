//! Where rendering, which is synchronous, meets plugins, which are not.
//!
//! Pages are rendered on a bounded number of threads of their own. A page that finds none
//! free waits until its session's deadline. On such a thread a call is polled once; only if
//! it is not ready at once does the thread block until it is.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout_at;

use super::error::{Problem, RenderErrorKind};

/// Templates may nest deep, and each level takes some kilobytes. Threads reserve this much
/// address space and use memory only as deep as they get.
const STACK_BYTES: usize = 32 << 20;

/// A call is stopped at the deadline and says so better than the page could. Only a page
/// that is late by itself is given up.
const GRACE: Duration = Duration::from_millis(250);

type Job = Box<dyn FnOnce() + Send>;

/// The threads that render.
pub(super) struct Bridge {
    places: Arc<Semaphore>,
    jobs: Sender<Job>,
}

impl Bridge {
    /// Starts `threads` threads. They end with the bridge.
    pub(super) fn start(threads: usize) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new()
                .name(format!("render-{number}"))
                .stack_size(STACK_BYTES)
                .spawn(move || work(&queue))?;
        }
        Ok(Self {
            places: Arc::new(Semaphore::new(threads)),
            jobs,
        })
    }

    /// Runs `job` on a thread of its own before `deadline`.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        deadline: Instant,
        job: impl FnOnce(&Handle) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = timeout_at(deadline.into(), Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            let what = "the host is busy: no thread came free to render it in time";
            return Err(Problem::new(RenderErrorKind::Busy, what));
        };
        let (answer, answered) = oneshot::channel();
        let handle = Handle::current();
        let job: Job = Box::new(move || {
            let result = {
                let _entered = handle.enter();
                job(&handle)
            };
            drop(place);
            // Nobody waits any more if the request is gone.
            let _ = answer.send(result);
        });
        let gone = || {
            Problem::new(
                RenderErrorKind::Internal,
                "rendering it broke off in the host",
            )
        };
        self.jobs.send(job).map_err(|_| gone())?;
        match timeout_at((deadline + GRACE).into(), answered).await {
            Ok(answer) => answer.map_err(|_| gone()),
            Err(_) => Err(Problem::limit("it was not rendered before its deadline")),
        }
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // The job's answer is dropped with it, which whoever waits reads as a breakdown.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// What `future` answers. Only on a thread of the bridge, within `handle`'s runtime.
pub(super) fn wait<T>(handle: &Handle, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(answer) => answer,
        Poll::Pending => handle.block_on(future),
    }
}
