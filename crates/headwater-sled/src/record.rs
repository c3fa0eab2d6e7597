//! Keys, and the values of fixed shape behind them. Only this module uses bincode, and never for bytes that were signed, hashed or
//! received.

use bincode::config::{BigEndian, Configuration, Fixint, Limit};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Key;
use headwater_tlog::tree::{LeafIndex, TreeSize};

/// Number of the layout that this version reads and writes.
pub const FORMAT: u64 = 3;
/// Maximum bytes of a value.
pub const VALUE_BYTES_MAX: usize = 8 * 1024;

const CONFIG: Configuration<BigEndian, Fixint, Limit<128>> =
    bincode::config::standard().with_big_endian().with_fixed_int_encoding().with_limit::<128>();

/// Entry on a chain. bincode writes the fields one behind the other, in this order.
#[derive(bincode::Encode, bincode::Decode)]
pub struct ChainEntryRow {
    /// Log index of the entry.
    pub log_index: u64,
    /// Leaf hash of the entry.
    pub leaf: [u8; 32],
    /// Head of the chain up to the entry.
    pub head: [u8; 32],
}

/// Run of entries: as many as a value holds, or one longer entry. Each entry is behind its length.
pub struct Run {
    /// Log index of the first entry.
    pub first: LeafIndex,
    /// Each entry behind its length, in log order.
    pub bytes: Vec<u8>,
}

/// Encodes a value of fixed shape; `None` if bincode cannot encode the value.
pub fn write<T: bincode::Encode>(value: T) -> Option<Vec<u8>> {
    bincode::encode_to_vec(value, CONFIG).ok()
}

/// Decodes a value; `None` if the value is malformed or bytes are left over.
pub fn read<T: bincode::Decode<()>>(bytes: &[u8]) -> Option<T> {
    let (value, consumed) = bincode::decode_from_slice(bytes, CONFIG).ok()?;
    (consumed == bytes.len()).then_some(value)
}

/// Single key of the format version.
pub const FORMAT_KEY: &[u8] = b"v";
/// Single key of the published size.
pub const SIZE_KEY: &[u8] = b"z";

/// Key of a run of entries, by its first log index; or of a piece of a run that is one long entry.
pub fn run(log_index: LeafIndex, piece: u8) -> Vec<u8> {
    [b"e".as_slice(), &log_index.get().to_be_bytes(), &[piece]].concat()
}

/// Key of a full tile of leaf hashes.
pub fn tile(number: u64) -> Vec<u8> {
    [b"t".as_slice(), &number.to_be_bytes()].concat()
}

/// Key of an entry on a chain, by the subject and the number of the entry from 1.
pub fn place(key: &Key, count: u64) -> Vec<u8> {
    [b"p".as_slice(), key.as_bytes(), &count.to_be_bytes()].concat()
}

/// Subject in the key of an entry on a chain.
pub fn subject_of(place: &[u8]) -> Option<Key> {
    Hash::try_from(place.get(1..33)?).ok().map(Key::new)
}

/// Key of a page of a party's ids, by the lowest id that the page may hold.
pub fn ids(party: &Key, lowest: &[u8; 16]) -> Vec<u8> {
    [b"i".as_slice(), party.as_bytes(), lowest].concat()
}

/// Key that marks a party event.
pub fn act(log_index: LeafIndex) -> Vec<u8> {
    [b"a".as_slice(), &log_index.get().to_be_bytes()].concat()
}

/// Key of a note, or of a piece of a long note.
pub fn note(size: TreeSize, piece: u8) -> Vec<u8> {
    [b"n".as_slice(), &size.get().to_be_bytes(), &[piece]].concat()
}

/// Key that marks a cosigned checkpoint.
pub fn cosigned(size: TreeSize) -> Vec<u8> {
    [b"s".as_slice(), &size.get().to_be_bytes()].concat()
}

/// Number in the last 8 bytes of a key or value.
pub fn number(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// Joins entries into runs. The first entry has the log index `first`.
pub fn runs(first: LeafIndex, entries: &[Vec<u8>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (log_index, entry) in first.onward().zip(entries) {
        // An entry has at most 65,535 bytes.
        let length = u32::try_from(entry.len()).unwrap_or(u32::MAX).to_be_bytes();
        match runs.last_mut().filter(|run| run.bytes.len() + length.len() + entry.len() < VALUE_BYTES_MAX) {
            Some(run) => {
                run.bytes.extend_from_slice(&length);
                run.bytes.extend_from_slice(entry);
            }
            None => runs.push(Run { first: log_index, bytes: [length.as_slice(), entry].concat() }),
        }
    }
    runs
}

/// Splits a run into its entries; `None` if the run is malformed.
pub fn entries(mut run: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while !run.is_empty() {
        let (length, rest) = run.split_first_chunk::<4>()?;
        let (entry, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        entries.push(entry.to_vec());
        run = rest;
    }
    Some(entries)
}
