//! The trace: the evidence about one subject in its encoded form. [`verify`](crate::verify) defines what a trace proves.

use headwater_event::codec::{CodecError, Keyed, Message as _, Set};
use headwater_event::document::Opening;
use headwater_event::message;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{self, Key, Leaf, PathNode};
use headwater_tlog::proof::Inclusion;
use headwater_tlog::tree::LeafIndex;

/// Largest trace that a reader accepts, in bytes.
pub const TRACE_BYTES_MAX: usize = 64 << 20;
/// Largest number of anchors in a trace.
pub const ANCHORS_MAX: usize = 16;

/// State of a ledger at which a reader asks for evidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// State of the newest published checkpoint.
    Newest,
    /// State of the newest checkpoint that enough witnesses and auditors cosigned.
    Audited,
}

impl At {
    /// Reads the field `audited` of a request.
    pub fn of_field(audited: bool) -> Self {
        if audited { At::Audited } else { At::Newest }
    }

    /// Value of the field `audited` of a request.
    pub fn field(self) -> bool {
        self == At::Audited
    }
}

message! {
    /// The evidence about one subject. The caller states the asked subject; the file does not.
    pub struct Trace {
        /// The checkpoint note, verbatim.
        1 checkpoint: one Vec<u8>,
        /// The genesis, which is entry 0.
        2 genesis: one Included,
        /// The last leaf of the checkpoint.
        3 index_head: one Included,
        /// Every subject that the story needs, sorted by key.
        4 subjects: set1 History,
        /// Every entry on the chains of those subjects, once, in log order, except the genesis.
        5 entries: many Included,
        /// The proofs about sets: of the asked item, and of items that it was made of.
        6 sets: set SetProof,
        /// Openings of hidden fields: the values behind commitments.
        7 openings: many Opening,
        /// Earlier cosigned checkpoints, the oldest first.
        8 anchors: many Anchor,
    }
}

message! {
    /// An entry and the proof that it is in the log.
    pub struct Included {
        /// The log index of the entry.
        1 log_index: num u64,
        /// The exact bytes of the entry.
        2 entry: one Vec<u8>,
        /// RFC 6962 inclusion proof, the leaf's sibling first.
        3 inclusion: many Hash,
    }
}

message! {
    /// A subject and the entries on its chain.
    pub struct History {
        /// The subject that the chain belongs to.
        1 subject: one Subject,
        /// The index proof of the end of the chain, or of its absence.
        2 proof: opt IndexProof,
        /// The log indexes of the entries on the chain; absent when the index proves that the chain is empty, or when the chain is closed.
        3 log_indexes: opt Set<u64>,
    }
}

impl Keyed for History {
    fn sort_key(&self) -> Vec<u8> {
        self.subject.sort_key()
    }
}

message! {
    /// The path from an index root to the leaf where a lookup ends; absent as a whole when the index is empty.
    pub struct IndexProof {
        /// The bit that each node tests, from the root down: one byte each.
        1 bits: opt Vec<u8>,
        /// The hash of the side not taken at each node.
        2 siblings: many Hash,
        /// The index key of the leaf.
        3 key: one Hash,
        /// The number of entries on the chain; 0 in a set.
        4 count: num u64,
        /// The chain's head; in a set the hash of the item's code.
        5 head: one Hash,
    }
}

message! {
    /// The proof from one set commitment about an item.
    pub struct SetProof {
        /// The log index of the entry that committed to the set.
        1 log_index: num u64,
        /// The item that the proof is about.
        2 item: one Subject,
        /// The proof under the set's root; absent when the node does not hold the manifest.
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
    /// Decodes a trace from its canonical encoding.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > TRACE_BYTES_MAX {
            let rule = format!("a trace has at most {TRACE_BYTES_MAX} bytes");
            return Err(CodecError::value(&format!("{} bytes", bytes.len()), rule));
        }
        Self::decode(bytes)
    }
}

impl Included {
    /// Joins an entry and its inclusion proof.
    pub fn new(log_index: LeafIndex, entry: Vec<u8>, inclusion: &Inclusion) -> Self {
        Self { log_index: log_index.get(), entry, inclusion: inclusion.hashes().to_vec() }
    }
}

impl IndexProof {
    /// Converts an index proof to its encoded form; `None` for the empty index.
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

    /// Converts the encoded form to an index proof; `None` when `bits` and `siblings` differ in length.
    pub fn open(travelled: Option<&Self>) -> Option<index::IndexProof> {
        let Some(proof) = travelled else {
            return Some(index::IndexProof { steps: Vec::new(), landing: None });
        };
        let bits = proof.bits.as_deref().unwrap_or_default();
        if bits.len() != proof.siblings.len() {
            return None;
        }
        let steps = bits.iter().zip(&proof.siblings).map(|(bit, sibling)| PathNode { bit: *bit, sibling: *sibling });
        let landing = Leaf { key: Key::new(proof.key), count: proof.count, head: proof.head };
        Some(index::IndexProof { steps: steps.collect(), landing: Some(landing) })
    }
}
