//! When tickets came: a growing help desk, busy days and quiet weekends, office hours, a few
//! outages.

use super::moment::{DAY, HOUR, MINUTE};
use super::random::Random;

/// How many tickets there are.
pub(super) const TICKETS: i64 = 5_000;

/// How many days before today the first one came.
pub(super) const DAYS: i64 = 729;

/// Today has only begun: these came in its first hour, by night.
const TODAY: i64 = 4;

/// How busy a day is, by days before today. The week moves along with today, which counts
/// as a Thursday, so that figures are the same on every day.
const WEEK: &[i64] = &[100, 112, 120, 135, 18, 24, 88];

/// How busy an hour is.
const HOURS: &[i64] = &[
    1, 1, 1, 1, 1, 1, 2, 6, 12, 14, 13, 11, 7, 10, 11, 9, 7, 4, 2, 2, 1, 1, 1, 1,
];

/// Days before today on which something broke for everybody.
const OUTAGES: &[i64] = &[19, 44, 171, 402, 588];

/// The seconds after the beginning of today at which tickets came, the first one first. All
/// but a few are negative.
pub(super) fn arrivals(random: &mut Random) -> Vec<i64> {
    let days: Vec<i64> = (1..=DAYS).rev().collect();
    let weights: Vec<i64> = days.iter().map(|day| busyness(*day, random)).collect();
    let whole: i64 = weights.iter().sum();
    let earlier = TICKETS - TODAY;
    let (mut arrivals, mut weight, mut given) = (Vec::new(), 0, 0);
    for (day, busyness) in days.iter().zip(&weights) {
        weight += busyness;
        // Rounded on the way, so that the last day ends with the number wanted.
        let until = weight * earlier / whole;
        arrivals.extend((given..until).map(|_| time_of_day(random) - day * DAY));
        given = until;
    }
    arrivals.extend((0..TODAY).map(|_| random.below(HOUR)));
    arrivals.sort_unstable();
    arrivals
}

fn busyness(day: i64, random: &mut Random) -> i64 {
    let weekday = WEEK[usize::try_from(day).unwrap_or_default() % WEEK.len()];
    let growth = 60 + 80 * (DAYS - day) / DAYS;
    let outage = if OUTAGES.contains(&day) { 3 } else { 1 };
    weekday * growth * outage * random.between(80, 120)
}

fn time_of_day(random: &mut Random) -> i64 {
    let hour = random.weighted(HOURS) as i64;
    hour * HOUR + random.below(60) * MINUTE + random.below(MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_tickets_and_the_number_is_right() {
        let arrivals = arrivals(&mut Random::seeded(1));
        assert_eq!(arrivals.len() as i64, TICKETS);
        assert!(arrivals.is_sorted());
        let on = |day: i64| {
            let of_day = |at: &&i64| at.div_euclid(DAY) == -day;
            arrivals.iter().filter(of_day).count()
        };
        assert_eq!(on(0) as i64, TODAY);
        assert!(arrivals.iter().all(|at| *at < HOUR && *at >= -DAYS * DAY));
        let half = DAYS / 2;
        let sum = |days: std::ops::RangeInclusive<i64>| days.map(on).sum::<usize>();
        assert!(sum(1..=half) > sum(half + 1..=DAYS), "it grows");
        assert!(on(3) > 3 * on(4), "a Monday is busier than a Sunday");
        assert!((1..=7).all(|day| on(day) > 0));
    }
}
