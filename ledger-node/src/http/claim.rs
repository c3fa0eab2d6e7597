//! The HTTP route for the claims of shoppers.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use headwater_api::refusal::Refusal;
use headwater_event::causes::chain;
use headwater_event::kind::sticker::ItemCode;
use headwater_event::subject::Subject;
use headwater_ledger::admission::AppendError;
use headwater_ledger::store::Store;
use headwater_service::status::{refusal_of_append, words_of_append, words_of_read};

use super::{MOMENT, Web, answer, known, problem};
use crate::scratch_claims::{ClaimError, Claimed, Look};

const DOOR: &str = "/claim/";
/// Largest length of a request's body: a code of 16 symbols, a space, and 32 digits of a look.
pub const BYTES_MAX: usize = 49;

/// Answers a page whose claim was not recorded, with the reason.
fn unclaimed(error: &ClaimError) -> Response {
    let refused = match error {
        ClaimError::Refused(refused) => refused,
        ClaimError::Busy | ClaimError::Stopping => {
            return problem(StatusCode::SERVICE_UNAVAILABLE, Refusal::Busy, error);
        }
        ClaimError::Read(failure) => {
            return problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Failed, words_of_read(failure));
        }
        ClaimError::Random(_) | ClaimError::Key(_) => {
            return problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Failed, chain(error));
        }
    };
    let status = match refused {
        AppendError::Code { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        AppendError::Quota { .. } | AppendError::Rate { .. } => StatusCode::TOO_MANY_REQUESTS,
        AppendError::Overloaded | AppendError::Stopping | AppendError::Waits(_) => StatusCode::SERVICE_UNAVAILABLE,
        // The node wrote the event, so any other error in the event is not a fault of the caller.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    problem(status, refusal_of_append(refused), words_of_append(refused))
}

/// Records the first use of the code under a scratch layer.
pub async fn claim<S: Store>(State(web): State<Web<S>>, uri: Uri, body: String) -> Response {
    let item = match known(&web, &uri, DOOR) {
        Ok(item @ Subject::Item(..)) => item,
        Ok(other) => return problem(StatusCode::NOT_FOUND, Refusal::Unknown, format!("{other} is not an item")),
        Err(problem) => return *problem,
    };
    let Some(claims) = web.claims else {
        return problem(StatusCode::NOT_FOUND, Refusal::NoClaims, "this node records no claims");
    };
    let (code, look) = body.split_once(' ').unwrap_or((&body, ""));
    let (code, look) = match (ItemCode::parse(code), Look::parse(look)) {
        (Ok(code), Some(look)) => (code, look),
        (Err(error), _) => return problem(StatusCode::BAD_REQUEST, Refusal::NoCode, error),
        (_, None) => {
            let rule = format!("{look:?} is not a look: 32 lower-case hex digits, behind the code and a space");
            return problem(StatusCode::BAD_REQUEST, Refusal::NoLook, rule);
        }
    };
    let claimed = claims.claim(web.ledger, item, code, look).await;
    let outcome = match &claimed {
        Ok(Claimed::Now(_)) => "first",
        Ok(Claimed::Before(_)) => "again",
        Err(ClaimError::Refused(AppendError::Code { .. })) => "wrong_code",
        Err(_) => "failed",
    };
    metrics::counter!("headwater_claims_total", "outcome" => outcome).increment(1);
    let (status, leaf) = match claimed {
        Ok(Claimed::Now(leaf)) => (StatusCode::CREATED, leaf),
        Ok(Claimed::Before(leaf)) => (StatusCode::OK, leaf),
        Err(error) => return unclaimed(&error),
    };
    (status, answer("application/json", MOMENT, format!("{{\"leaf\":\"{leaf}\"}}\n").into_bytes())).into_response()
}
