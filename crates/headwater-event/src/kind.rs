//! The bodies of events, one file for each kind.

use crate::arms;
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

use aggregation::Aggregation;
use certification::Certification;
use commissioning::Commissioning;
use correction::Correction;
use customs_clearance::CustomsClearance;
use distribution::Distribution;
use lab_inspection::LabInspection;
use origin_content::OriginContent;
use party::PartyEvent;
use production::Production;
use recall::Recall;
use shipment_leg::ShipmentLeg;
use sticker::Sticker;
use transformation::Transformation;

crate::codes! {
    /// The kinds of events. The number of a kind plus 15 is the number of its arm in the event's body.
    pub enum Kind {
        1 Production = "production",
        2 Commissioning = "commissioning",
        3 Sticker = "sticker",
        4 ShipmentLeg = "shipment_leg",
        5 Distribution = "distribution",
        6 CustomsClearance = "customs_clearance",
        7 LabInspection = "lab_inspection",
        8 Certification = "certification",
        9 Aggregation = "aggregation",
        10 Transformation = "transformation",
        11 Recall = "recall",
        12 Correction = "correction",
        13 OriginContent = "origin_content",
        14 Party = "party_event",
    }
}

arms! {
    /// The body of an event, one arm for each kind.
    pub enum KindBody, draft KindBodyDraft {
        /// A lot was made.
        16 Production(Production) = "production",
        /// Items got their serials.
        17 Commissioning(Commissioning) = "commissioning",
        /// A sticker was issued, applied, voided or claimed.
        18 Sticker(Sticker) = "sticker",
        /// Goods left or arrived.
        19 ShipmentLeg(ShipmentLeg) = "shipment_leg",
        /// Goods were received, stored, sent, delivered, sold, returned or destroyed.
        20 Distribution(Distribution) = "distribution",
        /// A customs declaration changed its status.
        21 CustomsClearance(CustomsClearance) = "customs_clearance",
        /// A laboratory tested a sample.
        22 LabInspection(LabInspection) = "lab_inspection",
        /// A statement of conformity.
        23 Certification(Certification) = "certification",
        /// Goods went into or out of a logistic unit.
        24 Aggregation(Aggregation) = "aggregation",
        /// Goods became other goods.
        25 Transformation(Transformation) = "transformation",
        /// A recall, or its lift.
        26 Recall(Recall) = "recall",
        /// An earlier event was wrong.
        27 Correction(Correction) = "correction",
        /// Origin content that shoppers see.
        28 OriginContent(OriginContent) = "origin_content",
        /// A change of authority, or points docked from a brand.
        29 Party(PartyEvent) = "party_event",
    }
}

macro_rules! each {
    ($self:ident, $body:ident => $result:expr) => {
        match $self {
            KindBody::Production($body) => $result,
            KindBody::Commissioning($body) => $result,
            KindBody::Sticker($body) => $result,
            KindBody::ShipmentLeg($body) => $result,
            KindBody::Distribution($body) => $result,
            KindBody::CustomsClearance($body) => $result,
            KindBody::LabInspection($body) => $result,
            KindBody::Certification($body) => $result,
            KindBody::Aggregation($body) => $result,
            KindBody::Transformation($body) => $result,
            KindBody::Recall($body) => $result,
            KindBody::Correction($body) => $result,
            KindBody::OriginContent($body) => $result,
            KindBody::Party($body) => $result,
        }
    };
}

/// Difference between the number of a kind's arm and the number of the kind.
pub(crate) const KIND_ARM: u64 = 15;

/// The rules of one kind of body.
pub(crate) trait Body {
    const KIND: Kind;

    /// Whether an event of this kind may name this subject.
    fn may_name(&self, subject: &Subject) -> bool;

    /// Checks that the body fits the event around it: its indexes are in range, and the event has the signer and subjects that it needs.
    fn fits(&self, event: &Event) -> Result<(), CodecError>;

    /// Adds a finding for each rule of the kind that the event breaks.
    fn rules(&self, event: &Event, rules: &mut Rules);

    /// Returns the documents and the commitments, which every body has.
    fn common(&self) -> (&[crate::document::Ref], &[crate::document::Commitment]);

    /// Paths of fields that may be hidden behind a commitment; `*` matches any index in a list.
    const HIDEABLE: &'static [&'static str] = &[];
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

    /// Returns the kind of the body.
    pub fn kind(&self) -> Kind {
        fn kind<B: Body>(_: &B) -> Kind {
            B::KIND
        }
        each!(self, body => kind(body))
    }

    /// Returns the documents that the event belongs to.
    pub fn refs(&self) -> &[crate::document::Ref] {
        each!(self, body => body.common().0)
    }

    /// Returns the commitments to hidden fields.
    pub fn commitments(&self) -> &[crate::document::Commitment] {
        each!(self, body => body.common().1)
    }

    pub(crate) fn may_name(&self, subject: &Subject) -> bool {
        each!(self, body => body.may_name(subject))
    }

    pub(crate) fn fits(&self, event: &Event) -> Result<(), CodecError> {
        each!(self, body => body.fits(event))
    }

    pub(crate) fn rules(&self, event: &Event, rules: &mut Rules) {
        fn hideable<B: Body>(_: &B) -> &'static [&'static str] {
            B::HIDEABLE
        }
        let kind = self.kind();
        for (at, document) in self.refs().iter().enumerate() {
            document.rules(&format!("body.{kind}.refs.{at}"), rules);
        }
        let known = each!(self, body => hideable(body));
        for (at, commitment) in self.commitments().iter().enumerate() {
            if !known.iter().any(|pattern| fits(pattern, commitment.path.as_str())) {
                rules.reject(
                    format!("body.{kind}.commitments.{at}.path"),
                    &commitment.path,
                    "no such field can be hidden",
                );
            }
        }
        each!(self, body => body.rules(event, rules));
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
