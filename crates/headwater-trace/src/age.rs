//! Age of evidence. Evidence that is dated after the reader's clock is not fresh either.

use headwater_tlog::checkpoint::CosignTime;

/// Tolerance, in seconds, for evidence that is dated after the reader's clock: clocks differ.
pub const AHEAD_MAX_S: u64 = 300;

/// Longest time, in seconds, for which a log repeats its last recorded time while the clock of its machine is behind.
pub const HOLD_MAX_S: u64 = 86_400;

/// Greatest age, in seconds, at which evidence still shows that an entry is absent, unless a reader allows more.
pub const AGE_MAX_S: u64 = 86_400;

/// Age of evidence at the time of a reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Age {
    /// Seconds since the index head or the cosignature, whichever is older.
    Seconds(u64),
    /// Seconds by which the index head or the cosignature is after the reader's clock: one of the clocks is wrong.
    Ahead(u64),
}

impl Age {
    /// Whether evidence is at most `max_s` seconds old and not dated in the future.
    pub fn is_within(self, max_s: u64) -> bool {
        matches!(self, Age::Seconds(age) if age <= max_s)
    }
}

/// Refusal of evidence because of its age; the text names the remedy where there is one.
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
    /// Returns the age from the operator's time and the quorum time: that of the older one, unless either is too far in the
    /// future.
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
        // An old checkpoint with a new cosignature is old, and so is a checkpoint with an old cosignature.
        assert_eq!(age(1_000, Some(9_000), 9_060), Age::Seconds(8_060));
        assert_eq!(age(9_000, Some(1_000), 9_060), Age::Seconds(8_060));
        // Clocks may differ by up to `AHEAD_MAX_S` seconds.
        assert_eq!(age(1_300, Some(1_000), 1_000), Age::Seconds(0));
        assert_eq!(age(1_301, Some(1_000), 1_000), Age::Ahead(301));
        assert_eq!(age(1_000, Some(1_301), 1_000), Age::Ahead(301));
        assert!(age(1_000, None, 1_060).is_within(60) && !age(1_000, None, 1_061).is_within(60));
        assert!(!age(2_000_000_000, None, 1_700_000_000).is_within(u64::MAX), "ten years ahead is never fresh");
    }
}
