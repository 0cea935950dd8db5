//! What was checked, and what came of it: a line each.

use std::fmt;

use serde::Serialize;

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is about: `package`, `gk-register`, a function, a capability.
    pub about: String,
    /// What has to hold, as a sentence.
    pub what: String,
    /// Why it does not hold; nothing where it does.
    pub problem: Option<String>,
}

/// All that was checked of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order in which it was done.
    pub checks: Vec<Check>,
}

impl Report {
    /// Notes what came of a check, and hands on what it gave.
    pub(crate) fn note<T>(
        &mut self,
        about: &str,
        what: &str,
        result: Result<T, impl fmt::Display>,
    ) -> Option<T> {
        let (given, problem) = match result {
            Ok(given) => (Some(given), None),
            Err(problem) => (None, Some(problem.to_string())),
        };
        self.checks.push(Check {
            about: about.to_owned(),
            what: what.to_owned(),
            problem,
        });
        given
    }

    /// How many checks have failed.
    pub fn failures(&self) -> usize {
        let failed = self.checks.iter().filter(|it| it.problem.is_some());
        failed.count()
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            about,
            what,
            problem,
        } = self;
        match problem {
            None => write!(f, "{about:<18} {what}: ok"),
            Some(problem) => write!(f, "{about:<18} {what}: FAILED: {problem}"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut checks = self.checks.iter();
        checks.try_for_each(|check| writeln!(f, "{check}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_a_line() {
        let mut report = Report::default();
        assert_eq!(
            report.note("package", "it is one", Ok::<_, &str>(5)),
            Some(5)
        );
        assert_eq!(
            report.note("db", "it reads", Err::<(), _>("it does not")),
            None
        );
        assert_eq!(report.failures(), 1);
        assert_eq!(
            report.to_string(),
            "package            it is one: ok\ndb                 it reads: FAILED: it does not\n"
        );
    }
}
