//! How many bytes a plugin may keep.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::grants::{GrantKind, RuleKind};

/// How the cache is asked and granted.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules: |_, _| Err(vec!["not built yet".to_owned()]),
    covers: |outer, inner| outer == inner,
    consent: |_| Vec::new(),
});

/// What one plugin was granted.
#[derive(Clone, Default)]
pub struct Granted {}

impl Granted {
    /// Nothing granted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Replaces what is granted: rules, each with the counter of its uses.
    pub fn set(&self, _rules: Vec<(String, Arc<AtomicU64>)>) {}
}
