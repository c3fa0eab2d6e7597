//! Flags of an inspection: the results of a laboratory, in the form in which a laboratory writes them.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use headwater_event::codec::Set;
use headwater_event::document::AttachmentRole;
use headwater_event::kind::lab_inspection::{
    AccreditationDraft, LabInspectionDraft, SIMPLE_ACCEPTANCE, SampleDraft, TestVerdict,
};
use headwater_event::text::{Code, Date, Text};

use super::test_result::Test;
use super::{About, KindPart};
use crate::values::{accreditation, scalar, value};

/// Test of a sample by a laboratory.
#[derive(Args)]
pub struct Inspection {
    /// Number of the report.
    #[arg(long, value_parser = value::<Code>)]
    report_no: Option<Code>,
    /// File of the report; its hash goes into the event.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Day of the report; without this flag, the last day of testing.
    #[arg(long, value_parser = value::<Date>)]
    issued: Option<Date>,
    /// Accreditation as it is registered: BODY:NUMBER:FIRST-DAY:LAST-DAY.
    #[arg(long, value_parser = accreditation)]
    accreditation: Option<AccreditationDraft>,
    /// Id of the sample.
    #[arg(long, value_parser = value::<Code>)]
    sample: Option<Code>,
    /// Day on which the sample was taken.
    #[arg(long, value_parser = value::<Date>)]
    sampled: Option<Date>,
    /// Day on which the sample was received.
    #[arg(long, value_parser = value::<Date>)]
    received: Option<Date>,
    /// Condition of the sample.
    #[arg(long, value_parser = value::<Text>)]
    condition: Option<Text>,
    /// Days of testing: FIRST or FIRST..LAST.
    #[arg(long, value_parser = days)]
    performed: Option<(Date, Date)>,
    /// Result, in parts separated by semicolons: "ANALYTE = VALUE UNIT ± UNCERTAINTY; limit <= VALUE UNIT; method METHOD".
    /// The sign may be = < > <= or >=. A unit may be of a portion, as in CFU/25 g.
    /// Instead of sign and value, write "not detected in 25 g" or "detected in 25 g".
    /// More parts: lod, loq, cas, and verdict where the decision rule leaves the verdict to you.
    /// For example "aflatoxin M1 = 0.008 µg/kg ± 0.002 k=2; limit <= 0.050 µg/kg; method ISO 14501",
    /// or "Salmonella not detected in 25 g; limit not detected in 25 g; method ISO 6579-1".
    #[arg(long, value_parser = Test::parse)]
    test: Vec<Test>,
    /// State that all tests passed. The verdict follows from the tests; an event that the tests contradict is not signed.
    #[arg(long, conflicts_with = "fail")]
    pass: bool,
    /// State that a test failed.
    #[arg(long)]
    fail: bool,
    /// Decision rule: "simple acceptance" compares the value alone with the limit, "guard band" compares all of value ±
    /// uncertainty. Any other words are shown as they are.
    #[arg(long, default_value = SIMPLE_ACCEPTANCE, value_parser = value::<Text>)]
    decision_rule: Text,
}

/// Reads days: `FIRST`, or `FIRST..LAST`.
fn days(text: &str) -> Result<(Date, Date), String> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let day = |text: &str| scalar::<Date>(text).map_err(|fault| fault.to_string());
    Ok((day(from)?, day(to)?))
}

impl Inspection {
    pub fn part(&self, about: &About) -> anyhow::Result<KindPart> {
        let (from, to) = self.performed.unzip();
        let results =
            self.test.iter().map(|test| test.judged(&self.decision_rule)).collect::<anyhow::Result<Vec<_>>>()?;
        let verdict = TestVerdict::of_all(&results);
        for (said, flag, stated) in [(self.pass, "--pass", TestVerdict::Pass), (self.fail, "--fail", TestVerdict::Fail)]
        {
            ensure!(!said || verdict == stated, "{flag}: body.lab_inspection.verdict: the tests say {verdict}");
        }
        let sample = SampleDraft {
            id: self.sample.clone(),
            sampled_at: self.sampled,
            received_at: self.received,
            condition: self.condition.clone(),
            subjects: Some(Set::new(about.all())),
        };
        let body = LabInspectionDraft {
            laboratory: Some(about.party.clone()),
            report_no: self.report_no.clone(),
            sample: Some(sample),
            accreditation: self.accreditation.clone(),
            issue_date: self.issued.or(to),
            performed_from: from,
            performed_to: to,
            verdict: Some(verdict),
            decision_rule: Some(self.decision_rule.clone()),
            results: results.into_iter().map(Into::into).collect(),
            scope_statement: Some(scalar::<Text>("the results concern only the items tested")?),
            ..LabInspectionDraft::default()
        };
        let files = self.report.iter().map(|path| (path.clone(), AttachmentRole::TestReport)).collect();
        Ok(KindPart { body: body.into(), files })
    }
}
