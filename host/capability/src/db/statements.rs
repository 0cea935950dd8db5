//! The grant that is in force, and the statements that were checked under it.
//!
//! The two live and die together: a statement is found only under the grant that it was
//! held against, so that a new grant starts with none. The hot path is a look-up.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwapOption;
use goatkit_package::PluginName;

use super::Dialect;
use super::grant::{DbGrant, denial};
use super::limits::MAX_KEPT_STATEMENTS;
use super::policy::{self, Statement};
use crate::Fault;

/// The grant of one plugin. Clones share it; what an administrator sets takes effect at the
/// plugin's next call into the room.
#[derive(Clone, Default)]
pub struct Granted(Arc<ArcSwapOption<Force>>);

impl Granted {
    /// Nothing granted.
    pub fn none() -> Self {
        Self::default()
    }

    /// A grant that is in force at once.
    pub fn new(grant: DbGrant) -> Self {
        let granted = Self::none();
        granted.set(Some(Force::new(grant)));
        granted
    }

    /// Replaces the grant, or revokes it.
    pub fn set(&self, force: Option<Force>) {
        self.0.store(force.map(Arc::new));
    }

    /// The grant in force.
    pub(super) fn force(&self, plugin: &PluginName) -> Result<Arc<Force>, Fault> {
        if let Some(force) = self.0.load_full() {
            return Ok(force);
        }
        let name = plugin.template_name();
        let remedy = format!(
            "ask for tables under `capabilities.db` in manifest.yaml (`own: true` for `p_{name}__*`) \
             and grant it: `gk plugin grant {plugin} db`"
        );
        Err(denial("use the database".to_owned(), remedy))
    }
}

/// How often each rule of a grant was used, by the rule's text. What is not in it is not
/// counted.
pub type Counters = HashMap<String, Arc<AtomicU64>>;

/// One grant and the statements that it permits.
pub struct Force {
    grant: DbGrant,
    /// No two are equal in one process: what engines prepare is bound to it.
    stamp: u64,
    counters: Counters,
    statements: RwLock<HashMap<Box<str>, Permitted>>,
}

/// A statement, and the counters of the rules that permit it.
#[derive(Clone)]
struct Permitted {
    statement: Arc<Statement>,
    uses: Arc<[Arc<AtomicU64>]>,
}

impl Permitted {
    fn used(self) -> Arc<Statement> {
        for count in self.uses.iter() {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.statement
    }
}

impl Force {
    /// A grant with no statement checked yet.
    pub fn new(grant: DbGrant) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            grant,
            stamp: NEXT.fetch_add(1, Ordering::Relaxed),
            counters: Counters::new(),
            statements: RwLock::default(),
        }
    }

    /// Counts the uses of its rules.
    #[must_use]
    pub fn counted(self, counters: Counters) -> Self {
        Self { counters, ..self }
    }

    /// The grant.
    pub fn grant(&self) -> &DbGrant {
        &self.grant
    }

    /// What tells this grant from every other, an equal one included.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// A statement that passed the policy and that the grant permits.
    ///
    /// # Errors
    /// [`Fault::Invalid`], [`Fault::TooLarge`] or [`Fault::Denied`].
    pub fn checked(&self, dialect: &Dialect, sql: &str) -> Result<Arc<Statement>, Fault> {
        let statements = self.statements.read();
        let found = statements
            .unwrap_or_else(PoisonError::into_inner)
            .get(sql)
            .cloned();
        let permitted = match found {
            Some(permitted) => permitted,
            None => self.check(dialect, sql)?,
        };
        Ok(permitted.used())
    }

    fn check(&self, dialect: &Dialect, sql: &str) -> Result<Permitted, Fault> {
        let statement = Arc::new(policy::check(dialect, sql)?);
        self.permit(&statement)?;
        let permitted = Permitted {
            uses: self.counters_of(&statement),
            statement,
        };
        let mut statements = self
            .statements
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= MAX_KEPT_STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), permitted.clone());
        Ok(permitted)
    }

    fn counters_of(&self, statement: &Statement) -> Arc<[Arc<AtomicU64>]> {
        let accesses = statement.accesses.iter();
        let rules: BTreeSet<String> = accesses.filter_map(|it| self.grant.rule_of(it)).collect();
        let counters = rules.iter().filter_map(|rule| self.counters.get(rule));
        counters.cloned().collect()
    }

    /// Holds every access of a statement against the grant.
    pub(super) fn permit(&self, statement: &Statement) -> Result<(), Fault> {
        for access in &statement.accesses {
            self.grant.permits(access)?;
        }
        match statement
            .cte_names
            .iter()
            .find(|name| self.grant.names(name))
        {
            None => Ok(()),
            Some(name) => Err(Fault::Invalid(format!(
                "`{name}` is a table; call the common table expression otherwise"
            ))),
        }
    }
}
