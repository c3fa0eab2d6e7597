//! Refusals as a caller reads them: the name of a refusal, and whether the call may be made again.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Domain of the error details of a ledger (`google.rpc.ErrorInfo`).
pub const DOMAIN: &str = "headwater";
/// Refusals that pass: the node may take the same bytes when they are sent again later.
const PASSING: [&str; 6] = ["RATE", "NO_SPACE", "CLOCK", "UNANCHORED", "OVERLOADED", "STOPPING"];
/// Shortest wait of a client after a refusal that passes.
pub const RETRY: Duration = Duration::from_millis(200);

/// Whether a refusal of this name passes, so that the same bytes may be sent again later.
pub fn is_passing(reason: &str) -> bool {
    PASSING.contains(&reason)
}

/// Whether a call that ended with this status may be made again. Its outcome is unknown (a broken connection often
/// appears as an internal error), or the node turned the call away for a while. Calls are idempotent.
pub fn may_call_again(status: &Status) -> bool {
    let lost = [Code::Unavailable, Code::Unknown, Code::Internal, Code::Cancelled, Code::DeadlineExceeded];
    lost.contains(&status.code()) || status.get_details_retry_info().is_some()
}

/// Name of a refusal for machines, such as `RATE`.
pub fn reason_of(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}
