//! Changes to bytes and texts, drawn from a seed, that two implementations have to judge alike.
//!
//! A protobuf message is mostly changed in its structure. Most changed bytes already fail at the codec, but a list without one of
//! its items fails where its meaning is checked.

use crate::wire::{Field, Wire};

/// SplitMix64: good enough to choose changes, and the same on every machine.
pub struct Draw(u64);

impl Draw {
    /// Starts the draws from a seed.
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Draws a number below a limit. A limit of 0 counts as 1.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Returns the message with one or two changes. A quarter of the changes treat the message as bytes, the others change its
/// structure. Bytes that are not a message with fields are always changed as bytes.
pub fn message(draw: &mut Draw, bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for _ in 0..=draw.below(2) {
        changed = match Wire::split(&changed).filter(|wire| !wire.0.is_empty()) {
            Some(wire) if draw.below(4) > 0 => structure(draw, wire).write(),
            _ => text(draw, &changed),
        };
    }
    changed
}

/// Returns the bytes with one change: a bit flipped, a byte removed, copied, swapped or replaced, or the end cut off.
pub fn text(draw: &mut Draw, bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let (at, to) = (draw.below(bytes.len()), draw.below(bytes.len()));
    if changed.is_empty() {
        return vec![draw.below(256) as u8];
    }
    match draw.below(6) {
        0 => changed[at] ^= 1 << draw.below(8),
        1 => drop(changed.remove(at)),
        2 => changed.insert(at, bytes[to]),
        3 => changed.swap(at, to),
        4 => changed.truncate(at),
        _ => changed[at] = draw.below(256) as u8,
    }
    changed
}

/// Changes one field of a message, or of a message inside a field.
fn structure(draw: &mut Draw, mut wire: Wire) -> Wire {
    let (at, to) = (draw.below(wire.0.len()), draw.below(wire.0.len()));
    let inner = wire.0[at].payload().err().and_then(Wire::split).filter(|inner| !inner.0.is_empty());
    if let Some(inner) = inner.filter(|_| draw.below(5) > 0) {
        let changed = structure(draw, inner).write();
        wire.0[at].set_bytes(changed);
        return wire;
    }
    match draw.below(5) {
        0 => drop(wire.0.remove(at)),
        1 => wire.0.insert(at, wire.0[to].clone()),
        2 => wire.0.swap(at, to),
        3 => {
            let mut changed = value(draw, &wire.0[to]);
            changed.number = wire.0[at].number;
            wire.0[at] = changed;
        }
        _ => wire.0[at] = value(draw, &wire.0[at]),
    }
    wire
}

/// The field with another value of the same wire type.
fn value(draw: &mut Draw, field: &Field) -> Field {
    match field.payload() {
        Ok(number) => Field::number(
            field.number,
            match draw.below(4) {
                0 => number.wrapping_add(1),
                1 => number.wrapping_sub(1),
                2 => draw.below(64) as u64,
                _ => number ^ 1 << draw.below(63),
            },
        ),
        Err(bytes) => Field::bytes(field.number, text(draw, bytes)),
    }
}
