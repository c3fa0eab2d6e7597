//! An auditor that cosigns: its key never cosigns two histories, for any answers of the node.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use headwater_event::kind::KindBody;
use headwater_testing::node::RealNode;
use headwater_testing::world::{World, auditor, production, quantity, subject};
use ledger_node::home::Home;
use ledger_node::place::HomePlace;
use ledger_node::settings::{List, Settings};

const ROLLED_BACK: i32 = 11;

/// Folder of an auditor, with the key and the policy.
struct Auditor(tempfile::TempDir);

impl Auditor {
    fn begin(pinned: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        headwater_key::write(&folder.path().join("auditor.key"), &[2; 32]).unwrap();
        fs::write(folder.path().join("policy"), pinned).unwrap();
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let policy = ["--policy", "policy"];
        let command = [arguments, &policy].concat();
        Command::new(env!("CARGO_BIN_EXE_verifier-cli")).current_dir(self.0.path()).args(command).output().unwrap()
    }

    fn cosign(&self, url: &str, more: &[&str]) -> Output {
        let name = auditor().key().name().to_owned();
        self.run(&[&["audit", url, "--cosign", "auditor.key", "--name", &name], more].concat())
    }

    fn states(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|extension| extension == "cosigned")).collect()
    }
}

fn copied(home: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([home, to]).status().unwrap().success());
}

fn settings() -> Settings {
    Settings { auditors: List(vec![auditor().key().clone()]), ..Settings::default() }
}

/// Records the production of another lot at a node.
fn grow(node: &RealNode, world: &World<headwater_ledger::memory::MemoryStore>, lot: &str) {
    let subjects = vec![subject(&format!("01/09526543000013/10/{lot}"))];
    let mut event = world.event(&world.dairy, subjects, KindBody::Production(production()));
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    node.runtime.block_on(node.node.ledger.append(event.sign(&world.dairy.events()).unwrap())).unwrap();
}

/// Starts a node in this process on an existing home.
fn serve(home: &Path) -> RealNode {
    RealNode::again(home, &settings())
}

fn auditor_key() -> String {
    headwater_testing::world::auditor().key().to_string()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_key_cosigns_one_side_of_a_fork_and_proves_it() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let [home, copy, behind] = ["home", "copy", "behind"].map(|name| folder.path().join(name));
    fs::create_dir(&home).unwrap();
    RealNode::start(&world, &home, &settings()).stop();
    copied(&home, &copy);
    copied(&home, &behind);
    for clone in [&copy, &behind] {
        HomePlace::of(&Home::at(clone)).unwrap().keep().unwrap();
    }
    let (one, other) = (serve(&home), serve(&copy));
    grow(&one, &world, "L1");
    grow(&other, &world, "L2");
    let auditor = Auditor::begin(&world.pinned());
    let first = auditor.cosign(&one.url(), &[]);
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    assert_eq!(auditor.states().len(), 1);
    let state = fs::read(&auditor.states()[0]).unwrap();
    // The other side of the fork: of the same size, of a larger size, and with a mirror that has nothing of the first side.
    let met = auditor.cosign(&other.url(), &[]);
    assert_eq!(met.status.code(), Some(3), "{}", said(&met));
    assert!(said(&met).contains("signed two histories"), "{}", said(&met));
    grow(&other, &world, "L3");
    for more in [&[][..], &["--mirror", "fresh"]] {
        let met = auditor.cosign(&other.url(), more);
        assert_eq!(met.status.code(), Some(3), "{}", said(&met));
    }
    assert_eq!(fs::read(&auditor.states()[0]).unwrap(), state, "nothing more was vouched for");
    for proof in ["log.fork", "log.2.fork"] {
        let checked = auditor.run(&["verify", proof]);
        assert!(said(&checked).contains("two histories"), "{}", said(&checked));
    }
    assert!(!other.node.ledger.newest().note().contains("auditor"), "the other side has no cosignature");
    // A node with fewer entries than the key cosigned.
    let old = serve(&behind);
    let met = auditor.cosign(&old.url(), &[]);
    assert_eq!(met.status.code(), Some(ROLLED_BACK), "{}", said(&met));
    // The cosigned side grows.
    grow(&one, &world, "L4");
    let again = auditor.cosign(&one.url(), &[]);
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    assert!(said(&again).contains("the checkpoint is"), "its age is said: {}", said(&again));
    assert_ne!(fs::read(&auditor.states()[0]).unwrap(), state);
    for node in [one, other, old] {
        node.stop();
    }
}

#[test]
fn a_log_that_is_behind_a_mirror_was_rolled_back() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let [home, behind] = ["home", "behind"].map(|name| folder.path().join(name));
    fs::create_dir(&home).unwrap();
    RealNode::start(&world, &home, &settings()).stop();
    copied(&home, &behind);
    HomePlace::of(&Home::at(&behind)).unwrap().keep().unwrap();
    let (one, old) = (serve(&home), serve(&behind));
    grow(&one, &world, "L1");
    let auditor = Auditor::begin(&world.pinned());
    for command in [&["mirror", &one.url(), "copy"][..], &["audit", &one.url(), "--mirror", "copy"]] {
        let met = auditor.run(command);
        assert_eq!(met.status.code(), Some(0), "{}", said(&met));
    }
    // An audit reports that the quorum of its policy is outstanding.
    let quorum = world.pinned().replace("quorum none\n", &format!("witness a {}\nquorum a\n", auditor_key()));
    fs::write(auditor.0.path().join("strict"), quorum).unwrap();
    let strict = Command::new(env!("CARGO_BIN_EXE_verifier-cli"))
        .current_dir(auditor.0.path())
        .args(["audit", "copy", "--policy", "strict"])
        .output()
        .unwrap();
    assert_eq!(strict.status.code(), Some(9), "{}", said(&strict));
    assert!(said(&strict).contains("of the quorum \"a\" of the policy 0 have cosigned"), "{}", said(&strict));
    for command in [&["mirror", &old.url(), "copy"][..], &["audit", &old.url(), "--mirror", "copy"]] {
        let met = auditor.run(command);
        assert_eq!(met.status.code(), Some(ROLLED_BACK), "{}", said(&met));
        assert!(said(&met).contains("rolled back: the log serves a checkpoint of"), "{}", said(&met));
    }
    for node in [one, old] {
        node.stop();
    }
}

#[test]
fn what_the_key_vouches_for_is_on_disk_before_it_signs_and_one_audit_runs_at_a_time() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    // A node refuses the cosignature: the audit fails after the signature.
    let node = RealNode::start(&world, &home, &Settings::default());
    let auditor = Auditor::begin(&world.pinned());
    let met = auditor.cosign(&node.url(), &[]);
    assert_eq!(met.status.code(), Some(1), "{}", said(&met));
    let state = &auditor.states()[0];
    assert!(fs::read(state).unwrap().starts_with(b"log.example/h1\n"));
    let lock = fs::File::open(format!("{}.lock", state.display())).unwrap();
    lock.try_lock().unwrap();
    let met = auditor.cosign(&node.url(), &[]);
    assert!(said(&met).contains("another audit with this key is under way"), "{}", said(&met));
    drop(lock);
    fs::write(state, "no note").unwrap();
    let met = auditor.cosign(&node.url(), &[]);
    assert!(
        met.status.code() == Some(1) && said(&met).contains("holds no checkpoint that the log of the policy signed"),
        "{}",
        said(&met)
    );
    node.stop();
}
