//! Form of each refusal on the wire: a gRPC status, a reason by name, and the field.

use std::collections::HashMap;

use headwater_api::status::{DOMAIN, RETRY, is_passing};
use headwater_event::fault::CodecError;
use headwater_ledger::admission::AppendError;
use headwater_ledger::reader::ReadError;
use headwater_ledger::wait::Wait;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// gRPC code of a refused append.
pub fn code(error: &AppendError) -> Code {
    match error {
        AppendError::Malformed(_)
        | AppendError::Rules(_)
        | AppendError::TooMany { .. }
        | AppendError::NoCorrective { .. }
        | AppendError::Code { .. }
        | AppendError::Principal { .. } => Code::InvalidArgument,
        AppendError::NotAuthentic(_) => Code::Unauthenticated,
        AppendError::Denied(_) => Code::PermissionDenied,
        AppendError::DuplicateId { .. } => Code::AlreadyExists,
        AppendError::StalePin { .. } => Code::FailedPrecondition,
        AppendError::Quota { .. }
        | AppendError::Rate { .. }
        | AppendError::UsedUp(_)
        | AppendError::Waits(Wait::NoSpace)
        | AppendError::Overloaded => Code::ResourceExhausted,
        AppendError::Waits(_) | AppendError::Stopping => Code::Unavailable,
        _ => Code::Internal,
    }
}

/// gRPC status of a refused append, with the reason and its facts.
pub fn of_append(error: &AppendError) -> Status {
    let mut details = ErrorDetails::new();
    let mut facts = HashMap::new();
    match error {
        AppendError::Malformed(fault) => violate(&mut details, fault),
        AppendError::Rules(findings) => {
            for finding in findings {
                details
                    .add_bad_request_violation(finding.field.clone(), format!("{:?}: {}", finding.value, finding.rule));
            }
        }
        AppendError::DuplicateId { log_index, entry, .. } => {
            facts.insert("log_index".to_owned(), log_index.to_string());
            if !entry.is_empty() {
                facts.insert("entry".to_owned(), hex::encode(entry));
            }
        }
        AppendError::StalePin { subject, count, head, .. } => {
            facts.insert("count".to_owned(), count.to_string());
            facts.insert("head".to_owned(), head.to_string());
            details.add_precondition_failure_violation("STALE_PIN", subject.to_string(), error.to_string());
        }
        AppendError::UsedUp(used_up) => {
            facts.insert("subject".to_owned(), used_up.subject.to_string());
            facts.insert("limit".to_owned(), used_up.limit.clone());
        }
        _ => {}
    }
    details.set_error_info(error.reason(), DOMAIN, facts);
    refusal(code(error), error.reason(), error.to_string(), details)
}

/// gRPC status of a read that failed.
pub fn of_read(error: &ReadError) -> Status {
    let (code, reason) = match error {
        ReadError::NoEvent { .. } => (Code::NotFound, "NO_EVENT"),
        ReadError::NotAudited | ReadError::NotYetAudited { .. } => (Code::FailedPrecondition, "NOT_AUDITED"),
        ReadError::Sizes { .. } => (Code::OutOfRange, "NO_SUCH_SIZES"),
        ReadError::Busy => (Code::ResourceExhausted, "OVERLOADED"),
        _ => (Code::Internal, "FAILED"),
    };
    refusal(code, reason, error.to_string(), ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new()))
}

/// gRPC status of a call that comes while too much is under way.
pub fn overloaded(why: impl Into<String>) -> Status {
    turned_away("OVERLOADED", why.into())
}

/// gRPC status of a call that comes too soon after others of its address.
pub fn too_fast(per_second: u32) -> Status {
    turned_away(
        "RATE",
        format!("{per_second} events of an address in a second are taken; send the same bytes again later"),
    )
}

fn turned_away(reason: &str, why: String) -> Status {
    refusal(Code::ResourceExhausted, reason, why, ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new()))
}

/// Status of a refusal. A refusal that passes names the wait before another try.
fn refusal(code: Code, reason: &str, message: String, mut details: ErrorDetails) -> Status {
    if is_passing(reason) {
        details.set_retry_info(Some(RETRY));
    }
    Status::with_error_details(code, message, details)
}

/// gRPC status of a request with a field that cannot be read.
pub fn of_field(field: &str, error: impl std::fmt::Display) -> Status {
    let mut details = ErrorDetails::with_bad_request_violation(field, error.to_string());
    details.set_error_info("MALFORMED_REQUEST", DOMAIN, HashMap::new());
    Status::with_error_details(Code::InvalidArgument, format!("{field}: {error}"), details)
}

fn violate(details: &mut ErrorDetails, fault: &CodecError) {
    details.add_bad_request_violation(fault.field.clone(), fault.fault.to_string());
}
