//! A copy of a log in a directory, laid out as C2SP tlog-tiles, so that any web server can serve it again.
//!
//! A mirror grows: when there is more, what it holds is hashed again, what is new is fetched, and its checkpoint is replaced last. A log that
//! does not continue what the mirror holds is not taken over; it becomes a fork proof.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use headwater_audit::Source;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::Note;
use headwater_tlog::policy::TrustError;
use headwater_tlog::tile::{TILE_WIDTH, TileError, TileKind, TilePath, bundle};
use headwater_tlog::tree::{Tree, TreeSize};
use headwater_trace::evidence::ForkProof;
use headwater_trace::policy::TrustPolicy;

use crate::audit::Tiles;
use crate::fetch::{FetchError, Remote};

/// Entries that are read at a time.
const STRETCH: usize = 4_096;

/// Why a mirror did not grow.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The log cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The directory cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// How.
        source: std::io::Error,
    },
    /// A checkpoint is not one that the policy trusts.
    #[error("the checkpoint of {place} is not trusted")]
    Trust {
        /// Whose.
        place: String,
        /// Why.
        source: TrustError,
    },
    /// A stored bundle is none.
    #[error("{path} is no bundle of entries")]
    Bundle {
        /// Which.
        path: String,
        /// Why.
        source: TileError,
    },
    /// The entries do not lead to the checkpoint's root.
    #[error("the entries of {place} lead to root {found}, its checkpoint says {expected}")]
    Root {
        /// Whose.
        place: String,
        /// The checkpoint's.
        expected: Hash,
        /// The entries'.
        found: Hash,
    },
    /// Entries are missing.
    #[error("{place} lacks entry {from}")]
    Missing {
        /// Whose.
        place: String,
        /// The first that is.
        from: u64,
    },
    /// A file that the mirror's checkpoint asks for is not there.
    #[error("{path} is missing in the mirror")]
    NoFile {
        /// The file.
        path: String,
    },
    /// The log has fewer entries than the mirror holds of it.
    #[error("{0}")]
    RolledBack(RolledBack),
    /// The log contradicts what the mirror holds. The proof stands on its own.
    #[error("the log contradicts what it signed before")]
    Fork(Box<ForkProof>),
}

/// A log that serves an older checkpoint than it signed before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the log serves a checkpoint of {served} entries, and {held} are held here under its signature")]
pub struct RolledBack {
    /// How many entries its checkpoint covers.
    pub served: u64,
    /// How many entries a checkpoint that it signed before covers.
    pub held: u64,
}

/// A copy of a log.
pub struct Mirror {
    folder: PathBuf,
    size: TreeSize,
    /// Whether the earlier audit that the folder names counts.
    counts_audited: bool,
}

impl Mirror {
    /// Names a directory; nothing is read yet.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), size: TreeSize::EMPTY, counts_audited: true }
    }

    /// Passes over what was audited before.
    #[must_use]
    pub fn unaudited(self) -> Self {
        Self { counts_audited: false, ..self }
    }

    /// The checkpoint note that the mirror holds.
    pub fn checkpoint(&self) -> Result<Option<Vec<u8>>, MirrorError> {
        self.note("checkpoint")
    }

    /// The note of the checkpoint that was audited last, here.
    pub fn audited(&self) -> Result<Option<Vec<u8>>, MirrorError> {
        if self.counts_audited { self.note("audited") } else { Ok(None) }
    }

    /// Remembers the checkpoint that was audited.
    pub fn set_audited(&self, note: &[u8]) -> Result<(), MirrorError> {
        self.write("audited", note)
    }

    /// Entries are read up to this size.
    #[must_use]
    pub fn up_to(self, size: TreeSize) -> Self {
        Self { size, ..self }
    }

    /// Fetches what is new at a log. `progress` hears how many entries of how many are here.
    pub fn grow(
        &mut self,
        remote: Remote,
        policy: &TrustPolicy,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Checkpoint, MirrorError> {
        let note = remote.checkpoint()?;
        let newest = opened(policy, &note, "the log")?;
        let mut tree = Tree::new();
        let held = match self.checkpoint()? {
            None => None,
            Some(held_note) => {
                let held = opened(policy, &held_note, "the mirror")?;
                if held == newest {
                    // Nothing was recorded; the lines of witnesses, auditors and anchors may be others.
                    self.write("checkpoint", &note)?;
                    return Ok(held);
                }
                self.size = held.size();
                hash_all(self, &mut tree, held.size())?;
                same_root(&tree, &held, "the mirror")?;
                Some((held_note, held))
            }
        };
        if let Some((held_note, held)) = &held
            && newest.size() <= held.size()
        {
            return match tree.root(newest.size()) {
                Some(root) if root == newest.root() => {
                    let (served, held) = (newest.size().get(), held.size().get());
                    Err(MirrorError::RolledBack(RolledBack { served, held }))
                }
                root => Err(forked(fork_proof(&note, &newest, held_note, held, root, &tree))),
            };
        }
        let held_size = tree.size();
        let mut remote = remote.up_to(newest.size());
        while tree.size() < newest.size() {
            let from = tree.size().get();
            let until_tile = usize::try_from(newest.size().get() - from).unwrap_or(STRETCH).min(STRETCH);
            let entries = remote.entries(from, until_tile)?;
            if entries.is_empty() {
                return Err(MirrorError::Missing { place: "the log".to_owned(), from });
            }
            self.store(from, &entries)?;
            for entry in &entries {
                tree.push(Hash::leaf(entry));
            }
            progress(tree.size().get(), newest.size().get());
        }
        if same_root(&tree, &newest, "the log").is_err()
            && let Some((held_note, held)) = &held
        {
            // What the log calls its first entries now: from its own hash tiles, which its own checkpoint signs for.
            let theirs = remote.tree(newest.size())?;
            if theirs.root(newest.size()) == Some(newest.root()) && theirs.root(held.size()) != Some(held.root()) {
                let root = theirs.root(held.size());
                return Err(forked(fork_proof(held_note, held, &note, &newest, root, &theirs)));
            }
        }
        same_root(&tree, &newest, "the log")?;
        self.store_hashes(&tree, held_size)?;
        self.write("checkpoint", &note)?;
        self.size = newest.size();
        Ok(newest)
    }

    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, MirrorError> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(MirrorError::File { path: path.display().to_string(), source }),
        }
    }

    /// Writes a file whole: under another name first.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), MirrorError> {
        let path = self.folder.join(name);
        let failed = |source| MirrorError::File { path: path.display().to_string(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let unfinished = path.with_extension("unfinished");
        let mut file = fs::File::create(&unfinished).map_err(failed)?;
        file.write_all(bytes).and_then(|()| file.sync_data()).map_err(failed)?;
        fs::rename(&unfinished, &path).map_err(failed)
    }

    /// Stores entries from a place on, as bundles; a bundle that was begun is completed.
    fn store(&self, from: u64, entries: &[Vec<u8>]) -> Result<(), MirrorError> {
        let end = TreeSize::new(from + entries.len() as u64).unwrap_or(TreeSize::MAX);
        let begun = Mirror::at(&self.folder).up_to(TreeSize::new(from).unwrap_or(TreeSize::EMPTY));
        let mut all = begun.bundle_of(from / TILE_WIDTH)?;
        all.truncate(usize::try_from(from % TILE_WIDTH).unwrap_or_default());
        all.extend(entries.iter().cloned());
        for (number, entries) in (from / TILE_WIDTH..).zip(all.chunks(256)) {
            let missing = || MirrorError::Missing { place: "the mirror".to_owned(), from: number * TILE_WIDTH };
            let path = TilePath::at(TileKind::Entries, number, end).ok_or_else(missing)?.to_string();
            let bytes = bundle(entries.iter().map(Vec::as_slice))
                .map_err(|source| MirrorError::Bundle { path: path.clone(), source })?;
            self.write(&path, &bytes)?;
        }
        Ok(())
    }

    /// Stores the hash tiles that changed since a size.
    fn store_hashes(&self, tree: &Tree, since: TreeSize) -> Result<(), MirrorError> {
        let size = tree.size();
        for level in 0..8_u8 {
            let span = |size: u64| size >> (8 * u32::from(level));
            if span(size.get()) == 0 {
                return Ok(());
            }
            for number in span(since.get()) / TILE_WIDTH..=(span(size.get()) - 1) / TILE_WIDTH {
                let Some(path) = TilePath::at(TileKind::Hashes { level }, number, size) else {
                    break;
                };
                let hashes =
                    (0..path.width()).filter_map(|at| tree.node(u32::from(level) * 8, number * TILE_WIDTH + at));
                let bytes: Vec<u8> = hashes.flat_map(|hash| *hash.as_bytes()).collect();
                self.write(&path.to_string(), &bytes)?;
            }
        }
        Ok(())
    }

    /// The entries of a bundle as far as the size goes; none when there are none.
    fn bundle_of(&self, number: u64) -> Result<Vec<Vec<u8>>, MirrorError> {
        let Some(path) = TilePath::at(TileKind::Entries, number, self.size) else {
            return Ok(Vec::new());
        };
        let name = path.to_string();
        let bytes = self.note(&name)?.ok_or_else(|| MirrorError::NoFile { path: name.clone() })?;
        let entries = path.entries(&bytes).map_err(|source| MirrorError::Bundle { path: name, source })?;
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }
}

impl Tiles for Mirror {
    type Error = MirrorError;

    fn tile(&mut self, path: &TilePath) -> Result<Vec<u8>, MirrorError> {
        self.note(&path.to_string())?.ok_or_else(|| MirrorError::NoFile { path: path.to_string() })
    }
}

impl Source for Mirror {
    type Error = MirrorError;

    fn entries(&mut self, from: u64, max: usize) -> Result<Vec<Vec<u8>>, MirrorError> {
        let mut entries = Vec::new();
        while entries.len() < max {
            let next = from + entries.len() as u64;
            let skipped = usize::try_from(next % TILE_WIDTH).unwrap_or_default();
            let room = max - entries.len();
            let bundle = self.bundle_of(next / TILE_WIDTH)?;
            let before = entries.len();
            entries.extend(bundle.into_iter().skip(skipped).take(room));
            if entries.len() == before {
                break;
            }
        }
        Ok(entries)
    }
}

fn opened(policy: &TrustPolicy, note: &[u8], place: &str) -> Result<Checkpoint, MirrorError> {
    // A copy does not wait for a quorum, which comes later and may come by way of the copy.
    let trusted = policy
        .tlog()
        .open_before_quorum(note)
        .map_err(|source| MirrorError::Trust { place: place.to_owned(), source })?;
    Ok(trusted.checkpoint().clone())
}

fn hash_all(mirror: &mut Mirror, tree: &mut Tree, size: TreeSize) -> Result<(), MirrorError> {
    while tree.size() < size {
        let from = tree.size().get();
        let max = usize::try_from(size.get() - from).unwrap_or(STRETCH).min(STRETCH);
        let entries = mirror.entries(from, max)?;
        if entries.is_empty() {
            return Err(MirrorError::Missing { place: "the mirror".to_owned(), from });
        }
        for entry in &entries {
            tree.push(Hash::leaf(entry));
        }
    }
    Ok(())
}

fn same_root(tree: &Tree, checkpoint: &Checkpoint, place: &str) -> Result<(), MirrorError> {
    let (expected, found) = (checkpoint.root(), tree.root(checkpoint.size()).unwrap_or(Hash::ZERO));
    if expected == found { Ok(()) } else { Err(MirrorError::Root { place: place.to_owned(), expected, found }) }
}

fn forked(proof: ForkProof) -> MirrorError {
    MirrorError::Fork(Box::new(proof))
}

/// The proof that two checkpoints do not join; `tree` is the one of the newer, `root` its root at the older size.
pub(crate) fn fork_proof(
    older_note: &[u8],
    older: &Checkpoint,
    newer_note: &[u8],
    newer: &Checkpoint,
    root: Option<Hash>,
    tree: &Tree,
) -> ForkProof {
    let plain = |note: &[u8]| Note::parse(note).map_or_else(|_| note.to_vec(), |note| note.to_string().into_bytes());
    let grown = older.size() < newer.size();
    let consistency = if grown { tree.consistency(older.size(), newer.size()) } else { None };
    ForkProof {
        older: plain(older_note),
        newer: plain(newer_note),
        root: root.filter(|_| grown),
        consistency: consistency.map(|proof| proof.hashes().to_vec()).unwrap_or_default(),
    }
}
