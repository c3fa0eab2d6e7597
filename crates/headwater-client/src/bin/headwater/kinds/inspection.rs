//! What a laboratory found, as it writes it down.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use headwater_event::kind::lab_inspection::{SIMPLE_ACCEPTANCE, TestResult, TestVerdict};
use serde_json::json;

use super::Said;
use super::test::result;
use crate::values::accreditation;

/// A laboratory tested a sample.
#[derive(Args)]
pub struct Inspection {
    /// The number of the report.
    #[arg(long)]
    report_no: Option<String>,
    /// The report itself; its hash goes into the event.
    #[arg(long)]
    report: Option<PathBuf>,
    /// The day of the report; without it the last day of testing.
    #[arg(long)]
    issued: Option<String>,
    /// BODY:NUMBER:FIRST-DAY:LAST-DAY of the accreditation, as it is registered.
    #[arg(long)]
    accreditation: Option<String>,
    /// The sample.
    #[arg(long)]
    sample: Option<String>,
    /// The day on which it was taken.
    #[arg(long)]
    sampled: Option<String>,
    /// The day on which it was received.
    #[arg(long)]
    received: Option<String>,
    /// Its condition.
    #[arg(long)]
    condition: Option<String>,
    /// The days of testing: FIRST or FIRST..LAST.
    #[arg(long)]
    performed: Option<String>,
    /// A result, in parts behind semicolons: "ANALYTE = VALUE UNIT ± UNCERTAINTY; limit <= VALUE UNIT; method METHOD". The sign may be
    /// = < > <= or >=; a unit may be of a portion, as in CFU/25 g; instead of sign and value, "not detected in 25 g" or "detected in 25 g".
    /// More parts: lod, loq, cas, and verdict where the decision rule leaves it to you. For example "aflatoxin M1 = 0.008 µg/kg ± 0.002
    /// k=2; limit <= 0.050 µg/kg; method ISO 14501", or "Salmonella not detected in 25 g; limit not detected in 25 g; method ISO 6579-1".
    #[arg(long = "test")]
    tests: Vec<String>,
    /// States that all tests passed. The verdict follows from the tests; what they contradict is not signed.
    #[arg(long, conflicts_with = "fail")]
    pass: bool,
    /// States that a test failed.
    #[arg(long)]
    fail: bool,
    /// By which rule it is decided: "simple acceptance" holds the value alone against the limit, "guard band" all of value ± uncertainty;
    /// any other words are shown as they are.
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
