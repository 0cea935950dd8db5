//! The room's limits. Each has a name and a reason; what is over one is answered
//! `too-large` or `unavailable`, and the text names the limit.

use std::time::Duration;

/// Bytes of one statement's text. Statements are written by people; data belongs into
/// parameters.
pub const MAX_STATEMENT_BYTES: usize = 16 * 1024;

/// Parentheses within one another. Parsers try several readings of an open one, so that
/// time doubles with each; no statement that a person reads is nested like this.
pub const MAX_NESTING: usize = 16;

/// Depth of a statement's tree, so that walking it needs a known stack.
pub const MAX_DEPTH: usize = 200;

/// Parameters of one statement: a few hundred rows of an insert.
pub const MAX_PARAMETERS: usize = 2_000;

/// Rows of one answer. A page shows a hundred, a report some thousand; whoever needs more
/// reads in steps.
pub const MAX_ROWS: usize = 10_000;

/// Bytes of one answer, of one statement's parameters, and of one value inside the engine:
/// the host holds an answer in memory several times over while it crosses into the guest.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Statements that are checked once and kept, per plugin and grant. Honest plugins have a
/// few dozen; one that writes values into its texts loses the benefit and nothing else.
pub const MAX_KEPT_STATEMENTS: usize = 256;

/// Statements of one plugin that run at the same time. It leaves places for the others.
pub const CONNECTIONS_PER_PLUGIN: usize = 4;

/// Reading connections of the whole host to one database. Each is a file handle, a page
/// cache of 2 MiB and a thread while it works.
pub const READING_CONNECTIONS: usize = 8;

/// How long a statement waits for a lock that another process holds. Writers of this host
/// wait in a queue of their own, until their deadline.
pub const MAX_LOCK_WAIT: Duration = Duration::from_secs(2);

/// How long the migrations of one package may take together.
pub const MAX_MIGRATION_TIME: Duration = Duration::from_secs(300);

/// Memory of the engine, over all databases of this process: the wall behind
/// [`MAX_BYTES`], which counts one value and not what a statement computes at once.
pub const MAX_ENGINE_BYTES: i64 = 512 * 1024 * 1024;
