//! A copy of a log in a directory, in the layout of C2SP tlog-tiles, so that any web server can serve the log again.
//!
//! When the log has new entries, a mirror hashes its own entries again, fetches the new ones, and replaces its checkpoint last. When the
//! log contradicts the mirror, the checkpoint of the mirror stays, and the result is a fork proof.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use headwater_audit::Source;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::Note;
use headwater_tlog::policy::TrustError;
use headwater_tlog::tile::{TILE_WIDTH, TileError, TileKind, TilePath, bundle};
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};
use headwater_trace::evidence::ForkProof;
use headwater_trace::policy::TrustPolicy;

use crate::audit::Tiles;
use crate::fetch::{FetchError, Remote};

/// Largest number of entries that are read at a time.
const STRETCH: usize = 4_096;

/// Error of a mirror that did not grow or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The log at the URL cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A file of the directory cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// Path of the file in the mirror.
        path: String,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The policy does not trust a checkpoint.
    #[error("the checkpoint of {place} is not trusted")]
    Trust {
        /// Source of the checkpoint or entries: the log or the mirror.
        place: String,
        /// Rule of the policy that the checkpoint breaks.
        source: TrustError,
    },
    /// A stored file is not a bundle of entries.
    #[error("{path} is not a bundle of entries")]
    Bundle {
        /// Path of the bundle in the mirror.
        path: String,
        /// Rule of bundles that the file breaks.
        source: TileError,
    },
    /// The entries do not lead to the root of the checkpoint.
    #[error("the entries of {place} lead to root {found}, its checkpoint says {expected}")]
    Root {
        /// Source of the checkpoint or entries: the log or the mirror.
        place: String,
        /// Root that the checkpoint states.
        expected: Hash,
        /// Root that follows from the entries.
        found: Hash,
    },
    /// Entries that the checkpoint covers are missing.
    #[error("{place} lacks entry {from}")]
    Missing {
        /// Source of the checkpoint or entries: the log or the mirror.
        place: String,
        /// Log index of the first missing entry.
        from: LeafIndex,
    },
    /// A file is missing that the checkpoint of the mirror requires.
    #[error("{path} is missing in the mirror")]
    NoFile {
        /// Path of the file in the mirror.
        path: String,
    },
    /// The log serves fewer entries than the mirror has from it.
    #[error(transparent)]
    RolledBack(#[from] RolledBack),
    /// The log contradicts the mirror. The proof verifies without any other evidence.
    #[error("the log contradicts what it signed before")]
    Fork(Box<ForkProof>),
}

/// Error for a log that serves an older checkpoint than it signed before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the log serves a checkpoint of {served} entries, and {held} are held here under its signature")]
pub struct RolledBack {
    /// Number of entries that the served checkpoint covers.
    pub served: TreeSize,
    /// Number of entries that an earlier signed checkpoint covers.
    pub held: TreeSize,
}

/// Copy of a log in a directory.
pub struct Mirror {
    folder: PathBuf,
    size: TreeSize,
    /// Whether the audited checkpoint that the folder records counts.
    counts_audited: bool,
}

impl Mirror {
    /// Makes a mirror for a directory. Nothing is read yet.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), size: TreeSize::EMPTY, counts_audited: true }
    }

    /// Ignores the record of an earlier audit.
    #[must_use]
    pub fn unaudited(self) -> Self {
        Self { counts_audited: false, ..self }
    }

    /// Reads the checkpoint note of the mirror; `None` for a new mirror.
    pub fn checkpoint(&self) -> Result<Option<Vec<u8>>, MirrorError> {
        self.note("checkpoint")
    }

    /// Reads the note of the checkpoint that an audit of this mirror checked last.
    pub fn audited(&self) -> Result<Option<Vec<u8>>, MirrorError> {
        if self.counts_audited { self.note("audited") } else { Ok(None) }
    }

    /// Records the note of the checkpoint that was audited.
    pub fn set_audited(&self, note: &[u8]) -> Result<(), MirrorError> {
        self.write("audited", note)
    }

    /// Sets the tree size up to which entries are read.
    #[must_use]
    pub fn up_to(self, size: TreeSize) -> Self {
        Self { size, ..self }
    }

    /// Fetches the new entries of a log. `progress` receives the number of entries in the mirror, and the number in the log.
    pub fn grow(
        &mut self,
        remote: Remote,
        policy: &TrustPolicy,
        mut progress: impl FnMut(TreeSize, TreeSize),
    ) -> Result<Checkpoint, MirrorError> {
        let note = remote.checkpoint()?;
        let newest = opened(policy, &note, "the log")?;
        let mut tree = Tree::new();
        let held = match self.checkpoint()? {
            None => None,
            Some(held_note) => {
                let held = opened(policy, &held_note, "the mirror")?;
                if held == newest {
                    // The log has no new entry, but the note may have other lines of witnesses, auditors and anchors.
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
                    let (served, held) = (newest.size(), held.size());
                    Err(RolledBack { served, held }.into())
                }
                root => Err(forked(fork_proof(&note, &newest, held_note, held, root, &tree))),
            };
        }
        let held_size = tree.size();
        let mut remote = remote.up_to(newest.size());
        while let Some(from) = newest.size().first_beyond(tree.size()) {
            let until_tile = usize::try_from(newest.size().get() - from.get()).unwrap_or(STRETCH).min(STRETCH);
            let entries = remote.entries(from, until_tile)?;
            if entries.is_empty() {
                return Err(MirrorError::Missing { place: "the log".to_owned(), from });
            }
            self.store(from, &entries)?;
            for entry in &entries {
                tree.push(Hash::leaf(entry));
            }
            progress(tree.size(), newest.size());
        }
        if same_root(&tree, &newest, "the log").is_err()
            && let Some((held_note, held)) = &held
        {
            // The log's own hash tiles, which its checkpoint commits to, show its present first entries.
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

    /// Writes a complete file under another name first, then renames it.
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

    /// Stores entries from a log index on, as bundles, and completes an existing partial bundle.
    fn store(&self, from: LeafIndex, entries: &[Vec<u8>]) -> Result<(), MirrorError> {
        let end = from.size_before().saturating_add(entries.len() as u64);
        let begun = Mirror::at(&self.folder).up_to(from.size_before());
        let (first, within) = (from.get() / TILE_WIDTH, from.get() % TILE_WIDTH);
        let mut all = begun.bundle_of(first)?;
        all.truncate(usize::try_from(within).unwrap_or_default());
        all.extend(entries.iter().cloned());
        for (number, entries) in (first..).zip(all.chunks(256)) {
            let missing = || {
                let from = LeafIndex::FIRST.saturating_add(number * TILE_WIDTH);
                MirrorError::Missing { place: "the mirror".to_owned(), from }
            };
            let path = TilePath::at(TileKind::Entries, number, end).ok_or_else(missing)?.to_string();
            let bytes = bundle(entries.iter().map(Vec::as_slice))
                .map_err(|source| MirrorError::Bundle { path: path.clone(), source })?;
            self.write(&path, &bytes)?;
        }
        Ok(())
    }

    /// Stores the hash tiles that changed since the tree had the size `since`.
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

    /// Reads the entries of a bundle up to the size of the mirror; an empty list for a bundle after it.
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

    fn entries(&mut self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, MirrorError> {
        let mut entries = Vec::new();
        while entries.len() < max {
            let next = from.saturating_add(entries.len() as u64).get();
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
    // A copy does not wait for the quorum, which comes later and may read the log from the copy.
    let trusted = policy
        .tlog()
        .open_before_quorum(note)
        .map_err(|source| MirrorError::Trust { place: place.to_owned(), source })?;
    Ok(trusted.checkpoint().clone())
}

fn hash_all(mirror: &mut Mirror, tree: &mut Tree, size: TreeSize) -> Result<(), MirrorError> {
    while let Some(from) = size.first_beyond(tree.size()) {
        let max = usize::try_from(size.get() - from.get()).unwrap_or(STRETCH).min(STRETCH);
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

/// Builds the proof that two checkpoints are not of one log. `tree` is the tree of the newer one, and `root` its root at the older size.
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
