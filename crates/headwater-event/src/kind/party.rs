//! Party events: the only source of authority. Each is on the chain of the party concerned, or of the delegation concerned. A prefix
//! event is also on the chain of the prefix. No other kind of event is on these chains.

use headwater_tlog::hash::Hash;
use headwater_tlog::key::PublicKey;

use super::lab_inspection::Accreditation;
use super::{Kind, KindRules, common};
use crate::codec::{CodecError, Set};
use crate::document::{Commitment, Ref};
use crate::event::{Event, EventId, Role};
use crate::gs1::CompanyPrefix;
use crate::place::LangText;
use crate::rules::Rules;
use crate::signature::{KeyUse, Possession, Signature};
use crate::subject::{PartyKey, Subject};
use crate::text::Code;
use crate::transport::Country;
use crate::{arms, codes, message};

/// The largest number of events that one re-affirmation excepts.
pub const EXCEPTED_MAX: usize = 512;

message! {
    /// A change of authority, or points docked from a brand.
    pub struct PartyEvent, draft PartyEventDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// The change that the event makes.
        16 action: oneof PartyAction,
    }
}

arms! {
    /// The change that a party event makes.
    pub enum PartyAction, draft PartyActionDraft {
        /// The operator registers a party.
        16 Register(Register) = "register",
        /// The operator grants a role.
        17 GrantRole(GrantRole) = "grant_role",
        /// The operator ends a role.
        18 EndRole(EndRole) = "end_role",
        /// The operator grants a company prefix or exact GTIN.
        19 GrantPrefix(GrantPrefix) = "grant_prefix",
        /// The operator ends the grant of a prefix.
        20 EndPrefix(EndPrefix) = "end_prefix",
        /// The operator records an accreditation.
        21 Accredit(Accredit) = "accredit",
        /// A key is added.
        22 AddKey(AddKey) = "add_key",
        /// A key is revoked.
        23 RevokeKey(RevokeKey) = "revoke_key",
        /// The party affirms the events that its compromised key signed before an entry, with exceptions.
        24 Reaffirm(Reaffirm) = "reaffirm",
        /// A party lets another party sign for it.
        25 Delegate(Delegate) = "delegate",
        /// A party ends its delegations to another party.
        26 EndDelegation(EndDelegation) = "end_delegation",
        /// The platform docks points from a brand.
        27 Points(Points) = "points",
    }
}

message! {
    /// A span of time, compared with the recorded time of entries.
    pub struct Interval, draft IntervalDraft {
        /// First millisecond of the span, UTC.
        1 from_ms: num u64,
        /// First millisecond after the span, UTC; 0 for an open end.
        2 until_ms: num u64,
    }
}

impl Interval {
    /// Whether a moment, in milliseconds UTC, lies within the span.
    pub fn contains(&self, ms: u64) -> bool {
        self.from_ms <= ms && (self.until_ms == 0 || ms < self.until_ms)
    }
}

message! {
    /// The operator registers a party.
    pub struct Register, draft RegisterDraft {
        /// Names of the party, by language.
        1 names: set1 LangText,
        /// Home country of the party.
        2 country: one Country,
        /// Other identifiers of the party.
        3 aliases: set PartyKey,
        /// Roles that the operator grants with the registration.
        4 roles: opt Set<Role>,
    }
}

message! {
    /// The operator grants a role.
    pub struct GrantRole, draft GrantRoleDraft {
        /// Role that the operator grants.
        1 role: one Role,
        /// Interval of the grant; without it, the grant holds from this entry on.
        2 interval: opt Interval,
    }
}

message! {
    /// The operator ends a role.
    pub struct EndRole, draft EndRoleDraft {
        /// Role that the operator ends.
        1 role: one Role,
    }
}

message! {
    /// The operator grants a company prefix or exact GTIN, which overlaps no prefix of another party.
    pub struct GrantPrefix, draft GrantPrefixDraft {
        /// Prefix or GTIN that the operator grants.
        1 prefix: one CompanyPrefix,
        /// Interval of the grant; without it, the grant holds from this entry on.
        2 interval: opt Interval,
    }
}

message! {
    /// The operator ends the grant of a prefix.
    pub struct EndPrefix, draft EndPrefixDraft {
        /// Prefix or GTIN whose grant ends.
        1 prefix: one CompanyPrefix,
    }
}

message! {
    /// The operator records an accreditation.
    pub struct Accredit, draft AccreditDraft {
        /// Accreditation of the party concerned.
        1 accreditation: one Accreditation,
        /// Methods that the accreditation covers.
        2 methods: set Code,
    }
}

message! {
    /// A key is added.
    pub struct AddKey, draft AddKeyDraft {
        /// Public key of the party.
        1 public_key: one PublicKey,
        /// Use of the key: the payloads that it may sign.
        2 key_use: one KeyUse,
        /// Signature by the key, which proves that the party holds it.
        3 possession: one Signature,
        /// Interval in which the key is in force; without it, from this entry on.
        4 interval: opt Interval,
    }
}

codes! {
    /// The reason for the revocation of a key.
    pub enum RevocationReason {
        1 Retired = "retired",
        2 Compromised = "compromised",
    }
}

message! {
    /// A key is revoked.
    pub struct RevokeKey, draft RevokeKeyDraft {
        /// SHA-256 of the revoked key.
        1 key_id: one Hash,
        /// Reason for the revocation.
        2 reason: one RevocationReason,
        /// Milliseconds UTC from which a key is retired, or since which it is compromised; without it, the recorded time of this event.
        3 at_ms: num u64,
    }
}

impl RevokeKey {
    /// The time from which the revocation takes effect, in milliseconds UTC: the stated time, else the recorded time.
    pub fn from_ms(&self, recorded_at_ms: u64) -> u64 {
        if self.at_ms == 0 { recorded_at_ms } else { self.at_ms }
    }
}

message! {
    /// The party affirms the events that its compromised key signed before an entry, with exceptions.
    pub struct Reaffirm, draft ReaffirmDraft {
        /// SHA-256 of the compromised key.
        1 key_id: one Hash,
        /// Log index below which the affirmed events lie; at most the log index of this event.
        2 below: one u64,
        /// Events that the party does not affirm: SHA-256 of each event's bytes.
        3 except: set Hash,
    }
}

message! {
    /// A party lets another party sign for it.
    pub struct Delegate, draft DelegateDraft {
        /// Party that delegates; it signs the event.
        1 grantor: one PartyKey,
        /// Party that may sign for the grantor.
        2 grantee: one PartyKey,
        /// Kinds of events that the grantee may sign.
        3 kinds: one Set<Kind>,
        /// Subjects that the delegation covers; a model also covers its lots and items.
        4 subjects: set Subject,
        /// Prefixes that the delegation covers, each with all goods and logistic units under it.
        5 prefixes: set CompanyPrefix,
        /// Interval of the delegation; without it, the delegation holds from this entry on.
        6 interval: opt Interval,
    }
}

impl Delegate {
    /// Whether the delegation lets the grantee sign events of a kind about a subject.
    pub fn covers(&self, kind: Kind, subject: &Subject) -> bool {
        let prefix = |prefix: &CompanyPrefix| match subject {
            Subject::LogisticUnit(sscc) => prefix.covers_sscc(sscc),
            other => other.gtin().is_some_and(|gtin| prefix.covers_gtin(gtin)),
        };
        let named =
            |named: &Subject| named == subject || matches!(named, Subject::Model(gtin) if subject.gtin() == Some(gtin));
        self.kinds.as_slice().contains(&kind) && (self.subjects.iter().any(named) || self.prefixes.iter().any(prefix))
    }
}

message! {
    /// A party ends all its delegations to another party.
    pub struct EndDelegation, draft EndDelegationDraft {
        /// Party whose delegations end.
        1 grantor: one PartyKey,
        /// Party that may no longer sign for the grantor.
        2 grantee: one PartyKey,
    }
}

message! {
    /// The platform docks points from a brand. The score follows from these events, and is never stored.
    pub struct Points, draft PointsDraft {
        /// Number of points that the platform docks.
        1 number: one u64,
        /// Code of the rule that the brand broke.
        2 rule: one Code,
        /// Reason for the points, by language.
        3 reason: set1 LangText,
        /// Events that show the breach of the rule.
        4 evidence: set EventId,
    }
}

impl PartyEvent {
    /// Returns the grantor and the grantee of a delegation event; `None` for other changes.
    pub fn delegation(&self) -> Option<(&PartyKey, &PartyKey)> {
        match &self.action {
            PartyAction::Delegate(act) => Some((&act.grantor, &act.grantee)),
            PartyAction::EndDelegation(act) => Some((&act.grantor, &act.grantee)),
            _ => None,
        }
    }

    /// Returns the party whose chain contains the event; `None` for a delegation event.
    pub fn concerned<'a>(&self, event: &'a Event) -> Option<&'a PartyKey> {
        event.keys().find_map(|key| match key {
            Subject::Party(party) => Some(party),
            _ => None,
        })
    }
}

impl KindRules for PartyEvent {
    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        match (&self.action, subject) {
            (
                PartyAction::GrantPrefix(GrantPrefix { prefix, .. }) | PartyAction::EndPrefix(EndPrefix { prefix }),
                Subject::Prefix(named),
            ) => prefix == named,
            (PartyAction::Delegate(_) | PartyAction::EndDelegation(_), subject) => {
                self.delegation().is_some_and(|(grantor, grantee)| {
                    let key = |party: &PartyKey| Subject::Party(party.clone()).index_key();
                    *subject == Subject::Delegation { grantor: key(grantor), grantee: key(grantee) }
                })
            }
            (_, Subject::Party(_)) => true,
            _ => false,
        }
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        let parties = event.keys().filter(|key| matches!(key, Subject::Party(_))).count();
        let is_fit = match &self.action {
            PartyAction::GrantPrefix(_) | PartyAction::EndPrefix(_) => event.subjects.len() == 2 && parties == 1,
            _ => event.subjects.len() == 1 && parties == usize::from(self.delegation().is_none()),
        };
        if !is_fit {
            let rule =
                "names the party concerned, with a prefix also the prefix, and for a delegation only the delegation";
            return Err(CodecError::value(&event.subjects.len().to_string(), rule));
        }
        if let PartyAction::Reaffirm(act) = &self.action
            && act.except.len() > EXCEPTED_MAX
        {
            let rule = format!("one re-affirmation excepts at most {EXCEPTED_MAX} events");
            return Err(CodecError::value(&act.except.len().to_string(), rule).inside("reaffirm.except"));
        }
        if let PartyAction::AddKey(act) = &self.action {
            let party = self.concerned(event).cloned().unwrap_or_else(|| event.party.clone());
            let statement =
                Possession { ledger: event.ledger_id, party, key_use: act.key_use, public_key: act.public_key.clone() };
            if statement.verify(&act.possession).is_err() {
                return Err(CodecError::value(
                    &act.public_key.id().to_string(),
                    "the party does not prove that it holds this key",
                )
                .inside("add_key.possession"));
            }
        }
        Ok(())
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.party_event.{name}");
        match &self.action {
            PartyAction::RevokeKey(act) if act.reason == RevocationReason::Compromised => {
                rules.happened_at(&at("revoke_key.at_ms"), act.at_ms, event);
            }
            PartyAction::Register(act) => rules.country(&at("register.country"), &act.country),
            PartyAction::Delegate(act) => {
                if act.subjects.is_empty() && act.prefixes.is_empty() {
                    rules.reject(at("delegate.subjects"), "", "a delegation names subjects or prefixes");
                }
                if act.grantor == act.grantee {
                    rules.reject(at("delegate.grantee"), &act.grantee, "nobody delegates to itself");
                }
                let never = [Kind::Recall, Kind::Correction, Kind::Party, Kind::LabInspection];
                if let Some(kind) = act.kinds.as_slice().iter().find(|kind| never.contains(kind)) {
                    rules.reject(at("delegate.kinds"), kind, "cannot be delegated");
                }
            }
            _ => {}
        }
    }
}
