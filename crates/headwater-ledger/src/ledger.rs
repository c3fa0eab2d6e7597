//! The cheap handle to a ledger: appends go in, published states come out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use headwater_event::entry::SignedBytes;
use headwater_event::signed::AuthenticEvent;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Index;
use headwater_tlog::note::NoteKey;
use headwater_tlog::tree::Tree;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::admission::{AppendError, AppendReply, admit};
use crate::snapshot::Snapshot;
use crate::store::Store;

/// How many published states stay at hand, so that a cosignature for a recent one can make it the audited one.
pub(crate) const RECENT_MAX: usize = 256;

/// Milliseconds UTC.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A witness or auditor whose cosignatures the ledger takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosigner {
    /// Its key.
    pub key: NoteKey,
    /// Whether it replays every batch before it cosigns.
    pub is_auditor: bool,
}

pub(crate) struct Job {
    pub event: AuthenticEvent,
    pub reply: oneshot::Sender<AppendReply>,
}

pub(crate) struct Inner<S> {
    pub store: S,
    pub ledger_id: Hash,
    pub genesis: Arc<[u8]>,
    pub cosigners: Vec<Cosigner>,
    pub auditors_needed: usize,
    pub tree: RwLock<Tree>,
    pub newest: watch::Sender<Arc<Snapshot>>,
    pub audited: RwLock<Option<Arc<Snapshot>>>,
    pub recent: Mutex<VecDeque<Arc<Snapshot>>>,
    /// The sets behind commitments, by their roots.
    pub manifests: RwLock<BTreeMap<Hash, Index>>,
    pub queue: mpsc::Sender<Job>,
    pub closing: Notify,
}

/// A ledger, as services hold it.
pub struct Ledger<S> {
    pub(crate) inner: Arc<Inner<S>>,
}

impl<S> Clone for Ledger<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<S: Store> Ledger<S> {
    /// The id of the ledger: the leaf hash of its genesis.
    pub fn ledger_id(&self) -> Hash {
        self.inner.ledger_id
    }

    /// Appends an event and answers with its receipt, once a published checkpoint covers it. The same event again gets a
    /// receipt of the same entry.
    pub async fn append(&self, signed: SignedBytes) -> AppendReply {
        match self.submit(signed) {
            Ok(reply) => reply.await.unwrap_or(Err(AppendError::Stopping)),
            Err(error) => Err(error),
        }
    }

    /// Puts an event into the queue. The receipt comes when it was sequenced, so that one caller can have many under way.
    pub fn submit(&self, signed: SignedBytes) -> Result<oneshot::Receiver<AppendReply>, AppendError> {
        let authority = self.newest().authority.clone();
        let event = admit(signed, &authority)?;
        let (reply, receipt) = oneshot::channel();
        self.inner.queue.try_send(Job { event, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => AppendError::Stopping,
        })?;
        Ok(receipt)
    }

    /// Like [`Ledger::submit`], but waits for room in the queue: back-pressure for a stream.
    pub async fn submit_waiting(&self, signed: SignedBytes) -> Result<oneshot::Receiver<AppendReply>, AppendError> {
        let authority = self.newest().authority.clone();
        let event = admit(signed, &authority)?;
        let (reply, receipt) = oneshot::channel();
        self.inner.queue.send(Job { event, reply }).await.map_err(|_| AppendError::Stopping)?;
        Ok(receipt)
    }

    /// The newest published state.
    pub fn newest(&self) -> Arc<Snapshot> {
        self.inner.newest.borrow().clone()
    }

    /// The newest state that enough auditors cosigned.
    pub fn audited(&self) -> Option<Arc<Snapshot>> {
        self.inner.audited.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells when a newer state is published.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.inner.newest.subscribe()
    }

    /// Takes no more appends; what waits is still sequenced, then the sequencer ends.
    pub fn close(&self) {
        self.inner.closing.notify_one();
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.inner.store
    }
}
