//! What set commitments say of an item.

use std::collections::BTreeMap;

use headwater_event::kind::KindBody;
use headwater_event::kind::commissioning::Form;
use headwater_event::subject::Subject;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Leaf, Lookup};

use super::TraceError;
use crate::recorded::Recorded;
use crate::trace::{IndexProof, Trace};
use crate::walk::{Asked, Step, bound_lot, struck};

/// The places and roots of the set commitments that speak about an item: those on its lot's chain, when its own chain lists
/// no commissioning.
pub fn sets_about<'a>(item_chain: &[Step<'a>], lot_chain: &[Step<'a>]) -> Vec<(u64, Hash)> {
    let listed = |step: &Step<'_>| step.event.is_some_and(|event| matches!(&event.body, KindBody::Commissioning(_)));
    let struck_items = struck(item_chain);
    if item_chain.iter().any(|step| listed(step) && !struck_items.contains(&step.leaf)) {
        return Vec::new();
    }
    let struck_sets = struck(lot_chain);
    let stands = lot_chain.iter().filter(|step| !struck_sets.contains(&step.leaf));
    stands
        .filter_map(|step| match &step.event?.body {
            KindBody::Commissioning(body) => match &body.form {
                Form::Committed(committed) => Some((step.log_index, committed.items_root)),
                Form::Listed(_) => None,
            },
            _ => None,
        })
        .collect()
}

/// The lot that an item's story is about: the one that its chain binds, or the label's.
pub fn lot_in_question<'a>(asked: &'a Asked, item_chain: &[Step<'a>]) -> Option<&'a Subject> {
    let struck = struck(item_chain);
    let stands = item_chain.iter().filter(|step| !struck.contains(&step.leaf)).filter_map(|step| step.event);
    bound_lot(&asked.subject, stands).or(asked.lot.as_ref())
}

pub(super) fn read_sets(
    trace: &Trace,
    asked: &Asked,
    chains: &BTreeMap<Subject, Vec<u64>>,
    recorded: &BTreeMap<u64, Recorded>,
) -> Result<Vec<(u64, Option<Hash>)>, TraceError> {
    let steps = |subject: &Subject| -> Vec<Step<'_>> {
        chains.get(subject).into_iter().flatten().filter_map(|place| recorded.get(place)).map(Step::of).collect()
    };
    let expected = match &asked.subject {
        item @ Subject::Item(..) => {
            let item_chain = steps(item);
            match lot_in_question(asked, &item_chain) {
                Some(lot) => sets_about(&item_chain, &steps(lot)),
                None => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    let mut shown = trace.sets.iter();
    let mut in_sets = Vec::new();
    for (log_index, items_root) in expected {
        let wrong = TraceError::Set { log_index };
        let Some(set) = shown.next().filter(|set| set.log_index == log_index) else {
            return Err(wrong);
        };
        let proof = IndexProof::open(set.proof.as_ref()).ok_or_else(|| wrong.clone())?;
        match proof.verify(&asked.subject.index_key(), items_root) {
            // An index leaf counts its entries; only a set's leaf has none.
            Ok(Lookup::Present(Leaf { count: 0, head, .. })) => in_sets.push((log_index, Some(head))),
            Ok(Lookup::Absent) if proof.landing.is_none_or(|leaf| leaf.count == 0) => in_sets.push((log_index, None)),
            _ => return Err(wrong),
        }
    }
    match shown.next() {
        Some(set) => Err(TraceError::LeftOver { what: format!("the proof about the set of entry {}", set.log_index) }),
        None => Ok(in_sets),
    }
}
