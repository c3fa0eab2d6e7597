//! The newest checkpoint that an auditor's key cosigned, kept on disk beside the key: a key that forgets would cosign both sides of a
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

/// Why an auditor does not cosign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VouchedError {
    /// The file cannot be read or written.
    #[error("{path}")]
    File {
        /// The file.
        path: String,
        /// How.
        source: io::Error,
    },
    /// Another audit with this file is under way.
    #[error("{path}: another audit with this key is under way")]
    InUse {
        /// The file.
        path: String,
    },
    /// The file holds no checkpoint of this log.
    #[error(
        "{path}: holds no checkpoint that the log of the policy signed; it says what this key cosigned, and is not to be guessed"
    )]
    Foreign {
        /// The file.
        path: String,
        /// Why.
        source: TrustError,
    },
    /// The checkpoint to cosign is no note.
    #[error("the checkpoint of the report is no signed note")]
    Note(#[from] NoteError),
    /// The checkpoint was not compared with what the key cosigned before.
    #[error("{path}: the audit did not compare its checkpoint with what this key cosigned before")]
    NotCompared {
        /// The file.
        path: String,
    },
    /// The key does not sign.
    #[error("the key does not cosign")]
    Unsigned(#[from] BadSignature),
}

/// The newest checkpoint that a key cosigned, held for one audit.
#[derive(Debug)]
pub struct Vouched {
    file: PathBuf,
    /// Two audits at once would each compare with the same checkpoint.
    _lock: File,
    newest: Option<(Vec<u8>, Checkpoint)>,
}

impl Vouched {
    /// The file for a key and a ledger: beside the key.
    pub fn beside(key: &Path, ledger_id: &Hash) -> PathBuf {
        let ledger: String = ledger_id.to_string().chars().take(16).collect();
        with_suffix(key, &format!(".{ledger}.cosigned"))
    }

    /// Opens the file, or begins without one.
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

    /// The newest checkpoint that the key cosigned, and its note.
    pub fn newest(&self) -> Option<(&[u8], &Checkpoint)> {
        self.newest.as_ref().map(|(note, checkpoint)| (note.as_slice(), checkpoint))
    }

    /// The note with the line by which an auditor says that its checkpoint checks out. What is cosigned is on stable storage first.
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
