//! Flags of an inspection: the results of a laboratory, in the form in which a laboratory writes them.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use headwater_event::kind::lab_inspection::{SIMPLE_ACCEPTANCE, TestResult, TestVerdict};
use serde_json::json;

use super::Said;
use super::test::result;
use crate::values::accreditation;

/// Test of a sample by a laboratory.
#[derive(Args)]
pub struct Inspection {
    /// Number of the report.
    #[arg(long)]
    report_no: Option<String>,
    /// File of the report; its hash goes into the event.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Day of the report; without this flag, the last day of testing.
    #[arg(long)]
    issued: Option<String>,
    /// Accreditation as it is registered: BODY:NUMBER:FIRST-DAY:LAST-DAY.
    #[arg(long)]
    accreditation: Option<String>,
    /// Id of the sample.
    #[arg(long)]
    sample: Option<String>,
    /// Day on which the sample was taken.
    #[arg(long)]
    sampled: Option<String>,
    /// Day on which the sample was received.
    #[arg(long)]
    received: Option<String>,
    /// Condition of the sample.
    #[arg(long)]
    condition: Option<String>,
    /// Days of testing: FIRST or FIRST..LAST.
    #[arg(long)]
    performed: Option<String>,
    /// Result, in parts separated by semicolons: "ANALYTE = VALUE UNIT ± UNCERTAINTY; limit <= VALUE UNIT; method METHOD".
    /// The sign may be = < > <= or >=. A unit may be of a portion, as in CFU/25 g.
    /// Instead of sign and value, write "not detected in 25 g" or "detected in 25 g".
    /// More parts: lod, loq, cas, and verdict where the decision rule leaves the verdict to you.
    /// For example "aflatoxin M1 = 0.008 µg/kg ± 0.002 k=2; limit <= 0.050 µg/kg; method ISO 14501",
    /// or "Salmonella not detected in 25 g; limit not detected in 25 g; method ISO 6579-1".
    #[arg(long = "test")]
    tests: Vec<String>,
    /// State that all tests passed. The verdict follows from the tests; an event that the tests contradict is not signed.
    #[arg(long, conflicts_with = "fail")]
    pass: bool,
    /// State that a test failed.
    #[arg(long)]
    fail: bool,
    /// Decision rule: "simple acceptance" compares the value alone with the limit, "guard band" compares all of value ±
    /// uncertainty. Any other words are shown as they are.
    #[arg(long, default_value = SIMPLE_ACCEPTANCE)]
    decision_rule: String,
}

impl Inspection {
    pub fn said(&self, laboratory: &str, subjects: usize) -> anyhow::Result<Said> {
        let (from, to) = match self.performed.as_deref().map(|days| days.split_once("..").unwrap_or((days, days))) {
            Some((from, to)) => (Some(from), Some(to)),
            None => (None, None),
        };
        let results =
            self.tests.iter().map(|test| result(test, &self.decision_rule)).collect::<anyhow::Result<Vec<_>>>()?;
        let verdict = TestVerdict::of_all(&serde_json::from_value::<Vec<TestResult>>(json!(results))?);
        for (said, flag, stated) in [(self.pass, "--pass", TestVerdict::Pass), (self.fail, "--fail", TestVerdict::Fail)]
        {
            ensure!(!said || verdict == stated, "{flag}: body.lab_inspection.verdict: the tests say {verdict}");
        }
        let sample = json!({"id": self.sample, "sampled_at": self.sampled, "received_at": self.received,
            "condition": self.condition, "subjects": (0..subjects).collect::<Vec<_>>()});
        let body = json!({"laboratory": laboratory, "report_no": self.report_no, "sample": sample,
            "accreditation": self.accreditation.as_deref().map(accreditation).transpose()?,
            "issue_date": self.issued.as_deref().or(to), "performed_from": from, "performed_to": to,
            "verdict": verdict, "decision_rule": self.decision_rule, "results": results,
            "scope_statement": "the results concern only the items tested"});
        let files = self.report.iter().map(|path| (path.clone(), "test_report")).collect();
        Ok(Said { files, ..Said::new("lab_inspection", body) })
    }
}
