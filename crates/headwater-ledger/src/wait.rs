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
#[error("{words}")]
pub struct Held {
    /// The name by which machines know it.
    pub reason: &'static str,
    /// The reason for authors and readers.
    pub words: &'static str,
    /// The reason for the operator: with addresses, and with the way out.
    pub why: String,
    /// Whether an index head alone may be written: where others have to see that this node, and no copy of it, goes on.
    pub lets_heads: bool,
    /// Whether writes may go on without a person.
    pub passes: bool,
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

    /// Whether the same bytes may be taken later.
    pub fn passes(&self) -> bool {
        !matches!(self, Wait::Held(Held { passes: false, .. }))
    }

    /// The reason for the operator.
    pub fn why(&self) -> String {
        match self {
            Wait::Held(held) => held.why.clone(),
            wait => wait.to_string(),
        }
    }
}
