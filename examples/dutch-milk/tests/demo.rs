//! The demo plays to its end, and prints the verdicts that the README promises. A change of its trace, of a mirror or of its disk is found.
//!
//! One byte in [`STEP`] is changed. With `HEADWATER_EVERY_BYTE=1`, every byte of the trace and of the mirror is changed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use headwater_event::subject::Subject;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::verify::verify;
use headwater_trace::walk::Query;
use indicatif::ProgressBar;
use ledger_node::fsck::fsck;
use ledger_node::home::Home;
use ledger_node::server::Node;
use ledger_node::settings::Settings;
use tokio::runtime::Runtime;
use verifier_cli::audit::AuditSettings;
use verifier_cli::fetch::Remote;
use verifier_cli::mirror::Mirror;

/// Distance of two bytes that are changed, a prime, so that the changes meet every field of messages that repeat.
const STEP: usize = 29;

/// Returns the bytes that a thread changes, of all bytes of a file.
fn changed(length: usize, core: usize, cores: usize) -> impl Iterator<Item = usize> {
    let step = if std::env::var_os("HEADWATER_EVERY_BYTE").is_some_and(|value| value == "1") { 1 } else { STEP };
    (core * step..length).step_by(cores * step)
}

#[test]
fn it_plays_to_its_end() {
    let out = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dutch-milk"))
        .args(["--once", "--listen", "127.0.0.1:0", "--out"])
        .arg(out.path())
        .arg("--keep")
        .arg(out.path().join("node"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let promises = [
        ("verify", "VALID"),
        ("tamper", "SIGNATURE_INVALID"),
        ("invent", "NEVER_ISSUED"),
        ("recall", "RECALLED"),
        ("withhold", "SIGNATURE_INVALID"),
        ("audited", "VALID"),
    ];
    for (what, verdict) in promises {
        assert!(said.lines().any(|line| line.starts_with(what) && line.ends_with(verdict)), "{what} {verdict}\n{said}");
    }
    let story = [
        "10.8 kg, origin NL",
        "pass, 2 of 2 passed: Aflatoxin M1 0.008 µg/kg",
        "departure airport AMS, NL to airport HGH, CN, flight WX0895, awb 176-12345675",
        "import released",
        "recall R-2026-03 of Polderlicht Dairy (417/9526543000105) is recorded",
        "complete as of ",
    ];
    for line in story {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let bytes = std::fs::read(out.path().join("milk.trace")).unwrap();
    let policy = TrustPolicy::parse(&std::fs::read_to_string(out.path().join("milk.policy")).unwrap()).unwrap();
    let query = Query { subject: Subject::parse("01/09526543000013/21/7KQ2M9XW4T").unwrap(), lot: None };
    assert!(verify(&bytes, &query, &policy).is_ok());
    assert_eq!(unseen_changes(&bytes, &policy, &query), Vec::<usize>::new());

    // The node starts again on the demo's ledger. The test checks a mirror of all that the node publishes, and the values on its disk.
    let home = Home::at(&out.path().join("node"));
    let audited =
        std::fs::read_to_string(out.path().join("milk.policy")).unwrap().replace("quorum none", "quorum auditors");
    let audited = TrustPolicy::parse(&audited).unwrap();
    let copy = out.path().join("copy");
    let runtime = Runtime::new().unwrap();
    let (settings, listener) = (Settings::default(), TcpListener::bind("127.0.0.1:0").unwrap());
    let node = runtime.block_on(Node::start(&home, &settings, listener)).unwrap();
    let url = format!("http://{}", node.address);
    Mirror::at(&copy).grow(Remote::new(&url), &audited, |_, _| {}).unwrap();
    runtime.block_on(node.stop()).unwrap();
    assert_eq!(unseen_in_the_mirror(&copy, &audited), Vec::<String>::new());
    assert_eq!(unseen_on_disk(&home, &runtime), Vec::<String>::new());
}

/// Returns the files of a folder, at any depth.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Changes bytes of checkpoint, hash tiles and entry bundles in turn, and returns the changes that an audit does not refuse.
fn unseen_in_the_mirror(copy: &Path, policy: &TrustPolicy) -> Vec<String> {
    let settings = AuditSettings { policy, vouched: None };
    assert!(settings.audit_mirror(Mirror::at(copy), |_, _| {}).unwrap().outstanding.is_none());
    let (names, cores) = (files(copy), std::thread::available_parallelism().unwrap().get());
    assert!(names.iter().any(|name| name.ends_with("checkpoint")) && names.len() >= 3, "{names:?}");
    std::thread::scope(|scope| {
        let part = |core: usize| {
            let (names, settings) = (&names, &settings);
            scope.spawn(move || {
                let own = tempfile::tempdir().unwrap();
                let name = |path: &Path| own.path().join(path.strip_prefix(copy).unwrap());
                for path in names {
                    std::fs::create_dir_all(name(path).parent().unwrap()).unwrap();
                    std::fs::copy(path, name(path)).unwrap();
                }
                let mut unseen = Vec::new();
                for path in names {
                    let bytes = std::fs::read(path).unwrap();
                    for at in changed(bytes.len(), core, cores) {
                        let mut other = bytes.clone();
                        other[at] ^= 1 << (at % 8);
                        std::fs::write(name(path), other).unwrap();
                        // A cosignature that the change makes unreadable leaves the quorum outstanding, which counts as seen.
                        let audited = settings.audit_mirror(Mirror::at(own.path()), |_, _| {});
                        if audited.is_ok_and(|report| report.outstanding.is_none()) {
                            unseen.push(format!("byte {at} of {}", path.display()));
                        }
                    }
                    std::fs::write(name(path), bytes).unwrap();
                }
                unseen
            })
        };
        let parts: Vec<_> = (0..cores).map(part).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

/// Changes the first, middle and last byte of every value in the store in turn, and returns the changes that `fsck` does not find.
/// `ledger-node/tests/fsck.rs` changes every byte of every value of a small ledger.
fn unseen_on_disk(home: &Home, runtime: &Runtime) -> Vec<String> {
    let checks_out = || fsck(home, runtime.handle(), &ProgressBar::hidden()).is_ok();
    // sled releases its lock a moment after the last handle is dropped.
    let open = || {
        let config = sled::Config::new().path(home.ledger()).flush_every_ms(None);
        let mut tries = (0..5_000).map(|_| {
            std::thread::park_timeout(std::time::Duration::from_millis(1));
            config.open()
        });
        tries.find_map(Result::ok).unwrap()
    };
    assert!(checks_out());
    let stored: Vec<(sled::IVec, sled::IVec)> = open().iter().collect::<Result<_, _>>().unwrap();
    let mut unseen = Vec::new();
    for (key, value) in &stored {
        let places: BTreeSet<usize> = [0, value.len() / 2, value.len().saturating_sub(1)].into();
        for at in places.into_iter().filter(|at| *at < value.len()) {
            let mut changed = value.to_vec();
            changed[at] ^= 1 << (at % 8);
            let db = open();
            db.insert(key, changed).unwrap();
            db.flush().unwrap();
            drop(db);
            if checks_out() {
                unseen.push(format!("byte {at} of {key:?}"));
            }
            let db = open();
            db.insert(key, value).unwrap();
            db.flush().unwrap();
        }
    }
    unseen
}

/// Changes bytes of the demo's trace in turn, and returns the bytes whose change the verifier does not refuse.
fn unseen_changes(bytes: &[u8], policy: &TrustPolicy, query: &Query) -> Vec<usize> {
    let cores = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        let part = |core: usize| {
            scope.spawn(move || {
                let unseen = changed(bytes.len(), core, cores).filter(|at| {
                    let mut other = bytes.to_vec();
                    other[*at] ^= 1 << (at % 8);
                    verify(&other, query, policy).is_ok()
                });
                unseen.collect::<Vec<usize>>()
            })
        };
        let parts: Vec<_> = (0..cores).map(part).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}
