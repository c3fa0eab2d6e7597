//! Budgets of the subjects of events: what was spent is read ahead in the caller's time, kept, and asked by the sequencer.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::sync::{Arc, PoisonError};

use headwater_event::authority::Denied;
use headwater_event::event::Event;
use headwater_event::signed::{AuthenticEvent, AuthorizedEvent, Position};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::chain::Chain;
use headwater_tlog::index::Key;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::recorded::Recorded;
use headwater_trace::turn::give_way;

use crate::admission::AppendError;
use crate::budget::Budget;
use crate::clock::recorded_at;
use crate::ledger::Ledger;
use crate::reader::{ReadError, parse};
use crate::spent::{Charge, Spent};
use crate::staged::Staged;
use crate::store::{Store, read};

/// Maximum number of subjects whose use stays in memory, in each of two generations: some 100 to 400 bytes each.
const KEPT_MAX: usize = 32_768;

/// Maximum number of bytes of the entries that are kept parsed while the budgets of one event, or of a group, are read. The subjects of
/// one event share many entries.
const PARSED_BYTES_MAX: usize = 2 << 20;
/// Maximum number of entries that the sequencer reads for the budgets of one batch: those of subjects whose chain grew, or whose author
/// got a right, after the events came.
const SEQUENCED_READS_MAX: u64 = 512;
/// Number of entries of a chain that are read before other tasks have their turn.
const READ_AT_ONCE: usize = 64;

/// Recent uses of budgets, in two generations. The older generation is dropped when the younger is full.
#[derive(Default)]
pub(crate) struct Kept {
    young: HashMap<Key, Arc<Spent>>,
    old: HashMap<Key, Arc<Spent>>,
}

impl Kept {
    /// Returns the use of a budget, if it covers exactly `count` entries of the chain.
    pub fn find(&mut self, key: &Key, count: u64) -> Option<Arc<Spent>> {
        let found = self.young.get(key).or_else(|| self.old.get(key)).filter(|spent| spent.count == count)?.clone();
        self.keep(*key, found.clone());
        Some(found)
    }

    /// Keeps the use of a budget, unless the use that is kept covers more of the chain.
    pub fn keep(&mut self, key: Key, spent: Arc<Spent>) {
        if self.young.get(&key).or_else(|| self.old.get(&key)).is_some_and(|kept| kept.count > spent.count) {
            return;
        }
        if self.young.len() >= KEPT_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, spent);
    }
}

/// The budget of a subject whose chain has so many entries. The operator's own chain is the operator's to fill.
fn budget_of(subject: &Subject, count: u64, operator: &PartyKey) -> Option<Budget> {
    let is_apart = matches!(subject, Subject::Party(party) if party == operator);
    Budget::at(subject, count).filter(|_| !is_apart)
}

/// Entries of chains on their way into budgets.
#[derive(Default)]
pub(crate) struct Parsed {
    entries: HashMap<LeafIndex, Arc<Recorded>>,
    bytes: usize,
    /// The number of entries that were read from the store.
    read: usize,
}

/// Use of the budgets of the subjects that some events name, as far as it could be read before sequencing.
#[derive(Default)]
pub(crate) struct Budgets {
    spent: HashMap<Key, Arc<Spent>>,
    /// Number of entries that were read for these budgets.
    pub read: usize,
}

impl<S: Store> Ledger<S> {
    /// Reads ahead, in the caller's time, what the sequencer will need about the budgets of subjects.
    pub(crate) async fn look_up_budgets(&self, events: &[AuthenticEvent]) -> Budgets {
        let mut budgets = Budgets::default();
        if !self.inner.for_life {
            return budgets;
        }
        let state = self.newest();
        // The entry will be recorded now: after an idle hour, the last entry's time lies far behind.
        let last_ms = state.recorded_at_ms;
        let recorded_at_ms = recorded_at(&*self.inner.clock, last_ms, self.inner.holds_time).unwrap_or(last_ms);
        let position = Position { log_index: LeafIndex::MAX, recorded_at_ms };
        let mut parsed = Parsed::default();
        for event in events.iter().map(AuthenticEvent::event) {
            give_way();
            // For what its party may not sign nothing is read. The original of a correction is looked for later.
            if !matches!(state.authority.judge(event, position, None), Ok(()) | Err(Denied::NoOriginal)) {
                continue;
            }
            for subject in event.keys() {
                tokio::task::yield_now().await;
                let (key, count) = (subject.index_key(), state.count(subject));
                let is_read = count > 0 && budget_of(subject, count, state.authority.operator()).is_some();
                if is_read && !budgets.spent.contains_key(&key) {
                    // An error shows again where it counts.
                    if let Ok(spent) = self.spent(subject, count, &mut parsed).await {
                        budgets.spent.insert(key, spent);
                    }
                }
            }
        }
        Budgets { read: parsed.read, ..budgets }
    }

    /// Returns the use of a subject's budget by the first `count` entries of its chain.
    async fn spent(&self, subject: &Subject, count: u64, parsed: &mut Parsed) -> Result<Arc<Spent>, ReadError> {
        let key = subject.index_key();
        if let Some(spent) = self.kept(&key, count) {
            return Ok(spent);
        }
        let max = usize::try_from(count).unwrap_or(usize::MAX);
        let mut chain = Vec::new();
        for place in read(self.inner.store.chain(&key, 1, max).await)? {
            if chain.len() % READ_AT_ONCE == READ_AT_ONCE - 1 {
                tokio::task::yield_now().await;
            }
            chain.push(self.parsed(place.link.log_index, parsed).await?);
        }
        let spent = Spent::of_chain(subject, chain.iter().map(Arc::as_ref), self.newest().authority.operator());
        let spent = Arc::new(spent);
        self.inner.spent.lock().unwrap_or_else(PoisonError::into_inner).keep(key, spent.clone());
        Ok(spent)
    }

    /// The use by so many entries, where it is at hand.
    fn kept(&self, key: &Key, count: u64) -> Option<Arc<Spent>> {
        match count {
            0 => Some(Arc::default()),
            count => self.inner.spent.lock().unwrap_or_else(PoisonError::into_inner).find(key, count),
        }
    }

    async fn parsed(&self, log_index: LeafIndex, parsed: &mut Parsed) -> Result<Arc<Recorded>, ReadError> {
        if let Some(entry) = parsed.entries.get(&log_index) {
            return Ok(entry.clone());
        }
        let entry = Arc::new(parse(log_index, &self.entry(log_index).await?)?);
        if parsed.bytes + entry.bytes_len > PARSED_BYTES_MAX {
            parsed.entries.clear();
            parsed.bytes = 0;
        }
        parsed.read += 1;
        parsed.bytes += entry.bytes_len;
        parsed.entries.insert(log_index, entry.clone());
        Ok(entry)
    }

    /// Whether the kept use of a subject's budget equals the fold over its chain.
    #[cfg(feature = "testing")]
    pub async fn is_kept_as_folded(&self, subject: &Subject) -> Result<bool, ReadError> {
        let count = self.newest().count(subject);
        let kept = self.spent(subject, count, &mut Parsed::default()).await?;
        *self.inner.spent.lock().unwrap_or_else(PoisonError::into_inner) = Kept::default();
        Ok(kept == self.spent(subject, count, &mut Parsed::default()).await?)
    }

    /// Computes the charges of an event to the budgets of its subjects, all of which have to allow it. `budgets` holds what was read ahead.
    pub(crate) async fn charges(
        &self,
        staged: &mut Staged,
        event: &AuthorizedEvent,
        chains: &[Chain],
        original: Option<&Event>,
        budgets: &Budgets,
    ) -> Result<Result<Vec<(Key, Charge)>, AppendError>, ReadError> {
        let (claims, bytes) = (event.event(), event.signed().event.len());
        let mut charges = Vec::with_capacity(chains.len());
        let (operator, mut parsed) = (staged.authority.operator().clone(), Parsed::default());
        for (subject, chain) in claims.keys().zip(chains) {
            let key = chain.leaf().key;
            let budget = budget_of(subject, chain.count(), &operator).filter(|_| self.inner.for_life);
            let Some(budget) = budget else { continue };
            let spent = match staged.spent.entry(key) {
                MapEntry::Occupied(spent) => spent.into_mut(),
                MapEntry::Vacant(place) => {
                    let ahead = budgets.spent.get(&key).filter(|spent| spent.count == chain.count()).cloned();
                    let spent = match ahead.or_else(|| self.kept(&key, chain.count())) {
                        Some(spent) => spent,
                        // The caller sends the event again, and the chain is read ahead then.
                        None if staged.read + chain.count() > SEQUENCED_READS_MAX => {
                            return Ok(Err(AppendError::Overloaded));
                        }
                        None => {
                            staged.read += chain.count();
                            self.spent(subject, chain.count(), &mut parsed).await?
                        }
                    };
                    place.insert(Spent::clone(&spent))
                }
            };
            let charge = spent.charge_for(budget, claims, subject, bytes, original, &operator);
            if let Err(used_up) = spent.allows(&charge, subject) {
                return Ok(Err(used_up.into()));
            }
            charges.push((key, charge));
        }
        Ok(Ok(charges))
    }
}
