//! Keys, and the fixed-shape values behind them. This is the only place that knows bincode, and never for bytes that
//! were signed, hashed or received.

use bincode::config::{BigEndian, Configuration, Fixint, Limit};
use headwater_event::event::EventId;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Key;

/// The layout that this version reads and writes.
pub const FORMAT: u64 = 1;
/// No value is longer.
pub const VALUE_BYTES_MAX: usize = 8 * 1024;

const CONFIG: Configuration<BigEndian, Fixint, Limit<128>> =
    bincode::config::standard().with_big_endian().with_fixed_int_encoding().with_limit::<128>();

/// A place on a chain: where the entry stands, its leaf, and the head up to it.
pub type Place = (u64, [u8; 32], [u8; 32]);
/// The end of a chain: how many entries it has, and its head.
pub type End = (u64, [u8; 32]);

/// Writes a value.
pub fn write<T: bincode::Encode>(value: T) -> Option<Vec<u8>> {
    bincode::encode_to_vec(value, CONFIG).ok()
}

/// Reads a value, and all of it.
pub fn read<T: bincode::Decode<()>>(bytes: &[u8]) -> Option<T> {
    let (value, consumed) = bincode::decode_from_slice(bytes, CONFIG).ok()?;
    (consumed == bytes.len()).then_some(value)
}

/// The one key of the format version.
pub const FORMAT_KEY: &[u8] = b"v";
/// The one key of the published size.
pub const SIZE_KEY: &[u8] = b"z";

/// An entry, or a piece of a long one.
pub fn entry(log_index: u64, piece: u8) -> Vec<u8> {
    [b"e".as_slice(), &log_index.to_be_bytes(), &[piece]].concat()
}

/// A full tile of leaf hashes.
pub fn tile(number: u64) -> Vec<u8> {
    [b"t".as_slice(), &number.to_be_bytes()].concat()
}

/// A place on a chain.
pub fn place(key: &Key, count: u64) -> Vec<u8> {
    [b"p".as_slice(), key.as_bytes(), &count.to_be_bytes()].concat()
}

/// The end of a chain.
pub fn end(key: &Key) -> Vec<u8> {
    [b"c".as_slice(), key.as_bytes()].concat()
}

/// An event by its identity.
pub fn event(hash: &Hash) -> Vec<u8> {
    [b"h".as_slice(), hash.as_bytes()].concat()
}

/// An event by its author's id.
pub fn id(party: &Key, id: &EventId) -> Vec<u8> {
    [b"i".as_slice(), party.as_bytes(), id.as_bytes()].concat()
}

/// A party event.
pub fn act(log_index: u64) -> Vec<u8> {
    [b"a".as_slice(), &log_index.to_be_bytes()].concat()
}

/// A note, or a piece of a long one.
pub fn note(size: u64, piece: u8) -> Vec<u8> {
    [b"n".as_slice(), &size.to_be_bytes(), &[piece]].concat()
}

/// A checkpoint that somebody cosigned.
pub fn cosigned(size: u64) -> Vec<u8> {
    [b"s".as_slice(), &size.to_be_bytes()].concat()
}

/// The number at the end of a key.
pub fn number(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}
