//! The state of a party's key, by the entries below an entry.

use headwater_tlog::key::PublicKey;

use super::Denied;
use crate::kind::party::Interval;
use crate::signature::KeyUse;
use crate::subject::PartyKey;

/// A key with its interval and its revocations.
#[derive(Clone, Debug)]
pub(super) struct KeyRecord {
    pub party: PartyKey,
    pub key_use: KeyUse,
    pub key: PublicKey,
    pub interval: Interval,
    /// Time from which the key is retired, in milliseconds UTC.
    pub retired_ms: Option<u64>,
    /// Time since which the key is compromised, in milliseconds UTC.
    pub compromised_ms: Option<u64>,
}

impl KeyRecord {
    /// Checks that the key signs at a time: within its interval, never compromised, and not yet retired.
    pub fn in_force(&self, at_ms: u64) -> Result<(), Denied> {
        let key_id = self.key.id();
        if !self.interval.contains(at_ms) {
            return Err(Denied::KeyInterval { key_id, recorded_at_ms: at_ms });
        }
        if let Some(since_ms) = self.compromised_ms {
            return Err(Denied::KeyRevoked { key_id, since_ms });
        }
        match self.retired_ms {
            Some(since_ms) if since_ms <= at_ms => Err(Denied::KeyRevoked { key_id, since_ms }),
            _ => Ok(()),
        }
    }
}
