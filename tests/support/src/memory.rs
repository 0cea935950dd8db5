//! What this process takes of the machine's memory, as the system counts it: for tests and
//! benchmarks that hold a host to its budget.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often the memory is looked at where its peak is asked for. What a guest takes, it keeps for
/// longer.
const OFTEN: Duration = Duration::from_millis(20);

/// Anonymous resident memory of this process, in bytes. What is mapped from files, as compiled
/// code is, does not count: the system can drop it.
pub fn anonymous_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("RssAnon:"));
    let kib = line.and_then(|it| it.trim().strip_suffix(" kB"));
    kib.unwrap().trim().parse::<u64>().unwrap() << 10
}

/// Looks at the memory from a thread of its own, until its peak is asked for.
pub struct Peak {
    enough: Sender<()>,
    looking: JoinHandle<u64>,
}

impl Peak {
    /// Begins to look.
    pub fn watch() -> Self {
        let (enough, told) = channel();
        let looking = thread::spawn(move || {
            let mut peak = anonymous_memory();
            while told.recv_timeout(OFTEN) == Err(RecvTimeoutError::Timeout) {
                peak = peak.max(anonymous_memory());
            }
            peak
        });
        Self { enough, looking }
    }

    /// The most bytes that there were.
    pub fn bytes(self) -> u64 {
        drop(self.enough);
        self.looking.join().unwrap()
    }
}
