//! HTTP routes: the log as C2SP tiles, traces as files, the product page, attached files, and the routes that take cosignatures, scans and
//! claims.

mod attachment;
mod claim;
mod signed;

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Router};
use headwater_api::refusal::Refusal;
use headwater_api::request;
use headwater_event::base_url::BaseUrl;
use headwater_event::causes::chain;
use headwater_event::digital_link::DigitalLink;
use headwater_event::subject::{PartyKey, Subject};
use headwater_ledger::cosigning::{CosignError, Taken};
use headwater_ledger::crowd::Crowd;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::reader::{ReadError, sizes};
use headwater_ledger::store::Store;
use headwater_service::caller::Caller;
use headwater_service::status::{refusal_of_read, refusal_of_wait, words_of_read};
use headwater_tlog::hash::Hash;
use headwater_tlog::tile::{TILE_WIDTH, TileKind, TilePath, bundle};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::trace::At;
use headwater_trace::verify::VerifiedTrace;
use headwater_trace::walk::Query;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::cors::{Any, CorsLayer};

use crate::anchors::Anchors;
use crate::attachments::Attachments;
use crate::clock::{Steady, now_ms};
use crate::scans::{Scanner, Scans, ZONE_BYTES_MAX};
use crate::scratch_claims::ClaimSigner;
use crate::{page, resolver};

/// Largest length of a posted note, in bytes.
const NOTE_BYTES_MAX: usize = 128 * 1024;
const SCANS: &str = "/scans/";
/// Prefix of the project's own media types.
const OURS: &str = "application/vnd.headwater";
/// Largest length of a page's report about its device, in bytes.
const SCAN_BYTES_MAX: usize = 4 * 1024;
const FOREVER: &str = "public, max-age=31536000, immutable";
const MOMENT: &str = "no-store";
/// Warning to the operator of a node without anchors.
pub const UNPROTECTED: &str =
    "unprotected against copies: no anchor is set, so that a copy of this home could sign as well";
/// Media type of a trace, as the resolver offers it.
pub const TRACE_TYPE: &str = "application/vnd.headwater.trace.v1+protobuf";

/// State that the routes share.
pub struct Web<S: Store> {
    /// Ledger that the routes read, and that takes cosignatures and claims.
    pub ledger: Ledger<S>,
    /// Files that events announce.
    pub attachments: Arc<Attachments>,
    /// Scan log: how often labels were looked at.
    pub scans: Arc<Scans>,
    /// Metrics that operators read at `/metrics`.
    pub metrics: Metrics,
    /// The node's clock, which a new cosignature may confirm.
    pub clock: Steady,
    /// Anchors, which serve a copy of the checkpoint.
    pub anchors: Anchors,
    /// Policy that readers pin; a home that `init` did not make may lack it.
    pub pinned: Option<Arc<Pinned>>,
    /// Signer of the claims of shoppers; `None` when this node records no claims.
    pub claims: Option<Arc<ClaimSigner>>,
    /// URL that labels carry; `None` for the host that a request names.
    pub public_url: Option<BaseUrl>,
    /// Whether the node itself speaks TLS.
    pub is_tls: bool,
    /// Traces that the node verified for browsers without scripts.
    pub read: Arc<Reads>,
}

/// Traces that the node verified, by the subject and lot of the request and the bytes of the trace.
pub type Reads = Crowd<(Query, Allocation), Arc<Read>>;

/// Bytes that are equal to no other bytes than their own clones: a comparison costs the same for all lengths.
pub struct Allocation(pub Bytes);

impl PartialEq for Allocation {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ptr() == other.0.as_ptr() && self.0.len() == other.0.len()
    }
}

/// A trace that the node verified, and its length.
pub struct Read {
    /// Trace that agrees with the policy of the node.
    pub trace: VerifiedTrace,
    bytes: usize,
}

impl Read {
    /// Largest total length of the traces that a crowd keeps, in bytes. The bytes stay beside what was read of them.
    const BYTES_MAX: usize = 16 * 1024 * 1024;

    /// Wraps a verified trace, with its length in bytes.
    pub fn new(trace: VerifiedTrace, bytes: usize) -> Self {
        Self { trace, bytes }
    }

    /// Makes the store of verified traces that callers share.
    pub fn crowd() -> Reads {
        Crowd::new(Self::BYTES_MAX, |read| read.bytes)
    }
}

impl<S: Store> Web<S> {
    /// Returns the URL of the node, without a slash at the end.
    pub fn base(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            return url.to_string();
        }
        let is_host = |host: &&str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(is_host).unwrap_or_default();
        format!("{}://{host}", if self.is_tls { "https" } else { "http" })
    }
}

impl<S: Store> Clone for Web<S> {
    fn clone(&self) -> Self {
        Self {
            ledger: self.ledger.clone(),
            attachments: self.attachments.clone(),
            scans: self.scans.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            anchors: self.anchors.clone(),
            pinned: self.pinned.clone(),
            claims: self.claims.clone(),
            public_url: self.public_url.clone(),
            is_tls: self.is_tls,
            read: self.read.clone(),
        }
    }
}

/// Policy that readers pin: its text, as the product page gives it to its scripts, and its parsed form.
#[derive(Debug)]
pub struct Pinned {
    /// Text of the policy file.
    pub text: String,
    /// The policy, parsed from its text.
    pub policy: TrustPolicy,
}

/// Metrics for operators, in the Prometheus text format.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Returns the recorder of this process, which the first caller installs.
pub fn metrics() -> Metrics {
    static RECORDED: OnceLock<PrometheusHandle> = OnceLock::new();
    let recorded = RECORDED.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // A program that embeds a node may have installed its own recorder; `/metrics` then stays empty.
        let _ = ::metrics::set_global_recorder(recorder);
        handle
    });
    Metrics(recorded.clone())
}

/// Makes the routes of operators, for a listener of their own.
pub fn operator_routes<S: Store>(web: Web<S>) -> Router {
    Router::new()
        .route("/metrics", get(show_metrics))
        .route("/scans", get(hot_spots))
        .route("/readyz", get(ready_for_operators))
        .route("/readyz/reads", get(|| async { "ok\n" }))
        .route("/healthz", get(|| async { "ok\n" }))
        .with_state(web)
}

/// Makes the public routes of a ledger.
pub fn routes<S: Store>(web: Web<S>) -> Router {
    let anyone = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::HEAD, Method::OPTIONS]);
    // Proofs hardly compress; pages and links for people do.
    let readable = Router::new()
        .route("/01/{*rest}", get(resolver::resolve))
        .route("/00/{*rest}", get(resolver::resolve))
        .route("/.well-known/gs1resolver", get(resolver::description))
        .route("/page/policy", get(policy))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(NotForContentType::const_new(OURS))));
    Router::new()
        .route("/checkpoint", get(checkpoint))
        .route("/audited-checkpoint", get(audited_checkpoint))
        .route("/tile/{*path}", get(tile))
        .route("/trace/{*path}", get(trace))
        .route("/audited-trace/{*path}", get(audited_trace))
        .route("/attachment/{sha256}", get(attachment::fetch))
        .route("/attachment/{sha256}/offset", get(attachment::offset))
        .route("/consistency/{older}/{newer}", get(consistency))
        .merge(readable)
        // The files of the page are compressed once, at the start.
        .route("/page/{*path}", get(page::file))
        .route("/scans/{*path}", get(look_at_scans))
        .layer(anyone)
        .merge(Router::new().route("/scans/{*path}", post(count_scan)).layer(DefaultBodyLimit::max(SCAN_BYTES_MAX)))
        .merge(Router::new().route("/claim/{*path}", post(claim::claim)).layer(DefaultBodyLimit::max(claim::BYTES_MAX)))
        .route("/alerts", get(alerts))
        .route("/add-cosignatures", post(add_cosignatures))
        .layer(DefaultBodyLimit::max(NOTE_BYTES_MAX))
        .route("/attachment/{sha256}", put(attachment::bring))
        .route("/readyz", get(ready))
        .route("/readyz/reads", get(|| async { "ok\n" }))
        .with_state(web)
}

pub(crate) fn answer(kind: &'static str, caching: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = body.into().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

/// Makes a refusal in the form of RFC 9457.
pub(crate) fn problem(status: StatusCode, refusal: Refusal, detail: impl std::fmt::Display) -> Response {
    let body = serde_json::json!({"status": status.as_u16(), "reason": refusal.name(), "detail": detail.to_string()});
    let mut response = answer("application/problem+json", MOMENT, format!("{body}\n").into_bytes());
    *response.status_mut() = status;
    response
}

pub(crate) fn failed(error: &ReadError) -> Response {
    let status = match error {
        ReadError::NoEvent { .. } => StatusCode::NOT_FOUND,
        ReadError::NotAudited | ReadError::NotYetAudited { .. } => StatusCode::CONFLICT,
        ReadError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = problem(status, refusal_of_read(error), words_of_read(error));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Answers whether the node takes writes and answers reads. Reads go on while writes wait.
async fn ready<S: Store>(State(Web { ledger, .. }): State<Web<S>>) -> Response {
    match ledger.next_time().await {
        Ok(Ok(_)) => "ok\n".into_response(),
        Ok(Err(wait)) => problem(StatusCode::SERVICE_UNAVAILABLE, refusal_of_wait(&wait), wait),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, Refusal::Failed, error),
    }
}

/// Answers as [`ready`] does, with the reason in the operator's words.
async fn ready_for_operators<S: Store>(State(web): State<Web<S>>) -> Response {
    match web.ledger.next_time().await {
        Ok(Ok(_)) if web.anchors.is_empty() => format!("ok\n{UNPROTECTED}\n").into_response(),
        Ok(Err(wait)) => problem(StatusCode::SERVICE_UNAVAILABLE, refusal_of_wait(&wait), wait.why()),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, Refusal::Failed, chain(&error)),
        Ok(Ok(_)) => ready(State(web)).await,
    }
}

async fn checkpoint<S: Store>(State(Web { ledger, anchors, .. }): State<Web<S>>) -> Response {
    answer("text/plain; charset=utf-8", MOMENT, anchors.marked(ledger.newest().note()).into_bytes())
}

/// Answers with the newest checkpoint that enough witnesses and auditors cosigned.
async fn audited_checkpoint<S: Store>(State(Web { ledger, .. }): State<Web<S>>) -> Response {
    match ledger.at(At::Audited) {
        Ok(audited) => answer("text/plain; charset=utf-8", MOMENT, audited.note().as_bytes().to_vec()),
        Err(error) => failed(&error),
    }
}

fn joined(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

async fn tile<S: Store>(State(Web { ledger, .. }): State<Web<S>>, Path(path): Path<String>) -> Response {
    let path = match TilePath::parse(&format!("tile/{path}")) {
        Ok(path) => path,
        Err(error) => return problem(StatusCode::BAD_REQUEST, Refusal::NoTile, error),
    };
    let size = ledger.newest().checkpoint().size();
    if path.size_needed().is_none_or(|needed| needed > size) {
        return problem(StatusCode::NOT_FOUND, Refusal::NoTile, format!("{path} is not there at size {}", size.get()));
    }
    let absent = || problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Unreadable, format!("{path} is missing"));
    match path.kind() {
        TileKind::Hashes { level } => match ledger.tile(level, path.index(), path.width()) {
            Some(hashes) => answer("application/octet-stream", FOREVER, joined(&hashes)),
            None => absent(),
        },
        TileKind::Entries => {
            let width = usize::try_from(path.width()).unwrap_or_default();
            let Some(first) = size.leaf(path.index() * TILE_WIDTH) else {
                return absent();
            };
            match ledger.entries(first, width).await {
                Ok(entries) => match bundle(entries.iter().map(Vec::as_slice)) {
                    Ok(bytes) => answer("application/octet-stream", FOREVER, bytes),
                    Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Unreadable, error),
                },
                Err(error) => failed(&error),
            }
        }
    }
}

/// Answers with the policy that readers pin.
async fn policy<S: Store>(State(Web { pinned, .. }): State<Web<S>>) -> Response {
    match pinned {
        Some(pinned) => answer("text/plain; charset=utf-8", resolver::BRIEF, pinned.text.clone().into_bytes()),
        None => problem(StatusCode::NOT_FOUND, Refusal::NoPolicy, "this node has no policy file"),
    }
}

/// Answers with the consistency proof of two checkpoints (RFC 6962 section 2.1.2), 32 bytes for each hash.
async fn consistency<S: Store>(
    State(Web { ledger, .. }): State<Web<S>>,
    Path((older, newer)): Path<(u64, u64)>,
) -> Response {
    match sizes(older, newer).and_then(|(older, newer)| ledger.consistency(older, newer)) {
        Ok(proof) => answer("application/octet-stream", FOREVER, joined(proof.hashes())),
        Err(error) => problem(StatusCode::NOT_FOUND, Refusal::NoProof, error),
    }
}

// The path is taken raw. If it were decoded first, an escaped slash in a serial would become a separator.
async fn trace<S: Store>(
    State(Web { ledger, .. }): State<Web<S>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Response {
    trace_at(ledger, &caller, behind(&uri, "/trace/"), At::Newest).await
}

async fn audited_trace<S: Store>(
    State(Web { ledger, .. }): State<Web<S>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Response {
    trace_at(ledger, &caller, behind(&uri, "/audited-trace/"), At::Audited).await
}

/// Returns a label's path and query after the prefix of a route.
fn behind<'a>(uri: &'a Uri, door: &str) -> &'a str {
    uri.path_and_query().map_or("", |raw| raw.as_str().trim_start_matches(door))
}

async fn trace_at<S: Store>(ledger: Ledger<S>, caller: &Caller, path: &str, at: At) -> Response {
    let link = match DigitalLink::parse_path(path) {
        Ok(link) => link,
        Err(error) => return problem(StatusCode::BAD_REQUEST, Refusal::NoDigitalLink, error),
    };
    let Some(subject) = link.subject() else {
        return problem(StatusCode::BAD_REQUEST, Refusal::NoSubject, "the link names no subject of a ledger");
    };
    let lot = link.lot_beside();
    let _read = caller.read().await;
    match ledger.trace(&Query { subject, lot }, at).await {
        Ok(bytes) => answer(TRACE_TYPE, resolver::BRIEF, bytes),
        Err(error) => failed(&error),
    }
}

async fn add_cosignatures<S: Store>(State(Web { ledger, clock, .. }): State<Web<S>>, body: Bytes) -> Response {
    match ledger.cosign(&body).await {
        Ok(Taken { lines, newest }) => {
            // A new cosignature has the time of its cosigner's clock.
            if let Some(time) = newest {
                clock.hear(time.ms());
            }
            answer("text/plain; charset=utf-8", MOMENT, format!("{lines} taken\n").into_bytes())
        }
        Err(error @ CosignError::NotOurs { .. }) => problem(StatusCode::CONFLICT, Refusal::NotOurs, error),
        Err(error @ CosignError::Store(_)) => problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Failed, error),
        Err(error) => problem(StatusCode::FORBIDDEN, Refusal::CosignatureRefused, chain(&error)),
    }
}

/// Returns the subject of a label after the prefix of a route. The ledger has to know the subject, so that no caller fills files with other
/// subjects. The path is taken raw, as for a trace.
fn known<S: Store>(web: &Web<S>, uri: &Uri, door: &str) -> Result<Subject, Box<Response>> {
    let path = uri.path().trim_start_matches(door);
    let link = DigitalLink::parse_path(path);
    let link = link.map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, Refusal::NoDigitalLink, error)))?;
    let known = link.subject().filter(|subject| web.ledger.knows(subject));
    known.ok_or_else(|| {
        Box::new(problem(StatusCode::NOT_FOUND, Refusal::Unknown, format!("this node knows no record of {path}")))
    })
}

/// Report of a page about its device.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ScanReport {
    zone: Option<String>,
}

/// Asks the scan log on a blocking thread, because the scan log reads and writes files.
async fn of_scans<S: Store>(
    web: Web<S>,
    ask: impl FnOnce(&Scans) -> std::io::Result<serde_json::Value> + Send + 'static,
) -> Response {
    let asked = tokio::task::spawn_blocking(move || ask(&web.scans)).await;
    match asked.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        Ok(document) => answer("application/json", MOMENT, format!("{document}\n").into_bytes()),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Failed, error),
    }
}

async fn look_at_scans<S: Store>(State(web): State<Web<S>>, uri: Uri) -> Response {
    match known(&web, &uri, SCANS) {
        Ok(subject) => of_scans(web, move |scans| scans.look(&subject)).await,
        Err(problem) => *problem,
    }
}

async fn count_scan<S: Store>(
    State(web): State<Web<S>>,
    Extension(Caller { address, .. }): Extension<Caller>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let subject = match known(&web, &uri, SCANS) {
        Ok(subject) => subject,
        Err(problem) => return *problem,
    };
    let zone = match serde_json::from_slice::<ScanReport>(&body) {
        Ok(report) => report.zone.filter(|zone| zone.len() <= ZONE_BYTES_MAX),
        Err(error) => return problem(StatusCode::BAD_REQUEST, Refusal::MalformedRequest, error),
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let by = Scanner { address, agent: agent.to_owned(), zone };
    let (now, ledger) = (now_ms(), web.ledger.clone());
    let brand = {
        let subject = subject.clone();
        move || ledger.newest().authority().holder(&subject, now).cloned()
    };
    of_scans(web, move |scans| scans.count(&subject, &by, now, brand)).await
}

/// Part of the URL behind `?` that names the party whose alerts are read.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertsOf {
    party: String,
}

async fn alerts<S: Store>(
    State(web): State<Web<S>>,
    UrlQuery(AlertsOf { party }): UrlQuery<AlertsOf>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let party = match PartyKey::parse(&party) {
        Ok(party) => party,
        Err(error) => return problem(StatusCode::BAD_REQUEST, Refusal::MalformedRequest, format!("party: {error}")),
    };
    match signed::is_signed(&web, &party, request::Method::Get, &uri, &headers) {
        Ok(()) => of_scans(web, move |scans| scans.alerts(&party)).await,
        Err(problem) => *problem,
    }
}

async fn hot_spots<S: Store>(State(web): State<Web<S>>) -> Response {
    of_scans(web, |scans| scans.hot_spots(now_ms())).await
}

async fn show_metrics<S: Store>(State(web): State<Web<S>>) -> Response {
    answer("text/plain; version=0.0.4", MOMENT, web.metrics.0.render().into_bytes())
}
