//! The process that compiles one component and ends. Compiling cannot be interrupted, and
//! what it takes is the component's choice, so it is done where it can be killed.
//!
//! Programs that embed GoatKit call [`compile_if_asked`] first in `main`; `program` starts
//! them again with the words of an [`Order`]. The component comes in by standard input, a file
//! of the parent's that takes the code as well: standard output may be somebody else's.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsFd;
use std::process;
use std::thread;
use std::time::Duration;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getppid, getrlimit, nice, set_parent_process_death_signal,
    setrlimit,
};
use wasmtime::CodeBuilder;

use crate::engine::{EngineKind, compiling_engine};
use crate::settings::CompileLimits;

/// What says that a program was started to compile, and stands before the order's words.
const MARKER: &str = "goatkit-compile-component";

/// How it ends when the code stands in the file, whole. Not as programs end that know nothing
/// of this: what they leave there is the component.
pub(super) const COMPILED: i32 = 5;

/// How it ends when the component is not what it should be; why stands on standard error.
pub(super) const REFUSED: i32 = 3;

/// How it ends when this machine, or whoever started it, did not play along.
const FAILED: i32 = 4;

/// The nice value of compiling: requests go first.
const NICE: i32 = 10;

/// Compiles the component that this process was started for, and ends the process; returns
/// at once in any other. Call it first in `main`: a host whose settings name a
/// [`CompilerProgram`](crate::CompilerProgram) starts that program whenever a component is to
/// be compiled, and a program that does not call this would begin to serve instead.
///
/// ```no_run
/// goatkit_wasm::compile_if_asked();
/// // the application
/// ```
#[allow(
    clippy::disallowed_methods,
    reason = "a program that was started to compile has nothing else to do"
)]
pub fn compile_if_asked() {
    let mut words = env::args_os().skip_while(|word| word != MARKER).skip(1);
    // Without the marker there is nothing behind it.
    let Some(first) = words.next() else { return };
    let done = Order::read([first].into_iter().chain(words))
        .ok_or_else(|| Trouble::failed("it was not told what to compile"))
        .and_then(|order| compile(&order));
    let code = match done {
        Ok(()) => COMPILED,
        Err(Trouble { code, why }) => {
            eprintln!("{why}");
            code
        }
    };
    process::exit(code)
}

/// What is to be compiled, and within which limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) kind: EngineKind,
    pub(super) limits: CompileLimits,
    /// Who waits for it.
    pub(super) parent: u32,
}

impl Order {
    /// It as arguments.
    pub(super) fn words(&self) -> [String; 5] {
        [
            MARKER.to_owned(),
            self.kind.word().to_owned(),
            self.limits.time.as_millis().to_string(),
            self.limits.memory.to_string(),
            self.parent.to_string(),
        ]
    }

    /// What stands behind the marker.
    fn read(words: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut words = words.into_iter().map_while(|word| word.into_string().ok());
        Some(Self {
            kind: EngineKind::of_word(&words.next()?)?,
            limits: CompileLimits {
                time: Duration::from_millis(words.next()?.parse().ok()?),
                memory: words.next()?.parse().ok()?,
            },
            parent: words.next()?.parse().ok()?,
        })
    }
}

/// Why nothing was compiled.
struct Trouble {
    code: i32,
    why: String,
}

impl Trouble {
    fn failed(why: impl ToString) -> Self {
        Self {
            code: FAILED,
            why: why.to_string(),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::failed(error)
    }
}

fn compile(order: &Order) -> Result<(), Trouble> {
    confine(order)?;
    let mut file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let engine =
        compiling_engine(order.kind).map_err(|error| Trouble::failed(format!("{error:#}")))?;
    let code = CodeBuilder::new(&engine)
        .wasm_binary(bytes.as_slice(), None)
        .and_then(|builder| builder.compile_component_serialized())
        .map_err(|error| Trouble {
            code: REFUSED,
            why: format!("{error:#}"),
        })?;
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&code)?;
    Ok(())
}

/// Puts this process within its limits, and ties its life to that of whoever waits for it.
fn confine(order: &Order) -> Result<(), Trouble> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
    // One that died before that line is not waited for any more.
    if Pid::as_raw(getppid()).unsigned_abs() != order.parent {
        return Err(Trouble::failed("whoever asked for it is gone"));
    }
    // What is written to counts, and not what is only reserved: an allocator reserves much
    // for each thread.
    limit(Resource::Data, order.limits.memory)?;
    limit(Resource::Core, 0)?;
    // The parent looks at the clock. This holds should the parent itself be stopped; all
    // cores may be at work.
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let seconds = order.limits.time.as_secs().saturating_add(1);
    limit(Resource::Cpu, seconds.saturating_mul(cores))?;
    // Where it is refused, it is at work like anything else.
    let _ = nice(NICE);
    Ok(())
}

/// Lowers a limit to `most`, if it is not lower already.
fn limit(resource: Resource, most: u64) -> Result<(), Trouble> {
    let most = match getrlimit(resource).maximum {
        Some(there) => there.min(most),
        None => most,
    };
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(resource, limit).map_err(|error| Trouble::failed(io::Error::from(error)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Option<Order> {
        Order::read(words.iter().map(Into::into))
    }

    #[test]
    fn an_order_reads_as_it_was_written() {
        let order = Order {
            kind: EngineKind::Concurrent,
            limits: CompileLimits {
                time: Duration::from_millis(1500),
                memory: 7 << 30,
            },
            parent: 42,
        };
        let [marker, words @ ..] = order.words();
        assert_eq!(marker, MARKER);
        assert_eq!(Order::read(words.map(OsString::from)), Some(order));
    }

    #[test]
    fn half_an_order_is_none() {
        for words in [
            &["plain"][..],
            &["other", "1", "1", "1"],
            &["plain", "soon", "1", "1"],
            &["plain", "1", "-1", "1"],
            &["plain", "1", "1"],
        ] {
            assert_eq!(read(words), None, "{words:?}");
        }
        assert!(read(&["plain", "1", "1", "1"]).is_some());
    }
}
