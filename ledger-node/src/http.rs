//! What is read over plain HTTP: the log as C2SP tiles, traces as files, and the door for cosignatures.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use headwater_event::digital_link::DigitalLink;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::reader::{At, CosignError, ReadError};
use headwater_ledger::store::Store;
use headwater_tlog::tile::{TILE_WIDTH, TileKind, TilePath, bundle};
use headwater_trace::walk::Asked;

/// A posted note is no longer.
const NOTE_BYTES_MAX: usize = 128 * 1024;
const FOREVER: &str = "public, max-age=31536000, immutable";
const MOMENT: &str = "no-store";

/// The routes of a ledger.
pub fn routes<S: Store>(ledger: Ledger<S>) -> Router {
    Router::new()
        .route("/checkpoint", get(checkpoint))
        .route("/tile/{*path}", get(tile))
        .route("/trace/{*path}", get(trace))
        .route("/audited-trace/{*path}", get(audited_trace))
        .route("/add-cosignatures", post(add_cosignatures))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(NOTE_BYTES_MAX))
        .with_state(ledger)
}

fn answer(kind: &'static str, caching: &'static str, body: Vec<u8>) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// A refusal in the form of RFC 9457.
fn problem(status: StatusCode, reason: &str, detail: impl std::fmt::Display) -> Response {
    let text = detail.to_string().replace('\\', "\\\\").replace('"', "\\\"");
    let body = format!("{{\"status\":{},\"reason\":\"{reason}\",\"detail\":\"{text}\"}}\n", status.as_u16());
    let mut response = answer("application/problem+json", MOMENT, body.into_bytes());
    *response.status_mut() = status;
    response
}

fn failed(error: &ReadError) -> Response {
    let status = match error {
        ReadError::NoEvent { .. } => StatusCode::NOT_FOUND,
        ReadError::NotAudited => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    problem(status, "UNREADABLE", error)
}

async fn checkpoint<S: Store>(State(ledger): State<Ledger<S>>) -> Response {
    answer("text/plain; charset=utf-8", MOMENT, ledger.newest().note.as_bytes().to_vec())
}

async fn tile<S: Store>(State(ledger): State<Ledger<S>>, Path(path): Path<String>) -> Response {
    let path = match TilePath::parse(&format!("tile/{path}")) {
        Ok(path) => path,
        Err(error) => return problem(StatusCode::BAD_REQUEST, "NO_TILE", error),
    };
    let size = ledger.newest().checkpoint.size();
    if path.size_needed().is_none_or(|needed| needed > size) {
        return problem(StatusCode::NOT_FOUND, "NO_TILE", format!("{path} is not there at size {}", size.get()));
    }
    let absent = || problem(StatusCode::INTERNAL_SERVER_ERROR, "UNREADABLE", format!("{path} is missing"));
    match path.kind() {
        TileKind::Hashes { level } => match ledger.tile(level, path.index(), path.width()) {
            Some(hashes) => {
                answer("application/octet-stream", FOREVER, hashes.iter().flat_map(|hash| *hash.as_bytes()).collect())
            }
            None => absent(),
        },
        TileKind::Entries => {
            let width = usize::try_from(path.width()).unwrap_or_default();
            match ledger.entries(path.index() * TILE_WIDTH, width).await {
                Ok(entries) => match bundle(entries.iter().map(Vec::as_slice)) {
                    Ok(bytes) => answer("application/octet-stream", FOREVER, bytes),
                    Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, "UNREADABLE", error),
                },
                Err(error) => failed(&error),
            }
        }
    }
}

async fn trace<S: Store>(State(ledger): State<Ledger<S>>, Path(path): Path<String>) -> Response {
    trace_at(ledger, &path, At::Newest).await
}

async fn audited_trace<S: Store>(State(ledger): State<Ledger<S>>, Path(path): Path<String>) -> Response {
    trace_at(ledger, &path, At::Audited).await
}

async fn trace_at<S: Store>(ledger: Ledger<S>, path: &str, at: At) -> Response {
    let link = match DigitalLink::parse_path(path) {
        Ok(link) => link,
        Err(error) => return problem(StatusCode::BAD_REQUEST, "NO_DIGITAL_LINK", error),
    };
    let Some(subject) = link.subject() else {
        return problem(StatusCode::BAD_REQUEST, "NO_SUBJECT", "the link names no subject of a ledger");
    };
    let lot = link.lot().filter(|lot| *lot != subject);
    match ledger.trace(&Asked { subject, lot }, at, Vec::new()).await {
        Ok(bytes) => answer("application/vnd.headwater.trace.v1+protobuf", MOMENT, bytes),
        Err(error) => failed(&error),
    }
}

async fn add_cosignatures<S: Store>(State(ledger): State<Ledger<S>>, body: Bytes) -> Response {
    match ledger.cosign(&body).await {
        Ok(taken) => answer("text/plain; charset=utf-8", MOMENT, format!("{taken} taken\n").into_bytes()),
        Err(error @ CosignError::NotOurs { .. }) => problem(StatusCode::CONFLICT, "NOT_OURS", error),
        Err(error @ CosignError::Store(_)) => problem(StatusCode::INTERNAL_SERVER_ERROR, "FAILED", error),
        Err(error) => problem(StatusCode::FORBIDDEN, "COSIGNATURE_REFUSED", error),
    }
}
