//! How old a trace is. Time has two sides: what lies ahead of the reader's clock is not fresh either.

use headwater_tlog::checkpoint::CosignTime;

use super::VerifiedTrace;

/// A trace may be dated this far ahead of the reader's clock, in seconds: clocks differ.
pub const AHEAD_MAX_S: u64 = 300;

/// The age of a trace at some reader's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Age {
    /// Seconds since the older of index head and cosignature.
    Seconds(u64),
    /// Seconds by which index head or cosignature lie ahead of the reader's clock: one of the clocks is wrong.
    Ahead(u64),
}

impl Age {
    /// Whether a trace is at most so old, and not dated in the future.
    pub fn is_within(self, max_s: u64) -> bool {
        matches!(self, Age::Seconds(age) if age <= max_s)
    }
}

impl std::fmt::Display for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Age::Seconds(age) => write!(f, "{age} s old"),
            Age::Ahead(by) => write!(f, "dated {by} s in the future of this clock"),
        }
    }
}

impl VerifiedTrace {
    /// The age at a reader's time: that of the older of index head, which the operator dates, and quorum time.
    pub fn age(&self, now: CosignTime) -> Age {
        let head_s = self.index_head_ms() / 1000;
        let quorum_s = self.checkpoint().quorum_time().map_or(head_s, CosignTime::seconds);
        let ahead = head_s.max(quorum_s).saturating_sub(now.seconds());
        if ahead > AHEAD_MAX_S {
            return Age::Ahead(ahead);
        }
        Age::Seconds(now.seconds().saturating_sub(head_s.min(quorum_s)))
    }
}
