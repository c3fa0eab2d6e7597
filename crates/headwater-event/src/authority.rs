//! The rights of parties to sign events, decided from the ledger's own entries and in this module only.
//!
//! An [`Authority`] is the sum of the party events below an entry, replayed in log order. [`Authority::authorize`] judges an event
//! by the entries below it and by its recorded time, never by the time that the event claims. [`Authority::apply`] then takes in a
//! party event. Node, verifier and audit run this same code: the node before it appends, a verifier over the chains of a trace, an
//! audit over the whole log.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use headwater_tlog::hash::Hash;
use headwater_tlog::key::PublicKey;

use crate::entry::Genesis;
use crate::event::{Event, Role};
use crate::gs1::CompanyPrefix;
use crate::kind::party::{Accredit, Delegate, Interval, PartyAction, Points, Reaffirm, Register, RevocationReason};
use crate::kind::{Kind, KindBody};
use crate::newer::Envelope;
use crate::signature::KeyUse;
use crate::signed::{AuthenticEvent, AuthorizedEvent, Position};
use crate::subject::{PartyKey, Subject};

mod acts;
mod denied;
mod key;
mod kinds;

pub use denied::Denied;
use key::KeyRecord;
pub use kinds::needs_goods;
use kinds::{may_sign, may_take_back, names_original};

/// Largest time that an event may claim to lie after its recorded time, in milliseconds: 5 minutes.
pub const AHEAD_MAX_MS: u64 = 5 * 60 * 1000;

/// A grant for an interval, which a later event may end.
#[derive(Clone, Debug)]
struct Grant<T> {
    what: T,
    interval: Interval,
    ended: bool,
}

impl<T> Grant<T> {
    fn new(what: T, interval: &Option<Interval>) -> Self {
        Self { what, interval: interval.clone().unwrap_or(Interval { from_ms: 0, until_ms: 0 }), ended: false }
    }

    fn holds(&self, at_ms: u64) -> bool {
        !self.ended && self.interval.contains(at_ms)
    }
}

/// The state of a party, by the party's own chain.
#[derive(Clone, Default, Debug)]
pub struct Party {
    registration: Option<Register>,
    roles: Vec<Grant<Role>>,
    prefixes: Vec<Grant<CompanyPrefix>>,
    accreditations: Vec<Accredit>,
    points: Vec<Points>,
    affirmed: Vec<Affirmed>,
}

/// A re-affirmation, and the key that signed it.
#[derive(Clone, Debug)]
struct Affirmed {
    by: Hash,
    act: Reaffirm,
}

impl Party {
    /// The registration of the party. The operator may be without one.
    pub fn registration(&self) -> Option<&Register> {
        self.registration.as_ref()
    }

    /// The roles that the party holds at a time.
    pub fn roles(&self, at_ms: u64) -> BTreeSet<Role> {
        self.roles.iter().filter(|grant| grant.holds(at_ms)).map(|grant| grant.what).collect()
    }

    /// The prefixes that the party holds at a time.
    pub fn prefixes(&self, at_ms: u64) -> impl Iterator<Item = &CompanyPrefix> {
        self.prefixes.iter().filter(move |grant| grant.holds(at_ms)).map(|grant| &grant.what)
    }

    /// The accreditations that the operator recorded for the party.
    pub fn accreditations(&self) -> &[Accredit] {
        &self.accreditations
    }

    /// The points that the platform docked from the party.
    pub fn points(&self) -> &[Points] {
        &self.points
    }

    fn covers(&self, subject: &Subject, at_ms: u64) -> bool {
        self.prefixes(at_ms).any(|prefix| match subject {
            Subject::LogisticUnit(sscc) => prefix.covers_sscc(sscc),
            other => other.gtin().is_some_and(|gtin| prefix.covers_gtin(gtin)),
        })
    }
}

/// The state of a signature after later revocations are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The key is not compromised, or the event is proven older than the compromise, or the party affirmed the event.
    Valid,
    /// The key was compromised since this time, the event is not proven older, and its party did not affirm it.
    Suspect {
        /// Start of the compromise, in milliseconds UTC.
        since_ms: u64,
    },
}

/// The sum of the party events below an entry.
#[derive(Clone, Debug)]
pub struct Authority {
    ledger_id: Hash,
    operator: PartyKey,
    parties: BTreeMap<PartyKey, Party>,
    keys: HashMap<Hash, KeyRecord>,
    delegations: HashMap<(PartyKey, PartyKey), Vec<Grant<Delegate>>>,
}

impl Authority {
    /// The authority of a genesis: the operator, its keys, and its role of platform (A1).
    pub fn founded(ledger_id: Hash, genesis: &Genesis) -> Self {
        let keys = genesis.keys.iter().map(|key| {
            let record = KeyRecord {
                party: genesis.operator.clone(),
                key_use: key.key_use,
                key: key.public_key.clone(),
                interval: Interval { from_ms: 0, until_ms: 0 },
                retired_ms: None,
                compromised_ms: None,
            };
            (key.public_key.id(), record)
        });
        let operator = Party { roles: vec![Grant::new(Role::Platform, &None)], ..Party::default() };
        Self {
            ledger_id,
            operator: genesis.operator.clone(),
            parties: BTreeMap::from([(genesis.operator.clone(), operator)]),
            keys: keys.collect(),
            delegations: HashMap::new(),
        }
    }

    /// The ledger of this authority, by the leaf hash of its genesis.
    pub fn ledger_id(&self) -> Hash {
        self.ledger_id
    }

    /// The party that runs the ledger.
    pub fn operator(&self) -> &PartyKey {
        &self.operator
    }

    /// Returns the public key with an id.
    pub fn key(&self, key_id: &Hash) -> Option<&PublicKey> {
        self.keys.get(key_id).map(|record| &record.key)
    }

    /// Returns the key that an event states, if the key belongs to the event's party. The signature need not be verified yet.
    pub fn key_of(&self, event: &Event) -> Result<&PublicKey, Denied> {
        self.key_named(event.ledger_id, &event.party, event.key_id)
    }

    /// Returns the same key for an event that is newer than this reader, by its envelope only. Nothing else of the right to sign is
    /// judged (N4).
    pub fn key_of_newer(&self, event: &Envelope) -> Result<&PublicKey, Denied> {
        self.key_named(event.ledger_id, &event.party, event.key_id)
    }

    fn key_named(&self, stated: Hash, party: &PartyKey, key_id: Hash) -> Result<&PublicKey, Denied> {
        if stated != self.ledger_id {
            return Err(Denied::OtherLedger { stated, ledger_id: self.ledger_id });
        }
        self.known(party)?;
        self.record_of(party, key_id).map(|record| &record.key)
    }

    /// Returns the key of a party with an id, if the key signs events at this time.
    pub fn events_key(&self, party: &PartyKey, key_id: &Hash, at_ms: u64) -> Result<&PublicKey, Denied> {
        let is_its = |record: &&KeyRecord| record.party == *party && record.key_use == KeyUse::Events;
        let unknown = || Denied::UnknownKey { party: party.clone(), key_id: *key_id };
        let record = self.keys.get(key_id).filter(is_its).ok_or_else(unknown)?;
        record.in_force(at_ms).map(|()| &record.key)
    }

    /// The known state of a party.
    pub fn party(&self, party: &PartyKey) -> Option<&Party> {
        self.parties.get(party)
    }

    /// The party that holds the prefix of a subject's number at a time. No two parties hold the same prefix at once.
    pub fn holder(&self, subject: &Subject, at_ms: u64) -> Option<&PartyKey> {
        self.parties.iter().find(|(_, party)| party.covers(subject, at_ms)).map(|(key, _)| key)
    }

    /// Every party with its key.
    pub fn parties(&self) -> impl Iterator<Item = (&PartyKey, &Party)> {
        self.parties.iter()
    }

    /// Decides whether the party was allowed to sign an event, by the entries below it and by the position that the event takes.
    /// `original` is the event that a correction names by its leaf, or a lift by its hash.
    pub fn authorize(
        &self,
        authentic: AuthenticEvent,
        position: Position,
        original: Option<&Event>,
    ) -> Result<AuthorizedEvent, Denied> {
        self.judge(authentic.event(), position, original)?;
        Ok(AuthorizedEvent { authentic, position })
    }

    /// Judges an event by the rules of [`Authority::authorize`]. The answer holds for the entries below alone. A ledger that has not yet
    /// given the event a log index learns early whether work on the event may be lost.
    pub fn judge(&self, event: &Event, position: Position, original: Option<&Event>) -> Result<(), Denied> {
        // The event is for this ledger, and occurred before its recorded time or little after it (A2).
        let recorded_at_ms = position.recorded_at_ms;
        if event.ledger_id != self.ledger_id {
            return Err(Denied::OtherLedger { stated: event.ledger_id, ledger_id: self.ledger_id });
        }
        if event.occurred_at_ms > recorded_at_ms.saturating_add(AHEAD_MAX_MS) {
            return Err(Denied::Future { occurred_at_ms: event.occurred_at_ms, recorded_at_ms });
        }
        // The party is known, and may use the key (A3).
        let party = self.known(&event.party)?;
        self.may_use_key(event, recorded_at_ms)?;
        // The party holds the role, and the role signs the kind (A4).
        if !party.roles(recorded_at_ms).contains(&event.role) {
            return Err(Denied::Role { party: event.party.clone(), role: event.role });
        }
        if !may_sign(event.role, &event.body) {
            return Err(Denied::RoleForKind { role: event.role, kind: event.kind() });
        }
        match &event.body {
            KindBody::Party(body) => self.may_change(event, body, position)?,
            KindBody::Correction(_) | KindBody::Recall(_) if original.is_some() || names_original(event) => {
                may_take_back(event, original)?;
            }
            KindBody::LabInspection(body) => {
                let covered = party.accreditations.iter().any(|known| {
                    let (known, told) = (&known.accreditation, &body.accreditation);
                    known.body == told.body
                        && known.number == told.number
                        && known.valid_from <= body.performed_from
                        && body.performed_to <= known.valid_to
                });
                if !covered {
                    let accreditation = format!("{}:{}", body.accreditation.body, body.accreditation.number);
                    return Err(Denied::Accreditation { party: event.party.clone(), accreditation });
                }
            }
            _ => {}
        }
        if needs_goods(event) {
            self.covers_all(event, recorded_at_ms)?;
        }
        Ok(())
    }

    /// Takes in the changes of an authorized event. Only party events change the authority.
    pub fn apply(&mut self, authorized: &AuthorizedEvent) {
        let event = authorized.event();
        let KindBody::Party(body) = &event.body else {
            return;
        };
        if let Some((grantor, grantee)) = body.delegation() {
            let between = self.delegations.entry((grantor.clone(), grantee.clone())).or_default();
            match &body.action {
                PartyAction::Delegate(act) => between.push(Grant::new(act.clone(), &act.interval)),
                _ => between.iter_mut().for_each(|grant| grant.ended = true),
            }
            return;
        }
        let Some(concerned) = body.concerned(event) else {
            return;
        };
        let party = self.parties.entry(concerned.clone()).or_default();
        match &body.action {
            PartyAction::Register(act) => {
                let roles = act.roles.iter().flat_map(|roles| roles.as_slice());
                party.roles.extend(roles.map(|role| Grant::new(*role, &None)));
                party.registration = Some(act.clone());
            }
            PartyAction::GrantRole(act) => party.roles.push(Grant::new(act.role, &act.interval)),
            PartyAction::EndRole(act) => end(&mut party.roles, &act.role),
            PartyAction::GrantPrefix(act) => party.prefixes.push(Grant::new(act.prefix.clone(), &act.interval)),
            PartyAction::EndPrefix(act) => end(&mut party.prefixes, &act.prefix),
            PartyAction::Accredit(act) => party.accreditations.push(act.clone()),
            PartyAction::Reaffirm(act) => party.affirmed.push(Affirmed { by: event.key_id, act: act.clone() }),
            PartyAction::Points(act) => party.points.push(act.clone()),
            PartyAction::AddKey(act) => {
                let record = KeyRecord {
                    party: concerned.clone(),
                    key_use: act.key_use,
                    key: act.public_key.clone(),
                    interval: act.interval.clone().unwrap_or(Interval { from_ms: 0, until_ms: 0 }),
                    retired_ms: None,
                    compromised_ms: None,
                };
                self.keys.insert(act.public_key.id(), record);
            }
            PartyAction::RevokeKey(act) => {
                let from_ms = act.from_ms(authorized.position.recorded_at_ms);
                if let Some(record) = self.keys.get_mut(&act.key_id) {
                    let time = match act.reason {
                        RevocationReason::Retired => &mut record.retired_ms,
                        RevocationReason::Compromised => &mut record.compromised_ms,
                    };
                    *time = Some(time.map_or(from_ms, |earlier| earlier.min(from_ms)));
                }
            }
            PartyAction::Delegate(_) | PartyAction::EndDelegation(_) => {}
        }
    }

    /// The state of an authorized event's signature by the revocations known now (A8). `proven_ms` is the time of the earliest
    /// checkpoint by others that proves that the entry existed.
    pub fn standing(&self, authorized: &AuthorizedEvent, proven_ms: Option<u64>) -> Standing {
        let event = authorized.event();
        match self.compromised_ms(&event.key_id) {
            Some(since_ms) if proven_ms.is_none_or(|proven| proven >= since_ms) && !self.is_affirmed(authorized) => {
                Standing::Suspect { since_ms }
            }
            _ => Standing::Valid,
        }
    }

    /// Whether the party affirmed an event, with a key that is not itself compromised.
    fn is_affirmed(&self, authorized: &AuthorizedEvent) -> bool {
        let (event, hash) = (authorized.event(), authorized.hash());
        let affirmed = self.parties.get(&event.party).into_iter().flat_map(|party| &party.affirmed);
        let mut affirmed = affirmed.filter(|affirmed| self.compromised_ms(&affirmed.by).is_none());
        affirmed.any(|Affirmed { act, .. }| {
            act.key_id == event.key_id
                && authorized.position.log_index.get() < act.below
                && act.except.as_slice().binary_search(&hash).is_err()
        })
    }

    fn compromised_ms(&self, key_id: &Hash) -> Option<u64> {
        self.keys.get(key_id).and_then(|record| record.compromised_ms)
    }

    fn record_of(&self, party: &PartyKey, key_id: Hash) -> Result<&KeyRecord, Denied> {
        let record = self.keys.get(&key_id).filter(|record| record.party == *party);
        record.ok_or_else(|| Denied::UnknownKey { party: party.clone(), key_id })
    }

    fn may_use_key(&self, event: &Event, at_ms: u64) -> Result<(), Denied> {
        let record = self.record_of(&event.party, event.key_id)?;
        let key_id = event.key_id;
        let wanted = if event.kind() == Kind::Party { KeyUse::Admin } else { KeyUse::Events };
        if record.key_use != wanted {
            return Err(Denied::KeyUse { key_id, key_use: record.key_use, kind: event.kind() });
        }
        record.in_force(at_ms)
    }

    /// Whether the operator can sign party events with a key at a time, and no retirement of the key is recorded.
    fn administers(&self, record: &KeyRecord, at_ms: u64) -> bool {
        record.party == self.operator
            && record.key_use == KeyUse::Admin
            && record.retired_ms.is_none()
            && record.in_force(at_ms).is_ok()
    }

    fn has_admin_key_beside(&self, key_id: &Hash, at_ms: u64) -> bool {
        self.keys.iter().any(|(known, record)| known != key_id && self.administers(record, at_ms))
    }

    fn known(&self, party: &PartyKey) -> Result<&Party, Denied> {
        self.parties.get(party).ok_or_else(|| Denied::UnknownParty { party: party.clone() })
    }

    /// Whether an event needs the right of a principal: it names goods outside its party's own prefixes.
    pub fn needs_principal(&self, event: &Event, at_ms: u64) -> bool {
        let covers = |subject: &Subject| self.parties.get(&event.party).is_some_and(|own| own.covers(subject, at_ms));
        needs_goods(event) && event.keys().any(|subject| !subject.is_register() && !covers(subject))
    }

    /// Checks that every subject lies under the party's own prefixes, or under the principal's and within its delegation. Registers and
    /// lists are exempt (A5).
    fn covers_all(&self, event: &Event, at_ms: u64) -> Result<(), Denied> {
        let own = self.known(&event.party)?;
        let principal = event.principal.as_ref().map(|key| self.known(key).map(|party| (key, party))).transpose()?;
        if let Some((key, _)) = principal.filter(|(key, _)| **key == event.party) {
            return Err(Denied::OwnPrincipal { party: key.clone() });
        }
        let goods = event.keys().filter(|subject| !subject.is_register());
        for subject in goods.filter(|subject| !own.covers(subject, at_ms)) {
            let Some((key, party)) = principal else {
                return Err(Denied::Goods { party: event.party.clone(), subject: subject.clone() });
            };
            if !party.covers(subject, at_ms) {
                return Err(Denied::Goods { party: key.clone(), subject: subject.clone() });
            }
            let between = self.delegations.get(&(key.clone(), event.party.clone()));
            let delegated = between
                .into_iter()
                .flatten()
                .any(|grant| grant.holds(at_ms) && grant.what.covers(event.kind(), subject));
            if !delegated {
                let (grantor, grantee) = (key.clone(), event.party.clone());
                return Err(Denied::Delegation { grantor, grantee, kind: event.kind(), subject: subject.clone() });
            }
        }
        Ok(())
    }
}

fn end<T: PartialEq>(grants: &mut [Grant<T>], what: &T) {
    grants.iter_mut().filter(|grant| grant.what == *what).for_each(|grant| grant.ended = true);
}
