//! Traces: what an honest node serves, with the verdict, and every lie, with its name.

use headwater_event::codec::{Message as _, Set};
use headwater_event::digital_link::DigitalLink;
use headwater_event::document::Opening;
use headwater_event::entry::{Body, Entry, SignedBytes};
use headwater_event::event::{Event, EventId, Pin, Role};
use headwater_event::kind::KindBody;
use headwater_event::kind::aggregation::AggregationAction;
use headwater_event::kind::correction::{Correction, CorrectionReason};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::party::{PartyAction, RevocationReason, RevokeKey};
use headwater_event::kind::recall::RecallType;
use headwater_event::kind::sticker::{ItemCode, Sticker, StickerAction};
use headwater_event::kind::transformation::Transformation;
use headwater_event::signature::Signature;
use headwater_event::subject::Subject;
use headwater_event::text::{Code, Text};
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::reader::At;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Leaf};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::story::{Story, Told};
use headwater_trace::trace::{Included, Trace};
use headwater_trace::verdict::{Judgement, Label};
use headwater_trace::verify::verify;
use headwater_trace::walk::Asked;
use serde_json::{Value, json};

use super::{Answer, Case, bytes, number, refusal, text};
use crate::forged::{Forged, forge, unfinished};
use crate::lies::{ITEM, LOT, OTHER_LOT, hide, history, leave_out, recalled_world, trace};
use crate::world::{
    Actor, HOUR_MS, START_MS, World, asked, auditor, code, date, distribution, log_signer, production, quantity,
    recall, subject,
};

type Memory = World<MemoryStore>;

const CASE: &str = "00/195265430000000010";
const MODEL: &str = "01/09526543000013";
const TODAY: &str = "2026-06-01";

/// A trace as it is asked for.
struct Asks<'a> {
    world: &'a Memory,
    subject: &'a str,
    lot: Option<&'a str>,
    policy: Option<String>,
    today: &'a str,
    link: Option<&'a str>,
}

impl<'a> Asks<'a> {
    fn of(world: &'a Memory, subject: &'a str) -> Self {
        Self { world, subject, lot: None, policy: None, today: TODAY, link: None }
    }

    fn asked(&self) -> Asked {
        Asked { subject: subject(self.subject), lot: self.lot.map(subject) }
    }

    fn input(&self, trace: &[u8]) -> Value {
        let policy = self.policy.clone().unwrap_or_else(|| policy(self.world, "quorum none"));
        json!({
            "policy": policy,
            "subject": self.subject,
            "lot": self.lot,
            "link": self.link,
            "now": self.world.now_s().seconds().to_string(),
            "today": self.today,
            "trace": hex::encode(trace),
        })
    }

    fn served(&self) -> Value {
        self.input(&self.world.trace(&self.asked()))
    }
}

fn policy(world: &Memory, quorum: &str) -> String {
    format!(
        "log {}\nwitness auditor {}\ngroup auditors 1 auditor\n{quorum}\n#headwater ledger {}\n",
        log_signer().key(),
        auditor().key(),
        world.ledger.ledger_id()
    )
}

pub(super) fn cases() -> Vec<Case> {
    [verdicts(), stories(), lies(), forgeries(), readers()].into_iter().flatten().collect()
}

fn ok(name: &str, about: &str, input: Value) -> Case {
    Case::ok("trace", name, about, input)
}

/// A trace that verifies, and the verdict on it.
fn judged(name: &str, about: &str, verdict: &str, input: Value) -> Case {
    Case::ok("trace", name, about, input).saying("verdict", verdict)
}

fn no(name: &str, about: &str, input: Value, error: &str) -> Case {
    Case::refused("trace", name, about, input, error)
}

fn in_trade() -> Memory {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    world.deliver(&[ITEM]).unwrap();
    world
}

fn distribute(world: &Memory, action: DistributionAction, key: &str) {
    let event = world.for_dairy(&world.carrier, vec![subject(key)], distribution(action, &world.carrier));
    world.say(&world.carrier, &event).unwrap();
}

fn sticker(world: &Memory, action: StickerAction, item_code: Option<&str>) -> Event {
    let body = Sticker {
        refs: Vec::new(),
        commitments: Vec::new(),
        action,
        tamper_id: (action == StickerAction::Applied).then(|| code("SEAL-1")),
        reason: (action == StickerAction::Voided).then(|| Text::parse("torn").unwrap()),
        code: item_code.map(|code| ItemCode::parse(code).unwrap()),
    };
    world.event(&world.dairy, vec![subject(ITEM)], KindBody::Sticker(body))
}

/// One case for each verdict that a trace alone can give.
fn verdicts() -> Vec<Case> {
    let mut cases = Vec::new();
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    cases.push(judged(
        "not-yet-sold",
        "an item that nobody delivered",
        "NOT_YET_SOLD",
        Asks::of(&world, ITEM).served(),
    ));
    world.deliver(&[ITEM]).unwrap();
    let valid = Asks::of(&world, ITEM);
    cases.push(judged("valid", "an item that was made, delivered and never recalled", "VALID", valid.served()));
    cases.push(ok(
        "valid-with-label",
        "the label names the lot that the records name",
        Asks {
            link: Some("https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T?17=271231"),
            ..Asks::of(&world, ITEM)
        }
        .served(),
    ));
    cases.push(judged(
        "mismatch-lot",
        "the label names another lot",
        "MISMATCH",
        Asks {
            link: Some("https://id.trace.example/01/09526543000013/10/OTHER/21/7KQ2M9XW4T"),
            ..Asks::of(&world, ITEM)
        }
        .served(),
    ));
    cases.push(judged(
        "mismatch-date",
        "the label promises a later date",
        "MISMATCH",
        Asks {
            link: Some("https://id.trace.example/01/09526543000013/21/7KQ2M9XW4T?17=281231"),
            ..Asks::of(&world, ITEM)
        }
        .served(),
    ));
    cases.push(judged(
        "expired",
        "the day after its date",
        "EXPIRED",
        Asks { today: "2028-01-01", ..Asks::of(&world, ITEM) }.served(),
    ));
    cases.push(judged(
        "unknown-item",
        "a serial that nobody issued is proven absent",
        "UNKNOWN_ID",
        Asks::of(&world, "01/09526543000013/21/NEVER").served(),
    ));
    cases.push(judged(
        "unknown-model",
        "a model that is not on this ledger",
        "UNKNOWN_ID",
        Asks::of(&world, "01/09521234000013").served(),
    ));
    cases.push(ok("model", "a model alone", Asks::of(&world, MODEL).served()));

    let world = recalled_world();
    cases.push(judged("recalled-by-lot", "an item of a recalled lot", "RECALLED", Asks::of(&world, ITEM).served()));
    cases.push(judged(
        "not-recalled",
        "another lot of the model",
        "NOT_YET_SOLD",
        Asks::of(&world, OTHER_LOT).served(),
    ));
    let hash = world.verified(LOT).chain(&subject(LOT)).last().unwrap().event.as_ref().unwrap().hash();
    let mut lift = recall(1);
    (lift.action, lift.lifts, lift.scope) = (RecallType::Lift, Some(hash), Vec::new());
    world.say(&world.dairy, &world.event(&world.dairy, vec![subject(LOT)], KindBody::Recall(lift))).unwrap();
    cases.push(judged(
        "recall-lifted",
        "the recall was lifted by its author",
        "VALID",
        Asks::of(&world, ITEM).served(),
    ));

    let world = in_trade();
    world.say(&world.dairy, &sticker(&world, StickerAction::Voided, None)).unwrap();
    cases.push(judged("sticker-voided", "the sticker was voided", "VOIDED_STICKER", Asks::of(&world, ITEM).served()));
    let world = in_trade();
    distribute(&world, DistributionAction::Destroy, ITEM);
    cases.push(judged("destroyed", "it was destroyed", "VOIDED_STICKER", Asks::of(&world, ITEM).served()));
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let mut unbound =
        world.for_dairy(&world.carrier, vec![subject(ITEM)], distribution(DistributionAction::Deliver, &world.carrier));
    unbound.subjects[0].lot = Some(subject(LOT));
    world.say(&world.carrier, &unbound).unwrap();
    cases.push(judged(
        "lot-not-proven",
        "an item that nobody commissioned",
        "MISMATCH",
        Asks::of(&world, ITEM).served(),
    ));
    cases
}

/// Stories: whose entries are told, by which way.
fn stories() -> Vec<Case> {
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
    let other = format!("00/{}", crate::world::with_check("19526543000000002"));
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
    cases.push(opened());
    cases
}

/// A recall whose lift was signed with a key that was in other hands by then.
fn lifted_with_a_stolen_key() -> Case {
    let world = recalled_world();
    let hash = world.verified(LOT).chain(&subject(LOT)).last().unwrap().event.as_ref().unwrap().hash();
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

fn event_of(entry: &[u8]) -> Event {
    match Entry::parse(entry).unwrap().body {
        Body::SignedEvent(signed) => Event::parse(&signed.event).unwrap(),
        _ => panic!("an event"),
    }
}

/// A world whose lot commits to a set of serials, one of them with a code.
fn with_set() -> Memory {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let leaf = |item: &str, item_code: Option<&str>| {
        let item = subject(item);
        let head = item_code.map_or(Hash::ZERO, |code| ItemCode::parse(code).unwrap().committed(&item));
        Leaf { key: item.index_key(), count: 0, head }
    };
    let mut items = Index::new();
    let serials = (0..20).map(|at| leaf(&format!("{MODEL}/21/S{at}"), None));
    items.update(serials.chain([leaf(ITEM, Some("0123456789ABCDEF"))]).collect());
    world.commit(LOT, &items, 21).unwrap();
    world.ledger.add_manifest(items);
    world
}

fn sets() -> Vec<Case> {
    let world = with_set();
    let of_lot = |item| Asks { lot: Some(LOT), ..Asks::of(&world, item) };
    let (issued, never) = ("01/09526543000013/21/S7", "01/09526543000013/21/S70");
    let mut cases = vec![
        ok("in-a-set", "a serial that a set of the lot holds", of_lot(issued).served()),
        judged("in-no-set", "a serial that no set of the lot holds, proven", "UNKNOWN_ID", of_lot(never).served()),
    ];
    let of_other = Trace::parse(&world.trace(&of_lot(never).asked())).unwrap();
    let mut lie = Trace::parse(&world.trace(&of_lot(issued).asked())).unwrap();
    lie.sets = of_other.sets;
    cases.push(no("set-of-another-serial", "the proof of another serial", of_lot(issued).input(&lie.encode()), "Set"));
    lie.sets.clear();
    cases.push(no("set-missing", "no proof about the set", of_lot(issued).input(&lie.encode()), "Set"));
    let honest = Trace::parse(&world.trace(&of_lot(issued).asked())).unwrap();
    let twice = Trace { sets: [honest.sets.clone(), honest.sets.clone()].concat(), ..honest };
    cases.push(no("set-twice", "a proof more than there are sets", of_lot(issued).input(&twice.encode()), "LeftOver"));
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
    let bytes = world.runtime.block_on(world.ledger.trace(&asked(ITEM), At::Audited, Vec::new())).unwrap();
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
    let anchored = world.trace(&asked(ITEM));
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

/// A field that is hidden behind a commitment, and what opens it.
fn opened() -> Case {
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
    let bytes = world.runtime.block_on(world.ledger.trace(&asked(ITEM), At::Newest, vec![opening])).unwrap();
    ok("opened", "a hidden order, opened for this reader", Asks::of(&world, ITEM).input(&bytes))
}

/// What a node that lies serves: every one of them is refused.
fn lies() -> Vec<Case> {
    let mut cases = Vec::new();
    let world = recalled_world();
    let item = Asks::of(&world, ITEM);
    let honest = trace(&world, ITEM);
    let told = |name: &str, about: &str, error: &str, change: &dyn Fn(&mut Trace)| {
        let mut lie = honest.clone();
        change(&mut lie);
        no(name, about, item.input(&lie.encode()), error)
    };
    let chain = |name: &str, about: &str, key: &'static str, at: usize| {
        told(name, about, "Chain", &move |lie| hide(lie, key, at)).cause("Count")
    };
    cases.push(chain("hides-the-newest-event", "the delivery is left out", ITEM, 1));
    cases.push(chain("hides-the-recall", "the recall, the newest entry of the lot, is left out", LOT, 1));
    cases.push(told("hides-an-entry-only", "an entry is left out that a chain still points to", "Absent", &|lie| {
        lie.entries.pop();
    }));
    cases.push(
        told("invents-an-absence", "the proof that nothing is there, of another subject", "Index", &|lie| {
            let absent = trace(&world, "01/09526543000013/21/NEVER");
            let elsewhere = absent
                .subjects
                .into_iter()
                .find(|history| history.subject == subject("01/09526543000013/21/NEVER"))
                .unwrap();
            let shown = history(lie, &subject(ITEM));
            (shown.proof, shown.log_indexes) = (elsewhere.proof, None);
        })
        .cause("Astray"),
    );
    cases.push(
        told("invents-an-empty-index", "no proof at all for a subject that is there", "Index", &|lie| {
            history(lie, &subject(ITEM)).proof = None
        })
        .cause("Root"),
    );
    cases.push(
        told("swaps-two-histories", "the history of another lot", "Index", &|lie| {
            let other = trace(&world, OTHER_LOT);
            let theirs = other.subjects.iter().find(|history| history.subject == subject(OTHER_LOT)).unwrap().clone();
            let shown = history(lie, &subject(LOT));
            (shown.proof, shown.log_indexes) = (theirs.proof, theirs.log_indexes);
            for entry in other.entries {
                if !lie.entries.iter().any(|known| known.log_index == entry.log_index) {
                    lie.entries.push(entry);
                }
            }
            lie.entries.sort_by_key(|entry| entry.log_index);
        })
        .cause("Astray"),
    );
    let other = Asks::of(&world, LOT).input(&world.trace(&asked(OTHER_LOT)));
    cases.push(no("answers-for-another-subject", "asked for one lot, it answers with another", other, "Missing"));
    let needed = [
        ("lot", subject(LOT)),
        ("model", subject(MODEL)),
        ("brand", Subject::Party(world.dairy.party.clone())),
        ("operator", Subject::Party(world.operator.party.clone())),
    ];
    for (what, key) in needed {
        cases.push(told(&format!("leaves-the-{what}-out"), "a needed subject is left out", "Missing", &|lie| {
            leave_out(lie, &key)
        }));
    }
    cases.push(told("adds-what-nobody-needs", "a subject that the story does not need", "LeftOver", &|lie| {
        let other = trace(&world, OTHER_LOT);
        let theirs = other.subjects.into_iter().find(|history| history.subject == subject(OTHER_LOT)).unwrap();
        let place = theirs.log_indexes.as_ref().unwrap().as_slice()[0];
        lie.subjects.push(theirs);
        lie.subjects.sort_by_key(|history| history.subject.to_string());
        lie.entries.push(other.entries.into_iter().find(|entry| entry.log_index == place).unwrap());
        lie.entries.sort_by_key(|entry| entry.log_index);
    }));
    cases.push(told("entries-swapped", "two entries in each other's place", "Order", &|lie| lie.entries.swap(0, 1)));
    cases.push(told("entry-twice", "one entry twice", "Order", &|lie| {
        let again = lie.entries[0].clone();
        lie.entries.insert(1, again);
    }));
    cases.push(
        told("inclusion-short", "an inclusion proof with a hash too few", "Inclusion", &|lie| {
            lie.entries[0].inclusion.pop();
        })
        .cause("Length"),
    );
    cases.push(
        told("inclusion-long", "an inclusion proof with a hash too many", "Inclusion", &|lie| {
            let again = lie.entries[0].inclusion[0];
            lie.entries[0].inclusion.push(again);
        })
        .cause("Length"),
    );
    cases.push(told(
        "index-proof-uneven",
        "bits and siblings of an index proof that do not go together",
        "IndexForm",
        &|lie| {
            lie.subjects[0].proof.as_mut().unwrap().siblings.pop();
        },
    ));
    cases.push(told("opens-nothing", "an opening of what no event hides", "Opening", &|lie| {
        let leaf = Hash::leaf(&lie.entries[0].entry);
        lie.openings.push(Opening {
            leaf,
            path: Code::parse("order").unwrap(),
            salt: [5; 16],
            value: b"ORDER-1".to_vec(),
        });
    }));
    cases.push(told("genesis-of-another-place", "an entry that is not the first, as genesis", "OtherLedger", &|lie| {
        lie.genesis = lie.entries[0].clone()
    }));
    let mut flipped = honest.encode();
    let at = flipped.windows(9).position(|window| window == b"deliver 1").unwrap_or(flipped.len() / 2);
    flipped[at] ^= 1;
    cases.push(no("byte-changed", "one bit in the middle", item.input(&flipped), "Inclusion").cause("Root"));
    cases.push(
        no("byte-behind", "a byte behind the trace", item.input(&[honest.encode(), vec![8]].concat()), "Codec")
            .cause("Truncated"),
    );
    cases.push(no("no-bytes", "nothing at all", item.input(&[]), "Codec").cause("Missing").field("checkpoint"));

    let old = honest.clone();
    world.produce(&world.dairy, "01/09526543000013/10/LATER").unwrap();
    let item = Asks::of(&world, ITEM);
    let newest = trace(&world, ITEM);
    cases.push(
        no(
            "older-checkpoint",
            "the newer entries under an older checkpoint",
            item.input(&Trace { checkpoint: old.checkpoint.clone(), ..newest.clone() }.encode()),
            "Inclusion",
        )
        .cause("Root"),
    );
    cases.push(
        no(
            "old-index",
            "an older index under the newer index head",
            item.input(&Trace { subjects: old.subjects.clone(), ..newest.clone() }.encode()),
            "Index",
        )
        .cause("Root"),
    );
    let size = world.ledger.newest().checkpoint.size();
    let tree = crate::forged::tree_of(&world.entries());
    let place = old.index_head.log_index;
    let earlier = tree.inclusion(size.leaf(place).unwrap(), size).unwrap();
    let index_head = Included::new(place, world.entries()[place as usize].clone(), &earlier);
    cases.push(no(
        "old-index-head",
        "an index head that is in the log, but not its last leaf",
        item.input(&Trace { index_head, subjects: old.subjects, ..newest }.encode()),
        "NoIndexHead",
    ));

    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    let pallet = format!("00/{}", crate::world::with_check("19526543000000002"));
    world.aggregate(AggregationAction::Add, CASE, &[ITEM]).unwrap();
    world.aggregate(AggregationAction::Add, &pallet, &[CASE]).unwrap();
    let mut lie = trace(&world, ITEM);
    lie.subjects.retain(|history| history.subject != subject(&pallet));
    cases.push(no(
        "claims-a-cap",
        "the second level is left out as if a total had been reached",
        Asks::of(&world, ITEM).input(&lie.encode()),
        "Missing",
    ));
    cases
}

/// What whoever holds the log's key can put into a log, and what a reader says of it.
fn forgeries() -> Vec<Case> {
    let world = in_trade();
    let item = Asks::of(&world, ITEM);
    let log = |event: SignedBytes| {
        let mut entries = unfinished(&world);
        let at_ms = Entry::parse(entries.last().unwrap()).unwrap().recorded_at_ms;
        entries.push(Entry { recorded_at_ms: at_ms + 1, body: Body::SignedEvent(event) }.encode());
        forge(entries, |_| {})
    };
    let shown = |forged: &Forged| item.input(&forged.trace(&item.asked()).encode());
    let said = |actor: &Actor, change: &dyn Fn(&mut Event)| {
        let mut event = world.for_dairy(actor, vec![subject(ITEM)], distribution(DistributionAction::Sell, actor));
        change(&mut event);
        let key = [actor.events(), actor.admin()].into_iter().find(|key| key.public().id() == event.key_id);
        event.sign(&key.unwrap()).unwrap()
    };
    let denied = |name: &str, about: &str, actor: &Actor, change: &dyn Fn(&mut Event), cause: &str| {
        no(name, about, shown(&log(said(actor, change))), "Denied").cause(cause)
    };
    let mut cases = vec![ok(
        "forged-honestly",
        "a log that was built by hand and does not lie",
        shown(&log(said(&world.carrier, &|_| {}))),
    )];
    let unsigned = SignedBytes { signature: Signature::new([7; 64]), ..said(&world.carrier, &|_| {}) };
    cases.push(
        no("signature-forged", "a signature that nobody made", shown(&log(unsigned)), "NotAuthentic")
            .cause("Signature"),
    );
    let delivered = world.entries().iter().rev().find_map(|entry| match Entry::parse(entry).unwrap().body {
        Body::SignedEvent(signed) => Some(signed),
        _ => None,
    });
    cases.push(no("event-again", "an old event, appended a second time", shown(&log(delivered.unwrap())), "Replay"));
    cases.push(denied(
        "other-ledger",
        "an event that was said to another ledger",
        &world.carrier,
        &|event| event.ledger_id = Hash::ZERO,
        "OtherLedger",
    ));
    cases.push(denied(
        "role-not-held",
        "a role that the party does not hold",
        &world.carrier,
        &|event| event.role = Role::Distributor,
        "Role",
    ));
    cases.push(denied(
        "role-for-kind",
        "a role that does not sign this kind",
        &world.lab,
        &|event| event.principal = None,
        "RoleForKind",
    ));
    cases.push(denied(
        "no-delegation",
        "goods of another, without a principal",
        &world.carrier,
        &|event| event.principal = None,
        "Goods",
    ));
    cases.push(denied(
        "admin-key",
        "a key for party events",
        &world.carrier,
        &|event| event.key_id = world.carrier.admin().public().id(),
        "KeyUse",
    ));
    cases.push(denied(
        "future",
        "ten minutes after it was recorded",
        &world.carrier,
        &|event| event.occurred_at_ms += HOUR_MS,
        "Future",
    ));
    let stale = said(&world.carrier, &|event| event.after = vec![Pin { subject: 0, count: 0, head: Hash::ZERO }]);
    cases.push(no("stale-pin", "a pin on a chain that was longer by then", shown(&log(stale)), "Pin"));
    let early = {
        let mut entries = unfinished(&world);
        let event = said(&world.carrier, &|event| event.event_id = EventId::at(START_MS, [9; 10]));
        entries.push(Entry { recorded_at_ms: 1, body: Body::SignedEvent(event) }.encode());
        forge(entries, |_| {})
    };
    cases.push(no("recorded-earlier", "an entry that was recorded before the one before it", shown(&early), "Order"));
    let foreign = {
        let key = subject(LOT).index_key();
        forge(unfinished(&world), |links| {
            let delivery = links[&subject(ITEM).index_key()][1];
            links.get_mut(&key).unwrap().push(delivery);
        })
    };
    cases.push(no(
        "entry-on-a-foreign-chain",
        "an entry on the chain of a subject that it does not name",
        shown(&foreign),
        "Foreign",
    ));
    let both = in_trade();
    both.recall(&both.dairy, &[LOT, ITEM]).unwrap();
    let left_off = forge(unfinished(&both), |links| {
        links.get_mut(&subject(LOT).index_key()).unwrap().pop();
    });
    let of_item = Asks::of(&both, ITEM);
    cases.push(no(
        "entry-left-off-a-chain",
        "an entry that names two subjects of the trace, and is on the chain of one",
        of_item.input(&left_off.trace(&of_item.asked()).encode()),
        "Foreign",
    ));
    let newer = {
        let mut entries = unfinished(&world);
        let at_ms = Entry::parse(entries.last().unwrap()).unwrap().recorded_at_ms;
        let place = entries.len() as u64;
        let entry = Entry { recorded_at_ms: at_ms + 1, body: Body::Newer { arm: 19, bytes: vec![8, 1] } }.encode();
        let link = headwater_tlog::chain::Link {
            log_index: headwater_tlog::tree::LeafIndex::new(place).unwrap(),
            leaf: Hash::leaf(&entry),
        };
        entries.push(entry);
        forge(entries, |links| links.get_mut(&subject(LOT).index_key()).unwrap().push(link))
    };
    cases.push(judged("newer-entry", "an entry of a newer format on the lot's chain", "NEWER_FORMAT", shown(&newer)));
    let head = unfinished(&world);
    let place = head.len() as u64 - 1;
    let forged = Forged { links: forge(head.clone(), |_| {}).links, ..Forged::of(head) };
    let mut lie = forged.trace(&item.asked());
    lie.index_head = forged.included(place);
    cases.push(no(
        "no-index-head",
        "a checkpoint whose last leaf is an event",
        item.input(&lie.encode()),
        "NoIndexHead",
    ));
    cases
}

/// The same honest trace, under policies that do not fit it.
fn readers() -> Vec<Case> {
    let world = in_trade();
    let with = |policy: String| Asks { policy: Some(policy), ..Asks::of(&world, ITEM) }.served();
    let log = log_signer().key().to_string();
    let ledger = world.ledger.ledger_id();
    let other = super::note::signer("other.example", headwater_tlog::note::KeyKind::Log, 9).key().to_string();
    let same_name = super::note::signer(crate::world::ORIGIN, headwater_tlog::note::KeyKind::Log, 9).key().to_string();
    vec![
        no(
            "pins-another-ledger",
            "the policy pins another ledger",
            with(format!("log {log}\nquorum none\n#headwater ledger {}\n", "00".repeat(32))),
            "OtherLedger",
        ),
        no(
            "pins-another-log",
            "the policy names another log",
            with(format!("log {other}\nquorum none\n#headwater ledger {ledger}\n")),
            "Trust",
        )
        .cause("UnknownLog"),
        no(
            "pins-another-key",
            "a log of the same name with another key",
            with(format!("log {same_name}\nquorum none\n#headwater ledger {ledger}\n")),
            "Trust",
        )
        .cause("UnknownLog"),
    ]
}

pub(super) fn run(input: &Value) -> Answer {
    let policy = TrustPolicy::parse(text(input, "policy")).expect("a policy");
    let now = CosignTime::new(number(input, "now")).expect("a time");
    let lot = input["lot"].as_str().map(subject);
    let asked = Asked { subject: subject(text(input, "subject")), lot };
    let trace = verify(&bytes(input, "trace"), &asked, &policy, now).map_err(|error| refusal(&error))?;
    let story = Story::compose(&trace);
    let today = date(text(input, "today"));
    let label = input["link"].as_str().map(|link| Label::of(&DigitalLink::parse(link).expect("a link"), &today));
    let judged = Judgement::of(&story, &label.unwrap_or_default(), today);
    let told = |told: &Told<'_>| {
        let ways: Vec<Value> = told.ways.iter().map(|way| json!([way.via, way.subject.to_string()])).collect();
        let findings: Vec<&str> = told.findings.iter().map(|finding| finding.field.as_str()).collect();
        json!({
            "log_index": told.entry.log_index.to_string(),
            "ways": ways,
            "struck": told.is_struck,
            "may_apply": told.may_apply,
            "has_effect": told.has_effect(),
            "suspect": told.standing != headwater_event::authority::Standing::Valid,
            "findings": findings,
        })
    };
    Ok(json!({
        "verdict": judged.verdict,
        "audited": trace.checkpoint().audit_time().is_some(),
        "complete": trace.is_complete(),
        "lot": trace.proven_lot().map(ToString::to_string),
        "story": story.told().iter().map(told).collect::<Vec<_>>(),
    }))
}

/// A lot's production, for whoever needs one.
pub(super) fn produced(world: &Memory, lot: &str) -> Event {
    let mut event = world.event(&world.dairy, vec![subject(lot)], KindBody::Production(production()));
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    event
}
