//! What is read from a ledger: receipts, traces and proofs, each at a published state. The reader decides nothing; whoever
//! gets its answers checks them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use headwater_event::codec::{Message as _, Set};
use headwater_event::document::Opening;
use headwater_event::event::{Event, EventId};
use headwater_event::gs1::Gtin;
use headwater_event::kind::KindBody;
use headwater_event::kind::sticker::{ItemCode, Sticker, StickerAction};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::checkpoint::{Checkpoint, CheckpointError};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Index;
use headwater_tlog::note::{Note, NoteError};
use headwater_tlog::proof::{Consistency, Way};
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::evidence::{ChainLink, EvidenceError, Receipt, SubjectReceipt};
use headwater_trace::recorded::{Recorded, RecordedError};
use headwater_trace::set::SetManifest;
use headwater_trace::trace::{Anchor, History, IndexProof, SetProof, Trace};
use headwater_trace::verify::sets::{Commitment, commitments, is_closed};
use headwater_trace::walk::{Asked, Step, Via, Visit, Walk, asks_sets};

use crate::ledger::{Ledger, RECENT_MAX};
use crate::sets::{Committed, HeldTwice};
use crate::snapshot::Snapshot;
use crate::store::Store;

/// Entries are read from the store in stretches of this many.
const STRETCH: usize = 256;
/// A claim is looked for among this many entries of an item.
pub const CLAIM_PLACES_MAX: usize = 4_096;
/// A trace carries at most this many earlier checkpoints.
const ANCHORS_MAX: usize = 16;

/// The places of each subject's entries.
type Chains = BTreeMap<Subject, Vec<u64>>;
/// Entries by place, with their bytes.
type Entries = BTreeMap<u64, (Vec<u8>, Recorded)>;

/// Everything that a walk found in the store.
struct Gathered {
    chains: Chains,
    entries: Entries,
    visits: Vec<Visit>,
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(String),
    /// There is no such entry, or it holds no event.
    #[error("there is no event {what}")]
    NoEvent {
        /// What was asked for.
        what: String,
    },
    /// No checkpoint that auditors cosigned.
    #[error("no auditor has cosigned a checkpoint yet")]
    NotAudited,
    /// No consistency proof between these sizes.
    #[error("no checkpoint sizes {old} and {new} to join")]
    Sizes {
        /// The older.
        old: u64,
        /// The newer.
        new: u64,
    },
    /// The ledger does not hold what its own index promises.
    #[error("the ledger lacks {what}")]
    Damaged {
        /// What is missing.
        what: String,
    },
    /// A stored entry cannot be read.
    #[error("entry {log_index} cannot be read")]
    Entry {
        /// Where it stands.
        log_index: u64,
        /// Why.
        source: RecordedError,
    },
    /// The proof does not hold against the ledger's own checkpoint.
    #[error("the ledger cannot prove what it holds")]
    Unproven(#[from] EvidenceError),
}

/// Why a cosignature was not taken. All are the sender's fault, save the last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CosignError {
    /// The bytes are no note.
    #[error("the cosigned checkpoint is no signed note")]
    Note(#[from] NoteError),
    /// The note is no checkpoint, or a known cosigner's line does not hold.
    #[error("the cosigned checkpoint does not check out")]
    Checkpoint(#[from] CheckpointError),
    /// Not a checkpoint of this ledger.
    #[error("size {size} with this root was never published here")]
    NotOurs {
        /// Its size.
        size: u64,
    },
    /// No line of a cosigner that this ledger knows.
    #[error("no line is of a cosigner that this ledger knows")]
    NoKnownCosigner,
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(String),
}

/// Which state a trace is served at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// The newest checkpoint.
    Newest,
    /// The newest that enough auditors cosigned.
    Audited,
}

impl<S: Store> Ledger<S> {
    /// The state that is asked for.
    pub fn at(&self, at: At) -> Result<Arc<Snapshot>, ReadError> {
        match at {
            At::Newest => Ok(self.newest()),
            At::Audited => self.audited().ok_or(ReadError::NotAudited),
        }
    }

    /// Whether anything is recorded of a subject, or a list behind a set commitment holds it.
    pub fn knows(&self, subject: &Subject) -> bool {
        self.newest().index.find(&subject.index_key()).is_some() || self.inner.sets.holds(subject)
    }

    /// The receipt of an event, by its author and the author's id for it.
    pub async fn receipt(&self, party: &PartyKey, id: &EventId) -> Result<Receipt, ReadError> {
        let key = Subject::Party(party.clone()).index_key();
        match read(self.inner.store.find_id(&key, id).await)? {
            Some(log_index) if log_index < self.newest().size() => self.receipt_of(log_index).await,
            _ => Err(ReadError::NoEvent { what: format!("{id} of {party}") }),
        }
    }

    /// The event that a party signed under an id of its own; `None` when there is none.
    pub async fn event(&self, party: &PartyKey, id: &EventId) -> Result<Option<Event>, ReadError> {
        let key = Subject::Party(party.clone()).index_key();
        match read(self.inner.store.find_id(&key, id).await)? {
            Some(log_index) if log_index < self.newest().size() => {
                Ok(parse(log_index, &self.entry(log_index).await?)?.claims().cloned())
            }
            _ => Ok(None),
        }
    }

    /// Whether a set of this ledger commits to this code for an item.
    pub fn commits_to(&self, item: &Subject, code: &ItemCode) -> bool {
        self.inner.sets.commits_to(item, code)
    }

    /// The leaf of the first entry on an item's chain that claims it with this code, among the first [`CLAIM_PLACES_MAX`]; `None`
    /// when there is none.
    pub async fn first_claim(&self, item: &Subject, code: &ItemCode) -> Result<Option<Hash>, ReadError> {
        for place in read(self.inner.store.places(&item.index_key(), 1, CLAIM_PLACES_MAX).await)? {
            let log_index = place.link.log_index.get();
            let recorded = parse(log_index, &self.entry(log_index).await?)?;
            let body = recorded.claims().map(|event| &event.body);
            let is_claim =
                |sticker: &Sticker| sticker.action == StickerAction::Claimed && sticker.code.as_ref() == Some(code);
            if matches!(body, Some(KindBody::Sticker(sticker)) if is_claim(sticker)) {
                return Ok(Some(place.link.leaf));
            }
        }
        Ok(None)
    }

    /// The receipt of the event at a place.
    pub async fn receipt_of(&self, log_index: u64) -> Result<Receipt, ReadError> {
        let snapshot = self.newest();
        let what = || log_index.to_string();
        let entry = self.entry(log_index).await?;
        let recorded = parse(log_index, &entry)?;
        let claims = recorded.claims().ok_or_else(|| ReadError::NoEvent { what: what() })?;
        let mut subjects = Vec::new();
        for subject in claims.keys() {
            let key = subject.index_key();
            let count = snapshot.index.find(&key).map_or(0, |leaf| leaf.count);
            let places = read(self.inner.store.places(&key, 1, usize::try_from(count).unwrap_or(usize::MAX)).await)?;
            let lacks = || ReadError::Damaged { what: format!("the chain of {subject}") };
            let at = places.iter().position(|place| place.link.log_index == recorded.log_index).ok_or_else(lacks)?;
            let (count_before, head_before) =
                at.checked_sub(1).map_or((0, Hash::ZERO), |before| (places[before].count, places[before].head));
            let later = places[at + 1..]
                .iter()
                .map(|place| ChainLink { log_index: place.link.log_index.get(), leaf: place.link.leaf });
            let proof = IndexProof::of(&snapshot.index.prove(&key)).ok_or_else(lacks)?;
            subjects.push(SubjectReceipt {
                subject: subject.clone(),
                proof,
                count_before,
                head_before,
                later: later.collect(),
            });
        }
        let lacks = || ReadError::Damaged { what: format!("the proof of entry {log_index}") };
        let index_head =
            self.included(&snapshot, snapshot.size() - 1, snapshot.index_head.to_vec()).ok_or_else(lacks)?;
        let receipt = Receipt {
            checkpoint: snapshot.note.as_bytes().to_vec(),
            entry: self.included(&snapshot, log_index, entry).ok_or_else(lacks)?,
            index_head: Some(index_head),
            subjects,
        };
        receipt.check(claims.keys(), &snapshot.checkpoint, None, &mut Way::default())?;
        Ok(receipt)
    }

    /// Gathers everything that a story needs.
    pub async fn trace(&self, asked: &Asked, at: At, openings: Vec<Opening>) -> Result<Vec<u8>, ReadError> {
        let snapshot = self.at(at)?;
        let operator = snapshot.authority.operator().clone();
        let Gathered { chains, entries, visits, .. } = self.gather(asked, &operator, &snapshot).await?;
        let recorded = |place: &u64| entries.get(place).map(|(_, recorded)| recorded);
        let histories = chains.iter().map(|(subject, places)| History {
            subject: subject.clone(),
            proof: IndexProof::of(&snapshot.index.prove(&subject.index_key())),
            log_indexes: (!places.is_empty()).then(|| Set::new(places.iter().copied())),
        });
        let mut histories: Vec<History> = histories.collect();
        histories.sort_by_key(|history| history.subject.to_string());
        let sets = self.set_proofs(asked, &visits, &chains, &entries, &snapshot).await?;
        let lacks = |what: &str| ReadError::Damaged { what: what.to_owned() };
        let included = entries.iter().filter(|(place, _)| **place > 0).map(|(place, (bytes, _))| {
            self.included(&snapshot, *place, bytes.clone()).ok_or_else(|| lacks("an inclusion proof"))
        });
        let anchors = self.anchors(&snapshot, entries.keys().copied()).await?;
        let leaves: BTreeSet<Hash> = entries.keys().filter_map(recorded).map(|recorded| recorded.leaf).collect();
        let trace = Trace {
            checkpoint: snapshot.note.as_bytes().to_vec(),
            genesis: self.included(&snapshot, 0, self.inner.genesis.to_vec()).ok_or_else(|| lacks("the genesis"))?,
            index_head: self
                .included(&snapshot, snapshot.size() - 1, snapshot.index_head.to_vec())
                .ok_or_else(|| lacks("the index head"))?,
            subjects: histories,
            entries: included.collect::<Result<_, _>>()?,
            sets,
            openings: openings.into_iter().filter(|opening| leaves.contains(&opening.leaf)).collect(),
            anchors,
        };
        Ok(trace.encode())
    }

    /// Walks the needed set over the store.
    async fn gather(&self, asked: &Asked, operator: &PartyKey, snapshot: &Snapshot) -> Result<Gathered, ReadError> {
        let mut walk = Walk::new(asked, operator);
        let mut chains: Chains = BTreeMap::new();
        let mut entries: Entries = BTreeMap::new();
        while let Some(subject) = walk.next_subject() {
            if !chains.contains_key(&subject) {
                let places = self.chain(&subject, snapshot, &mut entries).await?;
                chains.insert(subject.clone(), places);
            }
            let steps = steps(&chains, &entries, &subject);
            let lots = match &subject {
                Subject::Item(gtin, _) if asks_sets(&subject, &steps) => {
                    let held = self.sets_with(&subject, gtin, snapshot).await?;
                    held.into_iter().filter(|set| !set.is_struck).map(|set| set.lot).collect()
                }
                _ => Vec::new(),
            };
            walk.feed(&steps, &lots);
        }
        Ok(Gathered { chains, entries, visits: walk.into_found().visits })
    }

    /// The places of a subject's entries, none where its chain is closed. The entries are read into `entries`.
    async fn chain(
        &self,
        subject: &Subject,
        snapshot: &Snapshot,
        entries: &mut Entries,
    ) -> Result<Vec<u64>, ReadError> {
        let key = subject.index_key();
        let count = snapshot.index.find(&key).map_or(0, |leaf| leaf.count);
        if is_closed(subject, count) {
            return Ok(Vec::new());
        }
        let places = read(self.inner.store.places(&key, 1, usize::try_from(count).unwrap_or(usize::MAX)).await)?;
        if places.len() as u64 != count {
            return Err(ReadError::Damaged { what: format!("the chain of {subject}") });
        }
        for place in &places {
            let log_index = place.link.log_index.get();
            if let Entry::Vacant(vacant) = entries.entry(log_index) {
                let bytes = self.entry(log_index).await?;
                let recorded = parse(log_index, &bytes)?;
                vacant.insert((bytes, recorded));
            }
        }
        Ok(places.iter().map(|place| place.link.log_index.get()).collect())
    }

    /// The sets that hold an item, by log index, each with its lot and whether a correction strikes it.
    async fn sets_with(&self, item: &Subject, gtin: &Gtin, snapshot: &Snapshot) -> Result<Vec<Commitment>, ReadError> {
        let roots = self.inner.sets.holding(gtin, &item.index_key());
        if roots.is_empty() {
            return Ok(Vec::new());
        }
        let register = Subject::Register(gtin.clone());
        self.read_register(gtin, &register).await?;
        let count = snapshot.index.find(&register.index_key()).map_or(0, |leaf| leaf.count);
        let mut found = Vec::new();
        for set in self.inner.sets.committed(gtin, &roots, snapshot.size()) {
            let recorded = parse(set.log_index, &self.entry(set.log_index).await?)?;
            let lot = recorded.claims().and_then(|event| event.lot()).cloned();
            let lot = lot.ok_or_else(|| ReadError::Damaged { what: format!("the set of entry {}", set.log_index) })?;
            // Corrections are on both chains; the one that a trace holds decides.
            let chain = if is_closed(&register, count) { &lot } else { &register };
            let mut entries = Entries::new();
            let places = self.chain(chain, snapshot, &mut entries).await?;
            let chains = Chains::from([(chain.clone(), places)]);
            let steps = steps(&chains, &entries, chain);
            found.extend(commitments(&steps).into_iter().find(|other| other.log_index == set.log_index));
        }
        Ok(found)
    }

    /// Reads the entries of a register that were not read before.
    async fn read_register(&self, gtin: &Gtin, register: &Subject) -> Result<(), ReadError> {
        let key = register.index_key();
        let count = self.newest().index.find(&key).map_or(0, |leaf| leaf.count);
        let from = self.inner.sets.read_of(gtin);
        if from < count {
            let mut sets = Vec::new();
            let more = usize::try_from(count - from).unwrap_or(usize::MAX);
            for place in read(self.inner.store.places(&key, from + 1, more).await)? {
                let log_index = place.link.log_index.get();
                let recorded = parse(log_index, &self.entry(log_index).await?)?;
                let root = recorded.claims().and_then(|event| event.committed()).map(|set| set.items_root);
                sets.extend(root.map(|root| Committed { log_index, root }));
            }
            self.inner.sets.extend(gtin, from, count, sets);
        }
        Ok(())
    }

    /// The proofs about sets that a story needs, from the lists that this ledger was given.
    async fn set_proofs(
        &self,
        asked: &Asked,
        visits: &[Visit],
        chains: &Chains,
        entries: &Entries,
        snapshot: &Snapshot,
    ) -> Result<Vec<SetProof>, ReadError> {
        let mut proofs: BTreeMap<(u64, String), SetProof> = BTreeMap::new();
        let mut prove = |set: &Commitment, item: &Subject| {
            let gtin = item.gtin()?;
            let index_proof = |list: &Index| IndexProof::of(&list.prove(&item.index_key()));
            let proof = self.inner.sets.with(gtin, &set.root, index_proof).flatten();
            let shown = SetProof { log_index: set.log_index, item: item.clone(), proof };
            proofs.insert((set.log_index, item.to_string()), shown)
        };
        let asked_item = Some(&asked.subject);
        let inputs = visits.iter().filter(|visit| visit.via == Via::Input).map(|visit| &visit.subject);
        let asks: BTreeSet<&Subject> = asked_item
            .into_iter()
            .chain(inputs)
            .filter(|item| asks_sets(item, &steps(chains, entries, item)))
            .collect();
        for item in asks {
            let Subject::Item(gtin, _) = item else {
                continue;
            };
            let register = Subject::Register(gtin.clone());
            let count = snapshot.index.find(&register.index_key()).map_or(0, |leaf| leaf.count);
            let is_asked = item == &asked.subject;
            let is_closed = is_closed(&register, count);
            let answering = if is_closed { asked.lot.as_ref() } else { Some(&register) };
            for set in
                answering.filter(|_| is_asked).into_iter().flat_map(|chain| commitments(&steps(chains, entries, chain)))
            {
                prove(&set, item);
            }
            if !is_asked || is_closed {
                let held = self.sets_with(item, gtin, snapshot).await?;
                let shown = held.iter().find(|set| !set.is_struck && entries.contains_key(&set.log_index));
                if let Some(set) = shown {
                    prove(set, item);
                }
            }
        }
        Ok(proofs.into_values().collect())
    }

    /// Gives the ledger the list behind a set commitment, so that it can answer for the items. A list with an item of another
    /// list is refused.
    pub fn add_manifest(&self, manifest: &SetManifest) -> Result<(), HeldTwice> {
        self.inner.sets.add(manifest)
    }

    /// For each entry the oldest cosigned checkpoint that covers it, the newest few.
    async fn anchors(&self, snapshot: &Snapshot, places: impl Iterator<Item = u64>) -> Result<Vec<Anchor>, ReadError> {
        let sizes = read(self.inner.store.cosigned(snapshot.size(), usize::MAX).await)?;
        let sizes: BTreeSet<u64> = sizes.into_iter().collect();
        let wanted: BTreeSet<u64> = places.filter_map(|place| sizes.range(place + 1..).next().copied()).collect();
        let mut anchors = Vec::new();
        for size in wanted.into_iter().rev().take(ANCHORS_MAX) {
            let Some(checkpoint) = read(self.inner.store.note(size).await)? else {
                continue;
            };
            let consistency = self.consistency(size, snapshot.size())?.hashes().to_vec();
            anchors.push(Anchor { checkpoint, consistency });
        }
        anchors.reverse();
        Ok(anchors)
    }

    /// The root that the log had at a size; `None` when it never got there.
    pub fn root_at(&self, size: TreeSize) -> Option<Hash> {
        self.inner.tree.read().unwrap_or_else(PoisonError::into_inner).root(size)
    }

    /// Joins two checkpoint sizes.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Consistency, ReadError> {
        let wrong = ReadError::Sizes { old, new };
        if new > self.newest().size() {
            return Err(wrong);
        }
        let tree = self.inner.tree.read().unwrap_or_else(PoisonError::into_inner);
        let sizes = TreeSize::new(old).zip(TreeSize::new(new));
        sizes.and_then(|(old, new)| tree.consistency(old, new)).ok_or(wrong)
    }

    /// Published entries from a place on: at most `max`.
    pub async fn entries(&self, from: u64, max: usize) -> Result<Vec<Vec<u8>>, ReadError> {
        let published = self.newest().size().saturating_sub(from);
        let max = max.min(usize::try_from(published).unwrap_or(usize::MAX));
        let mut entries = Vec::new();
        while entries.len() < max {
            let stretch = (max - entries.len()).min(STRETCH);
            let more = read(self.inner.store.entries(from + entries.len() as u64, stretch).await)?;
            if more.is_empty() {
                return Err(ReadError::Damaged { what: format!("entry {}", from + entries.len() as u64) });
            }
            entries.extend(more);
        }
        Ok(entries)
    }

    /// The hashes of a tile of the published tree, at any level.
    pub fn tile(&self, level: u8, number: u64, width: u64) -> Option<Vec<Hash>> {
        let tree = self.inner.tree.read().unwrap_or_else(PoisonError::into_inner);
        (0..width).map(|at| tree.node(u32::from(level) * 8, number * 256 + at)).collect()
    }

    /// Takes the cosignatures of known witnesses and auditors for a checkpoint that was published, and publishes them with it.
    pub async fn cosign(&self, note: &[u8]) -> Result<usize, CosignError> {
        let note = Note::parse(note)?;
        let claimed = Checkpoint::parse(note.claims())?;
        let size = claimed.size().get();
        let ours = match self.inner.store.note(size).await {
            Ok(Some(ours)) => ours,
            Ok(None) => return Err(CosignError::NotOurs { size }),
            Err(error) => return Err(CosignError::Store(error.to_string())),
        };
        let ours = Note::parse(&ours)?;
        if ours.claims() != note.claims() || size > self.newest().size() {
            return Err(CosignError::NotOurs { size });
        }
        let mut text = ours.to_string();
        let mut taken = 0;
        for cosigner in &self.inner.cosigners {
            let known = |line: &&headwater_tlog::note::NoteSignature| line.claims(&cosigner.key);
            if let Some(line) = note.signatures().iter().find(known) {
                claimed.verify_cosignature(&cosigner.key, line)?;
                taken += 1;
                if !ours.signatures().iter().any(|other| other == line) {
                    text += &format!("{line}\n");
                }
            }
        }
        if taken == 0 {
            return Err(CosignError::NoKnownCosigner);
        }
        self.inner
            .store
            .cosign(size, text.clone().into_bytes())
            .await
            .map_err(|error| CosignError::Store(error.to_string()))?;
        self.publish_cosigned(size, &text);
        Ok(taken)
    }

    fn publish_cosigned(&self, size: u64, note: &str) {
        let mut recent = self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = recent.iter().position(|snapshot| snapshot.size() == size) else {
            return;
        };
        let cosigned = Arc::new(Snapshot { note: note.into(), ..Snapshot::clone(&recent[at]) });
        recent[at] = cosigned.clone();
        debug_assert!(recent.len() <= RECENT_MAX);
        drop(recent);
        self.inner.newest.send_if_modified(|newest| {
            let same = newest.size() == size;
            if same {
                *newest = cosigned.clone();
            }
            same
        });
        if self.is_audited(note) {
            let mut audited = self.inner.audited.write().unwrap_or_else(PoisonError::into_inner);
            if audited.as_ref().is_none_or(|before| before.size() <= size) {
                *audited = Some(cosigned);
            }
        }
    }

    /// Whether enough auditors cosigned a note; their lines were verified when they were taken.
    pub(crate) fn is_audited(&self, note: &str) -> bool {
        let Ok(note) = Note::parse(note.as_bytes()) else {
            return false;
        };
        let auditors = self.inner.cosigners.iter().filter(|cosigner| cosigner.is_auditor);
        let count = auditors.filter(|auditor| note.signatures().iter().any(|line| line.claims(&auditor.key))).count();
        count > 0 && count >= self.inner.auditors_needed
    }

    async fn entry(&self, log_index: u64) -> Result<Vec<u8>, ReadError> {
        let found = read(self.inner.store.entries(log_index, 1).await)?.pop();
        found.ok_or_else(|| ReadError::NoEvent { what: log_index.to_string() })
    }
}

fn read<T, E: std::error::Error>(result: Result<T, E>) -> Result<T, ReadError> {
    result.map_err(|error| ReadError::Store(error.to_string()))
}

fn parse(log_index: u64, bytes: &[u8]) -> Result<Recorded, ReadError> {
    let index = LeafIndex::new(log_index).ok_or_else(|| ReadError::NoEvent { what: log_index.to_string() })?;
    Recorded::parse(index, bytes).map_err(|source| ReadError::Entry { log_index, source })
}

fn steps<'a>(chains: &Chains, entries: &'a Entries, subject: &Subject) -> Vec<Step<'a>> {
    let places = chains.get(subject).into_iter().flatten();
    let recorded = places.filter_map(|place| entries.get(place)).map(|(_, recorded)| recorded);
    recorded.map(Step::of).collect()
}
