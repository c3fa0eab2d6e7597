//! Entries: the elements that the log stores. An entry is a leaf of the log.
//!
//! ```text
//! Entry { recorded_at_ms, body }        body = Genesis 16 | SignedEvent 17 | IndexHead 18
//! ```
//!
//! A later format is a later arm of `body`, up to [`ARM_MAX`]. An unknown arm is reported as unknown, neither valid nor
//! invalid. An unknown field number anywhere else makes the entry not canonical.
//!
//! A [`Genesis`] with its [`GenesisKey`]s is plain data. [`Entry::parse`] alone verifies that each key signed its proof of
//! possession, and only in a genesis of [`FORMAT_VERSION`].

use headwater_tlog::hash::Hash;
use headwater_tlog::key::PublicKey;
use headwater_tlog::note::NAME_BYTES_MAX;
use headwater_tlog::tile::ENTRY_BYTES_MAX;

use crate::codec::{ARMS, CodecError, Message, Oneof, Payload, Value, Writer};
use crate::message;
use crate::schema::{Arm, Schema};
use crate::signature::{KeyUse, Possession, Signature};
use crate::subject::PartyKey;
use crate::text::text_value;

/// Largest number of bytes of an event, so that an entry always fits an entry bundle.
pub const EVENT_BYTES_MAX: usize = 32 * 1024;
/// Format version that a genesis states. [`Entry::parse`] checks the rules of a genesis of this version only.
pub const FORMAT_VERSION: u64 = 1;
/// Highest number that an arm of a oneof can have.
pub const ARM_MAX: u32 = *ARMS.end();

const GENESIS: u32 = 16;
const SIGNED_EVENT: u32 = 17;
const INDEX_HEAD: u32 = 18;

message! {
    /// An element of the log, and a leaf of its tree: a genesis, a signed event or an index head.
    pub struct Entry {
        /// Time at which the ledger recorded the entry: milliseconds UTC, never decreasing along the log.
        1 recorded_at_ms: one u64,
        /// Content of the entry. A later format is a later arm, up to 47.
        16 body: oneof EntryBody,
    }
}

/// Content of an entry.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryBody {
    /// The founding of the ledger, in entry 0 only.
    Genesis(Box<Genesis>),
    /// An event as a party signed it, in the exact bytes that were signed. The signature is not verified here.
    SignedEvent(SignedEventBytes),
    /// The commitment to the index over all entries before this one.
    IndexHead(IndexHead),
    /// An arm that this version does not know: neither valid nor invalid.
    Newer {
        /// The number of the arm.
        arm: u32,
        /// Content of the arm, not decoded.
        bytes: Vec<u8>,
    },
}

message! {
    /// The founding of a ledger. The ledger's id is the leaf hash of the entry that holds the genesis.
    pub struct Genesis {
        /// Name of the log.
        1 origin: one Origin,
        /// The log's key, which signs checkpoints.
        2 log_key: one PublicKey,
        /// Party that runs the ledger.
        3 operator: one PartyKey,
        /// The first keys of the operator.
        4 keys: many GenesisKey,
        /// Version of the formats of this ledger.
        5 format_version: one u64,
        /// Id of the ledger that this one continues. Reserved.
        6 previous: opt Hash,
    }
}

message! {
    /// One of the first keys of the operator.
    pub struct GenesisKey {
        /// The Ed25519 public key.
        1 public_key: one PublicKey,
        /// Events that the key may sign.
        2 key_use: one KeyUse,
        /// The proof that the operator holds the key.
        3 possession: one Signature,
    }
}

message! {
    /// An event and the signature over it.
    pub struct SignedEventBytes {
        /// The exact bytes that were signed.
        1 event: one Vec<u8>,
        /// Ed25519 signature over the pre-authentication encoding of the event.
        2 signature: one Signature,
    }
}

message! {
    /// A commitment to the index over all entries before this one.
    pub struct IndexHead {
        /// Root of the index.
        1 root: one Hash,
    }
}

/// The name of a log, of at most 255 printable ASCII characters without space and plus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin(String);

impl Origin {
    /// Checks the length and the characters of a name.
    pub fn parse(name: &str) -> Result<Self, CodecError> {
        let named = (1..=NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
        named.then(|| Self(name.to_owned())).ok_or_else(|| {
            CodecError::value(name, "is not a log name: 1 to 255 printable characters without space and plus")
        })
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(Origin);

/// Error of bytes that are not an entry.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// More bytes than an entry bundle takes.
    #[error("an entry has at most {ENTRY_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// Number of bytes of the entry.
        found: usize,
    },
    /// An event of more than [`EVENT_BYTES_MAX`] bytes.
    #[error("an event has at most {EVENT_BYTES_MAX} bytes, this has {found}")]
    EventTooLong {
        /// Number of bytes of the event.
        found: usize,
    },
    /// Bytes that are not the one encoding of an entry.
    #[error("the entry is not canonical")]
    Codec(#[from] CodecError),
    /// A genesis without a key that may sign party events.
    #[error("the genesis gives the operator no admin key")]
    NoAdminKey,
    /// A genesis that names a key twice.
    #[error("the genesis names key {key_id} twice")]
    DuplicateKey {
        /// SHA-256 of the repeated public key.
        key_id: Hash,
    },
    /// A genesis with a key whose proof of possession is wrong.
    #[error("the genesis does not prove that the operator holds key {key_id}")]
    Possession {
        /// SHA-256 of the unproven public key.
        key_id: Hash,
    },
}

impl Entry {
    /// Reads the one encoding of an entry, and checks the rules of a genesis of [`FORMAT_VERSION`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLong { found: bytes.len() });
        }
        let entry = Self::decode(bytes)?;
        match &entry.body {
            EntryBody::SignedEvent(signed) if signed.event.len() > EVENT_BYTES_MAX => {
                return Err(EntryError::EventTooLong { found: signed.event.len() });
            }
            EntryBody::Genesis(genesis) if genesis.format_version == FORMAT_VERSION => genesis.verify_keys()?,
            _ => {}
        }
        Ok(entry)
    }
}

impl Genesis {
    /// Checks that no key is named twice, that the operator holds each key, and that one of the keys is an admin key. The proofs of
    /// possession are over the hash of the origin, since a genesis cannot contain its own id.
    fn verify_keys(&self) -> Result<(), EntryError> {
        for (at, key) in self.keys.iter().enumerate() {
            let key_id = key.public_key.id();
            if self.keys[..at].iter().any(|other| other.public_key == key.public_key) {
                return Err(EntryError::DuplicateKey { key_id });
            }
            let statement = Possession {
                ledger: Hash::plain(self.origin.as_str().as_bytes()),
                party: self.operator.clone(),
                key_use: key.key_use,
                public_key: key.public_key.clone(),
            };
            statement.verify(&key.possession).map_err(|_| EntryError::Possession { key_id })?;
        }
        let admin = self.keys.iter().any(|key| key.key_use == KeyUse::Admin);
        if admin { Ok(()) } else { Err(EntryError::NoAdminKey) }
    }
}

impl Oneof for EntryBody {
    fn read_arm(number: u32, payload: Payload<'_>) -> Result<Option<Self>, CodecError> {
        let inside = |arm| move |error: CodecError| error.inside(arm);
        Ok(Some(match number {
            GENESIS => EntryBody::Genesis(Box::new(Genesis::read(payload).map_err(inside("genesis"))?)),
            SIGNED_EVENT => EntryBody::SignedEvent(SignedEventBytes::read(payload).map_err(inside("signed_event"))?),
            INDEX_HEAD => EntryBody::IndexHead(IndexHead::read(payload).map_err(inside("index_head"))?),
            arm if arm > INDEX_HEAD && arm <= ARM_MAX => EntryBody::Newer { arm, bytes: payload.bytes()?.to_vec() },
            _ => return Ok(None),
        }))
    }

    fn write_arm(&self, writer: &mut Writer) {
        match self {
            EntryBody::Genesis(genesis) => writer.one(GENESIS, genesis.as_ref()),
            EntryBody::SignedEvent(signed) => writer.one(SIGNED_EVENT, signed),
            EntryBody::IndexHead(head) => writer.one(INDEX_HEAD, head),
            EntryBody::Newer { arm, bytes } => writer.one(*arm, bytes),
        }
    }

    fn arms(schema: &mut Schema) -> Vec<Arm> {
        vec![
            Arm { number: GENESIS, name: "genesis", proto: Genesis::describe(schema), doc: " Entry 0 and no other." },
            Arm {
                number: SIGNED_EVENT,
                name: "signed_event",
                proto: SignedEventBytes::describe(schema),
                doc: " The bytes that a party signed, with its signature.",
            },
            Arm {
                number: INDEX_HEAD,
                name: "index_head",
                proto: IndexHead::describe(schema),
                doc: " The last leaf of every published checkpoint.",
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use headwater_tlog::key::SecretKey;

    use super::*;
    use crate::codec::Fault;

    const ADMIN: u8 = 3;

    fn genesis_key(seed: u8, key_use: KeyUse) -> GenesisKey {
        let secret = SecretKey::from_seed(&[seed; 32]);
        let statement = Possession {
            ledger: Hash::plain(b"log.example/h1"),
            party: PartyKey::parse("417/9526543000105").unwrap(),
            key_use,
            public_key: secret.public(),
        };
        GenesisKey { possession: statement.prove(&secret).unwrap(), public_key: secret.public(), key_use }
    }

    fn genesis(keys: Vec<GenesisKey>) -> Vec<u8> {
        let genesis = Genesis {
            origin: Origin::parse("log.example/h1").unwrap(),
            log_key: SecretKey::from_seed(&[1; 32]).public(),
            operator: PartyKey::parse("417/9526543000105").unwrap(),
            keys,
            format_version: FORMAT_VERSION,
            previous: None,
        };
        Entry { recorded_at_ms: 1_767_225_600_000, body: EntryBody::Genesis(Box::new(genesis)) }.encode()
    }

    #[test]
    fn a_genesis_proves_its_keys() {
        let (events, admin) = (genesis_key(2, KeyUse::Events), genesis_key(ADMIN, KeyUse::Admin));
        let bytes = genesis(vec![events.clone(), admin.clone()]);
        assert_eq!(Entry::parse(&bytes).unwrap().encode(), bytes);
        assert_eq!(Entry::parse(&genesis(vec![events.clone()])), Err(EntryError::NoAdminKey));
        assert_eq!(Entry::parse(&genesis(vec![])), Err(EntryError::NoAdminKey));
        let key_id = admin.public_key.id();
        let twice = genesis(vec![admin.clone(), admin.clone()]);
        assert_eq!(Entry::parse(&twice), Err(EntryError::DuplicateKey { key_id }));
        let unproven = GenesisKey { possession: events.possession, ..admin };
        assert_eq!(Entry::parse(&genesis(vec![unproven])), Err(EntryError::Possession { key_id }));
    }

    #[test]
    fn no_changed_byte_of_a_genesis_is_the_same_entry() {
        let bytes = genesis(vec![genesis_key(ADMIN, KeyUse::Admin)]);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            // A changed genesis that can still be read is another entry, and so another ledger.
            if let Ok(entry) = Entry::parse(&changed) {
                assert_eq!(entry.encode(), changed, "byte {at}");
            }
            assert_ne!(Hash::leaf(&changed), Hash::leaf(&bytes));
        }
    }

    #[test]
    fn an_unknown_arm_is_newer_and_any_other_number_is_not_canonical() {
        let entry = |tag: &[u8]| Entry::parse(&[&[0x08, 0x01], tag, &[0x01, 0x07]].concat());
        assert_eq!(
            entry(&[0x9a, 0x01]),
            Ok(Entry { recorded_at_ms: 1, body: EntryBody::Newer { arm: 19, bytes: vec![7] } })
        );
        assert_eq!(
            entry(&[0xfa, 0x02]),
            Ok(Entry { recorded_at_ms: 1, body: EntryBody::Newer { arm: 47, bytes: vec![7] } })
        );
        let unknown = |number| Err(EntryError::Codec(Fault::Unknown { number, may_be_newer: false }.into()));
        assert_eq!(entry(&[0x82, 0x03]), unknown(48));
        assert_eq!(entry(&[0x12]), unknown(2));
        assert_eq!(Entry::parse(&[0x08, 0x01]), Err(EntryError::Codec(CodecError::new("body", Fault::Missing))));
        let missing = CodecError::new("recorded_at_ms", Fault::Missing);
        assert_eq!(Entry::parse(&[]), Err(EntryError::Codec(missing)));
    }

    #[test]
    fn oversize_is_refused() {
        let entry = |len| {
            let signed = SignedEventBytes { event: vec![7; len], signature: Signature::new([9; 64]) };
            Entry { recorded_at_ms: 1, body: EntryBody::SignedEvent(signed) }.encode()
        };
        assert!(Entry::parse(&entry(EVENT_BYTES_MAX)).is_ok());
        let found = EVENT_BYTES_MAX + 1;
        assert_eq!(Entry::parse(&entry(found)), Err(EntryError::EventTooLong { found }));
        let bytes = vec![0; ENTRY_BYTES_MAX + 1];
        assert_eq!(Entry::parse(&bytes), Err(EntryError::TooLong { found: ENTRY_BYTES_MAX + 1 }));
    }
}
