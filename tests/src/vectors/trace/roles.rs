//! The kinds that each role may sign: one trace for all kinds of a role, and one for each kind that a role may not sign.

use super::denied::{Rights, bound, corrects, key_of};
use super::log::Log;
use super::said::drafted;
use super::*;
use crate::vectors::event::sample;
use headwater_event::kind::Kind;
use headwater_event::signature::KeyUse;
use headwater_testing::document;
use headwater_tlog::key::SecretKey;

/// A world whose brand holds every role and an accreditation.
pub(super) fn of_every_role() -> Rights {
    let rights = Rights { world: World::new() };
    let world = &rights.world;
    let party = vec![Subject::Party(world.dairy.party.clone())];
    for role in Role::ALL.iter().filter(|role| **role != Role::Brand) {
        let act = document::message(&json!({"grant_role": {"role": role}})).unwrap();
        world.act(&world.operator, party.clone(), act).unwrap();
    }
    let act = json!({"accredit": {"accreditation": headwater_testing::world::accreditation()}});
    world.act(&world.operator, party, document::message(&act).unwrap()).unwrap();
    rights
}

/// A row of step A4: its name, the kind, the roles that may sign, and some roles that may not.
pub(super) struct Row(pub &'static str, Kind, &'static [Role], &'static [Role]);

pub(super) const ROWS: [Row; 16] = {
    use Role::*;
    const MOVE: &[Role] = &[Distributor, Carrier, Producer, Brand];
    [
        Row("production", Kind::Production, &[Brand, Producer], &[Distributor]),
        Row("commissioning", Kind::Commissioning, &[Brand, Producer], &[Platform]),
        Row("origin_content", Kind::OriginContent, &[Brand, Producer], &[Certifier]),
        Row("applied", Kind::Sticker, &[Brand, Producer], &[Platform]),
        Row("issued", Kind::Sticker, &[Brand, Platform], &[Producer]),
        Row("voided", Kind::Sticker, &[Brand, Platform], &[Distributor]),
        Row("claimed", Kind::Sticker, &[Brand, Platform], &[Carrier]),
        Row("shipment_leg", Kind::ShipmentLeg, MOVE, &[Customs]),
        Row("distribution", Kind::Distribution, MOVE, &[Customs]),
        Row("aggregation", Kind::Aggregation, MOVE, &[Auditor]),
        Row("customs_clearance", Kind::CustomsClearance, &[Customs, Distributor, Carrier, Brand], &[Producer]),
        Row("lab_inspection", Kind::LabInspection, &[Lab], &[Certifier]),
        Row("certification", Kind::Certification, &[Certifier], &[Brand]),
        Row("first_party", Kind::Certification, &[Brand, Producer], &[Certifier]),
        Row("transformation", Kind::Transformation, &[Producer, Distributor, Brand], &[Carrier]),
        Row("recall", Kind::Recall, &[Brand, Regulator], &[Producer]),
    ]
};

impl Row {
    /// A good event of this row by the dairy, about the lot or its item.
    pub(super) fn event(&self, world: &Memory, role: Role) -> Event {
        let dairy = &world.dairy;
        let mut document = serde_json::to_value(sample(self.1)).unwrap();
        let body = &mut document["body"][self.1.as_str()];
        match self.0 {
            "applied" => {}
            "issued" => *body = json!({"action": "issued"}),
            "voided" => *body = json!({"action": "voided", "reason": "torn"}),
            "claimed" => *body = json!({"action": "claimed", "code": "0123456789ABCDEF"}),
            "lab_inspection" => {
                body["laboratory"] = json!(dairy.party);
                body["accreditation"] = json!(headwater_testing::world::accreditation());
            }
            "certification" => body["agency"] = json!(dairy.party),
            "first_party" => {
                body["agency"] = json!(dairy.party);
                body["assurance"] = json!("first_party");
            }
            _ => {}
        }
        if ["shipment_leg", "customs_clearance", "recall"].contains(&self.0) {
            document["subjects"] = json!([{"key": LOT}]);
        }
        let written: Event = document::message(&document).unwrap();
        let now = world.event(dairy, Vec::new(), written.body.clone());
        Event {
            ledger_id: now.ledger_id,
            event_id: now.event_id,
            party: now.party,
            key_id: now.key_id,
            occurred_at_ms: now.occurred_at_ms,
            utc_offset_minutes: now.utc_offset_minutes,
            principal: None,
            role,
            ..written
        }
    }
}

/// Step A4, row by row: one trace for all rows that a role may sign, and one for each role that a row does not list.
pub(super) fn cases() -> Vec<Case> {
    let rights = of_every_role();
    let world = &rights.world;
    let dairy = &world.dairy;
    let of_item = Asks { lot: Some(LOT), ..Asks::of(world, ITEM) };
    let mut cases = Vec::new();
    for role in Role::ALL {
        let mut log = Log::of(world);
        for row in ROWS.iter().filter(|row| row.2.contains(role)) {
            log.says(dairy, &row.event(world, *role));
        }
        // Any role may correct its own events and manage its own keys.
        let named = rights.named(dairy, MODEL);
        let said = log.says(dairy, &named);
        let mut correction = drafted(world, dairy, &[MODEL], corrects(&said, "wrong_subject"));
        correction.role = *role;
        log.says(dairy, &correction);
        let act = bound(world, dairy, &SecretKey::from_seed(&[77; 32]), KeyUse::Events, None);
        let mut act = drafted(world, dairy, &[&key_of(dairy)], json!({"party_event": {"action": act}}));
        act.role = *role;
        log.says(dairy, &act);
        let name = format!("signed-by-role-{}", role.as_str());
        cases.push(ok(&name, "an event of each kind that this role signs", log.shown_for(&of_item)));
    }
    let mut denied = |row: &Row, role: Role| {
        let mut log = Log::of(world);
        log.says(dairy, &row.event(world, role));
        let name = format!("not-signed-{}-by-{}", row.0.replace('_', "-"), role.as_str());
        let about = "a role that does not sign this";
        cases.push(no(&name, about, log.shown_for(&of_item), "Denied").cause("RoleForKind"));
    };
    ROWS.iter().for_each(|row| row.3.iter().for_each(|role| denied(row, *role)));
    // The other roles come behind them, since the clock of the world goes on from case to case.
    for row in &ROWS {
        let others = Role::ALL.iter().filter(|role| !row.2.contains(role) && !row.3.contains(role));
        others.for_each(|role| denied(row, *role));
    }
    cases
}

/// The rows of step A4: a name, its kind, and the roles that sign it.
pub fn roles_that_sign() -> impl Iterator<Item = (&'static str, Kind, &'static [Role])> {
    ROWS.iter().map(|row| (row.0, row.1, row.2))
}
