//! Who is signed in: a row for each session, and all of them in memory, because each request
//! asks for one. What is decided here has the time as a parameter.
//!
//! Of a session's token only a hash is kept. A session ends when it was not seen for long, and
//! in the end however often it was seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use goatkit_capability::Actor;
use goatkit_capability::timestamp::{of_seconds, seconds};
use rusqlite::{Connection, Row, params};

use crate::directory::{ADMINISTER, ADMINISTRATOR, Visitor};
use crate::place::Place;
use crate::secret::{Kept, name_of};

/// How long a session of the application lives that is not seen: a working day, so that a browser which was
/// forgotten is closed to whoever finds it the next morning.
pub const LONGEST_IDLE: Duration = Duration::from_secs(12 * 60 * 60);

/// How long a session of the application lives at most: a token that was stolen is of no use for ever.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Sessions of one user: his devices, and not a memory of all that he ever used.
pub(crate) const MOST_OF_USER: usize = 20;

/// Sessions of all users. They are in memory, some hundred bytes each.
const MOST: usize = 100_000;

/// How often it is written down that a session was seen. So much earlier one may end after a
/// restart, and so seldom a request writes.
const NOTED: Duration = Duration::from_secs(5 * 60);

/// What each role may do.
pub(crate) type Permissions = BTreeMap<String, BTreeSet<String>>;

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// The row.
    pub(crate) number: i64,
    pub(crate) id: String,
    pub(crate) login: String,
    pub(crate) kind: String,
    pub(crate) roles: BTreeSet<String>,
}

/// What requests ask.
pub(crate) struct Live {
    sessions: HashMap<Kept, Session>,
    roles: Permissions,
}

struct Session {
    place: Place,
    person: Arc<Person>,
    name: String,
    started: SystemTime,
    seen: SystemTime,
    /// Until when the row knows that it was seen.
    noted: SystemTime,
}

impl Session {
    fn new(
        kept: &Kept,
        place: Place,
        person: Arc<Person>,
        (started, seen): (SystemTime, SystemTime),
    ) -> Self {
        Self {
            place,
            person,
            name: name_of(kept),
            started,
            seen,
            noted: seen,
        }
    }

    fn has_ended(&self, now: SystemTime) -> bool {
        let passed = |since, most| now.duration_since(since).is_ok_and(|it| it >= most);
        passed(self.seen, self.place.longest_idle()) || passed(self.started, self.place.longest())
    }
}

/// A session that was seen.
pub(crate) struct Seen {
    pub(crate) visitor: Visitor,
    /// Whether it is to be noted.
    pub(crate) is_news: bool,
}

impl Live {
    /// Reads what is written down. Those that have ended go.
    pub(crate) fn read(db: &Connection, now: SystemTime) -> rusqlite::Result<Self> {
        prune(db, now)?;
        let mut live = Self {
            sessions: HashMap::new(),
            roles: permissions(db)?,
        };
        let select = format!(
            "SELECT {PERSON}, token, started_at, seen_at, place FROM users
             JOIN sign_ins ON user = number WHERE NOT disabled ORDER BY number"
        );
        let mut statement = db.prepare(&select)?;
        let mut rows = statement.query([])?;
        let mut last: Option<Arc<Person>> = None;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let person = match last.take().filter(|last| last.number == number) {
                Some(person) => person,
                None => Arc::new(person(row)?),
            };
            let kept: Kept = row.get(5)?;
            let times = (of_seconds(row.get(6)?), of_seconds(row.get(7)?));
            // One of a place that this host does not know opens nothing.
            if let Some(place) = Place::parse(&row.get::<_, String>(8)?) {
                let session = Session::new(&kept, place, Arc::clone(&person), times);
                live.sessions.insert(kept, session);
            }
            last = Some(person);
        }
        Ok(live)
    }

    /// The visitor of a session of a place that goes on, which was seen by that.
    pub(crate) fn see(&mut self, place: Place, kept: &Kept, now: SystemTime) -> Option<Seen> {
        let session = self.sessions.get_mut(kept);
        let session = session.filter(|it| it.place == place)?;
        if session.has_ended(now) {
            self.sessions.remove(kept);
            return None;
        }
        session.seen = session.seen.max(now);
        let since = now.duration_since(session.noted).unwrap_or_default();
        let is_news = since >= NOTED;
        if is_news {
            session.noted = now;
        }
        let visitor = Visitor {
            actor: actor(&session.person, &self.roles),
            session: session.name.clone(),
        };
        Some(Seen { visitor, is_news })
    }

    /// Takes a session in that was written down, and lets those go that had to.
    pub(crate) fn start(&mut self, opened: Opened) {
        let Opened {
            kept,
            place,
            person,
            now,
            gone,
        } = opened;
        let session = Session::new(&kept, place, Arc::new(person), (now, now));
        self.sessions.insert(kept, session);
        for kept in &gone {
            self.end(kept);
        }
        self.sessions.retain(|_, session| !session.has_ended(now));
    }

    pub(crate) fn end(&mut self, kept: &Kept) {
        self.sessions.remove(kept);
    }

    pub(crate) fn end_all_of(&mut self, number: i64) {
        self.sessions
            .retain(|_, session| session.person.number != number);
    }

    /// What is known of somebody has changed.
    pub(crate) fn replace(&mut self, person: Person) {
        let person = Arc::new(person);
        let all = self.sessions.values_mut();
        for session in all.filter(|it| it.person.number == person.number) {
            session.person = Arc::clone(&person);
        }
    }

    /// What roles may do has changed.
    pub(crate) fn set_roles(&mut self, roles: Permissions) {
        self.roles = roles;
    }

    /// A role is gone. One of the same name that comes later is another one.
    pub(crate) fn forget_role(&mut self, role: &str) {
        let all = self.sessions.values_mut();
        for session in all.filter(|it| it.person.roles.contains(role)) {
            let mut person = Person::clone(&session.person);
            person.roles.remove(role);
            session.person = Arc::new(person);
        }
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.sessions.len()
    }
}

/// A role that is gone gives nothing.
fn actor(person: &Person, roles: &Permissions) -> Actor {
    let granted = person.roles.iter().filter_map(|role| roles.get(role));
    let mut permissions: BTreeSet<String> = granted.flatten().cloned().collect();
    if person.roles.contains(ADMINISTRATOR) {
        permissions.insert(ADMINISTER.to_owned());
    }
    Actor {
        id: person.id.clone(),
        login: person.login.clone(),
        kind: person.kind.clone(),
        permissions,
    }
}

/// The columns of [`person`], from the table `users`.
pub(crate) const PERSON: &str = "number, id, login, kind,
    (SELECT group_concat(role, ' ') FROM user_roles WHERE user_roles.user = number)";

/// Reads somebody from a row that begins with [`PERSON`].
pub(crate) fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    let roles: Option<String> = row.get(4)?;
    let roles = roles.unwrap_or_default();
    Ok(Person {
        number: row.get(0)?,
        id: row.get(1)?,
        login: row.get(2)?,
        kind: row.get(3)?,
        roles: roles.split_whitespace().map(str::to_owned).collect(),
    })
}

/// What every role may do.
pub(crate) fn permissions(db: &Connection) -> rusqlite::Result<Permissions> {
    let mut statement =
        db.prepare("SELECT name, permission FROM roles LEFT JOIN role_permissions ON role = name")?;
    let mut rows = statement.query([])?;
    let mut all = Permissions::new();
    while let Some(row) = rows.next()? {
        let permission: Option<String> = row.get(1)?;
        all.entry(row.get(0)?).or_default().extend(permission);
    }
    Ok(all)
}

/// A session that was written down.
pub(crate) struct Opened {
    kept: Kept,
    place: Place,
    person: Person,
    now: SystemTime,
    /// Those that had to go for it.
    gone: Vec<Kept>,
}

/// Writes a session down. Whoever has more than he may loses the one not seen for longest, and
/// so does everybody when there are too many of all.
pub(crate) fn open(
    db: &Connection,
    kept: Kept,
    place: Place,
    person: Person,
    now: SystemTime,
) -> rusqlite::Result<Opened> {
    prune(db, now)?;
    let (number, at) = (person.number, seconds(now));
    db.execute(
        "INSERT INTO sign_ins (token, user, started_at, seen_at, place) VALUES (?, ?, ?, ?, ?)",
        params![kept, number, at, at, place.as_str()],
    )?;
    let update = "UPDATE users SET last_sign_in = ? WHERE number = ?";
    db.execute(update, params![at, number])?;
    let mut gone = beyond(db, Some(number), MOST_OF_USER)?;
    gone.extend(beyond(db, None, MOST)?);
    Ok(Opened {
        kept,
        place,
        person,
        now,
        gone,
    })
}

/// Removes what is more than `most` of a user, or of all.
fn beyond(db: &Connection, user: Option<i64>, most: usize) -> rusqlite::Result<Vec<Kept>> {
    let mut delete = db.prepare_cached(
        "DELETE FROM sign_ins WHERE rowid IN (
            SELECT rowid FROM sign_ins WHERE user = coalesce(?1, user)
            ORDER BY seen_at DESC, rowid DESC LIMIT -1 OFFSET ?2
        ) RETURNING token",
    )?;
    let deleted = delete.query_map(params![user, most as i64], |row| row.get(0))?;
    deleted.collect()
}

/// Notes that a session was seen.
pub(crate) fn note(db: &Connection, kept: &Kept, now: SystemTime) -> rusqlite::Result<()> {
    let update = "UPDATE sign_ins SET seen_at = max(seen_at, ?) WHERE token = ?";
    db.execute(update, params![seconds(now), kept]).map(drop)
}

/// Removes those that have ended, whatever memory knows of when they were seen.
fn prune(db: &Connection, now: SystemTime) -> rusqlite::Result<()> {
    let before = |life: Duration| seconds(now) - life.as_secs().cast_signed();
    for place in Place::all() {
        db.execute(
            "DELETE FROM sign_ins WHERE place = ? AND (seen_at <= ? OR started_at <= ?)",
            params![
                place.as_str(),
                before(place.longest_idle() + NOTED),
                before(place.longest())
            ],
        )?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
