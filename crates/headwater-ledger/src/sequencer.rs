//! The one sequencer of a ledger: it drains the queue, extends chains, index and tree, and checks its own work. Then the sequencer signs,
//! commits once, publishes, and only then answers. No timer delays a batch: a lone caller waits for one sync, and many callers share one.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody, IndexHead};
use headwater_event::event::EventId;
use headwater_tlog::checkpoint::{Checkpoint, CheckpointError};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key};
use headwater_tlog::key::BadSignature;
use headwater_tlog::note::NoteSigner;
use headwater_tlog::proof::LastPath;
use headwater_tlog::tile::TILE_WIDTH;
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::evidence::{Extent, Ground};
use headwater_trace::turn::give_way;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::admission::{AppendError, Limits};
use crate::ledger::{Decision, Inner, Job, Ledger, RECENT_MAX};
use crate::outcome::{EventOutcome, author_id, refused};
use crate::quota::Used;
use crate::receipts::Receipts;
use crate::snapshot::Snapshot;
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

    pub(crate) fn store(&self) -> &S {
        &self.ledger.inner.store
    }
}
