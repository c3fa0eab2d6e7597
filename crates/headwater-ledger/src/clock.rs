//! Time at which entries are recorded. A wrong clock stops writes, but never stops reads.

use headwater_trace::age::HOLD_MAX_S;

/// Maximum lag of the clock behind the last recorded time, in milliseconds. Within this lag, events are recorded at the last recorded time.
pub const BEHIND_MAX_MS: u64 = 60_000;
/// Maximum lag for a ledger that holds its time, in milliseconds. Such a ledger records at its last time for this long at most.
pub const HOLD_MAX_MS: u64 = HOLD_MAX_S * 1_000;

/// Source of the time at which entries are recorded.
pub trait Clock: Send + Sync + 'static {
    /// Returns the time in milliseconds UTC, or the doubt about the clock.
    fn now(&self) -> Result<u64, Doubt>;

    /// Takes the time of the system anew at the next call of [`Clock::now`], and goes on from there. Does nothing by default.
    fn read_anew(&self) {}
}

impl<F: Fn() -> u64 + Send + Sync + 'static> Clock for F {
    fn now(&self) -> Result<u64, Doubt> {
        Ok(self())
    }
}

/// A doubt about a clock. Nothing is recorded at a time that is in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Step of the clock while the process ran.
    #[error("the clock was set by {} s {}, and nothing shows which time is right", .by_ms.unsigned_abs() / 1000, direction(.by_ms))]
    Stepped {
        /// Size of the step in milliseconds; negative if the clock was set back.
        by_ms: i64,
    },
    /// Difference between this clock and that of another machine.
    #[error("the clock lies {} s {} that of {whose}", .by_ms.unsigned_abs() / 1000, if *.by_ms < 0 { "behind" } else { "ahead of" })]
    Other {
        /// Difference in milliseconds; negative if this clock is behind.
        by_ms: i64,
        /// Owner of the other clock, in words.
        whose: &'static str,
    },
    /// Time that was set anew. Others have not seen yet that this machine goes on, rather than a copy of its earlier state.
    #[error("the time of this machine was set anew, and the node waits for its anchors")]
    Unseen,
    /// Lag of the clock behind the last recorded time.
    #[error("the clock lies {} s behind the last entry of the ledger", .by_ms / 1000)]
    Behind {
        /// Size of the lag in milliseconds.
        by_ms: u64,
    },
}

fn direction(by_ms: &i64) -> &'static str {
    if *by_ms < 0 { "back" } else { "ahead" }
}

/// Returns the time at which a batch is recorded: never before the last recorded time.
pub(crate) fn recorded_at(clock: &dyn Clock, last_ms: u64, holds_time: bool) -> Result<u64, Doubt> {
    let now_ms = clock.now()?;
    let behind = last_ms.saturating_sub(now_ms);
    if behind <= if holds_time { HOLD_MAX_MS } else { BEHIND_MAX_MS } {
        return Ok(now_ms.max(last_ms));
    }
    // A machine that boots in 1970 learns the time a little later. That change is not a step of a clock that was right.
    clock.read_anew();
    Err(Doubt::Behind { by_ms: behind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_never_runs_back_and_is_held_for_a_day_at_most() {
        let at = |now: u64, holds_time| recorded_at(&move || now, 1_000_000_000, holds_time);
        assert_eq!(at(1_000_000_001, false), Ok(1_000_000_001));
        assert_eq!(at(1_000_000_000 - BEHIND_MAX_MS, false), Ok(1_000_000_000));
        assert_eq!(at(1_000_000_000 - BEHIND_MAX_MS - 1, false), Err(Doubt::Behind { by_ms: 60_001 }));
        assert_eq!(at(1_000_000_000 - HOLD_MAX_MS, true), Ok(1_000_000_000));
        assert_eq!(at(1_000_000_000 - HOLD_MAX_MS - 1, true), Err(Doubt::Behind { by_ms: HOLD_MAX_MS + 1 }));
    }

    #[test]
    fn a_doubt_says_by_how_much_and_which_way() {
        let stepped = |by_ms| Doubt::Stepped { by_ms }.to_string();
        assert_eq!(stepped(3_600_000), "the clock was set by 3600 s ahead, and nothing shows which time is right");
        assert_eq!(stepped(-61_000), "the clock was set by 61 s back, and nothing shows which time is right");
        let other = |by_ms| Doubt::Other { by_ms, whose: "an anchor" }.to_string();
        assert_eq!(other(61_000), "the clock lies 61 s ahead of that of an anchor");
        assert_eq!(other(-61_000), "the clock lies 61 s behind that of an anchor");
        assert_eq!(
            Doubt::Behind { by_ms: 90_000 }.to_string(),
            "the clock lies 90 s behind the last entry of the ledger"
        );
    }
}
