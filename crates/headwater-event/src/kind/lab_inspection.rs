//! A laboratory tested a sample.

use super::{KindRules, common};
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
    /// Relation of a value to the number that is written; nd means not detected.
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
    /// The verdict of a test.
    pub enum TestVerdict {
        1 Pass = "pass",
        2 Fail = "fail",
        3 Inconclusive = "inconclusive",
    }
}

message! {
    /// A laboratory tested a sample. The report covers the subjects that it names, and no other lot.
    pub struct LabInspection, draft LabInspectionDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// The laboratory, which signs the event.
        3 laboratory: one PartyKey,
        /// Accreditation of the laboratory for the tests.
        4 accreditation: one Accreditation,
        /// Number of the report; its GDTI if the report has one.
        5 report_no: one Code,
        /// Day of issue of the report.
        6 issue_date: one Date,
        /// Sample that the laboratory tested.
        7 sample: one Sample,
        /// The first day of testing.
        8 performed_from: one Date,
        /// The last day of testing.
        9 performed_to: one Date,
        /// Results of the tests, at least one.
        10 results: some TestResult,
        /// Verdict of all results that have a limit.
        11 verdict: one TestVerdict,
        /// Rule that compares results with limits: `simple acceptance`, `guard band`, or in words.
        12 decision_rule: opt Text,
        /// Statement that the results concern only the items tested.
        13 scope_statement: opt Text,
        /// Person or organisation that took the sample.
        14 sampled_by: opt Text,
        /// Plan of the sampling, in words.
        15 sampling_plan: opt Text,
        /// Customer that ordered the test.
        16 customer: opt Text,
        /// Function of the person who authorised the report; never a name.
        17 authorised_by: opt Text,
        /// Departures from the method.
        18 deviations: opt Text,
        /// Work that another laboratory did.
        19 subcontracted: opt Text,
        /// Standards that the limits come from.
        20 standards: set Code,
    }
}

message! {
    /// An accreditation (ISO/IEC 17011).
    pub struct Accreditation, draft AccreditationDraft {
        /// Code of the accreditation body.
        1 body: one Code,
        /// Number of the accreditation at that body.
        2 number: one Code,
        /// First day of the accreditation.
        3 valid_from: one Date,
        /// Last day of the accreditation.
        4 valid_to: one Date,
        /// Arrangement under which other bodies recognise the accreditation.
        5 mra: opt Code,
    }
}

message! {
    /// The sample that a laboratory tested.
    pub struct Sample, draft SampleDraft {
        /// Number of the sample at the laboratory.
        1 id: one Code,
        /// Day of the sampling.
        2 sampled_at: one Date,
        /// Day on which the laboratory received the sample.
        3 received_at: opt Date,
        /// Condition of the sample when the laboratory received it.
        4 condition: opt Text,
        /// Indexes of the sampled subjects in the event's list, from 0: all subjects of the event.
        5 subjects: one Set<u64>,
    }
}

message! {
    /// One result of a test.
    pub struct TestResult, draft TestResultDraft {
        /// Substance or organism that the test measures.
        1 analyte: one Analyte,
        /// Code of the test method.
        2 method: one Code,
        /// Relation of the measured property to `value`.
        3 operator: one Operator,
        /// Number that the test gave; absent when not detected.
        4 value: opt Decimal,
        /// Unit of the value (UNECE Recommendation 20).
        5 uom: one Unit,
        /// Portion of the sample that the value refers to.
        6 per: opt Quantity,
        /// Limit of detection, in the unit of the value.
        7 lod: opt Decimal,
        /// Limit of quantification, in the unit of the value.
        8 loq: opt Decimal,
        /// Expanded uncertainty of the value.
        9 uncertainty: opt Uncertainty,
        /// Limit that the value is compared with.
        10 limit: opt Limit,
        /// Verdict of this result; inconclusive without a limit.
        11 verdict: one TestVerdict,
    }
}

message! {
    /// A substance or organism that a test looks for.
    pub struct Analyte, draft AnalyteDraft {
        /// Names of the substance or organism, by language.
        1 names: set1 LangText,
        /// CAS registry number of the substance.
        2 cas: opt Code,
        /// IUPAC identifier (InChI) of the substance.
        3 inchi: opt Text,
        /// NCBI taxon of the organism.
        4 ncbi_taxon: opt Code,
    }
}

message! {
    /// Expanded uncertainty of a value.
    pub struct Uncertainty, draft UncertaintyDraft {
        /// Distance from the value to either end of its interval, in the unit of the value.
        1 value: one Decimal,
        /// Coverage factor of the expanded uncertainty.
        2 k: one Decimal,
    }
}

message! {
    /// A limit for a value. The result conforms when its value has the limit's relation to the limit's value.
    pub struct Limit, draft LimitDraft {
        /// Relation that a value needs in order to conform; nd when nothing may be detected.
        1 operator: one Operator,
        /// Number of the limit; absent with nd.
        2 value: opt Decimal,
        /// Unit of the limit (UNECE Recommendation 20).
        3 uom: one Unit,
        /// Portion that the limit refers to.
        4 per: opt Quantity,
        /// Source of the limit, such as a regulation.
        5 source: opt Code,
    }
}

impl KindRules for LabInspection {
    common!();

    fn hideable(&self) -> &'static [&'static str] {
        &["customer", "sampled_by"]
    }

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
    /// Returns the verdict of several results together. A result without a limit adds nothing.
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
            rules.reject(at("value"), self.operator, "every operator but nd has a value");
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
            rules.reject(at("limit.value"), limit.operator, "every operator but nd has a value");
        }
        if let Some(per) = &limit.per {
            per.rules(&at("limit.per"), rules);
        }
        let conformity = self.conformity();
        if !conformity.contradicts(self.verdict, rule) {
            return;
        }
        rules.reject(at("verdict"), self.verdict, conformity.words(rule));
    }
}
