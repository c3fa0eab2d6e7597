//! Every lie of a node, and the entries that the holder of the log's key can forge: each is refused with an error of its own name.

use super::*;
use headwater_testing::world::log_index;

/// Traces that a lying node serves: readers refuse each of them.
pub(super) fn lies() -> Vec<Case> {
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
    let other = Asks::of(&world, LOT).input(&world.trace(&query(OTHER_LOT)));
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
    let size = world.ledger.newest().checkpoint().size();
    let tree = headwater_testing::forged::tree_of(&world.entries());
    let place = size.leaf(old.index_head.log_index).unwrap();
    let earlier = tree.inclusion(place, size).unwrap();
    let index_head = Included::new(place, old.index_head.entry.clone(), &earlier);
    cases.push(no(
        "old-index-head",
        "an index head that is in the log, but not its last leaf",
        item.input(&Trace { index_head, subjects: old.subjects, ..newest }.encode()),
        "NoIndexHead",
    ));

    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    let pallet = format!("00/{}", headwater_testing::world::with_check("19526543000000002"));
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

/// Entries that the holder of the log's key can put into a log, and the answer of a reader.
/// A list that the index proves empty: nothing lies on it, and what names it is foreign.
pub(super) fn empty_lists() -> Vec<Case> {
    const LIST: &str = "items/09526543000013/L26-0417";
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let of_lot = Asks::of(&world, LOT);
    let opened = |name: &str, about: &str, log_index: Option<u64>| {
        let mut lie = trace(&world, LOT);
        let log_index = log_index.unwrap_or(lie.entries[0].log_index);
        history(&mut lie, &subject(LIST)).log_indexes = Some(Set::new([log_index]));
        (name.to_owned(), about.to_owned(), of_lot.input(&lie.encode()))
    };
    let (name, about, shown) =
        opened("empty-list-opened", "an entry of the trace on a list that is proven empty", None);
    let mut cases = vec![no(&name, &about, shown, "Chain").cause("Count")];
    let beyond = "an entry that the trace does not hold, on a list that is proven empty";
    let (name, about, shown) = opened("empty-list-opened-beyond", beyond, Some(999));
    cases.push(no(&name, &about, shown, "Absent"));
    // The index says that the list is empty, and the trace holds an entry that names it.
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    super::inputs::transform(&world, &[(ITEM, None)], LOT);
    let of_lot = Asks::of(&world, LOT);
    let emptied = forge(unfinished(&world), |links| {
        links.remove(&subject(LIST).index_key());
    });
    let shown = of_lot.input(&emptied.trace(&of_lot.query()).encode());
    let about = "the list of a lot is proven empty beside an entry that names it";
    cases.push(no("empties-the-list", about, shown, "Foreign"));
    cases
}

pub(super) fn forgeries() -> Vec<Case> {
    let world = in_trade();
    let item = Asks::of(&world, ITEM);
    let log = |event: SignedEventBytes| {
        let mut entries = unfinished(&world);
        let at_ms = Entry::parse(entries.last().unwrap()).unwrap().recorded_at_ms;
        entries.push(Entry { recorded_at_ms: at_ms + 1, body: EntryBody::SignedEvent(event) }.encode());
        forge(entries, |_| {})
    };
    let shown = |forged: &Forged| item.input(&forged.trace(&item.query()).encode());
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
    let unsigned = SignedEventBytes { signature: Signature::new([7; 64]), ..said(&world.carrier, &|_| {}) };
    cases.push(
        no("signature-forged", "a signature that nobody made", shown(&log(unsigned)), "NotAuthentic")
            .cause("Signature"),
    );
    let delivered = world.entries().iter().rev().find_map(|entry| match Entry::parse(entry).unwrap().body {
        EntryBody::SignedEvent(signed) => Some(signed),
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
        entries.push(Entry { recorded_at_ms: 1, body: EntryBody::SignedEvent(event) }.encode());
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
        of_item.input(&left_off.trace(&of_item.query()).encode()),
        "Foreign",
    ));
    let newer = {
        let mut entries = unfinished(&world);
        let at_ms = Entry::parse(entries.last().unwrap()).unwrap().recorded_at_ms;
        let entry = Entry { recorded_at_ms: at_ms + 1, body: EntryBody::Newer { arm: 19, bytes: vec![8, 1] } }.encode();
        let log_index = log_index(entries.len() as u64);
        let link = headwater_tlog::chain::Link { log_index, leaf: Hash::leaf(&entry) };
        entries.push(entry);
        forge(entries, |links| links.get_mut(&subject(LOT).index_key()).unwrap().push(link))
    };
    cases.push(judged("newer-entry", "an entry of a newer format on the lot's chain", "NEWER_FORMAT", shown(&newer)));
    let head = unfinished(&world);
    let place = head.len() as u64 - 1;
    let forged = Forged { links: forge(head.clone(), |_| {}).links, ..Forged::of(head) };
    let mut lie = forged.trace(&item.query());
    lie.index_head = forged.included(place);
    cases.push(no(
        "no-index-head",
        "a checkpoint whose last leaf is an event",
        item.input(&lie.encode()),
        "NoIndexHead",
    ));
    cases
}

/// The same honest trace, under policies that do not fit the trace.
pub(super) fn readers() -> Vec<Case> {
    let world = in_trade();
    let with = |policy: String| Asks { policy: Some(policy), ..Asks::of(&world, ITEM) }.served();
    let log = log_signer().key().to_string();
    let ledger = world.ledger.ledger_id();
    let other = crate::vectors::note::signer("other.example", headwater_tlog::note::KeyKind::Log, 9).key().to_string();
    let same_name =
        crate::vectors::note::signer(headwater_testing::world::ORIGIN, headwater_tlog::note::KeyKind::Log, 9)
            .key()
            .to_string();
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
