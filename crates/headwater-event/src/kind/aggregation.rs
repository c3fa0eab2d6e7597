//! Goods went into or out of a logistic unit.

use super::{KindRules, common, moves, points};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::{Event, SubjectRef};
use crate::gs1::Asset;
use crate::rules::Rules;
use crate::subject::Subject;
use crate::{codes, message};

codes! {
    /// Action on the children of a unit.
    pub enum AggregationAction {
        1 Add = "add",
        2 Delete = "delete",
        3 Observe = "observe",
    }
}

message! {
    /// Goods went into or out of a logistic unit, or were seen in it. The children are all other subjects of the event.
    pub struct Aggregation, draft AggregationDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Action on the children.
        3 action: one AggregationAction,
        /// Index of the logistic unit in the event's subjects, from 0.
        4 parent: num u64,
        /// Returnable crate or pallet under the logistic unit.
        5 asset: opt Asset,
    }
}

impl Aggregation {
    /// Returns the logistic unit; `None` when the index is out of range.
    pub fn parent<'a>(&self, event: &'a Event) -> Option<&'a Subject> {
        event.subject(self.parent).map(|named| &named.key)
    }

    /// Returns the goods in the unit: all subjects but the parent.
    pub fn children<'a>(&self, event: &'a Event) -> impl Iterator<Item = &'a SubjectRef> {
        let parent = usize::try_from(self.parent).unwrap_or(usize::MAX);
        event.subjects.iter().enumerate().filter(move |(at, _)| *at != parent).map(|(_, child)| child)
    }
}

impl KindRules for Aggregation {
    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        moves(subject)
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        points(event, "parent", self.parent)?;
        match self.parent(event) {
            Some(Subject::LogisticUnit(_)) => Ok(()),
            other => {
                let found = other.map_or_else(String::new, ToString::to_string);
                Err(CodecError::value(&found, "a parent is a logistic unit").inside("parent"))
            }
        }
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        rules.require("place", &event.place);
        if self.action != AggregationAction::Observe && event.subjects.len() < 2 {
            rules.reject("subjects", event.subjects.len(), "add and delete name at least one child");
        }
        for (at, child) in event.subjects.iter().enumerate() {
            if matches!(child.key, Subject::Lot(..)) {
                rules.require(&format!("subjects.{at}.quantity"), &child.quantity);
            }
        }
    }
}
