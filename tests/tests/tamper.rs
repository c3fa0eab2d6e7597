//! Evidence with one changed bit is refused, and a parser survives any bytes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use headwater_client::draft::Draft;
use headwater_event::codec::{CodecError, Message};
use headwater_event::digital_link::DigitalLink;
use headwater_event::entry::{Entry, EntryBody};
use headwater_event::event::{Event, EventId};
use headwater_event::subject::Subject;
use headwater_tests::vectors;
use headwater_tlog::checkpoint::{Checkpoint, CosignTime};
use headwater_tlog::hash::Hash;
use headwater_tlog::key::{PublicKey, SecretKey};
use headwater_tlog::note::{KeyKind, Note, NoteKey, NoteSigner};
use headwater_tlog::policy::Policy;
use headwater_tlog::proof_file::ProofFile;
use headwater_tlog::tile::TilePath;
use headwater_tlog::tree::Tree;
use headwater_trace::evidence::{ForkProof, Receipt};
use headwater_trace::omission::OmissionProof;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::set::SetManifest;
use headwater_trace::trace::Trace;
use proptest::prelude::*;

const LEAF: u64 = 4;
const LEAVES: u64 = 11;

fn leaf(index: u64) -> Hash {
    Hash::leaf(&index.to_be_bytes())
}

fn now() -> CosignTime {
    CosignTime::new(1_767_225_600).unwrap()
}

fn signer(name: &str, kind: KeyKind, seed: u8) -> NoteSigner {
    NoteSigner::new(name, kind, SecretKey::from_seed(&[seed; 32])).unwrap()
}

fn policy_text() -> String {
    let log = signer("log.example/h1", KeyKind::Log, 1);
    let witness = signer("w1.example", KeyKind::Cosigner, 2);
    format!("log {}\nwitness w1 {}\nquorum w1\n", log.key(), witness.key())
}

/// A cosigned checkpoint over eleven leaves, and the proof that the fifth is among them.
fn proof_file() -> String {
    let mut tree = Tree::new();
    (0..LEAVES).for_each(|index| assert!(tree.push(leaf(index)).is_some()));
    let size = tree.size();
    let checkpoint = Checkpoint::new("log.example/h1", size, tree.root(size).unwrap()).unwrap();
    let note = checkpoint.sign(&signer("log.example/h1", KeyKind::Log, 1)).unwrap();
    let cosignature = checkpoint.cosign(&signer("w1.example", KeyKind::Cosigner, 2), now()).unwrap();
    let index = size.leaf(LEAF).unwrap();
    let inclusion = tree.inclusion(index, size).unwrap();
    ProofFile { extra: None, index, inclusion, checkpoint: format!("{note}{cosignature}\n") }.to_string()
}

#[test]
fn no_flipped_bit_of_a_proof_file_verifies() {
    let policy = Policy::parse(&policy_text()).unwrap();
    let verifies = |bytes: &[u8]| ProofFile::parse(bytes).is_ok_and(|file| file.verify(leaf(LEAF), &policy).is_ok());
    let bytes = proof_file().into_bytes();
    assert!(verifies(&bytes));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!verifies(&flipped), "bit {} of byte {}: {:?}", bit % 8, bit / 8, String::from_utf8_lossy(&flipped));
    }
}

/// Reads `bytes` with every parser. A parser that accepts the bytes must write the same bytes again.
fn read_as_everything(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // A parser of text gets text: bytes that are not UTF-8 become replacement characters before.
    let written = |written: Option<String>| written.is_none_or(|written| written == text);
    assert!(written(Note::parse(bytes).ok().map(|note| note.to_string())));
    assert!(written(Checkpoint::parse(&text).ok().map(|checkpoint| checkpoint.to_string())));
    assert!(written(ProofFile::parse(bytes).ok().map(|file| file.to_string())));
    assert!(written(TilePath::parse(&text).ok().map(|path| path.to_string())));
    assert!(written(NoteKey::parse(&text).ok().map(|key| key.to_string())));
    assert!(written(Subject::parse(&text).ok().map(|subject| subject.to_string())));
    assert!(PublicKey::parse(bytes).map_or(true, |key| key.as_bytes() == bytes));
    if let Ok(entry) = Entry::parse(bytes) {
        assert_eq!(headwater_event::codec::Message::encode(&entry), bytes);
    }
    fn rewrites<M: Message>(parsed: Result<M, CodecError>, bytes: &[u8]) {
        if let Ok(message) = parsed {
            assert_eq!(message.encode(), bytes);
        }
    }
    rewrites(Event::parse(bytes), bytes);
    rewrites(Trace::parse(bytes), bytes);
    rewrites(Receipt::parse(bytes), bytes);
    rewrites(ForkProof::parse(bytes), bytes);
    rewrites(OmissionProof::parse(bytes), bytes);
    rewrites(SetManifest::parse(bytes), bytes);
    let _ = Draft::parse(&text);
    let _ = EventId::parse(&text);
    let _ = TrustPolicy::parse(&text);
    let _ = Policy::parse(&text);
    let _ = DigitalLink::parse(&text);
    if let Ok(path) = TilePath::parse("tile/entries/000.p/3") {
        let _ = path.entries(bytes);
        let _ = path.hashes(bytes);
    }
}

/// The evidence of good vectors, to be changed: events, entries, traces, receipts and proofs of lies.
fn evidence() -> Vec<Vec<u8>> {
    let areas = fs::read_dir(vectors::folder()).unwrap().flat_map(|area| fs::read_dir(area.unwrap().path()).unwrap());
    let mut paths: Vec<PathBuf> = areas.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let good = paths.into_iter().filter_map(|path| {
        let case: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let input = &case["input"];
        let bytes = ["event", "entry", "trace", "evidence"].iter().find_map(|name| input[*name].as_str())?;
        let bytes = Some(bytes).filter(|bytes| !bytes.is_empty())?;
        (case["expect"] == "ok").then(|| hex::decode(bytes).unwrap())
    });
    good.collect()
}

fn samples() -> Vec<Vec<u8>> {
    let note = proof_file().split_once("\n\n").unwrap().1.to_owned();
    let head =
        Entry { recorded_at_ms: 1, body: EntryBody::IndexHead(headwater_event::entry::IndexHead { root: leaf(0) }) };
    vec![
        proof_file().into_bytes(),
        format!("{}\n", note.split_once("\n\n").unwrap().0).into_bytes(),
        note.into_bytes(),
        policy_text().into_bytes(),
        b"tile/0/x001/x234/567.p/12".to_vec(),
        b"01/09526543000013/21/A%2FB".to_vec(),
        b"https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T?17=271231".to_vec(),
        headwater_event::codec::Message::encode(&head),
        Draft::template(headwater_event::kind::Kind::LabInspection).as_bytes().to_vec(),
    ]
}

proptest! {
    // Writes no file after a failure, so that the source tree stays clean; proptest prints the failing case.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn mutated_evidence(sample in prop::sample::select(evidence()), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = sample;
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_as_everything(&bytes);
    }

    #[test]
    fn mutated_bytes(sample in prop::sample::select(samples()), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..5)) {
        let mut bytes = sample;
        for (at, byte, way) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match way {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        read_as_everything(&bytes);
    }
}
