//! A laboratory reports its results for a lot: the event has the hash of the report, and each verdict follows from its value.

use headwater_client::draft::Draft;
use headwater_event::codec::Set;
use headwater_event::document::{AttachmentDraft, AttachmentRole};
use headwater_event::draft::given;
use headwater_event::event::Role;
use headwater_event::kind::lab_inspection::{
    AccreditationDraft, AnalyteDraft, LabInspectionDraft, LimitDraft, Operator, SIMPLE_ACCEPTANCE, SampleDraft,
    TestResultDraft, TestVerdict,
};
use headwater_event::place::LangTextDraft;
use headwater_tlog::hash::Hash;
use role_examples::{sit_down, subject};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut desk = sit_down(Role::Lab).await?;
    let report = b"report RPT-0042: aflatoxin M1 0.008 ug/kg";
    let file = AttachmentDraft {
        sha256: Some(Hash::plain(report)),
        size: Some(report.len() as u64),
        media_type: given("text/plain")?,
        role: Some(AttachmentRole::TestReport),
        ..AttachmentDraft::default()
    };
    let accreditation = AccreditationDraft {
        body: given("RvA")?,
        number: given("L1234")?,
        valid_from: given("2025-01-01")?,
        valid_to: given("2028-12-31")?,
        mra: None,
    };
    let sample = SampleDraft {
        id: given("S-1")?,
        sampled_at: given("2026-04-17")?,
        received_at: given("2026-04-17")?,
        condition: given("sealed")?,
        subjects: Some(Set::new([0])),
    };
    let name = LangTextDraft { lang: given("en")?, text: given("aflatoxin M1")? };
    let limit = LimitDraft {
        operator: Some(Operator::Le),
        value: given("0.050")?,
        uom: given("J33")?,
        ..LimitDraft::default()
    };
    let result = TestResultDraft {
        analyte: Some(AnalyteDraft { names: vec![name], ..AnalyteDraft::default() }),
        method: given("ISO 14501")?,
        operator: Some(Operator::Eq),
        value: given("0.008")?,
        uom: given("J33")?,
        limit: Some(limit),
        verdict: Some(TestVerdict::Pass),
        ..TestResultDraft::default()
    };
    let inspection = LabInspectionDraft {
        laboratory: Some(desk.party.clone()),
        accreditation: Some(accreditation),
        report_no: given("RPT-0042")?,
        issue_date: given("2026-04-19")?,
        sample: Some(sample),
        performed_from: given("2026-04-18")?,
        performed_to: given("2026-04-19")?,
        results: vec![result],
        verdict: Some(TestVerdict::Pass),
        decision_rule: given(SIMPLE_ACCEPTANCE)?,
        scope_statement: given("the results concern only the items tested")?,
        ..LabInspectionDraft::default()
    };
    let event = desk.event(Draft {
        occurred_at: given("2026-04-20T11:00:00+02:00")?,
        subjects: vec![subject("01/09526543000013/10/L26-0417")?],
        attachments: vec![file],
        body: Some(inspection.into()),
        ..Draft::default()
    })?;
    let said = desk.client.append(event.sign(&desk.secret)?).await?;
    println!("entry {}: report RPT-0042, pass", said.log_index());
    Ok(())
}
