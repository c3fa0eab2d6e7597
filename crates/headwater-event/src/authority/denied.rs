//! Why a party may not sign an event.

use headwater_tlog::hash::Hash;

use crate::event::Role;
use crate::gs1::CompanyPrefix;
use crate::kind::Kind;
use crate::signature::KeyUse;
use crate::subject::{PartyKey, Subject};

/// Why a party may not sign an event. All are the signer's fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// The event was said to another ledger.
    #[error("ledger_id: the event is for ledger {stated}, this is {ledger_id}")]
    OtherLedger {
        /// The ledger in the event.
        stated: Hash,
        /// This ledger.
        ledger_id: Hash,
    },
    /// Nobody registered this party.
    #[error("party: {party} is not registered")]
    UnknownParty {
        /// The party.
        party: PartyKey,
    },
    /// The party has no such key.
    #[error("key_id: {party} has no key {key_id}")]
    UnknownKey {
        /// The party.
        party: PartyKey,
        /// The key.
        key_id: Hash,
    },
    /// The key signs other kinds.
    #[error("key_id: key {key_id} is for {key_use}, and does not sign {kind}")]
    KeyUse {
        /// The key.
        key_id: Hash,
        /// What it is for.
        key_use: KeyUse,
        /// The kind of the event.
        kind: Kind,
    },
    /// The key is not in force.
    #[error("key_id: key {key_id} was not in force at {recorded_at_ms}")]
    KeyInterval {
        /// The key.
        key_id: Hash,
        /// When the event was recorded.
        recorded_at_ms: u64,
    },
    /// The key was revoked.
    #[error("key_id: key {key_id} is revoked since {since_ms}")]
    KeyRevoked {
        /// The key.
        key_id: Hash,
        /// Since when.
        since_ms: u64,
    },
    /// The event claims to lie in the future.
    #[error(
        "occurred_at_ms: {occurred_at_ms} lies more than 5 minutes after {recorded_at_ms}, the ledger's time for it"
    )]
    Future {
        /// When it is to have happened.
        occurred_at_ms: u64,
        /// When it was recorded.
        recorded_at_ms: u64,
    },
    /// The party does not hold the role.
    #[error("role: {party} does not hold role {role}")]
    Role {
        /// The party.
        party: PartyKey,
        /// The role.
        role: Role,
    },
    /// The role does not sign this kind.
    #[error("role: {role} does not sign this form of {kind}")]
    RoleForKind {
        /// The role.
        role: Role,
        /// The kind.
        kind: Kind,
    },
    /// The subject lies under no prefix of the party.
    #[error("subjects: {subject} lies under no prefix of {party}")]
    Goods {
        /// Whose prefixes were looked at.
        party: PartyKey,
        /// The subject.
        subject: Subject,
    },
    /// The principal did not delegate this.
    #[error("principal: {grantor} does not let {grantee} sign {kind} about {subject}")]
    Delegation {
        /// The principal.
        grantor: PartyKey,
        /// The signer.
        grantee: PartyKey,
        /// The kind.
        kind: Kind,
        /// The subject.
        subject: Subject,
    },
    /// The signer names itself as principal.
    #[error("principal: {party} is the signer itself")]
    OwnPrincipal {
        /// The party.
        party: PartyKey,
    },
    /// The laboratory's registration holds no such accreditation for these days.
    #[error("body.lab_inspection.accreditation: {accreditation} is not registered for {party} on the days of the test")]
    Accreditation {
        /// The laboratory.
        party: PartyKey,
        /// The accreditation.
        accreditation: String,
    },
    /// The original of a correction or lift is not on the chains of the subjects that are named.
    #[error("body: the original is on no chain of a subject that is named")]
    NoOriginal,
    /// This kind is not taken back in this way.
    #[error("body: a {kind} is not taken back by this event, or its id is another")]
    NotTakenBack {
        /// The original's kind.
        kind: Kind,
    },
    /// A correction or lift about other subjects.
    #[error("subjects: the subjects are exactly those of the original")]
    OtherSubjects,
    /// A correction or lift by somebody else.
    #[error(
        "party: only the author {author} or a regulator may take this back, not {party}; a regulator's recall only a regulator"
    )]
    NotAuthor {
        /// Who tried.
        party: PartyKey,
        /// The author.
        author: PartyKey,
    },
    /// A party event by somebody who may not sign it.
    #[error("party: this is signed by {allowed}, not by {party}")]
    PartyAct {
        /// Who tried.
        party: PartyKey,
        /// Who may.
        allowed: &'static str,
    },
    /// The party is registered already.
    #[error("subjects: {party} is already registered")]
    Registered {
        /// The party.
        party: PartyKey,
    },
    /// The prefix overlaps one of another party.
    #[error("body.party_event.grant_prefix.prefix: {prefix} overlaps a prefix of {holder}")]
    PrefixOverlap {
        /// The prefix.
        prefix: CompanyPrefix,
        /// Who holds the other.
        holder: PartyKey,
    },
    /// The key was bound before.
    #[error("body.party_event.add_key.public_key: key {key_id} was bound before")]
    KeyBound {
        /// The key.
        key_id: Hash,
    },
    /// A key cannot be retired from a time that is over.
    #[error("body.party_event.revoke_key.at_ms: {at_ms} lies before {recorded_at_ms}, the ledger's time for it")]
    Retroactive {
        /// From when it was to be retired.
        at_ms: u64,
        /// When it was recorded.
        recorded_at_ms: u64,
    },
    /// A revocation moves earlier, never later.
    #[error(
        "body.party_event.revoke_key.at_ms: key {key_id} is already revoked since {known_ms}; that may only move earlier"
    )]
    RevokedBefore {
        /// The key.
        key_id: Hash,
        /// Since when.
        known_ms: u64,
    },
    /// A re-affirmation is of a compromised key, and this key is not compromised.
    #[error("body.party_event.reaffirm.key_id: key {key_id} is not compromised; revoke it as compromised first")]
    NotCompromised {
        /// The key.
        key_id: Hash,
    },
    /// A re-affirmation reaches beyond the entries below its own.
    #[error("body.party_event.reaffirm.below: {below} is above {log_index}, the place of this event in the log")]
    AffirmedAhead {
        /// The log index that the re-affirmation names.
        below: u64,
        /// The log index of the re-affirmation.
        log_index: u64,
    },
    /// Afterwards the operator could sign no party event.
    #[error("body: after this the operator {operator} has no key or no role to sign party events with")]
    LastAdmin {
        /// The operator.
        operator: PartyKey,
    },
}

impl Denied {
    /// The name by which machines know it.
    pub fn reason(&self) -> &'static str {
        match self {
            Denied::OtherLedger { .. } => "OTHER_LEDGER",
            Denied::UnknownParty { .. } => "UNKNOWN_PARTY",
            Denied::UnknownKey { .. } => "UNKNOWN_KEY",
            Denied::KeyUse { .. } => "KEY_USE",
            Denied::KeyInterval { .. } => "KEY_NOT_IN_FORCE",
            Denied::KeyRevoked { .. } => "KEY_REVOKED",
            Denied::Future { .. } => "OCCURRED_IN_FUTURE",
            Denied::Role { .. } => "ROLE_NOT_HELD",
            Denied::RoleForKind { .. } => "ROLE_NOT_FOR_KIND",
            Denied::Goods { .. } => "NO_AUTHORITY_OVER_SUBJECT",
            Denied::Delegation { .. } => "NOT_DELEGATED",
            Denied::OwnPrincipal { .. } => "OWN_PRINCIPAL",
            Denied::Accreditation { .. } => "NOT_ACCREDITED",
            Denied::NoOriginal => "NO_ORIGINAL",
            Denied::NotTakenBack { .. } => "NOT_TAKEN_BACK",
            Denied::OtherSubjects => "OTHER_SUBJECTS",
            Denied::NotAuthor { .. } => "NOT_AUTHOR",
            Denied::PartyAct { .. } => "PARTY_ACT_NOT_ALLOWED",
            Denied::Registered { .. } => "ALREADY_REGISTERED",
            Denied::PrefixOverlap { .. } => "PREFIX_OVERLAP",
            Denied::KeyBound { .. } => "KEY_BOUND",
            Denied::Retroactive { .. } => "RETROACTIVE",
            Denied::RevokedBefore { .. } => "REVOKED_BEFORE",
            Denied::NotCompromised { .. } => "NOT_COMPROMISED",
            Denied::AffirmedAhead { .. } => "AFFIRMED_AHEAD",
            Denied::LastAdmin { .. } => "LAST_ADMIN",
        }
    }
}
