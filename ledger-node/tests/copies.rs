//! Copied, restored and cloned homes, started together and apart: two of them never sign.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use axum::Router;
use axum::http::{StatusCode, Uri};
use headwater_testing::node::listener;
use headwater_testing::process::{Issuer, Serving, init};
use headwater_testing::tools;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::note::Note;
use headwater_trace::policy::TrustPolicy;
use ledger_node::home::Home;
use ledger_node::place::HomePlace;
use tokio::runtime::Runtime;
use verifier_cli::fetch::Remote;
use verifier_cli::mirror::Mirror;

const NODE: &str = env!("CARGO_BIN_EXE_ledger-node");

/// An anchor: a mirror behind a web server.
struct Anchor {
    folder: PathBuf,
    url: String,
    _runtime: Runtime,
}

impl Anchor {
    fn begin(folder: PathBuf) -> Self {
        fs::create_dir(&folder).unwrap();
        let (runtime, listener, root) = (Runtime::new().unwrap(), listener(), folder.clone());
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let file = move |uri: Uri| async move {
            fs::read(root.join(uri.path().trim_start_matches('/'))).map_err(|_| StatusCode::NOT_FOUND)
        };
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, Router::new().fallback(file)).await.unwrap();
        });
        Self { folder, url, _runtime: runtime }
    }

    fn copy(&self, node: &Serving, policy: &TrustPolicy) {
        Mirror::at(&self.folder).grow(Remote::new(&node.url), policy, |_, _| {}).unwrap();
    }
}

fn copied(home: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([home, to]).status().unwrap().success());
}

/// Makes a copy that also has its own place in its place file, as the clone of a machine has.
fn cloned(home: &Path, to: &Path) {
    copied(home, to);
    HomePlace::of(&Home::at(to)).unwrap().keep().unwrap();
}

/// Lets mirrors copy from a node until the node takes events.
fn anchored(node: &Serving, anchors: &[&Anchor], policy: &TrustPolicy) {
    node.until("the anchors follow", |node| {
        anchors.iter().for_each(|anchor| anchor.copy(node, policy));
        (node.get(&node.operators, "/readyz").0 == 200).then_some(())
    });
}

/// Waits until writes wait for a reason that contains these words.
fn await_words(node: &Serving, words: &str) -> String {
    node.until(words, |node| {
        let (status, why) = node.get(&node.operators, "/readyz");
        (status == 503 && why.contains(words)).then_some(why)
    })
}

fn checkpoint(node: &Serving) -> Checkpoint {
    Checkpoint::parse(Note::parse(node.checkpoint().as_bytes()).unwrap().claims()).unwrap()
}

/// Checks that writes wait for a reason, and that reads go on.
fn waits(node: &Serving, issuer: &Issuer, reason: &str) -> String {
    let why = node.await_wait(Some(reason));
    let before = checkpoint(node);
    assert_eq!(node.append(issuer.event(99)).map(drop), Err(reason.to_owned()));
    assert_eq!(node.get(&node.url, "/trace/01/09526543000013/21/S1").0, 200);
    let (_, metrics) = node.get(&node.operators, "/metrics");
    assert!(metrics.contains(&format!("headwater_writes_wait{{reason=\"{reason}\"}} 1")), "{metrics}");
    assert_eq!(checkpoint(node), before, "nothing was signed");
    why
}

#[test]
fn a_home_that_was_copied_reads_and_signs_once_it_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let [home, copy, again] = ["home", "copy", "again"].map(|name| folder.path().join(name));
    let issuer = Issuer::of(&init(NODE, &home), &home);
    // With this setting, the node would write an index head each second.
    let idle = ["--idle-seconds", "1"];
    let node = Serving::start(NODE, &home, &idle);
    node.append(issuer.event(1)).unwrap();
    assert!(node.get(&node.operators, "/readyz").1.contains("unprotected against copies"));
    assert_eq!(node.stop(), Some(0));
    copied(&home, &copy);
    let node = Serving::start(NODE, &copy, &idle);
    let head = checkpoint(&node).root().to_string();
    let why = waits(&node, &issuer, "COPIED");
    assert!(why.contains(&format!("--take-over {head}")), "{why}");
    assert_eq!(node.stop(), Some(0));
    let other = "0".repeat(64);
    let node = Serving::start(NODE, &copy, &["--take-over", &other]);
    assert!(waits(&node, &issuer, "COPIED").contains(&other));
    assert_eq!(node.stop(), Some(0));
    let node = Serving::start(NODE, &copy, &["--take-over", &head]);
    node.append(issuer.event(2)).unwrap();
    assert_eq!(node.stop(), Some(0));
    // A root works once: the head moved on, and the home's place is known.
    copied(&copy, &again);
    let node = Serving::start(NODE, &again, &["--take-over", &head]);
    waits(&node, &issuer, "COPIED");
    assert_eq!(node.stop(), Some(0));
    let node = Serving::start(NODE, &copy, &["--take-over", &head]);
    node.append(issuer.event(3)).unwrap();
    assert_eq!(node.stop(), Some(0));
    // A home may be moved on its disk, and the operator need not confirm it.
    let moved = folder.path().join("moved");
    fs::rename(&copy, &moved).unwrap();
    let node = Serving::start(NODE, &moved, &[]);
    node.append(issuer.event(4)).unwrap();
    assert_eq!(node.stop(), Some(0));
}

#[test]
fn of_clones_that_start_together_the_one_that_its_anchor_follows_signs() {
    let folder = tempfile::tempdir().unwrap();
    let [home, clone] = ["home", "clone"].map(|name| folder.path().join(name));
    let policy = init(NODE, &home);
    let issuer = Issuer::of(&policy, &home);
    let anchor = Anchor::begin(folder.path().join("mirror"));
    let serve = |home: &Path| Serving::start(NODE, home, &["--idle-seconds", "1", "--anchor", &anchor.url]);
    let node = serve(&home);
    waits(&node, &issuer, "UNANCHORED");
    assert!(node.checkpoint().contains("/start"));
    anchored(&node, &[&anchor], &policy);
    assert!(node.get(&node.operators, "/metrics").1.contains("headwater_anchors 1"));
    node.append(issuer.event(1)).unwrap();
    assert!(!node.checkpoint().contains("/start"), "the line goes when it was seen");
    anchor.copy(&node, &policy);
    assert_eq!(node.stop(), Some(0));
    cloned(&home, &clone);
    let (node, other) = (serve(&home), serve(&clone));
    let head = checkpoint(&other);
    assert_eq!(checkpoint(&node), head);
    waits(&node, &issuer, "UNANCHORED");
    waits(&other, &issuer, "UNANCHORED");
    anchored(&node, &[&anchor], &policy);
    assert!(other.append(issuer.event(99)).is_err());
    node.append(issuer.event(2)).unwrap();
    anchor.copy(&node, &policy);
    let why = waits(&other, &issuer, "ROLLED_BACK");
    assert!(why.contains(&anchor.url), "{why}");
    assert_eq!(checkpoint(&other), head, "the clone signed nothing in all this time");
    assert_eq!(other.stop(), Some(0));
    assert_eq!(node.stop(), Some(0));
    // A restored home that starts alone is behind the checkpoint that its anchor holds.
    let other = serve(&clone);
    waits(&other, &issuer, "ROLLED_BACK");
    assert_eq!(other.stop(), Some(0));
}

#[test]
fn a_copy_that_signed_alone_is_stopped_and_half_of_the_anchors_are_too_few() {
    let folder = tempfile::tempdir().unwrap();
    let [home, clone] = ["home", "clone"].map(|name| folder.path().join(name));
    let policy = init(NODE, &home);
    let issuer = Issuer::of(&policy, &home);
    let [anchor, second] = ["mirror", "second"].map(|name| Anchor::begin(folder.path().join(name)));
    cloned(&home, &clone);
    let both = format!("{},{}", anchor.url, second.url);
    let node = Serving::start(NODE, &home, &["--anchor", &both]);
    anchor.copy(&node, &policy);
    let why = await_words(&node, "1 of 2 anchors");
    assert!(why.contains("2 are needed") && why.contains(&second.url), "{why}");
    // The public answer does not contain the addresses of anchors.
    let (_, public) = node.get(&node.url, "/readyz");
    assert!(public.contains("UNANCHORED") && !public.contains(&second.url), "{public}");
    anchored(&node, &[&anchor, &second], &policy);
    node.append(issuer.event(1)).unwrap();
    anchor.copy(&node, &policy);
    assert_eq!(node.stop(), Some(0));
    // Nothing guards a clone without an anchor; an anchor then stops the clone.
    let other = Serving::start(NODE, &clone, &[]);
    other.append(issuer.event(2)).unwrap();
    other.append(issuer.event(3)).unwrap();
    assert_eq!(other.stop(), Some(0));
    let other = Serving::start(NODE, &clone, &["--anchor", &both]);
    waits(&other, &issuer, "FORKED");
    assert_eq!(other.stop(), Some(0));
}

#[test]
fn what_the_log_did_not_sign_counts_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let issuer = Issuer::of(&init(NODE, &home), &home);
    let anchor = Anchor::begin(folder.path().join("mirror"));
    let node = Serving::start(NODE, &home, &["--anchor", &anchor.url]);
    let forged = node.checkpoint().replacen("\n2\n", "\n200\n", 1);
    fs::write(anchor.folder.join("checkpoint"), forged).unwrap();
    let why = await_words(&node, "did not sign");
    assert!(why.contains("0 of 1"), "{why}");
    waits(&node, &issuer, "UNANCHORED");
    assert_eq!(node.stop(), Some(0));
}

#[test]
fn a_mirror_that_copies_from_both_clones_lets_one_of_them_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let [home, clone] = ["home", "clone"].map(|name| folder.path().join(name));
    let policy = init(NODE, &home);
    let issuer = Issuer::of(&policy, &home);
    let anchor = Anchor::begin(folder.path().join("mirror"));
    cloned(&home, &clone);
    let serve = |home: &Path| Serving::start(NODE, home, &["--anchor", &anchor.url]);
    let (node, other) = (serve(&home), serve(&clone));
    // The mirror copies the line of the first node, and then the line of the second, of equal checkpoints.
    for node in [&node, &other] {
        anchor.copy(node, &policy);
        await_words(node, "have seen the first head");
        assert_eq!(node.append(issuer.event(1)).map(drop), Err("UNANCHORED".to_owned()));
    }
    // Both nodes wrote a head, and the mirror takes one of them.
    node.until("a head", |node| {
        (checkpoint(node).size() > checkpoint(&other).size() || checkpoint(node) != checkpoint(&other)).then_some(())
    });
    anchored(&node, &[&anchor], &policy);
    node.append(issuer.event(1)).unwrap();
    waits(&other, &issuer, "FORKED");
    assert_eq!(node.stop(), Some(0));
    assert_eq!(other.stop(), Some(0));
}

#[test]
fn a_home_that_lies_elsewhere_waits_for_its_operator_and_then_for_its_anchors() {
    let folder = tempfile::tempdir().unwrap();
    let [home, copy] = ["home", "copy"].map(|name| folder.path().join(name));
    let policy = init(NODE, &home);
    let issuer = Issuer::of(&policy, &home);
    let anchor = Anchor::begin(folder.path().join("mirror"));
    copied(&home, &copy);
    fs::remove_file(copy.join("place")).unwrap();
    let node = Serving::start(NODE, &copy, &["--anchor", &anchor.url]);
    let head = checkpoint(&node);
    let why = waits(&node, &issuer, "COPIED");
    assert!(why.contains("no file that says where"), "{why}");
    anchor.copy(&node, &policy);
    waits(&node, &issuer, "COPIED");
    assert_eq!(checkpoint(&node), head, "not even a head is written");
    assert_eq!(node.stop(), Some(0));
    let root = head.root().to_string();
    let node = Serving::start(NODE, &copy, &["--anchor", &anchor.url, "--take-over", &root]);
    waits(&node, &issuer, "UNANCHORED");
    anchored(&node, &[&anchor], &policy);
    node.append(issuer.event(1)).unwrap();
    assert_eq!(node.stop(), Some(0));
}

#[test]
fn a_clock_that_is_ahead_from_the_start_shows_against_anchors() {
    let Some(library) = tools::faketime_library() else { return };
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let policy = init(NODE, &home);
    let issuer = Issuer::of(&policy, &home);
    let anchor = Anchor::begin(folder.path().join("mirror"));
    let mut machine = Command::new(NODE);
    machine.env("LD_PRELOAD", library).env("FAKETIME", "+1h").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let node = Serving::under(machine, &home, &["--anchor", &anchor.url]);
    anchor.copy(&node, &policy);
    let why = waits(&node, &issuer, "CLOCK");
    assert!(why.contains("ahead of that of most anchors"), "{why}");
    assert_eq!(node.stop(), Some(0));
    let node = Serving::start(NODE, &home, &["--anchor", &anchor.url]);
    anchored(&node, &[&anchor], &policy);
    node.append(issuer.event(1)).unwrap();
    assert_eq!(node.stop(), Some(0));
}

#[test]
fn a_node_whose_time_is_confirmed_is_seen_by_its_anchors_first() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let policy = init(NODE, &home);
    let issuer = Issuer::of(&policy, &home);
    let anchor = Anchor::begin(folder.path().join("mirror"));
    let node = Serving::start(NODE, &home, &["--anchor", &anchor.url]);
    anchored(&node, &[&anchor], &policy);
    node.append(issuer.event(1)).unwrap();
    node.signal(rustix::process::Signal::USR1);
    node.await_line("confirms");
    // The node waits at once for the clock, and then for the anchors.
    let refused = node.append(issuer.event(2)).map(drop);
    assert!(matches!(refused.as_ref().map_err(String::as_str), Err("CLOCK" | "UNANCHORED")), "{refused:?}");
    anchored(&node, &[&anchor], &policy);
    node.append(issuer.event(2)).unwrap();
    assert_eq!(node.stop(), Some(0));
}
