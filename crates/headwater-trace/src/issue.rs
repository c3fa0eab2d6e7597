//! Issue of an item: a commissioning that lists the item, a transformation that made it, or a set that holds it.
//!
//! The claim that a serial was never issued is about everything in a ledger, so it rests on proofs: the item's own chain,
//! and each set on the register of its model, or of the asked lot.

use headwater_event::subject::Subject;
use headwater_tlog::tree::LeafIndex;

use crate::verify::VerifiedTrace;
use crate::verify::sets::{Answer, is_closed};
use crate::walk::Relation;

/// Issue of the asked subject, as the entries show it.
pub(crate) enum Issue {
    /// The asked subject is not an item, or an entry that nothing strikes issues it.
    Issued,
    /// Corrections struck every issue of the item (I3); holds the log index of the last one that was read.
    TakenBack(LeafIndex),
    /// No entry of the trace issues the item.
    Unseen,
}

impl Issue {
    /// Reads the issue from the chain of the item and from the sets that hold it.
    pub(crate) fn of(trace: &VerifiedTrace) -> Self {
        let item = &trace.query().subject;
        if !matches!(item, Subject::Item(..)) {
            return Issue::Issued;
        }
        // A listed commissioning or a transformation issues the item (I1).
        let view = trace.view(item);
        let listed = view
            .entries()
            .iter()
            .filter(|entry| entry.event.is_some_and(|event| event.binds(item).is_some() || event.makes(item)));
        let listed = listed.map(|entry| (entry.log_index, view.is_struck(&entry.leaf)));
        // A set that holds the item issues the item (I2).
        let sets = trace.sets().holding(item).map(|(set, _)| (set.log_index, set.is_struck));
        let mut issues = listed.chain(sets).peekable();
        if issues.peek().is_none() {
            return Issue::Unseen;
        }
        let mut last = None;
        for (log_index, is_struck) in issues {
            if !is_struck {
                return Issue::Issued;
            }
            last = Some(log_index);
        }
        last.map_or(Issue::Unseen, Issue::TakenBack)
    }

    /// Log index of the entry whose issue of the item was struck, where no other entry issues the item (V5).
    pub(crate) fn taken_back(&self) -> Option<LeafIndex> {
        match self {
            Issue::TakenBack(log_index) => Some(*log_index),
            _ => None,
        }
    }

    /// One clause that states that the item was never issued; `None` where the trace does not prove that (V4).
    pub(crate) fn never(&self, trace: &VerifiedTrace) -> Option<String> {
        let query = trace.query();
        // No event issues the item, struck or not (V4a).
        let (Issue::Unseen, Subject::Item(gtin, _)) = (self, &query.subject) else {
            return None;
        };
        let register = Subject::Register(gtin.clone());
        let is_closed = is_closed(&register, trace.register(&register)?);
        // Every entry on the chains that could issue the item is read and counts (V4b). Nothing issues this item, so only the
        // label names a lot.
        let lot = trace.visits().iter().filter(|visit| visit.relation == Relation::Lot);
        let mut read = lot.map(|visit| &visit.subject).chain([&query.subject, &register]);
        if read.any(|subject| trace.chain(subject).any(|entry| entry.event().is_none())) {
            return None;
        }
        // Each set on the register lacks the item, or of a closed register each set of the asked lot (V4c).
        let of_lot = |lot: &Subject| {
            trace.sets().of(&query.subject).iter().all(|said| said.set.lot != *lot || said.answer == Answer::Lacks)
        };
        if is_closed {
            let lot = query.lot.as_ref().filter(|lot| of_lot(lot))?;
            return Some(format!("not issued in {lot}: no commissioning holds it, nor does any set of that lot"));
        }
        let mut sets = 0;
        for said in trace.sets().of(&query.subject) {
            if said.answer != Answer::Lacks {
                return None;
            }
            sets += 1;
        }
        Some(format!("never issued: no commissioning holds it, nor does any set on the register of the model ({sets})"))
    }
}
