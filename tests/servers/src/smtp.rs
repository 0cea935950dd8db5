//! An SMTP server that keeps what it is told to send: Debian's aiosmtpd behind `smtp.py`.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::ports;
use crate::process::{Process, Program};

/// How often another port is tried when somebody else was faster.
const TRIES: u32 = 5;

/// Debian's own: another Python does not see Debian's packages.
const PYTHON: &str = "/usr/bin/python3";

const SCRIPT: &str = include_str!("smtp.py");

/// How a server is reached.
#[derive(Debug, Clone, Default)]
pub struct SmtpOptions {
    /// Whether and when the connection is encrypted.
    pub tls: SmtpTls,
    /// Who may send; anybody if nobody is named.
    pub sign_in: Option<SignIn>,
}

/// Whether and when the connection is encrypted.
#[derive(Debug, Clone, Default)]
pub enum SmtpTls {
    /// Never, and it is not offered.
    #[default]
    Plain,
    /// After STARTTLS, and nothing is taken before.
    StartTls(Certificate),
    /// From the first byte.
    Tls(Certificate),
}

/// PEM files.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The certificate, with those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A name and its password.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// A message that the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope, as they were named.
    pub to: Vec<String>,
    /// The message with its headers, as it came.
    pub data: Vec<u8>,
}

/// An SMTP server. Dropping it kills it.
pub struct Smtp {
    process: Option<Process>,
    port: u16,
    options: SmtpOptions,
    folder: TempDir,
}

impl Smtp {
    /// Starts a server.
    ///
    /// # Panics
    /// Where aiosmtpd is not installed or does not start.
    pub fn start(options: SmtpOptions) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let mut smtp = Self {
            process: None,
            port: 0,
            options,
            folder,
        };
        for _ in 0..TRIES {
            smtp.port = ports::free();
            if smtp.run().is_ok() {
                return smtp;
            }
        }
        smtp.start_again();
        smtp
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it: its port refuses. What it received stays.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it on the port that it had.
    ///
    /// # Panics
    /// When it does not start, as when somebody else took the port meanwhile.
    pub fn start_again(&mut self) {
        self.stop();
        if let Err(printed) = self.run() {
            panic!("aiosmtpd does not start on port {}:\n{printed}", self.port);
        }
    }

    /// What it took so far, oldest first. A message is here before its sender is told that it
    /// was taken.
    ///
    /// # Panics
    /// When the folder cannot be read.
    pub fn received(&self) -> Vec<Received> {
        let entries = fs::read_dir(self.folder.path()).expect("the server's folder");
        let paths = entries.map(|entry| entry.expect("the server's folder").path());
        let mut paths: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|it| it == "eml"))
            .collect();
        paths.sort();
        let read = |path| read(&fs::read(path).expect("a message"));
        paths.into_iter().map(read).collect()
    }

    fn run(&mut self) -> Result<(), String> {
        let (tls, files) = match &self.options.tls {
            SmtpTls::Plain => ("plain", None),
            SmtpTls::StartTls(files) => ("starttls", Some(files)),
            SmtpTls::Tls(files) => ("tls", Some(files)),
        };
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let sign_in = self.options.sign_in.as_ref();
        let line = [
            PYTHON.to_owned(),
            "-I".to_owned(),
            "-c".to_owned(),
            SCRIPT.to_owned(),
            self.port.to_string(),
            path(&self.folder.path().to_owned()),
            tls.to_owned(),
            files.map(|it| path(&it.certificate)).unwrap_or_default(),
            files.map(|it| path(&it.key)).unwrap_or_default(),
            sign_in.map(|it| it.user.clone()).unwrap_or_default(),
            sign_in.map(|it| it.password.clone()).unwrap_or_default(),
        ];
        let program = Program {
            line: line.into(),
            package: "python3-aiosmtpd",
            ready: "ready",
        };
        let process = Process::start(&program).map_err(|ended| ended.0)?;
        self.process = Some(process);
        Ok(())
    }
}

/// A file as `smtp.py` writes it.
fn read(file: &[u8]) -> Received {
    let mut rest = file;
    let mut envelope = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, behind) = rest.split_at(end);
        rest = &behind[1..];
        if line.is_empty() && !envelope.is_empty() {
            break;
        }
        envelope.push(String::from_utf8_lossy(line).into_owned());
    }
    let mut envelope = envelope.into_iter();
    Received {
        from: envelope.next().unwrap_or_default(),
        to: envelope.collect(),
        data: rest.to_owned(),
    }
}
