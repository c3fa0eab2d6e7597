//! Admission: the checks before the queue, and every answer that an append can get.

use headwater_event::authority::{Authority, Denied};
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::{Event, EventId};
use headwater_event::fault::CodecError;
use headwater_event::kind::Kind;
use headwater_event::rules::{Finding, Rules, Severity};
use headwater_event::signed::{AuthenticEvent, NotAuthentic, SignedEvent};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::evidence::Receipt;

use crate::reader::ReadError;
use crate::spent::UsedUp;
use crate::wait::Wait;

/// Error of an append. Nothing of the event is stored; only [`AppendError::Stopping`] and [`AppendError::Failed`] leave that open. An event
/// that was recorded before stays recorded.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Bytes that are not a well-formed event.
    #[error(transparent)]
    Malformed(#[from] CodecError),
    /// Rules that the event breaks, as findings of severity reject.
    #[error("{}", first(.0))]
    Rules(Vec<Finding>),
    /// Signature that does not hold under the party's key.
    #[error(transparent)]
    NotAuthentic(#[from] NotAuthentic),
    /// Denial by the authority: the party may not sign this event.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Event id that the party used for other bytes before.
    #[error("event_id: {id} was used for another event, at entry {log_index}")]
    DuplicateId {
        /// Event id that both events have.
        id: EventId,
        /// Log index of the first event.
        log_index: LeafIndex,
        /// Its entry, as evidence; empty when it is longer than [`SHOWN_ENTRY_BYTES_MAX`].
        entry: Vec<u8>,
    },
    /// Pin that is not the current end of its chain.
    #[error("after.{pin}: {subject} has {count} entries and head {head} now")]
    StalePin {
        /// Number of the pin in the event's list of pins, from 0.
        pin: usize,
        /// Subject whose chain the pin names.
        subject: Subject,
        /// Number of entries on the chain now.
        count: u64,
        /// Head of the chain now.
        head: Hash,
    },
    /// Corrective event that the party has not recorded in this ledger.
    #[error("body.correction.corrective_event_ids: {id} is not an event of this party on the ledger")]
    NoCorrective {
        /// Id of the missing corrective event.
        id: EventId,
    },
    /// Claim whose code no set of this ledger commits to for the item.
    #[error("body.sticker.code: no list that this node holds commits to this code for {item}")]
    Code {
        /// Item that the event claims.
        item: Subject,
    },
    /// Quota of a day, or of a logistic unit, that is used up.
    #[error("{quota}: {limit} are used up")]
    Quota {
        /// Description of the quota, in words.
        quota: &'static str,
        /// Number of entries that the quota allows.
        limit: u64,
    },
    /// Budget for life that is used up.
    #[error(transparent)]
    UsedUp(#[from] UsedUp),
    /// Principal of an event that needs no right of another party.
    #[error("principal: {principal} is named, and the event needs no right of another party; leave it out")]
    Principal {
        /// Party that the event names as its principal.
        principal: PartyKey,
    },
    /// Event beyond the number that the ledger takes at once.
    #[error("at most {max} events are taken at once")]
    TooMany {
        /// Maximum number of events in a group.
        max: usize,
    },
    /// Event of a party that exceeds its rate.
    #[error("{per_second} events of a party in a second are taken; send the same bytes again later")]
    Rate {
        /// Events that one party may append in a second.
        per_second: u64,
    },
    /// Reason for which writes wait. Reads go on.
    #[error("{}", later(.0))]
    Waits(Wait),
    /// Overload: the queue, or the threads for reads, take no more. The same bytes may be sent again later.
    #[error("more waits than is taken; send the same bytes again later")]
    Overloaded,
    /// End of the ledger before it answered; the event may be recorded. The same bytes may be sent again, elsewhere or later.
    #[error("the ledger ended before it answered, and may have recorded the event; send the same bytes again later")]
    Stopping,
    /// Failure of the ledger to read what it needs, or to prove what it did. The event may have been appended: the same bytes, sent again,
    /// get its receipt.
    #[error("the ledger failed")]
    Failed(#[source] ReadError),
}

/// Text of a wait, with advice to send the same bytes again if the wait passes.
fn later(wait: &Wait) -> String {
    if wait.passes() { format!("{wait}; send the same bytes again later") } else { wait.to_string() }
}

fn first(findings: &[Finding]) -> String {
    findings.first().map_or_else(String::new, ToString::to_string)
}

/// Bytes of the entry that a refused duplicate shows. A header of gRPC holds hardly more.
pub const SHOWN_ENTRY_BYTES_MAX: usize = 2 * 1024;

impl AppendError {
    /// Whether the author made the fault: the same bytes are refused again, however the ledger and its load change.
    pub fn is_of_author(&self) -> bool {
        match self {
            AppendError::Malformed(_)
            | AppendError::Rules(_)
            | AppendError::NotAuthentic(_)
            | AppendError::Denied(_)
            | AppendError::DuplicateId { .. }
            | AppendError::NoCorrective { .. }
            | AppendError::Code { .. }
            | AppendError::Quota { .. }
            | AppendError::UsedUp(_)
            | AppendError::Principal { .. }
            | AppendError::TooMany { .. } => true,
            // The author of a stale pin signs anew. The others depend on the ledger and its load.
            AppendError::StalePin { .. }
            | AppendError::Rate { .. }
            | AppendError::Waits(_)
            | AppendError::Overloaded
            | AppendError::Stopping
            | AppendError::Failed(_) => false,
        }
    }
}

/// Answer to the author of an event: the receipt, or the error.
pub type AppendReply = Result<Receipt, AppendError>;

/// Limits on appends: the rate and quotas of one party, logistic units, budgets and the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Maximum number of events of one party in a second, over time.
    pub party_second: u64,
    /// Maximum number of events of one party at once, before that rate holds.
    pub party_burst: u64,
    /// Maximum number of entries of one party in a day.
    pub party_day: u64,
    /// Maximum number of entries of one party on one subject in a day.
    pub party_subject_day: u64,
    /// Maximum number of entries on a logistic unit in all.
    pub unit: u64,
    /// Whether the [budgets](crate::budget) of subjects bind. Without budgets, a chain may grow until no reader takes its trace.
    pub for_life: bool,
    /// Places of the queue in front of the sequencer.
    pub queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            party_second: 2_000,
            party_burst: 20_000,
            party_day: 1_000_000,
            party_subject_day: 256,
            unit: 512,
            for_life: true,
            queue: 4_096,
        }
    }
}

/// Whether the quotas of a day bind a kind. Recalls, lifts, corrections and party events have a rate and budgets for life instead.
pub(crate) fn is_limited(kind: Kind) -> bool {
    !matches!(kind, Kind::Recall | Kind::Correction | Kind::Party)
}

/// Parses an event and checks all that needs no log index: form, rules, key and signature.
pub(crate) fn admit(signed: SignedEventBytes, authority: &Authority) -> Result<AuthenticEvent, AppendError> {
    let event = SignedEvent::parse(signed)?;
    let key = authority.key_of(event.claims())?.clone();
    let authentic = event.authenticate(&key)?;
    let broken: Vec<Finding> =
        Rules::check(authentic.event()).into_iter().filter(|finding| finding.severity == Severity::Reject).collect();
    if broken.is_empty() { Ok(authentic) } else { Err(AppendError::Rules(broken)) }
}

/// Returns the principal of an event that needs no right of another party. Such a principal would bring chains of its own into every trace.
/// An author that corrects or lifts its own event may name the principal of that event again.
pub(crate) fn needless_principal<'a>(
    authority: &Authority,
    at_ms: u64,
    event: &'a Event,
    original: Option<&Event>,
) -> Option<&'a PartyKey> {
    let is_said_again = |principal: &PartyKey| {
        original.is_some_and(|original| original.party == event.party && original.principal.as_ref() == Some(principal))
    };
    event.principal.as_ref().filter(|principal| !authority.needs_principal(event, at_ms) && !is_said_again(principal))
}
