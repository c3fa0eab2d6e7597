//! A node on a disk that becomes full, and has room again later.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking, and skips loudly")]

use std::fs::File;
use std::process::Command;

use headwater_api::refusal::Refusal;
use headwater_event::kind::KindBody;
use headwater_sled::RESERVE_BYTES;
use headwater_testing::node::RealNode;
use headwater_testing::process::Serving;
use headwater_testing::world::{World, production, quantity, subject};
use ledger_node::settings::Settings;

const NODE: &str = env!("CARGO_BIN_EXE_ledger-node");
const DISK_BYTES: u64 = 3 * RESERVE_BYTES;
/// Appends of a node before it is killed.
const EVENTS: u64 = 40;

/// A small disk for one test, in memory.
struct Disk(tempfile::TempDir);

impl Disk {
    /// Mounts the disk; `None` where this process may not mount one.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={DISK_BYTES}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    fn free(&self) -> u64 {
        let disk = rustix::fs::statvfs(self.0.path()).unwrap();
        disk.f_bavail * disk.f_frsize
    }

    /// Fills the disk until `free` bytes are free.
    fn fill(&self, free: u64) {
        let file = File::create(self.0.path().join("filler")).unwrap();
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, self.free() - free).unwrap();
    }

    fn clear(&self) {
        std::fs::remove_file(self.0.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0.path()).status().unwrap();
    }
}

#[test]
fn a_full_disk_is_told_reads_go_on_and_writes_do_when_there_is_room() {
    let Some(disk) = Disk::mount() else {
        // Mounting needs a right of the process; the gate cannot install that as it installs a program.
        eprintln!("NOT RUN: this process may mount no disk to fill");
        return;
    };
    let world = World::new();
    let home = disk.0.path().join("home");
    std::fs::create_dir(&home).unwrap();
    RealNode::start(&world, &home, &Settings::default()).stop();
    let append = |node: &Serving, lot: &str| {
        let body = KindBody::Production(production());
        let mut event = world.event(&world.dairy, vec![subject(&format!("01/09526543000013/10/{lot}"))], body);
        event.subjects[0].quantity = Some(quantity("900", "KGM"));
        let signed = event.sign(&world.dairy.events()).unwrap();
        node.append(signed).map(drop)
    };
    let is_full = |node: &Serving| {
        assert_eq!(append(node, "L2"), Err("NO_SPACE".to_owned()));
        assert!(Refusal::NoSpace.is_passing());
        let told = node.await_line("NO_SPACE");
        assert!(told.contains("writes wait, reads go on"), "{told}");
        for base in [&node.url, &node.operators] {
            let (status, text) = node.get(base, "/readyz");
            assert!(status == 503 && text.contains("NO_SPACE"), "{status} {text}");
            assert_eq!(node.get(base, "/readyz/reads").0, 200);
        }
        let (_, metrics) = node.get(&node.operators, "/metrics");
        assert!(metrics.contains("headwater_writes_wait{reason=\"NO_SPACE\"} 1"), "{metrics}");
        assert_eq!(node.get(&node.url, "/checkpoint").0, 200, "reads go on");
        assert_eq!(node.get(&node.url, "/trace/01/09526543000013/10/L1").0, 200);
    };
    let node = Serving::start(NODE, &home, &[]);
    append(&node, "L1").unwrap();
    assert_eq!(node.get(&node.operators, "/readyz").0, 200);
    // The disk is smaller than the part that the scan log leaves free: a look is counted, and not kept.
    let look = || {
        let mut answer = ureq::post(format!("{}/scans/01/09526543000013/10/L1", node.url)).send("{}").unwrap();
        let counted: serde_json::Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        counted["count"].as_u64().unwrap()
    };
    assert_eq!([look(), look()], [1, 1]);
    assert_eq!(std::fs::read_dir(home.join("scans")).unwrap().count(), 0);
    let (_, metrics) = node.get(&node.operators, "/metrics");
    assert!(metrics.contains("headwater_scans_not_kept_total 2"), "{metrics}");
    disk.fill(RESERVE_BYTES - 1);
    is_full(&node);
    assert_eq!(node.stop(), Some(0));
    // A node that starts on a full disk serves as well, even when no byte is free and the node before it was killed.
    for left in [1 << 20, 0] {
        disk.clear();
        let node = Serving::start(NODE, &home, &[]);
        for at in 0..EVENTS {
            append(&node, &format!("{left}-{at}")).unwrap();
        }
        node.kill();
        disk.fill(left);
        let node = Serving::start(NODE, &home, &[]);
        is_full(&node);
        assert_eq!(node.stop(), Some(0));
    }
    let node = Serving::start(NODE, &home, &[]);
    is_full(&node);
    disk.clear();
    append(&node, "L2").unwrap();
    node.await_line("NO_SPACE is over");
    assert_eq!(node.get(&node.operators, "/readyz").0, 200);
    assert_eq!(node.stop(), Some(0));
}
