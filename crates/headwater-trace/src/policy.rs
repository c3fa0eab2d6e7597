//! Trust policy of a reader: a log with its witnesses (C2SP tlog-policy), and the ledger.

use headwater_tlog::hash::Hash;
use headwater_tlog::policy::{BLANKS, Policy, PolicyError, TrustError, TrustedCheckpoint};

/// A tlog-policy whose `#headwater ledger` line pins the ledger's id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrustPolicy {
    policy: Policy,
    ledger_id: Hash,
}

/// Reason why a text is not a trust policy. The author of the text is at fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustPolicyError {
    /// The C2SP part of the text is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The text does not name the ledger in exactly one line.
    #[error("a policy has one line \"#headwater ledger ID\", this has {found}")]
    Ledger {
        /// Number of such lines in the text.
        found: usize,
    },
    /// A `#headwater` line other than `ledger` with 64 hex digits.
    #[error("{line:?} is not a line of a trust policy: \"#headwater ledger\" and 64 hex digits")]
    Line {
        /// The line, cut after 128 characters.
        line: String,
    },
    /// The policy does not name exactly one log. The histories of two logs are never one.
    #[error("a policy names one log, this names {found}")]
    Logs {
        /// Number of logs that the text names.
        found: usize,
    },
}

impl TrustPolicy {
    /// Parses the text of a policy file.
    pub fn parse(text: &str) -> Result<Self, TrustPolicyError> {
        let policy = Policy::parse(text)?;
        if policy.logs().len() != 1 {
            return Err(TrustPolicyError::Logs { found: policy.logs().len() });
        }
        let mut ledgers = Vec::new();
        for pin in policy.pins() {
            let line = || TrustPolicyError::Line { line: pin.chars().take(128).collect() };
            let digits = pin.trim_matches(BLANKS).strip_prefix("ledger ").ok_or_else(line)?;
            let bytes = hex::decode(digits.trim_matches(BLANKS)).map_err(|_| line())?;
            ledgers.push(Hash::try_from(bytes.as_slice()).map_err(|_| line())?);
        }
        match ledgers.as_slice() {
            [ledger_id] => Ok(Self { ledger_id: *ledger_id, policy }),
            other => Err(TrustPolicyError::Ledger { found: other.len() }),
        }
    }

    /// Id of the ledger: the leaf hash of its genesis.
    pub fn ledger_id(&self) -> Hash {
        self.ledger_id
    }

    /// The C2SP part of the policy: log, witnesses and auditors.
    pub fn tlog(&self) -> &Policy {
        &self.policy
    }

    /// Verifies a checkpoint note. The result does not depend on a clock.
    pub fn open(&self, note: &[u8]) -> Result<TrustedCheckpoint, TrustError> {
        self.policy.open(note)
    }
}
