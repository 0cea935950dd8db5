//! Measures several things in turns: whatever else the machine does while one is measured, it does
//! to the others as well.

use std::time::Duration;

use crate::Result;
use crate::samples::Samples;

/// How often, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Measurements of each thing.
    pub rounds: usize,
    /// How long one of them takes, about.
    pub time: Duration,
}

/// Something that can be done again and again.
pub struct Subject<'a> {
    /// What it is called in errors.
    pub name: &'a str,
    /// Does it so many times, and says how long that took.
    pub run: Box<dyn FnMut(u64) -> Result<Duration> + 'a>,
}

impl<'a> Subject<'a> {
    /// A thing of a name.
    pub fn new(name: &'a str, run: impl FnMut(u64) -> Result<Duration> + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }

    fn measured(&mut self, times: u64) -> Result<Duration> {
        (self.run)(times).map_err(|error| format!("{}: {error}", self.name).into())
    }

    /// How many times fit into `time`; found by doing it, which warms it up as well.
    fn times_within(&mut self, time: Duration) -> Result<u64> {
        // The very first time may load what all others find there, and says nothing of them.
        self.measured(1)?;
        let mut times = 1;
        loop {
            let took = self.measured(times)?;
            match more(times, took, time) {
                Some(next) => times = next,
                None => return Ok(times),
            }
        }
    }
}

/// Nanoseconds of one time of each thing, in the things' order: one measurement in each round.
///
/// # Errors
/// What a thing says that cannot be done.
pub fn measure(plan: Plan, subjects: &mut [Subject<'_>]) -> Result<Vec<Samples>> {
    let mut times = Vec::new();
    for subject in &mut *subjects {
        times.push(subject.times_within(plan.time)?);
    }
    let mut measured = vec![Vec::new(); subjects.len()];
    for round in 0..plan.rounds.max(1) {
        for place in turns(round, subjects.len()) {
            let took = subjects[place].measured(times[place])?;
            let each = took.as_secs_f64() * 1e9 / times[place] as f64;
            measured[place].push(each);
        }
    }
    let sound = |measured| Samples::of(measured).ok_or_else(|| "nothing was measured".into());
    measured.into_iter().map(sound).collect()
}

/// Who is measured after whom: everybody comes first in some round, and follows everybody.
fn turns(round: usize, subjects: usize) -> impl Iterator<Item = usize> {
    let backwards = (round / subjects.max(1)) % 2 == 1;
    (0..subjects).map(move |turn| {
        let turn = if backwards { subjects - 1 - turn } else { turn };
        (round + turn) % subjects
    })
}

/// How many times to try next, if `times` took too short a time to be told from noise.
fn more(times: u64, took: Duration, wanted: Duration) -> Option<u64> {
    // Three quarters are near enough: one more try could only come as near.
    if took >= wanted * 3 / 4 || times >= 1 << 40 {
        return None;
    }
    let ratio = wanted.as_secs_f64() / took.as_secs_f64().max(1e-9);
    // A first try is slow; from it, ten times more are enough to know better.
    let next = times as f64 * ratio.clamp(1.1, 10.0);
    Some((next as u64).max(times + 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const PLAN: Plan = Plan {
        rounds: 4,
        time: Duration::from_millis(1),
    };

    #[test]
    fn everything_is_measured_in_turns() {
        let order = RefCell::new(Vec::new());
        let subject = |name: &'static str, nanoseconds: u64| {
            let order = &order;
            Subject::new(name, move |times| {
                order.borrow_mut().push(name);
                Ok(Duration::from_nanos(nanoseconds * times))
            })
        };
        let mut subjects = [subject("a", 1_000), subject("b", 500)];
        let measured = measure(PLAN, &mut subjects).unwrap();
        let medians: Vec<f64> = measured.iter().map(|it| it.spread().median).collect();
        assert_eq!(medians, [1_000.0, 500.0]);
        drop(subjects);
        let order = order.into_inner();
        let rounds = &order[order.len() - 8..];
        assert_eq!(rounds, ["a", "b", "b", "a", "b", "a", "a", "b"]);
    }

    #[test]
    fn what_fails_is_named() {
        let mut subjects = [Subject::new("b", |_| Err("no".into()))];
        let error = measure(PLAN, &mut subjects).unwrap_err();
        assert_eq!(error.to_string(), "b: no");
    }

    #[test]
    fn it_is_done_until_it_takes_long_enough() {
        let millisecond = Duration::from_millis(1);
        for (times, took, expect) in [
            (1, Duration::ZERO, Some(10)),
            (1, millisecond / 100, Some(10)),
            (10, millisecond / 2, Some(20)),
            (10, millisecond * 3 / 4, None),
            (10, millisecond * 5, None),
        ] {
            assert_eq!(more(times, took, millisecond), expect, "{times} {took:?}");
        }
    }
}
