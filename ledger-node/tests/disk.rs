//! A node on a disk that fills up, and has room again.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking, and skips loudly")]

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use headwater_api::AppendRequest;
use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_api::status::{is_passing, reason_of};
use headwater_event::kind::KindBody;
use headwater_sled::RESERVE_BYTES;
use headwater_tests::node::RealNode;
use headwater_tests::world::{World, production, quantity, subject};
use ledger_node::settings::Settings;
use tokio::runtime::Runtime;
use ureq::Agent;

const DISK_BYTES: u64 = 3 * RESERVE_BYTES;

/// A small disk of its own.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None` where this process may not mount one.
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

    /// Leaves so many bytes free.
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

struct Serving {
    child: Child,
    url: String,
    operators: String,
    lines: Receiver<String>,
}

impl Serving {
    fn start(home: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ledger-node"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "text", "--home"])
            .arg(home)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let read = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        std::thread::spawn(move || read.for_each(|line| drop(sender.send(line))));
        let after = |words: &str| {
            let line = lines.iter().find(|line| line.contains(words)).unwrap();
            line[line.find("http").unwrap()..].trim().to_owned()
        };
        let operators = after("for operators");
        let url = after("serving");
        Self { child, url, operators, lines }
    }

    fn get(&self, base: &str, path: &str) -> (u16, String) {
        let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("{base}{path}")).call().unwrap();
        let body = answer.body_mut().read_to_vec().unwrap();
        (answer.status().as_u16(), String::from_utf8_lossy(&body).into_owned())
    }

    fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // A test that failed leaves no process behind.
        let _ = self.child.kill();
    }
}

#[test]
fn a_full_disk_is_told_reads_go_on_and_writes_do_when_there_is_room() {
    let Some(disk) = Disk::mount() else {
        // To mount is a right of the process, not a program that the gate could install.
        eprintln!("NOT RUN: this process may mount no disk to fill");
        return;
    };
    let world = World::new();
    let home = disk.0.path().join("home");
    std::fs::create_dir(&home).unwrap();
    RealNode::start(&world, &home, &Settings::default()).stop();
    let runtime = Runtime::new().unwrap();
    let append = |node: &Serving, lot: &str| {
        let body = KindBody::Production(production());
        let mut event = world.event(&world.dairy, vec![subject(&format!("01/09526543000013/10/{lot}"))], body);
        event.subjects[0].quantity = Some(quantity("900", "KGM"));
        let signed = event.sign(&world.dairy.events()).unwrap();
        let request = AppendRequest { event: signed.event, signature: signed.signature.as_bytes().to_vec() };
        runtime.block_on(async {
            let mut client = LedgerServiceClient::connect(node.url.clone()).await.unwrap();
            client.append(request).await.map(drop).map_err(|status| reason_of(&status).unwrap())
        })
    };
    let is_full = |node: &Serving| {
        assert_eq!(append(node, "L2"), Err("NO_SPACE".to_owned()));
        assert!(is_passing("NO_SPACE"));
        let told = node.lines.iter().find(|line| line.contains("NO_SPACE")).unwrap();
        assert!(told.contains("writes wait, reads go on"), "{told}");
        for base in [&node.url, &node.operators] {
            let (status, text) = node.get(base, "/readyz");
            assert!(status == 503 && text.contains("NO_SPACE"), "{status} {text}");
            assert_eq!(node.get(base, "/readyz/reads").0, 200);
        }
        let (_, metrics) = node.get(&node.operators, "/metrics");
        assert!(metrics.contains("headwater_no_space 1"), "{metrics}");
        assert_eq!(node.get(&node.url, "/checkpoint").0, 200, "reads go on");
        assert_eq!(node.get(&node.url, "/trace/01/09526543000013/10/L1").0, 200);
    };
    let node = Serving::start(&home);
    append(&node, "L1").unwrap();
    assert_eq!(node.get(&node.operators, "/readyz").0, 200);
    disk.fill(RESERVE_BYTES - 1);
    is_full(&node);
    assert_eq!(node.stop(), Some(0));
    // A node that starts on it serves as well, with hardly a byte to spare.
    disk.clear();
    disk.fill(1 << 20);
    let node = Serving::start(&home);
    is_full(&node);
    disk.clear();
    append(&node, "L2").unwrap();
    assert!(node.lines.iter().any(|line| line.contains("NO_SPACE is over")));
    assert_eq!(node.get(&node.operators, "/readyz").0, 200);
    assert_eq!(node.stop(), Some(0));
}
