//! Form of each refusal on the wire: a gRPC status, a reason by name, and the field.

use std::collections::HashMap;

use headwater_api::refusal::{DOMAIN, RETRY, Refusal};
use headwater_event::causes::chain;
use headwater_event::fault::CodecError;
use headwater_ledger::admission::AppendError;
use headwater_ledger::reader::ReadError;
use headwater_ledger::wait::{Hold, Wait};
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt as _};

/// Refusal of an append, by the error of the ledger.
pub fn refusal_of_append(error: &AppendError) -> Refusal {
    match error {
        AppendError::Malformed(_) => Refusal::MalformedEvent,
        AppendError::Rules(_) => Refusal::RuleBroken,
        AppendError::NotAuthentic(_) => Refusal::BadSignature,
        AppendError::Denied(denied) => denied.into(),
        AppendError::DuplicateId { .. } => Refusal::DuplicateEventId,
        AppendError::StalePin { .. } => Refusal::StalePin,
        AppendError::NoCorrective { .. } => Refusal::NoCorrectiveEvent,
        AppendError::Code { .. } => Refusal::BadCode,
        AppendError::Quota { .. } => Refusal::Quota,
        AppendError::UsedUp(_) => Refusal::Budget,
        AppendError::Principal { .. } => Refusal::NoPrincipalNeeded,
        AppendError::TooMany { .. } => Refusal::TooManyEvents,
        AppendError::Rate { .. } => Refusal::Rate,
        AppendError::Waits(wait) => refusal_of_wait(wait),
        AppendError::Overloaded => Refusal::Overloaded,
        AppendError::Stopping => Refusal::Stopping,
        AppendError::Failed(_) => Refusal::Failed,
    }
}

/// Refusal of an append while writes wait.
pub fn refusal_of_wait(wait: &Wait) -> Refusal {
    match wait {
        Wait::NoSpace => Refusal::NoSpace,
        Wait::Clock(_) => Refusal::Clock,
        Wait::Held(held) => match held.reason {
            Hold::Unanchored => Refusal::Unanchored,
            Hold::AnchorsLost => Refusal::AnchorsLost,
            Hold::RolledBack => Refusal::RolledBack,
            Hold::Forked => Refusal::Forked,
            Hold::Copied => Refusal::Copied,
        },
    }
}

/// Refusal of a read, by the error of the ledger.
pub fn refusal_of_read(error: &ReadError) -> Refusal {
    match error {
        ReadError::NoEvent { .. } => Refusal::NoEvent,
        ReadError::NotAudited | ReadError::NotYetAudited { .. } => Refusal::NotAudited,
        ReadError::Sizes { .. } => Refusal::NoSuchSizes,
        ReadError::Busy => Refusal::Overloaded,
        _ => Refusal::Failed,
    }
}

/// Text of a refused append for callers: the error and its causes.
pub fn words_of_append(error: &AppendError) -> String {
    match error {
        AppendError::Failed(failure) => format!("{error}: {}", words_of_read(failure)),
        error => chain(error),
    }
}

/// Text of a failed read for callers: the error and its causes. The cause of a failed store is for the operator, who has it in the log.
pub fn words_of_read(error: &ReadError) -> String {
    match error {
        ReadError::Store(failure) => failure.to_string(),
        error => chain(error),
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
            details.add_precondition_failure_violation(
                Refusal::StalePin.name(),
                subject.to_string(),
                error.to_string(),
            );
        }
        AppendError::UsedUp(used_up) => {
            facts.insert("subject".to_owned(), used_up.subject.to_string());
            facts.insert("limit".to_owned(), used_up.limit.clone());
        }
        _ => {}
    }
    with_details(refusal_of_append(error), words_of_append(error), facts, details)
}

/// gRPC status of a read that failed.
pub fn of_read(error: &ReadError) -> Status {
    of(refusal_of_read(error), words_of_read(error))
}

/// gRPC status of a call that comes while too much is under way.
pub fn overloaded(why: impl Into<String>) -> Status {
    of(Refusal::Overloaded, why.into())
}

/// gRPC status of a call that comes too soon after others of its address.
pub fn too_fast(per_second: u32) -> Status {
    let why = format!("{per_second} events of an address in a second are taken; send the same bytes again later");
    of(Refusal::Rate, why)
}

/// gRPC status of a request with a field that cannot be read.
pub fn of_field(field: &str, error: impl std::fmt::Display) -> Status {
    let details = ErrorDetails::with_bad_request_violation(field, error.to_string());
    with_details(Refusal::MalformedRequest, format!("{field}: {error}"), HashMap::new(), details)
}

fn of(refusal: Refusal, message: String) -> Status {
    with_details(refusal, message, HashMap::new(), ErrorDetails::new())
}

/// Status of a refusal with its facts. A refusal that passes names the wait before another try.
fn with_details(
    refusal: Refusal,
    message: String,
    facts: HashMap<String, String>,
    mut details: ErrorDetails,
) -> Status {
    details.set_error_info(refusal.name(), DOMAIN, facts);
    if refusal.is_passing() {
        details.set_retry_info(Some(RETRY));
    }
    Status::with_error_details(refusal.code(), message, details)
}

fn violate(details: &mut ErrorDetails, fault: &CodecError) {
    details.add_bad_request_violation(fault.field.clone(), fault.fault.to_string());
}

#[cfg(test)]
mod tests {
    use headwater_event::authority::Denied;
    use headwater_event::entry::EntryError;
    use headwater_event::subject::{PartyKey, Subject};
    use headwater_ledger::clock::Doubt;
    use headwater_ledger::store::StoreFailure;
    use headwater_ledger::wait::Held;
    use headwater_tlog::hash::Hash;
    use headwater_tlog::tree::LeafIndex;
    use headwater_trace::recorded::RecordedError;

    use super::*;

    #[test]
    fn each_error_of_an_append_has_its_refusal() {
        let item = Subject::parse("01/09526543000013/21/7KQ2M9XW4T").expect("an item");
        let party = PartyKey::parse("417/9526543000105").expect("a party");
        let head = Hash::ZERO;
        let errors = [
            (AppendError::Principal { principal: party.clone() }, "NO_PRINCIPAL_NEEDED"),
            (AppendError::Code { item: item.clone() }, "BAD_CODE"),
            (AppendError::StalePin { pin: 0, subject: item, count: 1, head }, "STALE_PIN"),
            (AppendError::Quota { quota: "entries of a party in a day", limit: 1 }, "QUOTA"),
            (AppendError::Rate { per_second: 1 }, "RATE"),
            (AppendError::TooMany { max: 1 }, "TOO_MANY_EVENTS"),
            (AppendError::Denied(Denied::UnknownParty { party: party.clone() }), "UNKNOWN_PARTY"),
            (AppendError::Denied(Denied::LastAdmin { operator: party }), "LAST_ADMIN"),
            (AppendError::Overloaded, "OVERLOADED"),
            (AppendError::Stopping, "STOPPING"),
            (AppendError::Failed(ReadError::Interrupted), "FAILED"),
        ];
        for (error, name) in errors {
            let refusal = Refusal::of(&of_append(&error)).expect("a refusal");
            assert_eq!((refusal.name(), refusal.code()), (name, of_append(&error).code()), "{error}");
        }
    }

    #[test]
    fn the_text_of_a_failure_has_its_causes_up_to_the_store() {
        let text = |error: ReadError| of_append(&AppendError::Failed(error)).message().to_owned();
        let source = RecordedError::Entry(EntryError::TooLong { found: 70_000 });
        let entry = text(ReadError::Entry { log_index: LeafIndex::FIRST, source });
        let expected = "the ledger failed: entry 0 cannot be read: an entry has at most 65535 bytes, this has 70000";
        assert_eq!(entry, expected);
        let store = text(StoreFailure::of(std::io::Error::other("/srv/ledger is full")).into());
        assert_eq!(store, "the ledger failed: the store failed");
    }

    #[test]
    fn a_wait_has_one_name_in_metrics_and_on_the_wire() {
        let held = |reason| Wait::Held(Held { reason, words: "", why: String::new(), lets_heads: false });
        let holds = [Hold::Unanchored, Hold::AnchorsLost, Hold::RolledBack, Hold::Forked, Hold::Copied].map(held);
        for wait in holds.into_iter().chain([Wait::NoSpace, Wait::Clock(Doubt::Unseen)]) {
            let refusal = refusal_of_wait(&wait);
            assert_eq!((refusal.name(), refusal.is_passing()), (wait.reason(), wait.passes()));
        }
    }
}
