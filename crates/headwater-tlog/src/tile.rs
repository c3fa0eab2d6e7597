//! C2SP tlog-tiles: the log as static files.
//!
//! A full tile holds 256 hashes of one level; an entry bundle holds the entries of a level-0 tile. Level `l` counts in steps of 256: its
//! hash `i` covers the entries `[i * 256^l, (i + 1) * 256^l)`.

use std::fmt;

use crate::hash::Hash;
use crate::text::decimal;
use crate::tree::TreeSize;

/// Number of hashes in a full tile, and of entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Highest level that a tile path can name.
pub const LEVEL_MAX: u8 = 63;
/// Longest entry in bytes: a bundle states the length of an entry in two bytes.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Content of a tile: hashes of one level, or entries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TileKind {
    /// Tile with hashes of one level.
    Hashes {
        /// Level of the hashes; 0 is the level of the leaf hashes.
        level: u8,
    },
    /// Bundle of entries, each after its length.
    Entries,
}

/// Name of a tile: its kind, its number on its level, and its number of items.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u64,
}

/// Error for bytes that are not a tile, or a path that does not name one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// Path that does not name a tile in its one canonical form.
    #[error("{path:?} is not a tile path")]
    Path {
        /// Path as given, cut after 255 characters.
        path: String,
    },
    /// Hash tile whose length does not fit its path.
    #[error("a tile of {width} hashes has {expected} bytes, this has {found}")]
    Length {
        /// Number of hashes that the path states.
        width: u64,
        /// Length in bytes that follows from the width.
        expected: u64,
        /// Length of the tile in bytes.
        found: usize,
    },
    /// Bundle that ends before the last of its entries is complete.
    #[error("the bundle ends inside entry {at}")]
    Truncated {
        /// Number of the incomplete entry, counted from 0 within the bundle.
        at: u64,
    },
    /// Bundle with bytes after its last entry.
    #[error("{left} bytes follow the last entry of the bundle")]
    Trailing {
        /// Number of bytes after the last entry.
        left: usize,
    },
    /// Entry that is too long for a bundle.
    #[error("an entry has at most {ENTRY_BYTES_MAX} bytes, this has {found}")]
    EntryTooLong {
        /// Length of the entry in bytes.
        found: usize,
    },
}

impl TilePath {
    /// Returns the tile of `kind` at `index`, with as many items as a tree of `size` has for it; `None` when the tree has no such tile.
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

    /// Content of the tile: hashes of one level, or entries.
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// Number of the tile on its level, counted from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Number of hashes or entries in the tile: 1 to 256.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// Smallest size of a tree that has this tile; `None` when every tree is too small.
    pub fn size_needed(&self) -> Option<TreeSize> {
        let level = match self.kind {
            TileKind::Hashes { level } => level,
            TileKind::Entries => 0,
        };
        let items = self.index.checked_mul(TILE_WIDTH)?.checked_add(self.width)?;
        TreeSize::new(items.checked_mul(TILE_WIDTH.checked_pow(u32::from(level))?)?)
    }

    /// Reads a tile path, relative to the prefix of the log, such as `tile/0/x001/234.p/5`.
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

    /// Reads the hashes of this tile, which must have exactly the length of its path.
    pub fn hashes(&self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        let expected = self.width * Hash::BYTES as u64;
        if bytes.len() as u64 != expected {
            return Err(TileError::Length { width: self.width, expected, found: bytes.len() });
        }
        let (hashes, _) = bytes.as_chunks::<{ Hash::BYTES }>();
        Ok(hashes.iter().copied().map(Hash::new).collect())
    }

    /// Reads the entries of this bundle, which must end after the last one.
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

/// Writes entries as one bundle: each entry follows its length in two bytes, big-endian.
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
        // For each size and level: the number of full tiles, and the width of the partial one.
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
