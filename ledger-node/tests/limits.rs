//! Limits of one address, against a real node: an address can use up its own share only.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::IpAddr;

use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_api::refusal::Refusal;
use headwater_api::{AppendRequest, AppendStreamRequest, GetTraceRequest};
use headwater_event::entry::SignedEventBytes;
use headwater_event::kind::distribution::DistributionAction;
use headwater_ledger::ledger::GROUP_MAX;
use headwater_ledger::memory::MemoryStore;
use headwater_service::caller::{READ_AN_EVENT, READS_MAX, STREAMS_MAX};
use headwater_testing::node::RealNode;
use headwater_testing::world::{World, distribution, english, long_notes, production, quantity, subject};
use ledger_node::settings::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;

/// Connects a gRPC client from the address 127.0.0.`last`.
async fn at(running: &RealNode, last: u8) -> LedgerServiceClient<Channel> {
    let local = IpAddr::from([127, 0, 0, last]);
    let endpoint = Endpoint::from_shared(running.url()).unwrap().local_address(Some(local));
    LedgerServiceClient::new(endpoint.connect().await.unwrap())
}

/// Makes the signed production event of a lot.
fn made(world: &World<MemoryStore>, lot: &str) -> SignedEventBytes {
    let body = headwater_event::kind::KindBody::Production(production());
    let mut event = world.event(&world.dairy, vec![subject(&format!("01/09526543000013/10/{lot}"))], body);
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    event.sign(&world.dairy.events()).unwrap()
}

fn request(SignedEventBytes { event, signature }: SignedEventBytes) -> AppendRequest {
    AppendRequest { event, signature: signature.as_bytes().to_vec() }
}

#[test]
fn faults_use_up_the_share_of_their_address_before_any_signature_is_looked_at() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    // The smallest burst: one group of faults.
    let settings = Settings { address_second: 1, address_burst: 1, ..Settings::default() };
    let running = RealNode::start(&world, folder.path(), &settings);
    let [forged, honest] = ["L1", "L2"].map(|lot| request(made(&world, lot)));
    let forged = AppendRequest { signature: vec![0; 64], ..forged };
    running.runtime.block_on(async {
        let (mut one, mut other) = (at(&running, 2).await, at(&running, 3).await);
        let group = AppendStreamRequest { events: vec![forged.clone(); GROUP_MAX], inclusion_only: true };
        let mut answers = one.append_stream(tokio_stream::iter([group])).await.unwrap().into_inner();
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(answer.outcomes.len(), GROUP_MAX);
        assert!(answers.message().await.unwrap().is_none());
        // The node takes one event a second again, so it refuses at least one of several.
        let mut refusals = Vec::new();
        for _ in 0..4 {
            for sent in [&forged, &honest] {
                refusals.extend(one.append(sent.clone()).await.err());
            }
        }
        let refused = refusals.iter().find(|refused| Refusal::of(refused) == Some(Refusal::Rate)).unwrap();
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
        assert!(Refusal::Rate.is_passing(), "the same bytes may be sent again");
        other.append(honest).await.unwrap();
    });
    running.stop();
}

/// Appends one event again and again, until the node refuses the address for its rate.
async fn until_too_fast(client: &mut LedgerServiceClient<Channel>, event: &AppendRequest, times: usize) {
    for _ in 0..times {
        match client.append(event.clone()).await {
            Err(refused) if Refusal::of(&refused) == Some(Refusal::Rate) => return,
            _ => {}
        }
    }
    unreachable!("{times} events were not too many");
}

#[test]
fn what_the_sequencer_refuses_and_what_is_proven_again_use_up_the_share_of_an_address() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let settings = Settings { address_second: 1, address_burst: 1, ..Settings::default() };
    let running = RealNode::start(&world, folder.path(), &settings);
    let without_right = || {
        let stored = distribution(DistributionAction::Store, &world.rival);
        let event = world.event(&world.rival, vec![subject("01/09526543000013/10/L1")], stored);
        request(event.sign(&world.rival.events()).unwrap())
    };
    let mut told = world.event(
        &world.dairy,
        vec![subject("01/09526543000013/10/L2")],
        distribution(DistributionAction::Store, &world.dairy),
    );
    told.notes = long_notes();
    let told = request(told.sign(&world.dairy.events()).unwrap());
    running.runtime.block_on(async {
        let (mut one, mut two, mut other) = (at(&running, 2).await, at(&running, 3).await, at(&running, 4).await);
        let group =
            AppendStreamRequest { events: (0..GROUP_MAX).map(|_| without_right()).collect(), inclusion_only: true };
        let mut answers = one.append_stream(tokio_stream::iter([group])).await.unwrap().into_inner();
        while answers.message().await.unwrap().is_some() {}
        // The group itself took a tenth of the burst, and the refusals cost the rest.
        until_too_fast(&mut one, &without_right(), GROUP_MAX).await;
        // The smallest burst is 2,560 events; each answer of 30 KB costs as much as seven more events.
        until_too_fast(&mut two, &told, 10 * GROUP_MAX / 4).await;
        other.append(request(made(&world, "L3"))).await.unwrap();
    });
    running.stop();
}

#[test]
fn what_is_read_for_an_event_uses_up_the_share_of_its_address() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let settings = Settings { address_second: 1, address_burst: 1, ..Settings::default() };
    let stored = |_| {
        let stored = distribution(DistributionAction::Store, &world.dairy);
        world.event(&world.dairy, vec![subject("01/09526543000013/10/L1")], stored).sign(&world.dairy.events()).unwrap()
    };
    // Reading them costs as much as eight events.
    let running = RealNode::holding(&world, folder.path(), &settings, (0..8 * READ_AN_EVENT).map(stored));
    running.runtime.block_on(async {
        let mut one = at(&running, 2).await;
        // Of the least burst, 2,560 events, ten are left.
        let forged = AppendRequest { signature: vec![0; 64], ..request(made(&world, "L2")) };
        let group = AppendStreamRequest { events: vec![forged; GROUP_MAX - 1], inclusion_only: true };
        let mut answers = one.append_stream(tokio_stream::iter([group])).await.unwrap().into_inner();
        while answers.message().await.unwrap().is_some() {}
        one.append(request(stored(0))).await.unwrap();
        until_too_fast(&mut one, &request(made(&world, "L3")), 8).await;
    });
    running.stop();
}

#[test]
fn a_group_that_is_too_large_ends_its_stream() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    running.runtime.block_on(async {
        let mut one = at(&running, 2).await;
        // Each event takes two bytes on the wire.
        let empty = AppendRequest { event: Vec::new(), signature: Vec::new() };
        let group = AppendStreamRequest { events: vec![empty; 100_000], inclusion_only: true };
        let mut answers = one.append_stream(tokio_stream::iter([group])).await.unwrap().into_inner();
        let refused = answers.message().await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert_eq!(Refusal::of(&refused), Some(Refusal::TooManyEvents));
    });
    running.stop();
}

#[test]
fn an_address_has_so_many_streams_and_gets_them_back() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    running.runtime.block_on(async {
        let (mut one, mut other) = (at(&running, 2).await, at(&running, 3).await);
        let mut open = Vec::new();
        for _ in 0..STREAMS_MAX {
            let (sender, requests) = mpsc::channel::<AppendStreamRequest>(1);
            let answers = one.append_stream(ReceiverStream::new(requests)).await.unwrap();
            open.push((sender, answers.into_inner()));
        }
        let refused = one.append_stream(tokio_stream::empty()).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
        other.append_stream(tokio_stream::empty()).await.unwrap();
        // A stream whose last answer came has given its place back.
        let (sender, mut answers) = open.pop().unwrap();
        drop(sender);
        assert!(answers.message().await.unwrap().is_none());
        one.append_stream(tokio_stream::empty()).await.unwrap();
    });
    running.stop();
}

#[test]
fn watches_of_health_take_no_place_of_reads_and_hear_of_the_end() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let service = "headwater.v1.LedgerService".to_owned();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let watches = runtime.block_on(async {
        let mut watches = Vec::new();
        for _ in 0..2 * READS_MAX {
            let local = IpAddr::from([127, 0, 0, 2]);
            let endpoint = Endpoint::from_shared(running.url()).unwrap().local_address(Some(local));
            let mut health = HealthClient::new(endpoint.connect().await.unwrap());
            let request = HealthCheckRequest { service: service.clone() };
            let mut answers = health.watch(request).await.unwrap().into_inner();
            assert_eq!(answers.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
            watches.push(answers);
        }
        let mut one = at(&running, 2).await;
        let asked = GetTraceRequest { subject: "01/09526543000013".to_owned(), lot: String::new(), audited: false };
        one.get_trace(asked).await.unwrap();
        watches
    });
    // A caller of the reflection service may ask more, so its stream does not end by itself either.
    let mut reflected = runtime.block_on(async {
        let channel = Endpoint::from_shared(running.url()).unwrap().connect().await.unwrap();
        let mut reflection = ServerReflectionClient::new(channel);
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let asks = tokio_stream::iter([request]).chain(tokio_stream::pending());
        let mut answers = reflection.server_reflection_info(asks).await.unwrap().into_inner();
        answers.message().await.unwrap().unwrap();
        answers
    });
    running.stop();
    runtime.block_on(async {
        assert!(reflected.message().await.unwrap().is_none());
        for mut answers in watches {
            assert_eq!(answers.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
            // A stream that the end of the drain cuts off ends with an error.
            assert!(answers.message().await.unwrap().is_none());
        }
    });
}

#[test]
fn answers_that_are_not_read_take_the_room_of_their_address_only() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    // The settings leave room for one trace of this product, but not for two.
    let settings = Settings { sending_mib: 24, sending_per_address_mib: 12, ..Settings::default() };
    let told = |at: usize| {
        let body = distribution(DistributionAction::Store, &world.dairy);
        let mut event = world.event(&world.dairy, vec![subject("01/09526543000013/10/L1")], body);
        event.notes = english(&format!("{at:0>1900}"));
        event.sign(&world.dairy.events()).unwrap()
    };
    // The trace is longer than the system's buffer of a connection.
    let running = RealNode::holding(&world, folder.path(), &settings, (0..12 * GROUP_MAX).map(told));
    let ask = |last: u8| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        socket.bind((IpAddr::from([127, 0, 0, last]), 0).into()).unwrap();
        let address = running.node.address;
        async move {
            let mut stream = socket.connect(address).await.unwrap();
            stream.write_all(b"GET /trace/01/09526543000013/10/L1 HTTP/1.1\r\nhost: node\r\n\r\n").await.unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).await.unwrap();
            (stream, String::from_utf8(status.to_vec()).unwrap())
        }
    };
    running.runtime.block_on(async {
        let (one, first) = ask(2).await;
        let (_, second) = ask(2).await;
        let (_, other) = ask(3).await;
        assert_eq!([&first, &second, &other], ["HTTP/1.1 200", "HTTP/1.1 503", "HTTP/1.1 200"]);
        // A connection that ends gives its room back.
        drop(one);
        let mut again = ask(2).await.1;
        while again != "HTTP/1.1 200" {
            again = ask(2).await.1;
        }
    });
    running.stop();
}
