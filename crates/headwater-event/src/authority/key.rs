//! A key of a party, as the entries up to some place leave it.

use headwater_tlog::key::PublicKey;

use super::Denied;
use crate::kind::party::Interval;
use crate::signature::KeyUse;
use crate::subject::PartyKey;

/// A key and what has become of it.
#[derive(Clone, Debug)]
pub(super) struct KeyRecord {
    pub party: PartyKey,
    pub key_use: KeyUse,
    pub key: PublicKey,
    pub interval: Interval,
    /// Retired from this time.
    pub retired_ms: Option<u64>,
    /// In other hands since this time.
    pub compromised_ms: Option<u64>,
}

impl KeyRecord {
    /// Whether it signs at a time.
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
