//! Short functions that sign events of the parties of a world.

use super::*;
use headwater_event::codec::Keyed as _;
use headwater_event::event::SubjectRef;
use headwater_testing::document;

/// An event that a party writes now, with its subjects by key and its body as a JSON document.
pub(super) fn drafted(world: &Memory, by: &Actor, named: &[&str], body: Value) -> Event {
    drafted_of(world, by, named.iter().map(|key| json!({"key": key})).collect(), body)
}

/// An event that a party writes now, with quantities and lots beside the subjects.
pub(super) fn drafted_of(world: &Memory, by: &Actor, named: Value, body: Value) -> Event {
    let body: KindBody = document::message(&body).expect("a body");
    let mut event = world.event(by, Vec::new(), body);
    if by.party == world.carrier.party {
        event.principal = Some(world.dairy.party.clone());
    }
    event.subjects = document::messages::<SubjectRef>(&named).expect("subjects");
    event.subjects.sort_by_key(SubjectRef::sort_key);
    event.name_register();
    event
}

/// The signed event in an entry.
pub(super) fn event_of(entry: &[u8]) -> Event {
    match Entry::parse(entry).unwrap().body {
        EntryBody::SignedEvent(signed) => Event::parse(&signed.event).unwrap(),
        _ => panic!("an event"),
    }
}

/// A world with an item of a lot, and nothing else.
pub(super) fn issued() -> Memory {
    let world = World::unbounded();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    world
}

pub(super) fn unit(number: u32) -> String {
    format!("00/{}", headwater_testing::world::with_check(&format!("1952654300000{number:04}")))
}

/// Signs and appends an event about one subject. Returns the entry.
pub(super) fn says(world: &Memory, by: &Actor, key: &str, body: Value) -> Vec<u8> {
    world.say(by, &drafted(world, by, &[key], body)).unwrap().entry.entry
}

pub(super) fn does(world: &Memory, key: &str, action: &str) -> Vec<u8> {
    let from = world.carrier.party.to_string();
    says(world, &world.carrier, key, json!({"distribution": {"action": action, "from_party": from}}))
}

pub(super) fn stuck(world: &Memory, action: &str) -> Vec<u8> {
    says(world, &world.dairy, ITEM, stuck_as(action))
}

pub(super) fn stuck_as(action: &str) -> Value {
    match action {
        "applied" => json!({"sticker": {"action": action, "tamper_id": "SEAL-1"}}),
        "voided" => json!({"sticker": {"action": action, "reason": "torn"}}),
        _ => json!({"sticker": {"action": action}}),
    }
}

pub(super) fn corrected(world: &Memory, by: &Actor, entry: &[u8], more: Value) -> Event {
    let original = event_of(entry);
    let named: Vec<String> = original.keys().map(ToString::to_string).collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let mut body = json!({"original_event_id": original.event_id, "original_entry_hash": Hash::leaf(entry)});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    drafted(world, by, &named, json!({"correction": body}))
}

pub(super) fn strike(world: &Memory, by: &Actor, entry: &[u8]) {
    let event = corrected(world, by, entry, json!({"reason": "wrong_subject"}));
    world.say(by, &event).unwrap();
}

pub(super) fn port(code: &str) -> Value {
    json!({"unlocode": code, "country": code[..2]})
}

pub(super) fn travels(id: &str, movement: &str, mode: &str, from: &Value, to: &Value) -> Value {
    let vehicle = json!({"operator": "Windmill", "vehicle": "NL-1"});
    json!({"shipment_leg": {"refs": [{"kind": "cmr", "id": "CMR-1"}], "leg_id": id, "leg_seq": 1, "movement": movement,
        "mode": mode, "origin": from, "destination": to, "by": {"vehicle": vehicle}}})
}

pub(super) fn departs(world: &Memory, id: &str, from: &str, to: &str) -> Vec<u8> {
    says(world, &world.carrier, ITEM, travels(id, "departure", "road", &port(from), &port(to)))
}

pub(super) fn arrives(world: &Memory, id: &str, from: &str, to: &str) -> Vec<u8> {
    says(world, &world.carrier, ITEM, travels(id, "arrival", "road", &port(from), &port(to)))
}

/// A declaration with one line and with these last digits of its number.
pub(super) fn cleared(number: &str, status: &str, kilograms: &str) -> Value {
    let line = json!({"line_no": 1, "hs_code": "0402210000", "hs_edition": "2022", "origin": "NL", "quantity": {"value": kilograms, "uom": "KGM"}});
    json!({"customs_clearance": {"declaration_no": format!("2248202610000{number:0>5}"), "jurisdiction": "CN", "direction": "import",
        "office_code": "2248", "regime": "1210", "status": status, "lines": [line]}})
}
