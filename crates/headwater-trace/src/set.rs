//! The manifest behind a set commitment: the serials that one event commissioned. A manifest is an attachment of that
//! event. A holder of the manifest can prove for any serial that the event issued it, or did not.

use std::collections::BTreeSet;

use headwater_event::codec::{CodecError, Keyed, Message as _};
use headwater_event::gs1::{Gtin, Serial};
use headwater_event::message;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Leaf};

/// Media type of a manifest.
pub const MANIFEST_TYPE: &str = "application/vnd.headwater.set.v1+protobuf";
/// Largest manifest that a reader accepts, in bytes: enough for some 1,000,000 items.
pub const MANIFEST_BYTES_MAX: usize = 64 << 20;

message! {
    /// The items that one event commits to.
    pub struct SetManifest {
        /// The model of the items.
        1 gtin: one Gtin,
        /// The items, each once.
        2 items: set1 SetItem,
    }
}

message! {
    /// An item of the set.
    pub struct SetItem {
        /// The serial (GS1 AI 21) of the item.
        1 serial: one Serial,
        /// H(06 | K | code) of the item's second factor; absent when the item has none. A manifest never holds the codes themselves.
        2 code: opt Hash,
    }
}

impl SetItem {
    /// Returns the item as a subject, of the manifest's model.
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
    /// Decodes a manifest from its canonical encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > MANIFEST_BYTES_MAX {
            let rule = format!("a manifest has at most {MANIFEST_BYTES_MAX} bytes");
            return Err(CodecError::value(&format!("{} bytes", bytes.len()), rule));
        }
        Self::decode(bytes)
    }

    /// Returns a manifest of items without second factors.
    pub fn of(gtin: Gtin, serials: BTreeSet<Serial>) -> Self {
        let mut items: Vec<SetItem> = serials.into_iter().map(|serial| SetItem { serial, code: None }).collect();
        items.sort_by_key(Keyed::sort_key);
        Self { gtin, items }
    }

    /// Builds the trie whose root the event commits to. A leaf without a second factor has a head of 32 zero bytes, which
    /// no code matches.
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
