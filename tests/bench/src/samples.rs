//! What was measured of one thing, round by round, and what that says. Pure: whoever measures is in
//! `rounds`.

/// Measurements in the order in which they were made; there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples(Vec<f64>);

/// The middle of measurements, with the smallest and the largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The smallest.
    pub least: f64,
    /// The one in the middle.
    pub median: f64,
    /// The largest.
    pub most: f64,
}

impl Samples {
    /// Measurements, if there are any and each is a number.
    pub fn of(measured: Vec<f64>) -> Option<Self> {
        let sound = !measured.is_empty() && measured.iter().all(|it| it.is_finite());
        sound.then_some(Self(measured))
    }

    /// The middle, the smallest and the largest.
    pub fn spread(&self) -> Spread {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        Spread {
            least: sorted[0],
            median,
            most: sorted[sorted.len() - 1],
        }
    }

    /// How many times another's each measurement is, round by round: what slowed the machine down
    /// slowed both of them.
    pub fn beside(&self, other: &Self) -> Option<Self> {
        let rounds = self.0.iter().zip(&other.0);
        Self::of(rounds.map(|(ours, theirs)| ours / theirs).collect())
    }

    /// The sum of both, round by round.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let rounds = self.0.iter().zip(&other.0);
        Self(rounds.map(|(this, more)| this + more).collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn samples(measured: &[f64]) -> Samples {
        Samples::of(measured.to_vec()).unwrap()
    }

    #[test]
    fn nothing_and_what_is_no_number_says_nothing() {
        for measured in [&[][..], &[f64::NAN], &[1.0, f64::INFINITY]] {
            assert_eq!(Samples::of(measured.to_vec()), None, "{measured:?}");
        }
    }

    #[test]
    fn the_median_is_in_the_middle() {
        for (measured, least, median, most) in [
            (&[3.0][..], 3.0, 3.0, 3.0),
            (&[3.0, 1.0], 1.0, 2.0, 3.0),
            (&[9.0, 1.0, 2.0], 1.0, 2.0, 9.0),
            (&[4.0, 1.0, 3.0, 2.0], 1.0, 2.5, 4.0),
        ] {
            let expect = Spread {
                least,
                median,
                most,
            };
            assert_eq!(samples(measured).spread(), expect);
        }
    }

    #[test]
    fn two_things_are_held_beside_each_other_round_by_round() {
        let (ours, theirs) = (samples(&[2.0, 40.0, 3.0]), samples(&[1.0, 20.0, 2.0]));
        let ratio = ours.beside(&theirs).unwrap().spread();
        // The medians alone, 3 and 2, would say 1.5.
        assert_eq!((ratio.least, ratio.median, ratio.most), (1.5, 2.0, 2.0));
        assert_eq!(ours.beside(&samples(&[0.0])), None);
    }

    #[test]
    fn parts_add_up_round_by_round() {
        let sum = samples(&[1.0, 2.0]).plus(&samples(&[0.5, 1.0]));
        assert_eq!(sum, samples(&[1.5, 3.0]));
    }
}
