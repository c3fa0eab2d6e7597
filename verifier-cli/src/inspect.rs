//! Unverified content of evidence, entries and events, as JSON.

use headwater_event::entry::{Entry, EntryBody};
use headwater_event::event::Event;
use headwater_trace::evidence::{ForkProof, Receipt};
use headwater_trace::omission::OmissionProof;
use headwater_trace::trace::Trace;
use serde_json::{Value, json};

/// Returns the claims of the bytes as JSON; other UTF-8 bytes become a text, and other bytes `None`.
pub fn document(bytes: &[u8]) -> Option<Value> {
    let document = if let Ok(trace) = Trace::parse(bytes) {
        let entry = |bytes: &[u8]| Entry::parse(bytes).ok().map(|entry| of_entry(&entry));
        let entries = trace.entries.iter().map(|e| json!({"log_index": e.log_index, "entry": entry(&e.entry)}));
        json!({
            "trace": {
                "checkpoint": String::from_utf8_lossy(&trace.checkpoint),
                "genesis": entry(&trace.genesis.entry),
                "index_head": entry(&trace.index_head.entry),
                "subjects": trace.subjects,
                "entries": entries.collect::<Vec<_>>(),
                "anchors": trace.anchors.len(),
            }
        })
    } else if let Ok(receipt) = Receipt::parse(bytes) {
        let entry = Entry::parse(&receipt.entry.entry).ok().map(|entry| of_entry(&entry));
        json!({"receipt": {
            "checkpoint": String::from_utf8_lossy(&receipt.checkpoint),
            "log_index": receipt.entry.log_index,
            "entry": entry,
            "subjects": receipt.subjects,
        }})
    } else if let Ok(proof) = ForkProof::parse(bytes) {
        json!({"fork": {
            "older": String::from_utf8_lossy(&proof.older),
            "newer": String::from_utf8_lossy(&proof.newer),
            "root": proof.root,
        }})
    } else if let Ok(proof) = OmissionProof::parse(bytes) {
        json!({"omission": {
            "checkpoint": String::from_utf8_lossy(&proof.checkpoint),
            "index_head": proof.index_head.log_index,
            "shown_by": proof.shown_by,
        }})
    } else if let Ok(entry) = Entry::parse(bytes) {
        json!({"entry": of_entry(&entry)})
    } else if let Ok(event) = Event::parse(bytes) {
        json!({"event": event})
    } else {
        json!({"text": std::str::from_utf8(bytes).ok()?})
    };
    Some(document)
}

fn of_entry(entry: &Entry) -> Value {
    let body = match &entry.body {
        EntryBody::SignedEvent(signed) => match Event::parse(&signed.event) {
            Ok(event) => json!({"event": event, "signature": signed.signature}),
            Err(error) => json!({"unread": error.to_string()}),
        },
        other => json!(other),
    };
    json!({"recorded_at_ms": entry.recorded_at_ms, "body": body})
}
