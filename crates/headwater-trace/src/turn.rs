//! Turns on a core: long work lets others run.

/// Lets another thread have the core, between two entries of a long trace or two events of a group. A kernel that preempts at its next
/// tick alone (4 ms at 250 Hz) would let an append wait for that tick.
pub fn give_way() {
    std::thread::yield_now();
}
