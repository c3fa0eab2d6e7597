//! Tests of the SDK between a signer and a node that others write to, or that is reached over TLS.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpListener;

use headwater_api::GetSubjectHeadRequest;
use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_client::{Client, ClientError};
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::node::RealNode;
use headwater_testing::world::{World, log_index, production, quantity, subject};
use headwater_tlog::tree::LeafIndex;
use headwater_trace::policy::TrustPolicy;
use ledger_node::server::Node;
use ledger_node::settings::Settings;
use tonic::Code;

const LOT: &str = "01/09526543000013/10/L26-0417";

fn policy(world: &World<MemoryStore>) -> TrustPolicy {
    TrustPolicy::parse(&world.pinned()).unwrap()
}

fn made(world: &World<MemoryStore>, lot: &str) -> Event {
    let mut event = world.event(&world.dairy, vec![subject(lot)], KindBody::Production(production()));
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    event
}

#[test]
fn a_pin_that_is_stale_is_signed_anew() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let clients = 4;
    let each = |_| {
        let (url, policy, secret) = (running.url(), policy(&world), world.dairy.events());
        let events: Vec<Event> = (0..4).map(|_| made(&world, LOT)).collect();
        running.runtime.spawn(async move {
            let mut client = Client::connect(url, policy, None).await?;
            let mut counts = Vec::new();
            for event in events {
                let said = client.sign_and_append(event, &[0], &secret).await;
                counts.push(said.map(|said| said.counts()[0].1));
            }
            Ok::<_, ClientError>(counts)
        })
    };
    let running_all: Vec<_> = (0..clients).map(each).collect();
    let mut counts = Vec::new();
    for one in running_all {
        // A refused event was overtaken by the twelve events of the others at most, which is fewer than the tries.
        counts.extend(running.runtime.block_on(one).unwrap().unwrap().into_iter().map(Result::unwrap));
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=16).collect::<Vec<u64>>(), "each pinned what was there");
    running.stop();
}

#[test]
fn a_node_that_starts_anew_is_waited_for() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let (address, size) = (running.node.address, running.node.ledger.newest().size());
    let last = size.next_leaf().saturating_add(2);
    let client = || Client::connect(format!("http://{address}"), policy(&world), None);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let following = {
        let mut client = runtime.block_on(client()).unwrap();
        runtime.spawn(async move {
            client.follow(LeafIndex::FIRST, |place, _| heard.send(place).is_ok() && place < last).await
        })
    };
    assert_eq!(runtime.block_on(hears.recv()), Some(log_index(2)), "behind the genesis and its index head");
    let home = running.stop();
    // No program listens at the address now.
    let connecting = runtime.spawn(client());
    let refused = std::net::TcpStream::connect(address);
    assert!(refused.is_err());
    let node = runtime.block_on(Node::start(&home, &Settings::default(), TcpListener::bind(address).unwrap())).unwrap();
    let mut client = runtime.block_on(connecting).unwrap().unwrap();
    for lot in ["01/09526543000013/10/L1", "01/09526543000013/10/L2"] {
        let signed = made(&world, lot).sign(&world.dairy.events()).unwrap();
        runtime.block_on(client.append(signed)).unwrap();
    }
    // The follower resumes at its log index, and gets no event twice.
    runtime.block_on(following).unwrap().unwrap();
    let mut places = vec![log_index(2)];
    while let Ok(place) = hears.try_recv() {
        places.push(place);
    }
    assert!(places.is_sorted_by(|a, b| a < b) && places.last() == Some(&last), "{places:?}");
    runtime.block_on(node.stop()).unwrap();
}

#[test]
fn a_client_that_is_too_fast_waits_and_is_answered() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let settings = Settings { reads_per_second: 4, ..Settings::default() };
    let running = RealNode::start(&world, folder.path(), &settings);
    running.runtime.block_on(async {
        let mut client = Client::connect(running.url(), policy(&world), None).await.unwrap();
        let mut raw = LedgerServiceClient::connect(running.url()).await.unwrap();
        let request = GetSubjectHeadRequest { subject: LOT.to_owned() };
        let mut refusals = Vec::new();
        while refusals.is_empty() {
            refusals.extend(raw.get_subject_head(request.clone()).await.err());
        }
        assert_eq!(refusals[0].code(), Code::ResourceExhausted, "{}", refusals[0]);
        assert_eq!(client.subject_head(&subject(LOT)).await.unwrap().0, 0);
    });
    running.stop();
}

#[test]
fn a_node_over_tls_is_reached_with_its_certificate_alone() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { dev_tls: true, ..Settings::default() };
    let running = RealNode::start(&world, folder.path(), &settings);
    let url = format!("https://localhost:{}", running.node.address.port());
    let certificate = std::fs::read_to_string(running.home.dev_tls()).unwrap();
    let connect =
        |authority: Option<&str>| running.runtime.block_on(Client::connect(url.clone(), policy(&world), authority));
    let mut client = connect(Some(&certificate)).unwrap();
    let signed = made(&world, LOT).sign(&world.dairy.events()).unwrap();
    running.runtime.block_on(client.append(signed)).unwrap();
    assert!(matches!(connect(None), Err(ClientError::Unreachable(_))));
    drop(client);
    running.stop();
}
