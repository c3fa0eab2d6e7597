//! The kinds that each role signs, and the right to take back an event.

use super::Denied;
use crate::event::{Event, Role};
use crate::kind::certification::Assurance;
use crate::kind::sticker::StickerAction;
use crate::kind::{Kind, KindBody};

/// Whether a role may sign an event with this body: the table of roles and kinds (A4).
pub(super) fn may_sign(role: Role, body: &KindBody) -> bool {
    use Role::{Brand, Carrier, Certifier, Customs, Distributor, Lab, Platform, Producer, Regulator};
    let roles: &[Role] = match body {
        KindBody::Production(_) | KindBody::Commissioning(_) | KindBody::OriginContent(_) => &[Brand, Producer],
        KindBody::Sticker(sticker) => match sticker.action {
            StickerAction::Applied => &[Brand, Producer],
            _ => &[Brand, Platform],
        },
        KindBody::ShipmentLeg(_) => &[Carrier, Distributor, Producer, Brand],
        KindBody::Distribution(_) => &[Distributor, Carrier, Producer, Brand],
        KindBody::CustomsClearance(_) => &[Customs, Distributor, Carrier, Brand],
        KindBody::LabInspection(_) => &[Lab],
        KindBody::Certification(statement) => match statement.assurance {
            Assurance::FirstParty => &[Brand, Producer],
            _ => &[Certifier],
        },
        KindBody::Aggregation(_) => &[Producer, Distributor, Carrier, Brand],
        KindBody::Transformation(_) => &[Producer, Distributor, Brand],
        KindBody::Recall(_) => &[Brand, Regulator],
        KindBody::Correction(_) | KindBody::Party(_) => Role::ALL,
    };
    roles.contains(&role)
}

/// Whether the signer needs authority over the goods and units that the event names. Customs, laboratories, certifiers, regulators and
/// the platform act by their own right. A correction, a lift and a party event need none (A5).
pub fn needs_goods(event: &Event) -> bool {
    let own = matches!(event.role, Role::Customs | Role::Lab | Role::Certifier | Role::Regulator | Role::Platform);
    !own && !names_original(event) && event.kind() != Kind::Party
}

pub(super) fn names_original(event: &Event) -> bool {
    match &event.body {
        KindBody::Correction(_) => true,
        KindBody::Recall(recall) => recall.is_lift(),
        _ => false,
    }
}

/// Checks a correction, or the lift of a recall. The signer is the author of the original or a regulator, and the subjects are exactly
/// those of the original. Only a regulator lifts a regulator's recall (A6).
pub(super) fn may_take_back(event: &Event, original: Option<&Event>) -> Result<(), Denied> {
    if !names_original(event) {
        return Ok(());
    }
    let original = original.ok_or(Denied::NoOriginal)?;
    let fitting = match &event.body {
        KindBody::Correction(correction) => {
            correction.original_event_id == original.event_id && !matches!(original.kind(), Kind::Party | Kind::Recall)
        }
        _ => matches!(&original.body, KindBody::Recall(recall) if !recall.is_lift()),
    };
    if !fitting {
        return Err(Denied::NotTakenBack { kind: original.kind() });
    }
    if !event.keys().eq(original.keys()) {
        return Err(Denied::OtherSubjects);
    }
    let author = event.party == original.party;
    let ordered = original.kind() == Kind::Recall && original.role == Role::Regulator;
    if event.role == Role::Regulator || author && !ordered {
        return Ok(());
    }
    Err(Denied::NotAuthor { party: event.party.clone(), author: original.party.clone() })
}
