//! Reasons for which a ledger takes no events for a while. Reads go on.

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

/// A hold: an order of the node that keeps a ledger from signing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{words}")]
pub struct Held {
    /// Name of the reason for programs.
    pub reason: &'static str,
    /// Text of the reason for authors and readers.
    pub words: &'static str,
    /// Text of the reason for the operator, with addresses and with the way out.
    pub why: String,
    /// Whether an index head alone may be written. Others then see that this node goes on, and not a copy of it.
    pub lets_heads: bool,
    /// Whether writes may go on without an act of a person.
    pub passes: bool,
}

impl Wait {
    /// Name of the reason for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            Wait::NoSpace => "NO_SPACE",
            Wait::Clock(_) => "CLOCK",
            Wait::Held(held) => held.reason,
        }
    }

    /// Whether the ledger may take the same bytes later.
    pub fn passes(&self) -> bool {
        !matches!(self, Wait::Held(Held { passes: false, .. }))
    }

    /// Text of the reason for the operator.
    pub fn why(&self) -> String {
        match self {
            Wait::Held(held) => held.why.clone(),
            wait => wait.to_string(),
        }
    }
}
