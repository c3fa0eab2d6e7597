//! The store on disk: founding, opening, reads and writes.

use std::fs::{self, File};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use headwater_event::event::EventId;
use headwater_ledger::store::{ChainRow, Commit, CommitError, Head, Store};
use headwater_tlog::chain::Link;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Key, Leaf};
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::folder::{self, OPENING_BYTES};
use crate::ids::{self, Page};
use crate::record::{self, ChainEntryRow, FORMAT, VALUE_BYTES_MAX};

/// Free bytes below which the store has no room for a batch: once sled meets a full disk, its handle is dead.
pub const RESERVE_BYTES: u64 = 64 << 20;

/// Error of the store on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SledError {
    /// Error that sled reported.
    #[error("sled failed")]
    Sled(#[from] sled::Error),
    /// Error of the file system.
    #[error("{path}: the file system failed")]
    Io {
        /// Path of the file or directory.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// Path without a ledger that could be opened.
    #[error("{path}: there is no ledger here")]
    Absent {
        /// Path that the caller gave.
        path: PathBuf,
    },
    /// Path that exists already, where a ledger was to be founded.
    #[error("{path}: something is here already; a ledger is founded in a new place only")]
    Present {
        /// Path that the caller gave.
        path: PathBuf,
    },
    /// Ledger that another process has open.
    #[error("{path}: another process has this ledger open")]
    Locked {
        /// Path that the caller gave.
        path: PathBuf,
    },
    /// Layout that this version does not read.
    #[error("the ledger lies here in layout {found:?}, this version reads {FORMAT}")]
    Format {
        /// Number of the stored layout; `None` if the store states no layout.
        found: Option<u64>,
    },
    /// Stored value that is not what was written.
    #[error("the value under key {key} is damaged")]
    Damaged {
        /// Key of the value, in hex.
        key: String,
    },
    /// Earlier error of the store, which has to be opened again.
    #[error("the store failed before; open it again")]
    Poisoned,
    /// Write that does not end: sled waits for ever for some writes that failed.
    #[error("a write did not end in {} s", .within.as_secs_f64())]
    Stuck {
        /// Time limit that the write had.
        within: Duration,
    },
    /// Failure of the thread that makes the write.
    #[error("the commit was interrupted")]
    Interrupted,
}

#[derive(Debug)]
struct Disk {
    db: sled::Db,
    /// Second handle of sled's file: `sync_data` on this handle covers every write before.
    file: File,
    writing: Mutex<()>,
    poisoned: AtomicBool,
}

/// Time after which a write counts as failed, unless the store has another limit.
pub const WRITE_MAX: Duration = Duration::from_secs(30);

/// Handle to a ledger on disk.
#[derive(Clone, Debug)]
pub struct SledStore {
    disk: Arc<Disk>,
    write_max: Duration,
}

/// A ledger that is being founded, under a temporary name until the ledger is whole.
#[derive(Debug)]
pub struct Founding {
    target: PathBuf,
    temporary: PathBuf,
    store: SledStore,
}

pub(crate) fn io_at(path: &Path) -> impl FnOnce(io::Error) -> SledError + '_ {
    |source| SledError::Io { path: path.to_owned(), source }
}

fn sync(path: &Path) -> Result<(), SledError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(io_at(path))
}

impl Founding {
    /// Prepares a new place. Removes the remains of an interrupted founding, and never touches a whole ledger.
    pub fn begin(target: &Path) -> Result<Self, SledError> {
        if target.exists() {
            return Err(SledError::Present { path: target.to_owned() });
        }
        let name = target.file_name().ok_or_else(|| SledError::Absent { path: target.to_owned() })?;
        let temporary = target.with_file_name(format!(".{}.founding", name.to_string_lossy()));
        if temporary.exists() {
            fs::remove_dir_all(&temporary).map_err(io_at(&temporary))?;
        }
        fs::create_dir_all(&temporary).map_err(io_at(&temporary))?;
        let db = sled::Config::new().path(&temporary).flush_every_ms(None).open()?;
        db.insert(record::FORMAT_KEY, &FORMAT.to_be_bytes())?;
        db.flush()?;
        let store = SledStore::over(db, &temporary)?;
        Ok(Self { target: target.to_owned(), temporary, store })
    }

    /// Store in which to found the ledger.
    pub fn store(&self) -> &SledStore {
        &self.store
    }

    /// Moves the whole ledger to its place. A crash before leaves only the temporary name.
    pub fn finish(self) -> Result<(), SledError> {
        let Self { target, temporary, store } = self;
        drop(store);
        for name in ["conf", "db", "blobs"] {
            let path = temporary.join(name);
            if path.exists() {
                sync(&path)?;
            }
        }
        sync(&temporary)?;
        fs::rename(&temporary, &target).map_err(io_at(&target))?;
        match target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => sync(parent),
            None => sync(Path::new(".")),
        }
    }
}

impl SledStore {
    /// Opens a ledger, and never creates one.
    pub fn open(path: &Path) -> Result<Self, SledError> {
        if !path.join("db").is_file() || !path.join("conf").is_file() {
            return Err(SledError::Absent { path: path.to_owned() });
        }
        let store = Self::over(folder::open(path)?, path)?;
        if store.free()? >= RESERVE_BYTES + OPENING_BYTES {
            folder::keep_for_opening(path);
        }
        // The last writes of a killed process may be in the page cache only.
        store.disk.file.sync_data().map_err(io_at(path))?;
        match store.disk.db.get(record::FORMAT_KEY)?.and_then(|value| record::number(&value)) {
            Some(FORMAT) => Ok(store),
            found => Err(SledError::Format { found }),
        }
    }

    fn over(db: sled::Db, path: &Path) -> Result<Self, SledError> {
        let path = path.join("db");
        let file = File::options().read(true).write(true).open(&path).map_err(io_at(&path))?;
        let disk = Disk { db, file, writing: Mutex::new(()), poisoned: AtomicBool::new(false) };
        Ok(Self { disk: Arc::new(disk), write_max: WRITE_MAX })
    }

    /// Bytes that are free on the disk of the ledger.
    fn free(&self) -> Result<u64, SledError> {
        let free = rustix::fs::fstatvfs(&self.disk.file).map_err(|error| io_at(Path::new("db"))(error.into()))?;
        Ok(free.f_bavail.saturating_mul(free.f_frsize))
    }

    /// Sets the time after which a write counts as failed. The thread of such a write is left behind.
    #[must_use]
    pub fn writing_within(self, write_max: Duration) -> Self {
        Self { write_max, ..self }
    }

    /// Writes on a thread of its own, one write at a time.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Disk) -> Result<T, SledError> + Send + 'static,
    ) -> Result<T, SledError> {
        let (disk, within) = (self.disk.clone(), self.write_max);
        let written = tokio::task::spawn_blocking(move || {
            let _writing = disk.writing.lock().unwrap_or_else(PoisonError::into_inner);
            write(&disk)
        });
        match tokio::time::timeout(within, written).await {
            Ok(written) => written.unwrap_or(Err(SledError::Interrupted)),
            Err(_) => {
                self.disk.poisoned.store(true, Ordering::SeqCst);
                Err(SledError::Stuck { within })
            }
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<sled::IVec>, SledError> {
        if self.disk.poisoned.load(Ordering::SeqCst) {
            return Err(SledError::Poisoned);
        }
        Ok(self.disk.db.get(key)?)
    }

    /// Reads a value that was cut into pieces.
    fn pieces(&self, key: impl Fn(u8) -> Vec<u8>) -> Result<Option<Vec<u8>>, SledError> {
        let Some(first) = self.get(&key(0))? else {
            return Ok(None);
        };
        let mut value = first.to_vec();
        let mut length = first.len();
        for piece in 1..=u8::MAX {
            if length < VALUE_BYTES_MAX {
                break;
            }
            let Some(next) = self.get(&key(piece))? else {
                break;
            };
            length = next.len();
            value.extend_from_slice(&next);
        }
        Ok(Some(value))
    }

    /// Finds the first log index of the run that holds an entry.
    fn run_with(&self, log_index: LeafIndex) -> Result<Option<LeafIndex>, SledError> {
        let until = record::run(log_index, u8::MAX);
        let found = self.disk.db.range(record::run(LeafIndex::FIRST, 0)..=until).next_back().transpose()?;
        let first = |key: &sled::IVec| key.get(..9).and_then(record::number).and_then(LeafIndex::new);
        found.map(|(key, _)| first(&key).ok_or_else(|| damaged(&key))).transpose()
    }

    fn number(&self, key: &[u8]) -> Result<Option<u64>, SledError> {
        let value = self.get(key)?;
        value.map(|value| record::number(&value).ok_or_else(|| damaged(key))).transpose()
    }

    fn size(&self) -> Result<TreeSize, SledError> {
        let size = self.number(record::SIZE_KEY)?.unwrap_or(0);
        TreeSize::new(size).ok_or_else(|| damaged(record::SIZE_KEY))
    }
}

impl Disk {
    fn write(&self, batch: sled::Batch) -> Result<(), SledError> {
        if self.poisoned.load(Ordering::SeqCst) {
            return Err(SledError::Poisoned);
        }
        let written = self.db.apply_batch(batch).and_then(|()| self.db.flush()).map_err(SledError::from);
        let synced = written.and_then(|_| self.file.sync_data().map_err(io_at(Path::new("db"))));
        if synced.is_err() {
            // After a failed write or sync, the cache may show what the disk lacks: nothing of the cache is read again.
            self.poisoned.store(true, Ordering::SeqCst);
        }
        synced
    }
}

pub(crate) fn damaged(key: &[u8]) -> SledError {
    SledError::Damaged { key: key.iter().map(|byte| format!("{byte:02x}")).collect() }
}

fn insert_pieces(batch: &mut sled::Batch, key: impl Fn(u8) -> Vec<u8>, value: &[u8]) {
    // An empty piece follows a value whose last piece is full, so that the end of the value is known.
    let pieces = value.len() / VALUE_BYTES_MAX + 1;
    for (piece, number) in (0..pieces).zip(0..=u8::MAX) {
        let from = piece * VALUE_BYTES_MAX;
        let until = (from + VALUE_BYTES_MAX).min(value.len());
        batch.insert(key(number), &value[from..until]);
    }
}

fn to_batch(db: &sled::Db, commit: &Commit) -> Result<sled::Batch, SledError> {
    let mut batch = sled::Batch::default();
    for run in record::runs(commit.base.next_leaf(), &commit.entries) {
        insert_pieces(&mut batch, |piece| record::run(run.first, piece), &run.bytes);
    }
    for (number, hashes) in &commit.tiles {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        batch.insert(record::tile(*number), bytes);
    }
    for place in &commit.rows {
        let value = ChainEntryRow {
            log_index: place.link.log_index.get(),
            leaf: *place.link.leaf.as_bytes(),
            head: *place.head.as_bytes(),
        };
        let key = record::place(&place.key, place.count);
        let value = record::write(value).ok_or_else(|| damaged(&key))?;
        batch.insert(key, value);
    }
    for (key, page) in ids::pages(db, &commit.events)? {
        batch.insert(key, page);
    }
    for event in commit.events.iter().filter(|event| event.is_act) {
        batch.insert(record::act(event.log_index), &[]);
    }
    let size = commit.base.saturating_add(commit.entries.len() as u64);
    insert_pieces(&mut batch, |piece| record::note(size, piece), &commit.note);
    batch.insert(record::SIZE_KEY, &size.get().to_be_bytes());
    Ok(batch)
}

impl Store for SledStore {
    type Error = SledError;

    async fn head(&self) -> Result<Option<Head>, SledError> {
        let size = self.size()?;
        Ok(self.pieces(|piece| record::note(size, piece))?.map(|note| Head { size, note }))
    }

    async fn note(&self, size: TreeSize) -> Result<Option<Vec<u8>>, SledError> {
        self.pieces(|piece| record::note(size, piece))
    }

    async fn cosigned(&self, below: TreeSize, max: usize) -> Result<Vec<TreeSize>, SledError> {
        let range = self.disk.db.range(record::cosigned(TreeSize::EMPTY)..record::cosigned(below));
        let size = |key: sled::Result<sled::IVec>| {
            let key = key?;
            record::number(&key).and_then(TreeSize::new).ok_or_else(|| damaged(&key))
        };
        range.keys().rev().take(max).map(size).collect()
    }

    async fn entries(&self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, SledError> {
        let Some(mut first) = self.run_with(from)? else {
            return Ok(Vec::new());
        };
        let mut entries = Vec::new();
        while entries.len() < max {
            let key = |piece| record::run(first, piece);
            let Some(run) = self.pieces(key)? else {
                break;
            };
            let run = record::entries(&run).ok_or_else(|| damaged(&key(0)))?;
            let skipped = usize::try_from(from.get().saturating_sub(first.get())).unwrap_or(usize::MAX);
            first = first.saturating_add(run.len() as u64);
            let room = max - entries.len();
            entries.extend(run.into_iter().skip(skipped).take(room));
        }
        Ok(entries)
    }

    async fn tile(&self, number: u64) -> Result<Option<Vec<Hash>>, SledError> {
        let key = record::tile(number);
        let Some(bytes) = self.get(&key)? else {
            return Ok(None);
        };
        let hashes = bytes.chunks(Hash::BYTES).map(|chunk| Hash::try_from(chunk).map_err(|_| damaged(&key)));
        hashes.collect::<Result<Vec<Hash>, SledError>>().map(Some)
    }

    async fn chain(&self, key: &Key, from: u64, max: usize) -> Result<Vec<ChainRow>, SledError> {
        let range = record::place(key, from)..=record::place(key, u64::MAX);
        let mut places = Vec::new();
        for found in self.disk.db.range(range).take(max) {
            let (at, value) = found?;
            let read = record::read::<ChainEntryRow>(&value).zip(record::number(&at));
            let place = read.and_then(|(place, count)| {
                let link = Link { log_index: LeafIndex::new(place.log_index)?, leaf: Hash::new(place.leaf) };
                Some(ChainRow { key: *key, count, link, head: Hash::new(place.head) })
            });
            places.push(place.ok_or_else(|| damaged(&at))?);
        }
        Ok(places)
    }

    async fn chains(&self, after: Option<&Key>, max: usize) -> Result<Vec<Leaf>, SledError> {
        // The first entry of the next key comes after the last entry of a key.
        let from = after.map_or_else(|| b"p".to_vec(), |key| [record::place(key, u64::MAX), vec![0]].concat());
        let mut leaves: Vec<Leaf> = Vec::new();
        for found in self.disk.db.range(from..b"q".to_vec()) {
            let (at, value) = found?;
            let found = record::subject_of(&at).zip(record::number(&at)).zip(record::read::<ChainEntryRow>(&value));
            let ((key, count), place) = found.ok_or_else(|| damaged(&at))?;
            let leaf = Leaf { key, count, head: Hash::new(place.head) };
            let is_full = leaves.len() == max;
            match leaves.last_mut().filter(|last| last.key == key) {
                Some(last) => *last = leaf,
                None if is_full => break,
                None => leaves.push(leaf),
            }
        }
        Ok(leaves)
    }

    async fn find_ids(&self, asked: &[(Key, EventId)]) -> Result<Vec<Option<LeafIndex>>, SledError> {
        if self.disk.poisoned.load(Ordering::SeqCst) {
            return Err(SledError::Poisoned);
        }
        let mut page: Option<Page> = None;
        let mut found = Vec::with_capacity(asked.len());
        for (party, id) in asked {
            let covering = page.take().filter(|page| page.covers(party, id));
            let covering = covering.map_or_else(|| Page::of(&self.disk.db, party, id), Ok)?;
            found.push(covering.find(id));
            page = Some(covering);
        }
        Ok(found)
    }

    async fn acts(&self, after: LeafIndex, max: usize) -> Result<Vec<LeafIndex>, SledError> {
        let behind = (Bound::Excluded(record::act(after)), Bound::Excluded(b"b".to_vec()));
        let act = |key: sled::Result<sled::IVec>| {
            let key = key?;
            record::number(&key).and_then(LeafIndex::new).ok_or_else(|| damaged(&key))
        };
        self.disk.db.range::<Vec<u8>, _>(behind).keys().take(max).map(act).collect()
    }

    async fn has_room(&self) -> Result<bool, SledError> {
        if self.disk.poisoned.load(Ordering::SeqCst) {
            return Err(SledError::Poisoned);
        }
        Ok(self.free()? >= RESERVE_BYTES)
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError<SledError>> {
        let (store, base) = (self.clone(), commit.base);
        let written = self.write(move |disk| {
            let found = store.size()?;
            if found == commit.base {
                let began = Instant::now();
                disk.write(to_batch(&disk.db, &commit)?)?;
                metrics::histogram!("headwater_commit_seconds").record(began.elapsed().as_secs_f64());
            }
            Ok(found)
        });
        match written.await {
            Ok(found) if found == base => Ok(()),
            Ok(found) => Err(CommitError::Fenced { expected: base, found }),
            Err(error) => Err(CommitError::Unknown(error)),
        }
    }

    async fn cosign(&self, size: TreeSize, note: Vec<u8>) -> Result<(), SledError> {
        let written = self.write(move |disk| {
            let mut batch = sled::Batch::default();
            insert_pieces(&mut batch, |piece| record::note(size, piece), &note);
            batch.insert(record::cosigned(size), &[]);
            disk.write(batch)
        });
        written.await
    }
}
