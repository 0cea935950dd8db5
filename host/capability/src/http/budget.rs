//! How much of answers is held at once: counted before it is held, and given back when it is
//! dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Fault;

/// Bytes of one answer's body, as it came and as it is decompressed. It is copied into the
/// guest, whose memory is seldom larger.
pub const MAX_RESPONSE_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of all answers of one `send-many`: the host holds them together until the last is in.
pub const MAX_RESPONSES_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of answers that the host holds for one plugin, over all of its calls.
pub const MAX_PLUGIN_BYTES: usize = 64 * 1024 * 1024;

/// Bytes that may be held.
#[derive(Debug)]
pub(super) struct Budget {
    held: AtomicUsize,
    most: usize,
    /// What is larger than allowed when it is used up.
    what: &'static str,
}

impl Budget {
    pub(super) fn new(most: usize, what: &'static str) -> Arc<Self> {
        let held = AtomicUsize::new(0);
        Arc::new(Self { held, most, what })
    }

    /// Of one call.
    pub(super) fn of_call() -> Arc<Self> {
        Self::new(MAX_RESPONSES_BYTES, "the answers of one call together have")
    }

    /// Of all that a plugin does.
    pub(super) fn of_plugin() -> Arc<Self> {
        let what = "the answers that this plugin is reading now have together";
        Self::new(MAX_PLUGIN_BYTES, what)
    }

    fn take(&self, bytes: usize) -> Result<(), Fault> {
        let more = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.most);
        let taken = self
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map(drop).map_err(|_| self.exceeded())
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn exceeded(&self) -> Fault {
        Fault::TooLarge(format!("{} more than {} MiB", self.what, self.most >> 20))
    }
}

/// What is held of one body. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Held {
    of: [Arc<Budget>; 2],
    bytes: usize,
}

impl Held {
    /// Nothing yet.
    pub(super) fn none(of: [Arc<Budget>; 2]) -> Self {
        Self { of, bytes: 0 }
    }

    /// Nothing yet, beside this.
    pub(super) fn another(&self) -> Self {
        Self::none(self.of.clone())
    }

    /// Takes room for so many bytes more.
    ///
    /// # Errors
    /// [`Fault::TooLarge`], and nothing is taken.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Fault> {
        if self.bytes.saturating_add(bytes) > MAX_RESPONSE_BYTES {
            return Err(too_large());
        }
        let [call, plugin] = &self.of;
        call.take(bytes)?;
        plugin.take(bytes).inspect_err(|_| call.give_back(bytes))?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.iter().for_each(|of| of.give_back(self.bytes));
    }
}

/// The fault of an answer that is too long by itself.
pub(super) fn too_large() -> Fault {
    let most = MAX_RESPONSE_BYTES >> 20;
    Fault::TooLarge(format!("the answer's body has more than {most} MiB"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_bounded_by_body_call_and_plugin() {
        let (call, plugin) = (Budget::new(100, "call"), Budget::new(150, "plugin"));
        let of = || Held::none([Arc::clone(&call), Arc::clone(&plugin)]);
        let (mut one, mut two) = (of(), of());
        one.grow(60).unwrap();
        assert!(two.grow(41).unwrap_err().to_string().contains("call"));
        two.grow(40).unwrap();
        let mut other = Held::none([Budget::new(100, "other"), Arc::clone(&plugin)]);
        assert!(other.grow(51).unwrap_err().to_string().contains("plugin"));
        assert_eq!(
            other.of[0].held.load(Ordering::Relaxed),
            0,
            "nothing is taken"
        );
        other.grow(50).unwrap();
        drop((one, two));
        other.grow(50).unwrap();
        drop(other);
        assert_eq!(plugin.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn one_body_is_bounded_by_itself() {
        let mut held = Held::none([Budget::of_call(), Budget::of_plugin()]);
        held.grow(MAX_RESPONSE_BYTES).unwrap();
        assert!(matches!(held.grow(1), Err(Fault::TooLarge(_))));
        assert!(matches!(
            held.another().grow(usize::MAX),
            Err(Fault::TooLarge(_))
        ));
    }
}
