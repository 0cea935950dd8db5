//! Grants that are a list of names and of patterns of them: how such a list is read into rules, and
//! how a room looks up what its plugin was granted. Used by the rooms `app`, `plugins` and `events`,
//! which say what a name is and what it allows.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;
use serde_json::Value;

use super::rule::{RuleTexts, covers_name};
use crate::audit::Counter;
use crate::json_schema::shortened;

/// Entries of one grant: a person reads them all before consenting.
pub(crate) const MAX_ENTRIES: usize = 100;

/// How a capability's list is written.
pub(crate) struct ListOfNames {
    /// The capability.
    pub(crate) capability: &'static str,
    /// What the list is of, with an example, after "is written as a list of".
    pub(crate) of: &'static str,
    /// What an entry is none of, after "is neither".
    pub(crate) neither: &'static str,
    /// Bytes of an entry that are shown when it is wrong.
    pub(crate) shown: usize,
    /// The rule's text of an entry, if it is one.
    pub(crate) pattern: fn(&str) -> Option<String>,
}

impl ListOfNames {
    /// The rules of what was written, sorted, and none that another one allows as well: that would
    /// make two texts of equal grants.
    pub(crate) fn read(&self, value: &Value) -> RuleTexts {
        let Self { capability, of, .. } = self;
        let written = || vec![format!("`{capability}` is written as a list of {of}")];
        let list = value.as_array().ok_or_else(written)?;
        if list.len() > MAX_ENTRIES {
            let text = format!("`{capability}` has more than {MAX_ENTRIES} entries");
            return Err(vec![text]);
        }
        let (mut patterns, mut wrong) = (Vec::new(), Vec::new());
        for entry in list {
            let text = entry.as_str().ok_or_else(written)?;
            match (self.pattern)(text) {
                Some(pattern) => patterns.push(pattern),
                None => {
                    let text = shortened(text, self.shown);
                    wrong.push(format!(
                        "`{capability}`: `{text}` is neither {}",
                        self.neither
                    ));
                }
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        patterns.sort_unstable();
        patterns.dedup();
        let all = patterns.clone();
        let allowed = |text: &String| all.iter().any(|it| it != text && covers_name(it, text));
        patterns.retain(|text| !allowed(text));
        Ok(patterns)
    }
}

/// What one plugin was granted of names: patterns, each with how often it allowed something.
/// Clones share it; what is set takes effect at the plugin's next call. A look at it takes no lock
/// and allocates nothing.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<ArcSwap<Vec<(String, Counter)>>>);

impl Names {
    /// Replaces what is granted.
    pub(crate) fn set(&self, patterns: Vec<(String, Counter)>) {
        self.0.store(Arc::new(patterns));
    }

    /// Whether a pattern is granted that allows it; counts the use of the first one.
    pub(crate) fn used(&self, allows: impl Fn(&str) -> bool) -> bool {
        let patterns = self.0.load();
        let mut patterns = patterns.iter();
        let found = patterns.find(|(pattern, _)| allows(pattern));
        if let Some((_, uses)) = found {
            uses.fetch_add(1, Ordering::Relaxed);
        }
        found.is_some()
    }

    /// The same, and counts nothing.
    pub(crate) fn any(&self, allows: impl Fn(&str) -> bool) -> bool {
        self.0.load().iter().any(|(pattern, _)| allows(pattern))
    }
}
