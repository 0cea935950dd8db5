//! The tables of people, in the platform's database.

use goatkit_capability::{PlatformDb, PlatformError};

/// The steps. One that was released never changes; a new one is added.
const LAYOUT: &[&str] = &[PEOPLE, PLACES];

/// A number is never used again, so that nobody inherits what was noted of another.
const PEOPLE: &str = "
    CREATE TABLE users (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        login TEXT NOT NULL,
        login_key TEXT NOT NULL UNIQUE,
        password TEXT NOT NULL,
        disabled INTEGER NOT NULL DEFAULT 0,
        added_at INTEGER NOT NULL,
        last_sign_in INTEGER,
        UNIQUE (kind, id)
    ) STRICT;
    CREATE TABLE roles (
        name TEXT PRIMARY KEY
    ) STRICT;
    INSERT INTO roles VALUES ('administrator');
    CREATE TABLE role_permissions (
        role TEXT NOT NULL,
        permission TEXT NOT NULL,
        PRIMARY KEY (role, permission)
    ) STRICT;
    CREATE TABLE user_roles (
        user INTEGER NOT NULL,
        role TEXT NOT NULL,
        PRIMARY KEY (user, role)
    ) STRICT;
    CREATE INDEX user_roles_of ON user_roles (role);
    CREATE TABLE sign_ins (
        token BLOB PRIMARY KEY,
        user INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sign_ins_of ON sign_ins (user);
    CREATE INDEX sign_ins_seen ON sign_ins (seen_at);
    CREATE TABLE admin_tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        token BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL UNIQUE,
        scopes TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER
    ) STRICT;
    CREATE TABLE first_admin_token (
        made_at INTEGER NOT NULL
    ) STRICT;
";

/// Where a session was begun, see [`Place`](crate::Place).
const PLACES: &str = "
    ALTER TABLE sign_ins ADD COLUMN place TEXT NOT NULL DEFAULT 'application';
";

/// Lays them out where they are not yet.
pub(crate) fn lay_out(platform: &PlatformDb) -> Result<(), PlatformError> {
    platform.lay_out("people", LAYOUT)
}
