//! The parties that may make each party event, and the state that each needs: step A7 of the specification.

use super::{Authority, Denied};
use crate::event::{Event, Role};
use crate::gs1::CompanyPrefix;
use crate::kind::party::{PartyAction, PartyEvent, Reaffirm, RevocationReason, RevokeKey};
use crate::signed::Position;
use crate::subject::PartyKey;

/// Party that may make a party event.
#[derive(Clone, Copy)]
enum Maker {
    Operator,
    OperatorOrParty,
    Party,
    Platform,
    Grantor,
    GrantorOrOperator,
}

impl Maker {
    /// Returns the party that may make a party event with this action.
    fn of(action: &PartyAction) -> Self {
        match action {
            PartyAction::Register(_)
            | PartyAction::GrantRole(_)
            | PartyAction::EndRole(_)
            | PartyAction::GrantPrefix(_)
            | PartyAction::EndPrefix(_)
            | PartyAction::Accredit(_) => Maker::Operator,
            PartyAction::AddKey(_) | PartyAction::RevokeKey(_) => Maker::OperatorOrParty,
            PartyAction::Reaffirm(_) => Maker::Party,
            PartyAction::Points(_) => Maker::Platform,
            PartyAction::Delegate(_) => Maker::Grantor,
            PartyAction::EndDelegation(_) => Maker::GrantorOrOperator,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Maker::Operator => "the operator",
            Maker::OperatorOrParty => "the operator or the party itself",
            Maker::Party => "the party itself",
            Maker::Platform => "the platform",
            Maker::Grantor => "the grantor",
            Maker::GrantorOrOperator => "the grantor or the operator",
        }
    }
}

impl Authority {
    /// Checks the right of the signer to its party event, and that the event fits the state of the party concerned (A7).
    pub(super) fn may_change(&self, event: &Event, body: &PartyEvent, position: Position) -> Result<(), Denied> {
        let maker = Maker::of(&body.action);
        let denied = || Denied::PartyAct { party: event.party.clone(), allowed: maker.as_str() };
        let (grantor, concerned) = match body.delegation() {
            Some((grantor, grantee)) => (Some(grantor), grantee),
            None => (None, body.concerned(event).ok_or_else(denied)?),
        };
        let by_operator = event.party == self.operator;
        let is_maker = match maker {
            Maker::Operator => by_operator,
            Maker::OperatorOrParty => by_operator || event.party == *concerned,
            Maker::Party => event.party == *concerned,
            Maker::Platform => event.role == Role::Platform,
            Maker::Grantor => grantor == Some(&event.party),
            Maker::GrantorOrOperator => by_operator || grantor == Some(&event.party),
        };
        if !is_maker {
            return Err(denied());
        }
        if !matches!(body.action, PartyAction::Register(_)) {
            self.known(concerned)?;
        }
        self.fits_state(&body.action, concerned, position)
    }

    /// Checks that a party event fits the state of the party concerned, who is known unless the event registers the party.
    fn fits_state(&self, action: &PartyAction, concerned: &PartyKey, position: Position) -> Result<(), Denied> {
        match action {
            PartyAction::Register(_) => match self.parties.get(concerned) {
                Some(party) if party.registration.is_some() => Err(Denied::Registered { party: concerned.clone() }),
                _ => Ok(()),
            },
            PartyAction::EndRole(act) => self.keeps_a_role(concerned, act.role, position.recorded_at_ms),
            PartyAction::GrantPrefix(act) => self.overlaps_no_other(concerned, &act.prefix),
            PartyAction::AddKey(act) => {
                let key_id = act.public_key.id();
                if self.keys.contains_key(&key_id) { Err(Denied::KeyBound { key_id }) } else { Ok(()) }
            }
            PartyAction::RevokeKey(act) => self.may_be_revoked(concerned, act, position.recorded_at_ms),
            PartyAction::Reaffirm(act) => self.may_be_affirmed(concerned, act, position),
            PartyAction::Points(_) => {
                let is_brand = self.known(concerned)?.roles.iter().any(|grant| grant.what == Role::Brand);
                if is_brand { Ok(()) } else { Err(Denied::Role { party: concerned.clone(), role: Role::Brand }) }
            }
            PartyAction::GrantRole(_)
            | PartyAction::EndPrefix(_)
            | PartyAction::Accredit(_)
            | PartyAction::Delegate(_)
            | PartyAction::EndDelegation(_) => Ok(()),
        }
    }

    /// Checks that the operator keeps a role: a party without a role signs nothing.
    fn keeps_a_role(&self, party: &PartyKey, ended: Role, at_ms: u64) -> Result<(), Denied> {
        let is_last = || self.known(party).map(|party| party.roles(at_ms).iter().all(|role| *role == ended));
        if *party == self.operator && is_last()? {
            return Err(Denied::LastAdmin { operator: self.operator.clone() });
        }
        Ok(())
    }

    fn overlaps_no_other(&self, party: &PartyKey, prefix: &CompanyPrefix) -> Result<(), Denied> {
        let overlaps = |(key, other): &(&PartyKey, &super::Party)| {
            *key != party && other.prefixes.iter().any(|grant| !grant.ended && grant.what.overlaps(prefix))
        };
        match self.parties.iter().find(overlaps) {
            Some((holder, _)) => Err(Denied::PrefixOverlap { prefix: prefix.clone(), holder: holder.clone() }),
            None => Ok(()),
        }
    }

    fn may_be_revoked(&self, party: &PartyKey, act: &RevokeKey, at_ms: u64) -> Result<(), Denied> {
        let record = self.record_of(party, act.key_id)?;
        let from_ms = act.from_ms(at_ms);
        let earlier = match act.reason {
            RevocationReason::Retired if from_ms < at_ms => {
                return Err(Denied::Retroactive { at_ms: from_ms, recorded_at_ms: at_ms });
            }
            RevocationReason::Retired => record.retired_ms,
            RevocationReason::Compromised => record.compromised_ms,
        };
        match earlier {
            Some(known_ms) if known_ms <= from_ms => Err(Denied::RevokedBefore { key_id: act.key_id, known_ms }),
            _ if self.administers(record, at_ms) && !self.has_admin_key_beside(&act.key_id, at_ms) => {
                Err(Denied::LastAdmin { operator: self.operator.clone() })
            }
            _ => Ok(()),
        }
    }

    fn may_be_affirmed(&self, party: &PartyKey, act: &Reaffirm, position: Position) -> Result<(), Denied> {
        if self.record_of(party, act.key_id)?.compromised_ms.is_none() {
            return Err(Denied::NotCompromised { key_id: act.key_id });
        }
        if act.below > position.log_index.get() {
            return Err(Denied::AffirmedAhead { below: act.below, log_index: position.log_index });
        }
        Ok(())
    }
}
