//! A correction: an earlier event was wrong.

use headwater_tlog::hash::Hash;

use super::{KindRules, common};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::{Event, EventId};
use crate::rules::Rules;
use crate::subject::Subject;
use crate::{codes, message};

codes! {
    /// The fault of an event that a correction strikes.
    pub enum CorrectionReason {
        1 DidNotOccur = "did_not_occur",
        2 IncorrectData = "incorrect_data",
        3 Duplicate = "duplicate",
        4 WrongSubject = "wrong_subject",
        5 KeyCompromise = "key_compromise",
    }
}

message! {
    /// An earlier event was wrong. The original stays in the log, struck. The subjects are exactly those of the original.
    pub struct Correction, draft CorrectionDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Event id of the original.
        3 original_event_id: one EventId,
        /// Leaf hash of the entry of the original.
        4 original_entry_hash: one Hash,
        /// Fault of the original.
        5 reason: one CorrectionReason,
        /// Events with the right data; empty when the original did not occur.
        6 corrective_event_ids: set EventId,
    }
}

impl KindRules for Correction {
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
