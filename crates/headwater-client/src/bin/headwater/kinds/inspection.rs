//! What a laboratory found, as it writes it down.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use headwater_event::kind::lab_inspection::TestResult;
use serde_json::{Value, json};

use super::Said;
use crate::values::{accreditation, texts};

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
    /// A result: "ANALYTE = VALUE UNIT < LIMIT METHOD"; < and <= are limits, nd stands for not detected. For example
    /// "aflatoxin M1 = 0.008 J33 <= 0.050 ISO 14501", or "Salmonella nd C62/25 GRM ISO 6579-1".
    #[arg(long = "test")]
    tests: Vec<String>,
    /// All tests passed.
    #[arg(long, conflicts_with = "fail")]
    pass: bool,
    /// A test failed.
    #[arg(long)]
    fail: bool,
    /// By which rule it is decided.
    #[arg(long, default_value = "simple acceptance")]
    decision_rule: String,
}

impl Inspection {
    pub fn said(&self, laboratory: &str, subjects: usize) -> anyhow::Result<Said> {
        let (from, to) = match self.performed.as_deref().map(|days| days.split_once("..").unwrap_or((days, days))) {
            Some((from, to)) => (Some(from), Some(to)),
            None => (None, None),
        };
        let verdict = [(self.pass, "pass"), (self.fail, "fail")];
        let verdict = verdict.into_iter().find_map(|(said, word)| said.then_some(word)).unwrap_or("inconclusive");
        let results = self.tests.iter().map(|test| result(test)).collect::<anyhow::Result<Vec<_>>>()?;
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

/// One result, as a laboratory writes it down. Its verdict is the one that value and limit give.
fn result(test: &str) -> anyhow::Result<Value> {
    let wrong = || {
        format!("--test {test:?}: \"ANALYTE = VALUE UNIT <= LIMIT METHOD\", or \"ANALYTE nd UNIT/PORTION UNIT METHOD\"")
    };
    let measured = if let Some((analyte, rest)) = test.split_once(" nd ") {
        let (unit, rest) = rest.split_once('/').with_context(wrong)?;
        let [value, uom, method] = words(rest).with_context(wrong)?;
        let per = json!({"value": value, "uom": uom});
        json!({"analyte": {"names": texts(&[analyte.to_owned()])?}, "method": method, "operator": "nd", "uom": unit,
            "per": per, "limit": {"operator": "nd", "uom": unit, "per": per}, "verdict": "inconclusive"})
    } else {
        let (analyte, rest) = test.split_once(" = ").with_context(wrong)?;
        let [value, uom, sign, bound, method] = words(rest).with_context(wrong)?;
        let operator = match sign {
            "<" => "lt",
            "<=" => "le",
            ">" => "gt",
            ">=" => "ge",
            _ => return Err(anyhow::anyhow!(wrong())),
        };
        json!({"analyte": {"names": texts(&[analyte.to_owned()])?}, "method": method, "operator": "eq", "value": value,
            "uom": uom, "limit": {"operator": operator, "value": bound, "uom": uom}, "verdict": "inconclusive"})
    };
    let mut result: TestResult = serde_json::from_value(measured).with_context(wrong)?;
    result.verdict = result.decide().unwrap_or(result.verdict);
    Ok(serde_json::to_value(result)?)
}

/// The first words of a text, and all the rest as the last.
fn words<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.splitn(N, ' ').collect::<Vec<&str>>().try_into().ok()
}
