//! The tickets, in memory: a real application has a database.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// A question that somebody asked.
#[derive(Debug, Clone, Serialize)]
pub struct Ticket {
    /// What it is about.
    pub title: &'static str,
    /// Whether nobody has answered yet.
    pub open: bool,
    /// What agents noted, oldest first.
    pub notes: Vec<Note>,
}

/// Something that an agent noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The agent.
    pub by: String,
    /// What.
    pub text: String,
}

/// All tickets by number.
pub struct Tickets(Mutex<BTreeMap<u64, Ticket>>);

impl Tickets {
    /// What came in on a morning.
    pub fn of_a_morning() -> Self {
        let came = [
            ("Printer on fire", true),
            ("New badge for Linus", false),
            ("Coffee machine is out of beans", true),
        ];
        let ticket = |(title, open)| Ticket {
            title,
            open,
            notes: Vec::new(),
        };
        Self(Mutex::new((1..).zip(came.map(ticket)).collect()))
    }

    /// The ticket of a number.
    pub fn get(&self, id: u64) -> Option<Ticket> {
        self.lock().get(&id).cloned()
    }

    /// All of them.
    pub fn all(&self) -> Vec<(u64, Ticket)> {
        let tickets = self.lock();
        tickets.iter().map(|(id, it)| (*id, it.clone())).collect()
    }

    /// Adds a note, and answers how many the ticket has; nothing where there is no ticket.
    pub fn add_note(&self, id: u64, by: &str, text: &str) -> Option<usize> {
        let mut tickets = self.lock();
        let notes = &mut tickets.get_mut(&id)?.notes;
        notes.push(Note {
            by: by.to_owned(),
            text: text.to_owned(),
        });
        Some(notes.len())
    }

    /// How many are open.
    pub fn count_open(&self) -> u32 {
        self.lock().values().filter(|it| it.open).map(|_| 1).sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Ticket>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
