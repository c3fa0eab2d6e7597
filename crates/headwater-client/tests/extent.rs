//! A receipt proves as much as its reader asked for; the node does not choose how much.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_api::ledger_service_server::{LedgerService, LedgerServiceServer};
use headwater_api::*;
use headwater_client::{Client, ClientError};
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_ledger::memory::MemoryStore;
use headwater_service::service::Service;
use headwater_testing::node::{RealNode, listener};
use headwater_testing::world::{World, production, quantity, subject};
use headwater_trace::evidence::Extent;
use headwater_trace::policy::TrustPolicy;
use ledger_node::settings::Settings;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, Streaming};

const MODEL: &str = "01/09526543000013";

fn policy(world: &World<MemoryStore>) -> TrustPolicy {
    TrustPolicy::parse(&world.pinned()).unwrap()
}

fn made(world: &World<MemoryStore>, count: usize) -> Vec<Event> {
    let event = |at| {
        let lot = subject(&format!("{MODEL}/10/L{at}"));
        let mut event = world.event(&world.dairy, vec![lot], KindBody::Production(production()));
        event.subjects[0].quantity = Some(quantity("900", "KGM"));
        event
    };
    (0..count).map(event).collect()
}

fn signed(world: &World<MemoryStore>, events: &[Event]) -> Vec<SignedEventBytes> {
    events.iter().map(|event| event.sign(&world.dairy.events()).unwrap()).collect()
}

#[test]
fn a_bulk_stream_may_leave_the_index_for_later() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let events = made(&world, 3);
    running.runtime.block_on(async {
        let mut client = Client::connect(running.url(), policy(&world), None).await.unwrap();
        let answers = client.append_many(signed(&world, &events), Extent::Inclusion).await.unwrap();
        for (event, answer) in events.iter().zip(answers) {
            let short = answer.unwrap();
            assert_eq!((short.receipt().extent(), short.counts().len()), (Extent::Inclusion, 0));
            let whole = client.receipt(&event.party, event.event_id).await.unwrap();
            assert_eq!(whole.log_index(), short.log_index());
            assert_eq!(whole.counts(), [(event.subjects[0].key.clone(), 1)]);
        }
        // The same events, sent again, get receipts of the extent that is asked for now.
        for answer in client.append_many(signed(&world, &events), Extent::Complete).await.unwrap() {
            assert_eq!(answer.unwrap().counts()[0].1, 1);
        }
    });
    running.stop();
}

#[test]
fn a_receipt_that_proves_less_than_was_asked_for_is_refused() {
    let world = World::new();
    let listener = listener();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let events = made(&world, 2);
    world.runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let incoming = TcpListenerStream::new(tokio::net::TcpListener::from_std(listener).unwrap());
        let lazy = LedgerServiceServer::new(Lazy(Service::new(world.ledger.clone())));
        let serving = tokio::spawn(tonic::transport::Server::builder().add_service(lazy).serve_with_incoming(incoming));
        let mut client = Client::connect(url, policy(&world), None).await.unwrap();
        let refused = ClientError::Extent { asked: Extent::Complete, found: Extent::Inclusion }.to_string();
        let signed = signed(&world, &events);
        assert_eq!(client.append(signed[0].clone()).await.unwrap_err().to_string(), refused);
        let found = client.receipt(&events[0].party, events[0].event_id).await;
        assert_eq!(found.unwrap_err().to_string(), refused);
        for answer in client.append_many(signed, Extent::Complete).await.unwrap() {
            assert_eq!(answer.unwrap_err().to_string(), refused);
        }
        serving.abort();
    });
}

/// Node that proves inclusion only, for every extent that a client asks for.
struct Lazy(Service<MemoryStore>);

fn shorten(receipt: &[u8]) -> Vec<u8> {
    use headwater_event::codec::Message as _;
    let whole = headwater_trace::evidence::Receipt::parse(receipt).unwrap();
    headwater_trace::evidence::Receipt { index_head: None, subjects: Vec::new(), ..whole }.encode()
}

#[tonic::async_trait]
impl LedgerService for Lazy {
    type AppendStreamStream = <Service<MemoryStore> as LedgerService>::AppendStreamStream;
    type ListEntriesStream = <Service<MemoryStore> as LedgerService>::ListEntriesStream;

    async fn append(&self, request: Request<AppendRequest>) -> Result<Response<AppendResponse>, Status> {
        let answer = self.0.append(request).await?.into_inner();
        Ok(Response::new(AppendResponse { receipt: shorten(&answer.receipt) }))
    }

    async fn append_stream(
        &self,
        request: Request<Streaming<AppendStreamRequest>>,
    ) -> Result<Response<Self::AppendStreamStream>, Status> {
        use headwater_api::append_outcome::Outcome;
        use tokio_stream::StreamExt as _;
        let answers = self.0.append_stream(request).await?.into_inner();
        let shortened = answers.map(|answer| {
            let mut answer = answer?;
            for outcome in &mut answer.outcomes {
                if let Some(Outcome::Receipt(receipt)) = &mut outcome.outcome {
                    *receipt = shorten(receipt);
                }
            }
            Ok(answer)
        });
        Ok(Response::new(Box::pin(shortened)))
    }

    async fn get_receipt(&self, request: Request<GetReceiptRequest>) -> Result<Response<GetReceiptResponse>, Status> {
        let answer = self.0.get_receipt(request).await?.into_inner();
        Ok(Response::new(GetReceiptResponse { receipt: shorten(&answer.receipt) }))
    }

    async fn get_trace(&self, request: Request<GetTraceRequest>) -> Result<Response<GetTraceResponse>, Status> {
        self.0.get_trace(request).await
    }

    async fn get_checkpoint(
        &self,
        request: Request<GetCheckpointRequest>,
    ) -> Result<Response<GetCheckpointResponse>, Status> {
        self.0.get_checkpoint(request).await
    }

    async fn get_consistency_proof(
        &self,
        request: Request<GetConsistencyProofRequest>,
    ) -> Result<Response<GetConsistencyProofResponse>, Status> {
        self.0.get_consistency_proof(request).await
    }

    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<Self::ListEntriesStream>, Status> {
        self.0.list_entries(request).await
    }

    async fn get_subject_head(
        &self,
        request: Request<GetSubjectHeadRequest>,
    ) -> Result<Response<GetSubjectHeadResponse>, Status> {
        self.0.get_subject_head(request).await
    }

    async fn get_party(&self, request: Request<GetPartyRequest>) -> Result<Response<GetPartyResponse>, Status> {
        self.0.get_party(request).await
    }
}
