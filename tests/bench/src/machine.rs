//! What has to be known of a run to read its figures, and nothing that tells whose machine it is.

use std::process::Command;
use std::thread::available_parallelism;

use goatkit_capability::{Clock, SystemClock, timestamp};

/// Facts by name.
pub fn facts() -> Vec<(&'static str, String)> {
    let cores = available_parallelism().map_or_else(|_| "?".to_owned(), |it| it.to_string());
    let day: String = timestamp::text(SystemClock.now())
        .chars()
        .take(10)
        .collect();
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    vec![
        ("day", day),
        ("cores", cores),
        ("system", system),
        ("compiler", compiler()),
        ("GoatKit", env!("CARGO_PKG_VERSION").to_owned()),
        ("wasmtime", locked(LOCK, "wasmtime").to_owned()),
    ]
}

/// Which versions this was built with.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// The version of a package in a Cargo.lock.
pub fn locked<'l>(lock: &'l str, package: &str) -> &'l str {
    let named = format!("\nname = \"{package}\"\nversion = \"");
    let after = lock.split_once(&named).map_or("?", |(_, after)| after);
    after.split('"').next().unwrap_or("?")
}

fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output();
    let said = said.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned());
    said.unwrap_or_else(|_| "?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_the_lock() {
        let lock = "[[package]]\nname = \"wasmtime-wasi\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasmtime\"\nversion = \"48.0.8\"\nsource = \"x\"\n";
        assert_eq!(locked(lock, "wasmtime"), "48.0.8");
        assert_eq!(locked(lock, "nothing"), "?");
        assert_ne!(locked(LOCK, "wasmtime"), "?");
    }

    #[test]
    fn the_day_is_a_day() {
        let facts = facts();
        let (_, day) = facts.first().expect("the day comes first");
        assert_eq!((day.len(), day.matches('-').count()), (10, 2), "{day}");
    }
}
