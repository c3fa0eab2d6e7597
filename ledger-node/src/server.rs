//! The server of a node: gRPC and HTTP on one port, and a second port for operators.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use headwater_api::DESCRIPTORS;
use headwater_api::ledger_service_server::LedgerServiceServer;
use headwater_api::refusal::Refusal;
use headwater_event::base_url::BaseUrl;
use headwater_event::entry::{Entry, EntryBody};
use headwater_ledger::ledger::{Cosigner, Ledger, Quorum};
use headwater_ledger::open::{Options, open};
use headwater_ledger::sequencer::Fatal;
use headwater_ledger::store::Store as _;
use headwater_service::service::Service;
use headwater_sled::SledStore;
use headwater_tlog::note::{NoteKey, SIGNATURES_MAX};
use headwater_tlog::tree::LeafIndex;
use headwater_trace::policy::TrustPolicy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::task::JoinHandle;
use tonic::server::NamedService;
use tonic::service::LayerExt as _;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;
use tower::ServiceExt as _;
use tower_http::cors::{Any, CorsLayer};
use tower_http::trace::TraceLayer;

use crate::anchors::Anchors;
use crate::attachments::Attachments;
use crate::clock::{Steady, now_ms};
use crate::gate::Gate;
use crate::home::Home;
use crate::http::{self, Pinned, Read, Web};
use crate::leaving;
use crate::page;
use crate::place::HomePlace;
use crate::published::Published;
use crate::scans::Scans;
use crate::scratch_claims::ClaimSigner;
use crate::settings::Settings;

/// Largest length of a gRPC request, in bytes; one event is at most 32 KiB.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Largest number of HTTP/2 streams of one connection at once.
const STREAMS_MAX: u32 = 64;
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const HEADERS_BYTES_MAX: u32 = 8 * 1024;
/// Largest buffer for the head of an HTTP/1 request, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Largest number of streams that a client resets before the node accepts them. The next limit is for streams that the node resets after
/// that (RUSTSEC-2026-0258).
const PENDING_RESETS_MAX: usize = 20;
const ERROR_RESETS_MAX: usize = 64;
/// Lines of a note that belong to the log: its signature, and the line of a start for anchors.
const OWN_LINES: usize = 2;
const DRAIN: Duration = Duration::from_secs(10);

/// A running node that serves its ledger.
pub struct Node {
    /// Address and port of gRPC and HTTP.
    pub address: SocketAddr,
    /// Address and port of the routes for operators.
    pub operator_address: SocketAddr,
    /// Ledger that the node serves.
    pub ledger: Ledger<SledStore>,
    health: HealthReporter,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<std::io::Result<()>>,
    sequencing: JoinHandle<Result<(), Fatal>>,
    published: Published,
    certificate: Option<Certificate>,
    clock: Steady,
}

/// The files of a certificate, and the TLS configuration that uses them.
struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    config: RustlsConfig,
}

/// Reads the log's name from the genesis.
async fn origin(store: &SledStore) -> anyhow::Result<String> {
    let first = store.entries(LeafIndex::FIRST, 1).await?.pop().context("there is no ledger here")?;
    match Entry::parse(&first)?.body {
        EntryBody::Genesis(genesis) => Ok(genesis.origin.as_str().to_owned()),
        _ => bail!("entry 0 is not a genesis"),
    }
}

fn cosigners(settings: &Settings) -> anyhow::Result<Vec<Cosigner>> {
    let cosigner = |is_auditor| move |key: &NoteKey| Cosigner { key: key.clone(), is_auditor };
    let witnesses = settings.witnesses.0.iter().map(cosigner(false));
    let all: Vec<Cosigner> = witnesses.chain(settings.auditors.0.iter().map(cosigner(true))).collect();
    ensure!(
        all.len() + OWN_LINES <= SIGNATURES_MAX,
        "witnesses, auditors: {} are configured; a note has a line for at most {} beside those of the log",
        all.len(),
        SIGNATURES_MAX - OWN_LINES
    );
    let sorts = [
        ("witnesses", settings.witnesses.0.len(), settings.witnesses_needed),
        ("auditors", settings.auditors.0.len(), settings.auditors_needed),
    ];
    for (sort, known, needed) in sorts.into_iter().filter(|(_, known, _)| *known > 0) {
        ensure!(needed <= known, "{sort}-needed: {needed} are needed, and {known} are configured");
    }
    Ok(all)
}

async fn tls(home: &Home, settings: &Settings) -> anyhow::Result<Option<RustlsConfig>> {
    let (cert, key) = (&settings.tls_cert, &settings.tls_key);
    let named = |path: &Path| !path.as_os_str().is_empty();
    ensure!(named(cert) == named(key), "tls-cert and tls-key go together");
    ensure!(!(named(cert) && settings.dev_tls), "dev-tls makes its own certificate; leave tls-cert and tls-key out");
    // A second node in one process finds the provider installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if settings.dev_tls {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names)?;
        let (cert, path) = (made.cert.pem(), home.dev_tls());
        std::fs::write(&path, &cert).with_context(|| path.display().to_string())?;
        let key = made.signing_key.serialize_pem();
        return Ok(Some(RustlsConfig::from_pem(cert.into_bytes(), key.into_bytes()).await?));
    }
    if !named(cert) {
        return Ok(None);
    }
    let config = RustlsConfig::from_pem_file(cert, key).await;
    Ok(Some(config.with_context(|| format!("{} and {}", cert.display(), key.display()))?))
}

fn pinned(home: &Home) -> anyhow::Result<Option<Pinned>> {
    let path = home.policy();
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let policy = TrustPolicy::parse(&text).with_context(|| path.display().to_string())?;
            Ok(Some(Pinned { text, policy }))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Makes the signer of claims, when the settings ask for one. Its key has to be a key that signs the operator's events now.
fn claims(home: &Home, settings: &Settings, ledger: &Ledger<SledStore>) -> anyhow::Result<Option<Arc<ClaimSigner>>> {
    let signer = || {
        let (secret, newest) = (headwater_key::read(&home.events_key())?, ledger.newest());
        let authority = newest.authority();
        authority.events_key(authority.operator(), &secret.public().id(), now_ms())?;
        anyhow::Ok(ClaimSigner::signed_with(secret))
    };
    settings.record_claims.then(signer).transpose().context("record-claims")
}

fn limit(builder: &mut Builder<TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADERS_BYTES_MAX)
        .max_pending_accept_reset_streams(PENDING_RESETS_MAX)
        .max_local_error_reset_streams(ERROR_RESETS_MAX)
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
}

/// Lets any web page call: the ledger keeps no session, and every call is signed or public.
fn browsers() -> CorsLayer {
    let exposed = ["grpc-status", "grpc-message", "grpc-status-details-bin"].map(HeaderName::from_static);
    CorsLayer::new().allow_origin(Any).allow_methods([Method::POST]).allow_headers(Any).expose_headers(exposed)
}

const OPENING: &str = "the ledger is being opened";

fn speaks_grpc(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/grpc"))
}

/// Answers a path that does not exist, in the form of either protocol.
async fn nowhere(request: Request) -> Response {
    if speaks_grpc(&request) {
        return tonic::Status::unimplemented("there is no such method").into_http();
    }
    http::problem(StatusCode::NOT_FOUND, Refusal::NoSuchPath, format!("{} leads nowhere", request.uri().path()))
}

/// Makes the routes that answer before the ledger is open, and pass requests to the full router once the ledger is open.
fn front(ready: Arc<OnceLock<Router>>) -> Router {
    async fn hand_on(State(ready): State<Arc<OnceLock<Router>>>, request: Request) -> Response {
        match ready.get() {
            Some(router) => router.clone().oneshot(request).await.unwrap_or_else(|never| match never {}),
            // A gRPC caller gets a gRPC status, and calls again.
            None if speaks_grpc(&request) => tonic::Status::unavailable(OPENING).into_http(),
            None => (StatusCode::SERVICE_UNAVAILABLE, format!("{OPENING}\n")).into_response(),
        }
    }
    Router::new().route("/healthz", get(|| async { "ok\n" })).fallback(hand_on).with_state(ready)
}

impl Node {
    /// Serves the ledger of a home on a listener of the caller. The node answers `/healthz` at once, and everything else once the ledger is
    /// open. This function returns when the ledger is open.
    pub async fn start(home: &Home, settings: &Settings, listener: TcpListener) -> anyhow::Result<Self> {
        page::files().context("the product page")?;
        // The recorder has to be installed before anything is measured.
        let metrics = http::metrics();
        ensure!(
            listener.local_addr()?.ip().is_loopback() || settings.public_url.0.is_some(),
            "public-url: a node that others reach needs the address that labels carry, such as https://id.trace.example"
        );
        let at = settings.operator_listen;
        let operators = TcpListener::bind(at).with_context(|| format!("operator-listen: cannot listen on {at}"))?;
        operators.set_nonblocking(true)?;
        listener.set_nonblocking(true)?;
        let (address, operator_address) = (listener.local_addr()?, operators.local_addr()?);
        let (handle, ready) = (Handle::new(), Arc::new(OnceLock::new()));
        let app = front(ready.clone()).into_make_service();
        let gate = Gate::new(settings);
        let server = axum_server::from_tcp(listener)?.handle(handle.clone());
        let tls = tls(home, settings).await?;
        let certificate = tls.clone().filter(|_| !settings.dev_tls).map(|config| Certificate {
            cert: settings.tls_cert.clone(),
            key: settings.tls_key.clone(),
            config,
        });
        let serving = match tls {
            None => {
                let mut server = server.acceptor(gate);
                limit(server.http_builder());
                tokio::spawn(server.serve(app))
            }
            Some(config) => {
                let acceptor = RustlsAcceptor::new(config).handshake_timeout(HANDSHAKE_TIMEOUT).acceptor(gate);
                let mut server = server.acceptor(acceptor);
                limit(server.http_builder());
                tokio::spawn(server.serve(app))
            }
        };
        let clock = Steady::begin();
        let (ledger, sequencing, anchors) = match Self::open(home, settings, clock.clone()).await {
            Ok(opened) => opened,
            Err(error) => {
                handle.shutdown();
                return Err(error);
            }
        };
        let published = Published::at(home.published());
        tokio::spawn(published.clone().follow(ledger.watch()));
        let (share, free) = (settings.attachments_per_party_mib, settings.attachments_free_mib);
        let attachments = Attachments::at(home.attachments(), share, free).context("the attachments")?;
        for manifest in attachments.manifests() {
            if let Err(error) = ledger.add_manifest(&manifest) {
                tracing::warn!(%error, "a list of serials is not used");
            }
        }
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_serving::<LedgerServiceServer<Service<SledStore>>>().await;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let service =
            LedgerServiceServer::new(Service::new(ledger.clone())).max_decoding_message_size(REQUEST_BYTES_MAX);
        let grpc = tonic::service::Routes::new(GrpcWebLayer::new().named_layer(service));
        let beside = tonic::service::Routes::new(health_service)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?);
        let beside = beside.into_axum_router().reset_fallback();
        let beside = beside.layer(from_fn_with_state(ledger.clone(), leaving::with_the_node));
        let web = Web {
            ledger: ledger.clone(),
            attachments: Arc::new(attachments),
            scans: Arc::new(Scans::at(home.scans(), settings.attachments_free_mib)),
            metrics,
            clock: clock.clone(),
            anchors,
            pinned: pinned(home)?.map(Arc::new),
            claims: claims(home, settings, &ledger)?,
            public_url: settings.public_url.0.clone(),
            is_tls: settings.dev_tls || !settings.tls_cert.as_os_str().is_empty(),
            read: Arc::new(Read::crowd()),
        };
        let for_operators = axum_server::from_tcp(operators)?.handle(handle.clone());
        tokio::spawn(for_operators.serve(http::operator_routes(web.clone()).into_make_service()));
        let router = grpc.into_axum_router().merge(beside).layer(browsers()).merge(http::routes(web)).fallback(nowhere);
        let router = router.layer(TraceLayer::new_for_http());
        // The cell was made above, so nothing else has set it.
        let _ = ready.set(router);
        Ok(Self {
            address,
            operator_address,
            ledger,
            health,
            handle,
            serving,
            sequencing,
            published,
            certificate,
            clock,
        })
    }

    async fn open(
        home: &Home,
        settings: &Settings,
        clock: Steady,
    ) -> anyhow::Result<(Ledger<SledStore>, JoinHandle<Result<(), Fatal>>, Anchors)> {
        let store = SledStore::open(&home.ledger())?.writing_within(Duration::from_secs(settings.commit_seconds));
        let signer = home.signer(&origin(&store).await?)?;
        // An address with a scope has no URL, so no anchor names the address.
        let listens = ["http", "https"].map(|scheme| BaseUrl::parse(&format!("{scheme}://{}", settings.listen)).ok());
        let own_urls: Vec<BaseUrl> =
            settings.public_url.0.clone().into_iter().chain(listens.into_iter().flatten()).collect();
        let anchors = Anchors::at(&settings.anchor.0, signer.key().clone(), clock.clone(), &own_urls)?;
        let options = Options {
            signer,
            quorum: Quorum { witnesses: settings.witnesses_needed, auditors: settings.auditors_needed },
            cosigners: cosigners(settings)?,
            limits: settings.limits(),
            idle_max: Duration::from_secs(settings.idle_seconds),
            clock: Arc::new(clock),
            holds_time: settings.hold_time,
        };
        let (ledger, sequencer) = open(store, options).await?;
        Published::at(home.published()).check(&ledger)?;
        // The sequencer signs nothing before the place and the anchors are checked.
        HomePlace::of(home)?.guard(&ledger, settings.take_over.0)?;
        anchors.guard(&ledger);
        if anchors.is_empty() {
            tracing::warn!("{}", http::UNPROTECTED);
        }
        metrics::gauge!("headwater_anchors").set(settings.anchor.0.len() as f64);
        Ok((ledger, tokio::spawn(sequencer.run()), anchors))
    }

    /// Waits until the sequencer ends, and returns its error. [`Node::stop`] stops everything else.
    pub async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.sequencing).await {
            Ok(Err(fatal)) => anyhow::Error::new(fatal),
            Ok(Ok(())) => anyhow::anyhow!("the sequencer ended"),
            Err(error) => anyhow::Error::new(error),
        }
    }

    /// Believes the system's time from here on, because the operator confirms it.
    pub fn confirm_time(&self) {
        self.clock.confirm();
    }

    /// Reads the certificate again, for connections that are still to come. Returns `false` for a node without certificate files.
    pub async fn reload_certificate(&self) -> anyhow::Result<bool> {
        let Some(Certificate { cert, key, config }) = &self.certificate else { return Ok(false) };
        let read = config.reload_from_pem_file(cert, key).await;
        read.with_context(|| format!("{} and {}", cert.display(), key.display()))?;
        Ok(true)
    }

    /// Stops the node: takes no new connections, drains what is under way, and publishes the last batch.
    pub async fn stop(self) -> anyhow::Result<()> {
        let ledger_service = <LedgerServiceServer<Service<SledStore>> as NamedService>::NAME;
        for service in ["", ledger_service] {
            self.health.set_service_status(service, ServingStatus::NotServing).await;
        }
        self.ledger.send_away();
        self.handle.graceful_shutdown(Some(DRAIN));
        self.serving.await?.context("the server ended badly")?;
        self.ledger.close();
        self.sequencing.await??;
        // A disk that hangs must not keep a node from ending.
        let _ = tokio::time::timeout(DRAIN, self.published.keep(self.ledger.newest())).await;
        Ok(())
    }
}
