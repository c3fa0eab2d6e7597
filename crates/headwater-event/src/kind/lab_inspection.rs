//! A laboratory tested a sample.

use super::{Body, Kind, common};
use crate::codec::{CodecError, Set};
use crate::document::{AttachmentRole, Commitment, Ref};
use crate::event::Event;
use crate::measure::Quantity;
use crate::place::LangText;
use crate::rules::Rules;
use crate::subject::{PartyKey, Subject};
use crate::text::{Code, Date, Decimal, Text};
use crate::transport::Unit;
use crate::{codes, message};

mod conformity;

pub use conformity::{Conformity, GUARD_BAND, SIMPLE_ACCEPTANCE};

codes! {
    /// How a value relates to the one that is written; nd is not detected.
    pub enum Operator {
        1 Eq = "eq",
        2 Lt = "lt",
        3 Gt = "gt",
        4 Le = "le",
        5 Ge = "ge",
        6 Nd = "nd",
    }
}

codes! {
    /// What a test says.
    pub enum TestVerdict {
        1 Pass = "pass",
        2 Fail = "fail",
        3 Inconclusive = "inconclusive",
    }
}

message! {
    /// A laboratory tested a sample. The report covers the subjects that it names, and no other lot.
    pub struct LabInspection {
        /// Documents that this belongs to.
        1 refs: many Ref,
        /// Hidden fields.
        2 commitments: set Commitment,
        /// The laboratory; it signs.
        3 laboratory: one PartyKey,
        /// Under which accreditation.
        4 accreditation: one Accreditation,
        /// The number of the report; a GDTI if there is one.
        5 report_no: one Code,
        /// The day of the report.
        6 issue_date: one Date,
        /// What was tested.
        7 sample: one Sample,
        /// The first day of testing.
        8 performed_from: one Date,
        /// The last day of testing.
        9 performed_to: one Date,
        /// What was found.
        10 results: some TestResult,
        /// What all of it says.
        11 verdict: one TestVerdict,
        /// How results are held against limits: `simple acceptance`, `guard band`, or in words.
        12 decision_rule: opt Text,
        /// That the results concern only the items tested.
        13 scope_statement: opt Text,
        /// Who took the sample.
        14 sampled_by: opt Text,
        /// By which plan.
        15 sampling_plan: opt Text,
        /// For whom.
        16 customer: opt Text,
        /// Which function authorised the report; never a name.
        17 authorised_by: opt Text,
        /// Departures from the method.
        18 deviations: opt Text,
        /// What another laboratory did.
        19 subcontracted: opt Text,
        /// Standards that the limits come from.
        20 standards: set Code,
    }
}

message! {
    /// An accreditation (ISO/IEC 17011).
    pub struct Accreditation {
        /// Who accredits.
        1 body: one Code,
        /// The number there.
        2 number: one Code,
        /// Its first day.
        3 valid_from: one Date,
        /// Its last day.
        4 valid_to: one Date,
        /// The arrangement under which others recognise it.
        5 mra: opt Code,
    }
}

message! {
    /// What was tested.
    pub struct Sample {
        /// The laboratory's number for it.
        1 id: one Code,
        /// The day it was taken.
        2 sampled_at: one Date,
        /// The day it arrived.
        3 received_at: opt Date,
        /// How it arrived.
        4 condition: opt Text,
        /// The subjects that it was taken from, by their places in the event's list: all of them.
        5 subjects: one Set<u64>,
    }
}

message! {
    /// One finding of a test.
    pub struct TestResult {
        /// What was looked for.
        1 analyte: one Analyte,
        /// How.
        2 method: one Code,
        /// How the value is meant.
        3 operator: one Operator,
        /// The value; none when not detected.
        4 value: opt Decimal,
        /// UNECE Recommendation 20.
        5 uom: one Unit,
        /// The portion that the value is of.
        6 per: opt Quantity,
        /// Limit of detection, in the same unit.
        7 lod: opt Decimal,
        /// Limit of quantification, in the same unit.
        8 loq: opt Decimal,
        /// Expanded uncertainty.
        9 uncertainty: opt Uncertainty,
        /// What the value is held against.
        10 limit: opt Limit,
        /// The verdict of this result; inconclusive without a limit.
        11 verdict: one TestVerdict,
    }
}

message! {
    /// A substance or organism.
    pub struct Analyte {
        /// Its name, by language.
        1 names: set1 LangText,
        /// CAS registry number.
        2 cas: opt Code,
        /// IUPAC identifier.
        3 inchi: opt Text,
        /// NCBI taxon.
        4 ncbi_taxon: opt Code,
    }
}

message! {
    /// Expanded uncertainty of a value.
    pub struct Uncertainty {
        /// In the unit of the value.
        1 value: one Decimal,
        /// The coverage factor.
        2 k: one Decimal,
    }
}

message! {
    /// What a value is held against: the result conforms when it is so.
    pub struct Limit {
        /// How the value has to relate; nd when nothing may be detected.
        1 operator: one Operator,
        /// The value; none with nd.
        2 value: opt Decimal,
        /// UNECE Recommendation 20.
        3 uom: one Unit,
        /// The portion that it is of.
        4 per: opt Quantity,
        /// Where the limit comes from.
        5 source: opt Code,
    }
}

impl Body for LabInspection {
    const KIND: Kind = Kind::LabInspection;
    const HIDEABLE: &'static [&'static str] = &["customer", "sampled_by"];

    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Lot(..) | Subject::Item(..))
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        if self.laboratory != event.party {
            return Err(CodecError::value(&self.laboratory.to_string(), "the laboratory signs its own report")
                .inside("laboratory"));
        }
        let sampled = self.sample.subjects.as_slice();
        if sampled.len() != event.subjects.len() || sampled.last().is_none_or(|last| event.subject(*last).is_none()) {
            let places = format!("{sampled:?}");
            return Err(CodecError::value(&places, "a report names exactly what was sampled").inside("sample.subjects"));
        }
        Ok(())
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.lab_inspection.{name}");
        if !event.attachments.iter().any(|file| file.role == AttachmentRole::TestReport) {
            rules.reject("attachments", "", "a report attaches itself, with role test_report");
        }
        if self.verdict != TestVerdict::Inconclusive {
            rules.require(&at("decision_rule"), &self.decision_rule);
        }
        for (name, absent) in [
            ("sample.received_at", self.sample.received_at.is_none()),
            ("sample.condition", self.sample.condition.is_none()),
            ("scope_statement", self.scope_statement.is_none()),
        ] {
            if absent {
                rules.warn(at(name), "", "ISO/IEC 17025 wants it in a report");
            }
        }
        let received = self.sample.received_at.unwrap_or(self.sample.sampled_at);
        rules.ordered(&at("sample.received_at"), &self.sample.sampled_at, &received, "lies before the sampling");
        rules.ordered(&at("performed_from"), &received, &self.performed_from, "lies before the sample was received");
        rules.ordered(
            &at("performed_to"),
            &self.performed_from,
            &self.performed_to,
            "lies before the first day of testing",
        );
        rules.ordered(&at("issue_date"), &self.performed_to, &self.issue_date, "lies before the last day of testing");
        if let Some(day) = Date::of_ms(event.occurred_at_ms, event.utc_offset_minutes.minutes()) {
            rules.ordered("occurred_at_ms", &self.issue_date, &day, "lies before the day of the report");
        }
        for (name, day) in [("performed_from", self.performed_from), ("performed_to", self.performed_to)] {
            if day < self.accreditation.valid_from || day > self.accreditation.valid_to {
                rules.reject(at(name), day, "lies outside the accreditation");
            }
        }
        let rule = self.decision_rule.as_ref().map(Text::as_str);
        for (i, result) in self.results.iter().enumerate() {
            result.rules(&at(&format!("results.{i}")), rule, rules);
        }
        let follows = TestVerdict::of_all(&self.results);
        if self.verdict != follows {
            rules.reject(
                at("verdict"),
                self.verdict,
                format!("the results that have a limit say {follows}: pass when all of them pass, fail when one fails, else inconclusive"),
            );
        }
    }
}

impl TestVerdict {
    /// The verdict of several results together. One without a limit adds nothing.
    pub fn of_all(results: &[TestResult]) -> TestVerdict {
        let limited = || results.iter().filter(|result| result.limit.is_some());
        if limited().any(|result| result.verdict == TestVerdict::Fail) {
            TestVerdict::Fail
        } else if limited().next().is_some() && limited().all(|result| result.verdict == TestVerdict::Pass) {
            TestVerdict::Pass
        } else {
            TestVerdict::Inconclusive
        }
    }
}

impl TestResult {
    fn rules(&self, field: &str, rule: Option<&str>, rules: &mut Rules) {
        let at = |name: &str| format!("{field}.{name}");
        rules.unit(&at("uom"), &self.uom);
        if (self.operator == Operator::Nd) == self.value.is_some() {
            rules.reject(at("value"), self.operator, "a value stands with every operator but nd");
        }
        if let Some(per) = &self.per {
            per.rules(&at("per"), rules);
        }
        if let Some(uncertainty) = self.uncertainty.as_ref().filter(|uncertainty| uncertainty.value.pico() < 0) {
            rules.reject(at("uncertainty.value"), &uncertainty.value, "an uncertainty is not less than 0");
        }
        let Some(limit) = &self.limit else {
            if self.verdict != TestVerdict::Inconclusive {
                rules.reject(
                    at("verdict"),
                    self.verdict,
                    "there is no limit to pass or to fail: without one a result is inconclusive",
                );
            }
            return;
        };
        rules.unit(&at("limit.uom"), &limit.uom);
        if (limit.operator == Operator::Nd) == limit.value.is_some() {
            rules.reject(at("limit.value"), limit.operator, "a value stands with every operator but nd");
        }
        if let Some(per) = &limit.per {
            per.rules(&at("limit.per"), rules);
        }
        let conformity = self.conformity();
        if !conformity.contradicts(self.verdict, rule) {
            return;
        }
        rules.reject(at("verdict"), self.verdict, conformity.says(rule));
    }
}
