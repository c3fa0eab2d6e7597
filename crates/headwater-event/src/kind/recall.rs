//! A recall, or its lift.

use headwater_tlog::hash::Hash;

use super::{KindRules, common, points};
use crate::codec::{CodecError, Set};
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::place::LangText;
use crate::rules::Rules;
use crate::subject::Subject;
use crate::text::{Code, Date, Text, Uri};
use crate::{codes, message};

codes! {
    /// The measure that a recall asks for, or its lift.
    pub enum RecallType {
        1 Recall = "recall",
        2 Withdrawal = "withdrawal",
        3 StopSale = "stop_sale",
        4 Lift = "lift",
    }
}

codes! {
    /// Severity of a recall, from high to low.
    pub enum RecallSeverity {
        1 High = "high",
        2 Medium = "medium",
        3 Low = "low",
    }
}

codes! {
    /// Cause of a recall, as a code.
    pub enum RecallReason {
        1 Biological = "biological",
        2 Chemical = "chemical",
        3 ForeignBody = "foreign_body",
        4 Allergen = "allergen",
        5 Labelling = "labelling",
        6 Quality = "quality",
        7 Counterfeit = "counterfeit",
        8 Documents = "documents",
        9 Other = "other",
    }
}

codes! {
    /// The property that a range compares.
    pub enum RangeProperty {
        1 Lot = "lot",
        2 Serial = "serial",
        3 ProductionDate = "production_date",
        4 ExpiryDate = "expiry_date",
    }
}

message! {
    /// A recall, or its lift. A recall also reaches all goods that were made from its subjects.
    pub struct Recall, draft RecallDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Number of the recall.
        3 recall_no: one Code,
        /// Measure that the recall asks for, or `lift`.
        4 action: one RecallType,
        /// Severity; required unless this lifts a recall.
        5 severity: opt RecallSeverity,
        /// Class of the recall, as the public authority words it.
        6 class: opt Code,
        /// Cause as a code; required unless this lifts a recall.
        7 reason_code: opt RecallReason,
        /// Cause of the recall or of its lift, by language.
        8 reason: set1 LangText,
        /// Public authority that ordered the recall; without it, the brand recalls on its own.
        9 authority: opt Text,
        /// Subjects that the recall covers; together the scopes of a recall name each subject of the event.
        10 scope: many Scope,
        /// Instructions to people who have the goods, by language; required unless this lifts a recall.
        11 consumer_action: set LangText,
        /// First day of the recall.
        12 start: one Date,
        /// Contact that answers questions.
        13 contact: opt Text,
        /// Link to further information.
        14 uri: opt Uri,
        /// Remedy that people get, by language.
        15 remedy: set LangText,
        /// SHA-256 of the event bytes of the recall that this lifts; with `lift` alone.
        16 lifts: opt Hash,
    }
}

message! {
    /// Subjects of a recall, whole or in part.
    pub struct Scope, draft ScopeDraft {
        /// Indexes of the subjects in the event's list, from 0.
        1 subjects: one Set<u64>,
        /// Ranges of the goods that are covered: goods in any of the ranges, or all goods without ranges.
        2 ranges: many Range,
    }
}

message! {
    /// A range over a property. A value that the trace does not prove for an item matches.
    pub struct Range, draft RangeDraft {
        /// Property that the range compares.
        1 property: one RangeProperty,
        /// First value of the range, in the order of bytes.
        2 first: one Code,
        /// Last value of the range, in the order of bytes.
        3 last: one Code,
        /// Whether values of another length than `first` are compared too; else they do not match.
        4 any_length: num bool,
    }
}

impl Range {
    /// Whether a value lies in the range; an unknown value (`None`) always does (V2c).
    pub fn matches(&self, value: Option<&str>) -> bool {
        value.is_none_or(|value| {
            let same_length = value.len() == self.first.as_str().len();
            (self.any_length || same_length) && (self.first.as_str()..=self.last.as_str()).contains(&value)
        })
    }
}

impl Recall {
    /// Whether the event lifts a recall.
    pub fn is_lift(&self) -> bool {
        self.action == RecallType::Lift
    }
}

impl KindRules for Recall {
    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Model(_) | Subject::Lot(..) | Subject::Item(..))
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        if self.is_lift() != self.lifts.is_some() {
            return Err(CodecError::value(
                self.action.as_str(),
                "a lift, and nothing else, names the recall that it lifts",
            )
            .inside("lifts"));
        }
        for (at, scope) in self.scope.iter().enumerate() {
            for place in scope.subjects.as_slice() {
                points(event, &format!("scope.{at}.subjects"), *place)?;
            }
        }
        let named = |place: usize| self.scope.iter().any(|scope| scope.subjects.as_slice().contains(&(place as u64)));
        match (0..event.subjects.len()).find(|place| !named(*place)) {
            Some(place) if !self.is_lift() => {
                Err(CodecError::value(&place.to_string(), "each subject is in the scope of its recall").inside("scope"))
            }
            _ => Ok(()),
        }
    }

    fn rules(&self, _: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.recall.{name}");
        if !self.is_lift() {
            rules.require(&at("severity"), &self.severity);
            rules.require(&at("reason_code"), &self.reason_code);
            if self.consumer_action.is_empty() {
                rules.reject(at("consumer_action"), "", "a recall says what people should do");
            }
        }
        for (place, scope) in self.scope.iter().enumerate() {
            for (i, range) in scope.ranges.iter().enumerate() {
                let at = |name: &str| at(&format!("scope.{place}.ranges.{i}.{name}"));
                if range.first.as_str() > range.last.as_str() {
                    rules.reject(at("last"), &range.last, "lies before the first");
                }
                let is_of_days = matches!(range.property, RangeProperty::ProductionDate | RangeProperty::ExpiryDate);
                if is_of_days && [&range.first, &range.last].iter().any(|day| Date::parse(day.as_str()).is_err()) {
                    rules.reject(at("first"), &range.first, "is not a date: YYYY-MM-DD");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_compare_bytes_at_equal_length_and_the_unknown_matches() {
        let range = |any_length| Range {
            property: RangeProperty::Serial,
            first: Code::parse("A10").unwrap(),
            last: Code::parse("A20").unwrap(),
            any_length,
        };
        for (value, strict, free) in [
            ("A10", true, true),
            ("A20", true, true),
            ("A21", false, false),
            ("A1", false, false),
            ("A100", false, true),
            ("a15", false, false),
        ] {
            assert_eq!(range(false).matches(Some(value)), strict, "{value}");
            assert_eq!(range(true).matches(Some(value)), free, "{value}");
        }
        assert!(range(false).matches(None));
    }
}
