//! Traces: those that an honest node serves, with the verdict, and every lie, with the name of its error.

mod acts;
mod administration;
mod audited;
mod binding;
mod copies;
mod course;
mod denied;
mod inputs;
mod lies;
mod log;
mod newer;
mod proofs;
mod questions;
mod recalls;
mod roles;
mod said;
mod stories;
mod ties;
mod travel;
mod verdict;

pub use binding::tested;
use headwater_event::codec::{Message as _, Set};
use headwater_event::document::Opening;
use headwater_event::entry::{Entry, EntryBody, SignedEventBytes};
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
use headwater_tlog::hash::Hash;
use headwater_trace::set::SetManifest;
use headwater_trace::trace::{At, Included, SetProof, Trace};
use headwater_trace::walk::Query;
pub use roles::roles_that_sign;
use serde_json::{Value, json};

use super::Case;
use headwater_testing::forged::{Forged, forge, unfinished};
use headwater_testing::lies::{ITEM, LOT, OTHER_LOT, hide, history, leave_out, recalled_world, trace};
use headwater_testing::world::{
    Actor, HOUR_MS, START_MS, World, auditor, code, date, distribution, log_signer, place, production, quantity, query,
    recall, set_of, subject,
};

type Memory = World<MemoryStore>;

const CASE: &str = "00/195265430000000010";
const MODEL: &str = "01/09526543000013";
const TODAY: &str = "2026-06-01";

/// A question about a subject of a world, and the policy, day and label link of the reader who asks.
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

    fn query(&self) -> Query {
        Query { subject: subject(self.subject), lot: self.lot.map(subject) }
    }

    fn input(&self, trace: &[u8]) -> Value {
        let policy = self.policy.clone().unwrap_or_else(|| policy(self.world, "quorum none"));
        json!({
            "policy": policy,
            "subject": self.subject,
            "lot": self.lot,
            "link": self.link,
            "today": self.today,
            "trace": hex::encode(trace),
        })
    }

    fn served(&self) -> Value {
        self.input(&self.world.trace(&self.query()))
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

pub(super) use audited::cases as audited_cases;

pub(super) fn cases() -> Vec<Case> {
    let of_their_own = [
        inputs::cases(),
        binding::cases(),
        newer::cases(),
        copies::cases(),
        denied::cases(),
        course::cases(),
        verdict::cases(),
        ties::cases(),
        proofs::cases(),
        roles::cases(),
        acts::cases(),
        travel::cases(),
        questions::cases(),
        recalls::cases(),
    ];
    let others = [
        verdicts(),
        stories::stories(),
        administration::administration(),
        lies::lies(),
        lies::forgeries(),
        lies::empty_lists(),
        lies::readers(),
    ];
    others.into_iter().chain(of_their_own).flatten().collect()
}

fn ok(name: &str, about: &str, input: Value) -> Case {
    Case::ok("trace", name, about, input)
}

/// A case whose trace verifies, with the verdict on the trace.
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
        "mismatch-date-of-a-lot",
        "the label of a lot promises a later date",
        "MISMATCH",
        Asks {
            link: Some("https://id.trace.example/01/09526543000013/10/L26-0417?17=281231"),
            ..Asks::of(&world, LOT)
        }
        .served(),
    ));
    let of_label = |ai: &str, day: &str| {
        let link = format!("https://id.trace.example/01/09526543000013/21/7KQ2M9XW4T?{ai}={day}");
        Asks { link: Some(&link), ..Asks::of(&world, ITEM) }.served()
    };
    for (name, about, verdict, ai, day) in [
        ("label-production-date", "the production date that the record has", "VALID", "11", "260417"),
        ("mismatch-production-date", "another production date", "MISMATCH", "11", "260418"),
        ("label-packaging-date", "no record has a packaging date", "VALID", "13", "260418"),
        ("label-sell-by", "no record has a sell-by date", "VALID", "16", "271130"),
        ("label-best-before-of-an-expiry", "a best-before is no expiry: the record has none", "VALID", "15", "281231"),
        ("label-no-date", "a date of zeros says nothing", "VALID", "17", "000000"),
    ] {
        cases.push(judged(name, about, verdict, of_label(ai, day)));
    }
    let best = World::new();
    let mut made = produced(&best, LOT);
    if let KindBody::Production(body) = &mut made.body {
        (body.expiry_date, body.best_before) = (None, Some(date("2027-12-31")));
    }
    best.say(&best.dairy, &made).unwrap();
    best.commission(&best.dairy, LOT, &[ITEM]).unwrap();
    best.deliver(&[ITEM]).unwrap();
    for (name, about, verdict, query) in [
        ("label-best-before", "the best-before that the record has", "VALID", "15=271231"),
        ("mismatch-best-before", "another best-before", "MISMATCH", "15=281231"),
        ("label-expiry-of-a-best-before", "an expiry is no best-before: the record has none", "VALID", "17=281231"),
    ] {
        let link = format!("https://id.trace.example/01/09526543000013/21/7KQ2M9XW4T?{query}");
        cases.push(judged(name, about, verdict, Asks { link: Some(&link), ..Asks::of(&best, ITEM) }.served()));
    }
    let claimed = "https://id.trace.example/01/09526543000013/21/7KQ2M9XW4T?10=OTHER";
    cases.push(judged(
        "mismatch-lot-in-the-query",
        "the label names another lot in its query",
        "MISMATCH",
        Asks { link: Some(claimed), ..Asks::of(&world, ITEM) }.served(),
    ));
    cases.push(judged(
        "expired",
        "the day after its date",
        "EXPIRED",
        Asks { today: "2028-01-01", ..Asks::of(&world, ITEM) }.served(),
    ));
    cases.push(judged(
        "unknown-item",
        "a serial that nothing issued is proven absent",
        "NEVER_ISSUED",
        Asks::of(&world, "01/09526543000013/21/NEVER").served(),
    ));
    cases.push(judged(
        "unknown-model",
        "a model that is not on this ledger: nothing is proven of it",
        "UNPROVEN",
        Asks::of(&world, "01/09521234000013").served(),
    ));
    let stranger = format!("417/{}", headwater_testing::world::with_check("952000999999"));
    cases.push(judged(
        "party-without-records",
        "a party that is not on this ledger: nothing is proven of it",
        "UNPROVEN",
        Asks::of(&world, &stranger).served(),
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
    let hash = world.verified(LOT).chain(&subject(LOT)).last().unwrap().event().unwrap().hash();
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
        "a delivery of an item that nothing commissioned does not make it issued",
        "NEVER_ISSUED",
        Asks::of(&world, ITEM).served(),
    ));
    world.recall(&world.dairy, &[LOT]).unwrap();
    cases.push(judged(
        "recalled-by-a-lot-not-proven",
        "the lot on the label is recalled; that no record proves it to be this item's hides no recall",
        "RECALLED",
        Asks { lot: Some(LOT), ..Asks::of(&world, ITEM) }.served(),
    ));
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    distribute(&world, DistributionAction::Deliver, LOT);
    let mut part =
        world.for_dairy(&world.carrier, vec![subject(LOT)], distribution(DistributionAction::Destroy, &world.carrier));
    part.subjects[0].quantity = Some(quantity("10", "KGM"));
    world.say(&world.carrier, &part).unwrap();
    cases.push(judged("destroyed-in-part", "10 kg of the lot are gone", "VALID", Asks::of(&world, LOT).served()));
    cases
}

/// The served traces of an item in trade and of an item of a recalled lot.
pub(super) fn scanned() -> [Value; 2] {
    [Asks::of(&in_trade(), ITEM).served(), Asks::of(&recalled_world(), ITEM).served()]
}

/// The served trace of a lot that lies in a stored unit.
pub(super) fn stored_in_a_unit() -> Value {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.aggregate(AggregationAction::Add, CASE, &[LOT]).unwrap();
    world.pass(HOUR_MS);
    distribute(&world, DistributionAction::Store, CASE);
    Asks::of(&world, LOT).served()
}

/// The served trace of an item after these distribution steps in turn, an hour apart, each in its country.
pub(super) fn handed(steps: &[(DistributionAction, &str)]) -> Value {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    for (action, country) in steps {
        world.pass(HOUR_MS);
        let mut event = world.for_dairy(&world.carrier, vec![subject(ITEM)], distribution(*action, &world.carrier));
        event.place = Some(place(country));
        world.say(&world.carrier, &event).unwrap();
    }
    Asks::of(&world, ITEM).served()
}

/// The production of a lot, 900 kg, by the dairy.
pub(super) fn produced(world: &Memory, lot: &str) -> Event {
    let mut event = world.event(&world.dairy, vec![subject(lot)], KindBody::Production(production()));
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    event
}
