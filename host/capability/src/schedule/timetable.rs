//! When a job is due: five fields, read by croner, in a time zone of the database that is
//! compiled in. Pure functions of texts and times.
//!
//! croner walks the calendar alone. What a change of the clocks does to a time is decided
//! here:
//! - a pattern of some hours follows the clock on the wall: a time that is left out is due
//!   right after the change, one that comes twice is due the first time;
//! - a pattern of every hour (`*/15 * * * *`) goes on in elapsed time: what is left out is no
//!   time at all, and what comes twice is two times.

use std::fmt;
use std::time::{Duration, SystemTime};

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use goatkit_package::nearest;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use crate::json_schema::shortened;

/// Bytes of a pattern. Every minute of an hour, one by one, fits.
pub const MAX_CRON_BYTES: usize = 256;

/// Bytes of a time zone's name, and of a wrong field in an error.
const MAX_SHOWN_BYTES: usize = 64;

/// Days of which the distances are looked at: more than twice the four years in which most of
/// the calendar comes again. What is rarer is due less than once in a year.
const GAP_YEARS: i16 = 12;

/// Changes of the clocks that a search may cross. With two in a year, 29 February on a given
/// weekday is found across a century that skips one.
const MAX_CHANGES: usize = 128;

/// Times of a pattern within one change of the clocks. A day has as many minutes.
const MAX_REPEATED: usize = 1440;

const MINUTES_PER_DAY: i64 = 24 * 60;

/// The fields, with what may stand in each.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of month", "1 to 31 or `L` for the last"),
    ("month", "1 to 12 or JAN to DEC"),
    ("day of week", "0 to 7 or SUN to SAT"),
];

/// Why a text is no timetable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TimetableError(String);

/// When a job is due.
#[derive(Clone)]
pub struct Timetable {
    cron: Cron,
    zone: TimeZone,
    /// It has times in every hour of the day.
    hourly: bool,
    gap: Duration,
}

impl fmt::Debug for Timetable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.zone.iana_name().unwrap_or_default();
        write!(f, "{:?} in {zone}", self.cron.pattern.to_string())
    }
}

impl Timetable {
    /// Reads five fields and an IANA name.
    ///
    /// # Errors
    /// [`TimetableError`] says which field is wrong, that it is never due, or which time zone
    /// is nearest.
    pub fn parse(cron: &str, zone: &str) -> Result<Self, TimetableError> {
        let zone = time_zone(zone)?;
        let fields = fields(cron)?;
        let [_, _, day, month, weekday] = fields;
        let read = parser().parse(&fields.join(" "));
        let read = read.map_err(|_| wrong_field(&fields))?;
        let days = parser().parse(&format!("0 0 {day} {month} {weekday}"));
        let days = days.map_err(|_| wrong_field(&fields))?;
        let (hours, minutes) = times(&read);
        let never = || {
            TimetableError(format!(
                "`{}` is never due: no year has such a day; write one that there is, as in \
                 `0 0 28 2 *`",
                fields.join(" ")
            ))
        };
        if !is_ever(&days) {
            return Err(never());
        }
        let gap = smallest_gap(&minutes, &days).ok_or_else(never)?;
        Ok(Self {
            hourly: hours == 24,
            cron: read,
            zone,
            gap,
        })
    }

    /// The least time between two dues, by the clock on the wall. A change of the clocks may
    /// bring two nearer to each other by as much as it moves them.
    pub fn smallest_gap(&self) -> Duration {
        self.gap
    }

    /// The first due after a time; nothing when the calendar ends before.
    pub fn next_after(&self, time: SystemTime) -> Option<SystemTime> {
        let time = Timestamp::try_from(time).ok()?;
        // Dues are whole minutes.
        let time = Timestamp::from_second(time.as_second()).ok()?;
        let next = match self.hourly {
            true => self.elapsed_after(time),
            false => self.wall_after(time),
        };
        next.map(SystemTime::from)
    }

    /// The last due up to `now`, when `due` is one that has passed.
    pub fn latest(&self, due: SystemTime, now: SystemTime) -> SystemTime {
        const HOUR: u64 = 3600;
        const DAY: u64 = 24 * HOUR;
        // Looks back as little as will do, so that it never walks along many dues.
        for back in [HOUR, DAY, 8 * DAY, 40 * DAY, 400 * DAY] {
            let from = now.checked_sub(Duration::from_secs(back));
            let Some(from) = from.filter(|from| *from > due) else {
                break;
            };
            if let Some(latest) = self.last_within(from, now) {
                return latest;
            }
        }
        self.last_within(due, now).unwrap_or(due)
    }

    fn last_within(&self, from: SystemTime, now: SystemTime) -> Option<SystemTime> {
        let dues = std::iter::successors(self.next_after(from), |due| self.next_after(*due));
        dues.take_while(|due| *due <= now).last()
    }

    /// By the clock on the wall. What [`Self::resolved`] makes of local times keeps their
    /// order, so the first local time that comes to lie after `time` is the one.
    fn wall_after(&self, time: Timestamp) -> Option<Timestamp> {
        let mut local = self.zone.to_datetime(time);
        for _ in 0..MAX_REPEATED {
            local = self.civil(local, false)?;
            let due = self.resolved(local)?;
            if due > time {
                return Some(due);
            }
        }
        None
    }

    /// When a local time is due: once, and after the change if a change leaves it out.
    fn resolved(&self, local: DateTime) -> Option<Timestamp> {
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset }
            | AmbiguousOffset::Fold { before: offset, .. } => offset.to_timestamp(local).ok(),
            AmbiguousOffset::Gap { after, .. } => {
                let before_the_change = after.to_timestamp(local).ok()?;
                let change = self.zone.following(before_the_change).next()?;
                Some(change.timestamp())
            }
        }
    }

    /// In elapsed time: from one change of the clocks to the next, in each by its own offset.
    fn elapsed_after(&self, time: Timestamp) -> Option<Timestamp> {
        let (mut from, mut inclusive) = (time, false);
        for _ in 0..MAX_CHANGES {
            let offset = self.zone.to_offset(from);
            let change = self.zone.following(from).next();
            let due = self.civil(offset.to_datetime(from), inclusive);
            let due = due.and_then(|local| offset.to_timestamp(local).ok())?;
            match change {
                Some(change) if due >= change.timestamp() => {
                    (from, inclusive) = (change.timestamp(), true);
                }
                _ => return Some(due),
            }
        }
        None
    }

    fn civil(&self, after: DateTime, inclusive: bool) -> Option<DateTime> {
        self.cron.find_next_occurrence(&after, inclusive).ok()
    }
}

/// The time zone of an IANA name.
///
/// # Errors
/// [`TimetableError`] with the nearest name.
pub fn time_zone(name: &str) -> Result<TimeZone, TimetableError> {
    let database = TimeZoneDatabase::bundled();
    let known = || database.get(name).ok();
    let zone = (name.len() <= MAX_SHOWN_BYTES).then(known).flatten();
    // `Etc/Unknown` is known and is no zone.
    if let Some(zone) = zone.filter(|zone| zone.iana_name().is_some()) {
        return Ok(zone);
    }
    let name = shortened(name, MAX_SHOWN_BYTES);
    let names: Vec<String> = database.available().map(|it| it.to_string()).collect();
    let hint = match nearest(&name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write an IANA name, as in `Europe/Vienna`".to_owned(),
    };
    Err(TimetableError(format!(
        "there is no time zone `{name}`; {hint}"
    )))
}

fn parser() -> CronParser {
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build()
}

/// The five fields of a pattern, of characters that have a meaning here.
fn fields(cron: &str) -> Result<[&str; 5], TimetableError> {
    let hint = "write five fields: minute, hour, day of month, month, day of week, as in \
                `30 7 * * 1` for Mondays at 7:30";
    if cron.len() > MAX_CRON_BYTES {
        return Err(TimetableError(format!(
            "the cron pattern has {} bytes, and {MAX_CRON_BYTES} are allowed; {hint}",
            cron.len()
        )));
    }
    let shown = cron.escape_debug();
    let fields: Vec<&str> = cron.split_ascii_whitespace().collect();
    let count = fields.len();
    let Ok(fields) = <[&str; 5]>::try_from(fields) else {
        let fields = if count == 1 { "field" } else { "fields" };
        return Err(TimetableError(format!(
            "`{shown}` has {count} {fields}; {hint}"
        )));
    };
    match fields.iter().all(|field| is_plain(field)) {
        true => Ok(fields),
        false => Err(wrong_field(&fields)),
    }
}

/// What croner reads beyond this is no part of the contract.
fn is_plain(field: &str) -> bool {
    let means = |c: char| c.is_ascii_alphanumeric() || "*,-/#".contains(c);
    field.chars().all(means) && field.split(',').all(|part| !part.is_empty())
}

/// Names the field that cannot be read.
fn wrong_field(fields: &[&str; 5]) -> TimetableError {
    let reads = |at: usize, field: &str| {
        let mut alone = ["*"; 5];
        if let Some(place) = alone.get_mut(at) {
            *place = field;
        }
        is_plain(field) && parser().parse(&alone.join(" ")).is_ok()
    };
    let mut all = fields.iter().zip(FIELDS).enumerate();
    let wrong = all.find(|(at, (field, _))| !reads(*at, field));
    let all = fields.join(" ");
    TimetableError(match wrong {
        Some((_, (field, (name, range)))) => format!(
            "`{}` is no {name}, in `{}`; write {range}, `*`, or lists, ranges and steps such as \
             `1,2`, `1-5` and `*/5`",
            shortened(&field.escape_debug().to_string(), MAX_SHOWN_BYTES),
            all.escape_debug()
        ),
        None => format!("`{}` is no cron pattern", all.escape_debug()),
    })
}

/// How many hours of the day it names, and the minutes of the day at which it is due.
fn times(cron: &Cron) -> (usize, Vec<i64>) {
    let pattern = &cron.pattern;
    let hours: Vec<u32> = (0..24)
        .filter(|hour| pattern.hour_match(*hour).unwrap_or(false))
        .collect();
    let minutes: Vec<u32> = (0..60)
        .filter(|minute| pattern.minute_match(*minute).unwrap_or(false))
        .collect();
    let each = |hour: &u32| {
        let hour = *hour;
        minutes
            .iter()
            .map(move |minute| i64::from(hour * 60 + minute))
    };
    (hours.len(), hours.iter().flat_map(each).collect())
}

/// Whether a pattern of days is ever due. The calendar comes again after 400 years, and croner
/// looks no further than the year 5000: so a search that starts here is short, and tells.
fn is_ever(days: &Cron) -> bool {
    days.find_next_occurrence(&midnight(4600), true).is_ok()
}

/// The least distance of two times, within one day or from one day to another.
fn smallest_gap(minutes: &[i64], days: &Cron) -> Option<Duration> {
    let (first, last) = (*minutes.first()?, *minutes.last()?);
    let within = minutes.iter().zip(minutes.iter().skip(1));
    let within = within.map(|(one, next)| next - one).min();
    let across = days_apart(days) * MINUTES_PER_DAY - (last - first);
    let least = within.map_or(across, |within| within.min(across));
    Some(Duration::from_secs(60 * u64::try_from(least).ok()?))
}

/// The least distance in days of two days that a pattern names.
fn days_apart(days: &Cron) -> i64 {
    let (begin, end) = (midnight(2000), midnight(2000 + GAP_YEARS));
    let next = |day: &DateTime| days.find_next_occurrence(day, false).ok();
    let all = std::iter::successors(next(&begin), next).take_while(|day| *day < end);
    let mut least = i64::from(GAP_YEARS) * 365;
    let mut last: Option<DateTime> = None;
    for day in all {
        if let Some(last) = last {
            let apart = day.since(last).map_or(1, |span| span.get_days());
            least = least.min(i64::from(apart));
        }
        if least <= 1 {
            break;
        }
        last = Some(day);
    }
    least
}

/// The first of January.
fn midnight(year: i16) -> DateTime {
    let year = year.clamp(0, 9999);
    let first = DateTime::new(year, 1, 1, 0, 0, 0, 0);
    first.unwrap_or(DateTime::ZERO)
}

#[cfg(test)]
mod tests;
