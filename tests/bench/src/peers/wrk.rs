//! `wrk`, which asks one address as often as it can, from a process of its own.

use std::process::Command;
use std::time::Duration;

use super::Found;
use crate::Result;

/// Whether it is there.
pub fn find() -> Found<()> {
    // Without arguments it says how it is used, and fails.
    match Command::new("wrk").output() {
        Ok(_) => Ok(()),
        Err(_) => Err("install `wrk`, which Debian has".to_owned()),
    }
}

/// How many requests in a second an address answers to so many connections.
///
/// # Errors
/// It does not run, or something else than success was answered: what is fast to refuse is not
/// fast.
pub fn ask(url: &str, connections: usize, time: Duration) -> Result<f64> {
    let seconds = format!("{}s", time.as_secs().max(1));
    let connections = connections.to_string();
    let said = Command::new("wrk")
        .args(["-t1", "-c", &connections, "-d", &seconds, url])
        .output()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    per_second(&said).map_err(|why| format!("{url}: {why}").into())
}

fn per_second(said: &str) -> std::result::Result<f64, String> {
    let bad = ["Non-2xx or 3xx responses:", "Socket errors:"];
    if let Some(line) = said
        .lines()
        .find(|line| bad.iter().any(|it| line.contains(it)))
    {
        return Err(line.trim().to_owned());
    }
    let figure = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    let figure = figure.and_then(|it| it.trim().parse::<f64>().ok());
    figure
        .filter(|it| *it > 0.0)
        .ok_or_else(|| format!("wrk says no figure: {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 2s test @ http://127.0.0.1:1/\n  1 threads and 16 connections\n  \
                        20 requests in 2.00s, 2.00KB read\nRequests/sec:   8200.51\n\
                        Transfer/sec:      1.00KB\n";

    #[test]
    fn what_wrk_says_is_read() {
        assert_eq!(per_second(SAID), Ok(8200.51));
        for bad in [
            "  Non-2xx or 3xx responses: 7",
            "  Socket errors: connect 0, read 3, write 0, timeout 0",
        ] {
            let said = format!("{bad}\n{SAID}");
            assert_eq!(per_second(&said), Err(bad.trim().to_owned()));
        }
        for nothing in ["", "Requests/sec:      0.00"] {
            assert!(per_second(nothing).is_err(), "{nothing}");
        }
    }
}
