//! What of one plugin's denials is written: equal ones are counted, and a flood is told in few
//! lines. A function of denials and the time; the log asks it under its lock.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use goatkit_package::PluginName;

use super::line::AuditLine;

/// How long equal denials are counted instead of written: a plugin that asks again and again
/// says nothing new.
pub(super) const WINDOW: Duration = Duration::from_secs(10);

/// Lines of one plugin within [`PERIOD`]. More than a person can read, and few enough that a
/// flood costs neither the disk nor the other plugins their lines.
pub(super) const MAX_LINES: usize = 20;

/// What [`MAX_LINES`] is for.
const PERIOD: Duration = Duration::from_secs(1);

/// Lines of one plugin within an hour: so that a flood that lasts does not push the other
/// plugins' lines out of the files.
const MAX_LINES_PER_HOUR: usize = 600;

const HOUR: Duration = Duration::from_secs(3600);

/// The denials of one plugin that are not told yet. Each window has begun with a line, so that
/// [`MAX_LINES`] bounds their number as well.
#[derive(Debug, Default)]
pub(super) struct Gate {
    written: Rate,
    /// The one that ends first is in front.
    windows: VecDeque<Window>,
    lost: u64,
}

/// What follows a denial that was written.
#[derive(Debug)]
struct Window {
    opened: SystemTime,
    /// The denials since, equal to the first. None as long as it stands for no times.
    further: AuditLine,
}

impl Gate {
    /// Takes one denial, and gives the lines that are due.
    pub(super) fn note(&mut self, line: AuditLine, now: SystemTime) -> Vec<AuditLine> {
        let mut due = self.ended(now);
        let mut windows = self.windows.iter_mut();
        if let Some(Window { further, .. }) = windows.find(|it| it.further.equals(&line)) {
            let times = further.times + line.times;
            *further = AuditLine { times, ..line };
        } else if self.written.take(now) {
            let further = AuditLine {
                times: 0,
                ..line.clone()
            };
            self.windows.push_back(Window {
                opened: now,
                further,
            });
            due.push(self.with_lost(line));
        } else {
            self.lose(&line);
        }
        due
    }

    /// Everything that is not told yet, whatever the rate: somebody wants to read it.
    pub(super) fn rest(&mut self, plugin: &PluginName, now: SystemTime) -> Vec<AuditLine> {
        let mut rest = Vec::new();
        for Window { further, .. } in &mut self.windows {
            if further.times > 0 {
                rest.push(further.clone());
                further.times = 0;
            }
        }
        self.windows.retain(|it| !is_over(it.opened, WINDOW, now));
        if self.lost > 0 {
            let lost = std::mem::take(&mut self.lost);
            rest.push(AuditLine::lost(plugin.clone(), now, lost));
        }
        rest
    }

    /// Counts what a line told that cannot be written.
    pub(super) fn lose(&mut self, line: &AuditLine) {
        self.lost += line.weight();
    }

    /// Whether it knows nothing that a new one would not.
    pub(super) fn is_idle(&mut self, now: SystemTime) -> bool {
        self.windows.is_empty() && self.lost == 0 && self.written.is_idle(now)
    }

    /// The lines of the windows that are over. Those beyond the rate wait.
    fn ended(&mut self, now: SystemTime) -> Vec<AuditLine> {
        let mut ended = Vec::new();
        let over = |window: &mut Window| is_over(window.opened, WINDOW, now);
        while let Some(window) = self.windows.pop_front_if(over) {
            if window.further.times == 0 {
                continue;
            }
            if !self.written.take(now) {
                self.windows.push_front(window);
                break;
            }
            ended.push(self.with_lost(window.further));
        }
        ended
    }

    fn with_lost(&mut self, line: AuditLine) -> AuditLine {
        let lost = std::mem::take(&mut self.lost);
        AuditLine { lost, ..line }
    }
}

/// When the last lines were written.
#[derive(Debug, Default)]
struct Rate(VecDeque<SystemTime>);

impl Rate {
    /// Whether one more may be written now.
    fn take(&mut self, now: SystemTime) -> bool {
        self.forget(now);
        let lately = self
            .0
            .iter()
            .rev()
            .take_while(|then| !is_over(**then, PERIOD, now));
        let free = lately.count() < MAX_LINES && self.0.len() < MAX_LINES_PER_HOUR;
        if free {
            self.0.push_back(now);
        }
        free
    }

    fn is_idle(&mut self, now: SystemTime) -> bool {
        self.forget(now);
        self.0.is_empty()
    }

    fn forget(&mut self, now: SystemTime) {
        while let Some(_old) = self.0.pop_front_if(|then| is_over(*then, HOUR, now)) {}
    }
}

/// Whether a time has passed since `then`. It has if the clock was set back: else a plugin
/// would be silent until that time comes again.
fn is_over(then: SystemTime, time: Duration, now: SystemTime) -> bool {
    now.duration_since(then).map_or(true, |since| since >= time)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{denial, name, scope, start};
    use super::*;

    /// A gate that is told what happens, in milliseconds: `!` asks for the rest.
    #[derive(Default)]
    struct Story {
        gate: Gate,
        told: Vec<String>,
    }

    impl Story {
        fn happens(&mut self, at: u64, what: &str) {
            let now = start() + Duration::from_millis(at);
            let plugin = name("stats");
            let lines = match what {
                "!" => self.gate.rest(&plugin, now),
                asked => {
                    let line = AuditLine::of(&plugin, &scope("ann"), &denial(asked), now);
                    self.gate.note(line, now)
                }
            };
            let told = lines.iter().map(|line| match line.lost {
                0 => format!("{}×{}", line.asked, line.times),
                lost => format!("{}×{} -{lost}", line.asked, line.times),
            });
            self.told.extend(told);
        }
    }

    #[track_caller]
    fn check(events: &[(u64, &str)], expect: &[&str]) {
        let mut story = Story::default();
        for (at, what) in events {
            story.happens(*at, what);
        }
        assert_eq!(story.told, expect);
    }

    #[test]
    fn equal_denials_within_a_window_are_counted() {
        check(&[(0, "a"), (1, "b"), (2, "c")], &["a×1", "b×1", "c×1"]);
        check(&[(0, "a"), (9_999, "a"), (9_999, "a")], &["a×1"]);
        check(&[(0, "a"), (10_000, "a")], &["a×1", "a×1"]);
        check(
            &[(0, "a"), (1, "a"), (2, "a"), (10_000, "a"), (10_001, "a")],
            &["a×1", "a×2", "a×1"],
        );
        check(
            &[(0, "a"), (1, "b"), (2, "b"), (3, "a"), (10_001, "c")],
            &["a×1", "b×1", "a×1", "b×1", "c×1"],
        );
    }

    #[test]
    fn the_rest_is_told_once_and_the_window_goes_on() {
        check(&[(0, "!")], &[]);
        check(&[(0, "a"), (1, "!")], &["a×1"]);
        check(
            &[(0, "a"), (1, "a"), (2, "!"), (3, "!"), (4, "a"), (5, "!")],
            &["a×1", "a×1", "a×1"],
        );
        check(
            &[(0, "a"), (1, "a"), (10_000, "!"), (10_000, "a")],
            &["a×1", "a×1", "a×1"],
        );
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nobody() {
        check(&[(90_000, "a"), (0, "a")], &["a×1", "a×1"]);
        let mut story = Story::default();
        for number in 0..=MAX_LINES {
            story.happens(90_000, &number.to_string());
        }
        story.happens(0, "a");
        assert_eq!(story.told.last().unwrap(), "a×1 -1");
    }

    #[test]
    fn a_flood_is_told_in_few_lines_and_counted() {
        let mut story = Story::default();
        for number in 0..1000 {
            story.happens(0, &number.to_string());
        }
        assert_eq!(story.told.len(), MAX_LINES);
        story.happens(999, "late");
        assert_eq!(story.told.len(), MAX_LINES);
        story.happens(1_000, "next");
        assert_eq!(story.told.last().unwrap(), "next×1 -981");
        story.happens(1_001, "further");
        assert_eq!(story.told.last().unwrap(), "further×1");
    }

    #[test]
    fn a_flood_that_ends_is_told_with_the_rest() {
        let mut story = Story::default();
        for number in 0..MAX_LINES + 5 {
            story.happens(0, &number.to_string());
        }
        story.happens(0, "!");
        assert_eq!(story.told.len(), MAX_LINES + 1);
        assert_eq!(story.told.last().unwrap(), "×0 -5");
    }

    #[test]
    fn counts_keep_to_the_rate_as_well() {
        let mut story = Story::default();
        for number in 0..MAX_LINES {
            story.happens(0, &number.to_string());
            story.happens(1, &number.to_string());
        }
        story.told.clear();
        // The counts come first and use the second up: what is new is lost.
        story.happens(10_000, "new");
        assert_eq!(story.told.len(), MAX_LINES);
        assert!(story.told.iter().all(|told| told.ends_with("×1")));
        story.happens(11_000, "new");
        assert_eq!(story.told.last().unwrap(), "new×1 -1");
    }

    #[test]
    fn a_long_flood_stays_within_its_bounds_and_loses_no_count() {
        let mut story = Story::default();
        let mut times = VecDeque::new();
        for at in 0..60_000 {
            let before = story.told.len();
            // Some ask what was asked before, some never.
            story.happens(at, &(at * at % 5_000).to_string());
            times.extend((before..story.told.len()).map(|_| at));
            while times.front().is_some_and(|then| then + 1_000 <= at) {
                times.pop_front();
            }
            assert!(times.len() <= MAX_LINES);
            assert!(story.gate.windows.len() <= 11 * MAX_LINES);
        }
        story.happens(60_000, "!");
        let count = |told: &String| -> u64 {
            let (_, counts) = told.split_once('×').unwrap();
            let numbers = counts.split(" -").map(|it| it.parse::<u64>().unwrap());
            numbers.sum()
        };
        assert_eq!(story.told.iter().map(count).sum::<u64>(), 60_000);
    }

    #[test]
    fn a_gate_is_idle_when_all_is_told_and_over() {
        let mut story = Story::default();
        story.happens(0, "a");
        // It remembers what was written for an hour.
        for (at, expect) in [
            (0, false),
            (10_000, false),
            (3_599_999, false),
            (3_600_000, true),
        ] {
            story.happens(at, "!");
            let now = start() + Duration::from_millis(at);
            assert_eq!(story.gate.is_idle(now), expect, "{at}");
        }
    }
}
