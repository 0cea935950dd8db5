//! Who has to wait before he may try a password again. Pure: the time is a parameter.
//!
//! Failures are counted by login, so that one person's password is not guessed from many
//! places, and by address, so that many people's are not guessed from one. An attempt counts
//! before its password is checked, so that trying in parallel is of no use. Nobody is locked
//! out for ever: waiting has an end, and an attempt that was refused does not prolong it.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, SystemTime};

/// How failures by one key are held back.
struct Rule {
    /// Attempts before anybody waits: people mistype.
    free: u32,
    /// The longest wait. The first one is a second, and each further one twice as long.
    longest: Duration,
}

/// A wait that a person sits out, although somebody else makes him wait on purpose. A guesser
/// still gets no more than some fifteen hundred attempts a day.
const OF_LOGIN: Rule = Rule {
    free: 5,
    longest: Duration::from_secs(60),
};

/// Behind one address there may be a whole office.
const OF_ADDRESS: Rule = Rule {
    free: 30,
    longest: Duration::from_secs(15 * 60),
};

/// How long failures are remembered after the last of them.
const MEMORY: Duration = Duration::from_secs(60 * 60);

/// Keys of each kind that are remembered: a flood of made-up logins takes no more memory.
const MOST: usize = 10_000;

/// The login in its hashed form: a made-up one of any length takes as much memory as another.
pub(crate) type LoginKey = [u8; 32];

/// What an attempt is counted by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    login: LoginKey,
    from: Option<IpAddr>,
}

/// The failures that are remembered.
pub(crate) struct Throttle {
    logins: Table<LoginKey>,
    addresses: Table<IpAddr>,
}

impl Throttle {
    pub(crate) fn new() -> Self {
        Self {
            logins: Table::new(OF_LOGIN),
            addresses: Table::new(OF_ADDRESS),
        }
    }

    /// Counts an attempt as a failure until it is known to be none; else how long to wait.
    pub(crate) fn begin(
        &mut self,
        login: &str,
        from: Option<IpAddr>,
        now: SystemTime,
    ) -> Result<Attempt, Duration> {
        let attempt = Attempt {
            login: *blake3::hash(login.as_bytes()).as_bytes(),
            from: from.map(network),
        };
        let by_login = self.logins.wait(&attempt.login, now);
        let by_address = attempt.from.and_then(|it| self.addresses.wait(&it, now));
        if let Some(wait) = by_login.max(by_address) {
            return Err(wait);
        }
        self.logins.count(attempt.login, now);
        if let Some(from) = attempt.from {
            self.addresses.count(from, now);
        }
        Ok(attempt)
    }

    /// The password was right: what was mistyped before is forgotten. The address has this one
    /// back and no more: an account of one's own does not buy attempts at others'.
    pub(crate) fn succeeded(&mut self, attempt: &Attempt) {
        self.logins.forget(&attempt.login);
        if let Some(from) = &attempt.from {
            self.addresses.give_back(from);
        }
    }

    /// Nobody looked at the password.
    pub(crate) fn not_judged(&mut self, attempt: &Attempt) {
        self.logins.give_back(&attempt.login);
        if let Some(from) = &attempt.from {
            self.addresses.give_back(from);
        }
    }
}

/// What belongs to one household or firm: of IPv6 that is the first half.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let half = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(half))
        }
        v4 => v4,
    }
}

/// Failures by one kind of key.
struct Table<K> {
    rule: Rule,
    failures: HashMap<K, Failures>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: SystemTime,
}

impl<K: Hash + Eq + Copy> Table<K> {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            failures: HashMap::new(),
        }
    }

    /// How long an attempt has to wait; nothing if it has not.
    fn wait(&mut self, key: &K, now: SystemTime) -> Option<Duration> {
        let failures = self.failures.get_mut(key)?;
        // If the clock was set back, the wait begins again and is no longer than it was.
        failures.last = failures.last.min(now);
        let since = now.duration_since(failures.last).unwrap_or_default();
        let doubled = failures.count.checked_sub(self.rule.free)?;
        let wait = 1_u64.checked_shl(doubled).map(Duration::from_secs);
        let wait = wait.map_or(self.rule.longest, |wait| wait.min(self.rule.longest));
        wait.checked_sub(since).filter(|left| !left.is_zero())
    }

    fn count(&mut self, key: K, now: SystemTime) {
        if !self.failures.contains_key(&key) && self.failures.len() >= MOST {
            self.make_room(now);
        }
        let fresh = Failures {
            count: 0,
            last: now,
        };
        let failures = self.failures.entry(key).or_insert(fresh);
        if is_forgotten(failures, now) {
            *failures = fresh;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    fn forget(&mut self, key: &K) {
        self.failures.remove(key);
    }

    fn give_back(&mut self, key: &K) {
        if let Some(failures) = self.failures.get_mut(key) {
            failures.count = failures.count.saturating_sub(1);
            if failures.count == 0 {
                self.failures.remove(key);
            }
        }
    }

    /// What is forgotten goes; else who failed least: made-up logins push out one another, and
    /// not the one that is being guessed.
    fn make_room(&mut self, now: SystemTime) {
        self.failures.retain(|_, it| !is_forgotten(it, now));
        if self.failures.len() < MOST {
            return;
        }
        let least = self.failures.iter();
        let least = least.min_by_key(|(_, it)| (it.count, it.last));
        if let Some(key) = least.map(|(key, _)| *key) {
            self.failures.remove(&key);
        }
    }
}

fn is_forgotten(failures: &Failures, now: SystemTime) -> bool {
    now.duration_since(failures.last)
        .is_ok_and(|since| since >= MEMORY)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    /// Fails as often as it may at one moment.
    fn fail(throttle: &mut Throttle, login: &str, from: Option<IpAddr>, now: SystemTime) -> usize {
        (0..1000)
            .take_while(|_| throttle.begin(login, from, now).is_ok())
            .count()
    }

    #[test]
    fn a_login_waits_longer_with_each_failure_and_never_for_ever() {
        let mut throttle = Throttle::new();
        assert_eq!(fail(&mut throttle, "jane", None, at(0)), 5);
        let mut now = at(0);
        for expect in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = throttle.begin("jane", None, now).unwrap_err();
            assert_eq!(wait, Duration::from_secs(expect));
            // Asking again does not prolong it.
            let nearly = now + wait - Duration::from_millis(1);
            throttle.begin("jane", None, nearly).unwrap_err();
            now += wait;
            throttle.begin("jane", None, now).unwrap();
        }
        // Others do not wait.
        throttle.begin("john", None, now).unwrap();
    }

    #[test]
    fn an_address_waits_whatever_login_it_tries() {
        let mut throttle = Throttle::new();
        let from = ip("192.0.2.1");
        for n in 0..30 {
            throttle.begin(&format!("user{n}"), from, at(0)).unwrap();
        }
        let wait = throttle.begin("user30", from, at(0)).unwrap_err();
        assert_eq!(wait, Duration::from_secs(1));
        throttle.begin("user30", ip("192.0.2.2"), at(0)).unwrap();
        let mut now = at(0);
        for _ in 0..20 {
            while let Err(wait) = throttle.begin("someone", from, now) {
                assert!(wait <= OF_ADDRESS.longest);
                now += wait;
            }
        }
    }

    #[test]
    fn an_address_is_a_network() {
        for (one, other, same) in [
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            let network = |text: &str| network(text.parse().unwrap());
            assert_eq!(network(one) == network(other), same, "{one} {other}");
        }
    }

    #[test]
    fn who_signs_in_is_forgiven_and_his_address_is_not() {
        let mut throttle = Throttle::new();
        let from = ip("192.0.2.1");
        for n in 0..29 {
            throttle.begin(&format!("user{n}"), from, at(0)).unwrap();
        }
        for _ in 0..100 {
            let own = throttle.begin("mallory", from, at(0)).unwrap();
            throttle.succeeded(&own);
        }
        throttle.begin("victim", from, at(0)).unwrap();
        throttle.begin("victim", from, at(0)).unwrap_err();

        assert_eq!(fail(&mut throttle, "jane", None, at(0)), 5);
        let right = throttle.begin("jane", None, at(1)).unwrap();
        throttle.succeeded(&right);
        assert_eq!(fail(&mut throttle, "jane", None, at(1)), 5);
    }

    #[test]
    fn what_was_not_judged_does_not_count() {
        let mut throttle = Throttle::new();
        for _ in 0..100 {
            let attempt = throttle.begin("jane", ip("192.0.2.1"), at(0)).unwrap();
            throttle.not_judged(&attempt);
        }
        assert!(throttle.logins.failures.is_empty());
        assert!(throttle.addresses.failures.is_empty());
    }

    #[test]
    fn failures_are_forgotten_after_an_hour() {
        let mut throttle = Throttle::new();
        assert_eq!(fail(&mut throttle, "jane", None, at(0)), 5);
        assert_eq!(fail(&mut throttle, "jane", None, at(3599)), 1);
        assert_eq!(fail(&mut throttle, "jane", None, at(3599 + 3600)), 5);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let mut throttle = Throttle::new();
        assert_eq!(fail(&mut throttle, "jane", None, at(100_000)), 5);
        let wait = throttle.begin("jane", None, at(0)).unwrap_err();
        assert_eq!(wait, Duration::from_secs(1));
        throttle.begin("jane", None, at(1)).unwrap();
    }

    #[test]
    fn a_flood_takes_bounded_memory_and_does_not_wash_a_victim_away() {
        let mut throttle = Throttle::new();
        assert_eq!(fail(&mut throttle, "jane", None, at(0)), 5);
        for n in 0..MOST as u32 + 500 {
            let from = IpAddr::from(n.to_be_bytes());
            throttle
                .begin(&format!("user{n}"), Some(from), at(0))
                .unwrap();
        }
        assert_eq!(throttle.logins.failures.len(), MOST);
        assert_eq!(throttle.addresses.failures.len(), MOST);
        throttle.begin("jane", None, at(0)).unwrap_err();
        // When all of it is forgotten, all of it goes.
        throttle.begin("john", None, at(3600)).unwrap();
        assert_eq!(throttle.logins.failures.len(), 1);
    }
}
