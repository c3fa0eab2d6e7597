//! The replay of a whole log, entry by entry: everything that an auditor vouches for, and that `fsck` compares.
//!
//! [`Replay::take`] consumes entries in log order. Signatures are the costly part, and need only keys from earlier entries.
//! So a caller with several cores first runs [`Replay::authenticate`] over a range of entries in parallel.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use headwater_event::authority::{Authority, Denied};
use headwater_event::entry::{FORMAT_VERSION, Genesis};
use headwater_event::event::{Event, EventId};
use headwater_event::kind::Kind;
use headwater_event::signed::{AuthenticEvent, AuthorizedEvent, NotAuthentic, Position, SignedEvent};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::chain::Chain;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key};
use headwater_tlog::key::PublicKey;
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::recorded::{EntryContent, Recorded, RecordedError};
use crate::verify::{Original, original_of};

/// Reason why the replay of a log fails. The operator is at fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The bytes of an entry are not an entry.
    #[error("entry {log_index} cannot be read")]
    Entry {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Reason why the bytes cannot be read.
        source: RecordedError,
    },
    /// Entry 0 is not the pinned genesis in a format that this version knows, or a later entry is a genesis.
    #[error("entry {log_index} founds no ledger here, or another one: {leaf}")]
    Genesis {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Leaf hash of the entry.
        leaf: Hash,
    },
    /// An entry is not the next one in log order, or has an earlier recorded time than the entry before.
    #[error("entry {log_index} is recorded at {recorded_at_ms}, before the entry that precedes it")]
    Time {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Recorded time of the entry, in milliseconds UTC.
        recorded_at_ms: u64,
    },
    /// The signature of an event does not hold.
    #[error("entry {log_index} is not signed by its party")]
    NotAuthentic {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Reason why the signature does not hold.
        source: NotAuthentic,
    },
    /// The party did not have the right to sign.
    #[error("entry {log_index} had no authority")]
    Denied {
        /// Log index of the entry.
        log_index: LeafIndex,
        /// Reason why authority denies the event.
        source: Box<Denied>,
    },
    /// An earlier entry holds the same event, or the same event id of the party.
    #[error("entry {log_index} repeats entry {first}")]
    Replayed {
        /// Log index of the second entry.
        log_index: LeafIndex,
        /// Log index of the earlier entry.
        first: LeafIndex,
    },
    /// A pin was not current when its entry was recorded.
    #[error("entry {log_index} pins another state of {subject}")]
    Pin {
        /// Log index of the entry with the pin.
        log_index: LeafIndex,
        /// Subject whose chain the event pins.
        subject: Subject,
    },
    /// An index head does not commit to the entries before it.
    #[error("the index head at {log_index} commits to {found}, the entries before it add up to {expected}")]
    IndexHead {
        /// Log index of the index head.
        log_index: LeafIndex,
        /// Root of the index over the entries.
        expected: Hash,
        /// Root that the index head states.
        found: Hash,
    },
    /// More entries without an index head than a batch holds.
    #[error("the {max} entries before {log_index} hold no index head")]
    NoIndexHead {
        /// Log index of the first entry beyond the limit.
        log_index: LeafIndex,
        /// Largest number of entries in a batch.
        max: u64,
    },
    /// An entry of a format that this replay does not know.
    #[error("entry {log_index} is of a newer format")]
    Newer {
        /// Log index of the entry.
        log_index: LeafIndex,
    },
}

/// Largest number of entries in a batch, its index head included.
pub const BATCH_ENTRIES_MAX: u64 = 512;

/// An entry that was read ahead; its signature may be verified already.
#[derive(Debug)]
pub struct Ahead {
    log_index: LeafIndex,
    leaf: Hash,
    recorded_at_ms: u64,
    content: Read,
    /// Whether an earlier replay judged the entry, under a root that this replay reaches too.
    is_known: bool,
}

/// Content of an entry, by the progress of its verification.
#[derive(Debug)]
enum Read {
    /// An event whose signature holds.
    Authentic(AuthenticEvent),
    /// Content of which no signature was verified.
    Parsed(EntryContent),
}

/// A log that was replayed up to some entry.
#[derive(Clone, Debug)]
pub struct Replay {
    ledger_id: Hash,
    genesis: Option<Arc<Genesis>>,
    authority: Option<Authority>,
    size: TreeSize,
    index: Index,
    chains: HashMap<Key, Chain>,
    pending: HashMap<Key, Chain>,
    events: HashMap<Hash, LeafIndex>,
    ids: HashMap<(PartyKey, EventId), LeafIndex>,
    leaves: HashMap<Hash, LeafIndex>,
    last_ms: u64,
    head_ms: Option<u64>,
    head_index: Option<LeafIndex>,
    head_since: Option<LeafIndex>,
    index_heads: u64,
    kinds: BTreeMap<Kind, u64>,
}

impl Replay {
    /// Returns the replay before the first entry of a ledger.
    pub fn new(ledger_id: Hash) -> Self {
        Self {
            ledger_id,
            genesis: None,
            authority: None,
            size: TreeSize::EMPTY,
            index: Index::new(),
            chains: HashMap::new(),
            pending: HashMap::new(),
            events: HashMap::new(),
            ids: HashMap::new(),
            leaves: HashMap::new(),
            last_ms: 0,
            head_ms: None,
            head_index: None,
            head_since: None,
            index_heads: 0,
            kinds: BTreeMap::new(),
        }
    }

    /// Ledger id that the genesis must have as its leaf hash.
    pub fn ledger_id(&self) -> Hash {
        self.ledger_id
    }

    /// Number of index heads that were taken; the replay computed the root of each.
    pub fn index_heads(&self) -> u64 {
        self.index_heads
    }

    /// Number of events that were taken, by kind.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64)> {
        self.kinds.iter().map(|(kind, count)| (*kind, *count))
    }

    /// Number of entries that were taken.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// Log index of the last index head that was taken.
    pub fn head_index(&self) -> Option<LeafIndex> {
        self.head_index
    }

    /// Whether the last entry taken is an index head, so that a checkpoint may end here.
    pub fn at_index_head(&self) -> bool {
        self.head_index.is_some_and(|index| index.size_through() == self.size)
    }

    /// Recorded time of the last index head, in milliseconds UTC.
    pub fn head_ms(&self) -> Option<u64> {
        self.head_ms
    }

    /// Log index of the first index head with the recorded time of the last one, if there are others. Then the log repeats
    /// its time.
    pub fn held_since(&self) -> Option<LeafIndex> {
        self.head_since.filter(|since| self.head_index.is_some_and(|last| *since < last))
    }

    /// Genesis of the ledger, once the replay took the genesis.
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_deref()
    }

    /// Authority: the sum of the party events so far.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// Index over the entries before the last index head.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Number of subjects in the index.
    pub fn subjects(&self) -> u64 {
        self.chains.len() as u64
    }

    /// Returns the chain of a subject so far.
    pub fn chain(&self, key: &Key) -> Chain {
        self.pending.get(key).or_else(|| self.chains.get(key)).copied().unwrap_or_else(|| Chain::new(*key))
    }

    /// Reads an entry ahead, and verifies its signature if the key is known by now. The call does not depend on any entry
    /// that is read ahead.
    pub fn authenticate(&self, log_index: LeafIndex, bytes: &[u8]) -> Result<Ahead, ReplayError> {
        let Recorded { leaf, recorded_at_ms, content, .. } = parse(log_index, bytes)?;
        let content = match content {
            EntryContent::Event(signed) => {
                match self.authority.as_ref().and_then(|authority| authority.key(&signed.claims().key_id)) {
                    Some(key) => Read::Authentic(authentic(log_index, *signed, key)?),
                    None => Read::Parsed(EntryContent::Event(signed)),
                }
            }
            other => Read::Parsed(other),
        };
        Ok(Ahead { log_index, leaf, recorded_at_ms, content, is_known: false })
    }

    /// Reads an entry that an earlier replay judged. The caller compares the root over all such entries with the root that
    /// was judged. Party events are judged again, since authority follows from them. Of every other event, the replay only
    /// extends the chains.
    pub fn known(log_index: LeafIndex, bytes: &[u8]) -> Result<Ahead, ReplayError> {
        let Recorded { leaf, recorded_at_ms, content, .. } = parse(log_index, bytes)?;
        Ok(Ahead { log_index, leaf, recorded_at_ms, content: Read::Parsed(content), is_known: true })
    }

    /// Takes the next entry. `entry_at` returns the bytes of an earlier entry, which a correction or lift needs.
    pub fn take(
        &mut self,
        ahead: Ahead,
        entry_at: &mut dyn FnMut(LeafIndex) -> Option<Vec<u8>>,
    ) -> Result<Hash, ReplayError> {
        let Ahead { log_index, leaf, recorded_at_ms, content, is_known } = ahead;
        // Log indexes rise by one, and recorded times do not fall (L6).
        if log_index.size_before() != self.size || recorded_at_ms < self.last_ms {
            return Err(ReplayError::Time { log_index, recorded_at_ms });
        }
        let batch_from = self.head_index.map_or(TreeSize::EMPTY, LeafIndex::size_through);
        if log_index.get() - batch_from.get() >= BATCH_ENTRIES_MAX {
            return Err(ReplayError::NoIndexHead { log_index, max: BATCH_ENTRIES_MAX });
        }
        let is_first = log_index == LeafIndex::FIRST;
        match content {
            Read::Parsed(EntryContent::Genesis(genesis))
                if is_first && leaf == self.ledger_id && genesis.format_version == FORMAT_VERSION =>
            {
                let operator = Subject::Party(genesis.operator.clone()).index_key();
                self.link(operator, log_index, leaf);
                self.authority = Some(Authority::founded(leaf, &genesis));
                self.genesis = Some(Arc::from(genesis));
            }
            Read::Parsed(EntryContent::Event(signed))
                if !is_first && is_known && signed.claims().kind() != Kind::Party =>
            {
                self.record(log_index, leaf, signed.hash(), signed.claims());
            }
            Read::Parsed(EntryContent::Event(signed)) if !is_first => {
                let key = self.key_of(log_index, signed.claims())?;
                let event = authentic(log_index, *signed, key)?;
                self.admit(log_index, leaf, recorded_at_ms, event, entry_at)?;
            }
            Read::Authentic(event) if !is_first => self.admit(log_index, leaf, recorded_at_ms, event, entry_at)?,
            Read::Parsed(EntryContent::IndexHead(head)) if !is_first => {
                // The index head states the root of the index (L8). On a false index head, the state before the batch stays:
                // the proof against the index is made from that state.
                let mut index = self.index.clone();
                index.update(self.pending.values().map(Chain::leaf).collect());
                if index.root() != head.root {
                    return Err(ReplayError::IndexHead { log_index, expected: index.root(), found: head.root });
                }
                self.index = index;
                self.chains.extend(self.pending.drain());
                if self.head_ms != Some(recorded_at_ms) {
                    self.head_since = Some(log_index);
                }
                (self.head_ms, self.head_index) = (Some(recorded_at_ms), Some(log_index));
                self.index_heads += 1;
            }
            Read::Parsed(EntryContent::Newer { .. } | EntryContent::NewerEvent(_)) => {
                return Err(ReplayError::Newer { log_index });
            }
            _ => return Err(ReplayError::Genesis { log_index, leaf }),
        }
        self.last_ms = recorded_at_ms;
        self.size = log_index.size_through();
        Ok(leaf)
    }

    fn founded(&self, log_index: LeafIndex) -> Result<&Authority, ReplayError> {
        self.authority.as_ref().ok_or(ReplayError::Genesis { log_index, leaf: Hash::ZERO })
    }

    fn key_of(&self, log_index: LeafIndex, claims: &Event) -> Result<&PublicKey, ReplayError> {
        let key = self.founded(log_index)?.key_of(claims);
        key.map_err(|source| ReplayError::Denied { log_index, source: Box::new(source) })
    }

    /// Judges an event and takes the event into the replay.
    fn admit(
        &mut self,
        log_index: LeafIndex,
        leaf: Hash,
        recorded_at_ms: u64,
        event: AuthenticEvent,
        entry_at: &mut dyn FnMut(LeafIndex) -> Option<Vec<u8>>,
    ) -> Result<(), ReplayError> {
        let event = self.judge(log_index, recorded_at_ms, event, entry_at)?;
        self.record(log_index, leaf, event.hash(), event.event());
        if let Some(authority) = &mut self.authority {
            authority.apply(&event);
        }
        Ok(())
    }

    fn judge(
        &self,
        log_index: LeafIndex,
        recorded_at_ms: u64,
        event: AuthenticEvent,
        entry_at: &mut dyn FnMut(LeafIndex) -> Option<Vec<u8>>,
    ) -> Result<AuthorizedEvent, ReplayError> {
        let claims = event.event();
        // No event and no event id occurs twice (L5).
        let id = (claims.party.clone(), claims.event_id);
        if let Some(first) = self.events.get(&event.hash()).or_else(|| self.ids.get(&id)) {
            return Err(ReplayError::Replayed { log_index, first: *first });
        }
        // Each pin is the end of its chain (L4).
        for pin in &claims.after {
            if let Some(named) = claims.subject(pin.subject) {
                let chain = self.chain(&named.key.index_key());
                if (chain.count(), chain.head()) != (pin.count, pin.head) {
                    return Err(ReplayError::Pin { log_index, subject: named.key.clone() });
                }
            }
        }
        let original = original_of(claims).and_then(|named| self.original(named, entry_at));
        // Authority allows the event (L3). The signature was verified with the key of that id; here the key has to be one of
        // the party.
        self.key_of(log_index, claims)?;
        let authorized =
            self.founded(log_index)?.authorize(event, Position { log_index, recorded_at_ms }, original.as_ref());
        authorized.map_err(|source| ReplayError::Denied { log_index, source: Box::new(source) })
    }

    /// Returns the event that a correction or a lift names. The bytes have to be those that the replay took.
    fn original(&self, named: Original, entry_at: &mut dyn FnMut(LeafIndex) -> Option<Vec<u8>>) -> Option<Event> {
        let place = *match named {
            Original::Entry(leaf) => self.leaves.get(&leaf),
            Original::Event(hash) => self.events.get(&hash),
        }?;
        let bytes = entry_at(place)?;
        let known = self.leaves.get(&Hash::leaf(&bytes)) == Some(&place);
        let recorded = Recorded::parse(place, &bytes).ok().filter(|_| known)?;
        recorded.claims().cloned()
    }

    fn record(&mut self, log_index: LeafIndex, leaf: Hash, hash: Hash, event: &Event) {
        for named in event.keys() {
            self.link(named.index_key(), log_index, leaf);
        }
        *self.kinds.entry(event.kind()).or_default() += 1;
        self.events.insert(hash, log_index);
        self.ids.insert((event.party.clone(), event.event_id), log_index);
        self.leaves.insert(leaf, log_index);
    }

    /// Extends a chain by an entry (L7).
    fn link(&mut self, key: Key, log_index: LeafIndex, leaf: Hash) {
        let chain = self.chain(&key).extend(log_index, leaf);
        self.pending.insert(key, chain);
    }
}

/// Parses an entry, whose bytes are canonical (L1).
fn parse(log_index: LeafIndex, bytes: &[u8]) -> Result<Recorded, ReplayError> {
    Recorded::parse(log_index, bytes).map_err(|source| ReplayError::Entry { log_index, source })
}

/// Checks the signature of an event (L2).
fn authentic(log_index: LeafIndex, signed: SignedEvent, key: &PublicKey) -> Result<AuthenticEvent, ReplayError> {
    signed.authenticate(key).map_err(|source| ReplayError::NotAuthentic { log_index, source })
}
