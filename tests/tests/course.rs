//! The consistency rules: an event that cannot follow from the events before gets a finding and has no effect. An event that only
//! raises a question gets a finding and keeps its effect. The tests also cover the notes that scans of a label add.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::document::AttachmentRole;
use headwater_event::event::{Event, Pin, Role};
use headwater_event::kind::KindBody;
use headwater_event::kind::aggregation::AggregationAction;
use headwater_event::kind::correction::{Correction, CorrectionReason};
use headwater_event::kind::customs_clearance::{CustomsClearance, CustomsStatus, DeclarationLine, Direction};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::shipment_leg::{Conveyance, Mode, Movement, ShipmentLeg, Vehicle};
use headwater_event::kind::sticker::{ItemCode, Sticker, StickerAction};
use headwater_event::place::Place;
use headwater_event::text::Text;
use headwater_event::transport::{Country, HsCode, Locode};
use headwater_ledger::admission::AppendError;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::world::{
    Actor, HOUR_MS, World, attachment, auditor, code, date, distribution, log_signer, place, production, quantity,
    query, set_of, subject, with_check,
};
use headwater_trace::label::Label;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::scan::{Note, Scan, Scans, Spot};
use headwater_trace::story::Story;
use headwater_trace::story_entry::StoryEntry;
use headwater_trace::verdict::{Judgement, Verdict};
use headwater_trace::verify::verify;

const LOT: &str = "01/09526543000013/10/L26-0417";
const ITEM: &str = "01/09526543000013/21/7KQ2M9XW4T";
const CASE: &str = "00/195265430000000010";
const RIGHT: &str = "0123456789ABCDEF";

fn item_in_trade() -> World<MemoryStore> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    world
}

/// The findings of an item's story: the rule of each, and whether the entry keeps its effect.
fn findings(world: &World<MemoryStore>, key: &str) -> Vec<(String, bool)> {
    let trace = world.verified(key);
    let story = Story::compose(&trace);
    let all = |told: &StoryEntry<'_>| {
        told.findings().iter().map(|finding| (finding.rule.clone(), told.has_effect())).collect::<Vec<_>>()
    };
    story.entries().iter().flat_map(all).collect()
}

/// Expects exactly one finding, and whether its entry keeps its effect.
fn one(world: &World<MemoryStore>, key: &str, rule: &str, counts: bool) {
    let found = findings(world, key);
    assert!(matches!(found.as_slice(), [(told, effect)] if told.contains(rule) && *effect == counts), "{found:?}");
}

fn verdict(world: &World<MemoryStore>, key: &str) -> Verdict {
    let trace = world.verified(key);
    Judgement::of(&Story::compose(&trace), &Label::default(), date("2026-06-01")).verdict
}

fn distribute(world: &World<MemoryStore>, action: DistributionAction, key: &str) {
    let event = world.for_dairy(&world.carrier, vec![subject(key)], distribution(action, &world.carrier));
    world.say(&world.carrier, &event).unwrap();
}

fn sticker(world: &World<MemoryStore>, action: StickerAction) -> Event {
    let some = |when| action == when;
    let body = Sticker {
        refs: Vec::new(),
        commitments: Vec::new(),
        action,
        tamper_id: some(StickerAction::Applied).then(|| code("SEAL-1")),
        reason: some(StickerAction::Voided).then(|| Text::parse("torn").unwrap()),
        code: some(StickerAction::Claimed).then(|| ItemCode::parse(RIGHT).unwrap()),
    };
    world.event(&world.dairy, vec![subject(ITEM)], KindBody::Sticker(body))
}

fn leg(world: &World<MemoryStore>, id: &str, movement: Movement, from: &str, to: &str) -> Event {
    let port = |locode: &str| Place {
        unlocode: Some(Locode::parse(locode).unwrap()),
        address: Vec::new(),
        ..place(&locode[..2])
    };
    let body = ShipmentLeg {
        refs: vec![headwater_event::document::Ref { kind: headwater_event::document::RefType::Cmr, id: code("CMR-1") }],
        commitments: Vec::new(),
        leg_id: code(id),
        leg_seq: 1,
        movement,
        mode: Mode::Road,
        origin: port(from),
        destination: port(to),
        temperature: None,
        co2e_kg: None,
        by: Conveyance::Vehicle(Vehicle { operator: Text::parse("Windmill").unwrap(), vehicle: code("NL-1") }),
    };
    world.for_dairy(&world.carrier, vec![subject(ITEM)], KindBody::ShipmentLeg(body))
}

fn clearance(world: &World<MemoryStore>, by: &Actor, status: CustomsStatus, kilograms: &str) -> Event {
    let line = DeclarationLine {
        line_no: 1,
        hs_code: HsCode::parse("0402210000").unwrap(),
        hs_edition: code("2022"),
        origin: Country::parse("NL").unwrap(),
        quantity: quantity(kilograms, "KGM"),
        gtin: None,
        lot: None,
    };
    let body = CustomsClearance {
        refs: Vec::new(),
        commitments: Vec::new(),
        declaration_no: Some(code("224820261000012345")),
        jurisdiction: Country::parse("CN").unwrap(),
        direction: Direction::Import,
        office_code: code("2248"),
        regime: code("1210"),
        status,
        lines: vec![line],
        declarant: None,
        importer: None,
        quarantine_certificate: None,
        inspection_order: None,
        duty_receipt: None,
        port_of_loading: None,
        port_of_entry: None,
        warehouse: None,
        seal: None,
    };
    let body = KindBody::CustomsClearance(body);
    match by.role {
        Role::Customs => world.event(by, vec![subject(ITEM)], body),
        _ => world.for_dairy(by, vec![subject(ITEM)], body),
    }
}

#[test]
fn a_serial_is_commissioned_once() {
    let world = item_in_trade();
    assert_eq!(findings(&world, ITEM), []);
    const OTHER: &str = "01/09526543000013/10/OTHER";
    world.produce(&world.dairy, OTHER).unwrap();
    world.commission(&world.dairy, OTHER, &[ITEM]).unwrap();
    one(&world, ITEM, "commissioned first of all and once", false);
    assert_eq!(world.verified(ITEM).proven_lot(), Some(&subject(LOT)));
}

#[test]
fn a_lot_without_a_production_is_asked_about() {
    let world = World::new();
    world.recall(&world.dairy, &[LOT]).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    one(&world, ITEM, "has no production before this", true);
}

#[test]
fn productions_of_a_lot_agree() {
    let world = item_in_trade();
    let mut other = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    other.subjects[0].quantity = Some(quantity("1", "KGM"));
    if let KindBody::Production(made) = &mut other.body {
        made.expiry_date = Some(date("2029-12-31"));
    }
    world.say(&world.dairy, &other).unwrap();
    one(&world, ITEM, "an earlier production of the lot says otherwise", false);
    let trace = world.verified(ITEM);
    assert_eq!(Story::compose(&trace).production().unwrap().use_by(), Some(&date("2027-12-31")));
}

#[test]
fn a_sticker_is_applied_again_only_when_the_old_one_was_voided() {
    let world = item_in_trade();
    for action in [StickerAction::Applied, StickerAction::Voided, StickerAction::Applied] {
        world.say(&world.dairy, &sticker(&world, action)).unwrap();
    }
    assert_eq!(findings(&world, ITEM), []);
    world.say(&world.dairy, &sticker(&world, StickerAction::Applied)).unwrap();
    one(&world, ITEM, "only after the old was voided", false);
}

#[test]
fn nothing_happens_to_what_was_destroyed() {
    let world = item_in_trade();
    distribute(&world, DistributionAction::Destroy, ITEM);
    distribute(&world, DistributionAction::Sell, ITEM);
    one(&world, ITEM, "was destroyed before", false);
    assert_eq!(verdict(&world, ITEM), Verdict::VoidedSticker);
}

#[test]
fn a_leg_arrives_where_it_departed_for_and_the_next_one_starts_there() {
    let world = item_in_trade();
    let say = |id, movement, from, to| world.say(&world.carrier, &leg(&world, id, movement, from, to)).unwrap();
    say("A", Movement::Departure, "NLLWR", "NLRTM");
    say("A", Movement::Arrival, "NLLWR", "NLRTM");
    say("B", Movement::Departure, "NLRTM", "DEHAM");
    assert_eq!(findings(&world, ITEM), []);
    say("B", Movement::Arrival, "NLRTM", "BEANR");
    one(&world, ITEM, "arrives by another mode or elsewhere", false);
    say("B", Movement::Arrival, "NLRTM", "DEHAM");
    say("C", Movement::Departure, "FRLEH", "BEANR");
    let found = findings(&world, ITEM);
    assert!(found[1].0.contains("is not where the leg before ended") && found[1].1, "{found:?}");
    say("D", Movement::Arrival, "FRLEH", "BEANR");
    assert!(findings(&world, ITEM)[2].0.contains("no departure of it is shown"));
}

#[test]
fn customs_releases_what_it_accepted_and_no_more_than_was_declared() {
    let world = item_in_trade();
    let (customs, carrier) = (&world.customs, &world.carrier);
    let say = |by: &Actor, status, kg| world.say(by, &clearance(&world, by, status, kg)).unwrap();
    world.deliver(&[ITEM]).unwrap();
    say(carrier, CustomsStatus::Lodged, "10");
    say(customs, CustomsStatus::Released, "10");
    one(&world, ITEM, "does not follow lodged", false);
    assert_eq!(verdict(&world, ITEM), Verdict::NotYetSold, "a release out of course releases nothing");
    say(customs, CustomsStatus::Accepted, "10");
    say(customs, CustomsStatus::Released, "11");
    assert!(findings(&world, ITEM)[1].0.contains("is more than was declared"));
    say(customs, CustomsStatus::Released, "10");
    assert_eq!(verdict(&world, ITEM), Verdict::Valid);
    // Declarations of other parties do not change a status that customs attest.
    say(carrier, CustomsStatus::Seized, "10");
    assert_eq!(verdict(&world, ITEM), Verdict::Valid);
}

#[test]
fn an_item_lies_in_one_unit_and_no_unit_in_itself() {
    let world = item_in_trade();
    let pallet = format!("00/{}", with_check("19526543000000002"));
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    world.aggregate(AggregationAction::Add, &pallet, &[ITEM]).unwrap();
    one(&world, ITEM, "lies in 00/195265430000000010 already", false);
    world.aggregate(AggregationAction::Delete, &pallet, &[ITEM]).unwrap();
    assert!(findings(&world, ITEM)[1].0.contains("does not lie in it"));
    world.aggregate(AggregationAction::Add, &pallet, &[CASE]).unwrap();
    world.aggregate(AggregationAction::Add, CASE, &[&pallet]).unwrap();
    let found = findings(&world, ITEM);
    assert!(found.iter().any(|(rule, counts)| rule.contains("lies in what it is to hold") && !counts), "{found:?}");
}

#[test]
fn shipping_a_recalled_lot_is_flagged() {
    let world = item_in_trade();
    world.recall(&world.dairy, &[LOT]).unwrap();
    let ship = |key: &str| {
        let mut event = world.for_dairy(
            &world.carrier,
            vec![subject(key)],
            distribution(DistributionAction::Dispatch, &world.carrier),
        );
        event.subjects[0].quantity = Some(quantity("10", "KGM"));
        world.say(&world.carrier, &event).unwrap();
    };
    ship(LOT);
    one(&world, LOT, "was moved on although it was recalled", true);
}

#[test]
fn a_test_outside_the_scope_of_the_accreditation_is_flagged() {
    use headwater_event::kind::lab_inspection::{
        Analyte, LabInspection, Limit, Operator, Sample, TestResult, TestVerdict,
    };
    use headwater_event::kind::party::{Accredit, PartyAction};
    use headwater_event::text::Decimal;
    use headwater_event::transport::Unit;

    let world = item_in_trade();
    let mut accreditation = headwater_testing::world::accreditation();
    accreditation.number = code("L9");
    let accredit = Accredit { accreditation: accreditation.clone(), methods: vec![code("ISO 14501")] };
    let lab = vec![headwater_event::subject::Subject::Party(world.lab.party.clone())];
    world.act(&world.operator, lab, PartyAction::Accredit(accredit)).unwrap();
    let result = |method: &str| TestResult {
        analyte: Analyte {
            names: headwater_testing::world::english("aflatoxin M1"),
            cas: None,
            inchi: None,
            ncbi_taxon: None,
        },
        method: code(method),
        operator: Operator::Eq,
        value: Some(Decimal::parse("0.008").unwrap()),
        uom: Unit::parse("J33").unwrap(),
        per: None,
        lod: None,
        loq: None,
        uncertainty: None,
        limit: Some(Limit {
            operator: Operator::Le,
            value: Some(Decimal::parse("0.050").unwrap()),
            uom: Unit::parse("J33").unwrap(),
            per: None,
            source: None,
        }),
        verdict: TestVerdict::Pass,
    };
    let body = LabInspection {
        refs: Vec::new(),
        commitments: Vec::new(),
        laboratory: world.lab.party.clone(),
        accreditation,
        report_no: code("RPT-1"),
        issue_date: date("2026-05-01"),
        sample: Sample {
            id: code("S-1"),
            sampled_at: date("2026-04-20"),
            received_at: Some(date("2026-04-20")),
            condition: Some(Text::parse("sealed").unwrap()),
            subjects: headwater_event::codec::Set::new([0]),
        },
        performed_from: date("2026-04-21"),
        performed_to: date("2026-04-22"),
        verdict: TestVerdict::Pass,
        decision_rule: Some(Text::parse("simple acceptance").unwrap()),
        scope_statement: Some(Text::parse("only the items tested").unwrap()),
        sampled_by: None,
        sampling_plan: None,
        customer: None,
        authorised_by: None,
        deviations: None,
        subcontracted: None,
        standards: Vec::new(),
        results: vec![result("ISO 14501"), result("ISO 99999")],
    };
    let mut event = world.event(&world.lab, vec![subject(LOT)], KindBody::LabInspection(body));
    event.attachments.push(attachment(b"report", "application/pdf", AttachmentRole::TestReport));
    world.say(&world.lab, &event).unwrap();
    one(&world, ITEM, "not a method that the ledger registers for the laboratory's accreditation", true);
}

#[test]
fn a_correction_without_what_is_right_is_unresolved() {
    let world = item_in_trade();
    let trace = world.verified(LOT);
    let made = trace.chain(&subject(LOT)).next().unwrap();
    let body = Correction {
        refs: Vec::new(),
        commitments: Vec::new(),
        original_event_id: made.event().unwrap().event().event_id,
        original_entry_hash: made.leaf(),
        reason: CorrectionReason::IncorrectData,
        corrective_event_ids: Vec::new(),
    };
    let event = world.event(&world.dairy, vec![subject(LOT)], KindBody::Correction(body));
    world.say(&world.dairy, &event).unwrap();
    one(&world, LOT, "it names no event that is right instead", true);
}

#[test]
fn a_claim_from_before_what_its_signer_had_seen_is_told() {
    let world = item_in_trade();
    let snapshot = world.ledger.newest();
    world.cosign();
    let mut event =
        world.for_dairy(&world.carrier, vec![subject(ITEM)], distribution(DistributionAction::Deliver, &world.carrier));
    let leaf = snapshot.index().find(&subject(ITEM).index_key()).unwrap();
    event.after = vec![Pin { subject: 0, count: leaf.count, head: leaf.head }];
    event.occurred_at_ms -= 80 * HOUR_MS;
    world.say(&world.carrier, &event).unwrap();
    world.cosign();
    // Only a checkpoint that another party cosigned shows when an entry existed.
    let policy = TrustPolicy::parse(&format!(
        "log {}\nwitness a {}\nquorum a\n#headwater ledger {}\n",
        log_signer().key(),
        auditor().key(),
        world.ledger.ledger_id()
    ));
    let trace = verify(&world.trace(&query(ITEM)), &query(ITEM), &policy.unwrap()).unwrap();
    let story = Story::compose(&trace);
    let told = story.entries().iter().find(|told| !told.findings().is_empty()).unwrap();
    assert!(told.findings()[0].rule.contains("more than 72 hours before") && told.has_effect());
    assert_eq!(findings(&world, ITEM), []);
}

#[test]
fn the_first_claim_of_a_code_counts_and_a_wrong_code_is_refused() {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let set = set_of("01/09526543000013", &[(ITEM.rsplit_once('/').unwrap().1, Some(RIGHT))]);
    world.commit(LOT, &set).unwrap();
    // Without the list of the set, the ledger cannot check a code.
    let claim = |item_code: &str| {
        let mut claim = sticker(&world, StickerAction::Claimed);
        claim.subjects[0].lot = Some(subject(LOT));
        if let KindBody::Sticker(body) = &mut claim.body {
            body.code = Some(ItemCode::parse(item_code).unwrap());
        }
        claim
    };
    assert!(matches!(world.refused(&world.dairy, &claim(RIGHT)), AppendError::Code { .. }));
    world.ledger.add_manifest(&set).unwrap();
    let wrong = world.refused(&world.dairy, &claim("0123456789ABCDEG"));
    assert!(matches!(&wrong, AppendError::Code { item } if *item == subject(ITEM)));
    world.say(&world.dairy, &claim(RIGHT)).unwrap();
    assert_eq!(findings(&world, ITEM), []);
    world.say(&world.dairy, &claim(RIGHT)).unwrap();
    one(&world, ITEM, "the first claim counts", false);
}

fn scan(at_ms: u64, (lat, lon): (f64, f64), zone: &str, country: &str) -> Scan {
    let place = Some(Spot::new(lat, lon, 20.0).unwrap());
    let country = Some(Country::parse(country).unwrap());
    Scan { at_ms, place, zone: Some(zone.to_owned()), country, device: format!("{zone}-{at_ms}") }
}

#[test]
fn looks_in_shanghai_and_berlin_twenty_minutes_apart_are_notes() {
    let world = item_in_trade();
    world.deliver(&[ITEM]).unwrap();
    let trace = world.verify(&world.trace(&query(ITEM)), &query(ITEM)).unwrap();
    let story = Story::compose(&trace);
    let now = world.now();
    let shanghai = |at_ms: u64| scan(at_ms, (31.23, 121.47), "Asia/Shanghai", "CN");
    let berlin = |at_ms: u64| scan(at_ms, (52.52, 13.40), "Europe/Berlin", "DE");
    let notes = |scans: Vec<Scan>| Scans::new(scans).unwrap().notes_beside(&story);
    let is_apart = |notes: &[Note]| notes.iter().any(|note| matches!(note, Note::Apart { .. }));

    assert!(!is_apart(&notes(vec![shanghai(now)])));
    assert!(!is_apart(&notes(vec![shanghai(now), berlin(now + 24 * HOUR_MS)])));
    let twice = notes(vec![berlin(now + HOUR_MS / 3), shanghai(now)]);
    let words: String = twice.iter().map(|note| format!("{note}\n")).collect();
    let apart = "devices that give their place as Asia/Shanghai and as Europe/Berlin looked at it within 20 minutes";
    assert!(is_apart(&twice) && words.contains(apart), "{words}");
    assert!(!words.to_lowercase().contains("fake") && !words.to_lowercase().contains("genuine"), "{words}");
    assert!(notes(vec![shanghai(1)]).contains(&Note::Early));
}
