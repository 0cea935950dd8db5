//! A client that asks a server at fixed times, whether or not it has answered what was asked
//! before: as people do, who do not know of each other. A server that stands still for a second
//! is measured by all who came in that second, and not by the one who waited.
//!
//! It runs on threads of its own, so that what it measures is not its own waiting for a place
//! among the server's tasks. Tests and benchmarks use it; what its figures have to be, they say.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// Digits that a figure is right to.
const DIGITS: u8 = 3;

/// No answer takes as long; a client that hangs must end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked, and when.
#[derive(Debug, Clone)]
pub struct OpenLoop {
    /// Where the server listens.
    pub address: SocketAddr,
    /// What is asked for, with `GET`.
    pub path: String,
    /// Requests in a second, all connections together.
    pub rate: u32,
    /// Requests in all, at most.
    pub requests: u64,
    /// Connections, each with a thread of its own. As many requests can wait for their answer.
    pub connections: u64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Microseconds from when a request was due to the end of its answer.
    pub latency: Histogram<u64>,
    /// How many answers had each status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests whose connection failed.
    pub broken: u64,
}

impl OpenLoop {
    /// Asks until everything is asked and answered. Waits meanwhile: where the server's tasks
    /// run, this belongs onto a thread of its own.
    pub fn run(&self) -> Measured {
        self.run_until(&AtomicBool::new(false))
    }

    /// The same, until somebody says that it is enough.
    pub fn run_until(&self, enough: &AtomicBool) -> Measured {
        let start = Instant::now();
        let mut all = Measured::nothing();
        thread::scope(|scope| {
            let clients: Vec<_> = (0..self.connections)
                .map(|number| scope.spawn(move || self.ask(start, number, enough)))
                .collect();
            for client in clients {
                all.add(client.join().unwrap());
            }
        });
        all
    }

    /// One connection's share of the requests.
    fn ask(&self, start: Instant, number: u64, enough: &AtomicBool) -> Measured {
        let mut measured = Measured::nothing();
        let mut connection = None;
        let requests = (number..self.requests).step_by(usize::try_from(self.connections).unwrap());
        for request in requests.take_while(|_| !enough.load(Ordering::Relaxed)) {
            let after = Duration::from_secs_f64(request as f64 / f64::from(self.rate));
            let due = start + after;
            #[allow(
                clippy::disallowed_methods,
                reason = "this is the schedule itself, and nothing that could be waited for"
            )]
            thread::sleep(due.saturating_duration_since(Instant::now()));
            match self.one(&mut connection) {
                Ok(status) => {
                    let took = u64::try_from(due.elapsed().as_micros()).unwrap();
                    measured.latency.record(took).unwrap();
                    *measured.statuses.entry(status).or_default() += 1;
                }
                Err(_) => {
                    measured.broken += 1;
                    connection = None;
                }
            }
        }
        measured
    }

    /// Sends one request and reads its whole answer: the status.
    fn one(&self, connection: &mut Option<BufReader<TcpStream>>) -> io::Result<u16> {
        let stream = match connection {
            Some(stream) => stream,
            None => connection.insert(self.connect()?),
        };
        let (path, host) = (&self.path, self.address);
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        stream.get_mut().write_all(request.as_bytes())?;
        read_answer(stream)
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }
}

impl Measured {
    fn nothing() -> Self {
        let latency = Histogram::new(DIGITS).unwrap();
        Self {
            latency,
            statuses: BTreeMap::new(),
            broken: 0,
        }
    }

    fn add(&mut self, other: Self) {
        self.latency.add(other.latency).unwrap();
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.broken += other.broken;
    }

    /// Answers with this status, and nothing else: every request had one.
    pub fn all_were(&self, status: u16) -> bool {
        self.broken == 0 && self.statuses.keys().eq([&status])
    }

    /// Milliseconds within which so many of a hundred were answered.
    pub fn percentile(&self, percent: f64) -> f64 {
        self.latency.value_at_percentile(percent) as f64 / 1000.0
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.latency.len();
        write!(f, "{count} answers {:?}, ", self.statuses)?;
        if self.broken > 0 {
            write!(f, "{} broken connections, ", self.broken)?;
        }
        for percent in [50.0, 90.0, 99.0, 99.9] {
            write!(f, "p{percent} {:.2} ms, ", self.percentile(percent))?;
        }
        write!(f, "most {:.2} ms", self.latency.max() as f64 / 1000.0)
    }
}

/// Reads an answer to its end: the status.
fn read_answer(stream: &mut impl BufRead) -> io::Result<u16> {
    let head = line(stream)?;
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no head of an answer: {head}")))?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line(stream)?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(told) = header.strip_prefix("content-length:") {
            length = told.trim().parse().map_err(io::Error::other)?;
        }
        chunked |= header.starts_with("transfer-encoding:") && header.ends_with("chunked");
    }
    if !chunked {
        skip(stream, length)?;
        return Ok(status);
    }
    loop {
        let size = u64::from_str_radix(&line(stream)?, 16).map_err(io::Error::other)?;
        skip(stream, size)?;
        line(stream)?;
        if size == 0 {
            return Ok(status);
        }
    }
}

/// The next line, without its end. The connection's end is an error.
fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn skip(stream: &mut impl BufRead, length: u64) -> io::Result<()> {
    let read = io::copy(&mut stream.take(length), &mut io::sink())?;
    if read == length {
        return Ok(());
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Serves one connection as `answers` says, one after another.
    fn server(answers: Vec<(Duration, &'static str)>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut stream = BufReader::new(stream);
            for (after, answer) in answers {
                while !line(&mut stream).unwrap().is_empty() {}
                #[allow(
                    clippy::disallowed_methods,
                    reason = "the time that this server takes is what is measured"
                )]
                thread::sleep(after);
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    fn client(address: SocketAddr, requests: u64) -> Measured {
        OpenLoop {
            address,
            path: "/".to_owned(),
            rate: 1000,
            requests,
            connections: 1,
        }
        .run()
    }

    const FINE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    #[test]
    fn answers_of_both_kinds_are_read_to_their_end() {
        let chunks = "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        let now = Duration::ZERO;
        let measured = client(server(vec![(now, FINE), (now, chunks), (now, FINE)]), 3);
        assert_eq!(measured.statuses, BTreeMap::from([(200, 2), (404, 1)]));
        assert_eq!((measured.broken, measured.latency.len()), (0, 3));
        assert!(!measured.all_were(200));
    }

    #[test]
    fn who_came_while_the_server_stood_still_waited_as_well() {
        // Forty are due while the first is answered, and all of them are late.
        let late = Duration::from_millis(100);
        let mut answers = vec![(late, FINE)];
        answers.resize(40, (Duration::ZERO, FINE));
        let measured = client(server(answers), 40);
        assert!(measured.all_were(200), "{measured}");
        assert!(measured.percentile(1.0) > 50.0, "{measured}");
    }

    #[test]
    fn a_connection_that_ends_early_is_counted() {
        let short = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok";
        let measured = client(server(vec![(Duration::ZERO, short)]), 1);
        assert_eq!((measured.broken, measured.latency.len()), (1, 0));
        assert!(!measured.all_were(200));
    }
}
