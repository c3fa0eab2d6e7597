//! What a reader trusts: a log and its witnesses (C2SP tlog-policy), and which ledger it is.

use headwater_tlog::hash::Hash;
use headwater_tlog::policy::{Policy, PolicyError, TrustError, TrustedCheckpoint};

/// A tlog-policy whose `#headwater ledger` line pins the ledger's id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustPolicy {
    policy: Policy,
    ledger_id: Hash,
}

/// Why a text is no trust policy. All are the fault of whoever wrote it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustPolicyError {
    /// The C2SP part is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// No line, or more than one, says which ledger it is.
    #[error("a policy has one line \"#headwater ledger ID\", this has {found}")]
    Ledger {
        /// How many there were.
        found: usize,
    },
    /// A `#headwater` line that nobody knows.
    #[error("{line:?} is no line of a trust policy: \"#headwater ledger\" and 64 hex digits")]
    Line {
        /// The line.
        line: String,
    },
    /// A policy names one log: histories of two logs are never one.
    #[error("a policy names one log, this names {found}")]
    Logs {
        /// How many there were.
        found: usize,
    },
}

impl TrustPolicy {
    /// Reads a policy file.
    pub fn parse(text: &str) -> Result<Self, TrustPolicyError> {
        let policy = Policy::parse(text)?;
        if policy.logs().len() != 1 {
            return Err(TrustPolicyError::Logs { found: policy.logs().len() });
        }
        let mut ledgers = Vec::new();
        for pin in policy.pins() {
            let line = || TrustPolicyError::Line { line: pin.chars().take(128).collect() };
            let digits = pin.trim().strip_prefix("ledger ").ok_or_else(line)?;
            let bytes = hex::decode(digits.trim()).map_err(|_| line())?;
            ledgers.push(Hash::try_from(bytes.as_slice()).map_err(|_| line())?);
        }
        match ledgers.as_slice() {
            [ledger_id] => Ok(Self { ledger_id: *ledger_id, policy }),
            other => Err(TrustPolicyError::Ledger { found: other.len() }),
        }
    }

    /// The ledger, by the leaf hash of its genesis.
    pub fn ledger_id(&self) -> Hash {
        self.ledger_id
    }

    /// Log, witnesses and auditors.
    pub fn tlog(&self) -> &Policy {
        &self.policy
    }

    /// Checks a checkpoint note. No clock is asked.
    pub fn open(&self, note: &[u8]) -> Result<TrustedCheckpoint, TrustError> {
        self.policy.open(note)
    }
}
