//! Founding of a ledger: the genesis, the first index head, and the checkpoint over both.

use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody, EntryError, Genesis, IndexHead};
use headwater_event::subject::Subject;
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::checkpoint::{Checkpoint, CheckpointError};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Index;
use headwater_tlog::key::BadSignature;
use headwater_tlog::note::NoteSigner;
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};

use crate::store::{ChainRow, Commit, Store, StoreFailure, read};

/// Error of founding a ledger. Nothing of the ledger is stored, unless the store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoundError {
    /// Store that holds a ledger already.
    #[error("a ledger of {size} entries is here already")]
    Founded {
        /// Number of entries of that ledger.
        size: TreeSize,
    },
    /// Key of a signer that the genesis does not name.
    #[error("the key {given} does not sign for this log")]
    OtherKey {
        /// Key that the caller gave.
        given: String,
    },
    /// Genesis that breaks the rules of its format.
    #[error("the genesis cannot be recorded")]
    Genesis(#[from] EntryError),
    /// First checkpoint that cannot be made.
    #[error("the first checkpoint cannot be made")]
    Checkpoint(#[from] CheckpointError),
    /// First checkpoint that the signer cannot sign.
    #[error("the first checkpoint cannot be signed")]
    Unsigned(#[from] BadSignature),
    /// Failure of the store.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

/// Founds a ledger in an empty store, and returns its id.
pub async fn found<S: Store>(
    store: &S,
    genesis: Genesis,
    signer: &NoteSigner,
    now_ms: u64,
) -> Result<Hash, FoundError> {
    if let Some(head) = read(store.head().await)? {
        return Err(FoundError::Founded { size: head.size });
    }
    if genesis.log_key != *signer.key().key() || genesis.origin.as_str() != signer.key().name() {
        return Err(FoundError::OtherKey { given: signer.key().to_string() });
    }
    let operator = Subject::Party(genesis.operator.clone()).index_key();
    let origin = genesis.origin.clone();
    let first = Entry { recorded_at_ms: now_ms, body: EntryBody::Genesis(Box::new(genesis)) }.encode();
    Entry::parse(&first)?;
    let (ledger_id, place) = (Hash::leaf(&first), LeafIndex::FIRST);
    let chain = Chain::new(operator).extend(place, ledger_id);
    let mut index = Index::new();
    index.update(vec![chain.leaf()]);
    let second =
        Entry { recorded_at_ms: now_ms, body: EntryBody::IndexHead(IndexHead { root: index.root() }) }.encode();
    let mut tree = Tree::new();
    tree.push(ledger_id);
    tree.push(Hash::leaf(&second));
    let root = tree.root(tree.size()).unwrap_or(Hash::ZERO);
    let note = Checkpoint::new(origin.as_str(), tree.size(), root)?.sign(signer)?;
    let batch = Commit {
        base: TreeSize::EMPTY,
        entries: vec![first, second],
        tiles: Vec::new(),
        rows: vec![ChainRow {
            key: operator,
            count: 1,
            link: Link { log_index: place, leaf: ledger_id },
            head: chain.head(),
        }],
        events: Vec::new(),
        note: note.to_string().into_bytes(),
    };
    read(store.commit(batch).await)?;
    Ok(ledger_id)
}
