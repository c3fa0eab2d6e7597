//! Answers: the result of this implementation for the input of a vector.
//!
//! The crate needs no ledger and no node, so that a change to a verifier is tried on every vector within seconds.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "an input that is not built like a vector is a fault of the test"
)]

mod audited;
mod entry;
mod event;
mod evidence;
mod hash;
mod index;
mod note;
mod scan;
mod signature;
mod subject;
mod tile;
mod trace;
mod tree;
mod value;

use std::error::Error;

use headwater_event::digital_link::DigitalLinkError;
use headwater_event::fault::CodecError;
use headwater_event::subject::{Subject, SubjectError};
use headwater_event::text::Date;
use headwater_tlog::hash::Hash;
use serde_json::{Value, json};

/// The answer of an implementation to an input.
pub type Answer = Result<Value, Refusal>;

/// The refusal of an input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The name of the error.
    pub error: String,
    /// The name of the error's cause.
    pub cause: Option<String>,
    /// Path of the field that caused the error.
    pub field: Option<String>,
}

/// The function that answers the inputs of an area.
type Run = fn(&Value) -> Answer;

/// The areas, each with the function that answers its inputs.
const AREAS: &[(&str, Run)] = &[
    ("hash", hash::run),
    ("subject", subject::run),
    ("digital-link", subject::run_link),
    ("value", value::run),
    ("event", event::run),
    ("entry", entry::run),
    ("signature", signature::run),
    ("inclusion", tree::run_inclusion),
    ("consistency", tree::run_consistency),
    ("index", index::run),
    ("chain", index::run_chain),
    ("note", note::run),
    ("policy", note::run_policy),
    ("checkpoint", note::run_checkpoint),
    ("tile", tile::run),
    ("tlog-proof", tile::run_proof),
    ("trace", trace::run),
    ("scan", scan::run),
    ("audited", audited::run),
    ("receipt", evidence::run_receipt),
    ("fork", evidence::run_fork),
    ("omission", evidence::run_omission),
];

/// Returns the answer to an input of an area.
///
/// # Panics
/// When there is no such area, or the input is not built like one of its inputs.
pub fn answer(area: &str, input: &Value) -> Answer {
    let (_, run) = AREAS.iter().find(|(name, _)| *name == area).unwrap_or_else(|| panic!("{area} is not an area"));
    run(input)
}

/// Returns the answer as a document: `expect`, with `output` or with `cause` and `field`.
///
/// # Panics
/// As [`answer`].
pub fn document(area: &str, input: &Value) -> Value {
    match answer(area, input) {
        Ok(output) => json!({"expect": "ok", "output": output}),
        Err(Refusal { error, cause, field }) => json!({"expect": error, "cause": cause, "field": field}),
    }
}

/// Compares a vector of an area with the answer to its input.
///
/// # Errors
/// When they differ: the first member that differs, its expected value, and the whole answer.
///
/// # Panics
/// As [`answer`].
pub fn check(area: &str, vector: &Value) -> Result<(), String> {
    let met = document(area, &vector["input"]);
    match ["expect", "output", "cause", "field"].into_iter().find(|name| vector[*name] != met[*name]) {
        None => Ok(()),
        Some(name) => Err(format!("{name}: expected {}, met {met}", vector[name])),
    }
}

/// Describes an error by its name, the name of its cause, and its field. The names are those of the enum variants, which the formats
/// use as well.
fn refusal(error: &(dyn Error + 'static)) -> Refusal {
    let field = |error: &(dyn Error + 'static)| {
        error.downcast_ref::<CodecError>().map(|error| error.field.clone()).filter(|field| !field.is_empty())
    };
    let cause = cause(error);
    Refusal { error: name(error), cause: cause.map(name), field: field(error).or_else(|| cause.and_then(field)) }
}

/// Returns the cause of an error. A wrong GS1 value has the whole message of two errors, which therefore name no source.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(SubjectError::Gs1(value)), _) | (_, Some(DigitalLinkError::Gs1(value))) => Some(value),
        _ => error.source(),
    }
}

fn name(error: &(dyn Error + 'static)) -> String {
    if let Some(error) = error.downcast_ref::<CodecError>() {
        return first_word(&format!("{:?}", error.fault));
    }
    first_word(&format!("{error:?}"))
}

fn first_word(shown: &str) -> String {
    shown.chars().take_while(|c| c.is_ascii_alphanumeric()).collect()
}

fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input[name].as_str().unwrap_or_else(|| panic!("{name} is a text"))
}

fn bytes(input: &Value, name: &str) -> Vec<u8> {
    hex::decode(text(input, name)).unwrap_or_else(|_| panic!("{name} is hex"))
}

fn number(input: &Value, name: &str) -> u64 {
    text(input, name).parse().unwrap_or_else(|_| panic!("{name} is a number"))
}

fn hash_of(input: &Value, name: &str) -> Hash {
    Hash::try_from(bytes(input, name).as_slice()).expect("32 bytes")
}

fn hashes(input: &Value, name: &str) -> Vec<Hash> {
    let list = input[name].as_array().unwrap_or_else(|| panic!("{name} is a list"));
    let one = |value: &Value| hex::decode(value.as_str()?).ok().and_then(|bytes| bytes.as_slice().try_into().ok());
    list.iter().map(|value| one(value).expect("a hash")).collect()
}

fn subject(key: &str) -> Subject {
    Subject::parse(key).expect("a subject")
}

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}
