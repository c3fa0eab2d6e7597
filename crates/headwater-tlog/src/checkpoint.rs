//! C2SP tlog-checkpoint and cosignature/v1: the signed state of a log, and the cosignatures of witnesses and auditors.
//!
//! The text of a checkpoint is exactly three lines: origin, decimal size, base64 root. C2SP permits extension lines; this crate refuses
//! them, since no auditor could check them.

use std::fmt;

use crate::hash::Hash;
use crate::key::{BadSignature, SIGNATURE_BYTES};
use crate::note::{NAME_BYTES_MAX, Note, NoteKey, NoteSignature, NoteSigner, is_name};
use crate::text::{decimal, decode_hash, encode_hash};
use crate::tree::TreeSize;

/// Origin, size and root of a log at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    origin: String,
    size: TreeSize,
    root: Hash,
}

/// Error for a text that is not a checkpoint, or for a signature that does not count.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Text that is not exactly three lines, each ended by a line feed.
    #[error("a checkpoint has exactly three lines, this has {found}")]
    Lines {
        /// Number of lines in the text.
        found: usize,
    },
    /// Origin that is not a valid log name.
    #[error("{origin:?} is not an origin: 1 to {NAME_BYTES_MAX} bytes without space or plus")]
    Origin {
        /// Origin as given, cut after 255 characters.
        origin: String,
    },
    /// Size that is not a canonical decimal below 2^63.
    #[error("{size:?} is not a tree size: a decimal up to 2^63 - 1 without sign or leading zero")]
    Size {
        /// Size line as given, cut after 255 characters.
        size: String,
    },
    /// Root that is not the canonical base64 of 32 bytes.
    #[error("{root:?} is not a root hash in base64")]
    Root {
        /// Root line as given, cut after 255 characters.
        root: String,
    },
    /// Size 0 with another root than that of the empty tree, SHA-256 of no bytes.
    #[error("the empty tree has no root {root}")]
    EmptyRoot {
        /// Root that the checkpoint claims.
        root: Hash,
    },
    /// Signature by a known key that does not hold.
    #[error("a signature by {name} does not hold")]
    Signature {
        /// Name of the key that the signature line claims.
        name: String,
        /// Failed verification, with the id of the key.
        source: BadSignature,
    },
    /// Line of a known cosigner that is not 72 bytes long, or whose time is 0 or above 2^63 - 1.
    #[error("a cosignature by {name} is malformed")]
    Cosignature {
        /// Name of the key that the signature line claims.
        name: String,
    },
}

impl Checkpoint {
    /// Makes a checkpoint. Refuses an invalid origin, and an empty tree with another root than SHA-256 of no bytes.
    pub fn new(origin: &str, size: TreeSize, root: Hash) -> Result<Self, CheckpointError> {
        if !is_name(origin) {
            return Err(CheckpointError::Origin { origin: origin.chars().take(NAME_BYTES_MAX).collect() });
        }
        if size == TreeSize::EMPTY && root != Hash::plain(b"") {
            return Err(CheckpointError::EmptyRoot { root });
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Reads the text of a checkpoint note.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<&str> = text.split('\n').collect();
        let &[origin, size, root, ""] = lines.as_slice() else {
            return Err(CheckpointError::Lines { found: text.lines().count() });
        };
        let size = decimal(size)
            .and_then(TreeSize::new)
            .ok_or_else(|| CheckpointError::Size { size: size.chars().take(NAME_BYTES_MAX).collect() })?;
        let root = decode_hash(root)
            .ok_or_else(|| CheckpointError::Root { root: root.chars().take(NAME_BYTES_MAX).collect() })?;
        Self::new(origin, size, root)
    }

    /// Name of the log, as the first line states it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of entries in the log.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// Merkle root over all entries (RFC 6962).
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Signs the checkpoint as the log, and makes the note for publication.
    pub fn sign(&self, log: &NoteSigner) -> Result<Note, BadSignature> {
        let text = self.to_string();
        let signature = log.sign(text.as_bytes())?;
        Ok(Note::new(text, vec![NoteSignature::new(log.key(), signature.to_vec())]))
    }

    /// Signs as a witness or auditor that saw this checkpoint at `time`.
    pub fn cosign(&self, cosigner: &NoteSigner, time: CosignTime) -> Result<NoteSignature, BadSignature> {
        let signature = cosigner.sign(&self.cosigned_bytes(time))?;
        let blob = [time.0.to_be_bytes().as_slice(), &signature].concat();
        Ok(NoteSignature::new(cosigner.key(), blob))
    }

    /// Verifies the signature line of the log.
    pub fn verify_log(&self, key: &NoteKey, line: &NoteSignature) -> Result<(), CheckpointError> {
        let malformed = |source| CheckpointError::Signature { name: key.name().to_owned(), source };
        let signature = line.blob().try_into().map_err(|_| malformed(BadSignature { key_id: key.key().id() }))?;
        key.key().verify(self.to_string().as_bytes(), signature).map_err(malformed)
    }

    /// Verifies the line of a cosigner, and returns the time that it states.
    pub fn verify_cosignature(&self, key: &NoteKey, line: &NoteSignature) -> Result<CosignTime, CheckpointError> {
        let malformed = || CheckpointError::Cosignature { name: key.name().to_owned() };
        let (_, signature) = line.blob().split_first_chunk::<8>().ok_or_else(malformed)?;
        let signature: &[u8; SIGNATURE_BYTES] = signature.try_into().map_err(|_| malformed())?;
        let time = CosignTime::claimed(line).ok_or_else(malformed)?;
        key.key()
            .verify(&self.cosigned_bytes(time), signature)
            .map_err(|source| CheckpointError::Signature { name: key.name().to_owned(), source })?;
        Ok(time)
    }

    fn cosigned_bytes(&self, time: CosignTime) -> Vec<u8> {
        format!("cosignature/v1\ntime {}\n{self}", time.0).into_bytes()
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size.get(), encode_hash(&self.root))
    }
}

/// Time at which a cosigner saw a checkpoint: POSIX seconds, 1 to 2^63 - 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CosignTime(u64);

impl CosignTime {
    /// Makes a time; `None` for 0 and for values above 2^63 - 1.
    pub fn new(seconds: u64) -> Option<Self> {
        (seconds > 0 && i64::try_from(seconds).is_ok()).then_some(Self(seconds))
    }

    /// Time that a cosigner's line states. The time is a claim until the signature is verified.
    pub fn claimed(line: &NoteSignature) -> Option<Self> {
        line.blob().first_chunk().and_then(|time| Self::new(u64::from_be_bytes(*time)))
    }

    /// POSIX seconds, 1 to 2^63 - 1.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Milliseconds since 1970; 2^64 - 1 when the value does not fit in 64 bits.
    pub const fn ms(self) -> u64 {
        self.0.saturating_mul(1000)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::key::SecretKey;
    use crate::note::KeyKind;

    pub(crate) const NOTE: &str = "log.example/h1
3
NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=

\u{2014} log.example/h1 OQwXxcfpa2xwHlM/kP43rm6bXVQz9jrL58g8IKfoa+XXMbaQqVB6SHT5r1l8bgFNDCho/1HfwKEped/HCP529GIQiQQ=
\u{2014} w1.example wkTwFAAAAABpVbkA1VR1wa2bpZWxOCH2YIqdCYWjmY1L4JsQ9U4v2Qp5mkgU5g2ZUcGeUQBwqBwXD5WZPUScWpDQbNAX0sef/UQoDg==
";

    pub(crate) fn signer(name: &str, kind: KeyKind, seed: u8) -> NoteSigner {
        NoteSigner::new(name, kind, SecretKey::from_seed(&[seed; 32])).unwrap()
    }

    #[test]
    fn published_example() {
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert_eq!(note.to_string(), NOTE);
        let checkpoint = Checkpoint::parse(note.claims()).unwrap();
        assert_eq!((checkpoint.origin(), checkpoint.size().get()), ("log.example/h1", 3));
        let log = signer("log.example/h1", KeyKind::Log, 1);
        let witness = signer("w1.example", KeyKind::Cosigner, 2);
        let time = CosignTime::new(1_767_225_600).unwrap();
        assert_eq!(checkpoint.sign(&log).unwrap().signatures(), &note.signatures()[..1]);
        assert_eq!(checkpoint.cosign(&witness, time).unwrap(), note.signatures()[1]);
        assert_eq!(checkpoint.verify_log(log.key(), &note.signatures()[0]), Ok(()));
        assert_eq!(checkpoint.verify_cosignature(witness.key(), &note.signatures()[1]), Ok(time));
    }

    #[test]
    fn texts_that_are_no_checkpoint() {
        let root = "NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=";
        let refused = |text: String| Checkpoint::parse(&text).unwrap_err();
        assert_eq!(refused(format!("o\n3\n{root}\nmore\n")), CheckpointError::Lines { found: 4 });
        assert_eq!(refused(format!("o\n3\n{root}")), CheckpointError::Lines { found: 3 });
        assert_eq!(refused("o\n3\n\n".into()), CheckpointError::Root { root: String::new() });
        assert_eq!(refused(format!("a b\n3\n{root}\n")), CheckpointError::Origin { origin: "a b".into() });
        assert_eq!(refused(format!("\n3\n{root}\n")), CheckpointError::Origin { origin: String::new() });
        for size in ["", "00", "+1", "9223372036854775808"] {
            assert_eq!(refused(format!("o\n{size}\n{root}\n")), CheckpointError::Size { size: size.into() });
        }
        assert!(matches!(refused(format!("o\n0\n{root}\n")), CheckpointError::EmptyRoot { .. }));
        let stray = root.replace("sE=", "sF=");
        assert_eq!(refused(format!("o\n3\n{stray}\n")), CheckpointError::Root { root: stray });
    }

    #[test]
    fn a_cosignature_of_another_time_or_checkpoint() {
        let witness = signer("w1.example", KeyKind::Cosigner, 2);
        let at = |size| Checkpoint::new("o", TreeSize::new(size).unwrap(), Hash::ZERO).unwrap();
        let line = at(3).cosign(&witness, CosignTime::new(7).unwrap()).unwrap();
        assert!(matches!(
            at(4).verify_cosignature(witness.key(), &line),
            Err(CheckpointError::Signature { name, .. }) if name == "w1.example"
        ));
        let mut blob = line.blob().to_vec();
        blob[7] = 0;
        let zero = NoteSignature::new(witness.key(), blob);
        let malformed = CheckpointError::Cosignature { name: "w1.example".into() };
        assert_eq!(at(3).verify_cosignature(witness.key(), &zero), Err(malformed));
    }
}
