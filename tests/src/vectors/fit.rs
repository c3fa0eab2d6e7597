//! Subjects that each kind may name, and other parts of an event that have to fit together.

use std::collections::BTreeSet;

use headwater_event::codec::Message as _;
use headwater_event::event::Event;
use headwater_event::kind::Kind;
use headwater_event::kind::party::EXCEPTED_MAX;
use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use serde_json::{Value, json};

use super::Case;
use super::finding::changed;
use headwater_testing::world::{delegation, with_check};

const MODEL: &str = "01/09526543000013";
const LOT: &str = "01/09526543000013/10/L26-0417";
const ITEM: &str = "01/09526543000013/21/S1";
const UNIT: &str = "00/195265430000000010";
const REGISTER: &str = "sets/09526543000013";
const LIST: &str = "items/09526543000013/L26-0417";
const PARTY: &str = "417/9526543000105";
const PREFIX: &str = "gcp/9526543";
/// A subject of each kind, except a delegation.
const SUBJECTS: [(&str, &str); 8] = [
    ("model", MODEL),
    ("lot", LOT),
    ("item", ITEM),
    ("unit", UNIT),
    ("register", REGISTER),
    ("list", LIST),
    ("party", PARTY),
    ("prefix", PREFIX),
];

fn input(event: &Event) -> Value {
    json!({"event": hex::encode(event.encode())})
}

pub(super) fn cases() -> Vec<Case> {
    [names(), counts(), listed(), committed(), bodies(), acts(), assets()].into_iter().flatten().collect()
}

/// A case for each kind of event with each kind of subject.
fn names() -> Vec<Case> {
    use Kind::*;
    const MOVED: &[&str] = &["lot", "item", "unit"];
    const NAMES: [(Kind, &[&str]); 12] = [
        (Production, &["lot"]),
        (Sticker, &["item"]),
        (ShipmentLeg, MOVED),
        (Distribution, MOVED),
        (CustomsClearance, MOVED),
        (LabInspection, &["lot", "item"]),
        (Certification, &["model", "lot"]),
        (Aggregation, MOVED),
        (Transformation, &["lot", "item"]),
        (Recall, &["model", "lot", "item"]),
        (Correction, &["model", "lot", "item", "unit", "register", "list"]),
        (OriginContent, &["model", "lot"]),
    ];
    let mut cases = Vec::new();
    for (kind, names) in NAMES {
        for (word, key) in SUBJECTS {
            let mut changes = vec![("subjects", json!([{"key": key}]))];
            match kind {
                // An aggregation also names its parent, whose key sorts first.
                Aggregation if word != "unit" => {
                    let mut all = [UNIT, key];
                    all.sort_unstable();
                    let parent = all.iter().position(|named| *named == UNIT);
                    changes = vec![
                        ("subjects", all.iter().map(|key| json!({"key": key})).collect()),
                        ("body.aggregation.parent", json!(parent)),
                    ];
                }
                Transformation => {
                    let mut all = ["01/09526543000013/10/BLEND", key];
                    all.sort_unstable();
                    changes = vec![
                        ("subjects", all.iter().map(|key| json!({"key": key})).collect()),
                        ("body.transformation.inputs", json!([1])),
                        ("body.transformation.outputs", json!([0])),
                    ];
                }
                _ => {}
            }
            let at = changes[0].1.as_array().unwrap().iter().position(|named| named["key"] == key).unwrap();
            let name = format!("names-{}-of-{}", kind.as_str().replace('_', "-"), word);
            let shown = input(&changed(kind, &changes));
            cases.push(if names.contains(&word) {
                Case::ok("event", &name, "a subject that this kind has", shown)
            } else {
                let about = "a subject that this kind does not have";
                Case::refused("event", &name, about, shown, "Value").field(&format!("subjects.{at}.key"))
            });
        }
    }
    cases
}

fn fits(name: &str, about: &str, event: &Event) -> Case {
    Case::ok("event", &format!("fits-{name}"), about, input(event))
}

fn misfits(name: &str, about: &str, field: &str, event: &Event) -> Case {
    Case::refused("event", &format!("misfits-{name}"), about, input(event), "Value").field(field)
}

/// Items of a model, with numbers as serials.
fn items(count: usize) -> Vec<Value> {
    (0..count).map(|at| json!({"key": format!("01/09526543000013/21/{at:03}")})).collect()
}

fn counts() -> Vec<Case> {
    let stuck = |count: usize| changed(Kind::Sticker, &[("subjects", items(count).into())]);
    let struck = |count: usize| changed(Kind::Correction, &[("subjects", items(count).into())]);
    vec![
        fits("64-subjects", "as many as most kinds may name", &stuck(64)),
        misfits("65-subjects", "more than most kinds may name", "subjects", &stuck(65)),
        fits("501-subjects-corrected", "as many as a correction may name", &struck(501)),
        misfits("502-subjects-corrected", "more than a correction may name", "subjects", &struck(502)),
    ]
}

/// Texts with check digits that other cases do not cover.
fn assets() -> Vec<Case> {
    let of = |asset: &str| changed(Kind::Aggregation, &[("body.aggregation.asset", json!(asset))]);
    let returnable = format!("8003/0{}A1", with_check("952654300001"));
    let wrong = |name: &str, about: &str, right: &str, wrong: &str| {
        let bytes = hex::encode(of(right).encode()).replace(&hex::encode(right), &hex::encode(wrong));
        let shown = json!({"event": bytes});
        Case::refused("event", &format!("misfits-{name}"), about, shown, "Value").field("body.aggregation.asset")
    };
    let digit = returnable.as_bytes()[18];
    let mut other = returnable.clone().into_bytes();
    other[18] = if digit == b'0' { b'1' } else { b'0' };
    let other = String::from_utf8(other).unwrap();
    vec![
        fits("returnable-asset", "an asset that comes back", &of(&returnable)),
        fits("asset", "an asset of its own", &of("8004/9526TRUCK12")),
        wrong("asset-check-digit", "another check digit", &returnable, &other),
        wrong("asset-without-digits", "an asset that begins with no digits", "8004/9526TRUCK12", "8004/TRUCK952612"),
    ]
}

fn named(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({"key": key})).collect()
}

fn listed() -> Vec<Case> {
    let of = |subjects: Value| changed(Kind::Commissioning, &[("subjects", subjects)]);
    let of_list = |mut items: Vec<Value>| {
        items.push(json!({"key": LIST}));
        of(items.into())
    };
    let no_lot = changed(
        Kind::Commissioning,
        &[("body.commissioning.form.listed.lot", json!(MODEL)), ("subjects", named(&[ITEM]))],
    );
    let body = "body.commissioning";
    let mut cases = vec![
        fits("500-items", "500 items and their list", &of_list(items(500))),
        misfits("501-items", "501 items and their list", "subjects", &of_list(items(501))),
        misfits("no-list", "no list", body, &of(named(&[ITEM]))),
        misfits("no-item", "no item", body, &of(named(&[LIST]))),
        misfits(
            "another-list",
            "the list of another lot",
            "subjects.1.key",
            &of(named(&[ITEM, "items/09526543000013/OTHER"])),
        ),
        misfits(
            "another-items",
            "an item of another model",
            "subjects.0.key",
            &of(named(&["01/09521234000013/21/S1", LIST])),
        ),
        misfits("a-lot-in-a-list", "a lot", "subjects.0.key", &of(named(&[LOT, LIST]))),
        misfits(
            "a-lot-beside-an-item",
            "an item with a lot of its own",
            body,
            &of(json!([{"key": ITEM, "lot": LOT}, {"key": LIST}])),
        ),
    ];
    cases.push(misfits("list-of-no-lot", "the list of a model", "body.commissioning.listed.lot", &no_lot));
    cases
}

fn committed() -> Vec<Case> {
    let of = |subjects: Value, more: Value| {
        let mut form = json!({"count": 1, "items_root": "11".repeat(32), "manifest": 0});
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let file = json!({"sha256": "22".repeat(32), "size": 1, "media_type": "text/csv", "role": "other"});
        changed(
            Kind::Commissioning,
            &[
                ("subjects", subjects),
                ("attachments", json!([file])),
                ("body.commissioning.form", json!({"committed": form})),
            ],
        )
    };
    let body = "body.commissioning";
    let at = |field: &str| format!("{body}.form.committed.{field}").replace("form.", "");
    let none = json!({});
    vec![
        fits("set", "a lot and the register of its model", &of(named(&[LOT, REGISTER]), none.clone())),
        misfits("no-register", "no register", body, &of(named(&[LOT]), none.clone())),
        misfits("no-lot", "no lot", body, &of(named(&[REGISTER]), none.clone())),
        misfits(
            "another-register",
            "the register of another model",
            body,
            &of(named(&[LOT, "sets/09521234000013"]), none.clone()),
        ),
        misfits("two-lots", "two lots", body, &of(named(&["01/09526543000013/10/A", LOT, REGISTER]), none.clone())),
        misfits(
            "two-lots-without-register",
            "two lots and no register",
            body,
            &of(named(&["01/09526543000013/10/A", LOT]), none.clone()),
        ),
        misfits("an-item-in-a-set", "an item", "subjects.1.key", &of(named(&[LOT, ITEM, REGISTER]), none)),
        misfits(
            "root-of-zeros",
            "the set of nothing",
            &at("items_root"),
            &of(named(&[LOT, REGISTER]), json!({"items_root": "00".repeat(32)})),
        ),
        misfits(
            "manifest-of-nothing",
            "an attachment that is not there",
            &at("manifest"),
            &of(named(&[LOT, REGISTER]), json!({"manifest": 1})),
        ),
    ]
}

fn bodies() -> Vec<Case> {
    use Kind::*;
    let other = "417/9520000000011";
    let lots: &[&str] = &["01/09526543000013/10/A", "01/09526543000013/10/B"];
    let flight = json!({"flight": {"carrier": "WX", "flight_no": "WX0895", "flight_date": "2026-04-21"}});
    let vessel = json!({"vessel": {"ship": "9074729", "voyage": "1", "containers": ["CSQU3054383"]}});
    let vehicle = json!({"vehicle": {"operator": "W", "vehicle": "NL-1"}});
    let mut cases = Vec::new();
    for (mode, right) in [("air", "flight"), ("sea", "vessel"), ("road", "vehicle"), ("rail", "vehicle")] {
        for (word, by) in [("flight", &flight), ("vessel", &vessel), ("vehicle", &vehicle)] {
            let event =
                changed(ShipmentLeg, &[("body.shipment_leg.mode", json!(mode)), ("body.shipment_leg.by", by.clone())]);
            let name = format!("{mode}-by-{word}");
            cases.push(if word == right {
                fits(&name, "a leg by this mode", &event)
            } else {
                misfits(&name, "a leg by another mode", "body.shipment_leg.mode", &event)
            });
        }
    }
    let made = |inputs: Value, outputs: Value| {
        changed(Transformation, &[("body.transformation.inputs", inputs), ("body.transformation.outputs", outputs)])
    };
    let inputs = "body.transformation.inputs";
    let recall = |changes: &[(&str, Value)]| changed(Recall, changes);
    let scope = "body.recall.scope";
    let two = ("subjects", named(lots));
    let mut more = vec![
        misfits(
            "two-lots-made",
            "a production of two lots",
            "body.production",
            &changed(Production, std::slice::from_ref(&two)),
        ),
        misfits(
            "two-claimed",
            "a claim of two items",
            "body.sticker",
            &changed(
                Sticker,
                &[
                    ("subjects", items(2).into()),
                    ("body.sticker", json!({"action": "claimed", "code": "0123456789ABCDEF"})),
                ],
            ),
        ),
        fits("two-stuck", "two items get stickers", &changed(Sticker, &[("subjects", items(2).into())])),
        misfits(
            "another-laboratory",
            "a laboratory that is not the party",
            "body.lab_inspection.laboratory",
            &changed(LabInspection, &[("body.lab_inspection.laboratory", json!(other))]),
        ),
        misfits(
            "sample-of-fewer",
            "a sample of one of two subjects",
            "body.lab_inspection.sample.subjects",
            &changed(LabInspection, std::slice::from_ref(&two)),
        ),
        misfits(
            "sample-of-more",
            "a sample of what is not there",
            "body.lab_inspection.sample.subjects",
            &changed(LabInspection, &[("body.lab_inspection.sample.subjects", json!([0, 1]))]),
        ),
        misfits(
            "sample-of-another",
            "a sample of what is not there alone",
            "body.lab_inspection.sample.subjects",
            &changed(LabInspection, &[("body.lab_inspection.sample.subjects", json!([1]))]),
        ),
        fits(
            "sample-of-two",
            "a sample of both subjects",
            &changed(LabInspection, &[two.clone(), ("body.lab_inspection.sample.subjects", json!([0, 1]))]),
        ),
        misfits(
            "another-agency",
            "an agency that is not the party",
            "body.certification.agency",
            &changed(Certification, &[("body.certification.agency", json!(other))]),
        ),
        misfits(
            "parent-of-nothing",
            "a parent that is not there",
            "body.aggregation.parent",
            &changed(Aggregation, &[("body.aggregation.parent", json!(2))]),
        ),
        misfits(
            "parent-of-an-item",
            "a parent that is no unit",
            "body.aggregation.parent",
            &changed(Aggregation, &[("body.aggregation.parent", json!(1))]),
        ),
        misfits("neither-input-nor-output", "a subject that is neither", inputs, &made(json!([1]), json!([0]))),
        misfits("input-and-output-of-three", "a subject that is both", inputs, &made(json!([0, 1, 2]), json!([0]))),
        misfits("output-of-nothing", "an output that is not there", inputs, &made(json!([1, 2]), json!([0, 3]))),
        misfits(
            "output-of-nothing-for-another",
            "an output that is not there, and a subject that is neither",
            inputs,
            &made(json!([1]), json!([0, 3])),
        ),
        misfits(
            "lift-of-nothing",
            "a lift without what it lifts",
            "body.recall.lifts",
            &recall(&[("body.recall.action", json!("lift"))]),
        ),
        misfits(
            "recall-that-lifts",
            "a recall with what it lifts",
            "body.recall.lifts",
            &recall(&[("body.recall.lifts", json!("11".repeat(32)))]),
        ),
        misfits(
            "scope-of-nothing",
            "a scope of what is not there",
            "body.recall.scope.0.subjects",
            &recall(&[(scope, json!([{"subjects": [0, 1]}]))]),
        ),
        misfits("subject-in-no-scope", "a subject in no scope", scope, &recall(std::slice::from_ref(&two))),
        fits(
            "scopes-of-two",
            "two scopes with a subject each",
            &recall(&[two, (scope, json!([{"subjects": [0]}, {"subjects": [1]}]))]),
        ),
        fits(
            "lift-without-scope",
            "a lift without a scope",
            &recall(&[
                ("body.recall.action", json!("lift")),
                ("body.recall.lifts", json!("11".repeat(32))),
                (scope, json!([])),
            ]),
        ),
        fits("did-not-occur", "it did not occur", &changed(Correction, &[])),
        misfits(
            "content-of-nothing",
            "content that is not attached",
            "body.origin_content.content.attachment",
            &changed(OriginContent, &[("body.origin_content.content.attachment", json!(1))]),
        ),
        misfits(
            "pin-with-count-alone",
            "a pin on a chain without a head",
            "after.0.head",
            &changed(Production, &[("after", json!([{"subject": 0, "count": 1, "head": "00".repeat(32)}]))]),
        ),
        misfits(
            "lot-beside-a-lot",
            "a lot beside a lot",
            "subjects.0.lot",
            &changed(Distribution, &[("subjects", json!([{"key": LOT, "lot": LOT}]))]),
        ),
        misfits(
            "model-beside-an-item",
            "a model beside an item",
            "subjects.0.lot",
            &changed(Distribution, &[("subjects", json!([{"key": ITEM, "lot": MODEL}]))]),
        ),
        misfits(
            "quantity-of-a-unit",
            "a quantity beside a unit",
            "subjects.0.quantity",
            &changed(Distribution, &[("subjects", json!([{"key": UNIT, "quantity": {"value": "1", "uom": "KGM"}}]))]),
        ),
    ];
    cases.append(&mut more);
    cases
}

fn acts() -> Vec<Case> {
    let of = |subjects: &[&str], action: Value| {
        changed(Kind::Party, &[("subjects", named(subjects)), ("body.party_event.action", action)])
    };
    let other = "417/9520000000011";
    let party = |key: &str| PartyKey::parse(key).unwrap();
    let tie = |grantor: &str, grantee: &str| delegation(&party(grantor), &party(grantee)).to_string();
    let grant = json!({"grant_prefix": {"prefix": "9526543"}});
    let end = json!({"end_prefix": {"prefix": "9526543"}});
    let role = json!({"grant_role": {"role": "brand"}});
    let delegate =
        json!({"delegate": {"grantor": PARTY, "grantee": other, "kinds": ["distribution"], "prefixes": ["9526543"]}});
    let end_delegation = json!({"end_delegation": {"grantor": PARTY, "grantee": other}});
    let (right, wrong) = (tie(PARTY, other), tie(other, PARTY));
    let affirmed = |count: u64| {
        let except: BTreeSet<Hash> = (0..count).map(|at| Hash::plain(&at.to_be_bytes())).collect();
        json!({"reaffirm": {"key_id": Hash::ZERO, "below": 1, "except": except}})
    };
    let max = EXCEPTED_MAX as u64;
    let stranger = json!({"add_key": {"public_key": hex::encode(SecretKey::from_seed(&[7; 32]).public().as_bytes()), "key_use": "events", "possession": "11".repeat(64)}});
    let body = "body.party_event";
    vec![
        misfits("two-parties", "an act on two parties", body, &of(&[other, PARTY], role.clone())),
        misfits("role-beside-a-prefix", "a role with a prefix", "subjects.1.key", &of(&[PARTY, PREFIX], role)),
        fits("prefix-granted", "a prefix and its party", &of(&[PARTY, PREFIX], grant.clone())),
        fits("prefix-ended", "the end of a prefix", &of(&[PARTY, PREFIX], end.clone())),
        misfits("prefix-granted-alone", "a grant without its prefix", body, &of(&[PARTY], grant.clone())),
        misfits("prefix-ended-alone", "an end without its prefix", body, &of(&[PARTY], end)),
        misfits("prefix-without-party", "a grant without its party", body, &of(&[PREFIX], grant.clone())),
        misfits("another-prefix", "another prefix", "subjects.1.key", &of(&[PARTY, "gcp/9521234"], grant)),
        fits("delegation", "the delegation between both", &of(&[&right], delegate.clone())),
        misfits(
            "delegation-the-other-way",
            "the delegation the other way",
            "subjects.0.key",
            &of(&[&wrong], delegate.clone()),
        ),
        misfits(
            "delegation-beside-a-party",
            "a delegation and its grantor",
            "subjects.0.key",
            &of(&[PARTY, &right], delegate),
        ),
        fits("delegation-ended", "the end of the delegation between both", &of(&[&right], end_delegation.clone())),
        misfits(
            "delegation-ended-of-a-party",
            "the end of a delegation, on its grantor",
            "subjects.0.key",
            &of(&[PARTY], end_delegation),
        ),
        fits("reaffirmed-but-for-none", "no exception", &of(&[PARTY], affirmed(0))),
        fits("reaffirmed-but-for-512", "as many exceptions as one act may have", &of(&[PARTY], affirmed(max))),
        misfits(
            "reaffirmed-but-for-513",
            "more exceptions than one act may have",
            "body.party_event.reaffirm.except",
            &of(&[PARTY], affirmed(max + 1)),
        ),
        misfits(
            "possession-by-nobody",
            "no proof that the party holds the key",
            "body.party_event.add_key.possession",
            &of(&[PARTY], stranger),
        ),
    ]
}
