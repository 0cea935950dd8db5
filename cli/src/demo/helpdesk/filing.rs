//! From tickets and articles to the rows of the five tables that grow with them.

use super::catalog;
use super::conversation::Article;
use super::moment::Today;
use super::people::ROOT;
use super::rows::{Rows, Stamp};
use super::tickets::{Course, Outcome, Ticket};

const CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// The tables that grow with each ticket.
pub(super) struct Files {
    today: Today,
    tickets: Rows,
    articles: Rows,
    mime: Rows,
    history: Rows,
    time: Rows,
}

impl Files {
    pub(super) fn new(today: Today) -> Self {
        Self {
            today,
            tickets: Rows::of(
                "ticket (id, tn, title, queue_id, ticket_lock_id, type_id, service_id, sla_id, \
                 user_id, responsible_user_id, ticket_priority_id, ticket_state_id, customer_id, \
                 customer_user_id, timeout, until_time, escalation_time, escalation_update_time, \
                 escalation_response_time, escalation_solution_time, archive_flag",
            ),
            articles: Rows::of(
                "article (id, ticket_id, article_sender_type_id, communication_channel_id, \
                 is_visible_for_customer, search_index_needs_rebuild",
            ),
            mime: Rows::of(
                "article_data_mime (id, article_id, a_from, a_to, a_subject, a_message_id, \
                 a_content_type, a_body, incoming_time",
            ),
            history: Rows::of(
                "ticket_history (id, name, history_type_id, ticket_id, article_id, type_id, \
                 queue_id, owner_id, priority_id, state_id",
            ),
            time: Rows::of("time_accounting (id, ticket_id, article_id, time_unit"),
        }
    }

    pub(super) fn into_sql(self) -> String {
        let tables = [
            self.tickets,
            self.articles,
            self.mime,
            self.history,
            self.time,
        ];
        tables.map(Rows::into_sql).concat()
    }

    pub(super) fn add(&mut self, ticket: &Ticket<'_>, articles: &[Article]) {
        let tn = self.add_ticket(ticket);
        for (place, article) in articles.iter().enumerate() {
            let id = self.add_article(ticket, article);
            let subject = match place {
                0 => ticket.subject.to_owned(),
                _ => format!("[Ticket#{tn}] {}", ticket.subject),
            };
            self.add_text(id, article, &subject, &tn);
            let (kind, state) = match place {
                0 => (catalog::NEW_TICKET, catalog::NEW),
                _ if article.is_customers() => (catalog::FOLLOW_UP, catalog::OPEN),
                _ if article.is_internal() => (catalog::ADD_NOTE, catalog::OPEN),
                _ => (catalog::SEND_ANSWER, catalog::OPEN),
            };
            let entry = Entry {
                kind,
                state,
                article: Some(id),
                at: article.at,
                by: article.by,
            };
            self.note(ticket, &entry);
        }
        let Course {
            changed, outcome, ..
        } = &ticket.course;
        if !matches!(outcome, Outcome::Unanswered) {
            let (kind, state) = (catalog::STATE_UPDATE, outcome.state());
            let entry = Entry {
                kind,
                state,
                article: None,
                at: *changed,
                by: ticket.owner,
            };
            self.note(ticket, &entry);
        }
    }

    /// Answers the ticket's number.
    fn add_ticket(&mut self, ticket: &Ticket<'_>) -> String {
        let course = &ticket.course;
        let created = self.today.at(course.created);
        let tn = format!("{}10{:06}", created.digits(), ticket.id);
        let lock = match course.outcome {
            Outcome::Waiting { .. } => catalog::LOCKED,
            _ => catalog::UNLOCKED,
        };
        let unix = |due: Option<i64>| due.map_or(0, |due| self.today.at(due).unix());
        let until = match course.outcome {
            Outcome::Waiting { until, .. } => unix(until),
            _ => 0,
        };
        let due = ticket.due();
        let next = match course.outcome {
            Outcome::Closed { .. } => 0,
            _ => unix(due.into_iter().flatten().min()),
        };
        let [response, update, solution] = due.map(unix);
        let stamp = Stamp {
            created,
            created_by: ROOT,
            changed: self.today.at(course.changed),
            changed_by: ticket.owner,
        };
        let state = course.outcome.state();
        self.tickets.add(
            &[
                &ticket.id,
                &tn,
                &ticket.subject,
                &ticket.queue_id,
                &lock,
                &ticket.kind,
                &ticket.queue.service,
                &ticket.sla.map(|(id, _)| id),
                &ticket.owner,
                &ROOT,
                &ticket.priority,
                &state,
                &ticket.customer.company,
                &ticket.customer.login,
                &0_i64,
                &until,
                &next,
                &update,
                &response,
                &solution,
                &0_i64,
            ],
            stamp,
        );
        tn
    }

    /// Answers its identifier.
    fn add_article(&mut self, ticket: &Ticket<'_>, article: &Article) -> i64 {
        let id = self.articles.count() + 1;
        let stamp = Stamp::once(self.today.at(article.at), article.by);
        self.articles.add(
            &[
                &id,
                &ticket.id,
                &article.sender,
                &article.channel,
                &article.visible,
                &0_i64,
            ],
            stamp,
        );
        if let Some(minutes) = article.minutes {
            let entry = self.time.count() + 1;
            self.time.add(&[&entry, &ticket.id, &id, &minutes], stamp);
        }
        id
    }

    fn add_text(&mut self, id: i64, article: &Article, subject: &str, tn: &str) {
        let at = self.today.at(article.at);
        let message_id = format!("<{tn}.{id}@desk.example>");
        self.mime.add(
            &[
                &id,
                &id,
                &article.from,
                &article.to,
                &subject,
                &message_id,
                &CONTENT_TYPE,
                &article.body,
                &at.unix(),
            ],
            Stamp::once(at, article.by),
        );
    }

    fn note(&mut self, ticket: &Ticket<'_>, entry: &Entry) {
        let id = self.history.count() + 1;
        let name = format!("%%{}", ticket.queue.name);
        self.history.add(
            &[
                &id,
                &name,
                &entry.kind,
                &ticket.id,
                &entry.article,
                &ticket.kind,
                &ticket.queue_id,
                &ticket.owner,
                &ticket.priority,
                &entry.state,
            ],
            Stamp::once(self.today.at(entry.at), entry.by),
        );
    }
}

/// A line of a ticket's history.
struct Entry {
    kind: i64,
    /// The ticket's from then on.
    state: i64,
    article: Option<i64>,
    at: i64,
    by: i64,
}
