//! A lot was made.

use super::{KindRules, common};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::message;
use crate::place::Corner;
use crate::rules::Rules;
use crate::subject::Subject;
use crate::text::{Code, Date, Decimal, Text};
use crate::transport::{Country, Subdivision, Unit};

message! {
    /// A lot was made. The event's `place` is the site; the quantity of the lot is beside its key.
    pub struct Production, draft ProductionDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Day on which the lot was made.
        3 production_date: one Date,
        /// Country of origin (ISO 3166-1 alpha-2).
        4 country_of_origin: one Country,
        /// Last day on which the lot may be used; excludes `best_before`.
        5 expiry_date: opt Date,
        /// Day up to which the lot is at its best; excludes `expiry_date`.
        6 best_before: opt Date,
        /// First day of the harvest.
        7 harvest_from: opt Date,
        /// Last day of the harvest.
        8 harvest_to: opt Date,
        /// Part of the country of origin (ISO 3166-2).
        9 origin_subdivision: opt Subdivision,
        /// Corners of the field or fishing ground: one point, or at least 3.
        10 area: many Corner,
        /// Plant or animal that the lot comes from.
        11 species: opt Text,
        /// Number of the producer's licence.
        12 producer_licence: opt Code,
        /// Measured steps of the process.
        13 process: many ProcessStep,
    }
}

message! {
    /// A measured step of a process.
    pub struct ProcessStep, draft ProcessStepDraft {
        /// Name of the measured property.
        1 name: one Text,
        /// Value of the measurement.
        2 value: one Decimal,
        /// Unit of the value (UNECE Recommendation 20).
        3 uom: one Unit,
    }
}

impl Production {
    /// Returns the date on the label: the expiry date, or else the best-before date.
    pub fn use_by(&self) -> Option<&Date> {
        self.expiry_date.as_ref().or(self.best_before.as_ref())
    }
}

impl KindRules for Production {
    common!();

    fn hideable(&self) -> &'static [&'static str] {
        &["producer_licence"]
    }

    fn may_name(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Lot(..))
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        if event.subjects.len() == 1 {
            return Ok(());
        }
        Err(CodecError::value(&event.subjects.len().to_string(), "a production names one lot"))
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.production.{name}");
        rules.require("subjects.0.quantity", &event.subjects.first().and_then(|lot| lot.quantity.as_ref()));
        let sited =
            event.place.as_ref().is_some_and(|p| p.gln.is_some() || !p.address.is_empty() && p.country.is_some());
        if !sited {
            rules.reject("place", "", "a production has a place with a GLN, or with address and country");
        }
        rules.happened(&at("production_date"), &self.production_date, event);
        rules.country(&at("country_of_origin"), &self.country_of_origin);
        if let Some(part) =
            self.origin_subdivision.as_ref().filter(|part| part.country() != self.country_of_origin.as_str())
        {
            rules.reject(at("origin_subdivision"), part, "is part of another country than the origin");
        }
        if let (Some(_), Some(best)) = (&self.expiry_date, &self.best_before) {
            rules.reject(at("best_before"), best, "a lot has an expiry date or a best-before date");
        }
        if let Some(use_by) = self.use_by() {
            rules.ordered(&at("expiry_date"), &self.production_date, use_by, "lies before the production");
        }
        if self.harvest_from.is_some() != self.harvest_to.is_some() {
            rules.reject(at("harvest_from"), "one of two", "a harvest has a first and a last day");
        }
        if let (Some(from), Some(to)) = (&self.harvest_from, &self.harvest_to) {
            rules.ordered(&at("harvest_to"), from, to, "lies before the first day of harvest");
            rules.ordered(&at("production_date"), to, &self.production_date, "lies before the harvest");
        }
        for (name, day) in [("harvest_from", &self.harvest_from), ("harvest_to", &self.harvest_to)] {
            if let Some(day) = day {
                rules.happened(&at(name), day, event);
            }
        }
        if matches!(self.area.len(), 2) {
            rules.reject(at("area"), 2, "an area is one point or at least 3 corners");
        }
        self.area.iter().enumerate().for_each(|(i, corner)| corner.rules(&at(&format!("area.{i}")), rules));
        self.process.iter().enumerate().for_each(|(i, step)| rules.unit(&at(&format!("process.{i}.uom")), &step.uom));
    }
}
