//! The articles of one ticket: who wrote what, when, and to whom.

use super::people::{Customer, ROOT, agent_name};
use super::random::Random;
use super::texts;
use super::tickets::{Course, Outcome};

/// Who wrote an article, as `article_sender_type_id` has it.
const AGENT: i64 = 1;
const CUSTOMER: i64 = 3;

/// How it came, as `communication_channel_id` has it.
const EMAIL: i64 = 1;
const PHONE: i64 = 2;
const INTERNAL: i64 = 3;

/// How often a ticket that was answered has one article, two, three…
const COUNTS: &[i64] = &[17, 51, 18, 9, 5];

/// The address that customers write to.
const DESK: &str = "Help Desk <help@desk.example>";

/// One thing that was written.
pub(super) struct Article {
    pub(super) sender: i64,
    pub(super) channel: i64,
    pub(super) visible: i64,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) body: String,
    /// Seconds after the beginning of today.
    pub(super) at: i64,
    /// The agent in whose name it was filed.
    pub(super) by: i64,
    /// Minutes that an agent spent on it, where one wrote them down.
    pub(super) minutes: Option<i64>,
}

impl Article {
    pub(super) fn is_customers(&self) -> bool {
        self.sender == CUSTOMER
    }

    pub(super) fn is_internal(&self) -> bool {
        self.channel == INTERNAL
    }
}

/// Everything that was written in a ticket, the first article being the customer's.
pub(super) fn articles(
    random: &mut Random,
    customer: &Customer,
    owner: i64,
    course: &Course,
) -> Vec<Article> {
    let count = match course.outcome {
        Outcome::Unanswered => 1,
        Outcome::Waiting { .. } => 1 + random.weighted(COUNTS).max(1),
        Outcome::Closed { .. } => 1 + random.weighted(COUNTS),
    };
    let last = count - 1;
    let span = course.changed - course.created;
    let writer = Writer { customer, owner };
    let article = |place: usize| {
        let at = course.created + span * place as i64 / last.max(1) as i64;
        match place {
            0 => writer.question(random, at),
            _ if place == last && course.outcome.is_closed() => {
                writer.ending(random, at, &course.outcome)
            }
            _ if place % 2 == 1 => writer.answer(random, at),
            _ => writer.reply(random, at),
        }
    };
    (0..count).map(article).collect()
}

struct Writer<'a> {
    customer: &'a Customer,
    owner: i64,
}

impl Writer<'_> {
    fn question(&self, random: &mut Random, at: i64) -> Article {
        let (opening, details) = (random.pick(texts::OPENINGS), random.pick(texts::DETAILS));
        let first = self.customer.first;
        let body = format!("Hello,\n\n{opening} {details}\n\nRegards\n{first}\n");
        let channel = if random.percent(25) { PHONE } else { EMAIL };
        self.by_customer(channel, body, at)
    }

    fn reply(&self, random: &mut Random, at: i64) -> Article {
        let reply = random.pick(texts::REPLIES);
        let body = format!("{reply}\n\n{}\n", self.customer.first);
        self.by_customer(EMAIL, body, at)
    }

    fn answer(&self, random: &mut Random, at: i64) -> Article {
        if random.percent(20) {
            let note = format!("{}\n", random.pick(texts::NOTES));
            return self.by_agent(random, INTERNAL, note, at);
        }
        let body = self.letter(random.pick(texts::ANSWERS));
        self.by_agent(random, EMAIL, body, at)
    }

    fn ending(&self, random: &mut Random, at: i64, outcome: &Outcome) -> Article {
        let endings = match outcome {
            Outcome::Closed { successful: false } => texts::GIVEN_UP,
            _ => texts::ENDINGS,
        };
        let body = self.letter(random.pick(endings));
        self.by_agent(random, EMAIL, body, at)
    }

    fn letter(&self, text: &str) -> String {
        let (first, agent) = (self.customer.first, agent_name(self.owner));
        format!("Dear {first},\n\n{text}\n\nKind regards\n{agent}\n")
    }

    fn by_customer(&self, channel: i64, body: String, at: i64) -> Article {
        Article {
            sender: CUSTOMER,
            channel,
            visible: 1,
            from: self.address(),
            to: DESK.to_owned(),
            body,
            at,
            by: ROOT,
            minutes: None,
        }
    }

    fn by_agent(&self, random: &mut Random, channel: i64, body: String, at: i64) -> Article {
        Article {
            sender: AGENT,
            channel,
            visible: i64::from(channel != INTERNAL),
            from: format!("{} via {DESK}", agent_name(self.owner)),
            to: self.address(),
            body,
            at,
            by: self.owner,
            minutes: random.percent(70).then(|| 5 * random.between(1, 12)),
        }
    }

    fn address(&self) -> String {
        let Customer {
            login, first, last, ..
        } = self.customer;
        format!("{first} {last} <{login}>")
    }
}
