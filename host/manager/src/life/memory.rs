//! How much memory the host has.

use std::fmt::Debug;
use std::fs;

/// Tells it.
pub trait Resident: Debug + Send + Sync + 'static {
    /// Bytes that the host has and nobody else can have meanwhile; nothing where that is not
    /// known. Answers at once.
    fn bytes(&self) -> Option<u64>;
}

/// What the system says of this process: its anonymous memory that is resident. What is mapped
/// from files, as compiled code is, can be had back at any time and does not count.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfThisProcess;

impl Resident for OfThisProcess {
    fn bytes(&self) -> Option<u64> {
        anonymous(&fs::read_to_string("/proc/self/status").ok()?)
    }
}

fn anonymous(status: &str) -> Option<u64> {
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_read() {
        let status = "VmRSS:\t  9000 kB\nRssAnon:\t    1234 kB\nRssFile:\t 10 kB\n";
        assert_eq!(anonymous(status), Some(1234 * 1024));
        for odd in ["", "RssAnon:", "RssAnon: 5 MB", "RssAnon: many kB"] {
            assert_eq!(anonymous(odd), None, "{odd}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_some() {
        assert!(OfThisProcess.bytes() > Some(1 << 16));
    }
}
