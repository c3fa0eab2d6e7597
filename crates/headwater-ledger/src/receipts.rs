//! Receipts of one batch: the proofs that they share are made once.

use std::sync::PoisonError;

use headwater_event::subject::Subject;
use headwater_tlog::proof::LastPath;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::evidence::{ChainLink, Extent, Ground, Receipt, SubjectReceipt};
use headwater_trace::trace::{Included, IndexProof};

use crate::admission::{AppendError, AppendReply};
use crate::ledger::Ledger;
use crate::snapshot::Snapshot;
use crate::staged::{Staged, Tail};
use crate::store::Store;

impl<S: Store> Ledger<S> {
    /// Joins an entry with its proof at a published state.
    pub(crate) fn included(&self, snapshot: &Snapshot, log_index: LeafIndex, entry: Vec<u8>) -> Option<Included> {
        let tree = self.inner.tree.read().unwrap_or_else(PoisonError::into_inner);
        let proof = tree.inclusion(log_index, snapshot.checkpoint.size())?;
        Some(Included::new(log_index, entry, &proof))
    }

    /// Joins the index head of a published state with its proof.
    pub(crate) fn included_head(&self, snapshot: &Snapshot) -> Option<Included> {
        self.included(snapshot, snapshot.size().last()?, snapshot.index_head.to_vec())
    }
}

/// Sources of the receipts of a published batch.
pub(crate) struct Receipts<'a, S> {
    pub ledger: &'a Ledger<S>,
    pub staged: &'a Staged,
    pub snapshot: &'a Snapshot,
    /// Index head, proven once for all receipts.
    pub ground: Option<Ground>,
    /// Path of the last proof through the tree, which neighbouring proofs share in part.
    pub path: LastPath,
}

impl<S: Store> Receipts<'_, S> {
    /// Builds and verifies the receipt of one event of the batch. The ledger sends only receipts that it has verified.
    pub fn of(&mut self, log_index: LeafIndex, keys: Vec<Subject>, extent: Extent) -> AppendReply {
        let failed = |what: &str| AppendError::Failed(format!("no proof of {what}"));
        let (staged, snapshot) = (self.staged, self.snapshot);
        let entry = staged.entry(log_index).ok_or_else(|| failed("the entry"))?.clone();
        let entry = self.ledger.included(snapshot, log_index, entry).ok_or_else(|| failed("inclusion"))?;
        let checkpoint = snapshot.note.as_bytes().to_vec();
        if extent == Extent::Inclusion {
            let receipt = Receipt { checkpoint, entry, index_head: None, subjects: Vec::new() };
            return self.checked(receipt);
        }
        let ground = self.ground.as_ref().ok_or_else(|| failed("the index head"))?;
        let subjects = keys.into_iter().map(|subject| {
            let key = subject.index_key();
            let proof = IndexProof::of(&snapshot.index.prove(&key)).ok_or_else(|| failed("the subject"))?;
            let Tail { before, places, .. } = staged.tails.get(&key).ok_or_else(|| failed("the chain"))?;
            let at = places.binary_search_by_key(&log_index, |place| place.link.log_index);
            let at = at.map_err(|_| failed("the chain"))?;
            let (count_before, head_before) = match at.checked_sub(1).and_then(|previous| places.get(previous)) {
                Some(previous) => (previous.count, previous.head),
                None => (before.count(), before.head()),
            };
            let later = places[at + 1..]
                .iter()
                .map(|place| ChainLink { log_index: place.link.log_index.get(), leaf: place.link.leaf });
            Ok(SubjectReceipt { subject, proof, count_before, head_before, later: later.collect() })
        });
        let subjects = subjects.collect::<Result<Vec<SubjectReceipt>, AppendError>>()?;
        let index_head = Some(ground.index_head().clone());
        self.checked(Receipt { checkpoint, entry, index_head, subjects })
    }

    fn checked(&mut self, receipt: Receipt) -> AppendReply {
        let named = receipt.subjects.iter().map(|named| &named.subject);
        let checked = receipt.check(named, &self.snapshot.checkpoint, self.ground.as_ref(), &mut self.path);
        checked.map_err(|error| AppendError::Failed(error.to_string()))?;
        Ok(receipt)
    }
}
