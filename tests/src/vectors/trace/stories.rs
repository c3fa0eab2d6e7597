//! Stories: the subjects whose entries belong to a story, the relation of each, and the effect of each entry; with sets, anchors and
//! openings that change a story.

use super::said::event_of;
use super::*;

/// Stories with entries of several subjects, each by its relation.
pub(super) fn stories() -> Vec<Case> {
    let mut cases = Vec::new();
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    distribute(&world, DistributionAction::Dispatch, CASE);
    world.aggregate(AggregationAction::Delete, CASE, &[ITEM]).unwrap();
    distribute(&world, DistributionAction::Receive, CASE);
    cases.push(ok(
        "in-a-unit-for-a-while",
        "what happened to a case is told while the item lay in it",
        Asks::of(&world, ITEM).served(),
    ));
    cases.push(ok("unit", "a logistic unit", Asks::of(&world, CASE).served()));

    let world = World::new();
    for lot in [LOT, OTHER_LOT] {
        world.produce(&world.dairy, lot).unwrap();
    }
    const BLEND: &str = "01/09526543000013/10/BLEND";
    let body = Transformation {
        refs: Vec::new(),
        commitments: Vec::new(),
        inputs: Set::new([1, 2]),
        outputs: Set::new([0]),
        yield_ratio: None,
        process: None,
        by_products: None,
        losses: None,
    };
    let named = [BLEND, LOT, OTHER_LOT].map(subject).to_vec();
    world.say(&world.dairy, &world.event(&world.dairy, named, KindBody::Transformation(body))).unwrap();
    cases.push(ok("made-of-two-lots", "both inputs are told, and are not its own", Asks::of(&world, BLEND).served()));
    world.recall(&world.regulator, &[LOT]).unwrap();
    cases.push(judged(
        "made-of-a-recalled-lot",
        "a recall of an input reaches what was made of it",
        "RECALLED",
        Asks::of(&world, BLEND).served(),
    ));

    let world = in_trade();
    let packed = world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    distribute(&world, DistributionAction::Dispatch, CASE);
    let original = event_of(&packed.entry.entry);
    let body = Correction {
        refs: Vec::new(),
        commitments: Vec::new(),
        original_event_id: original.event_id,
        original_entry_hash: Hash::leaf(&packed.entry.entry),
        reason: CorrectionReason::DidNotOccur,
        corrective_event_ids: Vec::new(),
    };
    let named = vec![subject(CASE), subject(ITEM)];
    world.say(&world.dairy, &world.event(&world.dairy, named, KindBody::Correction(body))).unwrap();
    cases.push(ok(
        "packing-taken-back",
        "a packing that did not occur opens no interval",
        Asks::of(&world, ITEM).served(),
    ));

    let world = in_trade();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    let stored = super::said::does(&world, CASE, "store");
    world.aggregate(AggregationAction::Delete, CASE, &[ITEM]).unwrap();
    super::said::strike(&world, &world.carrier, &stored);
    cases.push(ok(
        "corrected-after-it-was-unpacked",
        "a correction of what happened to its unit after the item left the unit",
        Asks::of(&world, ITEM).served(),
    ));

    let world = in_trade();
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    let other = format!("00/{}", headwater_testing::world::with_check("19526543000000002"));
    world.aggregate(AggregationAction::Add, &other, &[ITEM]).unwrap();
    cases.push(ok(
        "second-open-unit",
        "an item lies in one unit: the second packing has no effect",
        Asks::of(&world, ITEM).served(),
    ));

    let world = in_trade();
    let key_id = world.carrier.events().public().id();
    let at_ms = world.now() - HOUR_MS;
    let revoke = PartyAction::RevokeKey(RevokeKey { key_id, reason: RevocationReason::Compromised, at_ms });
    world.act(&world.carrier, vec![Subject::Party(world.carrier.party.clone())], revoke).unwrap();
    cases.push(ok(
        "signed-with-a-stolen-key",
        "what a stolen key signed is told as suspect",
        Asks::of(&world, ITEM).served(),
    ));

    cases.push(lifted_with_a_stolen_key());
    cases.extend(sets());
    cases.extend(audited());
    cases.extend(opened());
    cases
}

/// A recall whose lift was signed with a key that was compromised by then.
fn lifted_with_a_stolen_key() -> Case {
    let world = recalled_world();
    let hash = world.verified(LOT).chain(&subject(LOT)).last().unwrap().event().unwrap().hash();
    let mut lift = recall(1);
    (lift.action, lift.lifts, lift.scope) = (RecallType::Lift, Some(hash), Vec::new());
    let at_ms = world.now() - 1;
    world.say(&world.dairy, &world.event(&world.dairy, vec![subject(LOT)], KindBody::Recall(lift))).unwrap();
    let key_id = world.dairy.events().public().id();
    let revoke = PartyAction::RevokeKey(RevokeKey { key_id, reason: RevocationReason::Compromised, at_ms });
    world.act(&world.dairy, vec![Subject::Party(world.dairy.party.clone())], revoke).unwrap();
    judged(
        "lifted-with-a-stolen-key",
        "a lift signed with a stolen key lifts nothing",
        "RECALLED",
        Asks::of(&world, ITEM).served(),
    )
}

/// A world whose lot commits to a set of serials, one of them with a code.
fn with_set() -> Memory {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let set = twenty_and(Some("0123456789ABCDEF"));
    world.commit(LOT, &set).unwrap();
    world.ledger.add_manifest(&set).unwrap();
    world
}

/// A set of twenty serials and the item, which has this code.
fn twenty_and(item_code: Option<&str>) -> SetManifest {
    let serials: Vec<String> = (0..20).map(|at| format!("S{at}")).collect();
    let mut items: Vec<(&str, Option<&str>)> = serials.iter().map(|serial| (serial.as_str(), None)).collect();
    items.push((ITEM.rsplit_once('/').unwrap().1, item_code));
    set_of(MODEL, &items)
}

fn sets() -> Vec<Case> {
    let world = with_set();
    let of_lot = |item| Asks { lot: Some(LOT), ..Asks::of(&world, item) };
    let (issued, never) = ("01/09526543000013/21/S7", "01/09526543000013/21/S70");
    let mut cases = vec![
        ok("in-a-set", "a serial that a set of the lot holds", of_lot(issued).served()),
        judged("in-no-set", "a serial that no set of the lot holds, proven", "NEVER_ISSUED", of_lot(never).served()),
    ];
    let of_other = Trace::parse(&world.trace(&of_lot(never).query())).unwrap();
    let mut lie = Trace::parse(&world.trace(&of_lot(issued).query())).unwrap();
    lie.sets = of_other.sets;
    cases.push(no("set-of-another-serial", "the proof of another serial", of_lot(issued).input(&lie.encode()), "Set"));
    lie.sets.clear();
    cases.push(no("set-missing", "no proof about the set", of_lot(issued).input(&lie.encode()), "Set"));
    let honest = Trace::parse(&world.trace(&of_lot(issued).query())).unwrap();
    let mut more = honest.clone();
    more.sets.push(SetProof { item: subject(never), ..honest.sets[0].clone() });
    cases.push(no(
        "set-of-another-item",
        "a proof about an item that the story does not need",
        of_lot(issued).input(&more.encode()),
        "Set",
    ));
    let mut claim = sticker(&world, StickerAction::Claimed, Some("0123456789ABCDEF"));
    claim.subjects[0].lot = Some(subject(LOT));
    world.say(&world.dairy, &claim).unwrap();
    cases.push(ok("claimed", "the code under the scratch layer was claimed", of_lot(ITEM).served()));
    let mut again = sticker(&world, StickerAction::Claimed, Some("0123456789ABCDEF"));
    again.subjects[0].lot = Some(subject(LOT));
    world.say(&world.dairy, &again).unwrap();
    cases.push(ok("claimed-twice", "the second claim is told and does not count", of_lot(ITEM).served()));
    cases
}

fn audited() -> Vec<Case> {
    let world = in_trade();
    world.cosign();
    let bytes = world.runtime.block_on(world.ledger.trace(&query(ITEM), At::Audited)).unwrap();
    let asks = Asks::of(&world, ITEM);
    let mut cases = vec![ok("audited", "an auditor cosigned the checkpoint", asks.input(&bytes))];
    let needed = Asks { policy: Some(policy(&world, "quorum auditors")), ..Asks::of(&world, ITEM) };
    world.recall(&world.dairy, &[LOT]).unwrap();
    cases.push(
        no(
            "quorum-not-met",
            "the newest checkpoint lacks the cosignature that the policy asks for",
            needed.served(),
            "Trust",
        )
        .cause("Quorum"),
    );
    world.cosign();
    let anchored = world.trace(&query(ITEM));
    cases.push(ok(
        "anchored",
        "an earlier cosigned checkpoint proves when its entries existed",
        needed.input(&anchored),
    ));
    let mut lie = Trace::parse(&anchored).unwrap();
    lie.anchors[0].consistency.pop();
    cases.push(
        no(
            "anchor-not-joined",
            "an anchor that the checkpoint is not proven to extend",
            needed.input(&lie.encode()),
            "Anchor",
        )
        .cause("Length"),
    );
    cases
}

/// A field that is hidden behind a commitment, and the opening of that field.
fn opened() -> Vec<Case> {
    let world = in_trade();
    let mut event =
        world.for_dairy(&world.carrier, vec![subject(ITEM)], distribution(DistributionAction::Sell, &world.carrier));
    let hidden =
        Opening { leaf: Hash::ZERO, path: Code::parse("order").unwrap(), salt: [5; 16], value: b"ORDER-1".to_vec() };
    if let KindBody::Distribution(body) = &mut event.body {
        body.commitments.push(hidden.commitment());
    }
    let sold = world.say(&world.carrier, &event).unwrap();
    let opening = Opening { leaf: Hash::leaf(&sold.entry.entry), ..hidden };
    let asks = Asks::of(&world, ITEM);
    let mut once = Trace::parse(&world.trace(&asks.query())).unwrap();
    once.openings.push(opening.clone());
    let mut twice = once.clone();
    twice.openings.push(opening);
    vec![
        ok("opened", "a hidden order, opened for this reader", asks.input(&once.encode())),
        no("opened-twice", "one field opened twice", asks.input(&twice.encode()), "LeftOver"),
    ]
}
