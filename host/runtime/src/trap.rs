//! The ways in which a plugin's code breaks off, as words for figures. Read from a runtime's own
//! errors by that runtime; the text beside it says more.

/// A way in which a plugin's code broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrapKind {
    /// It panicked or aborted.
    Panicked,
    /// It recursed too deeply.
    StackOverflow,
    /// It called `exit`.
    Exited,
    /// It went past the end of a memory or a table.
    OutOfBounds,
    /// It divided by nothing, or made a number that is none.
    Arithmetic,
    /// Another one.
    Other,
}

impl TrapKind {
    /// The word for it: there are as many as there are kinds.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Panicked => "panicked",
            Self::StackOverflow => "stack_overflow",
            Self::Exited => "exited",
            Self::OutOfBounds => "out_of_bounds",
            Self::Arithmetic => "arithmetic",
            Self::Other => "other",
        }
    }
}
