//! A node that was modified to lie, and a real auditor: the auditor finds the lie, cosigns nothing, and writes a proof that anyone can
//! verify.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody, SignedEventBytes};
use headwater_event::kind::KindBody;
use headwater_event::signature::{PayloadType, Signature};
use headwater_ledger::memory::MemoryStore;
use headwater_testing::forged::{Forged, LyingNode, checkpoint, forge, state, unfinished};
use headwater_testing::wire::{Field, Wire};
use headwater_testing::world::{World, production, query, subject};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Leaf;
use headwater_tlog::tree::TreeSize;

const LOT: &str = "01/09526543000013/10/L26-0417";

fn run(place: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_verifier-cli")).current_dir(place).args(arguments).output().unwrap()
}

fn world() -> World<MemoryStore> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.recall(&world.dairy, &[LOT]).unwrap();
    world
}

/// Makes a folder with the auditor's key and a policy.
fn folder(world: &World<MemoryStore>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let key = run(folder.path(), &["new-key", "auditor.key", "--name", "auditor.example"]);
    assert!(key.status.success());
    fs::write(folder.path().join("policy"), world.pinned()).unwrap();
    folder
}

fn audit<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let cosign = ["audit", url, "--policy", "policy", "--cosign", "auditor.key", "--name", "auditor.example"];
    [&cosign, more].concat()
}

fn honest(world: &World<MemoryStore>) -> Forged {
    forge(unfinished(world), |_| {})
}

#[test]
fn an_honest_node_is_cosigned_and_reported() {
    let world = world();
    let (folder, node) = (folder(&world), LyingNode::start(honest(&world)));
    let audited = run(folder.path(), &audit(&node.url, &["--json", "--html", "report.html"]));
    assert_eq!(audited.status.code(), Some(0), "{}", String::from_utf8_lossy(&audited.stderr));
    let document: serde_json::Value = serde_json::from_slice(&audited.stdout).unwrap();
    assert_eq!((&document["cosigned"], &document["events"]["recall"]), (&true.into(), &"1".into()));
    let cosigned = node.cosigned.lock().unwrap();
    assert_eq!(cosigned.len(), 1);
    assert!(cosigned[0].contains("\u{2014} auditor.example "));
    let report = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(report.contains("Demo Dairy") || report.contains("417/"), "{report}");
}

#[test]
fn no_file_is_replaced() {
    let world = world();
    let (folder, node) = (folder(&world), LyingNode::start(honest(&world)));
    let key = fs::read(folder.path().join("auditor.key")).unwrap();
    for arguments in [
        vec!["new-key", "auditor.key", "--name", "auditor.example"],
        audit(&node.url, &["--html", "auditor.key"]),
        audit(&node.url, &["--html", "policy"]),
    ] {
        let refused = run(folder.path(), &arguments);
        let talk = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && talk.contains("is there already"), "{arguments:?}: {talk}");
    }
    assert_eq!(fs::read(folder.path().join("auditor.key")).unwrap(), key);
    assert!(node.cosigned.lock().unwrap().is_empty(), "an audit whose report has no place does not begin");
}

#[test]
fn a_download_that_fails_is_no_fault_of_the_log() {
    let world = world();
    let folder = folder(&world);
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unanswered = run(folder.path(), &audit(&format!("http://{gone}"), &[]));
    let talk = String::from_utf8_lossy(&unanswered.stderr).into_owned();
    assert_eq!(unanswered.status.code(), Some(1), "{talk}");
    assert!(!talk.contains("does not check out"), "{talk}");
    // A node with a checkpoint but without its tiles.
    let node = LyingNode::start(honest(&world));
    node.serves.lock().unwrap().entries.truncate(1);
    let cut = run(folder.path(), &audit(&node.url, &[]));
    let talk = String::from_utf8_lossy(&cut.stderr).into_owned();
    assert!(node.cosigned.lock().unwrap().is_empty(), "{talk}");
    assert_eq!(cut.status.code(), Some(1), "{talk}");
}

#[test]
fn an_index_that_lies_gets_no_cosignature_and_leaves_a_proof() {
    let world = world();
    let (honest, key) = (honest(&world), subject(LOT).index_key());
    let leaf = honest.index.find(&key).unwrap();
    let mut counted = honest.index.clone();
    counted.update(vec![Leaf { count: leaf.count + 1, ..leaf }]);
    let left_out = forge(unfinished(&world), |links| {
        links.get_mut(&key).unwrap().pop();
    });
    let phantom = forge(unfinished(&world), |links| {
        let recall = links[&key][1];
        links.insert(subject("01/09526543000013").index_key(), vec![recall]);
    });
    let badly_built = Hash::node(&honest.index.root(), &Hash::ZERO);
    let stated = |root| state(unfinished(&world), honest.index.clone(), honest.links.clone(), root);
    for (lie, forged) in [
        ("an entry in the log but not in the index", left_out),
        ("a phantom entry", phantom),
        ("a wrong count", stated(counted.root())),
        ("a badly built trie", stated(badly_built)),
    ] {
        let (folder, node) = (folder(&world), LyingNode::start(forged));
        let audited = run(folder.path(), &audit(&node.url, &[]));
        assert_eq!(audited.status.code(), Some(3), "{lie}: {}", String::from_utf8_lossy(&audited.stderr));
        assert!(node.cosigned.lock().unwrap().is_empty(), "{lie} was cosigned");
        let verified = run(folder.path(), &["verify", "log.omission", "--policy", "policy"]);
        assert_eq!(verified.status.code(), Some(0), "{lie}: {}", String::from_utf8_lossy(&verified.stdout));
        assert!(String::from_utf8_lossy(&verified.stdout).contains("the index head at"), "{lie}");
        // A mirror shows the same lie, and records no audit.
        let mirrored = run(folder.path(), &audit(&node.url, &["--mirror", "copy"]));
        assert_eq!(mirrored.status.code(), Some(3), "{lie}");
        assert!(!folder.path().join("copy/audited").exists(), "{lie}");
    }
}

#[test]
fn a_mirror_grows_and_goes_on_where_it_was_audited() {
    let world = world();
    let folder = folder(&world);
    let entries = world.entries();
    let short = entries.len() - 2;
    let node = LyingNode::start(Forged::of(entries[..short].to_vec()));
    let first = run(folder.path(), &audit(&node.url, &["--mirror", "copy", "--json"]));
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    *node.serves.lock().unwrap() = Forged::of(entries.clone());
    let second = run(folder.path(), &audit(&node.url, &["--mirror", "copy", "--json"]));
    let document: serde_json::Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(document["audited_before"], short.to_string());
    assert_eq!(document["size"], entries.len().to_string());
    // Only the mirror records the earlier audit.
    let said = run(folder.path(), &["audit", "copy", "--policy", "policy", "--html", "copy.html"]);
    let page = fs::read_to_string(folder.path().join("copy.html")).unwrap();
    for text in [String::from_utf8_lossy(&said.stdout), page.into()] {
        assert!(text.contains("that all else of them was checked, the mirror says"), "{text}");
    }
    let anew = run(folder.path(), &["audit", "copy", "--policy", "policy", "--anew", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&anew.stdout).unwrap();
    assert_eq!(document["audited_before"], "0");
    // A file that is missing in the mirror is not a fault of the log.
    let tile = folder.path().join("copy/tile/0/000.p").join((entries.len()).to_string());
    let kept = fs::read(&tile).unwrap();
    fs::remove_file(&tile).unwrap();
    let lost = run(folder.path(), &["audit", "copy", "--policy", "policy"]);
    let talk = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert!(lost.status.code() == Some(1) && talk.contains("is missing in the mirror"), "{talk}");
    fs::write(&tile, kept).unwrap();
    // Anyone can audit a mirror without the node.
    let mirrored = run(folder.path(), &["audit", "copy", "--policy", "policy"]);
    assert_eq!(mirrored.status.code(), Some(0), "{}", String::from_utf8_lossy(&mirrored.stderr));
    let again = run(folder.path(), &["mirror", &node.url, "copy", "--policy", "policy"]);
    assert_eq!(again.status.code(), Some(0));
    // The mirror reports one changed byte in a stored bundle.
    let bundle = folder.path().join(format!("copy/tile/entries/000.p/{}", entries.len()));
    let mut bytes = fs::read(&bundle).unwrap();
    bytes[40] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    assert_eq!(run(folder.path(), &["audit", "copy", "--policy", "policy"]).status.code(), Some(3));
}

#[test]
fn bytes_that_are_not_the_logs_accuse_no_party() {
    let world = world();
    let (folder, node) = (folder(&world), LyingNode::start(honest(&world)));
    let place = node.serves.lock().unwrap().entries.len() - 2;
    *node.serves.lock().unwrap().entries[place].last_mut().unwrap() ^= 1;
    let audited = run(folder.path(), &audit(&node.url, &[]));
    let talk = String::from_utf8_lossy(&audited.stderr).into_owned();
    assert_eq!(audited.status.code(), Some(3), "{talk}");
    assert!(talk.contains("root") && !talk.contains("signed"), "{talk}");
}

#[test]
fn a_fork_is_written_out_as_a_proof() {
    let world = world();
    let folder = folder(&world);
    let entries = world.entries();
    let short = entries.len() - 2;
    let mut rewritten = forge(unfinished(&world), |_| {}).entries;
    rewritten[3] = rewritten[2].clone();
    // Three other histories: of the same size, of a larger size, and cut short and changed.
    let mut cut = rewritten.clone();
    cut.truncate(short);
    for (what, first, then) in [
        ("a larger one", entries[..short].to_vec(), rewritten.clone()),
        ("the same size", entries.clone(), rewritten),
        ("a smaller one", entries.clone(), cut),
    ] {
        let node = LyingNode::start(Forged::of(first));
        let copy = format!("copy of {what}");
        let mirror = ["mirror", &node.url, &copy, "--policy", "policy", "--evidence", "log.fork"];
        assert_eq!(run(folder.path(), &mirror).status.code(), Some(0), "{what}");
        *node.serves.lock().unwrap() = Forged::of(then);
        let met = run(folder.path(), &audit(&node.url, &["--mirror", &copy]));
        assert_eq!(met.status.code(), Some(3), "{what}: {}", String::from_utf8_lossy(&met.stderr));
        assert!(node.cosigned.lock().unwrap().is_empty());
        let verified = run(folder.path(), &["verify", "log.fork", "--policy", "policy"]);
        assert_eq!(verified.status.code(), Some(0), "{what}: {}", String::from_utf8_lossy(&verified.stdout));
        assert!(String::from_utf8_lossy(&verified.stdout).contains("two histories"), "{what}");
        fs::remove_file(folder.path().join("log.fork")).unwrap();
    }
    // An older checkpoint of the same history is not a fork and proves no lie: the log was rolled back.
    let node = LyingNode::start(Forged::of(entries.clone()));
    let mirror = ["mirror", &node.url, "copy", "--policy", "policy"];
    assert_eq!(run(folder.path(), &mirror).status.code(), Some(0));
    *node.serves.lock().unwrap() = Forged::of(entries[..short].to_vec());
    let met = run(folder.path(), &mirror);
    assert_eq!(met.status.code(), Some(11), "{}", String::from_utf8_lossy(&met.stderr));
    let kept = fs::read_to_string(folder.path().join("copy/checkpoint")).unwrap();
    let size = TreeSize::new(entries.len() as u64).unwrap();
    let whole = checkpoint(&headwater_testing::forged::tree_of(&entries), size).to_string();
    assert!(kept.starts_with(&whole));
}

/// Returns the entry of an event with a body that no reader knows.
fn newer_event(world: &World<MemoryStore>, at_ms: u64) -> Entry {
    let event = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    let mut wire = Wire::read(&event.encode());
    wire.0.pop();
    wire.0.push(Field::bytes(40, vec![8, 1]));
    let event = wire.write();
    let signature = Signature::new(world.dairy.events().sign(&PayloadType::Event.encode(&event)).unwrap());
    Entry { recorded_at_ms: at_ms, body: EntryBody::SignedEvent(SignedEventBytes { event, signature }) }
}

#[test]
fn what_is_newer_than_the_auditor_is_not_vouched_for() {
    let world = world();
    let entries = unfinished(&world);
    let at_ms = Entry::parse(entries.last().unwrap()).unwrap().recorded_at_ms;
    let newer = Entry { recorded_at_ms: at_ms, body: EntryBody::Newer { arm: 40, bytes: vec![8, 1] } };
    for newer in [newer, newer_event(&world, at_ms)] {
        let entries = [entries.clone(), vec![newer.encode()]].concat();
        let (folder, node) = (folder(&world), LyingNode::start(forge(entries, |_| {})));
        let audited = run(folder.path(), &audit(&node.url, &[]));
        let said = String::from_utf8_lossy(&audited.stderr);
        assert_eq!(audited.status.code(), Some(10), "{said}");
        assert!(said.contains("newer format") && node.cosigned.lock().unwrap().is_empty(), "{said}");
    }
}

#[test]
fn a_checkpoint_of_the_future_is_not_cosigned() {
    const TEN_YEARS_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1000;
    let world = World::new();
    world.pass(TEN_YEARS_MS);
    world.produce(&world.dairy, LOT).unwrap();
    let (folder, node) = (folder(&world), LyingNode::start(honest(&world)));
    let audited = run(folder.path(), &audit(&node.url, &[]));
    let said = String::from_utf8_lossy(&audited.stderr);
    assert_eq!(audited.status.code(), Some(7), "{said}");
    assert!(said.contains("in the future") && node.cosigned.lock().unwrap().is_empty(), "{said}");
    // A reader reports the same, and no age limit makes the trace pass as fresh.
    fs::write(folder.path().join("lot.trace"), world.trace(&query(LOT))).unwrap();
    let verify = ["verify", "lot.trace", "--policy", "policy", "--subject", LOT, "--max-age", "999999999"];
    let told = run(folder.path(), &verify);
    let said = String::from_utf8_lossy(&told.stdout);
    assert!(said.contains("in the future of this clock"), "{said}");
    assert_eq!(told.status.code(), Some(7), "{said}");
}
