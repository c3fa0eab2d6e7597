//! Events: their JSON mapping, and their findings.

use headwater_event::codec::Message as _;
use headwater_event::entry::SignedEventBytes;
use headwater_event::newer::{NewerEvent, ReadEvent};
use headwater_event::rules::{Finding, Rules, Severity};
use headwater_event::signature::Signature;
use headwater_tlog::hash::Hash;
use serde_json::{Value, json};

use crate::{Answer, bytes, refusal};

pub(crate) fn run(input: &Value) -> Answer {
    let bytes = bytes(input, "event");
    let signed = SignedEventBytes { event: bytes.clone(), signature: Signature::new([0; 64]) };
    let event = match ReadEvent::parse(signed).map_err(|error| refusal(&error))? {
        ReadEvent::Known(event) => event.claims().clone(),
        ReadEvent::Newer(event) => return Ok(newer(&event)),
    };
    assert_eq!(event.encode(), bytes, "what is read writes itself back");
    let told = |finding: &Finding| {
        let severity = if finding.severity == Severity::Reject { "reject" } else { "warn" };
        json!({"severity": severity, "field": finding.field})
    };
    let findings: Vec<Value> = Rules::check(&event).iter().map(told).collect();
    Ok(json!({
        "identity": Hash::plain(&bytes).to_string(),
        "kind": event.kind().as_str(),
        "says": event,
        "findings": findings,
    }))
}

fn newer(event: &NewerEvent) -> Value {
    let envelope = event.claims();
    let subjects: Vec<Value> = envelope.texts().map(|key| json!({"key": key})).collect();
    let mut says = json!({
        "ledger_id": envelope.ledger_id,
        "event_id": envelope.event_id,
        "party": envelope.party,
        "key_id": envelope.key_id,
        "role": envelope.role,
        "occurred_at_ms": envelope.occurred_at_ms,
        "utc_offset_minutes": envelope.utc_offset_minutes,
        "subjects": subjects,
    });
    if let Some(principal) = &envelope.principal {
        says["principal"] = json!(principal);
    }
    if !envelope.after.is_empty() {
        says["after"] = json!(envelope.after);
    }
    json!({"identity": event.hash().to_string(), "newer": envelope.class(), "says": says})
}
