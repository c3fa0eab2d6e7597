//! Outcome of each event of a batch: the sequencer judges an event at the log index that the event would take, and stages an event that
//! holds.

use headwater_event::authority::Denied;
use headwater_event::entry::{Entry, EntryBody};
use headwater_event::event::{Event, EventId};
use headwater_event::kind::KindBody;
use headwater_event::kind::sticker::StickerAction;
use headwater_event::signed::AuthenticEvent;
use headwater_event::subject::Subject;
use headwater_tlog::chain::Chain;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Key;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::recorded::Recorded;
use headwater_trace::verify::{Original, original_of};

use crate::admission::{AppendError, SHOWN_ENTRY_BYTES_MAX, needless_principal};
use crate::ledger::Decision;
use crate::sequencer::{Fatal, Sequencer};
use crate::snapshot::Snapshot;
use crate::spending::Budgets;
use crate::staged::Staged;
use crate::store::{Store, read};

/// Outcome of one event of a job.
pub(crate) enum EventOutcome {
    New { log_index: LeafIndex, keys: Vec<Subject> },
    Decided(Decision),
}

impl EventOutcome {
    /// Whether the outcome is of an entry of this batch: a new entry, or a repeat of such an entry.
    pub fn is_of(&self, staged: &Staged) -> bool {
        match self {
            EventOutcome::New { .. } => true,
            EventOutcome::Decided(Decision::Recorded { log_index }) => !staged.base.covers(*log_index),
            EventOutcome::Decided(_) => false,
        }
    }
}

impl<S: Store> Sequencer<S> {
    /// Decides on one event at the log index that it would get. `known` is the log index at which the store has the author's id for the
    /// event. `budgets` holds what was read ahead.
    pub(crate) async fn stage(
        &mut self,
        staged: &mut Staged,
        before: &Snapshot,
        event: AuthenticEvent,
        id: (Key, EventId),
        known: Option<LeafIndex>,
        budgets: &Budgets,
    ) -> Result<EventOutcome, Fatal> {
        // The same event again has the same author's id, so one look-up finds a repeat and an id that was used for another event.
        if let Some(log_index) = known.or_else(|| staged.ids.get(&id).copied()) {
            let entry = self.entry(staged, log_index).await?;
            return Ok(EventOutcome::Decided(repeat(&event, log_index, entry)));
        }
        let party = id.0;
        // For an event that its party may not sign, no chain is read or looked up, not even to find the original that the event names.
        if original_of(event.event()).is_some()
            && let Err(denied) = staged.authority.judge(event.event(), staged.position(), None)
            && !matches!(denied, Denied::NoOriginal)
        {
            return Ok(refused(denied));
        }
        let original = self.original(staged, event.event()).await?;
        let event = match staged.authority.authorize(event, staged.position(), original.as_ref()) {
            Ok(event) => event,
            Err(denied) => return Ok(refused(denied)),
        };
        let claims = event.event();
        let keys: Vec<Key> = claims.keys().map(Subject::index_key).collect();
        let chains: Vec<Chain> = keys.iter().map(|key| staged.chain(before, key)).collect();
        if let Err(error) = check_pins(claims, &chains) {
            return Ok(refused(error));
        }
        if let KindBody::Correction(correction) = &claims.body {
            for id in &correction.corrective_event_ids {
                if self.find_id(staged, &party, id).await?.is_none() {
                    return Ok(refused(AppendError::NoCorrective { id: *id }));
                }
            }
        }
        if let Some(item) = self.falsely_claimed(claims) {
            return Ok(refused(AppendError::Code { item }));
        }
        if let Some(principal) = needless_principal(&staged.authority, staged.at_ms, claims, original.as_ref()) {
            return Ok(refused(AppendError::Principal { principal: principal.clone() }));
        }
        // Only an event that the party may sign counts against its quotas.
        if let Err(error) = self.used.take(&self.limits, staged.at_ms, party, claims, &chains) {
            return Ok(refused(error));
        }
        let charges = self.ledger.charges(staged, &event, &chains, original.as_ref(), budgets).await;
        let charges = match read(charges)? {
            Ok(charges) => charges,
            Err(error) => return Ok(refused(error)),
        };
        let (keys, hash) = (claims.keys().cloned().collect(), event.hash());
        let log_index = staged.push(event, party, chains);
        if let Some(leaf) = staged.leaves.last() {
            for (key, charge) in charges {
                staged.spent.entry(key).or_default().take(&charge, leaf, &hash);
            }
        }
        Ok(EventOutcome::New { log_index, keys })
    }

    /// Returns the item of a claim whose code no set commits to.
    fn falsely_claimed(&self, claims: &Event) -> Option<Subject> {
        let KindBody::Sticker(sticker) = &claims.body else {
            return None;
        };
        let code = sticker.code.as_ref().filter(|_| sticker.action == StickerAction::Claimed)?;
        claims.keys().find(|item| !self.ledger.commits_to(item, code)).cloned()
    }

    async fn find_id(&self, staged: &Staged, party: &Key, id: &EventId) -> Result<Option<LeafIndex>, Fatal> {
        match staged.ids.get(&(*party, *id)) {
            Some(log_index) => Ok(Some(*log_index)),
            None => Ok(read(self.store().find_id(party, id).await)?),
        }
    }

    async fn entry(&self, staged: &Staged, log_index: LeafIndex) -> Result<Vec<u8>, Fatal> {
        if let Some(entry) = staged.entry(log_index) {
            return Ok(entry.clone());
        }
        let entry = read(self.store().entries(log_index, 1).await)?.pop();
        entry.ok_or(Fatal::Check { part: "an entry that was found" })
    }

    /// Finds the event that a correction names by its leaf, or a lift by its hash. Correction and lift name exactly the subjects of that
    /// event, so the event lies on the chain of the first.
    async fn original(&self, staged: &Staged, claims: &Event) -> Result<Option<Event>, Fatal> {
        let Some(named) = original_of(claims) else {
            return Ok(None);
        };
        let staged_place = match &named {
            Original::Entry(leaf) => staged.leaf_places.get(leaf),
            Original::Event(hash) => staged.hashes.get(hash),
        };
        let staged_place = staged_place.copied();
        if let Some(place) = staged_place {
            return Ok(event_at(place, &self.entry(staged, place).await?));
        }
        let Some(key) = claims.keys().next().map(Subject::index_key) else {
            return Ok(None);
        };
        for place in read(self.store().chain(&key, 1, usize::MAX).await)?.iter().rev() {
            if matches!(named, Original::Entry(leaf) if leaf != place.link.leaf) {
                continue;
            }
            let log_index = place.link.log_index;
            let entry = self.entry(staged, log_index).await?;
            if matches!(named, Original::Event(hash) if !holds(&entry, &hash)) {
                continue;
            }
            return Ok(event_at(log_index, &entry));
        }
        Ok(None)
    }
}

pub(crate) fn refused(error: impl Into<AppendError>) -> EventOutcome {
    EventOutcome::Decided(Decision::Refused(error.into()))
}

/// Decides on an event whose author's id an entry has already: the event was recorded before, or the id is of another event.
pub(crate) fn repeat(event: &AuthenticEvent, log_index: LeafIndex, entry: Vec<u8>) -> Decision {
    if holds(&entry, &event.hash()) {
        Decision::Recorded { log_index }
    } else {
        let entry = if entry.len() <= SHOWN_ENTRY_BYTES_MAX { entry } else { Vec::new() };
        Decision::Refused(AppendError::DuplicateId { id: event.event().event_id, log_index, entry })
    }
}

/// Author of an event, and the author's id for the event.
pub(crate) fn author_id(claims: &Event) -> (Key, EventId) {
    (Subject::Party(claims.party.clone()).index_key(), claims.event_id)
}

fn event_at(log_index: LeafIndex, entry: &[u8]) -> Option<Event> {
    Recorded::parse(log_index, entry).ok()?.claims().cloned()
}

/// Whether an entry records the event with this hash.
fn holds(entry: &[u8], hash: &Hash) -> bool {
    matches!(Entry::parse(entry), Ok(Entry { body: EntryBody::SignedEvent(signed), .. }) if Hash::plain(&signed.event) == *hash)
}

fn check_pins(claims: &Event, chains: &[Chain]) -> Result<(), AppendError> {
    for (at, pin) in claims.after.iter().enumerate() {
        let pinned =
            usize::try_from(pin.subject).ok().and_then(|place| chains.get(place)).zip(claims.subject(pin.subject));
        if let Some((chain, named)) = pinned.filter(|(chain, _)| (chain.count(), chain.head()) != (pin.count, pin.head))
        {
            let (count, head) = (chain.count(), chain.head());
            return Err(AppendError::StalePin { pin: at, subject: named.key.clone(), count, head });
        }
    }
    Ok(())
}
