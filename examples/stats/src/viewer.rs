//! Whose queues a report counts: the only place that decides it, and part of every statement.

use goatkit_plugin::Error;
use goatkit_plugin::context::{self, Actor, Entry};

use crate::sql::Sql;

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Sees every queue: the command line and jobs have an administrator behind them.
    System,
    /// Sees the queues whose group the agent may at least read.
    Agent { login: String },
}

impl Viewer {
    /// The one that the call is made for.
    pub(crate) fn of_call() -> Result<Self, Error> {
        Self::decide(context::actor()?, &context::entry()?)
    }

    fn decide(actor: Option<Actor>, entry: &Entry) -> Result<Self, Error> {
        let started_by_administrator = matches!(entry.kind.as_str(), "command" | "job");
        match actor {
            Some(actor) if actor.kind == "agent" => Ok(Self::Agent { login: actor.login }),
            Some(actor) if actor.kind == "system" => Ok(Self::System),
            Some(_) => Err(not_allowed("whoever is signed in is no agent")),
            None if started_by_administrator => Ok(Self::System),
            None => Err(not_allowed("nobody is signed in")),
        }
    }

    /// The condition that a ticket `t` is in a queue that the viewer sees.
    pub(crate) fn sees(&self) -> Sql {
        match self {
            Self::System => "t.queue_id IN (SELECT q.id FROM queue q)".into(),
            Self::Agent { login } => Sql::from(AGENTS_QUEUES)
                .with(login.as_str())
                .with(login.as_str()),
        }
    }
}

/// `rw` stands for every permission, `ro` for reading. Who or what is invalid gives nothing.
const AGENTS_QUEUES: &str = "t.queue_id IN (\
    SELECT q.id FROM queue q JOIN groups g ON g.id = q.group_id WHERE g.valid_id = 1 AND (\
    g.id IN (\
    SELECT d.group_id FROM group_user d JOIN users u ON u.id = d.user_id \
    WHERE u.login = ? AND u.valid_id = 1 AND d.permission_key IN ('ro', 'rw')) \
    OR g.id IN (\
    SELECT p.group_id FROM group_role p JOIN roles r ON r.id = p.role_id \
    JOIN role_user m ON m.role_id = r.id JOIN users u ON u.id = m.user_id \
    WHERE u.login = ? AND u.valid_id = 1 AND r.valid_id = 1 \
    AND p.permission_key IN ('ro', 'rw') AND p.permission_value = 1)))";

fn not_allowed(why: &str) -> Error {
    Error::coded(
        "not-allowed",
        format!("statistics are for agents, and {why}"),
    )
}
