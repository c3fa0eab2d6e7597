//! Limits of connections: how many there are, how long each lives, and how much each does at once.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum_server::accept::Accept;
use governor::{DefaultKeyedRateLimiter, Quota};
use headwater_service::caller::{Caller, Rates, network_of};
use headwater_service::status::overloaded;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};
use tower::Service;

use crate::addresses::{Addresses, Slot};
use crate::proxies::Proxies;
use crate::sending::{self, Room};
use crate::settings::Settings;

/// Largest number of requests in progress on one connection; further requests are refused.
pub const REQUESTS_MAX: usize = 32;
/// Time within which the answer to a request has to begin; the node gives up a slower request.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Age at which the node ends a connection: 10 minutes, and 30 seconds of grace.
pub const AGE_MAX: Duration = Duration::from_secs(10 * 60 + 30);

/// Number of requests after which the node forgets the addresses whose shares are whole again.
const TIDY_EVERY: usize = 1_024;

/// Largest length of a path in bytes; no route of the node needs a longer one.
pub const PATH_BYTES_MAX: usize = 2 * 1024;
/// Prefix of the paths of the ledger's gRPC calls.
const SERVICE: &str = "/headwater.v1.LedgerService/";
/// Prefix of the paths of uploads.
const UPLOADS: &str = "/attachment/";
/// Prefix of the names of the calls that append.
const APPEND: &str = "Append";
/// Bytes that the answer to an append counts as: a receipt with many subjects.
const RECEIPT_BYTES: u64 = 256 * 1024;
/// Bytes that an answer of unknown length counts as: one that is compressed while it is sent, or read from a file.
const UNTOLD_BYTES: u64 = 1024 * 1024;
/// Bytes that a trace or receipt over gRPC counts as: the longest trace.
const GRPC_TRACE_BYTES: u64 = headwater_service::service::TRACE_BYTES_MAX as u64;
/// Bytes that a stream counts as: a few answers of a mebibyte each.
const STREAM_BYTES: u64 = 3 * 1024 * 1024;

/// Counter of the reads of each address in a second.
type Reads = DefaultKeyedRateLimiter<IpAddr>;

/// Acceptor that lets in as many connections as the limits allow.
#[derive(Clone, Debug)]
pub struct Gate {
    by: Arc<By>,
}

/// Limits that all connections share.
#[derive(Debug)]
struct By {
    addresses: Arc<Addresses>,
    proxies: Proxies,
    reads: Reads,
    appends: Arc<Rates>,
    sending: Room,
    requests: AtomicUsize,
}

impl Gate {
    /// Makes a gate with the limits of the settings for connections, reads and appends.
    pub fn new(settings: &Settings) -> Self {
        let per_second = NonZeroU32::new(settings.reads_per_second).unwrap_or(NonZeroU32::MIN);
        let by = By {
            addresses: Arc::new(Addresses::new(settings)),
            proxies: Proxies::of(settings),
            reads: Reads::keyed(Quota::per_second(per_second)),
            appends: Arc::new(Rates::new(settings.address_second, settings.address_burst)),
            sending: Room::mib(settings.sending_mib),
            requests: AtomicUsize::new(0),
        };
        Self { by: Arc::new(by) }
    }
}

impl By {
    /// Forgets the addresses whose shares are whole again, once in [`TIDY_EVERY`] requests.
    fn tidy(&self) {
        if self.requests.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.reads.retain_recent();
            self.appends.forget_idle();
            self.addresses.forget_idle();
        }
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Gate {
    type Stream = Counted;
    type Service = Limited<S>;
    type Future = std::future::Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let by = &self.by;
        let counted = stream.set_nodelay(true).and_then(|()| stream.peer_addr()).and_then(|peer| {
            // A proxy connects for many addresses, so no single address counts its connection.
            let address = (!by.proxies.trusts(peer.ip())).then(|| peer.ip());
            let place = by.addresses.enter(address).ok_or(io::ErrorKind::ConnectionRefused)?;
            metrics::counter!("headwater_connections_total").increment(1);
            let stream = Counted { stream, age: Box::pin(tokio::time::sleep(AGE_MAX)), _slot: place };
            let room = address.map(|_| Arc::new(Semaphore::new(REQUESTS_MAX)));
            Ok((stream, Limited { inner: service, peer: peer.ip(), room, by: by.clone() }))
        });
        if counted.is_err() {
            metrics::counter!("headwater_connections_refused_total").increment(1);
        }
        std::future::ready(counted)
    }
}

/// A connection that gives its place back when dropped, and ends at [`AGE_MAX`].
#[derive(Debug)]
pub struct Counted {
    stream: TcpStream,
    age: Pin<Box<Sleep>>,
    _slot: Slot,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.age.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// A service of one connection: refuses requests over the limits, and gives up requests that take too long.
#[derive(Clone, Debug)]
pub struct Limited<S> {
    inner: S,
    peer: IpAddr,
    /// Room for requests on a connection of one address; `None` on a connection of a proxy.
    room: Option<Arc<Semaphore>>,
    by: Arc<By>,
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S, B> Service<Request<B>> for Limited<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let grpc = is_grpc(&request);
        if request.uri().path().len() > PATH_BYTES_MAX {
            return Box::pin(std::future::ready(Ok(refusal(grpc, StatusCode::URI_TOO_LONG))));
        }
        self.by.tidy();
        let address = self.by.proxies.client(self.peer, request.headers());
        if is_read(&request) && self.by.reads.check_key(&network_of(address)).is_err() {
            metrics::counter!("headwater_reads_refused_total").increment(1);
            return Box::pin(std::future::ready(Ok(refusal(grpc, StatusCode::TOO_MANY_REQUESTS))));
        }
        let shared = self.by.addresses.shared(address);
        let room = match &self.room {
            Some(room) => room.clone().try_acquire_owned(),
            None => shared.requests.clone().try_acquire_owned(),
        };
        let Ok(room) = room else {
            metrics::counter!("headwater_requests_shed_total").increment(1);
            return Box::pin(std::future::ready(Ok(refusal(grpc, StatusCode::TOO_MANY_REQUESTS))));
        };
        request.extensions_mut().insert(Caller::new(address, self.by.appends.clone(), shared.appends.clone()));
        // An upload may go on while its bytes come; its handler has a time limit of its own.
        let until = (!is_upload(&request)).then(|| Instant::now() + REQUEST_TIMEOUT);
        let weight = weight(&request);
        let (answering, all) = (answer(self.inner.call(request), room, until, grpc), self.by.sending.clone());
        Box::pin(async move { answering.await.map(|answer| sent(answer, weight, &[&all, &shared.sending], grpc)) })
    }
}

async fn answer<E>(
    answering: impl Future<Output = Result<Response<Body>, E>>,
    room: OwnedSemaphorePermit,
    until: Option<Instant>,
    grpc: bool,
) -> Result<Response<Body>, E> {
    let answered = match until {
        Some(until) => tokio::time::timeout_at(until, answering).await,
        None => Ok(answering.await),
    };
    drop(room);
    answered.unwrap_or_else(|_| Ok(refusal(grpc, StatusCode::GATEWAY_TIMEOUT)))
}

/// Rule for counting an answer while it is sent.
#[derive(Clone, Copy)]
enum Weight {
    /// Counts an answer by its length, or as this number of bytes where the length is unknown. The node gives up an answer that is read too
    /// slowly.
    Of(u64),
    /// Counts as this number of bytes until the stream ends. A stream may be as slow as the events that it carries.
    Stream(u64),
}

fn weight<B>(request: &Request<B>) -> Weight {
    let path = request.uri().path();
    match path.strip_prefix(SERVICE) {
        Some("AppendStream" | "ListEntries") => Weight::Stream(STREAM_BYTES),
        Some("GetTrace" | "GetReceipt") => Weight::Of(GRPC_TRACE_BYTES),
        Some("Append") => Weight::Of(RECEIPT_BYTES),
        Some(_) => Weight::Of(0),
        // Health and reflection services.
        None if path.starts_with("/grpc.") => Weight::Stream(sending::SMALL_BYTES + 1),
        None => Weight::Of(UNTOLD_BYTES),
    }
}

/// Returns an answer whose sending is watched, or a refusal where too many answers are being sent.
fn sent(answer: Response<Body>, weight: Weight, rooms: &[&Room], grpc: bool) -> Response<Body> {
    let (parts, body) = answer.into_parts();
    let counted = match weight {
        Weight::Of(flat) => {
            let bytes = body.size_hint().exact().unwrap_or(flat);
            sending::watched(body, bytes, rooms)
        }
        Weight::Stream(bytes) => sending::held(body, bytes, rooms),
    };
    match counted {
        Some(body) => Response::from_parts(parts, body),
        None => {
            metrics::counter!("headwater_answers_refused_total").increment(1);
            refusal(grpc, StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// Whether a request counts as a read. Appends and uploads do not, since they have rates of their own. Files of the product page do not,
/// since one look at a product needs many of them.
fn is_read<B>(request: &Request<B>) -> bool {
    let path = request.uri().path();
    !path.strip_prefix(SERVICE).is_some_and(|call| call.starts_with(APPEND))
        && !path.starts_with("/page/")
        && !is_upload(request)
}

fn is_upload<B>(request: &Request<B>) -> bool {
    request.method() == axum::http::Method::PUT && request.uri().path().starts_with(UPLOADS)
}

fn is_grpc<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/grpc"))
}

/// Makes a refusal in the form of either protocol. gRPC has its status in a header of an answer with HTTP status 200.
fn refusal(grpc: bool, status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    if grpc {
        let code = match status {
            StatusCode::GATEWAY_TIMEOUT => "4",
            StatusCode::URI_TOO_LONG => "3",
            _ => return overloaded("this address asks for too much at once; call again later").into_http(),
        };
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        response.headers_mut().insert("grpc-status", HeaderValue::from_static(code));
    } else {
        *response.status_mut() = status;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
