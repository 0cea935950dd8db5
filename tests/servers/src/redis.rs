//! A Redis server that keeps nothing.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use tempfile::TempDir;

use crate::ports;
use crate::process::{Process, Program};
use crate::smtp::Certificate;

/// How often another port is tried when somebody else was faster.
const TRIES: u32 = 5;

/// A Redis server. Dropping it kills it.
pub struct Redis {
    process: Option<Process>,
    port: u16,
    password: Option<String>,
    tls: Option<Certificate>,
    folder: TempDir,
}

impl Redis {
    /// A server that whoever reaches it may use.
    ///
    /// # Panics
    /// Where `redis-server` is not installed or does not start.
    pub fn start() -> Self {
        Self::with(None, None)
    }

    /// A server that asks for a password.
    ///
    /// # Panics
    /// Where `redis-server` is not installed or does not start.
    pub fn with_password(password: &str) -> Self {
        Self::with(Some(password.to_owned()), None)
    }

    /// A server that speaks TLS only, and asks for a password.
    ///
    /// # Panics
    /// Where `redis-server` is not installed or does not start.
    pub fn with_tls(certificate: Certificate, password: &str) -> Self {
        Self::with(Some(password.to_owned()), Some(certificate))
    }

    fn with(password: Option<String>, tls: Option<Certificate>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let mut redis = Self {
            process: None,
            port: 0,
            password,
            tls,
            folder,
        };
        for _ in 0..TRIES {
            redis.port = ports::free();
            if redis.run().is_ok() {
                return redis;
            }
        }
        redis.start_again();
        redis
    }

    /// Where it is, with its password: `redis://:secret@127.0.0.1:16000/`.
    pub fn url(&self) -> String {
        let scheme = self.tls.as_ref().map_or("redis", |_| "rediss");
        let password = self.password.as_ref().map(|it| format!(":{it}@"));
        let password = password.unwrap_or_default();
        format!("{scheme}://{password}127.0.0.1:{}/", self.port)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it: what it held is lost, and its port refuses.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it on the port that it had, empty.
    ///
    /// # Panics
    /// When it does not start, as when somebody else took the port meanwhile.
    pub fn start_again(&mut self) {
        self.stop();
        if let Err(printed) = self.run() {
            panic!(
                "redis-server does not start on port {}:\n{printed}",
                self.port
            );
        }
    }

    /// One command without TLS and without spaces in its parts, and the first line of the answer; for what a
    /// test's own client is too good for.
    ///
    /// # Errors
    /// What the connection fails with.
    pub fn ask(&self, command: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        let sign_in = self.password.as_ref().map(|it| format!("AUTH {it}\r\n"));
        let commands = format!("{}{command}\r\n", sign_in.as_deref().unwrap_or_default());
        stream.write_all(commands.as_bytes())?;
        let lines = BufReader::new(stream).lines();
        let mut lines = lines.skip(usize::from(sign_in.is_some()));
        lines
            .next()
            .unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
    }

    fn run(&mut self) -> Result<(), String> {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let port = self.port.to_string();
        let mut line = vec!["redis-server", "--bind", "127.0.0.1"];
        let files = self.tls.as_ref().map(|it| {
            let text = |path: &Path| path.to_string_lossy().into_owned();
            (text(&it.certificate), text(&it.key))
        });
        if let Some((certificate, key)) = &files {
            line.extend(["--port", "0", "--tls-port", &port]);
            line.extend(["--tls-cert-file", certificate, "--tls-key-file", key]);
            line.extend(["--tls-auth-clients", "no"]);
        } else {
            line.extend(["--port", &port]);
        }
        line.extend(["--dir", &folder, "--save", "", "--appendonly", "no"]);
        line.extend(["--daemonize", "no", "--logfile", ""]);
        if let Some(password) = &self.password {
            line.extend(["--requirepass", password]);
        }
        let program = Program {
            line: line.into_iter().map(str::to_owned).collect(),
            package: "redis-server",
            ready: "eady to accept connections",
        };
        let process = Process::start(&program).map_err(|ended| ended.0)?;
        self.process = Some(process);
        Ok(())
    }
}
