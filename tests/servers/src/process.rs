//! A server's process: started, waited for until it says that it is ready, and killed.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::install::install;

/// How long a server may take until it is ready, on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(60);

/// What the shell answers when there is no such program.
const NO_SUCH_PROGRAM: i32 = 127;

/// Runs its arguments as a program and ends with it. A watchdog kills the program as soon as
/// the pipe at the shell's input closes, which the system does when the test's process dies,
/// whatever it dies of.
const WATCHED: &str = r#"
exec 3<&0 </dev/null 2>&1
"$@" 3<&- &
server=$!
{ read -r line <&3; kill -KILL "$server"; } >/dev/null 2>&1 &
watchdog=$!
exec 3<&-
wait "$server"
code=$?
kill -KILL "$watchdog" 2>/dev/null
exit "$code"
"#;

/// What is run, and what people install to have it.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// The program and its arguments.
    pub(crate) line: Vec<String>,
    /// Debian's package.
    pub(crate) package: &'static str,
    /// What stands in the line that the server prints when it is ready.
    pub(crate) ready: &'static str,
}

/// A server that runs.
pub(crate) struct Process {
    shell: Child,
    alive: Option<ChildStdin>,
}

/// A server that ended before it was ready, with what it printed.
#[derive(Debug)]
pub(crate) struct Ended(pub(crate) String);

impl Process {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// [`Ended`] when it ended: most likely somebody else was faster with its port.
    ///
    /// # Panics
    /// Where the program is not installed, or does not get ready in time.
    pub(crate) fn start(program: &Program) -> Result<Self, Ended> {
        match Self::try_start(program) {
            Err(Failed::Ended(status, _))
                if status.code() == Some(NO_SUCH_PROGRAM) && install(program.package) =>
            {
                Self::told(program, Self::try_start(program))
            }
            started => Self::told(program, started),
        }
    }

    fn told(program: &Program, started: Result<Self, Failed>) -> Result<Self, Ended> {
        match started {
            Ok(process) => Ok(process),
            Err(Failed::Ended(status, printed)) => {
                assert!(
                    status.code() != Some(NO_SUCH_PROGRAM),
                    "{}",
                    program.missing(&printed)
                );
                Err(Ended(printed))
            }
            Err(Failed::Late(printed)) => {
                panic!(
                    "{:?} was not ready within {START:?}:\n{printed}",
                    program.line
                )
            }
        }
    }

    fn try_start(program: &Program) -> Result<Self, Failed> {
        let mut shell = Command::new("sh")
            .args(["-c", WATCHED, "sh"])
            .args(&program.line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a test that needs a server needs `sh`");
        let lines = lines_of(&mut shell);
        let alive = shell.stdin.take();
        let mut process = Self { shell, alive };
        match until_ready(&lines, program.ready) {
            Ok(()) => Ok(process),
            Err(Unready::Ended(printed)) => Err(Failed::Ended(process.stop(), printed)),
            Err(Unready::Late(printed)) => Err(Failed::Late(printed)),
        }
    }

    /// Kills the server and waits until it is gone. Nothing when it is gone already.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.alive = None;
        self.shell.wait().expect("the shell is our child")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.alive = None;
        // Where that fails there is nobody left to wait for, and a panic may be under way.
        let _ = self.shell.wait();
    }
}

impl Program {
    fn missing(&self, printed: &str) -> String {
        let Self { line, package, .. } = self;
        let program = line.first().map_or("", String::as_str);
        format!(
            "\n\nTHIS TEST NEEDS A SERVER THAT IS NOT INSTALLED: `{program}`, of Debian's \
             package `{package}`.\nTo install it with apt-get was tried and did not help. By hand, \
             as root: apt-get install -y {package}\n\n{printed}"
        )
    }
}

enum Failed {
    Ended(ExitStatus, String),
    Late(String),
}

/// Why nobody said that the server is ready.
enum Unready {
    Ended(String),
    Late(String),
}

/// What the server prints, line by line. It is read to its end: a server whose pipe is full
/// would stand still.
fn lines_of(shell: &mut Child) -> Receiver<String> {
    let (send, receive) = channel();
    let output = shell.stdout.take().expect("the output is a pipe");
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody listens any more once the server is ready.
            let _ = send.send(line);
        }
    });
    receive
}

fn until_ready(lines: &Receiver<String>, ready: &str) -> Result<(), Unready> {
    let end = Instant::now() + START;
    let mut printed = String::new();
    loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) if line.contains(ready) => return Ok(()),
            Ok(line) => {
                let _ = writeln!(printed, "{line}");
            }
            Err(RecvTimeoutError::Disconnected) => return Err(Unready::Ended(printed)),
            Err(RecvTimeoutError::Timeout) => return Err(Unready::Late(printed)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn program(line: &[&str]) -> Program {
        Program {
            line: line.iter().map(|it| (*it).to_owned()).collect(),
            package: "no-such-package",
            ready: "ready",
        }
    }

    #[test]
    #[should_panic(expected = "apt-get install -y no-such-package")]
    fn a_program_that_is_missing_is_a_loud_failure() {
        let _ = Process::start(&program(&["goatkit-no-such-server"]));
    }

    #[test]
    fn a_server_that_ends_is_told_with_what_it_printed() {
        let ended = Process::start(&program(&["sh", "-c", "echo taken >&2; exit 3"]));
        assert_eq!(ended.err().unwrap().0, "taken\n");
    }

    #[test]
    fn a_server_is_killed_even_if_it_does_not_want_to() {
        let stubborn = "trap '' TERM INT HUP; echo ready; while :; do sleep 1000; done";
        let mut process = Process::start(&program(&["sh", "-c", stubborn])).unwrap();
        assert!(process.shell.try_wait().unwrap().is_none());
        assert_eq!(process.stop().code(), Some(128 + 9));
    }
}
