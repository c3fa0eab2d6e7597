//! Who may do what: the only source of authority. Each stands on the chain of the party concerned, and nothing else does.

use headwater_tlog::hash::Hash;
use headwater_tlog::key::PublicKey;

use super::lab_inspection::Accreditation;
use super::{Body, Kind, common};
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
    /// Who may do what.
    pub struct PartyEvent {
        /// Documents that this belongs to.
        1 refs: many Ref,
        /// Hidden fields.
        2 commitments: set Commitment,
        /// What changes.
        16 action: oneof PartyAction,
    }
}

arms! {
    /// What changes.
    pub enum PartyAction {
        /// The operator takes a party in.
        16 Register(Register) = "register",
        /// The operator grants a role.
        17 GrantRole(GrantRole) = "grant_role",
        /// The operator ends a role.
        18 EndRole(EndRole) = "end_role",
        /// The operator grants a company prefix or exact GTIN.
        19 GrantPrefix(GrantPrefix) = "grant_prefix",
        /// The operator ends a prefix.
        20 EndPrefix(EndPrefix) = "end_prefix",
        /// The operator records an accreditation.
        21 Accredit(Accredit) = "accredit",
        /// A key is added.
        22 AddKey(AddKey) = "add_key",
        /// A key is revoked.
        23 RevokeKey(RevokeKey) = "revoke_key",
        /// The party affirms the events that its compromised key signed before an entry, with exceptions.
        24 Reaffirm(Reaffirm) = "reaffirm",
        /// A party lets another act for it.
        25 Delegate(Delegate) = "delegate",
        /// It does so no longer.
        26 EndDelegation(EndDelegation) = "end_delegation",
        /// The platform docks points from a brand.
        27 Points(Points) = "points",
    }
}

message! {
    /// From when until when, by the time that the ledger records.
    pub struct Interval {
        /// The first millisecond, UTC.
        1 from_ms: num u64,
        /// The first millisecond that it is over; 0 when it stays open.
        2 until_ms: num u64,
    }
}

impl Interval {
    /// Whether a moment lies within.
    pub fn contains(&self, ms: u64) -> bool {
        self.from_ms <= ms && (self.until_ms == 0 || ms < self.until_ms)
    }
}

message! {
    /// The operator takes a party in.
    pub struct Register {
        /// What it is called, by language.
        1 names: set1 LangText,
        /// Where it is at home.
        2 country: one Country,
        /// Its other identifiers.
        3 aliases: set PartyKey,
        /// The roles that it is granted at once.
        4 roles: opt Set<Role>,
    }
}

message! {
    /// The operator grants a role.
    pub struct GrantRole {
        /// The role.
        1 role: one Role,
        /// For how long; without it, from now on.
        2 interval: opt Interval,
    }
}

message! {
    /// The operator ends a role.
    pub struct EndRole {
        /// The role.
        1 role: one Role,
    }
}

message! {
    /// The operator grants a company prefix or exact GTIN. None overlaps another party's.
    pub struct GrantPrefix {
        /// The prefix.
        1 prefix: one CompanyPrefix,
        /// For how long; without it, from now on.
        2 interval: opt Interval,
    }
}

message! {
    /// The operator ends a prefix.
    pub struct EndPrefix {
        /// The prefix.
        1 prefix: one CompanyPrefix,
    }
}

message! {
    /// The operator records an accreditation.
    pub struct Accredit {
        /// The accreditation.
        1 accreditation: one Accreditation,
        /// The methods that it covers.
        2 methods: set Code,
    }
}

message! {
    /// A key is added.
    pub struct AddKey {
        /// The key.
        1 public_key: one PublicKey,
        /// What it may sign.
        2 key_use: one KeyUse,
        /// The proof that the party holds it.
        3 possession: one Signature,
        /// For how long; without it, from now on.
        4 interval: opt Interval,
    }
}

codes! {
    /// Why a key is revoked.
    pub enum RevocationReason {
        1 Retired = "retired",
        2 Compromised = "compromised",
    }
}

message! {
    /// A key is revoked.
    pub struct RevokeKey {
        /// SHA-256 of the key.
        1 key_id: one Hash,
        /// Why.
        2 reason: one RevocationReason,
        /// Retired: from when. Compromised: since when. Without it, from the moment that this is recorded.
        3 at_ms: num u64,
    }
}

impl RevokeKey {
    /// When the revocation takes effect: the time that it states, else the time that it was recorded.
    pub fn from_ms(&self, recorded_at_ms: u64) -> u64 {
        if self.at_ms == 0 { recorded_at_ms } else { self.at_ms }
    }
}

message! {
    /// The party affirms the events that its compromised key signed before an entry, with exceptions.
    pub struct Reaffirm {
        /// SHA-256 of the compromised key.
        1 key_id: one Hash,
        /// The log index below which the events lie; at most that of the entry that holds this.
        2 below: one u64,
        /// The events that the party does not affirm: SHA-256 of each event's bytes.
        3 except: set Hash,
    }
}

message! {
    /// A party lets another act for it.
    pub struct Delegate {
        /// Who lets; it signs.
        1 grantor: one PartyKey,
        /// Who may.
        2 grantee: one PartyKey,
        /// Which kinds of events.
        3 kinds: one Set<Kind>,
        /// For which subjects; a model stands for its lots and items.
        4 subjects: set Subject,
        /// For everything under which prefixes.
        5 prefixes: set CompanyPrefix,
        /// For how long; without it, from now on.
        6 interval: opt Interval,
    }
}

impl Delegate {
    /// Whether this lets the grantee sign events of a kind about a subject.
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
    /// A party lets another act for it no longer: all its delegations to it are over.
    pub struct EndDelegation {
        /// Who let.
        1 grantor: one PartyKey,
        /// Who might.
        2 grantee: one PartyKey,
    }
}

message! {
    /// The platform docks points from a brand. The score follows from these events, and is never stored.
    pub struct Points {
        /// How many.
        1 number: one u64,
        /// The rule that was broken.
        2 rule: one Code,
        /// What happened, by language.
        3 reason: set1 LangText,
        /// The events that show it.
        4 evidence: set EventId,
    }
}

impl PartyEvent {
    /// The party that grants and the one that is granted, where this is about a delegation.
    pub fn delegation(&self) -> Option<(&PartyKey, &PartyKey)> {
        match &self.action {
            PartyAction::Delegate(act) => Some((&act.grantor, &act.grantee)),
            PartyAction::EndDelegation(act) => Some((&act.grantor, &act.grantee)),
            _ => None,
        }
    }

    /// The party whose chain this stands on; none for a delegation.
    pub fn concerned<'a>(&self, event: &'a Event) -> Option<&'a PartyKey> {
        event.keys().find_map(|key| match key {
            Subject::Party(party) => Some(party),
            _ => None,
        })
    }
}

impl Body for PartyEvent {
    const KIND: Kind = Kind::Party;

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
