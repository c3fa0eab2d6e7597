//! The list behind a set commitment: which serials one event commissioned. It is an attachment of that event; whoever holds
//! it can prove for any serial that it was issued, or was not.

use std::collections::BTreeSet;

use headwater_event::codec::{CodecError, Keyed, Message as _};
use headwater_event::gs1::{Gtin, Serial};
use headwater_event::message;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Leaf};

/// The media type of a manifest.
pub const MANIFEST_TYPE: &str = "application/vnd.headwater.set.v1+protobuf";
/// A reader refuses a longer manifest: some 1,000,000 items.
pub const MANIFEST_BYTES_MAX: usize = 64 << 20;

message! {
    /// The items that one event commits to.
    pub struct SetManifest {
        /// The model that they are of.
        1 gtin: one Gtin,
        /// Each of them once.
        2 items: set1 SetItem,
    }
}

message! {
    /// One item.
    pub struct SetItem {
        /// Its serial.
        1 serial: one Serial,
        /// H(06 | K | code) of its second factor; absent when it has none. Codes themselves are in no list.
        2 code: opt Hash,
    }
}

impl SetItem {
    /// The item as a subject, of the manifest's model.
    pub fn subject(&self, gtin: &Gtin) -> Subject {
        Subject::Item(gtin.clone(), self.serial.clone())
    }
}

impl Keyed for SetItem {
    fn sort_key(&self) -> Vec<u8> {
        self.serial.as_str().as_bytes().to_vec()
    }
}

impl SetManifest {
    /// Reads the one encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > MANIFEST_BYTES_MAX {
            let rule = format!("a manifest has at most {MANIFEST_BYTES_MAX} bytes");
            return Err(CodecError::value(&format!("{} bytes", bytes.len()), rule));
        }
        Self::decode(bytes)
    }

    /// A manifest of items without second factors.
    pub fn of(gtin: Gtin, serials: BTreeSet<Serial>) -> Self {
        let mut items: Vec<SetItem> = serials.into_iter().map(|serial| SetItem { serial, code: None }).collect();
        items.sort_by_key(Keyed::sort_key);
        Self { gtin, items }
    }

    /// The trie whose root the event commits to. A leaf without a second factor has a head of 32 zero bytes, which no code
    /// matches.
    pub fn index(&self) -> Index {
        let leaf = |item: &SetItem| Leaf {
            key: item.subject(&self.gtin).index_key(),
            count: 0,
            head: item.code.unwrap_or(Hash::ZERO),
        };
        let mut index = Index::new();
        index.update(self.items.iter().map(leaf).collect());
        index
    }
}
