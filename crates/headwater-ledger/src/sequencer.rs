//! The one sequencer of a ledger: it drains the queue, extends chains, index and tree, and checks its own work. Then the sequencer signs,
//! commits once, publishes, and only then answers. No timer delays a batch: a lone caller waits for one sync, and many callers share one.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use headwater_event::authority::Denied;
use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody, IndexHead};
use headwater_event::event::{Event, EventId};
use headwater_event::kind::KindBody;
use headwater_event::kind::sticker::StickerAction;
use headwater_event::signed::AuthenticEvent;
use headwater_event::subject::Subject;
use headwater_tlog::chain::Chain;
use headwater_tlog::checkpoint::{Checkpoint, CheckpointError};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key};
use headwater_tlog::key::BadSignature;
use headwater_tlog::note::NoteSigner;
use headwater_tlog::proof::LastPath;
use headwater_tlog::tile::TILE_WIDTH;
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::evidence::{Extent, Ground};
use headwater_trace::recorded::Recorded;
use headwater_trace::turn::give_way;
use headwater_trace::verify::{Original, original_of};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::admission::{AppendError, Limits, SHOWN_ENTRY_BYTES_MAX, needless_principal};
use crate::ledger::{Decision, Inner, Job, Ledger, RECENT_MAX};
use crate::quota::Used;
use crate::receipts::Receipts;
use crate::snapshot::Snapshot;
use crate::spending::Budgets;
use crate::staged::Staged;
use crate::store::{Commit, CommitError, FullTile, Store, StoreFailure, read};
use crate::wait::{Wait, WaitLog};

/// Maximum number of events in a batch: 512 entries with the index head.
pub const EVENTS_MAX: usize = 511;
/// Interval at which an idle sequencer checks whether writes would wait, so that operators learn of a wait before authors do.
const LOOK: Duration = Duration::from_secs(5);

/// Reason for which the sequencer stopped. The ledger has to be opened again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fatal {
    /// Failure of the store: the last batch may or may not be stored.
    #[error(transparent)]
    Store(#[from] StoreFailure),
    /// Ledger that another process has moved.
    #[error("another writer moved the ledger from {expected} to {found} entries")]
    Fenced {
        /// Number of entries that the batch builds on.
        expected: TreeSize,
        /// Number of entries that the store has.
        found: TreeSize,
    },
    /// Failure of the sequencer's own check of its work.
    #[error("the staged batch does not add up: {part}")]
    Check {
        /// Part of the batch that is wrong or missing.
        part: &'static str,
    },
    /// Tree of another size than the batch builds on.
    #[error("the staged batch does not add up: the tree has {found} entries, the batch builds on {expected}")]
    Size {
        /// Number of entries that the batch builds on.
        expected: TreeSize,
        /// Number of entries of the tree.
        found: TreeSize,
    },
    /// Checkpoint over the batch that cannot be made.
    #[error("the staged batch does not add up: its checkpoint cannot be made")]
    Checkpoint(#[from] CheckpointError),
    /// Checkpoint over the batch that the log's key cannot sign.
    #[error("the staged batch does not add up: its checkpoint cannot be signed")]
    Unsigned(#[from] BadSignature),
}

/// The sequencer of a ledger. [`Sequencer::run`] is its whole life.
pub struct Sequencer<S> {
    pub(crate) ledger: Ledger<S>,
    pub(crate) jobs: mpsc::UnboundedReceiver<Job>,
    pub(crate) signer: NoteSigner,
    pub(crate) limits: Limits,
    pub(crate) idle_max: Duration,
    /// Time at which the next index head is due, if no event comes.
    pub(crate) beat_at: Instant,
    pub(crate) used: Used,
    /// Reason for which writes wait, as the log has it.
    pub(crate) waits: WaitLog,
}

/// Outcomes of the events of one job.
struct Decided {
    outcomes: Vec<EventOutcome>,
    extent: Extent,
    reply: oneshot::Sender<Vec<Decision>>,
}

/// Outcome of one event of a job.
enum EventOutcome {
    New { log_index: LeafIndex, keys: Vec<Subject> },
    Decided(Decision),
}

impl EventOutcome {
    /// Whether the outcome is of an entry of this batch: a new entry, or a repeat of such an entry.
    fn is_of(&self, staged: &Staged) -> bool {
        match self {
            EventOutcome::New { .. } => true,
            EventOutcome::Decided(Decision::Recorded { log_index }) => !staged.base.covers(*log_index),
            EventOutcome::Decided(_) => false,
        }
    }
}

impl<S: Store> Sequencer<S> {
    /// Sequences until the ledger is closed and the queue is empty, or until an error stops the sequencer.
    pub async fn run(mut self) -> Result<(), Fatal> {
        let mut waiting: VecDeque<Job> = VecDeque::new();
        // The operator learns at the start why writes would wait.
        let _ = self.look().await?;
        loop {
            if waiting.is_empty() {
                let pause = self.pause();
                let received = tokio::select! {
                    biased;
                    () = self.ledger.inner.closing.notified() => {
                        self.jobs.close();
                        continue;
                    }
                    () = self.ledger.inner.head_wanted.notified() => {
                        self.beat_at = Instant::now();
                        None
                    }
                    received = self.jobs.recv() => Some(received),
                    () = tokio::time::sleep(pause) => None,
                };
                let Some(received) = received else {
                    self.idle().await?;
                    continue;
                };
                let Some(job) = received else {
                    return Ok(());
                };
                waiting.push_back(job);
                // Tasks that are ready to hand in do so first; a lone author loses nothing by this.
                tokio::task::yield_now().await;
            }
            while let Ok(job) = self.jobs.try_recv() {
                waiting.push_back(job);
            }
            let mut events = 0;
            let fits = waiting.iter().take_while(|job| {
                events += job.events.len();
                events <= EVENTS_MAX
            });
            let fits = fits.count();
            self.sequence(waiting.drain(..fits).collect()).await?;
        }
    }

    async fn sequence(&mut self, mut jobs: Vec<Job>) -> Result<(), Fatal> {
        // An author that no longer listens sends the same bytes again.
        jobs.retain(|job| !job.reply.is_closed());
        let before = self.ledger.newest();
        let next = self.look().await?;
        let mut staged = Staged::new(&before, *next.as_ref().unwrap_or(&before.recorded_at_ms));
        let mut decided: Vec<Decided> = Vec::with_capacity(jobs.len());
        let ids = |job: &Job| job.events.iter().map(|event| author_id(event.event())).collect::<Vec<_>>();
        let asked: Vec<(Key, EventId)> = jobs.iter().flat_map(ids).collect();
        let known = read(self.store().find_ids(&asked).await)?;
        let mut asked = asked.into_iter().zip(known);
        for Job { events, budgets, extent, reply, faults, room } in jobs {
            let mut outcomes = Vec::with_capacity(events.len());
            for (event, (id, known)) in events.into_iter().zip(&mut asked) {
                let outcome = match &next {
                    Ok(_) => self.stage(&mut staged, &before, event, id, known, &budgets).await?,
                    Err(wait) => refused(AppendError::Waits(wait.clone())),
                };
                if matches!(outcome, EventOutcome::Decided(_)) {
                    give_way();
                }
                outcomes.push(outcome);
            }
            drop(room);
            let is_fault = |outcome: &&EventOutcome| matches!(outcome, EventOutcome::Decided(Decision::Refused(error)) if error.is_of_author());
            // The service charges for them even where the caller is gone by now.
            let _ = faults.send(outcomes.iter().filter(is_fault).count());
            decided.push(Decided { outcomes, extent, reply });
        }
        // The node may have put a hold on the ledger meanwhile.
        if let (false, Some(held)) = (staged.entries.is_empty(), self.ledger.held()) {
            let all = decided.iter_mut().flat_map(|decided| &mut decided.outcomes);
            for outcome in all.filter(|outcome| outcome.is_of(&staged)) {
                *outcome = refused(AppendError::Waits(held.clone().into()));
            }
        } else if !staged.entries.is_empty() {
            self.commit(&mut staged, &before).await?;
        }
        self.answer(&staged, decided).await
    }

    /// Time for which an idle sequencer sleeps: until an index head is due, or until the next check whether one can be written.
    fn pause(&self) -> Duration {
        let left = self.beat_at.saturating_duration_since(Instant::now());
        if left.is_zero() { LOOK } else { left.min(LOOK) }
    }

    /// Writes an index head alone when one is due, which shows readers of an idle ledger that the node is alive.
    async fn idle(&mut self) -> Result<(), Fatal> {
        let _ = self.look().await?;
        let next = read(self.ledger.next_time_of(true).await)?;
        if let Some(at_ms) = next.ok().filter(|_| Instant::now() >= self.beat_at) {
            let before = self.ledger.newest();
            if self.ledger.held().is_none_or(|held| held.lets_heads) {
                self.commit(&mut Staged::new(&before, at_ms), &before).await?;
            }
        }
        Ok(())
    }

    /// Returns the time of the next batch, or the reason for which writes wait, which the log gets.
    async fn look(&mut self) -> Result<Result<u64, Wait>, Fatal> {
        let next = read(self.ledger.next_time().await)?;
        self.waits.take(next.as_ref().err());
        Ok(next)
    }

    /// Decides on one event at the log index that it would get. `known` is the log index at which the store has the author's id for the
    /// event. `budgets` holds what was read ahead.
    async fn stage(
        &mut self,
        staged: &mut Staged,
        before: &Snapshot,
        event: AuthenticEvent,
        id: (Key, EventId),
        known: Option<LeafIndex>,
        budgets: &Budgets,
    ) -> Result<EventOutcome, Fatal> {
        // The same event again has the same author's id, so one look-up finds a repeat and an id that was used for another event.
        if let Some(log_index) = known.or_else(|| staged.ids.get(&id).copied()) {
            let entry = self.entry(staged, log_index).await?;
            return Ok(EventOutcome::Decided(repeat(&event, log_index, entry)));
        }
        let party = id.0;
        // For an event that its party may not sign, no chain is read or looked up, not even to find the original that the event names.
        if original_of(event.event()).is_some()
            && let Err(denied) = staged.authority.judge(event.event(), staged.position(), None)
            && !matches!(denied, Denied::NoOriginal)
        {
            return Ok(refused(denied));
        }
        let original = self.original(staged, event.event()).await?;
        let event = match staged.authority.authorize(event, staged.position(), original.as_ref()) {
            Ok(event) => event,
            Err(denied) => return Ok(refused(denied)),
        };
        let claims = event.event();
        let keys: Vec<Key> = claims.keys().map(Subject::index_key).collect();
        let chains: Vec<Chain> = keys.iter().map(|key| staged.chain(before, key)).collect();
        if let Err(error) = check_pins(claims, &chains) {
            return Ok(refused(error));
        }
        if let KindBody::Correction(correction) = &claims.body {
            for id in &correction.corrective_event_ids {
                if self.find_id(staged, &party, id).await?.is_none() {
                    return Ok(refused(AppendError::NoCorrective { id: *id }));
                }
            }
        }
        if let Some(item) = self.falsely_claimed(claims) {
            return Ok(refused(AppendError::Code { item }));
        }
        if let Some(principal) = needless_principal(&staged.authority, staged.at_ms, claims, original.as_ref()) {
            return Ok(refused(AppendError::Principal { principal: principal.clone() }));
        }
        // Only an event that the party may sign counts against its quotas.
        if let Err(error) = self.used.take(&self.limits, staged.at_ms, party, claims, &chains) {
            return Ok(refused(error));
        }
        let charges = self.ledger.charges(staged, &event, &chains, original.as_ref(), budgets).await;
        let charges = match read(charges)? {
            Ok(charges) => charges,
            Err(error) => return Ok(refused(error)),
        };
        let (keys, hash) = (claims.keys().cloned().collect(), event.hash());
        let log_index = staged.push(event, party, chains);
        if let Some(leaf) = staged.leaves.last() {
            for (key, charge) in charges {
                staged.spent.entry(key).or_default().take(&charge, leaf, &hash);
            }
        }
        Ok(EventOutcome::New { log_index, keys })
    }

    /// Returns the item of a claim whose code no set commits to.
    fn falsely_claimed(&self, claims: &Event) -> Option<Subject> {
        let KindBody::Sticker(sticker) = &claims.body else {
            return None;
        };
        let code = sticker.code.as_ref().filter(|_| sticker.action == StickerAction::Claimed)?;
        claims.keys().find(|item| !self.ledger.commits_to(item, code)).cloned()
    }

    /// Signs and commits the staged batch. The comments in this function state what a crash at each step leaves behind.
    async fn commit(&mut self, staged: &mut Staged, before: &Snapshot) -> Result<(), Fatal> {
        let mut index: Index = before.index.clone();
        index.update(staged.tails.values().map(|tail| tail.end.leaf()).collect());
        let head = Entry { recorded_at_ms: staged.at_ms, body: EntryBody::IndexHead(IndexHead { root: index.root() }) };
        let head = head.encode();
        staged.leaves.push(Hash::leaf(&head));
        staged.entries.push(head.clone());

        let (checkpoint, tiles) = self.grow(staged, before)?;
        staged.check(&index).map_err(|part| Fatal::Check { part })?;
        // Nothing has left the process so far: a crash leaves the old state.
        let note = checkpoint.sign(&self.signer)?.to_string();
        let commit = Commit {
            base: staged.base,
            entries: staged.entries.clone(),
            tiles,
            rows: staged.tails.values().flat_map(|tail| &tail.rows).copied().collect(),
            events: std::mem::take(&mut staged.events),
            note: note.clone().into_bytes(),
        };
        // A crash during the commit leaves the old state or the whole batch: the next open finds out which.
        self.store().commit(commit).await.map_err(|error| match error {
            CommitError::Fenced { expected, found } => Fatal::Fenced { expected, found },
            CommitError::Unknown(error) => StoreFailure::of(error).into(),
        })?;
        // From here on the batch is stored for ever. A crash before the answers costs the authors one retry.
        self.beat_at = Instant::now() + self.idle_max;
        metrics::counter!("headwater_entries_total").increment(staged.entries.len() as u64);
        metrics::histogram!("headwater_batch_events").record(staged.entries.len().saturating_sub(1) as f64);
        metrics::gauge!("headwater_size").set(checkpoint.size().get() as f64);
        let snapshot = Arc::new(Snapshot {
            checkpoint,
            note: note.into(),
            index,
            authority: staged.authority.clone(),
            recorded_at_ms: staged.at_ms,
            index_head: head.into(),
        });
        let inner: &Inner<S> = &self.ledger.inner;
        let mut kept = inner.spent.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, spent) in std::mem::take(&mut staged.spent) {
            kept.keep(key, Arc::new(spent));
        }
        drop(kept);
        let mut recent = inner.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back(snapshot.clone());
        if recent.len() > RECENT_MAX {
            recent.pop_front();
        }
        drop(recent);
        inner.newest.send_replace(snapshot);
        Ok(())
    }

    /// Puts the leaves into the tree. Returns the checkpoint over them, and the tiles that they fill. No read uses leaves beyond the
    /// published size.
    fn grow(&self, staged: &Staged, before: &Snapshot) -> Result<(Checkpoint, Vec<FullTile>), Fatal> {
        let mut tree = self.ledger.inner.tree.write().unwrap_or_else(PoisonError::into_inner);
        if tree.size() != before.checkpoint.size() {
            return Err(Fatal::Size { expected: before.checkpoint.size(), found: tree.size() });
        }
        for leaf in &staged.leaves {
            tree.push(*leaf).ok_or(Fatal::Check { part: "the tree takes no more entries" })?;
        }
        let size = tree.size();
        let root = tree.root(size).ok_or(Fatal::Check { part: "the root of the tree" })?;
        let checkpoint = Checkpoint::new(before.checkpoint.origin(), size, root)?;
        let full = staged.base.get() / TILE_WIDTH..size.get() / TILE_WIDTH;
        let tile = |number: u64| {
            let leaves =
                (number * TILE_WIDTH..(number + 1) * TILE_WIDTH).map(|place| tree.leaf(LeafIndex::new(place)?));
            leaves.collect::<Option<Vec<Hash>>>().map(|hashes| (number, hashes))
        };
        let tiles = full.map(tile).collect::<Option<Vec<_>>>().ok_or(Fatal::Check { part: "a tile" })?;
        Ok((checkpoint, tiles))
    }

    /// Builds, verifies and sends the receipts of a published batch.
    async fn answer(&self, staged: &Staged, decided: Vec<Decided>) -> Result<(), Fatal> {
        let snapshot = self.ledger.newest();
        let index_head = self.ledger.included_head(&snapshot);
        let ground = index_head.and_then(|included| Ground::read(included, &snapshot.checkpoint).ok());
        let mut receipts =
            Receipts { ledger: &self.ledger, staged, snapshot: &snapshot, ground, path: LastPath::default() };
        for Decided { outcomes, extent, reply } in decided {
            let mut answers = Vec::with_capacity(outcomes.len());
            for outcome in outcomes {
                answers.push(match outcome {
                    EventOutcome::Decided(decision) => decision,
                    EventOutcome::New { log_index, keys } => match receipts.of(log_index, keys, extent) {
                        Ok(receipt) => Decision::Appended(Arc::new(receipt)),
                        Err(error) => Decision::Refused(error),
                    },
                });
            }
            // An author that no longer listens sends the same bytes again, and gets receipts of the same entries.
            let _ = reply.send(answers);
        }
        Ok(())
    }

    fn store(&self) -> &S {
        &self.ledger.inner.store
    }

    async fn find_id(&self, staged: &Staged, party: &Key, id: &EventId) -> Result<Option<LeafIndex>, Fatal> {
        match staged.ids.get(&(*party, *id)) {
            Some(log_index) => Ok(Some(*log_index)),
            None => Ok(read(self.store().find_id(party, id).await)?),
        }
    }

    async fn entry(&self, staged: &Staged, log_index: LeafIndex) -> Result<Vec<u8>, Fatal> {
        if let Some(entry) = staged.entry(log_index) {
            return Ok(entry.clone());
        }
        let entry = read(self.store().entries(log_index, 1).await)?.pop();
        entry.ok_or(Fatal::Check { part: "an entry that was found" })
    }

    /// Finds the event that a correction names by its leaf, or a lift by its hash. Correction and lift name exactly the subjects of that
    /// event, so the event lies on the chain of the first.
    async fn original(&self, staged: &Staged, claims: &Event) -> Result<Option<Event>, Fatal> {
        let Some(named) = original_of(claims) else {
            return Ok(None);
        };
        let staged_place = match &named {
            Original::Entry(leaf) => staged.leaf_places.get(leaf),
            Original::Event(hash) => staged.hashes.get(hash),
        };
        let staged_place = staged_place.copied();
        if let Some(place) = staged_place {
            return Ok(event_at(place, &self.entry(staged, place).await?));
        }
        let Some(key) = claims.keys().next().map(Subject::index_key) else {
            return Ok(None);
        };
        for place in read(self.store().chain(&key, 1, usize::MAX).await)?.iter().rev() {
            if matches!(named, Original::Entry(leaf) if leaf != place.link.leaf) {
                continue;
            }
            let log_index = place.link.log_index;
            let entry = self.entry(staged, log_index).await?;
            if matches!(named, Original::Event(hash) if !holds(&entry, &hash)) {
                continue;
            }
            return Ok(event_at(log_index, &entry));
        }
        Ok(None)
    }
}

fn refused(error: impl Into<AppendError>) -> EventOutcome {
    EventOutcome::Decided(Decision::Refused(error.into()))
}

/// Decides on an event whose author's id an entry has already: the event was recorded before, or the id is of another event.
pub(crate) fn repeat(event: &AuthenticEvent, log_index: LeafIndex, entry: Vec<u8>) -> Decision {
    if holds(&entry, &event.hash()) {
        Decision::Recorded { log_index }
    } else {
        let entry = if entry.len() <= SHOWN_ENTRY_BYTES_MAX { entry } else { Vec::new() };
        Decision::Refused(AppendError::DuplicateId { id: event.event().event_id, log_index, entry })
    }
}

/// Author of an event, and the author's id for the event.
pub(crate) fn author_id(claims: &Event) -> (Key, EventId) {
    (Subject::Party(claims.party.clone()).index_key(), claims.event_id)
}

fn event_at(log_index: LeafIndex, entry: &[u8]) -> Option<Event> {
    Recorded::parse(log_index, entry).ok()?.claims().cloned()
}

/// Whether an entry records the event with this hash.
fn holds(entry: &[u8], hash: &Hash) -> bool {
    matches!(Entry::parse(entry), Ok(Entry { body: EntryBody::SignedEvent(signed), .. }) if Hash::plain(&signed.event) == *hash)
}

fn check_pins(claims: &Event, chains: &[Chain]) -> Result<(), AppendError> {
    for (at, pin) in claims.after.iter().enumerate() {
        let pinned =
            usize::try_from(pin.subject).ok().and_then(|place| chains.get(place)).zip(claims.subject(pin.subject));
        if let Some((chain, named)) = pinned.filter(|(chain, _)| (chain.count(), chain.head()) != (pin.count, pin.head))
        {
            let (count, head) = (chain.count(), chain.head());
            return Err(AppendError::StalePin { pin: at, subject: named.key.clone(), count, head });
        }
    }
    Ok(())
}
