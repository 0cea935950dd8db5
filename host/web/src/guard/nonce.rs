//! The number that a page's own scripts carry, and that nobody can guess: another one for each
//! page.

use std::fmt;

/// A nonce: 128 bits in hexadecimal digits.
#[derive(Clone)]
pub(crate) struct Nonce(String);

impl Nonce {
    /// Another one than any before. Nothing if the system has no random bytes: then no script
    /// runs.
    pub(crate) fn new() -> Option<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).ok()?;
        Some(Self(format!("{:032x}", u128::from_le_bytes(bytes))))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_is_another() {
        let (one, other) = (Nonce::new().unwrap(), Nonce::new().unwrap());
        assert_ne!(one.as_str(), other.as_str());
        assert_eq!(one.as_str().len(), 32);
    }
}
