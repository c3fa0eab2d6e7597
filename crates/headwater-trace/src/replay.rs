//! The replay of a whole log, entry by entry: everything that an auditor vouches for, and that `fsck` compares.
//!
//! [`Replay::take`] consumes entries in log order. Signatures are the costly part and need only keys that stand earlier, so a
//! caller with several cores first runs [`Replay::authenticate`] over a stretch of entries in parallel.

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

use crate::recorded::{Content, Recorded, RecordedError};
use crate::verify::{Original, original_of};

/// Why a log does not add up. All are the operator's fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// An entry's bytes are no entry.
    #[error("entry {log_index} cannot be read")]
    Entry {
        /// Where it stands.
        log_index: u64,
        /// Why.
        source: RecordedError,
    },
    /// Entry 0 is no genesis, or another entry is one, or its ledger is not the pinned one.
    #[error("entry {log_index} founds no ledger here, or another one: {leaf}")]
    Genesis {
        /// Where it stands.
        log_index: u64,
        /// Its leaf hash.
        leaf: Hash,
    },
    /// Recorded earlier than the entry before.
    #[error("entry {log_index} is recorded at {recorded_at_ms}, before the entry that precedes it")]
    Time {
        /// Where it stands.
        log_index: u64,
        /// When it was recorded.
        recorded_at_ms: u64,
    },
    /// A signature does not hold.
    #[error("entry {log_index} is not signed by its party")]
    NotAuthentic {
        /// Where it stands.
        log_index: u64,
        /// Why.
        source: NotAuthentic,
    },
    /// The party was not allowed to sign.
    #[error("entry {log_index} had no authority")]
    Denied {
        /// Where it stands.
        log_index: u64,
        /// Why.
        source: Box<Denied>,
    },
    /// An event, or a party's event id, was there before.
    #[error("entry {log_index} repeats entry {first}")]
    Replayed {
        /// Where it stands.
        log_index: u64,
        /// Where it stood first.
        first: u64,
    },
    /// A pin that was not current.
    #[error("entry {log_index} pins another state of {subject}")]
    Pin {
        /// Where it stands.
        log_index: u64,
        /// The subject.
        subject: Subject,
    },
    /// An index head that does not commit to what stands before it.
    #[error("the index head at {log_index} commits to {found}, the entries before it add up to {expected}")]
    IndexHead {
        /// Where it stands.
        log_index: u64,
        /// What the entries add up to.
        expected: Hash,
        /// What it says.
        found: Hash,
    },
    /// More entries between index heads than a batch holds.
    #[error("no index head stands within {max} entries before {log_index}")]
    NoIndexHead {
        /// Where one was missed.
        log_index: u64,
        /// The limit.
        max: u64,
    },
    /// An entry of a format that this replay does not know.
    #[error("entry {log_index} is of a newer format")]
    Newer {
        /// Where it stands.
        log_index: u64,
    },
}

/// A batch holds at most this many entries, its index head included.
pub const BATCH_ENTRIES_MAX: u64 = 512;

/// An entry read ahead, its signature perhaps already checked.
#[derive(Debug)]
pub struct Ahead {
    log_index: LeafIndex,
    leaf: Hash,
    recorded_at_ms: u64,
    content: Read,
    /// Judged by an earlier replay, under a root that this one reaches too.
    is_known: bool,
}

/// How far the content of an entry has come.
#[derive(Debug)]
enum Read {
    /// An event whose signature holds.
    Authentic(AuthenticEvent),
    /// Anything else.
    Parsed(Content),
}

/// A log replayed up to some entry.
#[derive(Clone, Debug)]
pub struct Replay {
    ledger_id: Hash,
    genesis: Option<Arc<Genesis>>,
    authority: Option<Authority>,
    next: u64,
    index: Index,
    chains: HashMap<Key, Chain>,
    pending: HashMap<Key, Chain>,
    events: HashMap<Hash, u64>,
    ids: HashMap<(PartyKey, EventId), u64>,
    leaves: HashMap<Hash, u64>,
    last_ms: u64,
    head_ms: Option<u64>,
    head_index: Option<u64>,
    head_since: Option<u64>,
    index_heads: u64,
    kinds: BTreeMap<Kind, u64>,
}

impl Replay {
    /// Before the first entry of a ledger.
    pub fn new(ledger_id: Hash) -> Self {
        Self {
            ledger_id,
            genesis: None,
            authority: None,
            next: 0,
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

    /// The ledger.
    pub fn ledger_id(&self) -> Hash {
        self.ledger_id
    }

    /// How many index heads were taken, each rebuilt.
    pub fn index_heads(&self) -> u64 {
        self.index_heads
    }

    /// How many events were taken, by kind.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64)> {
        self.kinds.iter().map(|(kind, count)| (*kind, *count))
    }

    /// How many entries were taken.
    pub fn size(&self) -> u64 {
        self.next
    }

    /// The place of the last index head that was taken.
    pub fn head_index(&self) -> Option<u64> {
        self.head_index
    }

    /// Whether the last entry taken is an index head, so that a checkpoint may end here.
    pub fn at_index_head(&self) -> bool {
        self.head_index.is_some_and(|index| index + 1 == self.next)
    }

    /// When the last index head was recorded.
    pub fn head_ms(&self) -> Option<u64> {
        self.head_ms
    }

    /// The first of the index heads that have the time of the last one, when there are others: the log holds its time.
    pub fn held_since(&self) -> Option<u64> {
        self.head_since.filter(|since| self.head_index.is_some_and(|last| *since < last))
    }

    /// The founding of the ledger, once it was taken.
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_deref()
    }

    /// What the party events so far add up to.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// The index over the entries before the last index head.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// How many subjects the index holds.
    pub fn subjects(&self) -> u64 {
        self.chains.len() as u64
    }

    /// The chain of a subject so far.
    pub fn chain(&self, key: &Key) -> Chain {
        self.pending.get(key).or_else(|| self.chains.get(key)).copied().unwrap_or_else(|| Chain::new(*key))
    }

    /// Reads an entry ahead and checks its signature, if its key is already known. Independent of every other entry.
    pub fn authenticate(&self, log_index: u64, bytes: &[u8]) -> Result<Ahead, ReplayError> {
        let Recorded { log_index: place, leaf, recorded_at_ms, content, .. } = parse(log_index, bytes)?;
        let content = match content {
            Content::Event(signed) => {
                match self.authority.as_ref().and_then(|authority| authority.key(&signed.claims().key_id)) {
                    Some(key) => Read::Authentic(authentic(log_index, *signed, key)?),
                    None => Read::Parsed(Content::Event(signed)),
                }
            }
            other => Read::Parsed(other),
        };
        Ok(Ahead { log_index: place, leaf, recorded_at_ms, content, is_known: false })
    }

    /// Reads an entry that an earlier replay has judged. Whoever says so compares the root over all such entries with the
    /// one that was judged. Party events are judged again, since authority follows from them; of every other event only the
    /// chains are followed.
    pub fn known(log_index: u64, bytes: &[u8]) -> Result<Ahead, ReplayError> {
        let Recorded { log_index, leaf, recorded_at_ms, content, .. } = parse(log_index, bytes)?;
        Ok(Ahead { log_index, leaf, recorded_at_ms, content: Read::Parsed(content), is_known: true })
    }

    /// Takes the next entry. `entry_at` answers with the bytes of an earlier entry, which a correction or lift asks for.
    pub fn take(
        &mut self,
        ahead: Ahead,
        entry_at: &mut dyn FnMut(u64) -> Option<Vec<u8>>,
    ) -> Result<Hash, ReplayError> {
        let Ahead { log_index: place, leaf, recorded_at_ms, content, is_known } = ahead;
        let log_index = place.get();
        if log_index != self.next || recorded_at_ms < self.last_ms {
            return Err(ReplayError::Time { log_index, recorded_at_ms });
        }
        if log_index - self.head_index.map_or(0, |head| head + 1) >= BATCH_ENTRIES_MAX {
            return Err(ReplayError::NoIndexHead { log_index, max: BATCH_ENTRIES_MAX });
        }
        match content {
            Read::Parsed(Content::Genesis(genesis))
                if log_index == 0 && leaf == self.ledger_id && genesis.format_version == FORMAT_VERSION =>
            {
                let operator = Subject::Party(genesis.operator.clone()).index_key();
                self.link(operator, place, leaf);
                self.authority = Some(Authority::founded(leaf, &genesis));
                self.genesis = Some(Arc::from(genesis));
            }
            Read::Parsed(Content::Event(signed))
                if log_index > 0 && is_known && signed.claims().kind() != Kind::Party =>
            {
                self.record(place, leaf, signed.hash(), signed.claims());
            }
            Read::Parsed(Content::Event(signed)) if log_index > 0 => {
                let key = self.key_of(log_index, signed.claims())?;
                let event = authentic(log_index, *signed, key)?;
                self.admit(place, leaf, recorded_at_ms, event, entry_at)?;
            }
            Read::Authentic(event) if log_index > 0 => self.admit(place, leaf, recorded_at_ms, event, entry_at)?,
            Read::Parsed(Content::IndexHead(head)) if log_index > 0 => {
                // On a lie everything stays as it was before the batch: it is what the lie is shown from.
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
            Read::Parsed(Content::Newer { .. } | Content::NewerEvent(_)) => {
                return Err(ReplayError::Newer { log_index });
            }
            _ => return Err(ReplayError::Genesis { log_index, leaf }),
        }
        self.last_ms = recorded_at_ms;
        self.next += 1;
        Ok(leaf)
    }

    fn founded(&self, log_index: u64) -> Result<&Authority, ReplayError> {
        self.authority.as_ref().ok_or(ReplayError::Genesis { log_index, leaf: Hash::ZERO })
    }

    fn key_of(&self, log_index: u64, claims: &Event) -> Result<&PublicKey, ReplayError> {
        let key = self.founded(log_index)?.key_of(claims);
        key.map_err(|source| ReplayError::Denied { log_index, source: Box::new(source) })
    }

    /// Judges an event, and takes it.
    fn admit(
        &mut self,
        place: LeafIndex,
        leaf: Hash,
        recorded_at_ms: u64,
        event: AuthenticEvent,
        entry_at: &mut dyn FnMut(u64) -> Option<Vec<u8>>,
    ) -> Result<(), ReplayError> {
        let event = self.judge(place.get(), recorded_at_ms, event, entry_at)?;
        self.record(place, leaf, event.hash(), event.event());
        if let Some(authority) = &mut self.authority {
            authority.apply(&event);
        }
        Ok(())
    }

    fn judge(
        &self,
        log_index: u64,
        recorded_at_ms: u64,
        event: AuthenticEvent,
        entry_at: &mut dyn FnMut(u64) -> Option<Vec<u8>>,
    ) -> Result<AuthorizedEvent, ReplayError> {
        let claims = event.event();
        let id = (claims.party.clone(), claims.event_id);
        if let Some(first) = self.events.get(&event.hash()).or_else(|| self.ids.get(&id)) {
            return Err(ReplayError::Replayed { log_index, first: *first });
        }
        for pin in &claims.after {
            if let Some(named) = claims.subject(pin.subject) {
                let chain = self.chain(&named.key.index_key());
                if (chain.count(), chain.head()) != (pin.count, pin.head) {
                    return Err(ReplayError::Pin { log_index, subject: named.key.clone() });
                }
            }
        }
        let original = original_of(claims).and_then(|named| self.original(named, entry_at));
        // What was read ahead was checked with the key of that id; here that key has to be the party's.
        self.key_of(log_index, claims)?;
        let authorized =
            self.founded(log_index)?.authorize(event, Position { log_index, recorded_at_ms }, original.as_ref());
        authorized.map_err(|source| ReplayError::Denied { log_index, source: Box::new(source) })
    }

    /// The event that a correction or a lift names; the bytes have to be those that were taken.
    fn original(&self, named: Original, entry_at: &mut dyn FnMut(u64) -> Option<Vec<u8>>) -> Option<Event> {
        let place = *match named {
            Original::Entry(leaf) => self.leaves.get(&leaf),
            Original::Event(hash) => self.events.get(&hash),
        }?;
        let bytes = entry_at(place)?;
        let known = self.leaves.get(&Hash::leaf(&bytes)) == Some(&place);
        let recorded = Recorded::parse(TreeSize::MAX.leaf(place)?, &bytes).ok().filter(|_| known)?;
        recorded.claims().cloned()
    }

    fn record(&mut self, log_index: LeafIndex, leaf: Hash, hash: Hash, event: &Event) {
        for named in event.keys() {
            self.link(named.index_key(), log_index, leaf);
        }
        let place = log_index.get();
        *self.kinds.entry(event.kind()).or_default() += 1;
        self.events.insert(hash, place);
        self.ids.insert((event.party.clone(), event.event_id), place);
        self.leaves.insert(leaf, place);
    }

    fn link(&mut self, key: Key, log_index: LeafIndex, leaf: Hash) {
        let chain = self.chain(&key).extend(log_index, leaf);
        self.pending.insert(key, chain);
    }
}

fn parse(log_index: u64, bytes: &[u8]) -> Result<Recorded, ReplayError> {
    let place = TreeSize::MAX.leaf(log_index).ok_or(ReplayError::Newer { log_index })?;
    Recorded::parse(place, bytes).map_err(|source| ReplayError::Entry { log_index, source })
}

fn authentic(log_index: u64, signed: SignedEvent, key: &PublicKey) -> Result<AuthenticEvent, ReplayError> {
    signed.authenticate(key).map_err(|source| ReplayError::NotAuthentic { log_index, source })
}
