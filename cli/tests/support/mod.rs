//! What the tests of `gk` share: running it, starting a server, asking it over HTTP.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a test ends with a panic, and not every test uses everything"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// No answer takes as long on the slowest machine; a test that hangs must end.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a page says whose plugin could not be made ready in its time.
pub(crate) const EARLY: &str = "still being made ready";

/// A command line of `gk`.
pub(crate) fn gk(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gk"));
    command.args(args).env_remove("RUST_LOG");
    command
}

/// Runs it to its end.
pub(crate) fn run(args: &[&str]) -> Ran {
    Ran::of(gk(args).output().unwrap())
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Its standard output, if it succeeded.
    pub(crate) fn answer(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }

    /// Its standard error, if it failed in the way in which commands fail.
    pub(crate) fn refusal(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (1, ""), "{self:?}");
        assert!(self.stderr.contains("error: "), "{self:?}");
        self.stderr
    }
}

/// Says that `text` has every one of `parts`.
pub(crate) fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder of a test's own that is at the same place in every run, so that what cargo
/// compiled for it is found again. Empty at first.
pub(crate) fn steady_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The zip of examples/hello, of this checkout.
pub(crate) fn hello(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let zip = folder.join("hello.zip");
    std::fs::write(&zip, goatkit_test_support::hello()).unwrap();
    zip
}

/// A server that is killed at the end of the test, unless it was stopped before.
pub(crate) struct Server {
    child: Child,
    address: String,
    /// Where it listens for administrators, if it was told to.
    admin: Option<String>,
    /// Who can sign in to a demo: login and password.
    people: Vec<(String, String)>,
    /// The cookie of whoever is signed in, as a header line.
    cookie: String,
}

impl Server {
    /// `gk serve` on a data folder and a free port.
    pub(crate) fn serve(data: &Path) -> Self {
        Self::start(&["serve", "--listen", "127.0.0.1:0", "--data", arg(data)])
    }

    /// Starts it and waits until it says that it listens.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::spawn(gk(args))
    }

    /// The same, of a command with an environment of its own.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut after = |prefix: &str| {
            let line = said.next().unwrap().unwrap();
            let address = line.strip_prefix(prefix).map(str::to_owned);
            address.unwrap_or_else(|| panic!("it says `{line}`"))
        };
        let address = after("listening on http://");
        let is_demo = command.get_args().any(|it| it == "demo");
        let has_admin = is_demo || command.get_args().any(|it| it == "--admin");
        let admin = has_admin.then(|| after("admin on http://"));
        let mut people = Vec::new();
        if is_demo {
            after("sign in as one of");
            for _ in 0..3 {
                let person = after("  ");
                let words: Vec<&str> = person.split_whitespace().collect();
                people.push((words[1].to_owned(), words[2].to_owned()));
            }
        }
        Self {
            child,
            address,
            admin,
            people,
            cookie: String::new(),
        }
    }

    /// Signs in to a demo as one of those whom it has named; what is asked from then on is asked
    /// as him.
    pub(crate) fn sign_in(mut self, login: &str) -> Self {
        let (login, password) = self
            .people
            .iter()
            .find(|(known, _)| known == login)
            .unwrap();
        let form = format!("login={login}&password={password}");
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let answer = ask(&self.address, "POST", "/sign-in", kind, &form);
        assert_eq!(answer.status, 303, "{}", answer.body);
        let cookie = answer.header("set-cookie").unwrap();
        let cookie = cookie.split(';').next().unwrap();
        self.cookie = format!("Cookie: {cookie}\r\n");
        self
    }

    /// Asks where it listens for administrators.
    pub(crate) fn administer(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let address = self.admin.as_ref().unwrap();
        ask(address, method, path, headers, body)
    }

    /// An address of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, "")
    }

    /// With header lines of one's own, each ended by a line break. What is compiled on a busy
    /// machine may take longer than a page waits for it: whoever is told so asks again.
    pub(crate) fn get_with(&self, path: &str, headers: &str) -> Answer {
        let headers = format!("{}{headers}", self.cookie);
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = ask(&self.address, "GET", path, &headers, "");
            let is_early = answer.status == 503 && answer.body.contains(EARLY);
            if !is_early || Instant::now() > end {
                return answer;
            }
        }
    }

    /// The body of a page that is there.
    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// Sends it a signal by the name that `kill` knows, and waits for its end.
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks what listens at an address, with header lines of one's own.
fn ask(address: &str, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    Answer::parse(&answer)
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
