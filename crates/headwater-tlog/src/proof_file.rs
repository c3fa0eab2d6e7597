//! C2SP tlog-proof: a text file with the inclusion proof of one leaf and the checkpoint that the proof leads to.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! [extra <base64>]
//! index <decimal>
//! <base64 hash>...          the leaf's sibling first
//!
//! <checkpoint note, verbatim>
//! ```

use std::fmt;

use crate::hash::Hash;
use crate::note::NOTE_BYTES_MAX;
use crate::policy::{Policy, TrustError, TrustedCheckpoint};
use crate::proof::{HASHES_MAX, Inclusion, ProofError};
use crate::text::{decimal, decode_base64, decode_hash, encode_base64, encode_hash};
use crate::tree::LeafIndex;

/// Largest decoded content of an `extra` line, in bytes: 64 KiB.
pub const EXTRA_BYTES_MAX: usize = 64 * 1024;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Largest proof file that is read, in bytes. Base64 grows bytes by a third, and the proof itself is shorter than one more note.
const FILE_BYTES_MAX: usize = 2 * NOTE_BYTES_MAX + EXTRA_BYTES_MAX / 3 * 4;

/// Parsed proof file. A parsed file proves nothing before [`ProofFile::verify`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProofFile {
    /// Bytes that nothing authenticates; they never change a verdict.
    pub extra: Option<Vec<u8>>,
    /// Log index of the leaf, counted from 0.
    pub index: LeafIndex,
    /// Sibling hashes from the leaf up to the root.
    pub inclusion: Inclusion,
    /// Checkpoint note, verbatim as in the file.
    pub checkpoint: String,
}

/// Error for bytes that are not a proof file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofFileError {
    /// File longer than a proof, an `extra` line and a note can be.
    #[error("a proof file has at most {FILE_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// Number of bytes in the file.
        found: usize,
    },
    /// Line that is not the expected one.
    #[error("line {line} of the proof file is not {expected}")]
    Line {
        /// Number of the line, counted from 1.
        line: usize,
        /// Form that the line must have.
        expected: &'static str,
    },
    /// More than [`HASHES_MAX`] hashes in the proof.
    #[error("a proof has at most {HASHES_MAX} hashes")]
    TooManyHashes,
    /// Extra line that decodes to more than [`EXTRA_BYTES_MAX`].
    #[error("the extra line has at most {EXTRA_BYTES_MAX} bytes")]
    ExtraTooLong,
}

/// Error of a proof file that does not prove that a leaf is in a log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnprovenError {
    /// Checkpoint that the policy does not trust.
    #[error("the checkpoint is not trusted")]
    Checkpoint(#[from] TrustError),
    /// Leaf that is not under the root of the checkpoint.
    #[error("the leaf is not proven to be in the log")]
    Inclusion(#[from] ProofError),
}

impl ProofFile {
    /// Reads the bytes of a proof file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(ProofFileError::TooLong { found: bytes.len() });
        }
        let unreadable = ProofFileError::Line { line: 1, expected: HEADER };
        let text = std::str::from_utf8(bytes).map_err(|_| unreadable.clone())?;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(ProofFileError::Line { line: text.lines().count(), expected: "empty" })?;
        let mut lines = (1..).zip(head.split('\n')).peekable();
        if lines.next().is_none_or(|(_, header)| header != HEADER) {
            return Err(unreadable);
        }
        let mut extra = None;
        if let Some((line, content)) = lines.next_if(|(_, content)| content.starts_with("extra ")) {
            let malformed = ProofFileError::Line { line, expected: "extra and base64" };
            let bytes = content.strip_prefix("extra ").and_then(decode_base64).ok_or(malformed)?;
            if bytes.len() > EXTRA_BYTES_MAX {
                return Err(ProofFileError::ExtraTooLong);
            }
            extra = Some(bytes);
        }
        let (line, content) = lines.next().unwrap_or((2, ""));
        let index = content.strip_prefix("index ").and_then(decimal).and_then(LeafIndex::new);
        let index = index.ok_or(ProofFileError::Line { line, expected: "index and a decimal" })?;
        let mut hashes = Vec::new();
        for (line, content) in lines {
            if hashes.len() == HASHES_MAX {
                return Err(ProofFileError::TooManyHashes);
            }
            hashes.push(decode_hash(content).ok_or(ProofFileError::Line { line, expected: "a hash in base64" })?);
        }
        Ok(Self { extra, index, inclusion: Inclusion::from_hashes(hashes), checkpoint: checkpoint.to_owned() })
    }

    /// Verifies that `leaf` is in the log, under a checkpoint that `policy` trusts.
    pub fn verify(&self, leaf: Hash, policy: &Policy) -> Result<TrustedCheckpoint, UnprovenError> {
        let trusted = policy.open(self.checkpoint.as_bytes())?;
        let checkpoint = trusted.checkpoint();
        self.inclusion.verify(self.index, checkpoint.size(), leaf, checkpoint.root())?;
        Ok(trusted)
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", encode_base64(extra))?;
        }
        writeln!(f, "index {}", self.index.get())?;
        self.inclusion.hashes().iter().try_for_each(|hash| writeln!(f, "{}", encode_hash(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::tests::{NOTE, signer};
    use crate::note::KeyKind;

    fn published() -> String {
        format!("{HEADER}\nindex 2\nsTeYX/SE+2ANuTEHx3sDZcgNePW0Kd7Q/Zc2HQd5mes=\n\n{NOTE}")
    }

    #[test]
    fn published_example() {
        let text = published();
        assert_eq!(text.len(), 372);
        let file = ProofFile::parse(text.as_bytes()).unwrap();
        assert_eq!(file.to_string(), text);
        let log = signer("log.example/h1", KeyKind::Log, 1);
        let policy = Policy::parse(&format!("log {}\nquorum none\n", log.key())).unwrap();
        let trusted = file.verify(Hash::leaf(b"c"), &policy).unwrap();
        assert_eq!(trusted.checkpoint().size().get(), 3);
        assert!(matches!(
            file.verify(Hash::leaf(b"b"), &policy),
            Err(UnprovenError::Inclusion(ProofError::Root { .. }))
        ));
    }

    #[test]
    fn the_extra_line_is_kept_and_has_one_spelling() {
        let text = published().replace("index", "extra AQI=\nindex");
        let file = ProofFile::parse(text.as_bytes()).unwrap();
        assert_eq!(file.extra.as_deref(), Some([1, 2].as_slice()));
        assert_eq!(file.to_string(), text);
        let stray = ProofFile::parse(text.replace("AQI=", "AQJ=").as_bytes());
        assert_eq!(stray, Err(ProofFileError::Line { line: 2, expected: "extra and base64" }));
    }

    #[test]
    fn files_that_are_none() {
        let refused = |from: &str, to: &str| ProofFile::parse(published().replace(from, to).as_bytes()).unwrap_err();
        let line = |line, expected| ProofFileError::Line { line, expected };
        assert_eq!(refused("@v1", "@v2"), line(1, HEADER));
        assert_eq!(refused("index 2", "index 02"), line(2, "index and a decimal"));
        assert_eq!(refused("index 2", "index 9223372036854775807"), line(2, "index and a decimal"));
        assert_eq!(refused("mes=", "mes"), line(3, "a hash in base64"));
        assert_eq!(refused("\n\n", "\n"), line(8, "empty"));
        let hash = "sTeYX/SE+2ANuTEHx3sDZcgNePW0Kd7Q/Zc2HQd5mes=\n";
        assert_eq!(refused(hash, &hash.repeat(HASHES_MAX + 1)), ProofFileError::TooManyHashes);
    }
}
