//! Opening of a ledger. Opening computes tree, index and authority anew, and refuses a ledger whose parts do not match.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use headwater_event::authority::{Authority, Denied};
use headwater_event::event::Event;
use headwater_event::signed::Position;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key, Leaf};
use headwater_tlog::note::{Note, NoteSigner};
use headwater_tlog::tile::TILE_WIDTH;
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};
use headwater_trace::recorded::{EntryContent, Recorded};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::time::Instant;

use crate::admission::Limits;
use crate::aside::Aside;
use crate::clock::Clock;
use crate::crowd::Crowd;
use crate::damage::Damage;
use crate::ledger::{Cosigner, GROUP_MAX, Inner, Ledger, Quorum, TRACES_BYTES_MAX};
use crate::quota::Used;
use crate::reader::ReadError;
use crate::rebuild::snapshot_at;
use crate::sequencer::Sequencer;
use crate::sets::Sets;
use crate::snapshot::Snapshot;
use crate::store::{Store, StoreFailure, read};
use crate::wait::WaitLog;

const STRETCH: usize = 1_024;

/// Error of opening a ledger. Opening does not change the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Store in which no ledger was founded.
    #[error("there is no ledger here")]
    NoLedger,
    /// Failure of the store.
    #[error(transparent)]
    Store(#[from] StoreFailure),
    /// Failure of the system to start threads for reads.
    #[error("the threads for reads do not start")]
    Threads(#[source] std::io::Error),
    /// Key of a signer that does not sign for this log.
    #[error("the key {given} does not sign for this log")]
    OtherKey {
        /// Key that the caller gave.
        given: String,
    },
    /// Stored data that do not match.
    #[error("the ledger does not add up")]
    Damaged(#[from] Damage),
}

/// Settings with which a ledger runs.
pub struct Options {
    /// Signer of the ledger's checkpoints.
    pub signer: NoteSigner,
    /// Witnesses and auditors whose cosignatures the ledger takes.
    pub cosigners: Vec<Cosigner>,
    /// Number of those that make a checkpoint the audited one.
    pub quorum: Quorum,
    /// Rates, quotas and size of the queue.
    pub limits: Limits,
    /// Time after which an idle ledger writes an index head.
    pub idle_max: std::time::Duration,
    /// Clock that gives the time of entries.
    pub clock: Arc<dyn Clock>,
    /// Whether the ledger records at its last time while the clock lies behind that time, for a day at most.
    pub holds_time: bool,
}

/// Opens a ledger. Returns a handle for services, and the sequencer, whose `run` the caller spawns.
pub async fn open<S: Store>(store: S, options: Options) -> Result<(Ledger<S>, Sequencer<S>), OpenError> {
    let head = read(store.head().await)?.ok_or(OpenError::NoLedger)?;
    let note = Note::parse(&head.note).map_err(Damage::from)?;
    let checkpoint = Checkpoint::parse(note.claims()).map_err(Damage::from)?;
    let line = note.signatures().iter().find(|line| line.names(options.signer.key()));
    let line = line.ok_or_else(|| OpenError::OtherKey { given: options.signer.key().to_string() })?;
    checkpoint.verify_log(options.signer.key(), line).map_err(Damage::from)?;
    if checkpoint.size() != head.size {
        return Err(Damage::Size { checkpoint: checkpoint.size(), entries: head.size }.into());
    }

    let tree = read_tree(&store, head.size).await?;
    if tree.root(checkpoint.size()) != Some(checkpoint.root()) {
        return Err(Damage::Root { expected: checkpoint.root() }.into());
    }
    let genesis = entry(&store, LeafIndex::FIRST).await?;
    let head_index = head.size.last().ok_or(Damage::Missing { log_index: LeafIndex::FIRST })?;
    let index_head = entry(&store, head_index).await?;
    let (ledger_id, authority) = read_authority(&store, &genesis).await?;
    let last = parse(head_index, &index_head)?;
    let mut index = Index::new();
    index.update(read_chains(&store).await?);
    match &last.content {
        EntryContent::IndexHead(stated) if stated.root == index.root() => {}
        EntryContent::IndexHead(stated) => {
            return Err(Damage::Index { expected: stated.root, found: index.root() }.into());
        }
        _ => return Err(Damage::Form { log_index: head_index, expected: "an index head" }.into()),
    }
    let snapshot = Arc::new(Snapshot {
        checkpoint,
        note: note.to_string().into(),
        index,
        authority: Arc::new(authority),
        recorded_at_ms: last.recorded_at_ms,
        index_head: index_head.into(),
    });
    let (queue, jobs) = mpsc::unbounded_channel();
    // A whole group has to fit in the queue.
    let places = options.limits.queue.max(GROUP_MAX);
    let inner = Inner {
        store,
        ledger_id,
        genesis: genesis.into(),
        cosigners: options.cosigners,
        quorum: options.quorum,
        clock: options.clock,
        holds_time: options.holds_time,
        held: RwLock::default(),
        head_wanted: Notify::new(),
        tree: RwLock::new(tree),
        newest: watch::Sender::new(snapshot.clone()),
        audited: RwLock::new(None),
        recent: Mutex::new(VecDeque::from([snapshot])),
        cosigning: tokio::sync::Mutex::new(()),
        rebuilding: tokio::sync::Mutex::new(()),
        sets: Sets::default(),
        aside: Aside::new().map_err(OpenError::Threads)?,
        for_life: options.limits.for_life,
        spent: Mutex::default(),
        traces: Crowd::new(TRACES_BYTES_MAX, Bytes::len),
        queue,
        room: Arc::new(Semaphore::new(places)),
        places,
        closing: Notify::new(),
        leaving: watch::Sender::new(false),
    };
    let ledger = Ledger { inner: Arc::new(inner) };
    recover_audited(&ledger).await?;
    let sequencer = Sequencer {
        ledger: ledger.clone(),
        jobs,
        signer: options.signer,
        limits: options.limits,
        idle_max: options.idle_max,
        beat_at: Instant::now() + options.idle_max,
        used: Used::default(),
        waits: WaitLog::default(),
    };
    Ok((ledger, sequencer))
}

/// Builds the tree from full tiles of leaf hashes, and from the entries after those tiles.
async fn read_tree<S: Store>(store: &S, size: TreeSize) -> Result<Tree, OpenError> {
    let mut tree = Tree::new();
    for number in 0..size.get() / TILE_WIDTH {
        let tile = read(store.tile(number).await)?.filter(|tile| tile.len() as u64 == TILE_WIDTH);
        for leaf in tile.ok_or(Damage::Tile { number })? {
            tree.push(leaf);
        }
    }
    while let Some(from) = size.first_beyond(tree.size()) {
        let max = usize::try_from(size.get() - from.get()).unwrap_or(STRETCH).min(STRETCH);
        let entries = read(store.entries(from, max).await)?;
        if entries.is_empty() {
            return Err(Damage::Missing { log_index: from }.into());
        }
        for entry in &entries {
            tree.push(Hash::leaf(entry));
        }
    }
    Ok(tree)
}

/// Replays the authority from the party events. Returns the id of the ledger with the authority.
async fn read_authority<S: Store>(store: &S, genesis: &[u8]) -> Result<(Hash, Authority), OpenError> {
    let first = parse(LeafIndex::FIRST, genesis)?;
    let EntryContent::Genesis(founding) = &first.content else {
        return Err(Damage::Form { log_index: LeafIndex::FIRST, expected: "a genesis" }.into());
    };
    let mut authority = Authority::founded(first.leaf, founding);
    let mut after = LeafIndex::FIRST;
    loop {
        let acts = read(store.acts(after, STRETCH).await)?;
        let Some(last) = acts.last() else {
            return Ok((first.leaf, authority));
        };
        after = *last;
        for place in acts {
            let recorded = parse(place, &entry(store, place).await?)?;
            let position = Position { log_index: place, recorded_at_ms: recorded.recorded_at_ms };
            let EntryContent::Event(signed) = recorded.content else {
                return Err(Damage::Form { log_index: place, expected: "an event" }.into());
            };
            let denied = |denied: Denied| Damage::Denied { log_index: place, source: denied.into() };
            let key = authority.key_of(signed.claims()).map_err(denied)?.clone();
            let authentic = signed.authenticate(&key);
            let authentic = authentic.map_err(|source| Damage::NotAuthentic { log_index: place, source })?;
            let none: Option<&Event> = None;
            let event = authority.authorize(authentic, position, none).map_err(denied)?;
            authority.apply(&event);
        }
    }
}

async fn read_chains<S: Store>(store: &S) -> Result<Vec<Leaf>, OpenError> {
    let mut leaves: Vec<Leaf> = Vec::new();
    loop {
        let after: Option<Key> = leaves.last().map(|leaf| leaf.key);
        let more = read(store.chains(after.as_ref(), STRETCH).await)?;
        if more.is_empty() {
            return Ok(leaves);
        }
        leaves.extend(more);
    }
}

/// Restores the newest state that enough witnesses and auditors cosigned.
async fn recover_audited<S: Store>(ledger: &Ledger<S>) -> Result<(), OpenError> {
    let store = &ledger.inner.store;
    let newest = ledger.newest();
    for size in read(store.cosigned(newest.size().saturating_add(1), usize::MAX).await)? {
        let Some(note) = read(store.note(size).await)?.and_then(|note| String::from_utf8(note).ok()) else {
            continue;
        };
        if ledger.meets_quorum(&note) {
            let audited = snapshot_at(store, &newest, &note).await.map_err(|error| match error {
                ReadError::Store(failure) => OpenError::Store(failure),
                error => Damage::Audited { size, source: error.into() }.into(),
            })?;
            *ledger.inner.audited.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(audited));
            return Ok(());
        }
    }
    Ok(())
}

async fn entry<S: Store>(store: &S, place: LeafIndex) -> Result<Vec<u8>, OpenError> {
    let found = read(store.entries(place, 1).await)?.pop();
    Ok(found.ok_or(Damage::Missing { log_index: place })?)
}

fn parse(place: LeafIndex, bytes: &[u8]) -> Result<Recorded, Damage> {
    Recorded::parse(place, bytes).map_err(|source| Damage::Entry { log_index: place, source })
}
