//! What a package's template may use up: bytes that it handles, steps and time.
//!
//! A template cannot make a large value out of nothing: whatever it joins, compares, passes
//! or keeps is counted here first, at each use, until its allowance is spent. So the sum of
//! all values that it makes is bounded, however they are nested or shared.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use minijinja::value::{Value, ValueKind};

use super::error::Problem;

/// Bytes that one page may handle, counted at each use. A page of 10,000 table cells uses
/// two of them.
pub(super) const ALLOWANCE: u64 = 32 << 20;

/// Bytes of one text. Filters make up to some 30 bytes of a text's character, for a moment.
const MAX_TEXT: usize = 1 << 20;

/// Depth of lists in lists. Printing, comparing and dropping values walk this deep on the
/// stack.
const MAX_DEPTH: u32 = 32;

/// Bytes that an item of a list takes besides what it holds.
const ITEM: u64 = 32;

/// Counts what one page uses.
#[derive(Debug)]
pub(super) struct Meter {
    used: AtomicU64,
    deadline: Instant,
}

impl Meter {
    pub(super) fn until(deadline: Instant) -> Self {
        Self {
            used: AtomicU64::new(0),
            deadline,
        }
    }

    /// Counts `bytes`.
    pub(super) fn charge(&self, bytes: u64) -> Result<(), Problem> {
        let before = self.used.fetch_add(bytes.min(ALLOWANCE), Ordering::Relaxed);
        if before.saturating_add(bytes) > ALLOWANCE {
            return Err(Problem::limit(format!(
                "it handles more than the {} MiB that a page of a plugin may handle",
                ALLOWANCE >> 20
            )));
        }
        if Instant::now() > self.deadline {
            return Err(Problem::limit("the page's deadline has passed"));
        }
        Ok(())
    }

    /// Counts a value that is used `times` times.
    pub(super) fn value(&self, value: &Value, times: u64) -> Result<(), Problem> {
        let size = self.size(value, 0)?;
        self.charge(size.saturating_mul(times))
    }

    /// The size of a value as text, roughly. Walks no further than the allowance goes.
    fn size(&self, value: &Value, depth: u32) -> Result<u64, Problem> {
        if let Some(text) = value.as_str() {
            return text_size(text);
        }
        if let Some(bytes) = value.as_bytes() {
            return Ok(bytes.len() as u64);
        }
        if !is_container(value) {
            return Ok(8);
        }
        deep_enough(depth)?;
        let mut sum: u64 = 8;
        for item in items(value)? {
            sum = sum.saturating_add(ITEM + self.size(&item, depth + 1)?);
            if value.kind() == ValueKind::Map {
                let held = value.get_item(&item).unwrap_or_default();
                sum = sum.saturating_add(ITEM + self.size(&held, depth + 1)?);
            }
            if sum > ALLOWANCE {
                self.charge(sum)?;
            }
        }
        Ok(sum)
    }

    /// Counts a value and copies its lists and maps, so that nothing of it is computed later
    /// or changes later, and nothing can hold itself.
    pub(super) fn own(&self, value: &Value) -> Result<Value, Problem> {
        self.own_at(value, 0)
    }

    fn own_at(&self, value: &Value, depth: u32) -> Result<Value, Problem> {
        if !is_container(value) {
            self.charge(self.size(value, depth)?)?;
            return Ok(value.clone());
        }
        deep_enough(depth)?;
        if value.kind() == ValueKind::Map {
            let mut pairs = Vec::new();
            for key in items(value)? {
                let held = value.get_item(&key).unwrap_or_default();
                self.charge(2 * ITEM)?;
                pairs.push((
                    self.own_at(&key, depth + 1)?,
                    self.own_at(&held, depth + 1)?,
                ));
            }
            return Ok(Value::from_pairs(pairs));
        }
        let mut list = Vec::new();
        for item in items(value)? {
            self.charge(ITEM)?;
            list.push(self.own_at(&item, depth + 1)?);
        }
        Ok(Value::from(list))
    }
}

fn is_container(value: &Value) -> bool {
    matches!(
        value.kind(),
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable
    )
}

fn items(value: &Value) -> Result<impl Iterator<Item = Value> + use<>, Problem> {
    value
        .try_iter()
        .map_err(|error| Problem::bad(error.to_string()))
}

fn deep_enough(depth: u32) -> Result<(), Problem> {
    if depth < MAX_DEPTH {
        return Ok(());
    }
    Err(Problem::limit(format!(
        "its lists are nested more than {MAX_DEPTH} deep"
    )))
}

fn text_size(text: &str) -> Result<u64, Problem> {
    if text.len() > MAX_TEXT {
        let most = MAX_TEXT >> 20;
        return Err(Problem::limit(format!(
            "it makes a text of more than {most} MiB"
        )));
    }
    Ok(text.len() as u64 + 8)
}
