//! What the builders of `http`, `mail` and `schedule` have in common: something of the host's
//! that is filled in step by step, and the first fault on the way.

use crate::types::Fault;

/// Something of the host's that is being put together. After a fault nothing more is done to
/// it, and [`Draft::finish`] tells the fault.
#[derive(Debug)]
pub(crate) struct Draft<R>(Result<R, Fault>);

impl<R> Draft<R> {
    pub(crate) fn new(begun: R) -> Self {
        Self(Ok(begun))
    }

    /// For what is wrong before there is anything of the host's.
    pub(crate) fn wrong(fault: Fault) -> Self {
        Self(Err(fault))
    }

    pub(crate) fn with(self, step: impl FnOnce(&R) -> Result<(), Fault>) -> Self {
        Self(self.0.and_then(|begun| step(&begun).map(|()| begun)))
    }

    pub(crate) fn finish(self) -> Result<R, Fault> {
        self.0
    }
}
