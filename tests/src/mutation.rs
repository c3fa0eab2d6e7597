//! Changes to bytes and texts that two implementations have to judge alike, drawn from a seed.
//!
//! A protobuf message is changed in its structure: most changed bytes already fail at the codec, a list without one of its
//! items fails where its meaning is checked.

use crate::wire::{Field, Wire};

/// SplitMix64: enough to choose places by, and the same everywhere.
pub struct Draw(u64);

impl Draw {
    /// The draws of a seed.
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// A changed message. Half of the changes are to its bytes, half to its structure; several may fall on one message.
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

/// Changed bytes or a changed text: one is flipped, left out, said twice or put elsewhere, or the end is cut off.
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

/// Changes one field of a message, or of a message within.
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

/// A field with another value of the same wire type.
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
