//! A store that fails on request, before or after a commit lands, or has a full disk: the bad days of a sequencer. The store counts the
//! reads of chains, which are the cost of proofs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use headwater_event::event::EventId;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Key, Leaf};
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::store::{ChainRow, Commit, CommitError, Head, Store};

/// Maximum time for which a held read waits.
pub const HELD_MAX: Duration = Duration::from_secs(20);

/// Read of the store that a test counts, or holds up as a slow disk does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Read {
    /// Read of the rows of a chain.
    Chain,
    /// Look-up of the ids of events.
    Ids,
}

/// Fault of the next commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Failure of the commit, of which nothing was written.
    BeforeItLands,
    /// Failure of the commit, all of which was written.
    AfterItLanded,
    /// Refusal of the commit, as if another process had moved the ledger.
    Fenced,
    /// Full disk: the store has no room, so no write is requested.
    Full,
}

/// Error of a faulty store.
#[derive(Debug, thiserror::Error)]
pub enum FaultyError<E> {
    /// Failure that the test requested.
    #[error("the store fails, as requested")]
    Requested,
    /// Error of the store behind this one.
    #[error(transparent)]
    Store(E),
}

/// A store over another store. Clones share both, as processes that open one ledger in turn do.
#[derive(Debug)]
pub struct FaultyStore<S> {
    store: Arc<S>,
    next: Arc<Mutex<Option<Fault>>>,
    chains_read: Arc<AtomicUsize>,
    ids_looked_up: Arc<AtomicUsize>,
    held: Arc<(Mutex<Option<Read>>, Condvar)>,
}

impl<S> Clone for FaultyStore<S> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            next: self.next.clone(),
            chains_read: self.chains_read.clone(),
            ids_looked_up: self.ids_looked_up.clone(),
            held: self.held.clone(),
        }
    }
}

impl<S> FaultyStore<S> {
    /// Creates a store over another one. Every call passes through until a fault is set.
    pub fn over(store: S) -> Self {
        Self {
            store: Arc::new(store),
            next: Arc::default(),
            chains_read: Arc::default(),
            ids_looked_up: Arc::default(),
            held: Arc::default(),
        }
    }

    /// Sets the fault of the next commit, in place of the fault that was set before.
    pub fn set_next(&self, fault: Option<Fault>) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Number of reads of chains so far.
    pub fn chains_read(&self) -> usize {
        self.chains_read.load(Ordering::SeqCst)
    }

    /// Number of look-ups of ids so far, those that are held up among them.
    pub fn ids_looked_up(&self) -> usize {
        self.ids_looked_up.load(Ordering::SeqCst)
    }

    /// Holds up every read of one sort until `None` ends the hold; at most for [`HELD_MAX`].
    pub fn hold(&self, reads: Option<Read>) {
        let (held, changed) = &*self.held;
        *held.lock().unwrap_or_else(PoisonError::into_inner) = reads;
        changed.notify_all();
    }

    fn wait(&self, read: Read) {
        let (held, changed) = &*self.held;
        let held = held.lock().unwrap_or_else(PoisonError::into_inner);
        drop(changed.wait_timeout_while(held, HELD_MAX, |held| *held == Some(read)));
    }

    fn next(&self) -> Option<Fault> {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    type Error = FaultyError<S::Error>;

    async fn head(&self) -> Result<Option<Head>, Self::Error> {
        self.store.head().await.map_err(FaultyError::Store)
    }

    async fn note(&self, size: TreeSize) -> Result<Option<Vec<u8>>, Self::Error> {
        self.store.note(size).await.map_err(FaultyError::Store)
    }

    async fn cosigned(&self, below: TreeSize, max: usize) -> Result<Vec<TreeSize>, Self::Error> {
        self.store.cosigned(below, max).await.map_err(FaultyError::Store)
    }

    async fn entries(&self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, Self::Error> {
        self.store.entries(from, max).await.map_err(FaultyError::Store)
    }

    async fn tile(&self, number: u64) -> Result<Option<Vec<Hash>>, Self::Error> {
        self.store.tile(number).await.map_err(FaultyError::Store)
    }

    async fn chain(&self, key: &Key, from: u64, max: usize) -> Result<Vec<ChainRow>, Self::Error> {
        self.chains_read.fetch_add(1, Ordering::SeqCst);
        self.wait(Read::Chain);
        self.store.chain(key, from, max).await.map_err(FaultyError::Store)
    }

    async fn chains(&self, after: Option<&Key>, max: usize) -> Result<Vec<Leaf>, Self::Error> {
        self.store.chains(after, max).await.map_err(FaultyError::Store)
    }

    async fn find_ids(&self, asked: &[(Key, EventId)]) -> Result<Vec<Option<LeafIndex>>, Self::Error> {
        self.ids_looked_up.fetch_add(1, Ordering::SeqCst);
        self.wait(Read::Ids);
        self.store.find_ids(asked).await.map_err(FaultyError::Store)
    }

    async fn acts(&self, after: LeafIndex, max: usize) -> Result<Vec<LeafIndex>, Self::Error> {
        self.store.acts(after, max).await.map_err(FaultyError::Store)
    }

    async fn has_room(&self) -> Result<bool, Self::Error> {
        match self.next() {
            Some(Fault::Full) => Ok(false),
            _ => self.store.has_room().await.map_err(FaultyError::Store),
        }
    }

    async fn commit(&self, batch: Commit) -> Result<(), CommitError<Self::Error>> {
        let (fault, base) = (self.next(), batch.base);
        self.set_next(None);
        match fault {
            Some(Fault::BeforeItLands) => return Err(CommitError::Unknown(FaultyError::Requested)),
            Some(Fault::Fenced) => return Err(CommitError::Fenced { expected: base, found: base.saturating_add(1) }),
            _ => {}
        }
        self.store.commit(batch).await.map_err(|error| match error {
            CommitError::Fenced { expected, found } => CommitError::Fenced { expected, found },
            CommitError::Unknown(error) => CommitError::Unknown(FaultyError::Store(error)),
        })?;
        match fault {
            Some(Fault::AfterItLanded) => Err(CommitError::Unknown(FaultyError::Requested)),
            _ => Ok(()),
        }
    }

    async fn cosign(&self, size: TreeSize, note: Vec<u8>) -> Result<(), Self::Error> {
        self.store.cosign(size, note).await.map_err(FaultyError::Store)
    }
}
