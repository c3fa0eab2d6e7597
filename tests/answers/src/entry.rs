//! Entries of the log.

use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody};
use headwater_tlog::hash::Hash;
use serde_json::{Value, json};

use crate::{Answer, bytes, refusal};

pub(crate) fn run(input: &Value) -> Answer {
    let bytes = bytes(input, "entry");
    // The answer names the error of the codec, not the entry error that wraps it.
    let entry = Entry::parse(&bytes).map_err(|error| match &error {
        headwater_event::entry::EntryError::Codec(inner) => refusal(inner),
        other => refusal(other),
    })?;
    assert_eq!(entry.encode(), bytes, "what is read writes itself back");
    let body = match &entry.body {
        EntryBody::Genesis(_) => "genesis",
        EntryBody::SignedEvent(_) => "signed_event",
        EntryBody::IndexHead(_) => "index_head",
        EntryBody::Newer { .. } => "newer",
    };
    Ok(json!({
        "leaf": Hash::leaf(&bytes).to_string(),
        "recorded_at_ms": entry.recorded_at_ms.to_string(),
        "body": body,
    }))
}
