//! Where rendering, which is synchronous, meets plugins, which are not.
//!
//! Pages are rendered on a bounded number of threads of their own. A page that finds none
//! free waits until its session's deadline. On such a thread a call is polled once; only if
//! it is not ready at once does the thread block until it is.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    crew: Arc<Mutex<Crew>>,
}

/// Who has nothing to do, and what nobody does yet.
#[derive(Default)]
struct Crew {
    /// Whoever came last goes first: what a page needs is still near the core that it works on.
    idle: Vec<Sender<Order>>,
    waiting: VecDeque<Job>,
    closed: bool,
}

/// What a thread is to do next, and the way to tell it what comes then.
struct Order {
    job: Job,
    again: Sender<Order>,
}

impl Bridge {
    /// Starts `threads` threads. They end with the bridge.
    pub(super) fn start(threads: usize) -> std::io::Result<Self> {
        let crew = Arc::<Mutex<Crew>>::default();
        for number in 0..threads {
            let crew = Arc::clone(&crew);
            std::thread::Builder::new()
                .name(format!("render-{number}"))
                .stack_size(STACK_BYTES)
                .spawn(move || work(&crew))?;
        }
        Ok(Self {
            places: Arc::new(Semaphore::new(threads)),
            crew,
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
        give(&self.crew, job);
        match timeout_at((deadline + GRACE).into(), answered).await {
            Ok(answer) => answer.map_err(|_| gone()),
            Err(_) => Err(Problem::limit("it was not rendered before its deadline")),
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let mut crew = lock(&self.crew);
        crew.closed = true;
        // Whoever waits hears that nobody can tell him anything.
        crew.idle.clear();
    }
}

/// Gives a job to whoever has nothing to do, or to the first who has done what he does.
fn give(crew: &Mutex<Crew>, job: Job) {
    let mut crew = lock(crew);
    match crew.idle.pop() {
        Some(again) => {
            let order = Order {
                job,
                again: again.clone(),
            };
            // A thread that waits ends only with the bridge.
            let _ = again.send(order);
        }
        None => crew.waiting.push_back(job),
    }
}

fn work(crew: &Mutex<Crew>) {
    let (again, orders) = channel();
    let mut again = Some(again);
    loop {
        let waiting = {
            let mut crew = lock(crew);
            if crew.closed {
                return;
            }
            let waiting = crew.waiting.pop_front();
            if waiting.is_none() {
                crew.idle.extend(again.take());
            }
            waiting
        };
        let job = match waiting {
            Some(job) => job,
            None => {
                let Ok(order) = orders.recv() else { return };
                let Order { job, again: told } = order;
                again = Some(told);
                job
            }
        };
        // The job's answer is dropped with it, which whoever waits reads as a breakdown.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

fn lock(crew: &Mutex<Crew>) -> MutexGuard<'_, Crew> {
    crew.lock().unwrap_or_else(PoisonError::into_inner)
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
