//! The trace: the evidence file of one product, as it travels. [`verify`](crate::verify) says what it proves.

use headwater_event::codec::{CodecError, Keyed, Message as _, Set};
use headwater_event::document::Opening;
use headwater_event::message;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{self, Key, Leaf, Step};
use headwater_tlog::proof::Inclusion;

/// A reader refuses a longer trace.
pub const TRACE_BYTES_MAX: usize = 64 << 20;
/// A trace has at most this many anchors.
pub const ANCHORS_MAX: usize = 16;

message! {
    /// The evidence file of one product. The subject that it is about comes from whoever asks, never from the file.
    pub struct Trace {
        /// The checkpoint note, verbatim.
        1 checkpoint: one Vec<u8>,
        /// Entry 0.
        2 genesis: one Included,
        /// The last leaf of the checkpoint.
        3 index_head: one Included,
        /// Every subject that the story needs, sorted by key.
        4 subjects: set1 History,
        /// Every entry on their chains, once, in log order; the genesis stands above.
        5 entries: many Included,
        /// The proofs about sets: of the asked item, and of items that it was made of.
        6 sets: set SetProof,
        /// What opens hidden fields.
        7 openings: many Opening,
        /// Earlier cosigned checkpoints, the oldest first.
        8 anchors: many Anchor,
    }
}

message! {
    /// An entry and the proof that it is in the log.
    pub struct Included {
        /// Its place in the log.
        1 log_index: num u64,
        /// Its exact bytes.
        2 entry: one Vec<u8>,
        /// RFC 6962 inclusion proof, the leaf's sibling first.
        3 inclusion: many Hash,
    }
}

message! {
    /// A subject and what its chain holds.
    pub struct History {
        /// The subject.
        1 subject: one Subject,
        /// What the index says of it.
        2 proof: opt IndexProof,
        /// The places of the entries on its chain; absent when the index proves that there are none, or when it is closed.
        3 log_indexes: opt Set<u64>,
    }
}

impl Keyed for History {
    fn sort_key(&self) -> Vec<u8> {
        self.subject.sort_key()
    }
}

message! {
    /// The way from an index root to the leaf that a lookup ends in; absent as a whole when the index is empty.
    pub struct IndexProof {
        /// The bit that each node tests, from the root down: one byte each.
        1 bits: opt Vec<u8>,
        /// The hash of the side not taken at each node.
        2 siblings: many Hash,
        /// The leaf's key.
        3 key: one Hash,
        /// How many entries its chain has; 0 in a set.
        4 count: num u64,
        /// The chain's head; in a set the hash of the item's code.
        5 head: one Hash,
    }
}

message! {
    /// The proof of one set commitment about an item.
    pub struct SetProof {
        /// The entry that committed to the set.
        1 log_index: num u64,
        /// The item.
        2 item: one Subject,
        /// The proof under the set's root; absent when the ledger does not hold the list.
        3 proof: opt IndexProof,
    }
}

impl Keyed for SetProof {
    fn sort_key(&self) -> Vec<u8> {
        [self.log_index.to_be_bytes().as_slice(), &self.item.sort_key()].concat()
    }
}

message! {
    /// An earlier checkpoint and the proof that this one extends it: every leaf below its size existed at its time.
    pub struct Anchor {
        /// The checkpoint note, verbatim.
        1 checkpoint: one Vec<u8>,
        /// RFC 6962 consistency proof to the trace's checkpoint.
        2 consistency: many Hash,
    }
}

impl Trace {
    /// Reads the one encoding of a trace.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > TRACE_BYTES_MAX {
            let rule = format!("a trace has at most {TRACE_BYTES_MAX} bytes");
            return Err(CodecError::value(&format!("{} bytes", bytes.len()), rule));
        }
        Self::decode(bytes)
    }
}

impl Included {
    /// Puts an entry and its proof together.
    pub fn new(log_index: u64, entry: Vec<u8>, inclusion: &Inclusion) -> Self {
        Self { log_index, entry, inclusion: inclusion.hashes().to_vec() }
    }
}

impl IndexProof {
    /// How a proof travels.
    pub fn of(proof: &index::IndexProof) -> Option<Self> {
        let leaf = proof.landing?;
        let bits: Vec<u8> = proof.steps.iter().map(|step| step.bit).collect();
        Some(Self {
            bits: (!bits.is_empty()).then_some(bits),
            siblings: proof.steps.iter().map(|step| step.sibling).collect(),
            key: Hash::new(*leaf.key.as_bytes()),
            count: leaf.count,
            head: leaf.head,
        })
    }

    /// The proof that travelled; `None` when bits and siblings do not go together.
    pub fn open(travelled: Option<&Self>) -> Option<index::IndexProof> {
        let Some(proof) = travelled else {
            return Some(index::IndexProof { steps: Vec::new(), landing: None });
        };
        let bits = proof.bits.as_deref().unwrap_or_default();
        if bits.len() != proof.siblings.len() {
            return None;
        }
        let steps = bits.iter().zip(&proof.siblings).map(|(bit, sibling)| Step { bit: *bit, sibling: *sibling });
        let landing = Leaf { key: Key::new(proof.key), count: proof.count, head: proof.head };
        Some(index::IndexProof { steps: steps.collect(), landing: Some(landing) })
    }
}
