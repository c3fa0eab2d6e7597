//! C2SP signed note: a text, an empty line, and signature lines.
//!
//! ```text
//! <text, ends with LF>
//! LF
//! (U+2014 SP <key name> SP base64(key id || signature) LF)+
//! ```

use std::fmt;

use crate::hash::Hash;
use crate::key::{BadSignature, KeyError, PublicKey, SIGNATURE_BYTES, SecretKey};
use crate::text::{decode_base64, encode_base64};

/// Largest note that is read, in bytes: 128 KiB.
pub const NOTE_BYTES_MAX: usize = 128 * 1024;
/// Largest number of signature lines in a note. C2SP requires readers to accept at least 16.
pub const SIGNATURES_MAX: usize = 64;
/// Longest key name, and so longest origin, in bytes.
pub const NAME_BYTES_MAX: usize = 255;
/// Longest written verification key that is read, in bytes: 4 KiB.
pub const VKEY_BYTES_MAX: usize = 4 * 1024;

const KEY_ID_BYTES: usize = 4;

/// Short id of a key: the first four bytes of `H(name | LF | type | public key)`. Collisions are easy to make, so the id is only a hint.
pub type KeyId = [u8; KEY_ID_BYTES];

/// Error for bytes that are not a note, a key name or a written key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Note longer than [`NOTE_BYTES_MAX`].
    #[error("a note has at most {NOTE_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// Number of bytes that were given.
        found: usize,
    },
    /// Bytes that are not UTF-8, or that include a byte below 0x20 other than LF.
    #[error("a note is UTF-8 without control characters other than line feed")]
    Characters,
    /// Note without an empty line, with nothing before that line, or without a final line feed.
    #[error("a note is a text, an empty line and signature lines, each ended by a line feed")]
    Shape,
    /// Line after the last empty line that is not a signature line.
    #[error("signature line {line} is malformed")]
    SignatureLine {
        /// Number of the signature line, counted from 1.
        line: usize,
    },
    /// More than [`SIGNATURES_MAX`] signature lines.
    #[error("a note has at most {SIGNATURES_MAX} signature lines")]
    TooManySignatures,
    /// Key name that breaks the rules for names.
    #[error("{name:?} is not a key name: 1 to {NAME_BYTES_MAX} bytes without space, plus or control character")]
    Name {
        /// Key name that was given.
        name: String,
    },
    /// Written key that does not have the form `name+id+base64`.
    #[error("{vkey:?} is not a verification key of the form name+id+base64")]
    Vkey {
        /// Written key as given, cut after 255 characters.
        vkey: String,
    },
    /// Written key whose stated id does not follow from its name and key.
    #[error("the verification key says id {stated}, its own is {computed}")]
    VkeyId {
        /// Id that the written key states, in hex.
        stated: String,
        /// Id that follows from the name and the key, in hex.
        computed: String,
    },
    /// Written key of a type that this reader cannot verify.
    #[error("the verification key has type 0x{kind:02x}; this reader knows 0x01 (log) and 0x04 (cosigner)")]
    KeyType {
        /// Number of the key type (C2SP signed note).
        kind: u8,
    },
    /// Public key that the admission rules refuse.
    #[error("the verification key holds no admissible public key")]
    Key(#[from] KeyError),
}

/// Whether a key, and so a log, can have this name: 1 to 255 bytes without white space, plus or control character.
pub(crate) fn is_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c == '+' || c.is_control();
    (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.contains(forbidden)
}

/// Name of a key: the origin of a log, or the name of a cosigner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyName(String);

impl KeyName {
    /// Checks the length and the characters of a name.
    pub fn parse(name: &str) -> Result<Self, NoteError> {
        if is_name(name) { Ok(Self(name.to_owned())) } else { Err(NoteError::Name { name: name.to_owned() }) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Use of a note key. One key never serves two kinds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum KeyKind {
    /// Key of a log: signs the text of checkpoints.
    Log = 0x01,
    /// Key of a witness or an auditor: signs `cosignature/v1`.
    Cosigner = 0x04,
}

/// Note key as a policy pins it: name, kind and public key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteKey {
    name: KeyName,
    kind: KeyKind,
    key: PublicKey,
}

impl NoteKey {
    /// Makes a note key from a name, a kind and a public key.
    pub fn new(name: &str, kind: KeyKind, key: PublicKey) -> Result<Self, NoteError> {
        Ok(Self { name: KeyName::parse(name)?, kind, key })
    }

    /// Reads a key in the form that policies use: `name+id+base64(type || public key)`.
    pub fn parse(vkey: &str) -> Result<Self, NoteError> {
        match WrittenKey::parse(vkey)? {
            WrittenKey::Known(key) => Ok(key),
            WrittenKey::Foreign(key) => Err(NoteError::KeyType { kind: key.kind }),
        }
    }

    /// Name of the key: the origin of a log, or the name of a cosigner.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Kind of the key: log or cosigner.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The admitted Ed25519 public key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Short id by which signature lines name this key.
    pub fn id(&self) -> KeyId {
        key_id(self.name(), &[&[self.kind as u8], self.key.as_bytes().as_slice()].concat())
    }
}

/// Computes the short id of a key from its name, type and public key.
fn key_id(name: &str, blob: &[u8]) -> KeyId {
    let hash = Hash::plain(&[name.as_bytes(), b"\n", blob].concat());
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

/// Key of a type that this reader cannot verify signatures of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignKey {
    kind: u8,
    public: Vec<u8>,
}

impl ForeignKey {
    /// Number of the key type (C2SP signed note).
    pub fn kind(&self) -> u8 {
        self.kind
    }
}

/// Key from a policy, of a known or an unknown type.
pub(crate) enum WrittenKey {
    Known(NoteKey),
    Foreign(ForeignKey),
}

impl WrittenKey {
    /// Reads `name+id+base64(type || public key)`, of any key type.
    pub(crate) fn parse(vkey: &str) -> Result<Self, NoteError> {
        let malformed = || NoteError::Vkey { vkey: vkey.chars().take(NAME_BYTES_MAX).collect() };
        if vkey.len() > VKEY_BYTES_MAX {
            return Err(malformed());
        }
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(stated), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed());
        };
        let blob = decode_base64(key).ok_or_else(malformed)?;
        let key = match blob.split_first() {
            Some((0x01, public)) => Self::Known(NoteKey::new(name, KeyKind::Log, PublicKey::parse(public)?)?),
            Some((0x04, public)) => Self::Known(NoteKey::new(name, KeyKind::Cosigner, PublicKey::parse(public)?)?),
            Some((kind, public)) if !public.is_empty() => {
                KeyName::parse(name)?;
                Self::Foreign(ForeignKey { kind: *kind, public: public.to_vec() })
            }
            _ => return Err(malformed()),
        };
        let computed = hex::encode(key_id(name, &blob));
        if stated != computed {
            return Err(NoteError::VkeyId { stated: stated.to_owned(), computed });
        }
        Ok(key)
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&[self.kind as u8], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name(), hex::encode(self.id()), encode_base64(&blob))
    }
}

/// Note key together with its private key.
pub struct NoteSigner {
    key: NoteKey,
    secret: SecretKey,
}

impl NoteSigner {
    /// Makes a signer from a name, a kind and a private key.
    pub fn new(name: &str, kind: KeyKind, secret: SecretKey) -> Result<Self, NoteError> {
        Ok(Self { key: NoteKey::new(name, kind, secret.public())?, secret })
    }

    /// Note key that verifiers pin in their policies.
    pub fn key(&self) -> &NoteKey {
        &self.key
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], BadSignature> {
        self.secret.sign(message)
    }
}

/// One signature line of a note: key name, key id and signature bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteSignature {
    name: String,
    id: KeyId,
    blob: Vec<u8>,
}

impl NoteSignature {
    pub(crate) fn new(key: &NoteKey, blob: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), id: key.id(), blob }
    }

    /// Reads a signature line without its line feed; `None` when the line is malformed.
    pub fn parse(line: &str) -> Option<Self> {
        let (name, blob) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = decode_base64(blob)?;
        let (id, blob) = bytes.split_first_chunk::<KEY_ID_BYTES>()?;
        (is_name(name) && !name.contains('\u{2014}') && !blob.is_empty()).then(|| Self {
            name: name.to_owned(),
            id: *id,
            blob: blob.to_vec(),
        })
    }

    /// Whether the line names `key` as its signer: name and id must both match.
    pub fn names(&self, key: &NoteKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }

    /// Bytes after the key id: a signature, for cosigners with a time before it.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [self.id.as_slice(), &self.blob].concat();
        write!(f, "\u{2014} {} {}", self.name, encode_base64(&blob))
    }
}

/// Parsed note. Its signatures are not verified yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    pub(crate) fn new(text: String, signatures: Vec<NoteSignature>) -> Self {
        Self { text, signatures }
    }

    /// Reads a note. Its text is everything before the last empty line.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong { found: bytes.len() });
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Characters)?;
        if whole.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Characters);
        }
        let border = whole.rfind("\n\n").filter(|at| *at > 0).ok_or(NoteError::Shape)?;
        let (text, lines) = (&whole[..=border], &whole[border + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape)?;
        let mut signatures = Vec::new();
        for (at, line) in lines.split('\n').enumerate() {
            if at == SIGNATURES_MAX {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(NoteSignature::parse(line).ok_or(NoteError::SignatureLine { line: at + 1 })?);
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Text of the note, which is a claim until a signature is verified.
    pub fn claims(&self) -> &str {
        &self.text
    }

    /// The signature lines, in the order of the note.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Returns a note with the same text and other signature lines.
    pub fn with_signatures(self, signatures: Vec<NoteSignature>) -> Self {
        Self { signatures, ..self }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "log.example/h1+390c17c5+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
    const WITNESS: &str = "w1.example+c244f014+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";

    #[test]
    fn published_keys() {
        let log = NoteSigner::new("log.example/h1", KeyKind::Log, SecretKey::from_seed(&[1; 32])).unwrap();
        assert_eq!(log.key().to_string(), LOG);
        assert_eq!(NoteKey::parse(LOG).as_ref(), Ok(log.key()));
        let witness = NoteSigner::new("w1.example", KeyKind::Cosigner, SecretKey::from_seed(&[2; 32])).unwrap();
        assert_eq!(witness.key().to_string(), WITNESS);
        assert_eq!(NoteKey::parse(WITNESS).as_ref(), Ok(witness.key()));
        // The kind is part of a key's identity.
        let other = NoteKey::new("w1.example", KeyKind::Log, witness.key().key().clone()).unwrap();
        assert_eq!(hex::encode(other.id()), "e21b98fb");
    }

    #[test]
    fn a_vkey_with_the_id_of_another_key() {
        let error = NoteError::VkeyId { stated: "390c17c6".into(), computed: "390c17c5".into() };
        assert_eq!(NoteKey::parse(&LOG.replace("390c17c5", "390c17c6")), Err(error));
    }

    #[test]
    fn an_empty_line_before_the_last_one_belongs_to_the_text() {
        let note = Note::parse("a\n\n\n\u{2014} k AQIDBAU=\n".as_bytes()).unwrap();
        assert_eq!(note.claims(), "a\n\n");
        assert_eq!(note.signatures()[0].blob(), [5]);
    }

    #[test]
    fn notes_that_are_none() {
        let line = "\u{2014} k AQIDBAU=\n";
        let refused = |note: &str| Note::parse(note.as_bytes()).unwrap_err();
        assert_eq!(refused(&format!("a\r\n\n{line}")), NoteError::Characters);
        assert_eq!(refused("a\n"), NoteError::Shape);
        assert_eq!(refused(&format!("\n\n{line}")[1..]), NoteError::Shape);
        assert_eq!(refused(&format!("a\n\n{}", line.trim_end())), NoteError::Shape);
        assert_eq!(refused(&format!("a\n\n{line}rest\n")), NoteError::SignatureLine { line: 2 });
        assert_eq!(refused(&format!("a\n\n{}", line.replace('\u{2014}', "-"))), NoteError::SignatureLine { line: 1 });
        assert_eq!(
            refused(&format!("a\n\n{}", line.replace('\u{2014}', "\u{2013}"))),
            NoteError::SignatureLine { line: 1 }
        );
        assert_eq!(refused("a\n\n\u{2014} k AQIDBA==\n"), NoteError::SignatureLine { line: 1 });
        assert_eq!(refused(&format!("a\n\n{}", line.repeat(SIGNATURES_MAX + 1))), NoteError::TooManySignatures);
        let long = "a".repeat(NOTE_BYTES_MAX + 1);
        assert_eq!(refused(&long), NoteError::TooLong { found: NOTE_BYTES_MAX + 1 });
        assert_eq!(Note::parse(&[0xff]), Err(NoteError::Characters));
    }
}
