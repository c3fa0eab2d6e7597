//! C2SP tlog-tiles: the log as static files.
//!
//! A full tile holds 256 hashes of one level, an entry bundle the entries of a level-0 tile. Level `l` counts in
//! steps of 256: its hash `i` covers the entries `[i * 256^l, (i + 1) * 256^l)`.

use std::fmt;

use crate::hash::Hash;
use crate::text::decimal;
use crate::tree::TreeSize;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// No tile stands on a higher level.
pub const LEVEL_MAX: u8 = 63;
/// An entry's length is written in two bytes.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// What a tile holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TileKind {
    /// Hashes of a level.
    Hashes {
        /// The level, counted from the leaves.
        level: u8,
    },
    /// Entries.
    Entries,
}

/// Which tile: its kind, its place on its level, and how many items of it there are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u64,
}

/// Why bytes or a path are no tile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// Not a path of a tile, or not its one spelling.
    #[error("{path:?} is no tile path")]
    Path {
        /// The path.
        path: String,
    },
    /// A hash tile of the wrong length.
    #[error("a tile of {width} hashes has {expected} bytes, this has {found}")]
    Length {
        /// The width of the path.
        width: u64,
        /// The length that follows from it.
        expected: u64,
        /// The length there was.
        found: usize,
    },
    /// A bundle that ends inside an entry.
    #[error("the bundle ends inside entry {at}")]
    Truncated {
        /// The entry, counted from 0 within the bundle.
        at: u64,
    },
    /// Bytes after the last entry of a bundle.
    #[error("{left} bytes follow the last entry of the bundle")]
    Trailing {
        /// How many.
        left: usize,
    },
    /// An entry that no bundle can hold.
    #[error("an entry has at most {ENTRY_BYTES_MAX} bytes, this has {found}")]
    EntryTooLong {
        /// How many bytes it has.
        found: usize,
    },
}

impl TilePath {
    /// The tile of `kind` at `index` with as many items as a tree of `size` gives it; `None` when that is none.
    pub fn at(kind: TileKind, index: u64, size: TreeSize) -> Option<Self> {
        let level = match kind {
            TileKind::Hashes { level } if level > LEVEL_MAX => return None,
            TileKind::Hashes { level } => u32::from(level),
            TileKind::Entries => 0,
        };
        let items = size.get().checked_shr(level.saturating_mul(8)).unwrap_or(0);
        let width = items.checked_sub(index.checked_mul(TILE_WIDTH)?)?.min(TILE_WIDTH);
        (width > 0).then_some(Self { kind, index, width })
    }

    /// What the tile holds.
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its place on its level.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many items it has: 1 to 256.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// How large a tree must be to have this tile; `None` when no tree is.
    pub fn size_needed(&self) -> Option<TreeSize> {
        let level = match self.kind {
            TileKind::Hashes { level } => level,
            TileKind::Entries => 0,
        };
        let items = self.index.checked_mul(TILE_WIDTH)?.checked_add(self.width)?;
        TreeSize::new(items.checked_mul(TILE_WIDTH.checked_pow(u32::from(level))?)?)
    }

    /// Reads a path below the log's prefix, such as `tile/0/x001/234.p/5`.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        Self::read(path)
            .filter(|tile| tile.to_string() == path)
            .ok_or_else(|| TileError::Path { path: path.chars().take(crate::note::NAME_BYTES_MAX).collect() })
    }

    fn read(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes { level: u8::try_from(decimal(level)?).ok().filter(|l| *l <= LEVEL_MAX)? },
        };
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, decimal(width).filter(|w| (1..TILE_WIDTH).contains(w))?),
            None => (rest, TILE_WIDTH),
        };
        let mut index = 0_u64;
        for group in groups.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            let number: u64 =
                (digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())??;
            index = index.checked_mul(1_000)?.checked_add(number)?;
        }
        Some(Self { kind, index, width })
    }

    /// Reads the hashes of this tile.
    pub fn hashes(&self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        let expected = self.width * Hash::BYTES as u64;
        if bytes.len() as u64 != expected {
            return Err(TileError::Length { width: self.width, expected, found: bytes.len() });
        }
        let (hashes, _) = bytes.as_chunks::<{ Hash::BYTES }>();
        Ok(hashes.iter().copied().map(Hash::new).collect())
    }

    /// Reads the entries of this bundle.
    pub fn entries<'a>(&self, bundle: &'a [u8]) -> Result<Vec<&'a [u8]>, TileError> {
        let mut rest = bundle;
        let mut entries = Vec::new();
        for at in 0..self.width {
            let (length, tail) = rest.split_first_chunk::<2>().ok_or(TileError::Truncated { at })?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (entry, tail) = tail.split_at_checked(length).ok_or(TileError::Truncated { at })?;
            entries.push(entry);
            rest = tail;
        }
        if rest.is_empty() { Ok(entries) } else { Err(TileError::Trailing { left: rest.len() }) }
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1_000];
        let mut rest = self.index / 1_000;
        while rest > 0 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// Writes entries as one bundle: each behind its length in two bytes.
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong { found: entry.len() })?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(count: u64) -> TreeSize {
        TreeSize::new(count).unwrap()
    }

    #[test]
    fn published_paths() {
        let path = |index| {
            let tile = TilePath { kind: TileKind::Hashes { level: 1 }, index, width: TILE_WIDTH };
            assert_eq!(TilePath::parse(&tile.to_string()), Ok(tile));
            tile.to_string()
        };
        assert_eq!(path(7), "tile/1/007");
        assert_eq!(path(1_000), "tile/1/x001/000");
        assert_eq!(path(12_345), "tile/1/x012/345");
        assert_eq!(path(1_234_567), "tile/1/x001/x234/567");
        let partial = TilePath::at(TileKind::Entries, 2, size(700)).unwrap();
        assert_eq!(partial.to_string(), "tile/entries/002.p/188");
    }

    #[test]
    fn published_shapes() {
        // For each size, per level: how many full tiles, and the width of the partial one.
        let shapes: [(u64, &[(u64, u64)]); 7] = [
            (256, &[(1, 0), (0, 1)]),
            (257, &[(1, 1), (0, 1)]),
            (700, &[(2, 188), (0, 2)]),
            (65_536, &[(256, 0), (1, 0), (0, 1)]),
            (65_537, &[(256, 1), (1, 0), (0, 1)]),
            (100_000, &[(390, 160), (1, 134), (0, 1)]),
            (16_777_216, &[(65_536, 0), (256, 0), (1, 0), (0, 1)]),
        ];
        for (count, levels) in shapes {
            let width = |level, index| TilePath::at(TileKind::Hashes { level }, index, size(count)).map(|t| t.width);
            for (level, (full, partial)) in (0..).zip(levels) {
                assert_eq!(full.checked_sub(1).and_then(|last| width(level, last)), (*full > 0).then_some(TILE_WIDTH));
                assert_eq!(width(level, *full), (*partial > 0).then_some(*partial), "{count} level {level}");
                assert_eq!(width(level, full + 1), None);
            }
            assert_eq!(width(levels.len() as u8, 0), None);
        }
        assert_eq!(TilePath::at(TileKind::Hashes { level: 63 }, 0, TreeSize::MAX), None);
        assert_eq!(TilePath::at(TileKind::Hashes { level: 64 }, 0, TreeSize::MAX), None);
        assert_eq!(TilePath::at(TileKind::Entries, u64::MAX, TreeSize::MAX), None);
    }

    #[test]
    fn paths_have_one_spelling() {
        for path in [
            "tile/0/7",
            "tile/0/0007",
            "tile/0/x000/007",
            "tile/0/001/007",
            "tile/0/x007",
            "tile/64/007",
            "tile/00/007",
            "tile/0/007.p/0",
            "tile/0/007.p/256",
            "tile/0/007.p/01",
            "tile/0/007/",
            "/tile/0/007",
            "tile/-1/007",
            "tile/data/007",
            "tile/0/",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(TilePath::parse(path), Err(TileError::Path { path: path.into() }));
        }
    }

    #[test]
    fn bundles_open_exactly() {
        let bytes = bundle([b"a".as_slice(), b"b", b"c"]).unwrap();
        assert_eq!(hex::encode(&bytes), "000161000162000163");
        let path = TilePath::at(TileKind::Entries, 0, size(3)).unwrap();
        assert_eq!(path.entries(&bytes).unwrap(), [b"a", b"b", b"c"]);
        for cut in 0..bytes.len() {
            assert_eq!(path.entries(&bytes[..cut]), Err(TileError::Truncated { at: cut as u64 / 3 }));
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(path.entries(&longer), Err(TileError::Trailing { left: 1 }));
        let long = vec![0; ENTRY_BYTES_MAX + 1];
        assert_eq!(bundle([long.as_slice()]), Err(TileError::EntryTooLong { found: ENTRY_BYTES_MAX + 1 }));
    }

    #[test]
    fn hash_tiles_have_the_length_of_their_path() {
        let path = TilePath::at(TileKind::Hashes { level: 0 }, 0, size(2)).unwrap();
        assert_eq!(path.hashes(&[7; 64]).unwrap(), [Hash::new([7; 32]); 2]);
        assert_eq!(path.hashes(&[7; 65]), Err(TileError::Length { width: 2, expected: 64, found: 65 }));
    }
}
