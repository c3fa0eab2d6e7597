//! A stream of events to a node that is killed three times while the stream runs. The client sends the same bytes again, no event is lost,
//! and no event is recorded twice.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use headwater_client::Client;
use headwater_testing::process::{Issuer, OPERATOR, Serving, init};
use headwater_testing::world::log_index;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::evidence::Extent;
use tokio::runtime::Runtime;
use tokio::time::timeout;

const NODE: &str = env!("CARGO_BIN_EXE_ledger-node");
const EVENTS: u64 = 6_000;
const KILLS: usize = 3;
/// Number of entries that the follower receives between two kills.
const HEARD: usize = 400;
/// Time without an entry after which the follower will receive nothing more.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn a_stream_outlives_kills_and_no_event_is_there_twice() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("node");
    let policy = init(NODE, &home);
    let key = std::fs::read(ledger_node::home::Home::at(&home).events_key()).unwrap();
    let again = Command::new(NODE)
        .args(["init", "--origin", "log.example/h2", "--operator", OPERATOR, "--home"])
        .arg(&home)
        .output()
        .unwrap();
    assert!(!again.status.success(), "a ledger is founded once");
    assert_eq!(std::fs::read(ledger_node::home::Home::at(&home).events_key()).unwrap(), key);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let url = format!("http://{address}");
    let runtime = Runtime::new().unwrap();
    let serve = || Serving::start(NODE, &home, &["--listen", &address]);
    let mut serving = serve();
    let issuer = Issuer::of(&policy, &home);
    let events = (0..EVENTS).map(|number| issuer.event(number)).collect();
    let connect = || runtime.block_on(Client::connect(url.clone(), policy.clone(), None)).unwrap();
    let mut client = connect();
    let sending = runtime.spawn(async move { client.append_many(events, Extent::Complete).await });
    let mut heard_of = log_index(2);
    for _ in 0..KILLS {
        let mut follower = connect();
        let mut heard = 0;
        let following = follower.follow(heard_of, |place, _| {
            (heard, heard_of) = (heard + 1, place);
            heard < HEARD
        });
        runtime.block_on(async { timeout(PATIENCE, following).await }).unwrap().unwrap();
        serving.kill();
        serving = serve();
    }
    let answers = runtime.block_on(sending).unwrap().unwrap();
    let places: BTreeSet<LeafIndex> = answers.iter().map(|answer| answer.as_ref().unwrap().log_index()).collect();
    assert_eq!(places.len() as u64, EVENTS, "each event has an entry of its own");
    // The ledger contains the answered events and no others.
    let mut follower = connect();
    let mut held = 0;
    let last = *places.last().unwrap();
    let following = follower.follow(log_index(2), |place, _| {
        held += 1;
        assert!(places.contains(&place), "entry {place} is there twice");
        place < last
    });
    runtime.block_on(async { timeout(PATIENCE, following).await }).unwrap().unwrap();
    assert_eq!(held, EVENTS);
    serving.kill();
}
