//! Grants: what plugins ask, what an administrator allowed, and what is in force.
//!
//! In reading order: `rule` (the one form of all of it), `items` (what can be asked of a host,
//! and the algebra of rules), `reach` and `limits` (the items that are no capabilities), then
//! `binding` (whom a grant is for), `decided` (what decisions amount to), `policy` (what is
//! granted ahead), `ledger` (where decisions are kept) and `consent` (how an administrator is
//! asked). What the rules of a capability mean, its room knows; `names` is what rooms share whose rules
//! are names.

mod binding;
mod consent;
mod decided;
mod identity;
mod items;
mod ledger;
mod limits;
mod names;
mod policy;
mod powers;
mod reach;
mod rule;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;

pub use binding::{Binding, BindingError};
pub use consent::{Asked, Asker, consent_text, visible};
pub(crate) use identity::SECRETS;
pub use identity::{asked_by_identity, identity_rules};
pub use items::{Items, Rules, Sections, Sentence, is_named};
pub use ledger::{Decision, Ledger, Verdict};
pub use limits::granted_limits;
#[cfg(test)]
pub(crate) use names::MAX_ENTRIES;
pub(crate) use names::{ListOfNames, Names};
pub use policy::{Ahead, Policy};
pub use powers::Powers;
pub use reach::{covers_hook, covers_path, hook_rule};
pub(crate) use rule::covers_name;
pub use rule::{Consent, GrantKind, ReadRules, Rule, RuleKind, RuleTexts};
