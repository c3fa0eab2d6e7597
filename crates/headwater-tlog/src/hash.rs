//! SHA-256 with a one-byte domain prefix (RFC 6962 section 2.1; Headwater formats, "Hashes").

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Domain of a hash: the first byte of its preimage. A new meaning takes a new byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Domain {
    /// `H(00 | entry)`: a leaf of the log (RFC 6962).
    Leaf = 0x00,
    /// `H(01 | left | right)`: a node of the log's tree (RFC 6962).
    Node = 0x01,
    /// `H(02 | K | count | head)`: a leaf of the subject index.
    IndexLeaf = 0x02,
    /// `H(03 | bit index | left | right)`: a node of the subject index.
    IndexNode = 0x03,
    /// `H(04 | K | i | log index | previous head | leaf)`: one step of a subject chain.
    Chain = 0x04,
    /// `H(05 | subject)`: the index key of a subject.
    Subject = 0x05,
    /// `H(06 | K | code)`: the second factor of an item.
    ItemCode = 0x06,
    /// `H(07 | salt | path | value)`: the salted commitment of a hidden field.
    Field = 0x07,
}

/// A SHA-256 value of 32 bytes; the text form is 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; Hash::BYTES]);

impl Hash {
    /// Length of a SHA-256 value in bytes.
    pub const BYTES: usize = 32;
    /// Thirty-two zero bytes: the root of the empty index, and the head of the empty chain.
    pub const ZERO: Hash = Hash([0; Hash::BYTES]);

    /// Wraps the bytes of a hash that was computed elsewhere.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Hashes the byte of `domain`, then `parts` one after the other.
    pub fn of(domain: Domain, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update([domain as u8]);
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// Plain SHA-256 without a prefix, for values that other specifications define: key ids and file hashes.
    pub fn plain(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The leaf hash of an entry (RFC 6962 section 2.1).
    pub fn leaf(entry: &[u8]) -> Self {
        Self::of(Domain::Leaf, &[entry])
    }

    /// Hash of a node from the hashes of its two children (RFC 6962 section 2.1).
    pub fn node(left: &Hash, right: &Hash) -> Self {
        Self::of(Domain::Node, &[&left.0, &right.0])
    }

    /// The 32 bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashLength;

    fn try_from(bytes: &[u8]) -> Result<Self, HashLength> {
        let found = bytes.len();
        bytes.try_into().map(Self).map_err(|_| HashLength { found })
    }
}

impl FromStr for Hash {
    type Err = HashText;

    /// Reads 64 hex digits.
    fn from_str(text: &str) -> Result<Self, HashText> {
        let bytes = hex::decode(text).map_err(|_| HashText::NotHex)?;
        Ok(Self::try_from(bytes.as_slice())?)
    }
}

/// A text that is not a hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HashText {
    /// Character that is not a hex digit, or an odd number of characters.
    #[error("a hash has 64 hex digits")]
    NotHex,
    /// Hex digits that do not encode 32 bytes.
    #[error(transparent)]
    Length(#[from] HashLength),
}

/// A hash that is not 32 bytes long.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a hash has 32 bytes, this has {found}")]
pub struct HashLength {
    /// Number of bytes that were given.
    pub found: usize,
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <String as serde::Deserialize>::deserialize(deserializer)?;
        digits.parse().map_err(serde::de::Error::custom)
    }
}
