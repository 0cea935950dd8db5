//! What a ticket refers to: queues, services, agreements, states, priorities, types. An
//! identifier is a place in its table here, counted from 1.

use super::moment::Today;
use super::people::{APPLICATIONS, INFRASTRUCTURE, OFFICE, USERS, set_up};
use super::rows::Rows;

/// A queue, how often it is written to, and what its tickets are about.
pub(super) struct Queue {
    pub(super) name: &'static str,
    pub(super) group: i64,
    /// In how many of a hundred tickets.
    pub(super) weight: i64,
    /// The service that its tickets concern; without one there is no agreement either.
    pub(super) service: Option<i64>,
}

const fn queue(name: &'static str, group: i64, weight: i64, service: Option<i64>) -> Queue {
    Queue {
        name,
        group,
        weight,
        service,
    }
}

pub(super) const QUEUES: &[Queue] = &[
    queue("Postmaster", USERS, 4, None),
    queue("Service Desk", USERS, 30, Some(1)),
    queue("Service Desk::Accounts", USERS, 15, Some(1)),
    queue("Applications", APPLICATIONS, 14, Some(2)),
    queue("Applications::ERP", APPLICATIONS, 10, Some(3)),
    queue("Network", INFRASTRUCTURE, 12, Some(4)),
    queue("Servers & Storage", INFRASTRUCTURE, 8, Some(5)),
    queue("Office", OFFICE, 7, None),
];

const SERVICES: &[&str] = &[
    "Workplace",
    "Applications",
    "ERP",
    "Network",
    "Servers and storage",
];

/// An agreement: its clock runs day and night.
pub(super) struct Sla {
    name: &'static str,
    /// Minutes until somebody answers, until each further answer, until it is solved.
    pub(super) response: i64,
    pub(super) update: i64,
    pub(super) solution: i64,
}

const SLAS: &[Sla] = &[
    Sla {
        name: "Standard",
        response: 24 * 60,
        update: 3 * 24 * 60,
        solution: 7 * 24 * 60,
    },
    Sla {
        name: "Priority",
        response: 12 * 60,
        update: 24 * 60,
        solution: 3 * 24 * 60,
    },
    Sla {
        name: "Critical",
        response: 4 * 60,
        update: 12 * 60,
        solution: 24 * 60,
    },
];

/// The agreement that a priority comes with, and its identifier.
pub(super) fn sla_for(priority: i64) -> (i64, &'static Sla) {
    match priority {
        5 => (3, &SLAS[2]),
        4 => (2, &SLAS[1]),
        _ => (1, &SLAS[0]),
    }
}

/// The states' identifiers. What a report counts as open, pending or closed is in their types.
pub(super) const NEW: i64 = 1;
pub(super) const CLOSED_SUCCESSFUL: i64 = 2;
pub(super) const CLOSED_UNSUCCESSFUL: i64 = 3;
pub(super) const OPEN: i64 = 4;
pub(super) const PENDING_REMINDER: i64 = 5;
pub(super) const PENDING_AUTO_CLOSE: i64 = 6;

const STATE_TYPES: &[&str] = &["new", "open", "closed", "pending reminder", "pending auto"];

const STATES: &[(&str, i64, &str)] = &[
    ("new", 1, "#50b5ff"),
    ("closed successful", 3, "#3dd598"),
    ("closed unsuccessful", 3, "#fc5a5a"),
    ("open", 2, "#ffc542"),
    ("pending reminder", 4, "#ff974a"),
    ("pending auto close", 5, "#a461d8"),
];

const PRIORITIES: &[(&str, &str)] = &[
    ("1 very low", "#03c4f0"),
    ("2 low", "#83bfc8"),
    ("3 normal", "#cdcdcd"),
    ("4 high", "#ffaaaa"),
    ("5 very high", "#ff505e"),
];

/// How often each priority is given, in a hundred.
pub(super) const PRIORITY_WEIGHTS: &[i64] = &[4, 16, 56, 19, 5];

const TYPES: &[&str] = &[
    "Unclassified",
    "Incident",
    "Service Request",
    "Problem",
    "Change Request",
];

/// How often each type is given, in a hundred.
pub(super) const TYPE_WEIGHTS: &[i64] = &[10, 44, 32, 4, 10];

pub(super) const UNLOCKED: i64 = 1;
pub(super) const LOCKED: i64 = 2;

/// The kinds of entries in a ticket's history.
pub(super) const NEW_TICKET: i64 = 1;
pub(super) const FOLLOW_UP: i64 = 2;
pub(super) const SEND_ANSWER: i64 = 3;
pub(super) const ADD_NOTE: i64 = 4;
pub(super) const STATE_UPDATE: i64 = 5;

const HISTORY_TYPES: &[&str] = &[
    "NewTicket",
    "FollowUp",
    "SendAnswer",
    "AddNote",
    "StateUpdate",
];

/// The share of an agreement's time at which agents are warned.
const NOTIFY_PERCENT: i64 = 80;

/// All of it as SQL.
pub(super) fn sql(today: Today) -> String {
    let stamp = set_up(today);
    let names = |into, names: &[&str]| {
        let mut rows = Rows::of(into);
        for (id, name) in (1_i64..).zip(names) {
            rows.add(&[&id, name, &1_i64], stamp);
        }
        rows
    };
    let mut state_types = Rows::of("ticket_state_type (id, name");
    for (id, name) in (1_i64..).zip(STATE_TYPES) {
        state_types.add(&[&id, name], stamp);
    }
    let mut states = Rows::of("ticket_state (id, name, type_id, color, valid_id");
    for (id, (name, kind, color)) in (1_i64..).zip(STATES) {
        states.add(&[&id, name, kind, color, &1_i64], stamp);
    }
    let mut priorities = Rows::of("ticket_priority (id, name, color, valid_id");
    for (id, (name, color)) in (1_i64..).zip(PRIORITIES) {
        priorities.add(&[&id, name, color, &1_i64], stamp);
    }
    let tables = [
        names("service (id, name, valid_id", SERVICES),
        slas(today),
        queues(today),
        state_types,
        states,
        priorities,
        names("ticket_type (id, name, valid_id", TYPES),
        names("ticket_lock_type (id, name, valid_id", &["unlock", "lock"]),
        names("ticket_history_type (id, name, valid_id", HISTORY_TYPES),
    ];
    tables.map(Rows::into_sql).concat()
}

fn slas(today: Today) -> Rows {
    let mut rows =
        Rows::of("sla (id, name, first_response_time, update_time, solution_time, valid_id");
    for (id, sla) in (1_i64..).zip(SLAS) {
        let Sla {
            name,
            response,
            update,
            solution,
        } = sla;
        rows.add(
            &[&id, name, response, update, solution, &1_i64],
            set_up(today),
        );
    }
    rows
}

/// A queue has no times of its own: tickets get theirs from an agreement.
fn queues(today: Today) -> Rows {
    let mut rows = Rows::of(
        "queue (id, name, group_id, unlock_timeout, first_response_time, first_response_notify, \
         update_time, update_notify, solution_time, solution_notify, follow_up_id, \
         follow_up_lock, valid_id",
    );
    for (id, queue) in (1_i64..).zip(QUEUES) {
        let notify = &NOTIFY_PERCENT;
        rows.add(
            &[
                &id,
                &queue.name,
                &queue.group,
                &0_i64,
                &0_i64,
                notify,
                &0_i64,
                notify,
                &0_i64,
                notify,
                &1_i64,
                &0_i64,
                &1_i64,
            ],
            set_up(today),
        );
    }
    rows
}
