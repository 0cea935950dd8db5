//! Where somebody signs in. A session of one place is none at the other: whoever gets hold of
//! what opens the application has not opened what is above all plugins.

use std::time::Duration;

use crate::sessions::{LONGEST, LONGEST_IDLE};

/// A place where people sign in, each with a cookie of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The application's pages.
    Application,
    /// Where administrators work.
    Administration,
}

/// What is true of a place.
struct Facts {
    place: Place,
    word: &'static str,
    cookie: &'static str,
    longest_idle: Duration,
    longest: Duration,
}

/// The places, once.
const PLACES: &[Facts] = &[
    Facts {
        place: Place::Application,
        word: "application",
        cookie: "gk_session",
        longest_idle: LONGEST_IDLE,
        longest: LONGEST,
    },
    // Whoever sits down at an administrator's desk during lunch finds nothing open, and nobody
    // stays for longer than a day's work.
    Facts {
        place: Place::Administration,
        word: "administration",
        cookie: "gk_admin",
        longest_idle: Duration::from_secs(30 * 60),
        longest: Duration::from_secs(12 * 60 * 60),
    },
];

impl Place {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        PLACES.iter().map(|facts| facts.place)
    }

    /// The place of a word that is written down; none of one that this host does not know.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::all().find(|place| place.as_str() == word)
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        self.facts().word
    }

    /// The name of its cookie.
    pub const fn cookie(self) -> &'static str {
        self.facts().cookie
    }

    /// How long a session lives that is not seen.
    pub fn longest_idle(self) -> Duration {
        self.facts().longest_idle
    }

    /// How long a session lives at most.
    pub fn longest(self) -> Duration {
        self.facts().longest
    }

    const fn facts(self) -> &'static Facts {
        match self {
            Self::Application => &PLACES[0],
            Self::Administration => &PLACES[1],
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use goatkit_capability::Clock;

    use super::*;
    use crate::accounts::tests::{PASSWORD, again, people, somebody};

    #[test]
    fn each_place_has_its_own_row_and_no_two_share_anything() {
        for place in Place::all() {
            assert_eq!(place.facts().place, place);
            assert_eq!(Place::parse(place.as_str()), Some(place));
            let others = Place::all().filter(|it| *it != place);
            for other in others {
                assert_ne!(place.as_str(), other.as_str());
                assert_ne!(place.cookie(), other.cookie());
            }
        }
        assert_eq!(Place::parse("elsewhere"), None);
    }

    #[tokio::test]
    async fn a_session_of_one_place_is_none_at_the_other() {
        let (people, clock) = people();
        people.add_user(somebody("jane", &[])).await.unwrap();
        for place in Place::all() {
            let token = people.sign_in_at(place, "jane", PASSWORD, None).await;
            let token = token.unwrap();
            // As it is in memory, and as it is read after a restart.
            for people in [&people, &again(&people.0.platform, &clock)] {
                for other in Place::all() {
                    let there = people.visitor_at(other, token.as_str()).is_some();
                    assert_eq!(there, place == other, "{place:?} {other:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_session_ends_as_its_place_says() {
        for place in Place::all() {
            let (people, clock) = people();
            people.add_user(somebody("jane", &[])).await.unwrap();
            let token = people.sign_in_at(place, "jane", PASSWORD, None).await;
            let token = token.unwrap();
            let end = clock.now() + place.longest();
            while clock.now() + place.longest_idle() / 2 < end {
                clock.advance(place.longest_idle() / 2);
                assert!(people.visitor_at(place, token.as_str()).is_some());
            }
            clock.set(end);
            assert!(people.visitor_at(place, token.as_str()).is_none());

            let token = people.sign_in_at(place, "jane", PASSWORD, None).await;
            let token = token.unwrap();
            clock.advance(place.longest_idle());
            assert!(people.visitor_at(place, token.as_str()).is_none());
        }
    }
}
