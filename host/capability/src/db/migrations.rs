//! Migrations: a package's own tables, laid out once and in order.
//!
//! The record stands in the plugin's own namespace (`p_<plugin>__gk_migrations`, a name that
//! the policy refuses to plugins) in the very database that it tells about, and is written in
//! the transaction that does the work: a crash leaves both or neither, and a database that is
//! restored from a backup brings the record that belongs to it.

use std::sync::Arc;
use std::time::Instant;

use goatkit_package::{Migration, PluginName};

use super::backend::{Answer, Database, Order, Session};
use super::grant::{DbGrant, own_prefix};
use super::limits::MAX_MIGRATION_TIME;
use super::policy::{self, Statement, Verb};
use super::statements::Force;
use super::{Access, Value};
use crate::Fault;

/// Why a package's tables could not be laid out. Nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MigrationError {
    /// A file that was applied says something else now.
    #[error(
        "migrations/{file} was changed after it was applied; undo the change and add a new file"
    )]
    Changed {
        /// The file.
        file: String,
    },
    /// A file that was applied is gone.
    #[error("migrations/{file} was applied and is missing from the package; add it again")]
    Missing {
        /// The file.
        file: String,
    },
    /// A new file stands before one that was applied.
    #[error("migrations/{file} comes before {applied}, which was applied; give it a later name")]
    Late {
        /// The file.
        file: String,
        /// The file that was applied last.
        applied: String,
    },
    /// A statement that a migration may not have, or that failed.
    #[error("migrations/{file}, statement {number}: {fault}")]
    Statement {
        /// The file.
        file: String,
        /// The statement's number, from 1.
        number: usize,
        /// What was wrong.
        fault: Fault,
    },
    /// The database could not be used.
    #[error("migrations of {plugin}: {fault}")]
    Database {
        /// The plugin.
        plugin: PluginName,
        /// What was wrong.
        fault: Fault,
    },
}

/// Applies what of `steps` was not applied yet, whole or not at all, and names it. Two hosts
/// that do this at once wait for one another.
///
/// # Errors
/// [`MigrationError`] names the file.
pub async fn migrate(
    database: &dyn Database,
    plugin: &PluginName,
    steps: &[Migration],
) -> Result<Vec<String>, MigrationError> {
    let deadline = Instant::now() + MAX_MIGRATION_TIME;
    let files = checked(database, plugin, steps)?;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let fail = |fault| MigrationError::Database {
        plugin: plugin.clone(),
        fault,
    };
    let session = database.begin(deadline).await.map_err(fail)?;
    let mut work = Work {
        session: Some(session),
        force: Arc::new(Force::new(DbGrant::own(plugin))),
        deadline,
    };
    let record = Record::of(plugin);
    work.run(record.create(), Vec::new()).await.map_err(fail)?;
    let applied = work.run(record.read(), Vec::new()).await.map_err(fail)?;
    let new = pending(&files, &names_and_digests(applied))?;
    for file in new {
        for (at, statement) in file.statements.iter().enumerate() {
            let done = work.run(statement.clone(), Vec::new()).await;
            done.map_err(|fault| MigrationError::Statement {
                file: file.name.clone(),
                number: at + 1,
                fault,
            })?;
        }
        let row = vec![
            Value::Text(file.name.clone()),
            Value::Text(file.digest.clone()),
        ];
        work.run(record.add(), row).await.map_err(fail)?;
    }
    work.commit().await.map_err(fail)?;
    Ok(new.iter().map(|file| file.name.clone()).collect())
}

/// Whether a table is the record of a plugin's migrations, which nobody but the host fills.
pub fn is_record(plugin: &PluginName, table: &str) -> bool {
    table == Record::of(plugin).0
}

/// A file whose statements passed the policy and touch own tables only.
struct File {
    name: String,
    digest: String,
    statements: Vec<Statement>,
}

fn checked(
    database: &dyn Database,
    plugin: &PluginName,
    steps: &[Migration],
) -> Result<Vec<File>, MigrationError> {
    let own = Force::new(DbGrant::own(plugin));
    let mut files = Vec::new();
    for step in steps {
        let fail = |at: usize| {
            let file = step.name.clone();
            move |fault| MigrationError::Statement {
                file,
                number: at + 1,
                fault,
            }
        };
        let statements = policy::check_file(database.dialect(), &step.text).map_err(fail(0))?;
        for (at, statement) in statements.iter().enumerate() {
            own.permit(statement).map_err(fail(at))?;
            if statement.parameters > 0 {
                let fault = Fault::Invalid("a migration has no parameters".to_owned());
                return Err(fail(at)(fault));
            }
        }
        files.push(File {
            name: step.name.clone(),
            digest: blake3::hash(step.text.as_bytes()).to_hex().to_string(),
            statements,
        });
    }
    Ok(files)
}

/// The files that come after what was applied, if that is still what it was.
fn pending<'f>(
    files: &'f [File],
    applied: &[(String, String)],
) -> Result<&'f [File], MigrationError> {
    for (at, (name, digest)) in applied.iter().enumerate() {
        match files.iter().find(|file| file.name == *name) {
            None => return Err(MigrationError::Missing { file: name.clone() }),
            Some(file) if file.digest != *digest => {
                return Err(MigrationError::Changed { file: name.clone() });
            }
            Some(_) => {}
        }
        // The same files in the same order stand first, so that another is a late one.
        if let Some(file) = files.get(at).filter(|file| file.name != *name) {
            return Err(MigrationError::Late {
                file: file.name.clone(),
                applied: name.clone(),
            });
        }
    }
    Ok(files.get(applied.len()..).unwrap_or_default())
}

fn names_and_digests(answer: Answer) -> Vec<(String, String)> {
    let Answer::Rows(rows) = answer else {
        return Vec::new();
    };
    let pair = |row: Vec<Value>| match <[Value; 2]>::try_from(row) {
        Ok([Value::Text(name), Value::Text(digest)]) => Some((name, digest)),
        _ => None,
    };
    rows.rows.into_iter().filter_map(pair).collect()
}

/// The open transaction that does the work.
struct Work {
    session: Option<Box<dyn Session>>,
    force: Arc<Force>,
    deadline: Instant,
}

impl Work {
    async fn run(&mut self, statement: Statement, params: Vec<Value>) -> Result<Answer, Fault> {
        let session = self.session.take().ok_or_else(ended)?;
        let order = Order {
            statement: Arc::new(statement),
            params,
            force: Arc::clone(&self.force),
            deadline: self.deadline,
            place: None,
        };
        let ran = session.run(order).await?;
        self.session = ran.session;
        ran.answer
    }

    async fn commit(mut self) -> Result<(), Fault> {
        let session = self.session.take().ok_or_else(ended)?;
        session.commit(self.deadline).await
    }
}

fn ended() -> Fault {
    Fault::Unavailable("the engine has ended the transaction".to_owned())
}

/// The record's own statements. They are the platform's, and so they do not pass the policy,
/// which refuses the table's name; the wall sees them as the plugin's own.
struct Record(String);

impl Record {
    fn of(plugin: &PluginName) -> Self {
        Self(format!("{}gk_migrations", own_prefix(plugin)))
    }

    fn create(&self) -> Statement {
        let table = &self.0;
        self.statement(
            Verb::Define,
            format!(
                "CREATE TABLE IF NOT EXISTS {table} (name TEXT PRIMARY KEY, digest TEXT NOT NULL)"
            ),
            0,
        )
    }

    fn read(&self) -> Statement {
        let sql = format!("SELECT name, digest FROM {} ORDER BY name", self.0);
        self.statement(Verb::Read, sql, 0)
    }

    fn add(&self) -> Statement {
        let sql = format!("INSERT INTO {} (name, digest) VALUES (?, ?)", self.0);
        self.statement(Verb::Insert, sql, 2)
    }

    fn statement(&self, verb: Verb, sql: String, parameters: usize) -> Statement {
        Statement {
            sql,
            verb,
            accesses: [Access::Define(self.0.clone())].into(),
            cte_names: [].into(),
            parameters,
            target: Some(self.0.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
