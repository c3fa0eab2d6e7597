//! The bodies of events, one file for each kind.

use crate::codec::{CodecError, Number as _};
use crate::event::Event;
use crate::rules::Rules;
use crate::subject::Subject;

pub mod aggregation;
pub mod certification;
pub mod commissioning;
pub mod correction;
pub mod customs_clearance;
pub mod distribution;
pub mod lab_inspection;
pub mod origin_content;
pub mod party;
pub mod production;
pub mod recall;
pub mod shipment_leg;
pub mod sticker;
pub mod transformation;

/// Declares the kinds of events, each as `number arm Variant(module::Type) = "name"`. The lists of codes, the arms of the body and their
/// drafts follow.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $number:literal $arm:literal $variant:ident($module:ident::$type:ident) = $word:literal,)+) => {
        $crate::codes! {
            /// The kinds of events. The number of a kind plus 15 is the number of its arm in the event's body.
            pub enum Kind { $($number $variant = $word,)+ }
        }

        $crate::arms! {
            /// The body of an event, one arm for each kind.
            pub enum KindBody, draft KindBodyDraft {
                $($(#[doc = $doc])* $arm $variant($module::$type) = $word,)+
            }
        }

        $(const _: () = assert!($arm == $number + KIND_ARM, "the arm of a kind is its number and 15");)+

        impl KindBody {
            /// Returns the kind of the body.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$variant(_) => Kind::$variant,)+ }
            }

            fn body(&self) -> &dyn KindRules {
                match self { $(Self::$variant(body) => body,)+ }
            }
        }
    };
}

kinds! {
    /// A lot was made.
    1 16 Production(production::Production) = "production",
    /// Items got their serials.
    2 17 Commissioning(commissioning::Commissioning) = "commissioning",
    /// A sticker was issued, applied, voided or claimed.
    3 18 Sticker(sticker::Sticker) = "sticker",
    /// Goods left or arrived.
    4 19 ShipmentLeg(shipment_leg::ShipmentLeg) = "shipment_leg",
    /// Goods were received, stored, sent, delivered, sold, returned or destroyed.
    5 20 Distribution(distribution::Distribution) = "distribution",
    /// A customs declaration changed its status.
    6 21 CustomsClearance(customs_clearance::CustomsClearance) = "customs_clearance",
    /// A laboratory tested a sample.
    7 22 LabInspection(lab_inspection::LabInspection) = "lab_inspection",
    /// A statement of conformity.
    8 23 Certification(certification::Certification) = "certification",
    /// Goods went into or out of a logistic unit.
    9 24 Aggregation(aggregation::Aggregation) = "aggregation",
    /// Goods became other goods.
    10 25 Transformation(transformation::Transformation) = "transformation",
    /// A recall, or its lift.
    11 26 Recall(recall::Recall) = "recall",
    /// An earlier event was wrong.
    12 27 Correction(correction::Correction) = "correction",
    /// Origin content that shoppers see.
    13 28 OriginContent(origin_content::OriginContent) = "origin_content",
    /// A change of authority, or points docked from a brand.
    14 29 Party(party::PartyEvent) = "party_event",
}

/// Difference between the number of a kind's arm and the number of the kind.
pub const KIND_ARM: u64 = 15;

/// The rules of one kind of body.
pub(crate) trait KindRules {
    /// Whether an event of this kind may name this subject.
    fn may_name(&self, subject: &Subject) -> bool;

    /// Checks that the body fits the event around it: its indexes are in range, and the event has the signer and subjects that it needs.
    fn fits(&self, event: &Event) -> Result<(), CodecError>;

    /// Adds a finding for each rule of the kind that the event breaks.
    fn rules(&self, event: &Event, rules: &mut Rules);

    /// Returns the documents and the commitments, which every body has.
    fn common(&self) -> (&[crate::document::Ref], &[crate::document::Commitment]);

    /// Paths of fields that may be hidden behind a commitment; `*` matches any index in a list.
    fn hideable(&self) -> &'static [&'static str] {
        &[]
    }
}

macro_rules! common {
    () => {
        fn common(&self) -> (&[$crate::document::Ref], &[$crate::document::Commitment]) {
            (&self.refs, &self.commitments)
        }
    };
}

pub(crate) use common;

/// Whether a path is of a pattern. A `*` in the pattern is a number in the path: the position in a list, from 0.
fn fits(pattern: &str, path: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = |part: &str| is_digits(part) && (part == "0" || !part.starts_with('0'));
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), path.split('.').collect());
    let mut parts = pattern.iter().zip(&path);
    pattern.len() == path.len()
        && parts.all(|(wanted, part)| if *wanted == "*" { is_number(part) } else { wanted == part })
}

impl KindBody {
    /// Returns the numbers of the arms that this version knows.
    pub(crate) fn numbers() -> impl Iterator<Item = u32> {
        Kind::ALL.iter().filter_map(|kind| u32::try_from(kind.number() + KIND_ARM).ok())
    }

    /// Returns the documents that the event belongs to.
    pub fn refs(&self) -> &[crate::document::Ref] {
        self.body().common().0
    }

    /// Returns the commitments to hidden fields.
    pub fn commitments(&self) -> &[crate::document::Commitment] {
        self.body().common().1
    }

    /// Returns the paths of fields that may be hidden behind a commitment; `*` is the number of an item in a list.
    pub fn hideable(&self) -> &'static [&'static str] {
        self.body().hideable()
    }

    /// Whether an event with this body may name a subject.
    pub fn may_name(&self, subject: &Subject) -> bool {
        self.body().may_name(subject)
    }

    pub(crate) fn fits(&self, event: &Event) -> Result<(), CodecError> {
        self.body().fits(event)
    }

    pub(crate) fn rules(&self, event: &Event, rules: &mut Rules) {
        let kind = self.kind();
        for (at, document) in self.refs().iter().enumerate() {
            document.rules(&format!("body.{kind}.refs.{at}"), rules);
        }
        let known = self.hideable();
        for (at, commitment) in self.commitments().iter().enumerate() {
            if !known.iter().any(|pattern| fits(pattern, commitment.path.as_str())) {
                rules.reject(
                    format!("body.{kind}.commitments.{at}.path"),
                    &commitment.path,
                    "no such field can be hidden",
                );
            }
        }
        self.body().rules(event, rules);
    }

    /// Whether the field at a path is hidden behind a commitment.
    pub fn hides(&self, path: &str) -> bool {
        self.commitments().iter().any(|commitment| commitment.path.as_str() == path)
    }
}

/// Whether a subject can move: a logistic unit, a lot or an item.
pub(crate) fn moves(subject: &Subject) -> bool {
    matches!(subject, Subject::LogisticUnit(_) | Subject::Lot(..) | Subject::Item(..))
}

/// Checks that an index into the event's subjects is in range.
pub(crate) fn points(event: &Event, field: &str, index: u64) -> Result<(), CodecError> {
    match event.subject(index) {
        Some(_) => Ok(()),
        None => Err(CodecError::value(&index.to_string(), "points to no subject").inside(field)),
    }
}

/// Checks that an index into the event's attachments is in range.
pub(crate) fn attached(event: &Event, field: &str, index: u64) -> Result<(), CodecError> {
    match usize::try_from(index).ok().and_then(|at| event.attachments.get(at)) {
        Some(_) => Ok(()),
        None => Err(CodecError::value(&index.to_string(), "points to no attachment").inside(field)),
    }
}
