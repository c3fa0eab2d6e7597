//! Messages from JSON documents, read as the fields of a draft.

use headwater_event::draft::{self, Drafted, Faults};
use serde_json::Value;
use serde_yaml_ng::Deserializer;

/// Reads a whole message from a document.
pub fn message<T: Drafted>(document: &Value) -> Result<T, Faults> {
    let text = serde_yaml_ng::to_string(document).expect("JSON is YAML");
    draft::whole(Deserializer::from_str(&text)).expect("a message is a map")
}

/// Reads a list of messages from a document.
pub fn messages<T: Drafted>(document: &Value) -> Result<Vec<T>, Faults> {
    document.as_array().expect("a list").iter().map(message).collect()
}
