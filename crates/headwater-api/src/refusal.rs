//! Refusals by their names: one table for the gRPC service, for the routes over HTTP, and for callers.

use std::time::Duration;

use headwater_event::authority::Denied;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Declares the refusals: the words, the variant, the name on the wire, the gRPC code, and whether the refusal passes.
macro_rules! refusals {
    ($(#[doc = $words:literal] $variant:ident = $name:literal, $code:ident $(, $passes:ident)?;)*) => {
        /// Reason for which a node refuses a call.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[non_exhaustive]
        pub enum Refusal {
            $(#[doc = $words] $variant,)*
        }

        impl Refusal {
            /// Every refusal, in the order of its declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Name of the refusal on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Code of the gRPC status that a call ends with.
            pub const fn code(self) -> Code {
                match self {
                    $(Self::$variant => Code::$code,)*
                }
            }

            /// Whether the refusal passes: the node may take the same bytes when they are sent again later.
            pub const fn is_passing(self) -> bool {
                match self {
                    $(Self::$variant => false $(|| Self::$passes)?,)*
                }
            }

            /// Description of the refusal, in one sentence.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $words.trim_ascii(),)*
                }
            }
        }
    };
}

/// Shortest wait of a client after a refusal that passes.
pub const RETRY: Duration = Duration::from_millis(200);
/// Domain of the error details of a ledger (`google.rpc.ErrorInfo`).
pub const DOMAIN: &str = "headwater";

impl Refusal {
    /// Value of the last column of the table: the refusal passes.
    const PASSES: bool = true;

    /// Reads a refusal from its name. `None` for the name of a refusal that is newer than this crate.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|refusal| refusal.name() == name)
    }

    /// Reads the refusal from the details of a status. `None` for a status that does not come from a node, or that is newer than this crate.
    pub fn of(status: &Status) -> Option<Self> {
        Self::parse(&status.get_details_error_info()?.reason)
    }
}

/// Whether a call that ended with this status may be made again. Its outcome is unknown (a broken connection often
/// appears as an internal error), or the node turned the call away for a while. Calls are idempotent.
pub fn may_call_again(status: &Status) -> bool {
    let lost = [Code::Unavailable, Code::Unknown, Code::Internal, Code::Cancelled, Code::DeadlineExceeded];
    lost.contains(&status.code()) || status.get_details_retry_info().is_some()
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl From<&Denied> for Refusal {
    fn from(denied: &Denied) -> Self {
        match denied {
            Denied::OtherLedger { .. } => Refusal::OtherLedger,
            Denied::UnknownParty { .. } => Refusal::UnknownParty,
            Denied::UnknownKey { .. } => Refusal::UnknownKey,
            Denied::KeyUse { .. } => Refusal::KeyUse,
            Denied::KeyInterval { .. } => Refusal::KeyNotInForce,
            Denied::KeyRevoked { .. } => Refusal::KeyRevoked,
            Denied::Future { .. } => Refusal::OccurredInFuture,
            Denied::Role { .. } => Refusal::RoleNotHeld,
            Denied::RoleForKind { .. } => Refusal::RoleNotForKind,
            Denied::Goods { .. } => Refusal::NoAuthorityOverSubject,
            Denied::Delegation { .. } => Refusal::NotDelegated,
            Denied::OwnPrincipal { .. } => Refusal::OwnPrincipal,
            Denied::Accreditation { .. } => Refusal::NotAccredited,
            Denied::NoOriginal => Refusal::NoOriginal,
            Denied::NotTakenBack { .. } => Refusal::NotTakenBack,
            Denied::OtherSubjects => Refusal::OtherSubjects,
            Denied::NotAuthor { .. } => Refusal::NotAuthor,
            Denied::PartyAct { .. } => Refusal::PartyActNotAllowed,
            Denied::Registered { .. } => Refusal::AlreadyRegistered,
            Denied::PrefixOverlap { .. } => Refusal::PrefixOverlap,
            Denied::KeyBound { .. } => Refusal::KeyBound,
            Denied::Retroactive { .. } => Refusal::Retroactive,
            Denied::RevokedBefore { .. } => Refusal::RevokedBefore,
            Denied::NotCompromised { .. } => Refusal::NotCompromised,
            Denied::AffirmedAhead { .. } => Refusal::AffirmedAhead,
            Denied::LastAdmin { .. } => Refusal::LastAdmin,
        }
    }
}

refusals! {
    /// The bytes are not an event.
    MalformedEvent = "MALFORMED_EVENT", InvalidArgument;
    /// The event breaks a rule that rejects.
    RuleBroken = "RULE_BROKEN", InvalidArgument;
    /// The key did not sign the event or the request.
    BadSignature = "BAD_SIGNATURE", Unauthenticated;
    /// The party has recorded another event under this event id.
    DuplicateEventId = "DUPLICATE_EVENT_ID", AlreadyExists;
    /// A chain has grown since the author pinned it.
    StalePin = "STALE_PIN", FailedPrecondition;
    /// The correction names a corrective event that is not recorded.
    NoCorrectiveEvent = "NO_CORRECTIVE_EVENT", InvalidArgument;
    /// No set proves the code for the item.
    BadCode = "BAD_CODE", InvalidArgument;
    /// The quota of a day is used up.
    Quota = "QUOTA", ResourceExhausted;
    /// The budget of the subject for life is used up.
    Budget = "BUDGET", ResourceExhausted;
    /// The event names a principal, and the signer needs no right of another party.
    NoPrincipalNeeded = "NO_PRINCIPAL_NEEDED", InvalidArgument;
    /// The call holds more events than one call may.
    TooManyEvents = "TOO_MANY_EVENTS", InvalidArgument;
    /// The caller or the party is faster than its rate.
    Rate = "RATE", ResourceExhausted, PASSES;
    /// The disk of the ledger is nearly full.
    NoSpace = "NO_SPACE", ResourceExhausted, PASSES;
    /// The time of the node is in doubt.
    Clock = "CLOCK", Unavailable, PASSES;
    /// The node waits until its anchors follow it.
    Unanchored = "UNANCHORED", Unavailable, PASSES;
    /// The task that asks the anchors ended.
    AnchorsLost = "ANCHORS_LOST", Unavailable;
    /// An anchor holds a longer log than the node.
    RolledBack = "ROLLED_BACK", Unavailable;
    /// An anchor holds another log than the node.
    Forked = "FORKED", Unavailable;
    /// The home of the node was copied or moved.
    Copied = "COPIED", Unavailable;
    /// Too much is under way.
    Overloaded = "OVERLOADED", ResourceExhausted, PASSES;
    /// The node is stopping.
    Stopping = "STOPPING", Unavailable, PASSES;
    /// The node failed while it did what the call asks for.
    Failed = "FAILED", Internal;

    /// The event is for another ledger.
    OtherLedger = "OTHER_LEDGER", PermissionDenied;
    /// The party is not registered.
    UnknownParty = "UNKNOWN_PARTY", PermissionDenied;
    /// The party does not have the key.
    UnknownKey = "UNKNOWN_KEY", PermissionDenied;
    /// The key signs other kinds of events.
    KeyUse = "KEY_USE", PermissionDenied;
    /// The recorded time lies outside the interval of the key.
    KeyNotInForce = "KEY_NOT_IN_FORCE", PermissionDenied;
    /// The key is revoked.
    KeyRevoked = "KEY_REVOKED", PermissionDenied;
    /// The event occurred in the future.
    OccurredInFuture = "OCCURRED_IN_FUTURE", PermissionDenied;
    /// The party does not have the role.
    RoleNotHeld = "ROLE_NOT_HELD", PermissionDenied;
    /// The role does not sign the kind.
    RoleNotForKind = "ROLE_NOT_FOR_KIND", PermissionDenied;
    /// The signer has no authority over a subject.
    NoAuthorityOverSubject = "NO_AUTHORITY_OVER_SUBJECT", PermissionDenied;
    /// The principal did not delegate the act.
    NotDelegated = "NOT_DELEGATED", PermissionDenied;
    /// The signer names itself as principal.
    OwnPrincipal = "OWN_PRINCIPAL", PermissionDenied;
    /// The laboratory does not have the accreditation.
    NotAccredited = "NOT_ACCREDITED", PermissionDenied;
    /// The original of a correction or a lift is not recorded.
    NoOriginal = "NO_ORIGINAL", PermissionDenied;
    /// Events of this kind are not taken back by a correction.
    NotTakenBack = "NOT_TAKEN_BACK", PermissionDenied;
    /// The correction names other subjects than its original.
    OtherSubjects = "OTHER_SUBJECTS", PermissionDenied;
    /// Another party wrote the original.
    NotAuthor = "NOT_AUTHOR", PermissionDenied;
    /// The signer may not perform the act on the party.
    PartyActNotAllowed = "PARTY_ACT_NOT_ALLOWED", PermissionDenied;
    /// The party is registered already.
    AlreadyRegistered = "ALREADY_REGISTERED", PermissionDenied;
    /// The prefix overlaps one that another party holds.
    PrefixOverlap = "PREFIX_OVERLAP", PermissionDenied;
    /// The key belongs to a party already.
    KeyBound = "KEY_BOUND", PermissionDenied;
    /// The act would begin in the past.
    Retroactive = "RETROACTIVE", PermissionDenied;
    /// The key was revoked before.
    RevokedBefore = "REVOKED_BEFORE", PermissionDenied;
    /// The key that a re-affirmation names is not compromised.
    NotCompromised = "NOT_COMPROMISED", PermissionDenied;
    /// The re-affirmation reaches beyond the log.
    AffirmedAhead = "AFFIRMED_AHEAD", PermissionDenied;
    /// The party would be left without a key for party events.
    LastAdmin = "LAST_ADMIN", PermissionDenied;

    /// A field of the request cannot be read.
    MalformedRequest = "MALFORMED_REQUEST", InvalidArgument;
    /// No event with this author and event id is recorded.
    NoEvent = "NO_EVENT", NotFound;
    /// The node holds no checkpoint that its auditors cosigned, or the event is newer than that checkpoint.
    NotAudited = "NOT_AUDITED", FailedPrecondition;
    /// The log has never had these sizes.
    NoSuchSizes = "NO_SUCH_SIZES", OutOfRange;

    /// No path of the node has this name.
    NoSuchPath = "NO_SUCH_PATH", NotFound;
    /// The path is not a tile, or the log is too small for the tile.
    NoTile = "NO_TILE", NotFound;
    /// The node has no policy file.
    NoPolicy = "NO_POLICY", NotFound;
    /// The node has no proof for the question.
    NoProof = "NO_PROOF", NotFound;
    /// The node cannot answer the question at this time, or failed.
    Unreadable = "UNREADABLE", Internal;
    /// The text is not a GS1 Digital Link.
    NoDigitalLink = "NO_DIGITAL_LINK", InvalidArgument;
    /// The link names no subject of a ledger.
    NoSubject = "NO_SUBJECT", InvalidArgument;
    /// The node knows no record of the subject.
    Unknown = "UNKNOWN", NotFound;
    /// The linkset of the subject has no link of the type.
    NoLink = "NO_LINK", NotFound;
    /// The cosigned checkpoint is of another log or another history.
    NotOurs = "NOT_OURS", FailedPrecondition;
    /// The cosignature cannot be taken.
    CosignatureRefused = "COSIGNATURE_REFUSED", PermissionDenied;
    /// The node records no claims of shoppers.
    NoClaims = "NO_CLAIMS", NotFound;
    /// The text is not a code of a scratch layer.
    NoCode = "NO_CODE", InvalidArgument;
    /// The text is not the random value of a look.
    NoLook = "NO_LOOK", InvalidArgument;
    /// Too many claims wait for their turn.
    Busy = "BUSY", ResourceExhausted;
    /// The text is not the hash of an attachment.
    NoHash = "NO_HASH", InvalidArgument;
    /// The node does not hold the attachment.
    NoAttachment = "NO_ATTACHMENT", NotFound;
    /// No event of the party announces the attachment.
    NotAnnounced = "NOT_ANNOUNCED", NotFound;
    /// The bytes are not the list of a set.
    NoSet = "NO_SET", InvalidArgument;
    /// Another set holds a serial of the list.
    HeldTwice = "HELD_TWICE", AlreadyExists;
    /// The attachment is longer than an attachment may be.
    TooLong = "TOO_LONG", InvalidArgument;
    /// The upload goes on at another offset.
    Offset = "OFFSET", FailedPrecondition;
    /// The upload broke off.
    BrokenOff = "BROKEN_OFF", DeadlineExceeded;
    /// The bytes have another hash than the event announces.
    OtherBytes = "OTHER_BYTES", InvalidArgument;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_refusal() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::parse(refusal.name()), Some(*refusal));
            assert!(refusal.description().ends_with('.'), "{refusal}");
        }
        assert_eq!(Refusal::parse("NEWER_THAN_THIS"), None);
    }
}
