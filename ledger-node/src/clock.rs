//! The system's clock.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use headwater_ledger::ledger::Clock;

/// Milliseconds UTC.
pub fn now_ms() -> u64 {
    // A clock before 1970 reads 0, which no ledger takes for a time behind its own.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The system's clock as ledgers take it.
pub fn system() -> Clock {
    Arc::new(now_ms)
}
