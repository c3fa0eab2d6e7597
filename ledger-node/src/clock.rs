//! The node's clock: the system's time at the start, carried on by a clock that cannot be set.
//!
//! The node's clock makes up for small differences between the two slowly. A larger step of the system's time, ahead or back, is a doubt,
//! and nothing is recorded until the doubt ends. A doubt ends when the two clocks agree again, another machine's clock agrees with the
//! system's time, or the operator confirms that time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use headwater_ledger::clock::{Clock, Doubt};
use rustix::time::{ClockId, clock_gettime};

/// Largest step that is not a doubt, in milliseconds. The clocks of two machines agree when they differ by no more than this.
pub const STEP_MAX_MS: u64 = 60_000;
/// Milliseconds in which a difference shrinks by one millisecond.
const SLOWLY: u64 = 10;

/// Returns the system's time, in milliseconds UTC since 1970.
pub fn now_ms() -> u64 {
    // A clock before 1970 reads 0; the ledger finds that this time is behind its own.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Returns the milliseconds since the machine started, including those in which it slept.
fn since_boot_ms() -> u64 {
    let since = clock_gettime(ClockId::Boottime);
    let ms = since.tv_sec.saturating_mul(1_000).saturating_add(since.tv_nsec / 1_000_000);
    u64::try_from(ms).unwrap_or_default()
}

/// Readings of two clocks at one moment, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Reading {
    /// System's time, in milliseconds UTC.
    wall: u64,
    /// Milliseconds since the machine started, by a clock that cannot be set.
    boot: u64,
}

impl Reading {
    fn take() -> Self {
        Self { wall: now_ms(), boot: since_boot_ms() }
    }
}

/// State of the node's clock since the system's time was believed last.
#[derive(Debug)]
struct Believed {
    /// Reading that the clock goes on from; `None` takes the next reading.
    at: Option<Reading>,
    /// Doubt that another machine's clock raises.
    against: Option<Doubt>,
    /// Number of times that the system's time was believed anew.
    times: u64,
    /// Value of `times` when the anchors saw this machine last; `None` without anchors.
    seen: Option<u64>,
}

impl Believed {
    fn now(&mut self, read: Reading) -> Result<u64, Doubt> {
        let at = *self.at.get_or_insert(read);
        let passed = read.boot.saturating_sub(at.boot);
        let expected = at.wall.saturating_add(passed);
        let step = difference(read.wall, expected);
        if step.unsigned_abs() > STEP_MAX_MS {
            return Err(Doubt::Stepped { by_ms: step });
        }
        let most = i64::try_from(passed / SLOWLY).unwrap_or(i64::MAX);
        let wall = expected.saturating_add_signed(step.clamp(-most, most));
        // A change of less than a millisecond waits for a later reading.
        if most > 0 {
            self.at = Some(Reading { wall, boot: read.boot });
        }
        match self.against {
            Some(doubt) => Err(doubt),
            None if self.seen.is_some_and(|seen| seen != self.times) => Err(Doubt::Unseen),
            None => Ok(wall),
        }
    }

    fn begin_anew(&mut self) {
        *self = Self { at: None, against: None, times: self.times + 1, ..*self };
    }
}

/// Whether the clocks of two machines agree, to within [`STEP_MAX_MS`].
pub fn agree(one_ms: u64, other_ms: u64) -> bool {
    one_ms.abs_diff(other_ms) <= STEP_MAX_MS
}

/// Computes `a - b`, limited to the range of `i64`.
fn difference(a: u64, b: u64) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(if a > b { i64::MAX } else { i64::MIN })
}

/// The node's clock; clones share one state.
#[derive(Clone, Debug)]
pub struct Steady(Arc<Mutex<Believed>>);

impl Steady {
    /// Starts a clock that believes the system's time.
    pub fn begin() -> Self {
        Self(Arc::new(Mutex::new(Believed { at: Some(Reading::take()), against: None, times: 0, seen: None })))
    }

    /// Returns how often the time was believed anew since the start.
    pub fn times_anew(&self) -> u64 {
        self.believed().times
    }

    /// Records that the anchors saw this machine after its time was believed anew `times` times. From here on, a further time raises a
    /// doubt until the anchors see this machine again.
    pub fn seen(&self, times: u64) {
        self.believed().seen = Some(times);
    }

    /// Believes the system's time from here on, because the operator confirms it.
    pub fn confirm(&self) {
        self.believed().begin_anew();
    }

    /// Takes the time that another clock shows. A doubt ends when that time agrees with the system's time, except the doubt that waits for
    /// anchors.
    pub fn hear(&self, shown_ms: u64) {
        self.hear_at(Reading::take(), shown_ms);
    }

    fn hear_at(&self, read: Reading, shown_ms: u64) {
        let mut believed = self.believed();
        let is_doubted = matches!(believed.now(read), Err(doubt) if doubt != Doubt::Unseen);
        if agree(read.wall, shown_ms) && is_doubted {
            believed.begin_anew();
        }
    }

    /// Raises a doubt, because the clock of another machine differs from the system's time.
    pub fn doubt(&self, whose: &'static str, shown_ms: u64) {
        self.believed().against = Some(Doubt::Other { by_ms: difference(now_ms(), shown_ms), whose });
    }

    fn believed(&self) -> std::sync::MutexGuard<'_, Believed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Steady {
    fn now(&self) -> Result<u64, Doubt> {
        self.believed().now(Reading::take())
    }

    fn read_anew(&self) {
        self.believed().at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_777_593_600_000;

    fn read(wall: i64, boot: u64) -> Reading {
        Reading { wall: NOON.saturating_add_signed(wall), boot }
    }

    fn believed() -> Believed {
        Believed { at: Some(read(0, 0)), against: None, times: 0, seen: None }
    }

    #[test]
    fn a_small_difference_is_made_up_for_slowly_and_never_by_a_step_back() {
        let mut clock = believed();
        // The system's time is set 30 s ahead, and later 30 s back.
        assert_eq!(clock.now(read(30_000 + 1_000, 1_000)), Ok(NOON + 1_100));
        assert_eq!(clock.now(read(30_000 + 2_000, 2_000)), Ok(NOON + 2_200));
        assert_eq!(clock.now(read(-30_000 + 3_000, 3_000)), Ok(NOON + 3_100));
        let mut last = NOON + 3_100;
        for at in (3_007..700_000).step_by(7) {
            let now = clock.now(read(-30_000 + i64::try_from(at).unwrap(), at)).unwrap();
            assert!(now >= last, "{at}: {now} is before {last}");
            last = now;
        }
        assert_eq!(clock.now(read(-30_000 + 700_000, 700_000)), Ok(NOON - 30_000 + 700_000));
    }

    #[test]
    fn a_step_is_a_doubt_until_both_clocks_agree_again() {
        let mut clock = believed();
        assert_eq!(clock.now(read(3_601_000, 1_000)), Err(Doubt::Stepped { by_ms: 3_600_000 }));
        assert_eq!(clock.now(read(-3_598_000, 2_000)), Err(Doubt::Stepped { by_ms: -3_600_000 }));
        assert_eq!(clock.now(read(3_000, 3_000)), Ok(NOON + 3_000));
        assert_eq!(clock.now(read(63_001 + 3_000, 6_000)), Err(Doubt::Stepped { by_ms: 60_001 }));
        assert!(clock.now(read(60_000 + 6_000, 6_000)).is_ok());
    }

    #[test]
    fn another_clock_ends_a_doubt_or_begins_one() {
        let clock = Steady(Arc::new(Mutex::new(believed())));
        let now = |read| clock.believed().now(read);
        assert!(now(read(3_601_000, 1_000)).is_err());
        clock.hear_at(read(3_601_000, 1_000), NOON + 1_000);
        assert!(now(read(3_601_000, 1_000)).is_err(), "it agrees with the time before the step");
        clock.hear_at(read(3_602_000, 2_000), NOON + 3_602_000 + STEP_MAX_MS);
        assert_eq!(now(read(3_603_000, 3_000)), Ok(NOON + 3_603_000), "it agrees with the time after the step");
        assert_eq!(clock.times_anew(), 1);
        clock.hear_at(read(3_604_000, 4_000), NOON + 3_604_000);
        assert_eq!(clock.times_anew(), 1, "there is no doubt to end");
        clock.doubt("an anchor", now_ms() - 3_600_000);
        assert!(matches!(now(read(3_605_000, 5_000)), Err(Doubt::Other { .. })));
        clock.hear_at(read(3_606_000, 6_000), NOON + 3_606_000);
        assert_eq!(now(read(3_607_000, 7_000)), Ok(NOON + 3_607_000));
    }
}
