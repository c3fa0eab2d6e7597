//! The cheap handle to a ledger: it takes appends and gives out published states.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::vec;

use bytes::Bytes;
use headwater_event::entry::SignedEventBytes;
use headwater_event::signed::AuthenticEvent;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::NoteKey;
use headwater_tlog::tree::{LeafIndex, Tree};
use headwater_trace::evidence::{Extent, Receipt};
use headwater_trace::trace::TRACE_BYTES_MAX;
use headwater_trace::turn::give_way;
use headwater_trace::walk::Query;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::admission::{AppendError, AppendReply, admit};
use crate::aside::Aside;
use crate::clock::{Clock, Doubt, recorded_at};
use crate::crowd::Crowd;
use crate::outcome::{author_id, repeat};
use crate::reader::ReadError;
use crate::sets::Sets;
use crate::snapshot::Snapshot;
use crate::spending::{Budgets, Kept};
use crate::store::Store;
use crate::wait::{Held, Wait};

/// Number of published states that stay in memory. A cosignature makes one of these the audited state at once; an older state is rebuilt.
pub(crate) const RECENT_MAX: usize = 256;

/// Maximum weight of all traces that are kept for a crowd, in bytes: that of one of the longest.
pub(crate) const TRACES_BYTES_MAX: usize = TRACE_BYTES_MAX;

/// A witness or auditor whose cosignatures the ledger takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosigner {
    /// Key of the cosigner, with its name.
    pub key: NoteKey,
    /// Whether the cosigner replays every batch before it cosigns.
    pub is_auditor: bool,
}

/// Number of cosigners that make a checkpoint the audited one. A sort without a known cosigner needs no cosignature, but at least one known
/// cosigner has to sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quorum {
    /// Number of witnesses that have to cosign.
    pub witnesses: usize,
    /// Number of auditors that have to cosign.
    pub auditors: usize,
}

impl Default for Quorum {
    fn default() -> Self {
        Self { witnesses: 1, auditors: 1 }
    }
}

/// Maximum number of events in a group.
pub const GROUP_MAX: usize = 256;

/// Number of subjects of an event that take one more place in the queue.
const SUBJECTS_A_PLACE: usize = 8;
/// Largest number of places that one group takes: while a group waits for its places, events that come alone find no place.
const GROUP_PLACES_MAX: usize = 2 * GROUP_MAX;

/// A group after admission: events whose form, rules, key and signature hold, beside events that were refused or recorded before.
#[must_use = "admitted is not appended"]
pub struct Admitted {
    /// Events that go to the sequencer.
    queued: Vec<AuthenticEvent>,
    /// Decision on each event that was decided at once; `None` for an event that goes to the sequencer.
    decided: Vec<Option<Decision>>,
    budgets: Budgets,
}

impl Admitted {
    /// Number of events that were refused at admission for their author's fault.
    pub fn refused(&self) -> usize {
        let is_fault = |decided: &&Decision| matches!(decided, Decision::Refused(error) if error.is_of_author());
        self.decided.iter().flatten().filter(is_fault).count()
    }

    /// Number of entries that were read for the budgets of the events' subjects.
    pub fn read(&self) -> usize {
        self.budgets.read
    }
}

/// Admitted events that wait for the sequencer, with the room in the queue that they hold meanwhile.
pub(crate) struct Job {
    pub events: Vec<AuthenticEvent>,
    pub budgets: Budgets,
    pub extent: Extent,
    pub reply: oneshot::Sender<Vec<Decision>>,
    /// The number of events that are refused for their author's fault.
    pub faults: oneshot::Sender<usize>,
    pub room: OwnedSemaphorePermit,
}

/// The decision on one event.
pub(crate) enum Decision {
    /// New entry, with the receipt that was made with its batch.
    Appended(Arc<Receipt>),
    /// Entry that was recorded before. The caller that repeats the event has the receipt made.
    Recorded { log_index: LeafIndex },
    /// Refusal of the event, with its error.
    Refused(AppendError),
}

/// A group that was handed in. If this is dropped before the answers come, events that still wait are not taken.
#[must_use = "the answers tell what was appended"]
pub struct Pending<S> {
    ledger: Ledger<S>,
    extent: Extent,
    /// Decision on each event that was decided at once; `None` for an event that waits for the sequencer.
    decided: Vec<Option<Decision>>,
    waiting: Option<oneshot::Receiver<Vec<Decision>>>,
    faults: Option<oneshot::Receiver<usize>>,
}

impl<S: Store> Pending<S> {
    /// Number of events that the sequencer refuses for their author's fault. The number comes even when the caller does not wait for
    /// the answers.
    pub fn faults(&mut self) -> Option<oneshot::Receiver<usize>> {
        self.faults.take()
    }

    /// Waits until the sequencer has decided on the events.
    pub async fn sequenced(self) -> Answers<S> {
        let Self { ledger, extent, decided, waiting, faults: _ } = self;
        let sequenced = match waiting {
            Some(waiting) => waiting.await.unwrap_or_default(),
            None => Vec::new(),
        };
        let (decided, sequenced) = (decided.into_iter(), sequenced.into_iter());
        Answers { ledger, extent, decided, sequenced, again: None }
    }

    /// Waits for all answers, and returns them in the order of the events.
    pub async fn answers(self) -> Vec<AppendReply> {
        let mut answers = self.sequenced().await;
        let mut all = Vec::with_capacity(answers.left());
        while let Some(answer) = answers.next().await {
            all.push(answer.reply.map(Arc::unwrap_or_clone));
        }
        all
    }
}

/// Answer to one event.
pub struct Answer {
    /// Receipt of the event's entry, or the refusal. Repeats of one entry in a row share their receipt.
    pub reply: Result<Arc<Receipt>, AppendError>,
    /// Whether the entry was recorded before.
    pub is_repeat: bool,
}

/// Answers to a group, one for each event, in the order of the events. The answer to a repeat is made when the caller asks for it.
pub struct Answers<S> {
    ledger: Ledger<S>,
    extent: Extent,
    decided: vec::IntoIter<Option<Decision>>,
    sequenced: vec::IntoIter<Decision>,
    /// Receipt of the last repeat, with its log index: the next repeat may be of the same entry.
    again: Option<(LeafIndex, Arc<Receipt>)>,
}

impl<S: Store> Answers<S> {
    /// Whether an answer that is left is about an event that was recorded before.
    pub fn repeats(&self) -> bool {
        let decided = self.decided.as_slice().iter().flatten();
        decided.chain(self.sequenced.as_slice()).any(|decided| matches!(decided, Decision::Recorded { .. }))
    }

    /// Number of answers that are left.
    pub fn left(&self) -> usize {
        self.decided.len()
    }

    /// Returns the next answer; `None` after the last.
    pub async fn next(&mut self) -> Option<Answer> {
        let decided = self.decided.next()?;
        let decision = decided.or_else(|| self.sequenced.next());
        let is_repeat = matches!(decision, Some(Decision::Recorded { .. }));
        let reply = match decision.unwrap_or(Decision::Refused(AppendError::Stopping)) {
            Decision::Appended(receipt) => Ok(receipt),
            Decision::Refused(error) => Err(error),
            Decision::Recorded { log_index } => self.repeat(log_index).await,
        };
        Some(Answer { reply, is_repeat })
    }

    async fn repeat(&mut self, log_index: LeafIndex) -> Result<Arc<Receipt>, AppendError> {
        if let Some((_, receipt)) = self.again.as_ref().filter(|(of, _)| *of == log_index) {
            return Ok(receipt.clone());
        }
        let receipt = self.ledger.receipt_of(log_index, self.extent).await.map_err(|error| match error {
            ReadError::Busy => AppendError::Overloaded,
            error => AppendError::Failed(error),
        })?;
        let receipt = Arc::new(receipt);
        self.again = Some((log_index, receipt.clone()));
        Ok(receipt)
    }
}

pub(crate) struct Inner<S> {
    pub store: S,
    pub ledger_id: Hash,
    pub genesis: Arc<[u8]>,
    pub cosigners: Vec<Cosigner>,
    pub quorum: Quorum,
    pub clock: Arc<dyn Clock>,
    /// Whether the ledger keeps its last recorded time while the clock lies behind that time.
    pub holds_time: bool,
    /// Reasons for which the node keeps the ledger from signing, by the part of the node that holds the ledger.
    pub held: RwLock<BTreeMap<&'static str, Held>>,
    /// Notification that an index head alone is asked for.
    pub head_wanted: Notify,
    pub tree: RwLock<Tree>,
    pub newest: watch::Sender<Arc<Snapshot>>,
    pub audited: RwLock<Option<Arc<Snapshot>>>,
    pub recent: Mutex<VecDeque<Arc<Snapshot>>>,
    /// Lock for putting cosignatures into a note, by one caller at a time.
    pub cosigning: tokio::sync::Mutex<()>,
    /// Lock for rebuilding an old state, for one caller at a time.
    pub rebuilding: tokio::sync::Mutex<()>,
    /// Sets that the ledger can answer for.
    pub sets: Sets,
    /// Threads that make costly reads.
    pub aside: Aside,
    /// Whether budgets for life bind.
    pub for_life: bool,
    /// Use of the budgets of subjects.
    pub spent: Mutex<Kept>,
    /// Recent traces, by the query and the note that they are under.
    pub traces: Crowd<(Query, Arc<str>), Bytes>,
    pub queue: mpsc::UnboundedSender<Job>,
    /// Permits for the free places in the queue.
    pub room: Arc<Semaphore>,
    /// Number of places in the queue. An event takes one place, and one more for each [`SUBJECTS_A_PLACE`] of its subjects.
    pub places: usize,
    pub closing: Notify,
    /// Whether callers that follow, or have a stream open, have to leave.
    pub leaving: watch::Sender<bool>,
}

/// Handle to a ledger, as services hold it.
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

    /// Parses at most [`GROUP_MAX`] events and checks all that needs no log index. Refuses events beyond that number, and input that is not
    /// an event. Finds events that were recorded before, and reads what the sequencer will need. This is the cost of events in the time of
    /// their caller.
    pub async fn admit(
        &self,
        events: impl ExactSizeIterator<Item = Result<SignedEventBytes, AppendError>>,
    ) -> Admitted {
        let authority = self.newest().authority.clone();
        let (mut admitted, mut refused) = (Vec::with_capacity(events.len()), Vec::with_capacity(events.len()));
        for (at, signed) in events.enumerate() {
            // Between two events, other tasks and other threads have their turn.
            if at > 0 {
                give_way();
                tokio::task::yield_now().await;
            }
            let admission = match signed {
                Ok(_) if at >= GROUP_MAX => Err(AppendError::TooMany { max: GROUP_MAX }),
                Ok(signed) => admit(signed, &authority),
                Err(error) => Err(error),
            };
            match admission {
                Ok(event) => {
                    admitted.push(event);
                    refused.push(None);
                }
                Err(error) => refused.push(Some(error)),
            }
        }
        let (queued, decided) = self.decide(admitted, refused).await;
        let budgets = self.look_up_budgets(&queued).await;
        Admitted { queued, decided, budgets }
    }

    /// Appends an event and returns its receipt, once a published checkpoint covers the entry. The same event again gets a receipt of the
    /// same entry. A full queue refuses the event.
    pub async fn append(&self, signed: SignedEventBytes) -> AppendReply {
        let admitted = self.admit([Ok(signed)].into_iter()).await;
        let pending = self.try_submit(admitted, Extent::Complete).await?;
        pending.answers().await.pop().unwrap_or(Err(AppendError::Stopping))
    }

    /// Hands in admitted events, unless the queue is full.
    pub async fn try_submit(&self, admitted: Admitted, extent: Extent) -> Result<Pending<S>, AppendError> {
        match self.places(&admitted) {
            0 => Ok(self.pending(admitted.decided, extent)),
            wanted => {
                let room = self.inner.room.clone().try_acquire_many_owned(wanted);
                Ok(self.enqueue(admitted, extent, room.map_err(|_| AppendError::Overloaded)?))
            }
        }
    }

    /// Hands in admitted events, and waits for room in the queue: back-pressure for a stream. The receipts come once the events are
    /// sequenced, so one caller can have many groups under way. The receipts prove as much as `extent` states.
    pub async fn submit(&self, admitted: Admitted, extent: Extent) -> Pending<S> {
        let wanted = self.places(&admitted);
        match self.inner.room.clone().acquire_many_owned(wanted).await {
            Ok(room) if wanted > 0 => self.enqueue(admitted, extent, room),
            _ => self.pending(admitted.decided, extent),
        }
    }

    /// Number of places that a group takes in the queue, up to [`GROUP_PLACES_MAX`].
    fn places(&self, admitted: &Admitted) -> u32 {
        let place = |event: &AuthenticEvent| 1 + event.event().subjects.len() / SUBJECTS_A_PLACE;
        let wanted: usize = admitted.queued.iter().map(place).sum();
        u32::try_from(wanted.min(self.inner.places).min(GROUP_PLACES_MAX)).unwrap_or(u32::MAX)
    }

    /// Separates events that are decided at once from those that go to the sequencer. Recorded events bypass the queue.
    async fn decide(
        &self,
        events: Vec<AuthenticEvent>,
        refused: Vec<Option<AppendError>>,
    ) -> (Vec<AuthenticEvent>, Vec<Option<Decision>>) {
        let mut known = self.recorded(&events).await.into_iter();
        let mut queued = Vec::with_capacity(events.len());
        let mut events = events.into_iter();
        let decide = |refused: Option<AppendError>| {
            refused.map(Decision::Refused).or_else(|| {
                let (event, known) = (events.next(), known.next().flatten());
                queued.extend(event.filter(|_| known.is_none()));
                known
            })
        };
        let decided = refused.into_iter().map(decide).collect();
        (queued, decided)
    }

    /// Returns the decisions on events that their authors handed in before. An event whose entry cannot be read waits for the sequencer.
    async fn recorded(&self, events: &[AuthenticEvent]) -> Vec<Option<Decision>> {
        let asked: Vec<_> = events.iter().map(|event| author_id(event.event())).collect();
        let size = self.newest().size();
        let found = self.inner.store.find_ids(&asked).await.unwrap_or_default();
        let mut decided = Vec::with_capacity(events.len());
        for (event, found) in events.iter().zip(found) {
            decided.push(match found.filter(|log_index| size.covers(*log_index)) {
                Some(log_index) => self.entry(log_index).await.ok().map(|entry| repeat(event, log_index, entry)),
                None => None,
            });
        }
        decided
    }

    fn pending(&self, decided: Vec<Option<Decision>>, extent: Extent) -> Pending<S> {
        Pending { ledger: self.clone(), extent, decided, waiting: None, faults: None }
    }

    fn enqueue(&self, admitted: Admitted, extent: Extent, room: OwnedSemaphorePermit) -> Pending<S> {
        let Admitted { queued: events, decided, budgets, .. } = admitted;
        let ((reply, waiting), (faults, counted)) = (oneshot::channel(), oneshot::channel());
        // A ledger that is stopping drops the job, and with it the other end of the answers.
        let _ = self.inner.queue.send(Job { events, budgets, extent, reply, faults, room });
        Pending { waiting: Some(waiting), faults: Some(counted), ..self.pending(decided, extent) }
    }

    /// Runs a costly future on the threads for reads, so that appends do not wait for it.
    pub async fn aside<T: Send + 'static>(
        &self,
        making: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.inner.aside.make(making).await
    }

    /// The newest published state.
    pub fn newest(&self) -> Arc<Snapshot> {
        self.inner.newest.borrow().clone()
    }

    /// Newest state that enough witnesses and auditors cosigned; `None` until such a state exists.
    pub fn audited(&self) -> Option<Arc<Snapshot>> {
        self.inner.audited.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns a receiver of the newest published state. A new cosignature on that state is a change too.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.inner.newest.subscribe()
    }

    /// Asks all callers that follow, or have a stream open, to leave.
    pub fn send_away(&self) {
        self.inner.leaving.send_replace(true);
    }

    /// Whether callers that follow, or have a stream open, are asked to leave.
    pub fn is_leaving(&self) -> bool {
        *self.inner.leaving.borrow()
    }

    /// Waits until callers that follow, or have a stream open, are asked to leave.
    pub async fn leaving(&self) {
        let mut leaving = self.inner.leaving.subscribe();
        // The sender lives as long as this handle.
        let _ = leaving.wait_for(|leaving| *leaving).await;
    }

    /// Keeps the ledger from signing on behalf of one part of the node, or ends the hold of that part.
    pub fn hold(&self, part: &'static str, held: Option<Held>) {
        let mut all = self.inner.held.write().unwrap_or_else(PoisonError::into_inner);
        match held {
            Some(held) => drop(all.insert(part, held)),
            None => drop(all.remove(part)),
        }
    }

    /// Strictest reason for which the node keeps the ledger from signing.
    pub(crate) fn held(&self) -> Option<Held> {
        let all = self.inner.held.read().unwrap_or_else(PoisonError::into_inner);
        // A hold that needs a person comes first, then the hold that allows least.
        all.values().min_by_key(|held| (held.reason.passes(), held.lets_heads)).cloned()
    }

    /// Asks for an index head alone, soon.
    pub fn ask_for_head(&self) {
        self.inner.head_wanted.notify_one();
    }

    /// Returns the time at which a batch would be recorded now, or the reason for which writes wait.
    pub async fn next_time(&self) -> Result<Result<u64, Wait>, S::Error> {
        self.next_time_of(false).await
    }

    /// Does the same as [`Ledger::next_time`], for a batch or for an index head alone.
    pub(crate) async fn next_time_of(&self, head_alone: bool) -> Result<Result<u64, Wait>, S::Error> {
        let last_ms = self.newest().recorded_at_ms;
        // The clock is read in any case: a clock that is behind is read anew.
        let time = recorded_at(&*self.inner.clock, last_ms, self.inner.holds_time);
        let held = self.held().filter(|held| !(head_alone && held.lets_heads));
        match (held, time) {
            // A doubt about the time may need a person, so the doubt comes before a hold that passes.
            (Some(held), Ok(_) | Err(Doubt::Unseen)) => return Ok(Err(held.into())),
            (Some(held), Err(_)) if !held.reason.passes() => return Ok(Err(held.into())),
            _ => {}
        }
        match time {
            Err(doubt) => Ok(Err(doubt.into())),
            Ok(_) if !self.inner.store.has_room().await? => Ok(Err(Wait::NoSpace)),
            Ok(at_ms) => Ok(Ok(at_ms)),
        }
    }

    /// Takes no more appends. Events that wait are still sequenced, then the sequencer ends.
    pub fn close(&self) {
        self.inner.closing.notify_one();
    }

    /// Store that holds the ledger.
    pub fn store(&self) -> &S {
        &self.inner.store
    }
}
