//! How old evidence is. Time has two sides: what lies ahead of the reader's clock is not fresh either.

use headwater_tlog::checkpoint::CosignTime;

/// Evidence may be dated this far ahead of the reader's clock, in seconds: clocks differ.
pub const AHEAD_MAX_S: u64 = 300;

/// A log holds its time for so long at most, in seconds, while the clock of its machine lies behind.
pub const HOLD_MAX_S: u64 = 86_400;

/// Evidence of a higher age, in seconds, shows no absence, unless a reader allows for more.
pub const AGE_MAX_S: u64 = 86_400;

/// The age of evidence at some reader's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Age {
    /// Seconds since the older of index head and cosignature.
    Seconds(u64),
    /// Seconds by which index head or cosignature lie ahead of the reader's clock: one of the clocks is wrong.
    Ahead(u64),
}

impl Age {
    /// Whether evidence is at most so old, and not dated in the future.
    pub fn is_within(self, max_s: u64) -> bool {
        matches!(self, Age::Seconds(age) if age <= max_s)
    }
}

/// A refusal of evidence of an age, with the way out where there is one.
pub struct TooOld(pub Age);

impl std::fmt::Display for TooOld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Age::Seconds(_) => {
                write!(f, "{}, and does not show what was recorded since: --max-age allows for more", self.0)
            }
            Age::Ahead(_) => write!(f, "{}: either that clock is wrong or the log's is", self.0),
        }
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

impl Age {
    /// The age by an operator's time in seconds and the quorum's: that of the older, unless either lies too far ahead.
    pub fn of(stated_s: u64, quorum: Option<CosignTime>, now: CosignTime) -> Self {
        let quorum_s = quorum.map_or(stated_s, CosignTime::seconds);
        let ahead = stated_s.max(quorum_s).saturating_sub(now.seconds());
        if ahead > AHEAD_MAX_S {
            return Age::Ahead(ahead);
        }
        Age::Seconds(now.seconds().saturating_sub(stated_s.min(quorum_s)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_has_two_sides() {
        let time = |seconds| CosignTime::new(seconds).unwrap();
        let age = |stated, quorum: Option<u64>, now| Age::of(stated, quorum.map(time), time(now));
        assert_eq!(age(1_000, None, 1_060), Age::Seconds(60));
        // An old checkpoint that was cosigned again is old, and so is one that was cosigned long ago.
        assert_eq!(age(1_000, Some(9_000), 9_060), Age::Seconds(8_060));
        assert_eq!(age(9_000, Some(1_000), 9_060), Age::Seconds(8_060));
        // Clocks differ by a little.
        assert_eq!(age(1_300, Some(1_000), 1_000), Age::Seconds(0));
        assert_eq!(age(1_301, Some(1_000), 1_000), Age::Ahead(301));
        assert_eq!(age(1_000, Some(1_301), 1_000), Age::Ahead(301));
        assert!(age(1_000, None, 1_060).is_within(60) && !age(1_000, None, 1_061).is_within(60));
        assert!(!age(2_000_000_000, None, 1_700_000_000).is_within(u64::MAX), "ten years ahead is never fresh");
    }
}
