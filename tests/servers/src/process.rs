//! A server's process: started, waited for until it says that it is ready, and killed.

use std::fmt::Write;
use std::io::{self, BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::install::install;

/// How long a server may take until it is ready, on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(60);

/// What the shell answers when there is no such program.
const NO_SUCH_PROGRAM: i32 = 127;

/// How long the last of what a killed server had started may take to be gone.
const END: Duration = Duration::from_secs(10);

/// Runs its arguments as a program and ends with it. A watchdog kills the program, and all that
/// it has started, as soon as the pipe at the shell's input closes, which the system does when
/// the test's process dies, whatever it dies of. `setsid` makes a group of them that can be
/// killed as one.
const WATCHED: &str = r#"
exec 3<&0 </dev/null 2>&1
setsid "$@" 3<&- &
server=$!
{ read -r line <&3; kill -KILL "-$server" || kill -KILL "$server"; } >/dev/null 2>&1 &
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
    /// Is hung up when nobody is left who could print.
    silent: Receiver<()>,
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
        let (lines, silent) = lines_of(&mut shell);
        let alive = shell.stdin.take();
        let mut process = Self {
            shell,
            alive,
            silent,
        };
        match until_ready(&lines, program.ready) {
            Ok(()) => Ok(process),
            Err(Unready::Ended(printed)) => Err(Failed::Ended(process.stop(), printed)),
            Err(Unready::Late(printed)) => Err(Failed::Late(printed)),
        }
    }

    /// Kills the server and waits until it is gone, with what it had started. Nothing when it is
    /// gone already.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.end().expect("the shell is our child")
    }

    fn end(&mut self) -> io::Result<ExitStatus> {
        self.alive = None;
        let status = self.shell.wait();
        // Whoever still holds the pipe may still write into the server's folder.
        let _ = self.silent.recv_timeout(END);
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Where that fails there is nobody left to wait for, and a panic may be under way.
        let _ = self.end();
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
/// would stand still. The second is hung up at that end.
fn lines_of(shell: &mut Child) -> (Receiver<String>, Receiver<()>) {
    let (send, receive) = channel();
    let (prints, silent) = channel::<()>();
    let output = shell.stdout.take().expect("the output is a pipe");
    thread::spawn(move || {
        let _prints = prints;
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody listens any more once the server is ready.
            let _ = send.send(line);
        }
    });
    (receive, silent)
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

    #[test]
    fn what_a_server_has_started_is_gone_with_it() {
        let parent = "sleep 1000 & echo \"child $!\" >\"$0\"; echo ready; wait";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let mut process = Process::start(&program(&["sh", "-c", parent, file.to_str().unwrap()]));
        let child = std::fs::read_to_string(&file).unwrap();
        let child = child.trim().strip_prefix("child ").unwrap().to_owned();
        // One that nobody has waited for yet keeps its number, and no folder.
        let lives = || std::fs::exists(format!("/proc/{child}/cwd")).unwrap();
        assert!(lives());
        process.as_mut().unwrap().stop();
        assert!(!lives());
    }
}
