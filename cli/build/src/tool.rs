//! Runs one program: fed nothing, heard line by line, bounded in time.
//!
//! Every program that this crate starts goes through [`run`]. Which programs there are and
//! with which environment they run is decided in `toolchain.rs`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How many of a failed program's last lines its error repeats.
const TAIL: usize = 6;

/// For programs that answer at once, save where rustup first unpacks a toolchain.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(120);

/// Why a program did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// It is in no folder of the PATH.
    #[error("{0} is not on the PATH")]
    Missing(String),
    /// It is there and does not start.
    #[error("{program} does not start")]
    Start {
        /// The program's name.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It took longer than it was given, and was stopped.
    #[error("{program} gave no answer within {limit:?}")]
    TimedOut {
        /// The program's name.
        program: String,
        /// How long it was given.
        limit: Duration,
    },
    /// It ran and failed.
    #[error("{program} failed ({status}){}", tail(.stderr))]
    Failed {
        /// The program's name.
        program: String,
        /// Its exit status.
        status: ExitStatus,
        /// All that it wrote to standard error.
        stderr: String,
    },
}

fn tail(stderr: &str) -> String {
    let lines: Vec<&str> = stderr
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    match &lines[lines.len().saturating_sub(TAIL)..] {
        [] => String::new(),
        last => format!(": {}", last.join("\n     ")),
    }
}

enum Line {
    Out(Vec<u8>),
    Err(Vec<u8>),
}

/// Runs `command` to its end and returns what it wrote to standard output; `heard` gets
/// each line of standard error as it comes.
///
/// A program that is over its `limit` is killed. Children of its own may then still hold
/// the pipes: nobody waits for them.
pub(crate) fn run(
    command: &mut Command,
    limit: Duration,
    heard: &dyn Fn(&str),
) -> Result<String, ToolError> {
    let program = name_of(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| ToolError::Start {
            program: program.clone(),
            source,
        })?;

    let deadline = Instant::now() + limit;
    let lines = listen(&mut child);
    let (mut stdout, mut stderr) = (Vec::new(), String::new());
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Line::Out(line)) => stdout.extend(line),
            Ok(Line::Err(line)) => {
                let line = String::from_utf8_lossy(&line);
                heard(line.trim_end());
                stderr.push_str(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // It may have ended this very moment: then there is nothing left to kill.
                let _ = child.kill();
                let _ = child.wait();
                return Err(ToolError::TimedOut { program, limit });
            }
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(String::from_utf8_lossy(&stdout).into_owned()),
        Ok(status) => Err(ToolError::Failed {
            program,
            status,
            stderr,
        }),
        Err(source) => Err(ToolError::Start { program, source }),
    }
}

fn listen(child: &mut Child) -> mpsc::Receiver<Line> {
    let (sender, lines) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        forward(pipe, sender.clone(), Line::Out);
    }
    if let Some(pipe) = child.stderr.take() {
        forward(pipe, sender, Line::Err);
    }
    lines
}

fn forward(pipe: impl Read + Send + 'static, lines: Sender<Line>, wrap: fn(Vec<u8>) -> Line) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if lines.send(wrap(std::mem::take(&mut line))).is_err() {
                return;
            }
        }
    });
}

fn name_of(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::RefCell;

    use super::*;

    fn shell(script: &str, limit: Duration) -> (Result<String, ToolError>, Vec<String>) {
        let heard = RefCell::new(Vec::new());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let answer = run(&mut command, limit, &|line| {
            heard.borrow_mut().push(line.to_owned())
        });
        (answer, heard.into_inner())
    }

    const ENOUGH: Duration = Duration::from_secs(30);

    #[test]
    fn standard_output_is_the_answer_and_standard_error_is_heard() {
        let (answer, heard) = shell("echo one; echo two >&2; echo three", ENOUGH);
        assert_eq!(answer.unwrap(), "one\nthree\n");
        assert_eq!(heard, ["two"]);
    }

    #[test]
    fn a_failure_repeats_the_last_lines() {
        let (answer, _) = shell("echo why >&2; exit 3", ENOUGH);
        assert_eq!(
            answer.unwrap_err().to_string(),
            "sh failed (exit status: 3): why"
        );
    }

    #[test]
    fn a_program_that_waits_for_input_gets_its_end() {
        let (answer, _) = shell("read line || echo nothing", ENOUGH);
        assert_eq!(answer.unwrap(), "nothing\n");
    }

    #[test]
    fn a_program_over_its_limit_is_stopped() {
        let begin = Instant::now();
        let (answer, _) = shell("exec sleep 60", Duration::from_millis(50));
        assert!(
            matches!(answer, Err(ToolError::TimedOut { .. })),
            "{answer:?}"
        );
        assert!(begin.elapsed() < Duration::from_secs(30));
    }
}
