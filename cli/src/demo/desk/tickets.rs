//! The help desk's tickets, as the demo's own pages read and write them: the same database of
//! which plugins are granted tables.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use goatkit_host::Actor;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

/// Tickets of a list.
const SHOWN: i64 = 25;

/// How long a write waits for plugins that write.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sender and channel of what an agent notes, as the help desk numbers them.
const AGENT: i64 = 1;
const INTERNAL: i64 = 3;

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::demo) struct Ticket {
    id: i64,
    number: String,
    title: String,
    state: String,
    queue: String,
}

/// Something that was noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::demo) struct Note {
    from: String,
    at: String,
    text: String,
}

const TICKETS: &str = "SELECT t.id, t.tn, coalesce(t.title, ''), s.name, q.name FROM ticket t \
     JOIN ticket_state s ON s.id = t.ticket_state_id JOIN queue q ON q.id = t.queue_id";

/// The database, by its file.
#[derive(Clone)]
pub(in crate::demo) struct Tickets(Arc<PathBuf>);

impl Tickets {
    pub(in crate::demo) fn of(path: PathBuf) -> Self {
        Self(Arc::new(path))
    }

    /// The customer who has asked most.
    pub(in crate::demo) async fn a_customer(&self) -> Result<String> {
        self.with(|db| {
            let select = "SELECT customer_user_id FROM ticket WHERE customer_user_id IS NOT NULL \
                 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1";
            db.query_row(select, [], |row| row.get(0))
        })
        .await
    }

    /// The newest tickets; of a customer's own, if one is named.
    pub(super) async fn newest(&self, customer: Option<&str>) -> Result<Vec<Ticket>> {
        let customer = customer.map(str::to_owned);
        self.with(move |db| {
            let select = format!(
                "{TICKETS} WHERE ?1 IS NULL OR t.customer_user_id = ?1 ORDER BY t.id DESC LIMIT ?2"
            );
            let mut select = db.prepare(&select)?;
            let rows = select.query_map(params![customer, SHOWN], read)?;
            rows.collect()
        })
        .await
    }

    /// A ticket with its notes, the newest first; of a customer's own, if one is named, and then
    /// those that are for him.
    pub(super) async fn ticket(
        &self,
        id: i64,
        customer: Option<&str>,
    ) -> Result<Option<(Ticket, Vec<Note>)>> {
        let customer = customer.map(str::to_owned);
        self.with(move |db| {
            let select =
                format!("{TICKETS} WHERE t.id = ?1 AND (?2 IS NULL OR t.customer_user_id = ?2)");
            let found = db.query_row(&select, params![id, customer], read);
            let Some(ticket) = found.optional()? else {
                return Ok(None);
            };
            let mut select = db.prepare(
                "SELECT coalesce(m.a_from, ''), a.create_time, coalesce(m.a_body, '') \
                 FROM article a JOIN article_data_mime m ON m.article_id = a.id \
                 WHERE a.ticket_id = ?1 AND (?2 IS NULL OR a.is_visible_for_customer = 1) \
                 ORDER BY a.id DESC",
            )?;
            let note = |row: &rusqlite::Row<'_>| {
                Ok(Note {
                    from: row.get(0)?,
                    at: row.get(1)?,
                    text: row.get(2)?,
                })
            };
            let notes = select.query_map(params![id, customer], note)?;
            Ok(Some((ticket, notes.collect::<rusqlite::Result<_>>()?)))
        })
        .await
    }

    /// Adds what an agent noted, and answers its number; nothing where there is no such ticket.
    pub(super) async fn add_note(
        &self,
        ticket: i64,
        by: &Actor,
        text: &str,
    ) -> Result<Option<i64>> {
        let (by, from, text) = (by.id.clone(), by.login.clone(), text.to_owned());
        self.with(move |db| {
            let by: i64 = by.parse().unwrap_or(1);
            let all = db.unchecked_transaction()?;
            let there = "SELECT 1 FROM ticket WHERE id = ?";
            let there = all.query_row(there, [ticket], |_| Ok(()));
            if there.optional()?.is_none() {
                return Ok(None);
            }
            all.execute(
                "INSERT INTO article (ticket_id, article_sender_type_id, \
                 communication_channel_id, is_visible_for_customer, create_time, create_by, \
                 change_time, change_by) \
                 VALUES (?1, ?2, ?3, 0, datetime(), ?4, datetime(), ?4)",
                params![ticket, AGENT, INTERNAL, by],
            )?;
            let article = all.last_insert_rowid();
            all.execute(
                "INSERT INTO article_data_mime (article_id, a_from, a_subject, a_content_type, \
                 a_body, incoming_time, create_time, create_by, change_time, change_by) \
                 VALUES (?1, ?2, 'Note', 'text/plain; charset=utf-8', ?3, unixepoch(), \
                 datetime(), ?4, datetime(), ?4)",
                params![article, from, text, by],
            )?;
            all.commit()?;
            Ok(Some(article))
        })
        .await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            let db = Connection::open(&*path)?;
            db.busy_timeout(PATIENCE)?;
            work(&db)
        });
        done.await?.context("the help desk's database")
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Ticket> {
    Ok(Ticket {
        id: row.get(0)?,
        number: row.get(1)?,
        title: row.get(2)?,
        state: row.get(3)?,
        queue: row.get(4)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::demo::lay_database;

    #[tokio::test]
    async fn a_customer_reads_his_own_and_an_agent_notes() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("app.db");
        lay_database(&path).unwrap();
        let tickets = Tickets::of(path);
        let customer = tickets.a_customer().await.unwrap();
        let all = tickets.newest(None).await.unwrap();
        let own = tickets.newest(Some(&customer)).await.unwrap();
        assert_eq!(all.len(), SHOWN as usize);
        assert!(!own.is_empty() && own != all);

        let other = all.iter().find(|it| !own.contains(it)).unwrap().id;
        assert!(tickets.ticket(other, None).await.unwrap().is_some());
        assert_eq!(tickets.ticket(other, Some(&customer)).await.unwrap(), None);

        let jane = Actor {
            id: "2".to_owned(),
            login: "jane".to_owned(),
            kind: "agent".to_owned(),
            permissions: Default::default(),
        };
        let id = own[0].id;
        let before = tickets.ticket(id, None).await.unwrap().unwrap().1;
        assert!(
            tickets
                .add_note(id, &jane, "rang him")
                .await
                .unwrap()
                .is_some()
        );
        let (_, notes) = tickets.ticket(id, None).await.unwrap().unwrap();
        assert_eq!(notes.len(), before.len() + 1);
        assert_eq!(
            (notes[0].from.as_str(), notes[0].text.as_str()),
            ("jane", "rang him")
        );
        // What agents note is for agents.
        let (_, shown) = tickets.ticket(id, Some(&customer)).await.unwrap().unwrap();
        assert!(shown.iter().all(|it| it.text != "rang him"));
        assert_eq!(tickets.add_note(i64::MAX, &jane, "x").await.unwrap(), None);
    }
}
