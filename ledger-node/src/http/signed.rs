//! Requests that a party signs.

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use headwater_api::refusal::Refusal;
use headwater_api::request::{Method, NotSigned, RequestSignature, Target};
use headwater_event::authority::Denied;
use headwater_event::subject::PartyKey;
use headwater_ledger::store::Store;

use super::{Web, problem};
use crate::clock::now_ms;

/// Checks that a key that may sign a party's events now signed this request; returns the problem to answer with otherwise.
pub fn is_signed<S: Store>(
    web: &Web<S>,
    party: &PartyKey,
    method: Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), Box<Response>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unsigned = |error: NotSigned| {
        let mut answer = problem(StatusCode::UNAUTHORIZED, Refusal::BadSignature, error);
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Signature"));
        Box::new(answer)
    };
    let signature = RequestSignature::parse(header("signature-input"), header("signature")).map_err(unsigned)?;
    let (now, newest) = (now_ms(), web.ledger.newest());
    let denied = |denied: Denied| Box::new(problem(StatusCode::FORBIDDEN, Refusal::from(&denied), denied));
    let key = newest.authority().events_key(party, signature.key_id(), now).map_err(denied)?;
    let target = Target { method, path: uri.path(), query: uri.query().unwrap_or_default() };
    signature.verify(target, web.ledger.ledger_id(), key, now / 1_000).map_err(unsigned)
}
