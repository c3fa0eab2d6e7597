//! Parts that a log can prove and that do not make a good trace: another ledger's genesis, unreadable entries, entries on no chain of
//! the trace, roots that are not sets, and anchors out of order.

use super::log::Log;
use super::said::{does, drafted, issued};
use super::*;
use headwater_event::entry::Genesis;
use headwater_testing::forged::Forged;
use headwater_testing::world::{genesis, genesis_of};
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::index::{Index, Leaf};
use headwater_tlog::key::SecretKey;

const S2: &str = "01/09526543000013/21/S2";

pub(super) fn cases() -> Vec<Case> {
    [geneses(), entries(), sets(), anchors()].into_iter().flatten().collect()
}

/// The trace of the operator on a log that begins with any entry, whose leaf hash the policy pins.
fn begun(world: &Memory, first: &[u8]) -> Value {
    let operator = world.operator.party.to_string();
    let asks = Asks::of(world, &operator);
    let honest = forge(vec![world.entries()[0].clone()], |_| {});
    let shown = Forged::of(vec![first.to_vec(), honest.entries[1].clone()]).retold(&honest.trace(&asks.query()));
    let mut input = asks.input(&shown.encode());
    let pinned =
        policy(world, "quorum none").replace(&world.ledger.ledger_id().to_string(), &Hash::leaf(first).to_string());
    input["policy"] = pinned.into();
    input
}

fn geneses() -> Vec<Case> {
    let world = World::new();
    let begins = |genesis: Genesis| {
        let operator = world.operator.party.to_string();
        let first = Entry { recorded_at_ms: START_MS, body: EntryBody::Genesis(Box::new(genesis)) }.encode();
        let asks = Asks::of(&world, &operator);
        let mut input = asks.input(&forge(vec![first.clone()], |_| {}).trace(&asks.query()).encode());
        let pinned = policy(&world, "quorum none")
            .replace(&world.ledger.ledger_id().to_string(), &Hash::leaf(&first).to_string());
        input["policy"] = pinned.into();
        input
    };
    let own = || genesis(&world.operator);
    let log_key = SecretKey::from_seed(&[9; 32]).public();
    let head = Entry {
        recorded_at_ms: START_MS,
        body: EntryBody::IndexHead(headwater_event::entry::IndexHead { root: Hash::ZERO }),
    };
    vec![
        ok("genesis-of-this-log", "the operator of a ledger that holds nothing yet", begins(own())),
        no(
            "genesis-of-another-name",
            "a genesis that names another log",
            begins(genesis_of(&world.operator, "other.example")),
            "OtherLog",
        ),
        no(
            "genesis-of-another-key",
            "a genesis that names another key of the log",
            begins(Genesis { log_key, ..own() }),
            "OtherLog",
        ),
        judged(
            "genesis-of-a-newer-version",
            "a genesis of another format version",
            "NEWER_FORMAT",
            begins(Genesis { format_version: 2, ..own() }),
        ),
        no("genesis-that-is-none", "a log that begins with an index head", begun(&world, &head.encode()), "Order"),
        no("genesis-that-cannot-be-read", "a log that begins with no entry", begun(&world, b"?"), "Entry")
            .cause("Entry"),
    ]
}

/// Entries of a log that a reader cannot read, and one that is not on a chain of the trace.
fn entries() -> Vec<Case> {
    let world = issued();
    does(&world, ITEM, "store");
    let asks = Asks::of(&world, ITEM);
    let shown = |last: &[u8]| {
        let honest = forge(unfinished(&world), |_| {});
        let (mut all, head) = (honest.entries.clone(), honest.entries.last().unwrap().clone());
        all.pop();
        all.extend([last.to_vec(), head]);
        let place = all.len() as u64 - 2;
        let (index, links) = (honest.index.clone(), honest.links.clone());
        let forged = Forged { index, links, ..Forged::of(all) };
        let mut lie = forged.trace(&asks.query());
        lie.entries.push(forged.included(place));
        asks.input(&lie.encode())
    };
    let at_ms = Entry::parse(unfinished(&world).last().unwrap()).unwrap().recorded_at_ms;
    let event = drafted(
        &world,
        &world.rival,
        &["01/09521234000013"],
        json!({"origin_content": {"product_name": [{"lang": "en", "text": "x"}]}}),
    );
    let signed = event.sign(&world.rival.events()).unwrap();
    let entry = |event: SignedEventBytes| Entry { recorded_at_ms: at_ms, body: EntryBody::SignedEvent(event) }.encode();
    let unread = SignedEventBytes { event: b"?".to_vec(), signature: signed.signature };
    vec![
        no("entry-that-cannot-be-read", "what is no entry", shown(b"?"), "Entry").cause("Entry"),
        no("event-that-cannot-be-read", "an entry whose event is none", shown(&entry(unread)), "Entry").cause("Event"),
        no("entry-on-no-chain", "an event about something else", shown(&entry(signed)), "LeftOver"),
    ]
}

fn sets() -> Vec<Case> {
    let world = World::new();
    for lot in [LOT, OTHER_LOT] {
        world.produce(&world.dairy, lot).unwrap();
    }
    let set = set_of(MODEL, &[("S2", None)]);
    let asks = Asks::of(&world, S2);
    let mut log = Log::of(&world);
    log.commits(LOT, &set);
    let honest = log.trace(&asks);
    let changed = |name: &str, about: &str, error: &str, change: &dyn Fn(&mut SetProof)| {
        let mut lie = honest.clone();
        change(&mut lie.sets[0]);
        no(name, about, asks.input(&lie.encode()), error)
    };
    let mut cases = vec![
        ok("set", "a set that holds the item", asks.input(&honest.encode())),
        changed("set-of-another-model", "an item of another model than the set's", "Set", &|proof| {
            proof.item = subject("01/09521234000013/21/S2");
        }),
        changed("set-of-a-lot", "a lot in the place of an item", "Set", &|proof| proof.item = subject(LOT)),
    ];
    let mut trie = Index::new();
    trie.update(vec![Leaf { key: subject(S2).index_key(), count: 1, head: Hash::plain(b"a chain") }]);
    let mut log = Log::of(&world);
    log.commits_to(LOT, trie);
    cases.push(no("set-of-chains", "a leaf of a chain in the place of an item's", log.shown(S2), "Set"));

    // A trace shows an input in at most one set, and never in a set without the input.
    const MADE: &str = "01/09526543000013/10/MADE";
    let mut log = Log::of(&world);
    log.commits(LOT, &set);
    log.commits(OTHER_LOT, &set);
    let other = set_of(MODEL, &[("S3", None)]);
    log.commits(OTHER_LOT, &other);
    let body = json!({"transformation": {"inputs": [1], "outputs": [0]}});
    log.says(&world.dairy, &drafted(&world, &world.dairy, &[MADE, S2], body));
    // The trace of a product does not contain the register of the model: the chains of the sets' lots contain the commitments.
    let made = Asks::of(&world, MADE);
    let honest = log.trace(&made);
    cases.push(ok("set-of-an-input", "the first set that holds what it was made of", made.input(&honest.encode())));
    let mut lie = honest.clone();
    let again = lie.sets[0].clone();
    lie.sets.push(SetProof { item: subject("01/09526543000013/21/S3"), ..again });
    cases.push(no("set-of-no-input", "a proof about an item that is no input", made.input(&lie.encode()), "LeftOver"));
    cases
}

fn anchors() -> Vec<Case> {
    let world = issued();
    world.cosign();
    does(&world, ITEM, "store");
    let uncosigned = world.ledger.newest().note().clone();
    does(&world, ITEM, "sell");
    world.cosign();
    let needed = Asks { policy: Some(policy(&world, "quorum auditors")), ..Asks::of(&world, ITEM) };
    let honest = trace(&world, ITEM);
    let link = format!("https://id.example/{ITEM}?11=260417");
    // Cosigned on 1 January 2080, 00:00 UTC.
    let in_2080 = |link: &str| {
        let mut later = honest.clone();
        let line =
            world.ledger.newest().checkpoint().cosign(&auditor(), CosignTime::new(3_471_292_800).unwrap()).unwrap();
        later.checkpoint.extend(format!("{line}\n").into_bytes());
        Asks { link: Some(link), policy: needed.policy.clone(), ..Asks::of(&world, ITEM) }.input(&later.encode())
    };
    let changed = |change: &dyn Fn(&mut Trace)| {
        let mut lie = honest.clone();
        change(&mut lie);
        needed.input(&lie.encode())
    };
    vec![
        no(
            "anchor-twice",
            "an anchor that is no larger than the one before",
            changed(&|lie| {
                let again = lie.anchors[0].clone();
                lie.anchors.insert(0, again);
            }),
            "LeftOver",
        ),
        ok(
            "anchor-without-quorum",
            "an anchor that lacks cosignatures is passed over, whatever joins it",
            changed(&|lie| {
                let anchor = headwater_trace::trace::Anchor {
                    checkpoint: uncosigned.as_bytes().to_vec(),
                    consistency: Vec::new(),
                };
                lie.anchors.push(anchor);
            }),
        ),
        judged(
            "cosigned-in-a-year-of-nine-digits",
            "a cosignature of the last second that one can name: the day of the scan is the last of the calendar",
            "EXPIRED",
            changed(&|lie| {
                let last = CosignTime::new(i64::MAX.unsigned_abs()).unwrap();
                let line = world.ledger.newest().checkpoint().cosign(&auditor(), last).unwrap();
                lie.checkpoint.extend(format!("{line}\n").into_bytes());
            }),
        ),
        no(
            "anchors-too-many",
            "more anchors than a trace has, of which most prove nothing",
            changed(&|lie| {
                let anchor = headwater_trace::trace::Anchor {
                    checkpoint: uncosigned.as_bytes().to_vec(),
                    consistency: Vec::new(),
                };
                let spare = headwater_trace::trace::ANCHORS_MAX + 1 - lie.anchors.len();
                lie.anchors.extend(vec![anchor; spare]);
            }),
            "LeftOver",
        ),
        no(
            "anchor-that-is-no-note",
            "an anchor that is no note",
            changed(&|lie| lie.anchors[0].checkpoint = b"?".to_vec()),
            "Trust",
        )
        .cause("Note"),
        judged(
            "cosigned-54-years-after-the-label",
            "the day of the quorum decides the century of a date on the label, whatever day the reader gives",
            "MISMATCH",
            in_2080(&link),
        ),
        judged(
            "label-of-29-february-2100",
            "a date of a label that names no day of its century differs from every date",
            "MISMATCH",
            in_2080(&format!("https://id.example/{ITEM}?17=000229")),
        ),
    ]
}
