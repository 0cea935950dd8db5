//! Who goes out of memory: those that nobody calls, those that are left alone for good, and, when
//! memory is short, those that were called longest ago. Pure; `keeper` acts.
//!
//! One that is pinned stays, and so does one that is being called: its memory would stay anyway.

use std::time::{Duration, SystemTime};

use goatkit_package::PluginName;

use crate::happenings::Away;

/// What a plugin in memory takes besides its instances: what is linked, and tables of its code.
/// The code itself is mapped from a file, and costs nothing that others need.
const LINKED: u64 = 256 << 10;

/// When memory is short, more goes than has to: what is left of ten parts of the budget. Else
/// each further plugin that comes would drive one other out.
const PARTS: u64 = 10;
const LEFT: u64 = 9;

/// A plugin in memory.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) name: PluginName,
    pub(super) last_used: SystemTime,
    /// Bytes of its instances.
    pub(super) memory: u64,
    pub(super) pinned: bool,
    /// Its calls that run.
    pub(super) running: u64,
    pub(super) quarantined: bool,
}

impl Candidate {
    fn may_go(&self) -> bool {
        !self.pinned && self.running == 0
    }
}

/// How much memory there is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pressure {
    /// Bytes that the host has, all in all.
    pub(super) resident: u64,
    /// Bytes that it should have at most.
    pub(super) budget: u64,
}

/// Who goes, and why. Nobody for memory where it is not known.
pub(super) fn choose(
    candidates: Vec<Candidate>,
    now: SystemTime,
    idle: Duration,
    pressure: Option<Pressure>,
) -> Vec<(PluginName, Away)> {
    let mut gone = Vec::new();
    let mut stay = Vec::new();
    for candidate in candidates {
        let unused = now.duration_since(candidate.last_used);
        let is_idle = unused.is_ok_and(|unused| unused >= idle);
        match candidate {
            // Pinned or not: it is not called again before somebody has looked at it.
            it if it.quarantined && it.running == 0 => gone.push((it.name, Away::Stopped)),
            it if it.may_go() && is_idle => gone.push((it.name, Away::Idle)),
            it => stay.push(it),
        }
    }
    // What has just gone is not counted as memory that is free: it may still end its calls.
    if let Some(pressure) = pressure {
        gone.extend(driven_out(stay, pressure));
    }
    gone
}

fn driven_out(
    mut candidates: Vec<Candidate>,
    Pressure { resident, budget }: Pressure,
) -> impl Iterator<Item = (PluginName, Away)> {
    let left = budget / PARTS * LEFT;
    let mut excess = match resident > budget {
        true => resident - left,
        false => 0,
    };
    candidates.retain(Candidate::may_go);
    candidates.sort_by(|one, other| {
        let by_use = one.last_used.cmp(&other.last_used);
        // Of those that were called at the same time the largest goes, so that fewest do.
        by_use.then(other.memory.cmp(&one.memory))
    });
    candidates.into_iter().map_while(move |it| {
        if excess == 0 {
            return None;
        }
        excess = excess.saturating_sub(it.memory + LINKED);
        Some((it.name, Away::Memory))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const MIB: u64 = 1 << 20;
    const IDLE: Duration = Duration::from_secs(600);

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    /// A plugin that was last used `ago` seconds before the test's now.
    fn candidate(name: &str, ago: u64) -> Candidate {
        Candidate {
            name: PluginName::parse(name).unwrap(),
            last_used: at(10_000 - ago),
            memory: 10 * MIB,
            pinned: false,
            running: 0,
            quarantined: false,
        }
    }

    fn check(candidates: Vec<Candidate>, resident: u64, expect: &[(&str, Away)]) {
        let pressure = Pressure {
            resident,
            budget: 100 * MIB,
        };
        let gone = choose(candidates, at(10_000), IDLE, Some(pressure));
        let gone: Vec<(&str, Away)> = gone.iter().map(|(it, why)| (it.as_str(), *why)).collect();
        assert_eq!(gone, expect);
    }

    #[test]
    fn who_is_not_called_goes() {
        check(
            vec![
                candidate("aa", 599),
                candidate("bb", 600),
                candidate("cc", 0),
            ],
            0,
            &[("bb", Away::Idle)],
        );
    }

    #[test]
    fn who_is_pinned_or_called_stays() {
        let pinned = Candidate {
            pinned: true,
            ..candidate("aa", 9000)
        };
        let called = Candidate {
            running: 1,
            ..candidate("bb", 9000)
        };
        check(vec![pinned, called], u64::MAX, &[]);
    }

    #[test]
    fn who_was_called_longest_ago_goes_when_memory_is_short() {
        let all = || {
            vec![
                candidate("aa", 10),
                candidate("bb", 30),
                candidate("cc", 20),
            ]
        };
        check(all(), 100 * MIB, &[]);
        check(all(), 100 * MIB + 1, &[("bb", Away::Memory)]);
        let two = [("bb", Away::Memory), ("cc", Away::Memory)];
        check(all(), 105 * MIB, &two);
        check(all(), 1 << 40, &[two[0], two[1], ("aa", Away::Memory)]);
    }

    #[test]
    fn of_two_the_larger_goes() {
        let large = Candidate {
            memory: 20 * MIB,
            ..candidate("bb", 10)
        };
        let all = vec![candidate("aa", 10), large, candidate("cc", 10)];
        check(all, 101 * MIB, &[("bb", Away::Memory)]);
    }

    #[test]
    fn who_is_quarantined_does_not_wait_in_memory() {
        let quarantined = |running| Candidate {
            quarantined: true,
            pinned: true,
            running,
            ..candidate("aa", 0)
        };
        check(vec![quarantined(0)], 0, &[("aa", Away::Stopped)]);
        check(vec![quarantined(1)], 0, &[]);
    }

    #[test]
    fn nobody_goes_for_memory_that_is_not_known_or_by_a_clock_that_was_set_back() {
        let all = vec![candidate("aa", 10)];
        assert!(choose(all.clone(), at(10_000), IDLE, None).is_empty());
        assert!(choose(all, at(0), IDLE, None).is_empty());
    }
}
