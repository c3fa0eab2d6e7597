//! The audit of a whole ledger: every hash, signature, right, chain, index head, and the checkpoint.
//!
//! The audit reads the log at a URL, or a mirror. A mirror records the last audited checkpoint, so that the next audit continues from
//! there. For a log that lied, the audit writes a portable proof and cosigns nothing.

use std::time::Instant;

use headwater_audit::{Audit, AuditError, Source};
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::policy::TrustedCheckpoint;
use headwater_tlog::tile::{LEVEL_MAX, TILE_WIDTH, TileKind, TilePath};
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};
use headwater_trace::evidence::ForkProof;
use headwater_trace::omission::OmissionProof;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::replay::ReplayError;

use crate::fetch::{FetchError, Remote};
use crate::mirror::{Mirror, MirrorError, RolledBack, fork_proof};
use crate::report::Report;
use crate::vouched::Vouched;

/// Error of an audit that did not end with a checked ledger.
#[derive(Debug, thiserror::Error)]
pub enum AuditFailure {
    /// The ledger cannot be read; the audit found nothing about it.
    #[error(transparent)]
    Unreadable(anyhow::Error),
    /// The ledger or its checkpoint does not check out.
    #[error(transparent)]
    Refused(anyhow::Error),
    /// An entry is of a newer format; this auditor audits nothing after the entry.
    #[error("entry {log_index} is of a newer format than this auditor knows; nothing behind it is audited or cosigned")]
    Newer {
        /// Log index of the entry.
        log_index: LeafIndex,
    },
    /// The index lied. The proof verifies without any other evidence.
    #[error("the index lies")]
    Omission {
        /// Error at which the replay stopped.
        source: ReplayError,
        /// Proof against the index head at which the replay stopped.
        proof: Box<OmissionProof>,
    },
    /// The log serves an older checkpoint than it signed before.
    #[error(transparent)]
    RolledBack(#[from] RolledBack),
    /// The log forked. The proof verifies without any other evidence.
    #[error("the log contradicts what it signed before")]
    Fork(Box<ForkProof>),
}

impl From<FetchError> for AuditFailure {
    fn from(error: FetchError) -> Self {
        Self::Unreadable(error.into())
    }
}

impl From<MirrorError> for AuditFailure {
    fn from(error: MirrorError) -> Self {
        match error {
            MirrorError::Fork(proof) => Self::Fork(proof),
            MirrorError::RolledBack(behind) => behind.into(),
            MirrorError::Fetch(_) | MirrorError::File { .. } | MirrorError::NoFile { .. } => {
                Self::Unreadable(error.into())
            }
            error => Self::Refused(error.into()),
        }
    }
}

/// Source of a log's hash tiles, as readers fetch them.
pub trait Tiles {
    /// Error for a tile that cannot be read.
    type Error;

    /// Returns the bytes that the source has for a tile.
    fn tile(&mut self, path: &TilePath) -> Result<Vec<u8>, Self::Error>;
}

/// Checks that every hash tile is the one that the entries lead to.
fn check_tiles<T: Tiles>(tiles: &mut T, tree: &Tree, size: TreeSize) -> Result<(), AuditFailure>
where
    AuditFailure: From<T::Error>,
{
    for level in 0..=LEVEL_MAX {
        let hashes = size.get().checked_shr(8 * u32::from(level)).unwrap_or(0);
        if hashes == 0 {
            break;
        }
        for number in 0..hashes.div_ceil(TILE_WIDTH) {
            let Some(path) = TilePath::at(TileKind::Hashes { level }, number, size) else {
                break;
            };
            let wanted = (0..path.width()).filter_map(|at| tree.node(u32::from(level) * 8, number * TILE_WIDTH + at));
            let wanted: Vec<u8> = wanted.flat_map(|hash| *hash.as_bytes()).collect();
            if tiles.tile(&path)? != wanted {
                return Err(AuditFailure::Refused(anyhow::anyhow!("{path} is not what the entries lead to")));
            }
        }
    }
    Ok(())
}

/// Policy and earlier checkpoint of an audit.
pub struct AuditSettings<'a> {
    /// Policy that pins log, witnesses and ledger.
    pub policy: &'a TrustPolicy,
    /// Newest checkpoint that the auditor's key cosigned; `None` for an audit without a cosignature.
    pub vouched: Option<&'a Vouched>,
}

impl AuditSettings<'_> {
    /// Audits the log at a URL from its first entry.
    pub fn audit_url(&self, url: &str, progress: impl FnMut(TreeSize, TreeSize)) -> Result<Report, AuditFailure> {
        let remote = Remote::new(url);
        let note = remote.checkpoint()?;
        let checkpoint = self.open(&note)?;
        let audit = Audit::new(self.policy.ledger_id());
        self.run(audit, remote.up_to(checkpoint.size()), checkpoint, note, progress)
    }

    /// Audits a mirror, from the checkpoint that it records as audited last.
    pub fn audit_mirror(
        &self,
        mirror: Mirror,
        progress: impl FnMut(TreeSize, TreeSize),
    ) -> Result<Report, AuditFailure> {
        let absent = || AuditFailure::Unreadable(anyhow::anyhow!("there is no mirror: it holds no checkpoint"));
        let note = mirror.checkpoint()?.ok_or_else(absent)?;
        let checkpoint = self.open(&note)?;
        let ledger_id = self.policy.ledger_id();
        let audit = match mirror.audited()? {
            None => Audit::new(ledger_id),
            Some(audited) => {
                let audited = self.open(&audited)?;
                let (before, now) = (audited.size(), checkpoint.size());
                if before > now {
                    let wrong = anyhow::anyhow!("the mirror says that {before} entries were audited, and holds {now}");
                    return Err(AuditFailure::Refused(wrong));
                }
                Audit::resuming(ledger_id, audited.size(), audited.root())
            }
        };
        let mirror = mirror.up_to(checkpoint.size());
        self.run(audit, mirror, checkpoint, note, progress)
    }

    /// Opens a checkpoint that the log signed. An auditor does not wait for other cosigners, which may wait for the auditor.
    fn open(&self, note: &[u8]) -> Result<Checkpoint, AuditFailure> {
        Ok(self.open_before_quorum(note)?.checkpoint().clone())
    }

    fn open_before_quorum(&self, note: &[u8]) -> Result<TrustedCheckpoint, AuditFailure> {
        self.policy.tlog().open_before_quorum(note).map_err(|error| AuditFailure::Refused(error.into()))
    }

    fn run<S: Source + Tiles<Error = <S as Source>::Error>>(
        &self,
        mut audit: Audit,
        mut source: S,
        checkpoint: Checkpoint,
        note: Vec<u8>,
        mut progress: impl FnMut(TreeSize, TreeSize),
    ) -> Result<Report, AuditFailure>
    where
        AuditFailure: From<<S as Source>::Error>,
    {
        let started = Instant::now();
        let (size, root) = (checkpoint.size(), checkpoint.root());
        let before = self.vouched.and_then(Vouched::newest);
        if let Some((_, held)) = before.filter(|(_, held)| held.size() > size) {
            return Err(RolledBack { served: size, held: held.size() }.into());
        }
        let known = audit.known_size();
        match audit.run(&mut source, size, root, |done| progress(done, size)) {
            Ok(()) => {
                check_tiles(&mut source, audit.tree(), size)?;
                if let Some((held_note, held)) = before {
                    let found = audit.tree().root(held.size());
                    if found != Some(held.root()) {
                        let proof = fork_proof(held_note, held, &note, &checkpoint, found, audit.tree());
                        return Err(AuditFailure::Fork(Box::new(proof)));
                    }
                }
                let outstanding = self.open_before_quorum(&note)?.outstanding().cloned();
                let report = Report::new(&audit, checkpoint, note, known, started.elapsed());
                Ok(Report { continues: before.map(|(_, held)| held.clone()), outstanding, ..report })
            }
            Err(AuditError::Source(error)) => Err(error.into()),
            Err(AuditError::Replay(ReplayError::Newer { log_index })) => Err(AuditFailure::Newer { log_index }),
            Err(AuditError::Replay(error @ ReplayError::IndexHead { .. })) => {
                let proof = audit.accuse(&mut source, size, root, &note).map_err(|error| match error {
                    AuditError::Source(error) => error.into(),
                    error => AuditFailure::Refused(error.into()),
                })?;
                Err(AuditFailure::Omission { source: error, proof: Box::new(proof) })
            }
            Err(error) => Err(AuditFailure::Refused(error.into())),
        }
    }
}
