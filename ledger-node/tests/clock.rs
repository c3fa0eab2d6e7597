//! A node whose machine has the wrong time: ahead, behind, set while the node runs, and at boot. Reads go on, writes wait, and no entry has
//! a time in the future.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use headwater_event::entry::Entry;
use headwater_ledger::clock::BEHIND_MAX_MS;
use headwater_testing::process::{Issuer, Serving, init};
use headwater_testing::tools;
use headwater_tlog::checkpoint::CosignTime;
use ledger_node::clock::now_ms;
use rustix::process::Signal;
use verifier_cli::audit::AuditSettings;

const NODE: &str = env!("CARGO_BIN_EXE_ledger-node");
const HOUR_MS: u64 = 3_600_000;

/// A machine whose time a test sets, by libfaketime.
struct Machine {
    library: String,
    file: PathBuf,
}

impl Machine {
    fn begin(folder: &Path) -> Option<Self> {
        let machine = Self { library: tools::faketime_library()?, file: folder.join("time") };
        machine.set("+0s");
        Some(machine)
    }

    fn set(&self, time: &str) {
        let unfinished = self.file.with_extension("unfinished");
        fs::write(&unfinished, time).unwrap();
        fs::rename(&unfinished, &self.file).unwrap();
    }

    fn serve(&self, home: &Path, arguments: &[&str]) -> Serving {
        let mut command = Command::new(NODE);
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        Serving::under(command, home, arguments)
    }
}

/// Appends an event, and returns when it was recorded, in milliseconds UTC.
fn recorded_at(serving: &Serving, issuer: &Issuer, number: u64) -> u64 {
    let receipt = serving.append(issuer.event(number)).unwrap();
    Entry::parse(&receipt.entry.entry).unwrap().recorded_at_ms
}

/// Checks that writes wait for the clock, that the append, the log and `/readyz` report it, and that reads go on.
fn waits(serving: &Serving, issuer: &Issuer, number: u64) {
    assert_eq!(serving.append(issuer.event(number)).map(drop), Err("CLOCK".to_owned()));
    let before = serving.checkpoint();
    let line = serving.await_line("CLOCK");
    assert!(line.contains("writes wait, reads go on"), "{line}");
    for base in [&serving.url, &serving.operators] {
        let (status, text) = serving.get(base, "/readyz");
        assert!(status == 503 && text.contains("CLOCK"), "{status} {text}");
        assert_eq!(serving.get(base, "/readyz/reads").0, 200);
    }
    let (_, metrics) = serving.get(&serving.operators, "/metrics");
    assert!(metrics.contains("headwater_writes_wait{reason=\"CLOCK\"} 1"), "{metrics}");
    assert_eq!(serving.get(&serving.url, "/trace/01/09526543000013/21/S1").0, 200);
    assert_eq!(serving.checkpoint(), before, "nothing was recorded");
}

#[test]
fn a_clock_that_is_set_while_the_node_runs_stops_writes_until_it_is_right_or_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(machine) = Machine::begin(folder.path()) else { return };
    let home = folder.path().join("home");
    let issuer = Issuer::of(&init(NODE, &home), &home);
    // An index head of an idle ledger waits, as events do.
    let serving = machine.serve(&home, &["--idle-seconds", "1"]);
    recorded_at(&serving, &issuer, 1);
    for step in ["+1h", "-1h", "+10y"] {
        machine.set(step);
        waits(&serving, &issuer, 2);
        machine.set("+0s");
        serving.await_wait(None);
        serving.await_line("CLOCK is over");
    }
    // The node's clock makes up for a small step.
    machine.set("+50s");
    assert!(recorded_at(&serving, &issuer, 3) < now_ms() + 10_000);
    // The operator confirms that the new time is right.
    machine.set("+1h");
    waits(&serving, &issuer, 4);
    serving.signal(Signal::USR1);
    serving.await_line("confirms");
    assert!(recorded_at(&serving, &issuer, 4) > now_ms() + HOUR_MS - BEHIND_MAX_MS);
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn a_ledger_that_a_clock_ahead_wrote_is_read_and_goes_on_at_its_last_time() {
    let folder = tempfile::tempdir().unwrap();
    let Some(machine) = Machine::begin(folder.path()) else { return };
    let home = folder.path().join("home");
    let policy = init(NODE, &home);
    let issuer = Issuer::of(&policy, &home);
    let now = || CosignTime::new(now_ms() / 1_000).unwrap();
    let audited = |serving: &Serving| {
        let settings = AuditSettings { policy: &policy, vouched: None };
        settings.audit_url(&serving.url, |_, _| {}).unwrap()
    };
    machine.set("+1h");
    let serving = machine.serve(&home, &[]);
    let future = recorded_at(&serving, &issuer, 1);
    assert!(!audited(&serving).is_cosigned_at(now()), "an auditor does not cosign what is of the future");
    assert_eq!(serving.stop(), Some(0));
    machine.set("+0s");
    let serving = machine.serve(&home, &[]);
    waits(&serving, &issuer, 2);
    assert_eq!(serving.stop(), Some(0), "and it starts");
    let serving = machine.serve(&home, &["--hold-time"]);
    let held = recorded_at(&serving, &issuer, 2);
    assert!((future..now_ms() + HOUR_MS).contains(&held), "{held} is not the last time, {future}");
    assert_eq!(recorded_at(&serving, &issuer, 3), held);
    let report = audited(&serving);
    assert!(report.is_cosigned_at(now()));
    assert!(report.lines(now()).contains("the log holds its time since entry"), "{}", report.lines(now()));
    assert_eq!(serving.stop(), Some(0));
    let checked = Command::new(NODE).args(["fsck", "--home"]).arg(&home).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    // The node does not hold a time more than a day ahead; the operator then needs another ledger.
    machine.set("+26h");
    let serving = machine.serve(&home, &[]);
    recorded_at(&serving, &issuer, 4);
    assert_eq!(serving.stop(), Some(0));
    machine.set("+0s");
    let serving = machine.serve(&home, &["--hold-time"]);
    waits(&serving, &issuer, 5);
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn a_machine_that_boots_without_the_time_learns_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(machine) = Machine::begin(folder.path()) else { return };
    let home = folder.path().join("home");
    let issuer = Issuer::of(&init(NODE, &home), &home);
    let serving = machine.serve(&home, &[]);
    let first = recorded_at(&serving, &issuer, 1);
    assert_eq!(serving.stop(), Some(0));
    machine.set("@1970-01-01 00:00:10");
    let serving = machine.serve(&home, &[]);
    waits(&serving, &issuer, 2);
    machine.set("+0s");
    assert!(recorded_at(&serving, &issuer, 2) >= first);
    assert_eq!(serving.stop(), Some(0));
    // Writes do not wait when the clock is some seconds behind the last entry.
    machine.set("-30s");
    let serving = machine.serve(&home, &[]);
    assert!(recorded_at(&serving, &issuer, 3) >= first);
    assert_eq!(serving.stop(), Some(0));
}
