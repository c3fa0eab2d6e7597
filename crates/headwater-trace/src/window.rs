//! Moments and windows of claimed time. Equal times are split by log index, so that no two entries share a moment.

/// When an entry claims to have happened, and where it stands in the log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Moment {
    /// Claimed: milliseconds UTC.
    pub occurred_at_ms: u64,
    /// Its place in the log.
    pub log_index: u64,
}

impl Moment {
    /// Before everything.
    pub const MIN: Moment = Moment { occurred_at_ms: 0, log_index: 0 };
    /// After everything.
    pub const MAX: Moment = Moment { occurred_at_ms: u64::MAX, log_index: u64::MAX };
}

/// A half-open stretch of moments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Window {
    /// The first moment within.
    pub from: Moment,
    /// The first moment behind.
    pub until: Moment,
}

impl Window {
    /// All time.
    pub const ALL: Window = Window { from: Moment::MIN, until: Moment::MAX };

    /// Whether a moment lies within.
    pub fn contains(&self, moment: Moment) -> bool {
        self.from <= moment && moment < self.until
    }

    /// What lies in both; `None` when nothing does.
    pub fn and(&self, other: &Window) -> Option<Window> {
        let both = Window { from: self.from.max(other.from), until: self.until.min(other.until) };
        (both.from < both.until).then_some(both)
    }

    /// Whether everything in `other` lies in this.
    pub fn covers(&self, other: &Window) -> bool {
        self.from <= other.from && other.until <= self.until
    }
}
