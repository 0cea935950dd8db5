//! The last lines of every plugin, in a bounded ring each: read by whoever asks what a plugin
//! said, and followed by whoever wants to hear what it says next.
//!
//! A plugin that writes never waits: it puts its line into its ring and wakes those who follow,
//! who take from the ring what they have not had. So nobody who follows misses a line, unless he
//! is a whole ring behind; the numbers of lines show that.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;

use super::{Level, LogLine, LogSink};
use crate::{Clock, SystemClock, timestamp};

/// Lines that a plugin's ring keeps: enough to see what happened before a failure, and more than
/// a plugin may write in two seconds, so that whoever follows has that long to come.
const LINES_PER_PLUGIN: usize = 500;

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogRecord {
    /// One more for each line of the plugin; begins anew with the host.
    pub number: u64,
    /// When, as RFC 3339.
    pub at: String,
    /// The plugin that wrote it.
    pub plugin: PluginName,
    /// How important it is.
    pub level: Level,
    /// The text.
    pub message: String,
    /// Names with JSON values.
    pub fields: BTreeMap<String, Value>,
    /// The session's identifier; none while the plugin registers.
    pub request_id: Option<String>,
}

/// The last lines of every plugin. Each has a ring of its own, so that a noisy plugin
/// never evicts another's lines.
pub struct Ring {
    clock: Arc<dyn Clock>,
    lines: Mutex<BTreeMap<PluginName, Lines>>,
    /// Told after each line.
    told: Notify,
}

/// The lines of one plugin.
#[derive(Default)]
struct Lines {
    /// The number of the next one. It goes on where lines were forgotten, or who follows would
    /// wait for numbers that have been.
    next: u64,
    kept: VecDeque<Kept>,
}

struct Kept {
    number: u64,
    at: std::time::SystemTime,
    line: LogLine,
}

impl Ring {
    /// An empty one, whose lines have their time from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            lines: Mutex::default(),
            told: Notify::new(),
        }
    }

    /// The lines that `plugin` wrote last, oldest first.
    pub fn of(&self, plugin: &PluginName) -> Vec<LogLine> {
        let rings = self.locked();
        let kept = rings.get(plugin).into_iter().flat_map(|it| &it.kept);
        kept.map(|kept| kept.line.clone()).collect()
    }

    /// The last lines of a plugin as they are shown, `most` of them, oldest first.
    pub fn last(&self, plugin: &PluginName, most: usize) -> Vec<LogRecord> {
        let rings = self.locked();
        rings.get(plugin).map_or_else(Vec::new, |it| it.last(most))
    }

    /// The last lines of a plugin, and all that it writes from now on: nothing is missed between.
    pub fn follow(
        self: &Arc<Self>,
        plugin: &PluginName,
        most: usize,
    ) -> (Vec<LogRecord>, Following) {
        let rings = self.locked();
        let (last, next) = match rings.get(plugin) {
            Some(lines) => (lines.last(most), lines.next),
            None => (Vec::new(), 0),
        };
        let following = Following {
            ring: Arc::clone(self),
            plugin: plugin.clone(),
            next,
        };
        (last, following)
    }

    /// How many lines of a plugin are kept.
    pub fn count(&self, plugin: &PluginName) -> usize {
        self.locked().get(plugin).map_or(0, |it| it.kept.len())
    }

    /// Drops the lines of a plugin that is gone.
    pub fn forget(&self, plugin: &PluginName) {
        if let Some(lines) = self.locked().get_mut(plugin) {
            lines.kept = VecDeque::new();
        }
    }

    fn since(&self, plugin: &PluginName, number: u64) -> Vec<LogRecord> {
        let rings = self.locked();
        let kept = rings.get(plugin).into_iter().flat_map(|it| &it.kept);
        let new = kept.skip_while(|kept| kept.number < number);
        new.map(Kept::shown).collect()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<PluginName, Lines>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn last(&self, most: usize) -> Vec<LogRecord> {
        let before = self.kept.len().saturating_sub(most);
        self.kept.iter().skip(before).map(Kept::shown).collect()
    }
}

impl Kept {
    fn shown(&self) -> LogRecord {
        let LogLine {
            plugin,
            level,
            message,
            fields,
            request_id,
        } = self.line.clone();
        // What is no JSON is shown as the text that it is.
        let value = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        let fields = fields.into_iter();
        LogRecord {
            number: self.number,
            at: timestamp::text(self.at),
            plugin,
            level,
            message,
            fields: fields.map(|(name, text)| (name, value(text))).collect(),
            request_id,
        }
    }
}

impl Default for Ring {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}

impl LogSink for Ring {
    fn write(&self, line: &LogLine) {
        let at = self.clock.now();
        let mut rings = self.locked();
        let lines = rings.entry(line.plugin.clone()).or_default();
        if lines.kept.len() == LINES_PER_PLUGIN {
            lines.kept.pop_front();
        }
        lines.kept.push_back(Kept {
            number: lines.next,
            at,
            line: line.clone(),
        });
        lines.next += 1;
        drop(rings);
        self.told.notify_waiters();
    }
}

/// Follows the lines of one plugin.
pub struct Following {
    ring: Arc<Ring>,
    plugin: PluginName,
    next: u64,
}

impl Following {
    /// What the plugin wrote since the last time, oldest first; waits until there is something.
    /// Who comes too late misses the oldest lines, which the numbers show.
    pub async fn next(&mut self) -> Vec<LogRecord> {
        loop {
            // Before looking, so that a line that is written meanwhile wakes it.
            let told = self.ring.told.notified();
            let new = self.ring.since(&self.plugin, self.next);
            if let Some(last) = new.last() {
                self.next = last.number + 1;
                return new;
            }
            told.await;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::json;

    use super::*;
    use crate::ManualClock;

    fn name(text: &str) -> PluginName {
        PluginName::parse(text).unwrap()
    }

    fn line(plugin: &str, message: &str) -> LogLine {
        LogLine {
            plugin: name(plugin),
            level: Level::Info,
            message: message.to_owned(),
            fields: Vec::new(),
            request_id: None,
        }
    }

    fn messages(records: &[LogRecord]) -> Vec<&str> {
        records.iter().map(|it| it.message.as_str()).collect()
    }

    #[test]
    fn a_noisy_plugin_evicts_only_its_own_lines() {
        let ring = Ring::default();
        ring.write(&line("quiet", "kept"));
        for number in 0..=LINES_PER_PLUGIN {
            ring.write(&line("noisy", &number.to_string()));
        }
        let noisy = ring.of(&name("noisy"));
        assert_eq!(noisy.len(), LINES_PER_PLUGIN);
        assert_eq!(noisy[0].message, "1");
        assert_eq!(ring.count(&name("quiet")), 1);
    }

    #[test]
    fn a_line_is_shown_with_its_number_and_time() {
        let clock = ManualClock::at(UNIX_EPOCH + Duration::from_secs(1));
        let ring = Ring::new(Arc::new(clock));
        for message in ["a", "b", "c"] {
            let fields = vec![
                ("rows".to_owned(), "3".to_owned()),
                ("odd".to_owned(), "{".to_owned()),
            ];
            ring.write(&LogLine {
                fields,
                request_id: Some("r-1".to_owned()),
                ..line("stats", message)
            });
        }
        let last = ring.last(&name("stats"), 2);
        assert_eq!(messages(&last), ["b", "c"]);
        assert_eq!(
            serde_json::to_value(&last[1]).unwrap(),
            json!({
                "number": 2,
                "at": "1970-01-01T00:00:01.000Z",
                "plugin": "stats",
                "level": "info",
                "message": "c",
                "fields": { "odd": "{", "rows": 3 },
                "request_id": "r-1",
            })
        );
        assert!(ring.last(&name("nobody"), 5).is_empty());
    }

    #[tokio::test]
    async fn who_follows_misses_nothing_also_of_what_comes_while_he_is_away() {
        let ring = Arc::new(Ring::default());
        ring.write(&line("stats", "before"));
        let (last, mut following) = ring.follow(&name("stats"), 10);
        assert_eq!(messages(&last), ["before"]);
        ring.write(&line("stats", "one"));
        ring.write(&line("other", "of another"));
        ring.write(&line("stats", "two"));
        assert_eq!(messages(&following.next().await), ["one", "two"]);

        let writer = Arc::clone(&ring);
        let written = tokio::spawn(async move {
            for number in 0..100 {
                writer.write(&line("stats", &number.to_string()));
                tokio::task::yield_now().await;
            }
        });
        let mut heard = Vec::new();
        while heard.len() < 100 {
            heard.extend(following.next().await);
        }
        written.await.unwrap();
        let numbers: Vec<u64> = heard.iter().map(|it| it.number).collect();
        assert_eq!(numbers, (3..103).collect::<Vec<u64>>());
    }

    #[tokio::test]
    async fn who_is_a_ring_behind_sees_by_the_numbers_what_he_missed() {
        let ring = Arc::new(Ring::default());
        let (_, mut following) = ring.follow(&name("stats"), 0);
        for _ in 0..LINES_PER_PLUGIN + 7 {
            ring.write(&line("stats", "x"));
        }
        let heard = following.next().await;
        assert_eq!((heard.len(), heard[0].number), (LINES_PER_PLUGIN, 7));
    }

    #[tokio::test]
    async fn what_is_forgotten_is_gone_and_who_follows_goes_on() {
        let ring = Arc::new(Ring::default());
        ring.write(&line("stats", "before"));
        let (_, mut following) = ring.follow(&name("stats"), 0);
        ring.write(&line("stats", "unread"));
        ring.forget(&name("stats"));
        assert_eq!(ring.count(&name("stats")), 0);
        ring.write(&line("stats", "after"));
        assert_eq!(messages(&following.next().await), ["after"]);
    }
}
