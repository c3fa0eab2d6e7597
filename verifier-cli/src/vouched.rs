//! The newest checkpoint that an auditor's key cosigned, kept on disk beside the key. Without this file a key could cosign both sides of a
//! fork. The file is written before the signature is made.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use headwater_key::whole_file::replace;
use headwater_tlog::checkpoint::{Checkpoint, CosignTime};
use headwater_tlog::hash::Hash;
use headwater_tlog::key::BadSignature;
use headwater_tlog::note::{Note, NoteError, NoteSigner};
use headwater_tlog::policy::TrustError;
use headwater_trace::policy::TrustPolicy;

use crate::report::Report;

/// Error of an auditor that does not cosign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VouchedError {
    /// The file of the newest checkpoint cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// Path of the file of the newest checkpoint.
        path: String,
        /// Error of the operating system.
        source: io::Error,
    },
    /// Another audit has this file open.
    #[error("{path}: another audit with this key is under way")]
    InUse {
        /// Path of the file of the newest checkpoint.
        path: String,
    },
    /// The file does not contain a checkpoint that the log of the policy signed.
    #[error(
        "{path}: holds no checkpoint that the log of the policy signed; it says what this key cosigned, and is not to be guessed"
    )]
    Foreign {
        /// Path of the file of the newest checkpoint.
        path: String,
        /// Rule of the policy that the file breaks.
        source: TrustError,
    },
    /// The checkpoint to cosign is not a signed note.
    #[error("the checkpoint of the report is not a signed note")]
    Note(#[from] NoteError),
    /// The audit did not compare its checkpoint with the one that the key cosigned before.
    #[error("{path}: the audit did not compare its checkpoint with what this key cosigned before")]
    NotCompared {
        /// Path of the file of the newest checkpoint.
        path: String,
    },
    /// The new cosignature does not verify under its own key.
    #[error("the key does not cosign")]
    Unsigned(#[from] BadSignature),
}

/// Newest checkpoint that a key cosigned, locked for one audit.
#[derive(Debug)]
pub struct Vouched {
    file: PathBuf,
    /// The lock prevents two audits at once: each would compare with the same checkpoint.
    _lock: File,
    newest: Option<(Vec<u8>, Checkpoint)>,
}

impl Vouched {
    /// Returns the path of the file for a key and a ledger, beside the key.
    pub fn beside(key: &Path, ledger_id: &Hash) -> PathBuf {
        let ledger: String = ledger_id.to_string().chars().take(16).collect();
        with_suffix(key, &format!(".{ledger}.cosigned"))
    }

    /// Opens and locks the file. A missing file is allowed: the key has not cosigned yet.
    pub fn open(file: &Path, policy: &TrustPolicy) -> Result<Self, VouchedError> {
        let path = || file.display().to_string();
        let failed = |source| VouchedError::File { path: path(), source };
        let lock = File::options().create(true).truncate(false).write(true).open(with_suffix(file, ".lock"));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(VouchedError::InUse { path: path() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let newest = match fs::read(file) {
            Ok(bytes) => {
                let trusted = policy.tlog().open_before_quorum(&bytes);
                let trusted = trusted.map_err(|source| VouchedError::Foreign { path: path(), source })?;
                Some((bytes, trusted.checkpoint().clone()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed(source)),
        };
        Ok(Self { file: file.to_owned(), _lock: lock, newest })
    }

    /// Newest checkpoint that the key cosigned, with its note; `None` before the first cosignature.
    pub fn newest(&self) -> Option<(&[u8], &Checkpoint)> {
        self.newest.as_ref().map(|(note, checkpoint)| (note.as_slice(), checkpoint))
    }

    /// Returns the note with the auditor's cosignature, which states that the checkpoint checks out. The checkpoint is on stable storage
    /// before the signature is made.
    pub fn cosign(&mut self, report: &Report, signer: &NoteSigner, now: CosignTime) -> Result<String, VouchedError> {
        let path = || self.file.display().to_string();
        if report.continues.as_ref() != self.newest.as_ref().map(|(_, checkpoint)| checkpoint) {
            return Err(VouchedError::NotCompared { path: path() });
        }
        let note = Note::parse(&report.note)?;
        replace(&self.file, &report.note).map_err(|source| VouchedError::File { path: path(), source })?;
        self.newest = Some((report.note.clone(), report.checkpoint.clone()));
        let line = report.checkpoint.cosign(signer, now)?;
        Ok(format!("{note}{line}\n"))
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
