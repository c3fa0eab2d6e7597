//! Attached files over HTTP: any caller may fetch a public file, and the party whose event announces a file uploads it.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use headwater_api::refusal::Refusal;
use headwater_api::request::Method;
use headwater_event::causes::chain;
use headwater_event::event::EventId;
use headwater_event::kind::commissioning::Committed;
use headwater_event::subject::PartyKey;
use headwater_ledger::store::Store;
use headwater_tlog::hash::Hash;
use headwater_trace::set::MANIFEST_TYPE;

use super::signed::is_signed;
use super::{MOMENT, Web, answer, failed, problem};
use crate::attachments::{By, UploadError};
use crate::shares::NoRoom;

fn sha256(text: &str) -> Result<Hash, Box<Response>> {
    let hash = hex::decode(text).ok().and_then(|bytes| Hash::try_from(bytes.as_slice()).ok());
    hash.filter(|hash| hash.to_string() == text).ok_or_else(|| {
        let rule = format!("{text:?} is not a SHA-256: 64 lower-case hex digits");
        Box::new(problem(StatusCode::BAD_REQUEST, Refusal::NoHash, rule))
    })
}

/// Answers with a file, or with a range of it.
pub async fn fetch<S: Store>(State(web): State<Web<S>>, Path(hash): Path<String>, headers: HeaderMap) -> Response {
    let hash = match sha256(&hash) {
        Ok(hash) => hash,
        Err(problem) => return *problem,
    };
    match web.attachments.get(&hash, &headers).await {
        Ok(Some(response)) => response,
        Ok(None) => problem(StatusCode::NOT_FOUND, Refusal::NoAttachment, format!("{hash} is not here")),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Unreadable, error),
    }
}

/// Answers with the number of bytes that a party uploaded of a file for an event.
pub async fn offset<S: Store>(
    State(web): State<Web<S>>,
    Path(hash): Path<String>,
    Query(by): Query<AnnouncedBy>,
) -> Response {
    let (hash, by) = match sha256(&hash).and_then(|hash| Ok((hash, by.read()?))) {
        Ok(asked) => asked,
        Err(problem) => return *problem,
    };
    match web.attachments.offset(&hash, &by).await {
        Ok(offset) => answer("application/json", MOMENT, format!("{{\"offset\":{offset}}}\n").into_bytes()),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Unreadable, error),
    }
}

/// Returns the offset of a request's bytes in their file, from `Content-Range: bytes FIRST-LAST/SIZE` (RFC 9110 section 14.4), or 0.
fn begins(headers: &HeaderMap) -> Option<u64> {
    let Some(range) = headers.get(header::CONTENT_RANGE) else {
        return Some(0);
    };
    range.to_str().ok()?.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

/// Query that names the event that announces a file.
#[derive(serde::Deserialize)]
pub struct AnnouncedBy {
    party: String,
    event: String,
}

impl AnnouncedBy {
    fn read(&self) -> Result<By, Box<Response>> {
        let bad = |error: &dyn std::fmt::Display| {
            Box::new(problem(StatusCode::BAD_REQUEST, Refusal::MalformedRequest, error))
        };
        let party = PartyKey::parse(&self.party).map_err(|error| bad(&format!("party: {error}")))?;
        let event = EventId::parse(&self.event).map_err(|error| bad(&format!("event: {error}")))?;
        Ok(By { party, event })
    }
}

/// Accepts the upload of a file that an event announces.
pub async fn bring<S: Store>(
    State(web): State<Web<S>>,
    Path(hash): Path<String>,
    Query(by): Query<AnnouncedBy>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let hash = match sha256(&hash) {
        Ok(hash) => hash,
        Err(problem) => return *problem,
    };
    let Some(from) = begins(&headers) else {
        return problem(StatusCode::BAD_REQUEST, Refusal::MalformedRequest, "content-range: bytes FIRST-LAST/SIZE");
    };
    let by = match by.read() {
        Ok(by) => by,
        Err(problem) => return *problem,
    };
    let By { party, event: id } = &by;
    if let Err(problem) = is_signed(&web, party, Method::Put, &uri, &headers) {
        return *problem;
    }
    let event = match web.ledger.event(party, id).await {
        Ok(event) => event,
        Err(error) => return failed(&error),
    };
    let announced = event.iter().flat_map(|event| &event.attachments).find(|announced| announced.sha256 == hash);
    let Some(announced) = announced else {
        return problem(
            StatusCode::NOT_FOUND,
            Refusal::NotAnnounced,
            format!("event {id} of {party} announces no such file"),
        );
    };
    let set = event.as_ref().and_then(|event| Committed::by(event, announced));
    if set.is_none() && announced.media_type.as_str() == MANIFEST_TYPE {
        let rule = format!("event {id} of {party} commits to no set by this list");
        return problem(StatusCode::UNPROCESSABLE_ENTITY, Refusal::NoSet, rule);
    }
    // A task of its own: the bytes of a caller that is gone stay counted and in their place.
    let putting = {
        let (attachments, announced, by) = (web.attachments.clone(), announced.clone(), by.clone());
        tokio::spawn(async move { attachments.put(&announced, &by, from, body).await })
    };
    let mut taken = putting.await.unwrap_or(Err(UploadError::Broken));
    if let Some((gtin, set)) = set.filter(|_| taken.is_ok()) {
        taken = match web.attachments.manifest(announced, gtin, &set.items_root).await {
            Ok(manifest) => match web.ledger.add_manifest(&manifest) {
                Ok(()) => web.attachments.keep_manifest(announced).await,
                Err(error) => return problem(StatusCode::UNPROCESSABLE_ENTITY, Refusal::HeldTwice, error),
            },
            Err(error) => Err(error),
        };
    }
    match taken {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(error @ UploadError::TooLong { .. }) => problem(StatusCode::PAYLOAD_TOO_LARGE, Refusal::TooLong, error),
        Err(error @ UploadError::NoRoom(NoRoom::Share { .. })) => {
            problem(StatusCode::INSUFFICIENT_STORAGE, Refusal::Quota, error)
        }
        Err(error @ UploadError::NoRoom(NoRoom::Disk { .. })) => {
            problem(StatusCode::INSUFFICIENT_STORAGE, Refusal::NoSpace, error)
        }
        Err(error @ (UploadError::Disk(_) | UploadError::NoRoom(_))) => {
            problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Failed, chain(&error))
        }
        Err(error @ UploadError::Offset { .. }) => problem(StatusCode::CONFLICT, Refusal::Offset, error),
        Err(error @ UploadError::Broken) => problem(StatusCode::REQUEST_TIMEOUT, Refusal::BrokenOff, error),
        Err(error) => problem(StatusCode::UNPROCESSABLE_ENTITY, Refusal::OtherBytes, chain(&error)),
    }
}
