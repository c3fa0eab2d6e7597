//! Events: the one encoding of each, and the ways to differ from that encoding.

use headwater_client::draft::{Author, Draft};
use headwater_event::codec::Message as _;
use headwater_event::entry::EVENT_BYTES_MAX;
use headwater_event::event::{Event, Role};
use headwater_event::kind::Kind;
use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;
use serde_json::{Value, json};

use super::Case;
use headwater_testing::document;
use headwater_testing::wire::{Field, Wire};

/// A good event of a kind, completed from the kind's template.
pub fn sample(kind: Kind) -> Event {
    let role = match kind {
        Kind::ShipmentLeg => Role::Carrier,
        Kind::Distribution => Role::Distributor,
        Kind::CustomsClearance => Role::Customs,
        Kind::LabInspection => Role::Lab,
        Kind::Certification => Role::Certifier,
        Kind::Party => Role::Platform,
        _ => Role::Brand,
    };
    let author =
        Author { party: PartyKey::parse("417/9526543000105").expect("a party"), role, key_id: Hash::plain(b"a key") };
    let draft = Draft::parse(Draft::template(kind)).expect("a template is a draft");
    draft.event(Hash::plain(b"a ledger"), author, [7; 10]).expect("a template completes")
}

fn input(bytes: &[u8]) -> Value {
    json!({"event": hex::encode(bytes)})
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Kind::ALL
        .iter()
        .map(|kind| {
            let name = format!("kind-{}", kind.as_str().replace('_', "-"));
            Case::ok("event", &name, &format!("an event of kind {kind}"), input(&sample(*kind).encode()))
        })
        .collect();
    cases.extend(spellings());
    cases.extend(contradictions());
    cases.extend(findings());
    cases.extend(super::finding::cases());
    cases.extend(super::rule::cases());
    cases.extend(super::fit::cases());
    cases.extend(super::newer::cases());
    cases
}

/// Bytes that another library may take for the same event.
fn spellings() -> Vec<Case> {
    let good = sample(Kind::Production).encode();
    let no = |name, about, bytes: Vec<u8>, error| Case::refused("event", name, about, input(&bytes), error);
    let changed = |change: &dyn Fn(&mut Wire)| {
        let mut wire = Wire::read(&good);
        change(&mut wire);
        wire.write()
    };
    let inside = |number: u32, change: &dyn Fn(&mut Wire)| changed(&|wire| wire.inside(number, change));
    const LEDGER: u32 = 1;
    const OCCURRED: u32 = 6;
    const OFFSET: u32 = 7;
    const SUBJECTS: u32 = 9;
    const PLACE: u32 = 10;
    const PRODUCTION: u32 = 16;
    vec![
        no("empty", "no bytes", Vec::new(), "Missing").field("ledger_id"),
        no("truncated", "the last byte is missing", good[..good.len() - 1].to_vec(), "Truncated"),
        no("byte-behind", "a zero byte behind the event", [good.clone(), vec![0]].concat(), "Varint"),
        no(
            "unknown-field",
            "a field that the envelope does not have",
            changed(&|wire| wire.0.insert(wire.0.len() - 1, Field::number(15, 1))),
            "Unknown",
        ),
        no(
            "unknown-arm",
            "a body with a number that no arm has",
            changed(&|wire| {
                wire.0.pop();
                wire.0.push(Field::bytes(48, vec![8, 1]));
            }),
            "Unknown",
        ),
        no(
            "two-bodies",
            "two arms of the body",
            changed(&|wire| wire.0.push(Field::bytes(17, vec![0x12, 1, b'x']))),
            "Unknown",
        ),
        no(
            "no-body",
            "no body",
            changed(&|wire| {
                wire.0.pop();
            }),
            "Missing",
        )
        .field("body"),
        no(
            "unknown-field-inside",
            "a field that a place does not have",
            inside(PLACE, &|place| place.0.push(Field::number(15, 1))),
            "Unknown",
        )
        .field("place"),
        no("fields-swapped", "two fields in the wrong order", changed(&|wire| wire.swap(LEDGER, OCCURRED)), "Missing")
            .field("ledger_id"),
        no(
            "field-behind-its-turn",
            "a place behind the body",
            changed(&|wire| {
                let place = wire.find(PLACE).clone();
                wire.remove(PLACE);
                wire.0.push(place);
            }),
            "Order",
        ),
        no(
            "field-twice",
            "a field that stands twice",
            changed(&|wire| {
                let again = wire.find(LEDGER).clone();
                wire.0.insert(1, again);
            }),
            "Order",
        ),
        no(
            "default-written",
            "an offset of zero that is written",
            changed(&|wire| wire.find_mut(OFFSET).set_number(0)),
            "Empty",
        )
        .field("utc_offset_minutes"),
        no(
            "empty-sub-message",
            "a place without anything",
            changed(&|wire| wire.find_mut(PLACE).set_bytes(Vec::new())),
            "Empty",
        )
        .field("place"),
        no(
            "empty-text",
            "a subject key without a character",
            inside(SUBJECTS, &|named| named.find_mut(1).set_bytes(Vec::new())),
            "Empty",
        )
        .field("subjects.0.key"),
        no("missing-field", "no time", changed(&|wire| wire.remove(OCCURRED)), "Missing").field("occurred_at_ms"),
        no(
            "wire-type",
            "a number where bytes are",
            changed(&|wire| *wire.find_mut(LEDGER) = Field::number(LEDGER, 7)),
            "WireType",
        )
        .field("ledger_id"),
        no(
            "fixed-64",
            "a wire type that no field has",
            [&good[..], &[0x89, 0x01, 0, 0, 0, 0, 0, 0, 0, 0]].concat(),
            "WireType",
        ),
        no("long-varint", "a tag in two bytes that fits in one", [&[0x8a, 0x00], &good[1..]].concat(), "Varint"),
        no(
            "long-length",
            "a length in two bytes that fits in one",
            [&good[..1], &[0xa0, 0x00], &good[2..]].concat(),
            "Varint",
        ),
        no(
            "varint-65-bits",
            "a number of 65 bits",
            [&good[..], &[0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]].concat(),
            "Varint",
        ),
        no(
            "short-hash",
            "a ledger id of 31 bytes",
            changed(&|wire| wire.find_mut(LEDGER).set_bytes(vec![1; 31])),
            "Length",
        )
        .field("ledger_id"),
        no(
            "no-uuid-v7",
            "an event id of version 4",
            changed(&|wire| {
                wire.find_mut(2).set_bytes(
                    [[0x11; 6], [0x41, 0x11, 0x81, 0x11, 0x11, 0x11]].concat().into_iter().chain([0x11; 4]).collect(),
                )
            }),
            "Value",
        )
        .field("event_id"),
        no(
            "not-utf-8",
            "a place whose country is not UTF-8",
            inside(PLACE, &|place| place.find_mut(5).set_bytes(vec![0xff, 0xfe])),
            "Value",
        )
        .field("place.country"),
        no(
            "check-digit",
            "a subject with a wrong check digit",
            inside(SUBJECTS, &|named| named.find_mut(1).set_bytes(b"01/09526543000017/10/L26-0417".to_vec())),
            "Value",
        )
        .field("subjects.0.key"),
        no(
            "no-date",
            "a date that does not exist",
            inside(PRODUCTION, &|made| made.find_mut(3).set_bytes(b"2026-02-30".to_vec())),
            "Value",
        )
        .field("body.production.production_date"),
        no(
            "offset-too-large",
            "an offset of more than 14 hours",
            changed(&|wire| wire.find_mut(OFFSET).set_number(841 * 2)),
            "Value",
        )
        .field("utc_offset_minutes"),
        no(
            "subjects-unsorted",
            "two subjects in the wrong order",
            two_subjects(b"01/09526543000013/10/B", b"01/09526543000013/10/A"),
            "Unsorted",
        )
        .field("subjects.1"),
        no(
            "subject-twice",
            "one subject twice",
            two_subjects(b"01/09526543000013/10/A", b"01/09526543000013/10/A"),
            "Unsorted",
        )
        .field("subjects.1"),
        no("set-not-packed", "a set of numbers, one field for each", not_packed(), "WireType")
            .field("body.recall.scope.0.subjects"),
        no("set-unsorted", "a packed set that does not rise", packed(&[1, 0]), "Unsorted")
            .field("body.transformation.inputs"),
        no("too-long", "an event of more than 32 KiB", vec![0x0a; EVENT_BYTES_MAX + 1], "Value"),
    ]
}

fn two_subjects(one: &[u8], two: &[u8]) -> Vec<u8> {
    let mut wire = Wire::read(&sample(Kind::Production).encode());
    let at = wire.0.iter().position(|field| field.number == 9).expect("a subject");
    let named = |key: &[u8]| Field::bytes(9, Wire(vec![Field::bytes(1, key.to_vec())]).write());
    wire.0.splice(at..=at, [named(one), named(two)]);
    wire.write()
}

fn not_packed() -> Vec<u8> {
    let mut wire = Wire::read(&sample(Kind::Recall).encode());
    wire.inside(26, &|recall| recall.inside(10, &|scope| *scope.find_mut(1) = Field::number(1, 0)));
    wire.write()
}

fn packed(numbers: &[u8]) -> Vec<u8> {
    let mut wire = Wire::read(&sample(Kind::Transformation).encode());
    wire.inside(25, &|made| made.find_mut(3).set_bytes(numbers.to_vec()));
    wire.write()
}

/// Canonical bytes whose parts contradict each other.
fn contradictions() -> Vec<Case> {
    let no = |name, about, change: &dyn Fn(&mut Value), kind: Kind, field| {
        let mut document = serde_json::to_value(sample(kind)).expect("a document");
        change(&mut document);
        let event: Event = document::message(&document).expect("an event");
        Case::refused("event", name, about, input(&event.encode()), "Value").field(field)
    };
    vec![
        no(
            "subject-of-other-kind",
            "a production of a model",
            &|event| event["subjects"][0] = json!({"key": "01/09526543000013"}),
            Kind::Production,
            "subjects.0.key",
        ),
        no(
            "quantity-of-an-item",
            "a quantity beside an item",
            &|event| event["subjects"][0]["quantity"] = json!({"value": "1", "uom": "KGM"}),
            Kind::Sticker,
            "subjects.0.quantity",
        ),
        no(
            "lot-of-other-model",
            "an item with a lot of another model",
            &|event| event["subjects"][0]["lot"] = json!("01/09521234000013/10/L"),
            Kind::Sticker,
            "subjects.0.lot",
        ),
        no(
            "pin-of-no-subject",
            "a pin that points to no subject",
            &|event| event["after"] = json!([{"subject": 9, "count": 0, "head": "00".repeat(32)}]),
            Kind::Production,
            "after.0.subject",
        ),
        no(
            "pin-of-nothing-with-head",
            "a pin on an empty chain with a head",
            &|event| event["after"] = json!([{"subject": 0, "count": 0, "head": "11".repeat(32)}]),
            Kind::Production,
            "after.0.head",
        ),
        no(
            "parent-of-no-subject",
            "a parent that points to no subject",
            &|event| event["body"]["aggregation"]["parent"] = json!(99),
            Kind::Aggregation,
            "body.aggregation.parent",
        ),
        no(
            "input-and-output",
            "a subject that is input and output",
            &|event| event["body"]["transformation"]["outputs"] = json!([0, 1]),
            Kind::Transformation,
            "body.transformation.inputs",
        ),
        no(
            "mode-without-carrier",
            "a flight by road",
            &|event| event["body"]["shipment_leg"]["mode"] = json!("rail"),
            Kind::ShipmentLeg,
            "body.shipment_leg.mode",
        ),
        no(
            "did-not-occur-with-corrective",
            "an event that did not occur, and what is right instead",
            &|event| {
                event["body"]["correction"]["reason"] = json!("did_not_occur");
                event["body"]["correction"]["corrective_event_ids"] = json!(["01960000-0000-7000-8000-000000000000"]);
            },
            Kind::Correction,
            "body.correction.corrective_event_ids",
        ),
    ]
}

/// Well-formed events that break a rule: readers accept the events and report the finding.
fn findings() -> Vec<Case> {
    let told = |name, about, change: &dyn Fn(&mut Value), kind: Kind| {
        let mut document = serde_json::to_value(sample(kind)).expect("a document");
        change(&mut document);
        let event: Event = document::message(&document).expect("an event");
        Case::ok("event", name, about, input(&event.encode()))
    };
    vec![
        told(
            "finding-quantity-zero",
            "a quantity of nothing",
            &|event| event["subjects"][0]["quantity"]["value"] = json!("0"),
            Kind::Production,
        ),
        told(
            "finding-unknown-unit",
            "a unit that is not listed",
            &|event| event["subjects"][0]["quantity"]["uom"] = json!("XX9"),
            Kind::Production,
        ),
        told(
            "finding-unknown-country",
            "a country that is not listed",
            &|event| event["place"]["country"] = json!("UK"),
            Kind::Production,
        ),
        told(
            "finding-expired-before-made",
            "an expiry before the production",
            &|event| event["body"]["production"]["expiry_date"] = json!("2020-01-01"),
            Kind::Production,
        ),
        told(
            "finding-not-nfc",
            "a note that is not in form C",
            &|event| event["notes"] = json!([{"lang": "en", "text": "e\u{301}"}]),
            Kind::Production,
        ),
        told(
            "finding-waybill",
            "an air waybill with a wrong check digit",
            &|event| event["body"]["shipment_leg"]["refs"] = json!([{"kind": "awb", "id": "176-12345674"}]),
            Kind::ShipmentLeg,
        ),
        told(
            "finding-flight-number",
            "a flight number that is none: told, and taken",
            &|event| event["body"]["shipment_leg"]["by"]["flight"]["flight_no"] = json!("123"),
            Kind::ShipmentLeg,
        ),
        told(
            "finding-leg-to-itself",
            "a leg that ends where it begins",
            &|event| event["body"]["shipment_leg"]["destination"] = event["body"]["shipment_leg"]["origin"].clone(),
            Kind::ShipmentLeg,
        ),
        told(
            "finding-verdict-of-a-test",
            "a verdict that the values do not give",
            &|event| event["body"]["lab_inspection"]["results"][0]["value"] = json!("9"),
            Kind::LabInspection,
        ),
        told(
            "finding-recall-without-action",
            "a recall that says not what to do",
            &|event| event["body"]["recall"]["consumer_action"] = json!([]),
            Kind::Recall,
        ),
    ]
}
