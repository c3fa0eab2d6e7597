//! A trace as a lying node would serve it: functions that hide entries and subjects.

use headwater_event::codec::Set;
use headwater_event::subject::Subject;
use headwater_ledger::memory::MemoryStore;
use headwater_trace::trace::{History, Trace};

use crate::world::{World, query, subject};

/// Lot of the dairy that these lies are about.
pub const LOT: &str = "01/09526543000013/10/L26-0417";
/// Another lot of the same model.
pub const OTHER_LOT: &str = "01/09526543000013/10/L26-0418";
/// An item of the first lot.
pub const ITEM: &str = "01/09526543000013/21/7KQ2M9XW4T";

/// A world that contains a lot with an item, a delivery and a recall, and another lot.
pub fn recalled_world() -> World<MemoryStore> {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.produce(&world.dairy, OTHER_LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    world.deliver(&[ITEM]).unwrap();
    world.recall(&world.dairy, &[LOT]).unwrap();
    world
}

/// The honest trace of a subject, which a test then changes.
pub fn trace(world: &World<MemoryStore>, key: &str) -> Trace {
    Trace::parse(&world.trace(&query(key))).unwrap()
}

/// The part of a trace that is about one subject.
pub fn history<'a>(trace: &'a mut Trace, key: &Subject) -> &'a mut History {
    trace.subjects.iter_mut().find(|history| history.subject == *key).unwrap()
}

/// Removes entry number `at` of a subject's chain, from that chain and from the entries of the trace.
pub fn hide(trace: &mut Trace, key: &str, at: usize) {
    let chain = history(trace, &subject(key));
    let mut places = chain.log_indexes.as_ref().unwrap().as_slice().to_vec();
    let hidden = places.remove(at);
    chain.log_indexes = (!places.is_empty()).then(|| Set::new(places));
    trace.entries.retain(|entry| entry.log_index != hidden);
}

/// Removes a subject, and the entries that are only on the subject's chain.
pub fn leave_out(trace: &mut Trace, key: &Subject) {
    trace.subjects.retain(|history| history.subject != *key);
    let kept: Vec<u64> = trace
        .subjects
        .iter()
        .filter_map(|history| history.log_indexes.as_ref())
        .flat_map(|places| places.as_slice())
        .copied()
        .collect();
    trace.entries.retain(|entry| kept.contains(&entry.log_index));
}
