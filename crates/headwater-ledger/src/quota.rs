//! What parties used of their quotas.

use std::collections::HashMap;

use headwater_event::event::Event;
use headwater_event::subject::Subject;
use headwater_tlog::chain::Chain;
use headwater_tlog::index::Key;

use crate::admission::{AppendError, Limits, is_limited};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What parties used of their quotas today. It starts anew when the ledger is opened.
#[derive(Default)]
pub(crate) struct Used {
    day: u64,
    party: HashMap<Key, u64>,
    subject: HashMap<(Key, Key), u64>,
}

impl Used {
    /// Counts an event against the quotas of its party.
    pub(crate) fn take(
        &mut self,
        limits: &Limits,
        at_ms: u64,
        party: Key,
        claims: &Event,
        chains: &[Chain],
    ) -> Result<(), AppendError> {
        if !is_limited(claims.kind()) {
            return Ok(());
        }
        if self.day != at_ms / DAY_MS {
            *self = Self { day: at_ms / DAY_MS, ..Self::default() };
        }
        let quota = |quota, limit| Err(AppendError::Quota { quota, limit });
        let full = |(subject, chain): (&Subject, &Chain)| {
            matches!(subject, Subject::LogisticUnit(_)) && chain.count() >= limits.unit
        };
        if claims.keys().zip(chains).any(full) {
            return quota("entries on a logistic unit", limits.unit);
        }
        let on = |chain: &Chain| self.subject.get(&(party, chain.leaf().key)).copied().unwrap_or(0);
        if chains.iter().any(|chain| on(chain) >= limits.party_subject_day) {
            return quota("entries of a party on a subject in a day", limits.party_subject_day);
        }
        let used = self.party.entry(party).or_default();
        if *used >= limits.party_day {
            return quota("entries of a party in a day", limits.party_day);
        }
        *used += 1;
        for chain in chains {
            *self.subject.entry((party, chain.leaf().key)).or_default() += 1;
        }
        Ok(())
    }
}
