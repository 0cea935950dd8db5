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
        Sql::from("t.queue_id IN (").then(self.queues()).then(")")
    }

    /// The queues that the viewer sees, as the database has it now. Sorted.
    pub(crate) fn queue_ids(&self) -> Result<Vec<i64>, Error> {
        let rows: Vec<(i64,)> = self.queues().rows()?;
        let mut ids: Vec<i64> = rows.into_iter().map(|(id,)| id).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// A failure unless an administrator asks.
    pub(crate) fn is_administrator(&self) -> Result<(), Error> {
        match self {
            Self::System => Ok(()),
            Self::Agent { .. } => Err(Error::coded(
                "not-allowed",
                "when the report is sent is for an administrator to say, at the command line",
            )),
        }
    }

    fn queues(&self) -> Sql {
        match self {
            Self::System => "SELECT v_queue.id FROM queue v_queue".into(),
            Self::Agent { login } => Sql::from(AGENTS_QUEUES)
                .with(login.as_str())
                .with(login.as_str()),
        }
    }
}

/// `rw` stands for every permission, `ro` for reading. Who or what is invalid gives nothing.
/// The names for tables begin with `v_`, so that no report uses one of them for another
/// table: whose a column is would not be certain to the host.
const AGENTS_QUEUES: &str = "\
    SELECT v_queue.id FROM queue v_queue JOIN groups v_group ON v_group.id = v_queue.group_id \
    WHERE v_group.valid_id = 1 AND (\
    v_group.id IN (\
    SELECT v_direct.group_id FROM group_user v_direct \
    JOIN users v_agent ON v_agent.id = v_direct.user_id \
    WHERE v_agent.login = ? AND v_agent.valid_id = 1 \
    AND v_direct.permission_key IN ('ro', 'rw')) \
    OR v_group.id IN (\
    SELECT v_permit.group_id FROM group_role v_permit \
    JOIN roles v_role ON v_role.id = v_permit.role_id \
    JOIN role_user v_member ON v_member.role_id = v_role.id \
    JOIN users v_agent ON v_agent.id = v_member.user_id \
    WHERE v_agent.login = ? AND v_agent.valid_id = 1 AND v_role.valid_id = 1 \
    AND v_permit.permission_key IN ('ro', 'rw') AND v_permit.permission_value = 1))";

fn not_allowed(why: &str) -> Error {
    Error::coded(
        "not-allowed",
        format!("statistics are for agents, and {why}"),
    )
}
