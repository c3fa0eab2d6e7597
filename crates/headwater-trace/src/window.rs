//! Moments and windows of claimed time. The log index orders equal times, so that no two entries share a moment.

use headwater_tlog::tree::LeafIndex;

/// Claimed time and log index of an entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Moment {
    /// Time at which the event happened, as its author claims, in milliseconds UTC.
    pub occurred_at_ms: u64,
    /// Log index of the entry.
    pub log_index: LeafIndex,
}

impl Moment {
    /// Earliest moment that a window can start at.
    pub const MIN: Moment = Moment { occurred_at_ms: 0, log_index: LeafIndex::FIRST };
    /// Latest moment, which ends a window that is still open.
    pub const MAX: Moment = Moment { occurred_at_ms: u64::MAX, log_index: LeafIndex::MAX };
}

/// Half-open range of moments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Window {
    /// First moment inside the window.
    pub from: Moment,
    /// First moment after the window.
    pub until: Moment,
}

impl Window {
    /// Window that holds every moment.
    pub const ALL: Window = Window { from: Moment::MIN, until: Moment::MAX };

    /// Whether a moment is inside the window.
    pub fn contains(&self, moment: Moment) -> bool {
        self.from <= moment && moment < self.until
    }

    /// Returns the overlap of two windows; `None` when they do not overlap.
    pub fn and(&self, other: &Window) -> Option<Window> {
        let both = Window { from: self.from.max(other.from), until: self.until.min(other.until) };
        (both.from < both.until).then_some(both)
    }

    /// Whether `other` is entirely inside this window.
    pub fn covers(&self, other: &Window) -> bool {
        self.from <= other.from && other.until <= self.until
    }
}
