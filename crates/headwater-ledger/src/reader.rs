//! Reads from a ledger: receipts, chains and proofs, each at a published state. The reads decide nothing; the reader that gets the answers
//! verifies them.

use std::sync::{Arc, PoisonError};

use headwater_event::event::{Event, EventId};
use headwater_event::kind::KindBody;
use headwater_event::kind::sticker::{ItemCode, Sticker, StickerAction};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::checkpoint::CheckpointError;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::NoteError;
use headwater_tlog::proof::{Consistency, LastPath};
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::evidence::{EvidenceError, Extent, Receipt, SubjectReceipt};
use headwater_trace::recorded::{Recorded, RecordedError};
use headwater_trace::set::SetManifest;
use headwater_trace::trace::At;

use crate::ledger::Ledger;
use crate::receipts;
use crate::sets::HeldTwice;
use crate::snapshot::Snapshot;
use crate::store::{Store, StoreFailure, read};

/// Maximum number of entries in one read of the store.
pub(crate) const STRETCH: usize = 256;
/// Maximum number of entries of an item's chain that are searched for a claim.
pub const CLAIM_PLACES_MAX: usize = 4_096;

/// Error of a read from a ledger.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Failure of the store.
    #[error(transparent)]
    Store(#[from] StoreFailure),
    /// Absence of an event: an unknown id or log index, or an entry without an event.
    #[error("there is no event {what}")]
    NoEvent {
        /// Id or log index that the caller asked for.
        what: String,
    },
    /// Absence of a checkpoint that enough witnesses and auditors cosigned.
    #[error("no checkpoint that this node holds has the cosignatures of enough witnesses and auditors yet")]
    NotAudited,
    /// Entry that the audited checkpoint does not cover yet.
    #[error(
        "entry {log_index} is recorded; the checkpoint that enough witnesses and auditors cosigned covers {size} entries"
    )]
    NotYetAudited {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Size of the audited checkpoint.
        size: TreeSize,
    },
    /// Pair of sizes without a consistency proof.
    #[error("no checkpoint sizes {old} and {new} to join")]
    Sizes {
        /// Size of the older checkpoint, as the caller states the number.
        old: u64,
        /// Size of the newer checkpoint, as the caller states the number.
        new: u64,
    },
    /// Interruption: the threads for reads gave up the read.
    #[error("the read was interrupted; ask again")]
    Interrupted,
    /// Overload: more reads wait than the ledger takes.
    #[error("too many reads wait; ask again later")]
    Busy,
    /// Data that the ledger's own index promises and the store lacks.
    #[error("the ledger lacks {what}")]
    Damaged {
        /// Data that are missing, in words.
        what: String,
    },
    /// Stored entry that cannot be parsed.
    #[error("entry {log_index} cannot be read")]
    Entry {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Reason for which the entry cannot be parsed.
        source: RecordedError,
    },
    /// Stored note that is not a signed note.
    #[error("a stored note is not a signed note")]
    Note(#[from] NoteError),
    /// Stored note that is not a checkpoint.
    #[error("a stored note is not a checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// Proof that does not hold against the ledger's own checkpoint.
    #[error("the ledger cannot prove what it holds")]
    Unproven(#[from] EvidenceError),
}

/// Reads the two sizes of a consistency proof, as a caller states them.
pub fn sizes(old: u64, new: u64) -> Result<(TreeSize, TreeSize), ReadError> {
    TreeSize::new(old).zip(TreeSize::new(new)).ok_or(ReadError::Sizes { old, new })
}

impl<S: Store> Ledger<S> {
    /// Returns the state that `at` names.
    pub fn at(&self, at: At) -> Result<Arc<Snapshot>, ReadError> {
        match at {
            At::Newest => Ok(self.newest()),
            At::Audited => self.audited().ok_or(ReadError::NotAudited),
        }
    }

    /// Whether a subject has entries, or a manifest behind a set commitment holds the subject.
    pub fn knows(&self, subject: &Subject) -> bool {
        self.newest().index.find(&subject.index_key()).is_some() || self.inner.sets.holds(subject)
    }

    /// Returns the receipt of an event, by its author and the author's id for the event.
    pub async fn receipt(&self, party: &PartyKey, id: &EventId, at: At) -> Result<Receipt, ReadError> {
        let key = Subject::Party(party.clone()).index_key();
        match read(self.inner.store.find_id(&key, id).await)? {
            Some(log_index) if self.newest().size().covers(log_index) => {
                let state = self.at(at)?;
                if !state.size().covers(log_index) {
                    return Err(ReadError::NotYetAudited { log_index, size: state.size() });
                }
                self.receipt_under(log_index, Extent::Complete, state).await
            }
            _ => Err(ReadError::NoEvent { what: format!("{id} of {party}") }),
        }
    }

    /// Returns the event that a party signed under an id of its own; `None` if the ledger has no such event.
    pub async fn event(&self, party: &PartyKey, id: &EventId) -> Result<Option<Event>, ReadError> {
        let key = Subject::Party(party.clone()).index_key();
        match read(self.inner.store.find_id(&key, id).await)? {
            Some(log_index) if self.newest().size().covers(log_index) => {
                Ok(parse(log_index, &self.entry(log_index).await?)?.claims().cloned())
            }
            _ => Ok(None),
        }
    }

    /// Whether a set of this ledger commits to this code for an item.
    pub fn commits_to(&self, item: &Subject, code: &ItemCode) -> bool {
        self.inner.sets.commits_to(item, code)
    }

    /// Returns the leaf of the first entry on an item's chain that claims the item with this code; `None` if no entry does. Only the first
    /// [`CLAIM_PLACES_MAX`] entries of the chain are searched.
    pub async fn first_claim(&self, item: &Subject, code: &ItemCode) -> Result<Option<Hash>, ReadError> {
        for place in read(self.inner.store.chain(&item.index_key(), 1, CLAIM_PLACES_MAX).await)? {
            let log_index = place.link.log_index;
            let recorded = parse(log_index, &self.entry(log_index).await?)?;
            let body = recorded.claims().map(|event| &event.body);
            let is_claim =
                |sticker: &Sticker| sticker.action == StickerAction::Claimed && sticker.code.as_ref() == Some(code);
            if matches!(body, Some(KindBody::Sticker(sticker)) if is_claim(sticker)) {
                return Ok(Some(place.link.leaf));
            }
        }
        Ok(None)
    }

    /// Makes the receipt of the event at a log index, which proves as much as `extent` states. If the caller leaves, the work ends.
    pub async fn receipt_of(&self, log_index: LeafIndex, extent: Extent) -> Result<Receipt, ReadError> {
        self.receipt_under(log_index, extent, self.newest()).await
    }

    async fn receipt_under(
        &self,
        log_index: LeafIndex,
        extent: Extent,
        state: Arc<Snapshot>,
    ) -> Result<Receipt, ReadError> {
        let ledger = self.clone();
        self.inner.aside.make(async move { ledger.make_receipt(log_index, extent, &state).await }).await?
    }

    async fn make_receipt(
        &self,
        log_index: LeafIndex,
        extent: Extent,
        snapshot: &Snapshot,
    ) -> Result<Receipt, ReadError> {
        let what = || log_index.to_string();
        let bytes = self.entry(log_index).await?;
        let recorded = parse(log_index, &bytes)?;
        let claims = recorded.claims().ok_or_else(|| ReadError::NoEvent { what: what() })?;
        let lacks = || ReadError::Damaged { what: format!("the proof of entry {log_index}") };
        let entry = self.included(snapshot, log_index, bytes).ok_or_else(lacks)?;
        let complete = match extent {
            Extent::Inclusion => None,
            Extent::Complete => {
                let index_head = self.included_head(snapshot).ok_or_else(lacks)?;
                Some((index_head, self.on_chains(&recorded, claims, snapshot).await?))
            }
        };
        let receipt = receipts::assemble(snapshot, entry, complete);
        let keys = claims.keys().filter(|_| extent == Extent::Complete);
        receipt.check(keys, &snapshot.checkpoint, None, &mut LastPath::default())?;
        Ok(receipt)
    }

    /// Proves that an event lies on the chains of its subjects.
    async fn on_chains(
        &self,
        recorded: &Recorded,
        claims: &Event,
        snapshot: &Snapshot,
    ) -> Result<Vec<SubjectReceipt>, ReadError> {
        let mut subjects = Vec::new();
        for subject in claims.keys() {
            let (key, count) = (subject.index_key(), snapshot.count(subject));
            let rows = read(self.inner.store.chain(&key, 1, usize::try_from(count).unwrap_or(usize::MAX)).await)?;
            let lacks = || ReadError::Damaged { what: format!("the chain of {subject}") };
            let at = rows.iter().position(|row| row.link.log_index == recorded.log_index).ok_or_else(lacks)?;
            subjects.push(receipts::on_chain(snapshot, subject.clone(), &rows, at, (0, Hash::ZERO)).ok_or_else(lacks)?);
        }
        Ok(subjects)
    }

    /// Gives the ledger the manifest behind a set commitment, so that the ledger can answer for its items. Refuses a manifest with an item
    /// of another manifest.
    pub fn add_manifest(&self, manifest: &SetManifest) -> Result<(), HeldTwice> {
        self.inner.sets.add(manifest)?;
        // Traces that were made before lack the proofs of this manifest.
        self.inner.traces.clear();
        Ok(())
    }

    /// Returns the root of the log at a size; `None` if the log never had that size.
    pub fn root_at(&self, size: TreeSize) -> Option<Hash> {
        self.inner.tree.read().unwrap_or_else(PoisonError::into_inner).root(size)
    }

    /// Returns the consistency proof between two checkpoint sizes.
    pub fn consistency(&self, old: TreeSize, new: TreeSize) -> Result<Consistency, ReadError> {
        let wrong = ReadError::Sizes { old: old.get(), new: new.get() };
        if new > self.newest().size() {
            return Err(wrong);
        }
        let tree = self.inner.tree.read().unwrap_or_else(PoisonError::into_inner);
        tree.consistency(old, new).ok_or(wrong)
    }

    /// Returns at most `max` published entries, from a log index on.
    pub async fn entries(&self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, ReadError> {
        let published = self.newest().size().get().saturating_sub(from.get());
        let max = max.min(usize::try_from(published).unwrap_or(usize::MAX));
        let mut entries = Vec::new();
        while entries.len() < max {
            let stretch = (max - entries.len()).min(STRETCH);
            let next = from.saturating_add(entries.len() as u64);
            let more = read(self.inner.store.entries(next, stretch).await)?;
            if more.is_empty() {
                return Err(ReadError::Damaged { what: format!("entry {next}") });
            }
            entries.extend(more);
        }
        Ok(entries)
    }

    /// Returns the hashes of a tile of the published tree, at any level; `None` if the tree lacks one of them.
    pub fn tile(&self, level: u8, number: u64, width: u64) -> Option<Vec<Hash>> {
        let tree = self.inner.tree.read().unwrap_or_else(PoisonError::into_inner);
        (0..width).map(|at| tree.node(u32::from(level) * 8, number * 256 + at)).collect()
    }

    pub(crate) async fn entry(&self, log_index: LeafIndex) -> Result<Vec<u8>, ReadError> {
        let found = read(self.inner.store.entries(log_index, 1).await)?.pop();
        found.ok_or_else(|| ReadError::NoEvent { what: log_index.to_string() })
    }
}

pub(crate) fn parse(log_index: LeafIndex, bytes: &[u8]) -> Result<Recorded, ReadError> {
    Recorded::parse(log_index, bytes).map_err(|source| ReadError::Entry { log_index, source })
}
