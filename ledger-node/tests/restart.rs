//! A stream of events to a node that is killed in the middle of it, three times: the client sends the same bytes again, nothing
//! is lost, and nothing is there twice.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use headwater_client::Client;
use headwater_event::entry::SignedBytes;
use headwater_event::event::{Event, EventId, Role, SubjectRef};
use headwater_event::kind::KindBody;
use headwater_event::kind::sticker::{Sticker, StickerAction};
use headwater_event::place::UtcOffset;
use headwater_event::subject::{PartyKey, Subject};
use headwater_trace::evidence::Extent;
use headwater_trace::policy::TrustPolicy;
use ledger_node::clock::now_ms;
use tokio::runtime::Runtime;
use tokio::time::timeout;

const OPERATOR: &str = "417/9526543000105";
const EVENTS: u64 = 6_000;
const KILLS: usize = 3;
/// How much of the stream is heard of between two kills.
const HEARD: usize = 400;
/// A follower that hears nothing for so long will hear nothing more.
const PATIENCE: Duration = Duration::from_secs(120);

fn serve(home: &Path, address: &str) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ledger-node"))
        .args(["serve", "--log-format", "text", "--listen", address, "--home"])
        .arg(home)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("serving")), "the node ends before it serves");
    // What it says later is read to its end, so that it never waits for a reader.
    std::thread::spawn(move || log.for_each(drop));
    child
}

/// Stickers that the operator issues, each of an item of its own.
fn issued(policy: &TrustPolicy, home: &Path) -> Vec<SignedBytes> {
    let secret = headwater_key::read(&ledger_node::home::Home::at(home).events_key()).unwrap();
    let one = |at: u64| {
        let mut random = [0; 10];
        random[2..].copy_from_slice(&at.to_be_bytes());
        let now = now_ms();
        let sticker = Sticker {
            refs: Vec::new(),
            commitments: Vec::new(),
            action: StickerAction::Issued,
            tamper_id: None,
            reason: None,
            code: None,
        };
        let event = Event {
            ledger_id: policy.ledger_id(),
            event_id: EventId::at(now, random),
            party: PartyKey::parse(OPERATOR).unwrap(),
            key_id: secret.public().id(),
            role: Role::Platform,
            occurred_at_ms: now,
            utc_offset_minutes: UtcOffset::new(0).unwrap(),
            principal: None,
            subjects: vec![SubjectRef {
                key: Subject::parse(&format!("01/09526543000013/21/S{at}")).unwrap(),
                quantity: None,
                lot: None,
            }],
            place: None,
            after: Vec::new(),
            attachments: Vec::new(),
            notes: Vec::new(),
            body: KindBody::Sticker(sticker),
        };
        event.sign(&secret).unwrap()
    };
    (0..EVENTS).map(one).collect()
}

#[test]
fn a_stream_outlives_kills_and_no_event_is_there_twice() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("node");
    let init = Command::new(env!("CARGO_BIN_EXE_ledger-node"))
        .args(["init", "--origin", "log.example/h1", "--operator", OPERATOR, "--home"])
        .arg(&home)
        .output()
        .unwrap();
    let policy = TrustPolicy::parse(std::str::from_utf8(&init.stdout).unwrap()).unwrap();
    let key = std::fs::read(ledger_node::home::Home::at(&home).events_key()).unwrap();
    let again = Command::new(env!("CARGO_BIN_EXE_ledger-node"))
        .args(["init", "--origin", "log.example/h2", "--operator", OPERATOR, "--home"])
        .arg(&home)
        .output()
        .unwrap();
    assert!(!again.status.success(), "a ledger is founded once");
    assert_eq!(std::fs::read(ledger_node::home::Home::at(&home).events_key()).unwrap(), key);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let url = format!("http://{address}");
    let runtime = Runtime::new().unwrap();
    let mut child = serve(&home, &address);
    let events = issued(&policy, &home);
    let connect = || runtime.block_on(Client::connect(url.clone(), policy.clone(), None)).unwrap();
    let mut client = connect();
    let sending = runtime.spawn(async move { client.append_many(events, Extent::Complete).await });
    let mut heard_of = 2;
    for _ in 0..KILLS {
        let mut follower = connect();
        let mut heard = 0;
        let following = follower.follow(heard_of, |place, _| {
            (heard, heard_of) = (heard + 1, place);
            heard < HEARD
        });
        runtime.block_on(async { timeout(PATIENCE, following).await }).unwrap().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        child = serve(&home, &address);
    }
    let answers = runtime.block_on(sending).unwrap().unwrap();
    let places: BTreeSet<u64> = answers.iter().map(|answer| answer.as_ref().unwrap().log_index.get()).collect();
    assert_eq!(places.len() as u64, EVENTS, "each event has an entry of its own");
    // All that the ledger holds is what was answered.
    let mut follower = connect();
    let mut held = 0;
    let last = *places.last().unwrap();
    let following = follower.follow(2, |place, _| {
        held += 1;
        assert!(places.contains(&place), "entry {place} is there twice");
        place < last
    });
    runtime.block_on(async { timeout(PATIENCE, following).await }).unwrap().unwrap();
    assert_eq!(held, EVENTS);
    child.kill().unwrap();
    child.wait().unwrap();
}
