//! The grant that is in force, and the statements that were checked under it.
//!
//! The two live and die together: a statement is found only under the grant that it was
//! held against, so that a new grant starts with none. The hot path is a look-up.

use std::collections::HashMap;
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
        granted.set(Some(grant));
        granted
    }

    /// Replaces the grant, or revokes it.
    pub fn set(&self, grant: Option<DbGrant>) {
        self.0.store(grant.map(|grant| Arc::new(Force::new(grant))));
    }

    /// The grant in force.
    pub(super) fn force(&self, plugin: &PluginName) -> Result<Arc<Force>, Fault> {
        if let Some(force) = self.0.load_full() {
            return Ok(force);
        }
        let name = plugin.template_name();
        let remedy = format!(
            "ask for tables under `capabilities.db` in manifest.yaml (`own: true` for `p_{name}__*`) \
             and grant it"
        );
        Err(denial("use the database".to_owned(), remedy))
    }
}

/// One grant and the statements that it permits.
pub struct Force {
    grant: DbGrant,
    /// No two are equal in one process: what engines prepare is bound to it.
    stamp: u64,
    statements: RwLock<HashMap<Box<str>, Arc<Statement>>>,
}

impl Force {
    /// A grant with no statement checked yet.
    pub fn new(grant: DbGrant) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            grant,
            stamp: NEXT.fetch_add(1, Ordering::Relaxed),
            statements: RwLock::default(),
        }
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
            .map(Arc::clone);
        match found {
            Some(statement) => Ok(statement),
            None => self.check(dialect, sql),
        }
    }

    fn check(&self, dialect: &Dialect, sql: &str) -> Result<Arc<Statement>, Fault> {
        let statement = Arc::new(policy::check(dialect, sql)?);
        self.permit(&statement)?;
        let mut statements = self
            .statements
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= MAX_KEPT_STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), Arc::clone(&statement));
        Ok(statement)
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
