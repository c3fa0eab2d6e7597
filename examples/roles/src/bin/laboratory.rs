//! A laboratory reports its results for a lot: the event has the hash of the report, and each verdict follows from its value.

use headwater_event::event::Role;
use headwater_tlog::hash::Hash;
use role_examples::sit_down;
use serde_json::json;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut desk = sit_down(Role::Lab).await?;
    let report = b"report RPT-0042: aflatoxin M1 0.008 ug/kg";
    let inspection = desk.event(json!({
        "occurred_at": "2026-04-20T11:00:00+02:00",
        "subjects": [{"key": "01/09526543000013/10/L26-0417"}],
        "attachments": [{"sha256": Hash::plain(report), "size": report.len(), "media_type": "text/plain", "role": "test_report"}],
        "body": {"lab_inspection": {
            "laboratory": desk.party,
            "accreditation": {"body": "RvA", "number": "L1234", "valid_from": "2025-01-01", "valid_to": "2028-12-31"},
            "report_no": "RPT-0042", "issue_date": "2026-04-19",
            "sample": {"id": "S-1", "sampled_at": "2026-04-17", "received_at": "2026-04-17", "condition": "sealed", "subjects": [0]},
            "performed_from": "2026-04-18", "performed_to": "2026-04-19",
            "verdict": "pass", "decision_rule": "simple acceptance",
            "scope_statement": "the results concern only the items tested",
            "results": [{
                "analyte": {"names": [{"lang": "en", "text": "aflatoxin M1"}]}, "method": "ISO 14501",
                "operator": "eq", "value": "0.008", "uom": "J33",
                "limit": {"operator": "le", "value": "0.050", "uom": "J33"}, "verdict": "pass",
            }],
        }},
    }))?;
    let signed = inspection.sign(&desk.secret)?;
    let said = desk.client.append(signed).await?;
    println!("entry {}: report RPT-0042, pass", said.log_index().get());
    Ok(())
}
