//! Cosignatures of witnesses and auditors: the ledger takes their lines into the notes of its checkpoints. The newest checkpoint with
//! enough lines is the audited one.

use std::sync::{Arc, PoisonError};

use headwater_event::causes::chain;
use headwater_tlog::checkpoint::{Checkpoint, CheckpointError, CosignTime};
use headwater_tlog::note::{Note, NoteError};
use headwater_tlog::tree::TreeSize;

use crate::ledger::{Cosigner, Ledger, Quorum, RECENT_MAX};
use crate::rebuild::snapshot_at;
use crate::snapshot::Snapshot;
use crate::store::{Store, StoreFailure, read};

/// Error of a cosigned checkpoint. The sender is at fault, save for [`CosignError::Store`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CosignError {
    /// Bytes that are not a signed note.
    #[error("the cosigned checkpoint is not a signed note")]
    Note(#[from] NoteError),
    /// Note that is not a checkpoint, or a known cosigner's line that does not hold.
    #[error("the cosigned checkpoint does not check out")]
    Checkpoint(#[from] CheckpointError),
    /// Checkpoint that this ledger did not publish.
    #[error("size {size} with this root was never published here")]
    NotOurs {
        /// Size that the checkpoint states.
        size: TreeSize,
    },
    /// Note without a line of a cosigner that this ledger knows.
    #[error("no line is of a cosigner that this ledger knows")]
    NoKnownCosigner,
    /// Failure of the store.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

/// Lines that the ledger took from a cosigned note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Number of lines by cosigners that the ledger knows.
    pub lines: usize,
    /// Newest time of the lines that were new; `None` without such lines, and for an older checkpoint.
    pub newest: Option<CosignTime>,
}

impl<S: Store> Ledger<S> {
    /// Takes the cosignatures of known witnesses and auditors for a published checkpoint, and publishes the checkpoint with them. A
    /// cosigner has one line: on the newest checkpoint the newest line, and on an older checkpoint the earliest. The time since which the
    /// entries of an older checkpoint are proven to exist therefore never moves.
    pub async fn cosign(&self, note: &[u8]) -> Result<Taken, CosignError> {
        let note = Note::parse(note)?;
        let claimed = Checkpoint::parse(note.claims())?;
        let size = claimed.size();
        // One caller at a time reads the lines, puts new ones in and writes the note.
        let _turn = self.inner.cosigning.lock().await;
        let ours = match self.inner.store.note(size).await {
            Ok(Some(ours)) => ours,
            Ok(None) => return Err(CosignError::NotOurs { size }),
            Err(error) => return Err(StoreFailure::of(error).into()),
        };
        let ours = Note::parse(&ours)?;
        let newest = self.newest().size();
        if ours.claims() != note.claims() || size > newest {
            return Err(CosignError::NotOurs { size });
        }
        let mut lines = ours.signatures().to_vec();
        let (mut taken, mut is_new, mut confirmed) = (0, false, None);
        for Cosigner { key, .. } in &self.inner.cosigners {
            let by_it = note.signatures().iter().filter(|line| line.names(key));
            // Only the line that would stay is verified. Lines in the stored note were verified when they came.
            let line = match size == newest {
                true => by_it.max_by_key(|line| CosignTime::claimed(line)),
                false => by_it.min_by_key(|line| CosignTime::claimed(line)),
            };
            let Some(line) = line else { continue };
            taken += 1;
            if lines.contains(line) {
                continue;
            }
            let time = Some(claimed.verify_cosignature(key, line)?);
            let held = lines.iter_mut().find(|held| held.names(key));
            let before = held.as_ref().and_then(|held| CosignTime::claimed(held));
            match held {
                None => lines.push(line.clone()),
                Some(held) if (size == newest && time > before) || (size < newest && time < before) => {
                    *held = line.clone()
                }
                Some(_) => continue,
            }
            is_new = true;
            // An old checkpoint shows nothing about the time now.
            confirmed = confirmed.max(time.filter(|_| size == newest));
        }
        if taken == 0 {
            return Err(CosignError::NoKnownCosigner);
        }
        let taken = Taken { lines: taken, newest: confirmed };
        if !is_new {
            return Ok(taken);
        }
        let text = ours.with_signatures(lines).to_string();
        let stored = self.inner.store.cosign(size, text.clone().into_bytes()).await;
        read(stored)?;
        self.inner.traces.clear();
        match self.put_note(size, &text) {
            Some(state) => self.audit(state),
            // The line is taken. The rebuild takes longer than a request may.
            None => drop(tokio::spawn(self.clone().rebuild(size))),
        }
        Ok(taken)
    }

    /// Puts a note with more lines into a recent state; `None` for a state that is no longer in memory.
    fn put_note(&self, size: TreeSize, note: &str) -> Option<Arc<Snapshot>> {
        let mut recent = self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let at = recent.iter().position(|snapshot| snapshot.size() == size)?;
        let cosigned = Arc::new(Snapshot { note: note.into(), ..Snapshot::clone(&recent[at]) });
        recent[at] = cosigned.clone();
        debug_assert!(recent.len() <= RECENT_MAX);
        drop(recent);
        self.inner.newest.send_if_modified(|newest| {
            let same = newest.size() == size;
            if same {
                *newest = cosigned.clone();
            }
            same
        });
        Some(cosigned)
    }

    /// Makes a state the audited one, if enough cosigners signed its note and no newer state is audited.
    fn audit(&self, state: Arc<Snapshot>) {
        if self.meets_quorum(&state.note) {
            let mut audited = self.inner.audited.write().unwrap_or_else(PoisonError::into_inner);
            if audited.as_ref().is_none_or(|before| before.size() <= state.size()) {
                *audited = Some(state);
            }
        }
    }

    /// Rebuilds a state that is no longer in memory, if that state would be the audited one. One rebuild runs at a time.
    async fn rebuild(self, size: TreeSize) {
        let _turn = self.inner.rebuilding.lock().await;
        let note = match self.inner.store.note(size).await {
            Ok(note) => note.and_then(|note| String::from_utf8(note).ok()),
            Err(_) => None,
        };
        // Other cosigners may have signed since.
        let Some(note) = note.filter(|note| self.meets_quorum(note)) else { return };
        let state = match self.audited() {
            Some(audited) if audited.size() > size => return,
            Some(audited) if audited.size() == size => Ok(Snapshot { note: note.into(), ..Snapshot::clone(&audited) }),
            _ => {
                let ledger = self.clone();
                let rebuilt = async move { snapshot_at(&ledger.inner.store, &ledger.newest(), &note).await };
                self.aside(rebuilt).await.and_then(|rebuilt| rebuilt)
            }
        };
        match state {
            Ok(state) => self.audit(Arc::new(state)),
            Err(error) => tracing::error!("the audited state of {size} entries is not rebuilt: {}", chain(&error)),
        }
        self.inner.traces.clear();
    }

    /// Whether enough witnesses and auditors cosigned a note. Their lines were verified when the ledger took them.
    pub(crate) fn meets_quorum(&self, note: &str) -> bool {
        let Ok(note) = Note::parse(note.as_bytes()) else {
            return false;
        };
        let by = |cosigner: &&Cosigner| note.signatures().iter().any(|line| line.names(&cosigner.key));
        let is_met = |is_auditor: bool, needed: usize| {
            let known = || self.inner.cosigners.iter().filter(move |cosigner| cosigner.is_auditor == is_auditor);
            known().next().is_none() || known().filter(by).count() >= needed
        };
        let Quorum { witnesses, auditors } = self.inner.quorum;
        self.inner.cosigners.iter().any(|cosigner| by(&cosigner)) && is_met(false, witnesses) && is_met(true, auditors)
    }
}
