//! Goods became other goods.

use super::{KindRules, common};
use crate::codec::{CodecError, Set};
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::measure::Quantity;
use crate::message;
use crate::rules::Rules;
use crate::subject::Subject;
use crate::text::{Decimal, Text};

/// Percent by which output may exceed input without a finding; the margin allows for packaging, water and rounding.
const TOLERANCE_PERCENT: i128 = 5;

message! {
    /// Goods became other goods: repacking, mixing, relabelling. Each subject is an input or an output.
    pub struct Transformation, draft TransformationDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Indexes of the input goods in the event's list, from 0.
        3 inputs: one Set<u64>,
        /// Indexes of the output goods in the event's list, from 0.
        4 outputs: one Set<u64>,
        /// Yield as a fraction.
        5 yield_ratio: opt Decimal,
        /// Process in words, such as mixing.
        6 process: opt Text,
        /// Other goods that came out, in words.
        7 by_products: opt Text,
        /// Quantity of goods that was lost.
        8 losses: opt Quantity,
    }
}

impl Transformation {
    /// Returns the subjects that went in.
    pub fn inputs<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Subject> {
        self.inputs.as_slice().iter().filter_map(|at| event.subject(*at)).map(|named| &named.key)
    }

    /// Returns the subjects that came out.
    pub fn outputs<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Subject> {
        self.outputs.as_slice().iter().filter_map(|at| event.subject(*at)).map(|named| &named.key)
    }
}

impl KindRules for Transformation {
    common!();

    fn hideable(&self) -> &'static [&'static str] {
        &["yield_ratio", "process"]
    }

    fn may_name(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Lot(..) | Subject::Item(..))
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        let mut places: Vec<u64> = [self.inputs.as_slice(), self.outputs.as_slice()].concat();
        places.sort_unstable();
        if places.iter().copied().eq(0..event.subjects.len() as u64) {
            return Ok(());
        }
        Err(CodecError::value(&format!("{places:?}"), "each subject is an input or an output, and not both")
            .inside("inputs"))
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        rules.require("place", &event.place);
        if let Some(losses) = &self.losses {
            losses.rules("body.transformation.losses", rules);
        }
        let mut units: Vec<(&str, i128, i128)> = Vec::new();
        for (places, output) in [(&self.inputs, false), (&self.outputs, true)] {
            for quantity in places.as_slice().iter().filter_map(|at| event.subject(*at)?.quantity.as_ref()) {
                let (value, unit) = (quantity.value.pico(), quantity.uom.as_str());
                let (into, out) = if output { (0, value) } else { (value, 0) };
                match units.iter_mut().find(|(known, ..)| *known == unit) {
                    Some((_, inputs, outputs)) => (*inputs, *outputs) = (*inputs + into, *outputs + out),
                    None => units.push((unit, into, out)),
                }
            }
        }
        for (unit, inputs, outputs) in units {
            if inputs > 0 && outputs * 100 > inputs * (100 + TOLERANCE_PERCENT) {
                rules.warn(
                    "body.transformation.outputs",
                    unit,
                    format!("more than {TOLERANCE_PERCENT} % more comes out than goes in"),
                );
            }
        }
    }
}
