//! Grants: what plugins ask, what an administrator allowed, and what is in force.
//!
//! In reading order: `rule` (the one form of all of it), `items` (what can be asked of a host,
//! and the algebra of rules), `reach` and `limits` (the items that are no capabilities). What
//! the rules of a capability mean, its room knows.

mod items;
mod limits;
mod powers;
mod reach;
pub(crate) mod rule;

pub use items::{Items, Rules, Sections, Sentence, is_named};
pub use limits::granted_limits;
pub use powers::Powers;
pub use reach::covers_path;
pub use rule::{GrantKind, Rule, RuleKind};
