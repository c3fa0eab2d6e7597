//! Why a ledger takes no events for a while. Reads go on.

use crate::clock::Doubt;

/// A reason for which writes wait.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Wait {
    /// The disk is nearly full.
    #[error("the disk of the ledger is nearly full")]
    NoSpace,
    /// The time is in doubt.
    #[error(transparent)]
    Clock(#[from] Doubt),
    /// The node holds the ledger back.
    #[error(transparent)]
    Held(#[from] Held),
}

/// A word of the node that keeps a ledger from signing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why}")]
pub struct Held {
    /// The name by which machines know it.
    pub reason: &'static str,
    /// The reason in words.
    pub why: String,
}

impl Wait {
    /// The name by which machines know it.
    pub fn reason(&self) -> &'static str {
        match self {
            Wait::NoSpace => "NO_SPACE",
            Wait::Clock(_) => "CLOCK",
            Wait::Held(held) => held.reason,
        }
    }
}
