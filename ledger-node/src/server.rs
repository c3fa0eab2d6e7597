//! gRPC and HTTP on one port.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use headwater_api::DESCRIPTORS;
use headwater_api::ledger_service_server::LedgerServiceServer;
use headwater_api::service::Service;
use headwater_event::entry::{Body, Entry};
use headwater_ledger::admission::Limits;
use headwater_ledger::ledger::{Cosigner, Ledger};
use headwater_ledger::open::{Options, open};
use headwater_ledger::sequencer::Fatal;
use headwater_ledger::store::Store as _;
use headwater_sled::SledStore;
use hyper_util::rt::TokioTimer;
use tokio::task::JoinHandle;
use tower_http::trace::TraceLayer;

use crate::clock;
use crate::home::Home;
use crate::http;

/// An append request is no longer: an event is at most 32 KiB.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Streams of one connection.
const STREAMS_MAX: u32 = 64;
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const HEADERS_BYTES_MAX: u32 = 8 * 1024;
const DRAIN: Duration = Duration::from_secs(10);

/// A node that serves.
pub struct Node {
    /// Where it listens.
    pub address: SocketAddr,
    /// The ledger.
    pub ledger: Ledger<SledStore>,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<std::io::Result<()>>,
    sequencing: JoinHandle<Result<(), Fatal>>,
}

/// The log's name, as the genesis has it.
async fn origin(store: &SledStore) -> anyhow::Result<String> {
    let first = store.entries(0, 1).await?.pop().context("there is no ledger here")?;
    match Entry::parse(&first)?.body {
        Body::Genesis(genesis) => Ok(genesis.origin.as_str().to_owned()),
        _ => bail!("entry 0 is no genesis"),
    }
}

/// How a node is run.
pub struct Settings {
    /// Whose cosignatures it takes.
    pub cosigners: Vec<Cosigner>,
    /// Quotas and queue.
    pub limits: Limits,
}

impl Node {
    /// Opens the ledger of a home and serves it on a listener of the caller's.
    pub async fn start(home: &Home, settings: Settings, listener: TcpListener) -> anyhow::Result<Self> {
        let store = SledStore::open(&home.ledger())?;
        let options = Options {
            signer: home.signer(&origin(&store).await?)?,
            auditors_needed: 1,
            cosigners: settings.cosigners,
            limits: settings.limits,
            clock: clock::system(),
        };
        let (ledger, sequencer) = open(store, options).await?;
        let sequencing = tokio::spawn(sequencer.run());
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_serving::<LedgerServiceServer<Service<SledStore>>>().await;
        let reflection =
            || tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS);
        let service =
            LedgerServiceServer::new(Service::new(ledger.clone())).max_decoding_message_size(REQUEST_BYTES_MAX);
        let grpc = tonic::service::Routes::new(service)
            .add_service(health)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?);
        let app = grpc.into_axum_router().merge(http::routes(ledger.clone())).layer(TraceLayer::new_for_http());
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(listener)?.acceptor(NoDelayAcceptor::new()).handle(handle.clone());
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        server
            .http_builder()
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEADERS_BYTES_MAX)
            .keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
        let serving = tokio::spawn(server.serve(app.into_make_service()));
        Ok(Self { address, ledger, handle, serving, sequencing })
    }

    /// Waits until the sequencer must not go on; everything else is stopped by [`Node::stop`].
    pub async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.sequencing).await {
            Ok(Err(fatal)) => anyhow::Error::new(fatal),
            Ok(Ok(())) => anyhow::anyhow!("the sequencer ended"),
            Err(error) => anyhow::Error::new(error),
        }
    }

    /// Stops: no new connections, what is under way is drained, the last batch is published.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.handle.graceful_shutdown(Some(DRAIN));
        self.serving.await?.context("the server ended badly")?;
        self.ledger.close();
        self.sequencing.await??;
        Ok(())
    }
}
