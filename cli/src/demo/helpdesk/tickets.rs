//! Tickets: what came, and how far it got by the beginning of today. `filing` writes them
//! down.

use super::arrivals::arrivals;
use super::catalog::{self, PRIORITY_WEIGHTS, QUEUES, Queue, Sla, TYPE_WEIGHTS, sla_for};
use super::conversation::articles;
use super::filing::Files;
use super::moment::{DAY, HOUR, MINUTE, Today};
use super::people::{Customer, ROOT, agents_of, all_customers};
use super::random::Random;
use super::texts::SUBJECTS;

/// Any other would do as well; with this one the data is what it is.
const SEED: u64 = 2_026;

/// What an agreement would allow where there is none, in minutes.
const USUAL_SOLUTION: i64 = 10 * 24 * 60;

/// How long tickets take, in a hundred parts of what the agreement allows: so many of a
/// hundred tickets take at most so long.
const SPANS: &[(i64, i64)] = &[(0, 1), (45, 12), (75, 45), (90, 90), (97, 240), (100, 900)];

/// Of a hundred tickets these wait for a supplier, a budget or a decision.
const STUCK_PERCENT: i64 = 5;

/// All tickets and what belongs to them, as SQL.
pub(super) fn sql(today: Today) -> String {
    let mut random = Random::seeded(SEED);
    let customers = all_customers();
    let mut files = Files::new(today);
    for (id, created) in (1_i64..).zip(arrivals(&mut random)) {
        let ticket = Ticket::draw(&mut random, &customers, id, created);
        let articles = articles(&mut random, ticket.customer, ticket.owner, &ticket.course);
        files.add(&ticket, &articles);
    }
    files.into_sql()
}

/// What became of a ticket. Times are seconds after the beginning of today.
pub(super) struct Course {
    pub(super) created: i64,
    /// When something happened last: of a closed ticket, when it was closed.
    pub(super) changed: i64,
    pub(super) outcome: Outcome,
}

/// How far a ticket got.
pub(super) enum Outcome {
    Unanswered,
    /// Answered; `until` is when an agent wants to be reminded.
    Waiting {
        state: i64,
        until: Option<i64>,
    },
    Closed {
        successful: bool,
    },
}

impl Outcome {
    pub(super) fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    pub(super) fn state(&self) -> i64 {
        match self {
            Self::Unanswered => catalog::NEW,
            Self::Waiting { state, .. } => *state,
            Self::Closed { successful: true } => catalog::CLOSED_SUCCESSFUL,
            Self::Closed { successful: false } => catalog::CLOSED_UNSUCCESSFUL,
        }
    }
}

impl Course {
    /// Nothing that would happen today or later has happened.
    fn draw(random: &mut Random, created: i64, sla: Option<&Sla>) -> Self {
        let allowed = sla.map_or(USUAL_SOLUTION, |sla| sla.solution) * MINUTE;
        let mut span = allowed * percent_of_allowed(random) / 100;
        if random.percent(STUCK_PERCENT) {
            span += random.between(20, 240) * DAY;
        }
        let answered = in_office_hours(created + span * random.between(3, 30) / 100);
        let closed = in_office_hours(created + span).max(answered);
        let (changed, outcome) = if answered >= 0 {
            (created, Outcome::Unanswered)
        } else if closed < 0 {
            let successful = random.percent(89);
            (closed, Outcome::Closed { successful })
        } else {
            let changed = random.between(answered, -1);
            (changed, Self::waiting(random, changed))
        };
        Self {
            created,
            changed,
            outcome,
        }
    }

    fn waiting(random: &mut Random, changed: i64) -> Outcome {
        let states = [
            catalog::OPEN,
            catalog::PENDING_REMINDER,
            catalog::PENDING_AUTO_CLOSE,
        ];
        let state = states[random.weighted(&[58, 28, 14])];
        let until = changed + random.between(2, 30) * DAY;
        Outcome::Waiting {
            state,
            until: (state != catalog::OPEN).then_some(until),
        }
    }
}

fn percent_of_allowed(random: &mut Random) -> i64 {
    let drawn = random.below(100);
    let steps = SPANS.windows(2).find(|steps| drawn < steps[1].0);
    let Some([(from, least), (to, most)]) = steps else {
        return 100;
    };
    least + (most - least) * (drawn - from) / (to - from)
}

/// The same moment, or the next morning of a working day with a little later in it.
fn in_office_hours(at: i64) -> i64 {
    let time = at.rem_euclid(DAY);
    let morning = 8 * HOUR + time / 24;
    let mut at = match time / HOUR {
        0..7 => at - time + morning,
        7..19 => at,
        _ => at - time + DAY + morning,
    };
    // Today counts as a Thursday, as for what comes in.
    while matches!((-at.div_euclid(DAY)).rem_euclid(7), 4 | 5) {
        at += DAY;
    }
    at
}

/// A ticket, by the identifiers that the tables have.
pub(super) struct Ticket<'a> {
    pub(super) id: i64,
    pub(super) subject: &'static str,
    pub(super) queue_id: i64,
    pub(super) queue: &'static Queue,
    pub(super) priority: i64,
    pub(super) kind: i64,
    pub(super) sla: Option<(i64, &'static Sla)>,
    pub(super) customer: &'a Customer,
    pub(super) owner: i64,
    pub(super) course: Course,
}

impl<'a> Ticket<'a> {
    fn draw(random: &mut Random, customers: &'a [Customer], id: i64, created: i64) -> Self {
        let weights = QUEUES.iter().map(|queue| queue.weight);
        let place = random.weighted(&weights.collect::<Vec<_>>());
        let queue = &QUEUES[place];
        let priority = 1 + random.weighted(PRIORITY_WEIGHTS) as i64;
        let agreed = queue.service.is_some() && random.percent(85);
        let sla = agreed.then(|| sla_for(priority));
        let course = Course::draw(random, created, sla.map(|(_, sla)| sla));
        let owner = match course.outcome {
            Outcome::Unanswered => ROOT,
            _ => random.pick(agents_of(queue.group)),
        };
        let everybody = customers.len() as i64;
        // Some write far more than others.
        let some = if random.percent(60) {
            everybody / 4
        } else {
            everybody
        };
        let customer = random.below(some);
        Self {
            id,
            subject: random.pick(SUBJECTS[place]),
            queue_id: place as i64 + 1,
            queue,
            priority,
            kind: 1 + random.weighted(TYPE_WEIGHTS) as i64,
            sla,
            customer: &customers[customer as usize],
            owner,
            course,
        }
    }

    /// When somebody must have answered, gone on with it, and solved it; nothing for what is
    /// no longer, or never was, to be done by a time. A closed ticket keeps the last one:
    /// without it nobody could tell whether it was solved in time.
    pub(super) fn due(&self) -> [Option<i64>; 3] {
        let Some((_, sla)) = self.sla else {
            return [None; 3];
        };
        let Course {
            created, changed, ..
        } = self.course;
        let response = created + sla.response * MINUTE;
        let update = changed + sla.update * MINUTE;
        let solution = created + sla.solution * MINUTE;
        match self.course.outcome {
            Outcome::Unanswered => [Some(response), None, Some(solution)],
            Outcome::Waiting { .. } => [None, Some(update), Some(solution)],
            Outcome::Closed { .. } => [None, None, Some(solution)],
        }
    }
}
