//! Use of the quotas and rates of parties.

use std::collections::HashMap;

use headwater_event::event::Event;
use headwater_event::subject::Subject;
use headwater_tlog::chain::Chain;
use headwater_tlog::index::Key;

use crate::admission::{AppendError, Limits, is_limited};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Use of the quotas of parties on the current day. The counts start anew when the ledger is opened.
#[derive(Default)]
pub(crate) struct Used {
    day: u64,
    party: HashMap<Key, u64>,
    subject: HashMap<(Key, Key), u64>,
    /// Buckets by party, and by whether quotas of a day bind the kind.
    rates: HashMap<(Key, bool), Bucket>,
}

/// Number of events that a party may still append at once, in thousandths of an event.
struct Bucket {
    tokens: u64,
    at_ms: u64,
}

const WHOLE: u64 = 1_000;

/// A rate: events in a second over time, and events at once before that rate holds.
struct Pace {
    party_second: u64,
    party_burst: u64,
}

/// Rate of kinds that no quota of a day binds: recalls, lifts, corrections and party events. This rate is apart from that of all other
/// kinds.
const UNLIMITED: Pace = Pace { party_second: 16, party_burst: 256 };

impl Used {
    /// Counts an event against the rate and the quotas of its party.
    pub(crate) fn take(
        &mut self,
        limits: &Limits,
        at_ms: u64,
        party: Key,
        claims: &Event,
        chains: &[Chain],
    ) -> Result<(), AppendError> {
        if !is_limited(claims.kind()) {
            let paced = self.is_in_rate(&UNLIMITED, at_ms, (party, false));
            return if paced { Ok(()) } else { Err(AppendError::Rate { per_second: UNLIMITED.party_second }) };
        }
        if self.day != at_ms / DAY_MS {
            *self = Self { day: at_ms / DAY_MS, rates: std::mem::take(&mut self.rates), ..Self::default() };
        }
        let pace = Pace { party_second: limits.party_second, party_burst: limits.party_burst };
        if !self.is_in_rate(&pace, at_ms, (party, true)) {
            return Err(AppendError::Rate { per_second: limits.party_second });
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

    /// Takes one event out of the party's bucket, which fills with time. Returns false if the bucket has no event left.
    fn is_in_rate(&mut self, limits: &Pace, at_ms: u64, of: (Key, bool)) -> bool {
        let full = limits.party_burst.saturating_mul(WHOLE);
        let bucket = self.rates.entry(of).or_insert(Bucket { tokens: full, at_ms });
        let passed_ms = at_ms.saturating_sub(bucket.at_ms);
        // A second has as many milliseconds as an event has thousandths, so no factor is needed.
        bucket.tokens = bucket.tokens.saturating_add(passed_ms.saturating_mul(limits.party_second)).min(full);
        bucket.at_ms = at_ms;
        let left = bucket.tokens.checked_sub(WHOLE);
        bucket.tokens = left.unwrap_or(bucket.tokens);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let limits = Pace { party_second: 2, party_burst: 3 };
        let (mut used, party) = (Used::default(), (Key::of_subject("417/9526543000105"), true));
        let taken = |used: &mut Used, at_ms| (0..10).filter(|_| used.is_in_rate(&limits, at_ms, party)).count();
        assert_eq!(taken(&mut used, 1_000), 3);
        assert_eq!(taken(&mut used, 1_499), 0);
        assert_eq!(taken(&mut used, 1_500), 1);
        assert_eq!(taken(&mut used, 61_500), 3);
        assert!(
            used.is_in_rate(&limits, 61_500, (Key::of_subject("417/9526543000204"), true)),
            "another party has its own"
        );
    }
}
