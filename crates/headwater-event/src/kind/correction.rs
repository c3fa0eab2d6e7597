//! An earlier event was wrong.

use headwater_tlog::hash::Hash;

use super::{Body, Kind, common};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::{Event, EventId};
use crate::rules::Rules;
use crate::subject::Subject;
use crate::{codes, message};

codes! {
    /// What was wrong.
    pub enum CorrectionReason {
        1 DidNotOccur = "did_not_occur",
        2 IncorrectData = "incorrect_data",
        3 Duplicate = "duplicate",
        4 WrongSubject = "wrong_subject",
        5 KeyCompromise = "key_compromise",
    }
}

message! {
    /// An earlier event was wrong. It stays, struck through. The subjects are exactly the original's.
    pub struct Correction {
        /// Documents that this belongs to.
        1 refs: many Ref,
        /// Hidden fields.
        2 commitments: set Commitment,
        /// The original's event id.
        3 original_event_id: one EventId,
        /// The leaf hash of the original's entry.
        4 original_entry_hash: one Hash,
        /// What was wrong.
        5 reason: one CorrectionReason,
        /// The events that say it right.
        6 corrective_event_ids: set EventId,
    }
}

impl Body for Correction {
    const KIND: Kind = Kind::Correction;

    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        subject.gtin().is_some() || subject.is_register() || matches!(subject, Subject::LogisticUnit(_))
    }

    fn fits(&self, _: &Event) -> Result<(), CodecError> {
        match self.corrective_event_ids.first() {
            Some(id) if self.reason == CorrectionReason::DidNotOccur => {
                Err(CodecError::value(&id.to_string(), "what did not occur has no correct form")
                    .inside("corrective_event_ids"))
            }
            _ => Ok(()),
        }
    }

    fn rules(&self, _: &Event, _: &mut Rules) {}
}
