//! What one row of the table is: a call, for whom, under which grant, and what is expected.

use std::fmt;

use serde_json::Value;

use crate::pattern::{fits, short};

/// One row of the table. Each has a world of its own.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What holds, as a sentence.
    pub name: &'static str,
    /// For whom the plugin is called.
    pub who: Who,
    /// What is granted: the JSON of a manifest's `capabilities`.
    pub grants: &'static str,
    /// The function of the plugin, e.g. `db_query`.
    pub function: &'static str,
    /// Its arguments.
    pub args: Args,
    /// What comes of it.
    pub expect: Expect,
    /// A second call in the same session, which sees what the first has left.
    pub then: Option<Call>,
}

/// A call that follows another.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// The function of the plugin.
    pub function: &'static str,
    /// Its arguments.
    pub args: Args,
    /// What comes of it.
    pub expect: Expect,
}

/// What most rows have in common: an agent calls, and nothing is granted.
pub(crate) const CASE: Case = Case {
    name: "",
    who: Who::Agent,
    grants: "{}",
    function: "",
    args: Args::Text("[]"),
    expect: Expect::Answer("null"),
    then: None,
};

/// Who a session is for; what they are called and may do is in `world/people.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The agent Ada of the tenant `north`, who speaks Austrian German and may close tickets.
    Agent,
    /// The customer Bob, who may do nothing in particular.
    Customer,
    /// Nobody is signed in.
    Nobody,
    /// The agent, by way of the plugin `neighbour`.
    Neighbour,
}

/// A function's arguments.
#[derive(Debug, Clone, Copy)]
pub enum Args {
    /// The text of a JSON array.
    Text(&'static str),
    /// An array that is too long to be written down.
    Made(fn() -> Value),
}

/// What a call comes to. Texts are patterns: see `pattern.rs`.
#[derive(Debug, Clone, Copy)]
pub enum Expect {
    /// The host answers this.
    Answer(&'static str),
    /// The host answers a whole number between these.
    Number(u64, u64),
    /// The host answers with this fault.
    Fault(&'static str),
    /// The host answers nothing, and the line that the plugin wrote last is this.
    Logged(&'static str),
}

impl Case {
    /// The capability that it is about.
    pub fn capability(&self) -> &'static str {
        let (capability, _) = self.function.split_once('_').unwrap_or((self.function, ""));
        capability
    }

    /// Its calls, in their order.
    pub fn calls(&self) -> impl Iterator<Item = Call> {
        let first = Call {
            function: self.function,
            args: self.args,
            expect: self.expect,
        };
        [first].into_iter().chain(self.then)
    }
}

impl Args {
    /// The text of the JSON array.
    pub fn text(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Made(make) => make().to_string(),
        }
    }
}

impl Expect {
    /// Whether an answer of the conformance plugin, and the line that it wrote last, are what
    /// is expected. A pattern that is no JSON fits nothing. `told` puts into a pattern what
    /// only the world knows.
    pub(crate) fn is(
        self,
        answer: &Value,
        logged: Option<&Value>,
        told: impl Fn(&str) -> String,
    ) -> bool {
        let like = |pattern: &str, value: &Value| {
            serde_json::from_str(&told(pattern)).is_ok_and(|pattern| fits(&pattern, value))
        };
        match (self, answer.get("ok"), answer.get("fault")) {
            (Self::Answer(pattern), Some(answer), None) => like(pattern, answer),
            (Self::Number(least, most), Some(answer), None) => answer
                .as_u64()
                .is_some_and(|it| (least..=most).contains(&it)),
            (Self::Fault(pattern), None, Some(fault)) => like(pattern, fault),
            (Self::Logged(pattern), Some(Value::Null), None) => {
                logged.is_some_and(|line| like(pattern, line))
            }
            _ => false,
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(pattern) => write!(f, "the answer {}", short(pattern)),
            Self::Number(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Fault(pattern) => write!(f, "the fault {}", short(pattern)),
            Self::Logged(pattern) => write!(f, "the log line {}", short(pattern)),
        }
    }
}
