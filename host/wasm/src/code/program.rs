//! Runs the program that compiles: gives it a component, waits for the code or for its end,
//! and says why it ended. What it does itself is in `child`.
//!
//! A thread of its own runs it: a child that dies with its parent dies with the thread that
//! started it, and a runtime's threads come and go.

use std::env;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{self, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use goatkit_package::PluginName;
use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{Instant, interval_at, timeout};

use super::child::{COMPILED, Order, REFUSED};
use crate::engine::EngineKind;
use crate::settings::{CompileLimits, CompilerProgram};

/// Bytes of what the child says that are kept: a compile error, or how its allocator ended it.
const MAX_SAID: u64 = 8 << 10;

/// How often one that takes long says so.
const PROGRESS: Duration = Duration::from_secs(10);

/// A component that is to be compiled.
pub(super) struct Work {
    pub(super) plugin: PluginName,
    pub(super) kind: EngineKind,
    pub(super) bytes: Vec<u8>,
}

/// Why there is no code.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum Failure {
    #[error("its component does not compile: {0}")]
    Refused(String),
    #[error(
        "compiling its component was stopped: it took longer than {0:?}; make the component smaller, or let compiling take longer"
    )]
    Time(Duration),
    #[error(
        "compiling its component was stopped: it took more than {0} bytes of memory; make the component smaller, or let compiling take more"
    )]
    Memory(u64),
    #[error(
        "compiling its component was stopped: the compiler's stack was full; nest its code and its types less deeply"
    )]
    Stack,
    #[error("the compiler crashed on its component: {0}")]
    Crashed(String),
    #[error("the process that compiled its component was killed; was the machine out of memory?")]
    Killed,
    #[error("cannot run the program that compiles: {0}")]
    Start(String),
    #[error("the program that compiles failed: {0}")]
    Broken(String),
    #[error("the host is stopping")]
    Stopping,
}

impl Failure {
    /// Whether it lies in the component: the next try would end like this one.
    pub(super) fn lies_in_the_component(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Time(_) | Self::Memory(_) | Self::Stack | Self::Crashed(_) => {
                true
            }
            Self::Killed | Self::Start(_) | Self::Broken(_) | Self::Stopping => false,
        }
    }
}

/// Compiles in a child process. Dropped, the future kills it. What passes between the two
/// lies in `folder`, in a file without a name: whoever is killed leaves nothing.
pub(super) async fn compile(
    program: CompilerProgram,
    folder: &Path,
    work: Work,
) -> Result<Vec<u8>, Failure> {
    let (tell, told) = oneshot::channel();
    let folder = folder.to_owned();
    let run = move || run(&program, &folder, work, tell);
    let thread = thread::Builder::new().name("gk-compile".to_owned());
    thread
        .spawn(run)
        .map_err(|it| Failure::Start(it.to_string()))?;
    told.await.unwrap_or(Err(Failure::Stopping))
}

type Tell = oneshot::Sender<Result<Vec<u8>, Failure>>;

/// The thread.
fn run(program: &CompilerProgram, folder: &Path, work: Work, mut tell: Tell) {
    let code = run_child(program, folder, work, &mut tell);
    // Nobody may be left to hear of it.
    let _ = tell.send(code);
}

fn run_child(
    program: &CompilerProgram,
    folder: &Path,
    work: Work,
    tell: &mut Tell,
) -> Result<Vec<u8>, Failure> {
    let start = |error: io::Error| Failure::Start(error.to_string());
    let Work {
        plugin,
        kind,
        bytes,
    } = work;
    let mut file = tempfile::tempfile_in(folder).map_err(start)?;
    file.write_all(&bytes).map_err(start)?;
    file.rewind().map_err(start)?;
    drop(bytes);
    let limits = program.limits;
    let runtime = Builder::new_current_thread().enable_all().build();
    let (end, said) = runtime.map_err(start)?.block_on(async {
        let mut command = command(program, kind, &file).map_err(start)?;
        let mut child = command
            .spawn()
            .map_err(|error| Failure::Start(format!("{}: {error}", program.program.display())))?;
        let said = child.stderr.take();
        let ended = async {
            let (status, said) = tokio::join!(child.wait(), listen(said));
            status.map(|status| (End::of(status), said))
        };
        let ended = tokio::select! {
            ended = timeout(limits.time, ended) => ended,
            () = tell.closed() => Ok(Ok((End::Abandoned, String::new()))),
            never = report(&plugin) => match never {},
        };
        match ended {
            Ok(Ok((End::Abandoned, _))) => {}
            Ok(ended) => return ended.map_err(start),
            Err(_) => {
                kill(&mut child).await;
                return Ok((End::OutOfTime, String::new()));
            }
        }
        kill(&mut child).await;
        Ok((End::Abandoned, String::new()))
    })?;
    read_end(end, &said, limits)?;
    let read = |error: io::Error| Failure::Broken(error.to_string());
    let mut code = Vec::new();
    file.rewind().map_err(read)?;
    file.read_to_end(&mut code).map_err(read)?;
    Ok(code)
}

/// The child that reads its component from `file` and writes its code there. It gets nothing
/// of this process's environment but where libraries are: no secret and no proxy.
fn command(program: &CompilerProgram, kind: EngineKind, file: &File) -> io::Result<Command> {
    let order = Order {
        kind,
        limits: program.limits,
        parent: process::id(),
    };
    let mut command = Command::new(&program.program);
    command
        .args(&program.args)
        .args(order.words())
        .env_clear()
        .envs(env::vars_os().filter(|(name, _)| name == "LD_LIBRARY_PATH"))
        .stdin(Stdio::from(file.try_clone()?))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

/// Kills a child and waits for its end, so that none is left as a zombie.
async fn kill(child: &mut tokio::process::Child) {
    if let Err(error) = child.kill().await {
        tracing::warn!("cannot stop a process that compiles: {error}");
    }
}

/// The beginning of what a child says; the rest is read so that it does not wait for us.
async fn listen(said: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut said) = said else {
        return String::new();
    };
    let mut kept = Vec::new();
    // What cannot be read explains nothing; how the child ends counts.
    let _ = (&mut said).take(MAX_SAID).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut said, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).trim().to_owned()
}

/// Says now and then that a component is still being compiled.
async fn report(plugin: &PluginName) -> std::convert::Infallible {
    let began = Instant::now();
    let mut ticks = interval_at(began + PROGRESS, PROGRESS);
    loop {
        ticks.tick().await;
        let seconds = began.elapsed().as_secs();
        tracing::info!(%plugin, seconds, "its component is still being compiled");
    }
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Exited(i32),
    Signalled(i32),
    OutOfTime,
    /// Nobody waits for its code any more.
    Abandoned,
}

impl End {
    fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(code),
            (None, signal) => Self::Signalled(signal.unwrap_or_default()),
        }
    }
}

/// What an allocator, a buffer, the system, and a thread that cannot be started say when memory
/// is gone.
const OUT_OF_MEMORY: [&str; 4] = [
    "memory allocation of",
    "out of memory",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
];

/// What Rust says before it ends a program whose stack is full.
const OUT_OF_STACK: &str = "has overflowed its stack";

/// What the end of a child means, with what it said.
fn read_end(end: End, said: &str, limits: CompileLimits) -> Result<(), Failure> {
    let says = |what: &str| said.contains(what);
    Err(match end {
        End::Exited(COMPILED) => return Ok(()),
        End::Exited(0) => Failure::Broken(
            "it ended without compiling; does it call `compile_if_asked` first?".to_owned(),
        ),
        End::Exited(REFUSED) => Failure::Refused(said.to_owned()),
        End::Abandoned => Failure::Stopping,
        End::OutOfTime => Failure::Time(limits.time),
        End::Signalled(signal) if signal == Signal::XCPU.as_raw() => Failure::Time(limits.time),
        End::Signalled(signal) if signal == Signal::KILL.as_raw() => Failure::Killed,
        _ if OUT_OF_MEMORY.into_iter().any(says) => Failure::Memory(limits.memory),
        _ if says(OUT_OF_STACK) => Failure::Stack,
        End::Signalled(signal) => Failure::Crashed(format!("signal {signal} {said}")),
        // A panic of a Rust program.
        End::Exited(101) => Failure::Crashed(said.to_owned()),
        End::Exited(code) => Failure::Broken(format!("exit code {code} {said}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: CompileLimits = CompileLimits {
        time: Duration::from_secs(9),
        memory: 77,
    };

    #[test]
    fn each_end_is_told_as_what_it_is() {
        let check = |end, said: &str, expected| {
            assert_eq!(read_end(end, said, LIMITS), expected, "{end:?} {said}");
        };
        let text = str::to_owned;
        let no_memory = "memory allocation of 4096 bytes failed";
        let no_thread = "Os { code: 11, message: \"Resource temporarily unavailable\" }";
        let no_stack = "thread 'main' has overflowed its stack";
        check(End::Exited(COMPILED), "a warning", Ok(()));
        check(
            End::Exited(REFUSED),
            "at 7",
            Err(Failure::Refused(text("at 7"))),
        );
        check(End::OutOfTime, "", Err(Failure::Time(LIMITS.time)));
        check(End::Signalled(24), "", Err(Failure::Time(LIMITS.time)));
        check(End::Signalled(6), no_memory, Err(Failure::Memory(77)));
        check(End::Exited(4), "out of memory", Err(Failure::Memory(77)));
        check(End::Exited(101), no_thread, Err(Failure::Memory(77)));
        check(End::Signalled(6), no_stack, Err(Failure::Stack));
        check(End::Signalled(9), no_memory, Err(Failure::Killed));
        check(
            End::Signalled(11),
            "x",
            Err(Failure::Crashed(text("signal 11 x"))),
        );
        check(
            End::Exited(101),
            "panicked",
            Err(Failure::Crashed(text("panicked"))),
        );
        check(
            End::Exited(2),
            "usage",
            Err(Failure::Broken(text("exit code 2 usage"))),
        );
        check(End::Abandoned, "", Err(Failure::Stopping));
    }

    #[test]
    fn what_lies_in_the_component_is_not_tried_again() {
        assert!(Failure::Time(LIMITS.time).lies_in_the_component());
        assert!(Failure::Memory(1).lies_in_the_component());
        assert!(!Failure::Killed.lies_in_the_component());
        assert!(!Failure::Stopping.lies_in_the_component());
    }
}
