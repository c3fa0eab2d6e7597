//! What the ledger takes: the checks before the queue, and every answer that an append can get.

use headwater_event::authority::{Authority, Denied};
use headwater_event::entry::SignedBytes;
use headwater_event::event::{Event, EventId};
use headwater_event::fault::CodecError;
use headwater_event::kind::Kind;
use headwater_event::rules::{Finding, Rules, Severity};
use headwater_event::signed::{AuthenticEvent, NotAuthentic, SignedEvent};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::hash::Hash;
use headwater_trace::evidence::Receipt;

use crate::spent::UsedUp;
use crate::wait::Wait;

/// Why an event was not appended. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Not a well-formed event.
    #[error(transparent)]
    Malformed(#[from] CodecError),
    /// A rule of its kind is broken.
    #[error("{}", first(.0))]
    Rules(Vec<Finding>),
    /// The signature does not hold.
    #[error(transparent)]
    NotAuthentic(#[from] NotAuthentic),
    /// The party may not sign this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The party used this event id for other bytes.
    #[error("event_id: {id} was used for another event, at entry {log_index}")]
    DuplicateId {
        /// The id.
        id: EventId,
        /// Where the first event stands.
        log_index: u64,
        /// Its entry, as evidence; empty when it is longer than [`SHOWN_ENTRY_BYTES_MAX`].
        entry: Vec<u8>,
    },
    /// What the signer saw is not current.
    #[error("after.{pin}: {subject} has {count} entries and head {head} now")]
    StalePin {
        /// Which pin.
        pin: usize,
        /// Its subject.
        subject: Subject,
        /// The current count.
        count: u64,
        /// The current head.
        head: Hash,
    },
    /// A corrective event that the party has not put on the ledger.
    #[error("body.correction.corrective_event_ids: {id} is no event of this party on the ledger")]
    NoCorrective {
        /// The id.
        id: EventId,
    },
    /// A claim whose code no set of this ledger commits to for the item.
    #[error("body.sticker.code: no list that this node holds commits to this code for {item}")]
    Code {
        /// The item.
        item: Subject,
    },
    /// A quota is used up.
    #[error("{quota}: {limit} are used up")]
    Quota {
        /// Which quota.
        quota: &'static str,
        /// How many it allows.
        limit: u64,
    },
    /// A budget for life is used up.
    #[error(transparent)]
    UsedUp(#[from] UsedUp),
    /// A principal that nothing is said for.
    #[error("principal: {principal} is named, and the event needs no right of another party; leave it out")]
    Principal {
        /// The party that is named.
        principal: PartyKey,
    },
    /// More events at once than are taken.
    #[error("at most {max} events are taken at once")]
    TooMany {
        /// How many are.
        max: usize,
    },
    /// The party is faster than its rate.
    #[error("{per_second} events of a party in a second are taken; send the same bytes again later")]
    Rate {
        /// The rate.
        per_second: u64,
    },
    /// Writes wait. Reads go on.
    #[error("{}", later(.0))]
    Waits(Wait),
    /// More waits than the queue holds. Try the same bytes again.
    #[error("more waits than is taken; send the same bytes again later")]
    Overloaded,
    /// The ledger stops. Try the same bytes again, elsewhere or later.
    #[error("the ledger ended before it answered, and may have recorded the event; send the same bytes again later")]
    Stopping,
    /// The ledger could not read what it needs, or could not prove what it did. The event may have been appended: the
    /// same bytes sent again get its receipt.
    #[error("the ledger failed: {0}")]
    Failed(String),
}

/// Why writes wait, and whether the same bytes may be taken later.
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
            // An author whom another was faster than signs anew; the rest is the ledger's.
            AppendError::StalePin { .. }
            | AppendError::Rate { .. }
            | AppendError::Waits(_)
            | AppendError::Overloaded
            | AppendError::Stopping
            | AppendError::Failed(_) => false,
        }
    }

    /// The name by which machines know it.
    pub fn reason(&self) -> &'static str {
        match self {
            AppendError::Malformed(_) => "MALFORMED_EVENT",
            AppendError::Rules(_) => "RULE_BROKEN",
            AppendError::NotAuthentic(_) => "BAD_SIGNATURE",
            AppendError::Denied(denied) => denied.reason(),
            AppendError::DuplicateId { .. } => "DUPLICATE_EVENT_ID",
            AppendError::StalePin { .. } => "STALE_PIN",
            AppendError::NoCorrective { .. } => "NO_CORRECTIVE_EVENT",
            AppendError::Code { .. } => "BAD_CODE",
            AppendError::Quota { .. } => "QUOTA",
            AppendError::UsedUp(_) => "BUDGET",
            AppendError::Principal { .. } => "NO_PRINCIPAL_NEEDED",
            AppendError::TooMany { .. } => "TOO_MANY_EVENTS",
            AppendError::Rate { .. } => "RATE",
            AppendError::Waits(wait) => wait.reason(),
            AppendError::Overloaded => "OVERLOADED",
            AppendError::Stopping => "STOPPING",
            AppendError::Failed(_) => "FAILED",
        }
    }
}

/// What the author of an appended event gets.
pub type AppendReply = Result<Receipt, AppendError>;

/// How much one party may append.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Events of one party in a second, over time.
    pub party_second: u64,
    /// Events of one party at once, before that rate holds.
    pub party_burst: u64,
    /// Entries of one party in a day.
    pub party_day: u64,
    /// Entries of one party on one subject in a day.
    pub party_subject_day: u64,
    /// Entries on a logistic unit in all.
    pub unit: u64,
    /// Whether the [budgets](crate::budget) of subjects bind. Without them a chain may grow until no reader takes its trace.
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

/// Whether the quotas of a day bind a kind. Recalls, lifts, corrections and party events have a rate, and budgets for life.
pub(crate) fn is_limited(kind: Kind) -> bool {
    !matches!(kind, Kind::Recall | Kind::Correction | Kind::Party)
}

/// Reads an event and checks all that needs no place in the log: form, rules, key and signature.
pub(crate) fn admit(signed: SignedBytes, authority: &Authority) -> Result<AuthenticEvent, AppendError> {
    let event = SignedEvent::parse(signed)?;
    let key = authority.key_of(event.claims())?.clone();
    let authentic = event.authenticate(&key)?;
    let broken: Vec<Finding> =
        Rules::check(authentic.event()).into_iter().filter(|finding| finding.severity == Severity::Reject).collect();
    if broken.is_empty() { Ok(authentic) } else { Err(AppendError::Rules(broken)) }
}

/// The principal of an event that needs no right of another party: each would bring chains of its own into every trace. An author who takes
/// back what was said for a party may name that party again.
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
