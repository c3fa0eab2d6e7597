//! Refusals of events that a party may not sign.

use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;

use crate::event::Role;
use crate::gs1::CompanyPrefix;
use crate::kind::Kind;
use crate::signature::KeyUse;
use crate::subject::{PartyKey, Subject};

/// Refusal of an event that a party may not sign. The signer is at fault in every case.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Denied {
    /// The event is for another ledger.
    #[error("ledger_id: the event is for ledger {stated}, this is {ledger_id}")]
    OtherLedger {
        /// Ledger id in the event.
        stated: Hash,
        /// Id of this ledger.
        ledger_id: Hash,
    },
    /// The party is not registered in this ledger.
    #[error("party: {party} is not registered")]
    UnknownParty {
        /// Party that is not registered.
        party: PartyKey,
    },
    /// The party does not have the key.
    #[error("key_id: {party} has no key {key_id}")]
    UnknownKey {
        /// Party that the event names.
        party: PartyKey,
        /// Key id in the event.
        key_id: Hash,
    },
    /// The key signs other kinds of events.
    #[error("key_id: key {key_id} is for {key_use}, and does not sign {kind}")]
    KeyUse {
        /// SHA-256 of the public key.
        key_id: Hash,
        /// Use that the key is for.
        key_use: KeyUse,
        /// Kind of the refused event.
        kind: Kind,
    },
    /// The recorded time lies outside the interval of the key.
    #[error("key_id: key {key_id} was not in force at {recorded_at_ms}")]
    KeyInterval {
        /// SHA-256 of the public key.
        key_id: Hash,
        /// Time for which the key was checked, in milliseconds UTC.
        recorded_at_ms: u64,
    },
    /// The key was retired by then, or is compromised.
    #[error("key_id: key {key_id} is revoked since {since_ms}")]
    KeyRevoked {
        /// SHA-256 of the public key.
        key_id: Hash,
        /// Start of the revocation, in milliseconds UTC.
        since_ms: u64,
    },
    /// The event claims a time in the future.
    #[error(
        "occurred_at_ms: {occurred_at_ms} lies more than 5 minutes after {recorded_at_ms}, the ledger's time for it"
    )]
    Future {
        /// Time that the event claims, in milliseconds UTC.
        occurred_at_ms: u64,
        /// Recorded time of the event, in milliseconds UTC.
        recorded_at_ms: u64,
    },
    /// The party does not hold the role.
    #[error("role: {party} does not hold role {role}")]
    Role {
        /// Party without the role.
        party: PartyKey,
        /// Role that the party does not hold.
        role: Role,
    },
    /// The role does not sign this form of the kind.
    #[error("role: {role} does not sign this form of {kind}")]
    RoleForKind {
        /// Role in which the event is signed.
        role: Role,
        /// Kind of the refused event.
        kind: Kind,
    },
    /// The subject lies under no prefix of the party.
    #[error("subjects: {subject} lies under no prefix of {party}")]
    Goods {
        /// Party without a prefix for the subject: the signer or its principal.
        party: PartyKey,
        /// Subject outside the party's prefixes.
        subject: Subject,
    },
    /// The principal did not delegate the kind and the subject to the signer.
    #[error("principal: {grantor} does not let {grantee} sign {kind} about {subject}")]
    Delegation {
        /// Principal that the event names.
        grantor: PartyKey,
        /// Signer of the event.
        grantee: PartyKey,
        /// Kind of the refused event.
        kind: Kind,
        /// Subject outside the delegation.
        subject: Subject,
    },
    /// The signer names itself as principal.
    #[error("principal: {party} is the signer itself")]
    OwnPrincipal {
        /// Signer that names itself.
        party: PartyKey,
    },
    /// The laboratory has no such accreditation for the days of the test.
    #[error("body.lab_inspection.accreditation: {accreditation} is not registered for {party} on the days of the test")]
    Accreditation {
        /// Laboratory that signs the event.
        party: PartyKey,
        /// Body and number of the accreditation, joined by a colon.
        accreditation: String,
    },
    /// The original of a correction or lift is not on the chains of the subjects that are named.
    #[error("body: the original is on no chain of a subject that is named")]
    NoOriginal,
    /// The original is of a kind that this event cannot take back, or has another event id.
    #[error("body: a {kind} is not taken back by this event, or its id is another")]
    NotTakenBack {
        /// Kind of the original event.
        kind: Kind,
    },
    /// The subjects are not those of the original.
    #[error("subjects: the subjects are exactly those of the original")]
    OtherSubjects,
    /// The signer is neither the author of the original nor a regulator, or only a regulator may lift the recall.
    #[error(
        "party: only the author {author} or a regulator may take this back, not {party}; a regulator's recall only a regulator"
    )]
    NotAuthor {
        /// Party that signs the refused event.
        party: PartyKey,
        /// Party that signed the original.
        author: PartyKey,
    },
    /// The party may not sign this party event.
    #[error("party: this is signed by {allowed}, not by {party}")]
    PartyAct {
        /// Party that signs the refused event.
        party: PartyKey,
        /// Parties that may sign this party event, in words.
        allowed: &'static str,
    },
    /// The party is registered already.
    #[error("subjects: {party} is already registered")]
    Registered {
        /// Party that the event registers again.
        party: PartyKey,
    },
    /// The prefix overlaps a prefix of another party.
    #[error("body.party_event.grant_prefix.prefix: {prefix} overlaps a prefix of {holder}")]
    PrefixOverlap {
        /// Prefix that the event grants.
        prefix: CompanyPrefix,
        /// Party that holds the overlapped prefix.
        holder: PartyKey,
    },
    /// The key was added before, for this party or another one.
    #[error("body.party_event.add_key.public_key: key {key_id} was bound before")]
    KeyBound {
        /// SHA-256 of the public key.
        key_id: Hash,
    },
    /// The retirement of a key starts before its recorded time.
    #[error("body.party_event.revoke_key.at_ms: {at_ms} lies before {recorded_at_ms}, the ledger's time for it")]
    Retroactive {
        /// Start of the retirement, in milliseconds UTC.
        at_ms: u64,
        /// Recorded time of the event, in milliseconds UTC.
        recorded_at_ms: u64,
    },
    /// The key is already revoked from this time or earlier. A revocation moves earlier only.
    #[error(
        "body.party_event.revoke_key.at_ms: key {key_id} is already revoked since {known_ms}; that may only move earlier"
    )]
    RevokedBefore {
        /// SHA-256 of the public key.
        key_id: Hash,
        /// Start of the known revocation, in milliseconds UTC.
        known_ms: u64,
    },
    /// The re-affirmation is about a key that is not compromised.
    #[error("body.party_event.reaffirm.key_id: key {key_id} is not compromised; revoke it as compromised first")]
    NotCompromised {
        /// SHA-256 of the public key.
        key_id: Hash,
    },
    /// The re-affirmation reaches beyond the entries below its own.
    #[error("body.party_event.reaffirm.below: {below} is above {log_index}, the place of this event in the log")]
    AffirmedAhead {
        /// Log index that the re-affirmation names, as the event states the number.
        below: u64,
        /// Log index of the re-affirmation.
        log_index: LeafIndex,
    },
    /// The event would leave the operator unable to sign party events.
    #[error("body: after this the operator {operator} has no key or no role to sign party events with")]
    LastAdmin {
        /// Party that runs the ledger.
        operator: PartyKey,
    },
}
