//! Receipts, fork proofs and omission proofs.

use headwater_audit::Audit;
use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody};
use headwater_ledger::memory::MemoryStore;
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Leaf;
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::evidence::{ChainLink, ForkProof, Receipt, SubjectReceipt};
use headwater_trace::omission::{OmissionProof, ShownBy};
use headwater_trace::trace::IndexProof;
use serde_json::{Value, json};

use super::Case;
use headwater_testing::forged::{Forged, InMemory, checkpoint, forge, state, tree_of, unfinished};
use headwater_testing::lies::LOT;
use headwater_testing::world::{World, log_signer, subject};

type Memory = World<MemoryStore>;

/// Bytes that are not a note, and a note of the log that is not a checkpoint.
fn other_notes() -> [Vec<u8>; 2] {
    [
        b"nothing".to_vec(),
        super::note::text_signed_by("no checkpoint\n", headwater_testing::world::ORIGIN, 1).into_bytes(),
    ]
}

/// A checkpoint note over a log whose last leaf is not an entry, and that leaf with its proof.
fn no_entry(world: &Memory) -> (Vec<u8>, headwater_trace::trace::Included) {
    let mut entries = unfinished(world);
    let place = entries.len() as u64;
    entries.push(b"x".to_vec());
    let forged = Forged::of(entries);
    (forged.note.clone().into_bytes(), forged.included(place))
}

fn input(world: &Memory, evidence: &[u8]) -> Value {
    let policy = format!("log {}\nquorum none\n#headwater ledger {}\n", log_signer().key(), world.ledger.ledger_id());
    json!({"policy": policy, "evidence": hex::encode(evidence)})
}

/// The receipt of an event, made after the log recorded a recall of the same lot.
fn receipt(world: &Memory) -> Receipt {
    let event = super::trace::produced(world, LOT);
    world.say(&world.dairy, &event).unwrap();
    world.recall(&world.dairy, &[LOT]).unwrap();
    // A repeat of the event gets the receipt of its first entry, at the newest checkpoint.
    world.say(&world.dairy, &event).unwrap()
}

pub(super) fn receipt_cases() -> Vec<Case> {
    let world = World::new();
    let good = receipt(&world);
    let with = |change: &dyn Fn(&mut Receipt)| {
        let mut changed = good.clone();
        change(&mut changed);
        input(&world, &changed.encode())
    };
    let no = |name, about, input, error| Case::refused("receipt", name, about, input, error);
    let [no_note, no_checkpoint] = other_notes();
    vec![
        Case::ok("receipt", "receipt", "an event, with what was recorded behind it", input(&world, &good.encode())),
        Case::ok(
            "receipt",
            "without-index",
            "an event in the log; its index proofs are left for later",
            with(&|receipt| {
                receipt.index_head = None;
                receipt.subjects.clear();
            }),
        ),
        no(
            "later-entry-hidden",
            "a chain that is shorter than its head says",
            with(&|receipt| receipt.subjects[0].later.clear()),
            "Index",
        ),
        no("count-before", "another count before", with(&|receipt| receipt.subjects[0].count_before = 1), "Index"),
        no(
            "count-before-is-the-largest",
            "no chain is longer",
            with(&|receipt| receipt.subjects[0].count_before = u64::MAX),
            "Index",
        ),
        no(
            "link-outside-every-log",
            "a link at a place that no log has",
            with(&|receipt| receipt.subjects[0].later.push(ChainLink { log_index: 1 << 63, leaf: Hash::ZERO })),
            "Index",
        ),
        no(
            "head-before",
            "another head before",
            with(&|receipt| receipt.subjects[0].head_before = Hash::plain(b"x")),
            "Index",
        ),
        no(
            "subject-missing",
            "a subject that the event names is left out",
            with(&|receipt| receipt.subjects.clear()),
            "Subjects",
        ),
        no(
            "other-subject",
            "a subject that the event does not name",
            with(&|receipt| receipt.subjects[0].subject = subject("01/09526543000013")),
            "Subjects",
        ),
        no(
            "index-proof-short",
            "an index proof that lacks a step",
            with(&|receipt| {
                let proof = &mut receipt.subjects[0].proof;
                proof.bits.as_mut().unwrap().pop();
                proof.siblings.pop();
            }),
            "Index",
        )
        .cause("Root"),
        no(
            "index-head-not-last",
            "an index head that is not the last leaf",
            with(&|receipt| receipt.index_head = Some(receipt.entry.clone())),
            "NoIndexHead",
        ),
        no("entry-elsewhere", "the entry at another place", with(&|receipt| receipt.entry.log_index += 1), "Inclusion")
            .cause("Root"),
        no(
            "no-event",
            "an entry without an event",
            with(&|receipt| receipt.entry = receipt.index_head.clone().unwrap()),
            "NoEvent",
        ),
        no("no-note", "a checkpoint that is no note", with(&|receipt| receipt.checkpoint = no_note.clone()), "Trust")
            .cause("Note"),
        no(
            "no-checkpoint",
            "a note of the log that is no checkpoint",
            with(&|receipt| receipt.checkpoint = no_checkpoint.clone()),
            "Trust",
        )
        .cause("Checkpoint"),
        no(
            "no-entry",
            "bytes in the log that are no entry",
            with(&|receipt| {
                (receipt.checkpoint, receipt.entry) = no_entry(&world);
                (receipt.index_head, receipt.subjects) = (None, Default::default());
            }),
            "Entry",
        )
        .cause("Entry"),
        no("cut-off", "a file that is cut off", input(&world, &good.encode()[..100]), "Codec").cause("Truncated"),
        no(
            "more-before-than-the-log-had",
            "a chain with more entries before the entry than the log had then, as its index states",
            input(&world, &with_chain_before(&world, u64::MAX).encode()),
            "Index",
        ),
    ]
}

/// A receipt of the last event of a world, on an index that states so many entries before the event on its chain.
fn with_chain_before(world: &Memory, count_before: u64) -> Receipt {
    let (mut entries, key) = (unfinished(world), subject(LOT).index_key());
    let (at, leaf) = (entries.len() as u64 - 1, Hash::leaf(&entries.pop().unwrap()));
    let honest = forge(unfinished(world), |_| {});
    let before = Chain::at(Leaf { key, count: count_before, head: Hash::ZERO });
    let mut index = honest.index.clone();
    index.update(vec![before.extend(LeafIndex::new(at).unwrap(), leaf).leaf()]);
    let root = index.root();
    let forged = state(unfinished(world), index, honest.links, root);
    let proof = IndexProof::of(&forged.index.prove(&key)).unwrap();
    let named = subject(LOT);
    let on_chain = SubjectReceipt { subject: named, proof, count_before, head_before: Hash::ZERO, later: Vec::new() };
    Receipt {
        checkpoint: forged.note.clone().into_bytes(),
        entry: forged.included(at),
        index_head: Some(forged.included(forged.entries.len() as u64 - 1)),
        subjects: vec![on_chain],
    }
}

/// The proof that a log signed two histories of one size.
pub fn fork_of(world: &Memory) -> ForkProof {
    forks(world).0
}

/// The proof that an index omits the last event about a lot.
pub fn omission_of(world: &Memory) -> OmissionProof {
    let (forged, hidden) = omitting(world);
    forged.omission(LOT, hidden)
}

/// Fork proofs of a log that rewrote entry 3: two checkpoints of one size, and two of different sizes.
fn forks(world: &Memory) -> (ForkProof, ForkProof) {
    let entries = world.entries();
    let (short, long) = (entries.len() as u64 - 2, entries.len() as u64);
    let mut rewritten = entries.clone();
    rewritten[3] = rewritten[2].clone();
    let (honest, other) = (tree_of(&entries), tree_of(&rewritten));
    let signed = |tree, size| checkpoint(tree, TreeSize::new(size).unwrap()).sign(&log_signer()).unwrap().to_string();
    let same = ForkProof {
        older: signed(&honest, long).into_bytes(),
        newer: signed(&other, long).into_bytes(),
        root: None,
        consistency: Vec::new(),
    };
    let (old, new) = (TreeSize::new(short).unwrap(), TreeSize::new(long).unwrap());
    let grown = ForkProof {
        older: signed(&honest, short).into_bytes(),
        newer: signed(&other, long).into_bytes(),
        root: other.root(old),
        consistency: other.consistency(old, new).unwrap().hashes().to_vec(),
    };
    (same, grown)
}

pub(super) fn fork_cases() -> Vec<Case> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    let (same, grown) = forks(&world);
    let no = |name, about, proof: ForkProof, error| {
        Case::refused("fork", name, about, input(&world, &proof.encode()), error)
    };
    let [no_note, no_checkpoint] = other_notes();
    let honest = tree_of(&world.entries());
    let size = |less: u64| TreeSize::new(world.entries().len() as u64 - less).unwrap();
    let signed = |less| checkpoint(&honest, size(less)).sign(&log_signer()).unwrap().to_string().into_bytes();
    let joined = ForkProof {
        older: signed(2),
        newer: signed(0),
        root: honest.root(size(2)),
        consistency: honest.consistency(size(2), size(0)).unwrap().hashes().to_vec(),
    };
    let by_nobody = checkpoint(&honest, size(0)).sign(&super::note::signer(
        headwater_testing::world::ORIGIN,
        headwater_tlog::note::KeyKind::Log,
        9,
    ));
    vec![
        Case::ok("fork", "same-size", "two roots of one size", input(&world, &same.encode())),
        Case::ok(
            "fork",
            "rewritten",
            "a newer tree that held something else at the older size",
            input(&world, &grown.encode()),
        ),
        no("no-fork", "the newer checkpoint extends the older", joined, "NoFork"),
        no("root-left-out", "two sizes, and no root of the older", ForkProof { root: None, ..grown.clone() }, "NoFork"),
        no(
            "newer-before-older",
            "the larger tree in the place of the older",
            ForkProof { older: grown.newer.clone(), newer: grown.older.clone(), ..grown.clone() },
            "NoFork",
        ),
        no("same-twice", "one checkpoint twice", ForkProof { newer: same.older.clone(), ..same.clone() }, "NoFork"),
        no(
            "consistency-short",
            "a proof with a hash too few",
            ForkProof { consistency: grown.consistency[1..].to_vec(), ..grown.clone() },
            "Consistency",
        )
        .cause("Length"),
        no(
            "signed-by-another",
            "a checkpoint that the log did not sign",
            ForkProof { newer: by_nobody.unwrap().to_string().into_bytes(), ..same.clone() },
            "OtherLog",
        ),
        no("no-note", "a checkpoint that is no note", ForkProof { newer: no_note, ..same.clone() }, "Note")
            .cause("Shape"),
        no(
            "no-checkpoint",
            "a note of the log that is no checkpoint",
            ForkProof { older: no_checkpoint, ..same.clone() },
            "Checkpoint",
        )
        .cause("Lines"),
        Case::refused("fork", "cut-off", "a file that is cut off", input(&world, &same.encode()[..100]), "Codec")
            .cause("Truncated"),
    ]
}

/// The omission proof that an auditor writes about a log whose last index head lies.
fn accusation(world: &Memory, forged: &Forged) -> OmissionProof {
    let (size, mut audit) = (forged.tree.size(), Audit::new(world.ledger.ledger_id()));
    let (root, mut source) = (forged.tree.root(size).unwrap(), InMemory(forged.entries.clone()));
    assert!(audit.run(&mut source, size, root, |_| {}).is_err());
    audit.accuse(&mut source, size, root, forged.note.as_bytes()).unwrap()
}

/// A log that hides the recall of a lot from its index, and the log index of that recall.
fn omitting(world: &Memory) -> (Forged, u64) {
    let key = subject(LOT).index_key();
    let mut hidden = 0;
    let forged = forge(unfinished(world), |links| hidden = links.get_mut(&key).unwrap().pop().unwrap().log_index.get());
    (forged, hidden)
}

pub(super) fn omission_cases() -> Vec<Case> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.recall(&world.dairy, &[LOT]).unwrap();
    let key = subject(LOT).index_key();
    let (forged, hidden) = omitting(&world);
    let honest = forge(unfinished(&world), |_| {});
    let phantom = forge(unfinished(&world), |links| {
        let made_up = Link { log_index: LeafIndex::new(2).unwrap(), leaf: Hash::plain(b"made up") };
        links.get_mut(&key).unwrap().insert(0, made_up);
    });
    let badly_built = state(unfinished(&world), honest.index.clone(), honest.links.clone(), Hash::plain(b"no trie"));
    let batch = accusation(&world, &badly_built);
    let cut = |change: &dyn Fn(&mut headwater_trace::omission::ByBatch)| {
        let mut proof = batch.clone();
        if let ShownBy::Batch(batch) = &mut proof.shown_by {
            change(batch);
        }
        input(&world, &proof.encode())
    };
    let no = |name, about, input, error| Case::refused("omission", name, about, input, error);
    let right = {
        let mut proof = batch.clone();
        (proof.checkpoint, proof.index_head) =
            (honest.note.clone().into_bytes(), honest.included(honest.entries.len() as u64 - 1));
        if let ShownBy::Batch(batch) = &mut proof.shown_by {
            let again = |entry: &mut headwater_trace::trace::Included| *entry = honest.included(entry.log_index);
            batch.base.iter_mut().for_each(again);
            batch.entries.iter_mut().for_each(again);
        }
        proof
    };
    let place = honest.links[&key][0].log_index.get();
    let newer = {
        let mut entries = unfinished(&world);
        let place = LeafIndex::new(entries.len() as u64).unwrap();
        let at_ms = Entry::parse(entries.last().unwrap()).unwrap().recorded_at_ms;
        let entry = Entry { recorded_at_ms: at_ms, body: EntryBody::Newer { arm: 19, bytes: vec![8, 1] } }.encode();
        let link = Link { log_index: place, leaf: Hash::leaf(&entry) };
        entries.push(entry);
        forge(entries, |links| links.get_mut(&key).unwrap().push(link)).omission(LOT, place.get())
    };
    let changed = |change: &dyn Fn(&mut OmissionProof)| {
        let mut proof = forged.omission(LOT, hidden);
        change(&mut proof);
        input(&world, &proof.encode())
    };
    let by_nobody = {
        let size = forged.tree.size();
        let other = super::note::signer(headwater_testing::world::ORIGIN, headwater_tlog::note::KeyKind::Log, 9);
        checkpoint(&forged.tree, size).sign(&other).unwrap().to_string().into_bytes()
    };
    let behind = {
        // An index head, the entry after it, and another index head.
        let mut entries = honest.entries.clone();
        entries.push(forged.entries[hidden as usize].clone());
        let later = state(entries, honest.index.clone(), honest.links.clone(), honest.index.root());
        let (head, entry) = (honest.entries.len() as u64 - 1, honest.entries.len() as u64);
        OmissionProof { index_head: later.included(head), ..later.omission(LOT, entry) }
    };
    let [no_note, no_checkpoint] = other_notes();
    let mut short = forged.omission(LOT, hidden);
    if let ShownBy::Entry(entry) = &mut short.shown_by {
        entry.links.pop();
    }
    vec![
        Case::ok(
            "omission",
            "entry-left-out",
            "an entry that is in the log and not in the index",
            input(&world, &forged.omission(LOT, hidden).encode()),
        ),
        Case::ok(
            "omission",
            "phantom-entry",
            "an entry in the index that is not what it says",
            input(&world, &phantom.omission(LOT, 2).encode()),
        ),
        Case::ok(
            "omission",
            "badly-built-trie",
            "a root that the entries do not lead to, shown by a whole batch",
            input(&world, &batch.encode()),
        ),
        no(
            "nothing-omitted",
            "an entry that stands where it belongs",
            input(&world, &honest.omission(LOT, place).encode()),
            "NothingOmitted",
        ),
        no(
            "newer-entry",
            "an entry of a newer format on the chain: nobody who cannot read it can tell",
            input(&world, &newer.encode()),
            "NothingOmitted",
        ),
        no("no-note", "a checkpoint that is no note", changed(&|proof| proof.checkpoint = no_note.clone()), "Note")
            .cause("Shape"),
        no(
            "no-checkpoint",
            "a note of the log that is no checkpoint",
            changed(&|proof| proof.checkpoint = no_checkpoint.clone()),
            "Checkpoint",
        )
        .cause("Lines"),
        no(
            "no-entry",
            "bytes in the log, in the place of an index head, that are no entry",
            changed(&|proof| (proof.checkpoint, proof.index_head) = no_entry(&world)),
            "Entry",
        )
        .cause("Entry"),
        no("cut-off", "a file that is cut off", input(&world, &forged.omission(LOT, hidden).encode()[..100]), "Codec")
            .cause("Truncated"),
        no("chain-not-opened", "links that do not open the chain", input(&world, &short.encode()), "Chain")
            .cause("Count"),
        no(
            "batch-entry-missing",
            "an entry of the batch is left out",
            cut(&|batch| {
                batch.entries.pop();
            }),
            "Batch",
        ),
        no(
            "batch-subject-missing",
            "a subject of the batch is left out",
            cut(&|batch| {
                batch.subjects.pop();
            }),
            "Subjects",
        ),
        no(
            "signed-by-another",
            "a checkpoint that the log did not sign",
            changed(&|proof| proof.checkpoint = by_nobody.clone()),
            "OtherLog",
        ),
        no(
            "inclusion-short",
            "an inclusion proof with a hash too few",
            changed(&|proof| proof.index_head.inclusion.truncate(1)),
            "Inclusion",
        )
        .cause("Length"),
        no(
            "no-index-head",
            "an entry in the place of the index head",
            changed(&|proof| proof.index_head = forged.included(hidden)),
            "NoIndexHead",
        ),
        no(
            "index-of-another",
            "the proof of another index",
            changed(&|proof| {
                if let ShownBy::Entry(entry) = &mut proof.shown_by {
                    entry.proof = headwater_trace::trace::IndexProof::of(&honest.index.prove(&key));
                }
            }),
            "Index",
        )
        .cause("Root"),
        no(
            "entry-behind-the-index-head",
            "an entry behind the index head",
            input(&world, &behind.encode()),
            "NoIndexHead",
        ),
        no(
            "batch-of-another-place",
            "an entry of the batch before",
            cut(&|batch| batch.entries[0] = badly_built.included(1)),
            "Batch",
        ),
        no(
            "batch-of-a-good-index",
            "a root that the entries do lead to",
            input(&world, &right.encode()),
            "NothingOmitted",
        ),
        no(
            "entry-of-another-subject",
            "an entry that does not name the subject, and is not among its links",
            input(&world, &honest.omission(LOT, 2).encode()),
            "NothingOmitted",
        ),
        no("batch-without-base", "the index head before is left out", cut(&|batch| batch.base = None), "Batch"),
        no(
            "link-beyond-every-log",
            "a link to a log index that no log can have",
            changed(&|proof| {
                if let ShownBy::Entry(entry) = &mut proof.shown_by {
                    entry.links.push(ChainLink { log_index: (1 << 63) - 1, leaf: Hash::ZERO });
                }
            }),
            "Index",
        ),
    ]
}
