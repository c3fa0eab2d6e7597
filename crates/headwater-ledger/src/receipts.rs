//! Receipts: of any entry at a published state, and of the entries of one batch, which share proofs.

use std::sync::PoisonError;

use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::proof::LastPath;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::evidence::{ChainLink, Extent, Ground, Receipt, SubjectReceipt};
use headwater_trace::trace::{Included, IndexProof};

use crate::admission::{AppendError, AppendReply};
use crate::ledger::Ledger;
use crate::reader::ReadError;
use crate::snapshot::Snapshot;
use crate::staged::{Staged, Tail};
use crate::store::{ChainRow, Store};

/// Proof that an entry lies on the chain of a subject. `rows` are entries of the chain in order, up to its end, and `at` is the index of
/// the entry among them; `before` is the count and the head of the chain before the first of them. `None` when the index lacks the subject.
pub(crate) fn on_chain(
    snapshot: &Snapshot,
    subject: Subject,
    rows: &[ChainRow],
    at: usize,
    before: (u64, Hash),
) -> Option<SubjectReceipt> {
    let proof = IndexProof::of(&snapshot.index.prove(&subject.index_key()))?;
    let previous = at.checked_sub(1).and_then(|previous| rows.get(previous));
    let (count_before, head_before) = previous.map_or(before, |previous| (previous.count, previous.head));
    let later =
        rows.get(at + 1..)?.iter().map(|row| ChainLink { log_index: row.link.log_index.get(), leaf: row.link.leaf });
    Some(SubjectReceipt { subject, proof, count_before, head_before, later: later.collect() })
}

/// Receipt of an entry at a published state. `complete` has the index head and the proofs about the subjects; without it the receipt proves
/// inclusion alone.
pub(crate) fn assemble(
    snapshot: &Snapshot,
    entry: Included,
    complete: Option<(Included, Vec<SubjectReceipt>)>,
) -> Receipt {
    let checkpoint = snapshot.note.as_bytes().to_vec();
    let (index_head, subjects) = complete.map_or((None, Vec::new()), |(head, subjects)| (Some(head), subjects));
    Receipt { checkpoint, entry, index_head, subjects }
}

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
        let lacks = |what: &str| {
            AppendError::Failed(ReadError::Damaged { what: format!("{what} for the receipt of entry {log_index}") })
        };
        let (staged, snapshot) = (self.staged, self.snapshot);
        let entry = staged.entry(log_index).ok_or_else(|| lacks("the bytes"))?.clone();
        let entry = self.ledger.included(snapshot, log_index, entry).ok_or_else(|| lacks("the proof of inclusion"))?;
        if extent == Extent::Inclusion {
            return self.checked(assemble(snapshot, entry, None));
        }
        let ground = self.ground.as_ref().ok_or_else(|| lacks("the index head"))?;
        let subjects = keys.into_iter().map(|subject| {
            let Tail { before, rows, .. } = staged.tails.get(&subject.index_key()).ok_or_else(|| lacks("a chain"))?;
            let at = rows.binary_search_by_key(&log_index, |row| row.link.log_index);
            let at = at.map_err(|_| lacks("a place on a chain"))?;
            on_chain(snapshot, subject, rows, at, (before.count(), before.head())).ok_or_else(|| lacks("a subject"))
        });
        let subjects = subjects.collect::<Result<Vec<SubjectReceipt>, AppendError>>()?;
        self.checked(assemble(snapshot, entry, Some((ground.index_head().clone(), subjects))))
    }

    fn checked(&mut self, receipt: Receipt) -> AppendReply {
        let named = receipt.subjects.iter().map(|named| &named.subject);
        let checked = receipt.check(named, &self.snapshot.checkpoint, self.ground.as_ref(), &mut self.path);
        checked.map_err(|error| AppendError::Failed(error.into()))?;
        Ok(receipt)
    }
}
