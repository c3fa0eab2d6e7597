//! Messages from JSON documents, read as the fields of a draft.

use headwater_event::draft::{self, Draft as _, Drafted, Faults, Notes};
use serde_json::Value;
use serde_yaml_ng::Deserializer;

/// Reads a whole message from a document.
pub fn message<T: Drafted>(document: &Value) -> Result<T, Faults> {
    let text = serde_yaml_ng::to_string(document).expect("JSON is YAML");
    let mut notes = Notes::default();
    let draft: Option<T::Draft> = draft::read(Deserializer::from_str(&text), &mut notes).expect("a message is a map");
    let whole = draft.and_then(|draft| draft.complete(&mut notes));
    match whole {
        Some(whole) if notes.is_clean() => Ok(whole),
        _ => Err(notes.faults()),
    }
}

/// Reads a list of messages from a document.
pub fn messages<T: Drafted>(document: &Value) -> Result<Vec<T>, Faults> {
    document.as_array().expect("a list").iter().map(message).collect()
}
