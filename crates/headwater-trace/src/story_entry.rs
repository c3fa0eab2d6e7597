//! One entry of a story: the verified event, the relations by which the story has the entry, and what the rules find in it.

use headwater_event::authority::Standing;
use headwater_event::event::{Event, Role};
use headwater_event::rules::Finding;
use headwater_event::subject::Subject;

use crate::verify::Proven;
use crate::walk::Relation;

/// One relation by which an entry belongs to a story.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RelationTo {
    /// Relation of the subject to the asked one.
    pub relation: Relation,
    /// Subject whose chain carries the entry.
    pub subject: Subject,
}

/// One entry of a story, with its relations and findings.
#[derive(Clone, Debug)]
pub struct StoryEntry<'a> {
    pub(crate) entry: &'a Proven,
    pub(crate) event: &'a Event,
    pub(crate) relations: Vec<RelationTo>,
    pub(crate) is_struck: bool,
    pub(crate) may_apply: bool,
    pub(crate) standing: Standing,
    pub(crate) findings: Vec<Finding>,
    pub(crate) is_out_of_course: bool,
}

impl<'a> StoryEntry<'a> {
    /// Proven entry that holds the event.
    pub fn entry(&self) -> &'a Proven {
        self.entry
    }

    /// Authorized event of the entry.
    pub fn event(&self) -> &'a Event {
        self.event
    }

    /// Every relation by which the entry belongs to the story.
    pub fn relations(&self) -> &[RelationTo] {
        &self.relations
    }

    /// Whether a correction strikes the event, which then has no effect.
    pub fn is_struck(&self) -> bool {
        self.is_struck
    }

    /// Whether the event is about a part of a lot, so that it may be about other items than the asked one.
    pub fn may_apply(&self) -> bool {
        self.may_apply
    }

    /// Validity of the signature under the key compromises that the trace shows.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Rules that the event breaks, alone or after the events before it.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether the event breaks a consistency rule so that it has no effect.
    pub fn is_out_of_course(&self) -> bool {
        self.is_out_of_course
    }

    /// Whether the event has an effect: nothing strikes it, and it can follow from the events before it.
    pub fn has_effect(&self) -> bool {
        !self.is_struck && !self.is_out_of_course
    }

    /// Whether the entry belongs only to inputs of the product, not to the product itself.
    pub fn is_of_input(&self) -> bool {
        self.relations.iter().all(|to| !to.relation.is_own())
    }
}

/// Whether customs itself signed the event; the same content from another party is a claim.
pub fn is_attested(event: &Event) -> bool {
    event.role == Role::Customs
}
