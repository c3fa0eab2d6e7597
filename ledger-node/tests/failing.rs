//! A node whose disk fails: strace makes each write and each sync fail in turn. The node ends in bounded time with the exit code of a
//! failed store. An append is answered or its connection is lost, and each acknowledged event is there when the disk works again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use headwater_event::entry::{Entry, EntryBody, SignedEventBytes};
use headwater_testing::process::{Issuer, Serving, init};
use headwater_testing::tools;

const NODE: &str = env!("CARGO_BIN_EXE_ledger-node");
/// Faults of the disk: a system call, and an error or a delay longer than a commit may take. (A call that never returned would keep the
/// process from ending, since strace holds the thread.)
const FAILS: [(&str, &str); 6] = [
    ("pwrite64", "error=ENOSPC"),
    ("pwrite64", "error=EIO"),
    ("fdatasync", "error=EIO"),
    ("fdatasync", HANGS),
    ("sync_file_range", "error=EIO"),
    ("fsync", "error=EIO"),
];
const HANGS: &str = "delay_enter=2500ms";
/// Numbers of the calls that fail, one after the other; strace counts calls for each thread.
const CALLS: std::ops::RangeInclusive<u32> = 1..=5;
/// Number of appends that a node with a failing disk is offered.
const EVENTS: u64 = 12;
/// Exit code of the node after a failed store.
const STORAGE_FAILED: i32 = 8;

/// Serves a home on a disk whose call number `at` of this kind fails, in each thread. The test starts the node as its own process, with
/// strace beside it.
fn on_failing_disk(home: &Path, call: &str, fault: &str, at: u32) -> Result<Serving, Vec<String>> {
    let mut strace = Command::new("strace");
    let inject = format!("inject={call}:{fault}:when={at}");
    strace.args(["-D", "-f", "-q", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject, NODE]);
    Serving::try_under(strace, home, &["--commit-seconds", "1"])
}

/// Cases of one fault that were met.
#[derive(Default)]
struct Met {
    /// Cases in which the node failed to start, or lost a connection.
    failed: usize,
    /// Cases in which an append met a disk that hangs.
    hung: usize,
}

/// Serves one home on a disk with a fault in each of [`CALLS`] in turn, and then on a disk that works.
fn meet(call: &str, fault: &str) -> Met {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let issuer = Issuer::of(&init(NODE, &home), &home);
    let mut acknowledged: BTreeMap<u64, SignedEventBytes> = BTreeMap::new();
    let (mut number, mut met) = (0, Met::default());
    for at in CALLS {
        let case = format!("{call} {fault} {at}");
        let serving = match on_failing_disk(&home, call, fault, at) {
            Ok(serving) => serving,
            // The store writes while it opens, so the node may fail at its start.
            Err(lines) => {
                assert!(lines.iter().any(|line| line.contains("ERROR")), "{case}: {lines:?}");
                met.failed += 1;
                continue;
            }
        };
        let until = number + EVENTS;
        let mut fails = false;
        while number < until && !fails {
            number += 1;
            match serving.append(issuer.event(number)) {
                Ok(receipt) => match Entry::parse(&receipt.entry.entry).unwrap().body {
                    EntryBody::SignedEvent(signed) => drop(acknowledged.insert(receipt.entry.log_index, signed)),
                    other => panic!("{case}: {other:?}"),
                },
                Err(reason) => {
                    assert_ne!(reason, "NO_ANSWER", "{case}: the append hangs");
                    fails = true;
                }
            }
        }
        met.failed += usize::from(fails);
        met.hung += usize::from(fails && fault == HANGS);
        if fails {
            assert_eq!(serving.ended().code(), Some(STORAGE_FAILED), "{case}");
        } else {
            assert_eq!(serving.stop(), Some(0), "{case}");
        }
        let checked = Command::new(NODE).args(["fsck", "--home"]).arg(&home).output().unwrap();
        assert!(checked.status.success(), "{case}: {}", String::from_utf8_lossy(&checked.stderr));
    }
    assert!(met.failed > 0, "{call} {fault}: no case met the failure");
    let serving = Serving::start(NODE, &home, &[]);
    for (log_index, signed) in acknowledged {
        assert_eq!(serving.append(signed).unwrap().entry.log_index, log_index, "the same bytes have the same entry");
    }
    assert_eq!(serving.stop(), Some(0));
    met
}

#[test]
fn a_disk_that_fails_stops_the_node_and_loses_nothing() {
    if !tools::strace() {
        return;
    }
    let hung: usize = std::thread::scope(|scope| {
        let faults = FAILS.map(|(call, fault)| scope.spawn(move || meet(call, fault)));
        faults.into_iter().map(|fault| fault.join().unwrap().hung).sum()
    });
    assert!(hung > 0, "no case met a hanging disk");
}
