//! Keys, and the fixed-shape values behind them. This is the only place that knows bincode, and never for bytes that
//! were signed, hashed or received.

use bincode::config::{BigEndian, Configuration, Fixint, Limit};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Key;

/// The layout that this version reads and writes.
pub const FORMAT: u64 = 3;
/// No value is longer.
pub const VALUE_BYTES_MAX: usize = 8 * 1024;

const CONFIG: Configuration<BigEndian, Fixint, Limit<128>> =
    bincode::config::standard().with_big_endian().with_fixed_int_encoding().with_limit::<128>();

/// A place on a chain: where the entry stands, its leaf, and the head up to it.
pub type Place = (u64, [u8; 32], [u8; 32]);

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

/// A run of entries by its first, or a piece of a run that is one long entry.
pub fn run(log_index: u64, piece: u8) -> Vec<u8> {
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

/// The subject of a place's key.
pub fn subject_of(place: &[u8]) -> Option<Key> {
    Hash::try_from(place.get(1..33)?).ok().map(Key::new)
}

/// A page of a party's ids, by the lowest that may stand in it.
pub fn ids(party: &Key, lowest: &[u8; 16]) -> Vec<u8> {
    [b"i".as_slice(), party.as_bytes(), lowest].concat()
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

/// Entries in runs of as many as a value holds, each behind its length: the number of its first, and the run. A longer
/// entry is a run of its own.
pub fn runs(base: u64, entries: &[Vec<u8>]) -> Vec<(u64, Vec<u8>)> {
    let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
    for (log_index, entry) in (base..).zip(entries) {
        // An entry has at most 65,535 bytes.
        let length = u32::try_from(entry.len()).unwrap_or(u32::MAX).to_be_bytes();
        match runs.last_mut().filter(|(_, run)| run.len() + length.len() + entry.len() < VALUE_BYTES_MAX) {
            Some((_, run)) => {
                run.extend_from_slice(&length);
                run.extend_from_slice(entry);
            }
            None => runs.push((log_index, [length.as_slice(), entry].concat())),
        }
    }
    runs
}

/// The entries of a run; `None` when it is not built like one.
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
