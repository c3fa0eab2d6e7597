//! Vectors: what any implementation of the formats must say of the same bytes.
//!
//! `tests/vectors/<area>/<case>.json` holds one case, named for its defect: `input`, what an implementation is given; `expect`,
//! `ok` or the name of the error; and for `ok` the `output`. Bytes are lower-case hex, 64-bit numbers decimal strings. The
//! expectation of a refusal is written here by hand, never taken from the code that it tests.

mod entry;
mod event;
mod evidence;
mod finding;
mod fit;
mod hash;
mod index;
mod moving;
mod newer;
mod note;
mod rule;
mod scan;
mod signature;
mod subject;
mod tile;
mod trace;
mod tree;
mod value;

pub use evidence::{fork_of, omission_of};

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use headwater_event::fault::CodecError;
use serde_json::{Value, json};

/// What an implementation says of an input.
pub type Answer = Result<Value, Refusal>;

/// Why an input is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The name of the error.
    pub error: String,
    /// The name of what caused it.
    pub cause: Option<String>,
    /// The field that it is about.
    pub field: Option<String>,
}

/// One case.
pub struct Case {
    /// The folder.
    pub area: &'static str,
    /// The file, without `.json`.
    pub name: String,
    /// What the case shows, in one clause.
    pub about: String,
    /// What an implementation is given.
    pub input: Value,
    /// What it must say; `None` when it must accept, and the output is what the format says it is.
    pub refusal: Option<Refusal>,
    /// A part of the output that is known beforehand.
    pub says: Option<(&'static str, String)>,
    /// The findings that are known beforehand: the field of each, and whether its entry has effect, or an event's own rejects.
    pub findings: Option<Vec<(String, bool)>>,
}

/// An area: its cases, and what this implementation says of an input.
struct Area {
    name: &'static str,
    cases: fn() -> Vec<Case>,
    run: fn(&Value) -> Answer,
}

const AREAS: &[Area] = &[
    Area { name: "hash", cases: hash::cases, run: hash::run },
    Area { name: "subject", cases: subject::cases, run: subject::run },
    Area { name: "digital-link", cases: subject::link_cases, run: subject::run_link },
    Area { name: "value", cases: value::cases, run: value::run },
    Area { name: "event", cases: event::cases, run: event::run },
    Area { name: "entry", cases: entry::cases, run: entry::run },
    Area { name: "signature", cases: signature::cases, run: signature::run },
    Area { name: "inclusion", cases: tree::inclusion_cases, run: tree::run_inclusion },
    Area { name: "consistency", cases: tree::consistency_cases, run: tree::run_consistency },
    Area { name: "index", cases: index::cases, run: index::run },
    Area { name: "chain", cases: index::chain_cases, run: index::run_chain },
    Area { name: "note", cases: note::cases, run: note::run },
    Area { name: "policy", cases: note::policy_cases, run: note::run_policy },
    Area { name: "checkpoint", cases: note::checkpoint_cases, run: note::run_checkpoint },
    Area { name: "tile", cases: tile::cases, run: tile::run },
    Area { name: "tlog-proof", cases: tile::proof_cases, run: tile::run_proof },
    Area { name: "trace", cases: trace::cases, run: trace::run },
    Area { name: "scan", cases: scan::cases, run: scan::run },
    Area { name: "receipt", cases: evidence::receipt_cases, run: evidence::run_receipt },
    Area { name: "fork", cases: evidence::fork_cases, run: evidence::run_fork },
    Area { name: "omission", cases: evidence::omission_cases, run: evidence::run_omission },
];

impl Case {
    fn ok(area: &'static str, name: &str, about: &str, input: Value) -> Self {
        Self { area, name: name.to_owned(), about: about.to_owned(), input, refusal: None, says: None, findings: None }
    }

    fn refused(area: &'static str, name: &str, about: &str, input: Value, error: &str) -> Self {
        let refusal = Refusal { error: error.to_owned(), cause: None, field: None };
        Self { refusal: Some(refusal), ..Self::ok(area, name, about, input) }
    }

    fn saying(mut self, name: &'static str, text: &str) -> Self {
        self.says = Some((name, text.to_owned()));
        self
    }

    fn finding(mut self, findings: &[(&str, bool)]) -> Self {
        self.findings = Some(findings.iter().map(|(field, has_effect)| ((*field).to_owned(), *has_effect)).collect());
        self
    }

    /// Whether an output says what is known of it beforehand.
    fn is_said(&self, output: &Value) -> bool {
        self.says.as_ref().is_none_or(|(name, text)| output[*name] == *text)
            && self.findings.as_ref().is_none_or(|findings| *findings == findings_of(output))
    }

    fn cause(mut self, cause: &str) -> Self {
        self.refusal = self.refusal.map(|refusal| Refusal { cause: Some(cause.to_owned()), ..refusal });
        self
    }

    fn field(mut self, field: &str) -> Self {
        self.refusal = self.refusal.map(|refusal| Refusal { field: Some(field.to_owned()), ..refusal });
        self
    }

    /// The file that holds the case, or how this implementation differs from what the case expects.
    fn document(&self, run: fn(&Value) -> Answer) -> Result<Value, String> {
        let answer = run(&self.input);
        let mut document = json!({"about": self.about, "input": self.input});
        match (&self.refusal, answer) {
            (None, Ok(output)) if self.is_said(&output) => {
                document["expect"] = "ok".into();
                document["output"] = output;
            }
            (Some(expected), Err(met)) if met == *expected => {
                document["expect"] = expected.error.clone().into();
                if let Some(cause) = &expected.cause {
                    document["cause"] = cause.clone().into();
                }
                if let Some(field) = &expected.field {
                    document["field"] = field.clone().into();
                }
            }
            (expected, met) => {
                let (says, findings) = (&self.says, &self.findings);
                return Err(format!(
                    "{}/{}: expected {expected:?} {says:?} {findings:?}, met {met:?}",
                    self.area, self.name
                ));
            }
        }
        Ok(document)
    }
}

/// The findings of a story, each with the effect of its entry; those of an event, each with whether it rejects.
fn findings_of(output: &Value) -> Vec<(String, bool)> {
    if let Some(findings) = output["findings"].as_array() {
        let field = |finding: &Value| finding["field"].as_str().unwrap_or_default().to_owned();
        return findings.iter().map(|finding| (field(finding), finding["severity"] == "reject")).collect();
    }
    let told = output["story"].as_array().into_iter().flatten();
    let of = |told: &Value| {
        let has_effect = told["has_effect"] == true;
        let fields = told["findings"].as_array().into_iter().flatten().filter_map(Value::as_str);
        fields.map(|field| (field.to_owned(), has_effect)).collect::<Vec<_>>()
    };
    told.flat_map(of).collect()
}

/// The folder of all vectors.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// Every file, by its path below the folder, with its text.
///
/// # Panics
/// When this implementation says something else of an input than its case expects.
pub fn files() -> BTreeMap<String, String> {
    let (mut files, mut differs) = (BTreeMap::new(), Vec::new());
    for area in AREAS {
        for case in (area.cases)() {
            let document = match case.document(area.run) {
                Ok(document) => document,
                Err(difference) => {
                    differs.push(difference);
                    continue;
                }
            };
            let path = format!("{}/{}.json", area.name, case.name);
            let text = serde_json::to_string_pretty(&document).expect("a document") + "\n";
            assert!(files.insert(path.clone(), text).is_none(), "{path} is there twice");
        }
    }
    assert!(differs.is_empty(), "{}", differs.join("\n"));
    files
}

/// Runs one file of an area, and says how it differs from what it expects.
///
/// # Errors
/// Both, when they differ.
pub fn check(area: &str, text: &str) -> Result<(), String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let met = answer(area, &document["input"]);
    match ["expect", "output", "cause", "field"].into_iter().find(|name| document[*name] != met[*name]) {
        None => Ok(()),
        Some(name) => Err(format!("{name}: expected {}, met {met}", document[name])),
    }
}

/// What this implementation says of an input of an area: `expect`, and `output` or `cause` and `field`.
///
/// # Panics
/// When there is no such area, or the input is not built like one of its inputs.
pub fn answer(area: &str, input: &Value) -> Value {
    let known = AREAS.iter().find(|known| known.name == area).unwrap_or_else(|| panic!("{area} is no area"));
    match (known.run)(input) {
        Ok(output) => json!({"expect": "ok", "output": output}),
        Err(Refusal { error, cause, field }) => json!({"expect": error, "cause": cause, "field": field}),
    }
}

/// An error by its name, the name of its cause, and its field. Names are those of the types' variants, which are the names of
/// the formats.
fn refusal(error: &(dyn Error + 'static)) -> Refusal {
    let field = |error: &(dyn Error + 'static)| {
        error.downcast_ref::<CodecError>().map(|error| error.field.clone()).filter(|field| !field.is_empty())
    };
    let cause = error.source();
    Refusal { error: name(error), cause: cause.map(name), field: field(error).or_else(|| cause.and_then(field)) }
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

fn hash_of(input: &Value, name: &str) -> headwater_tlog::hash::Hash {
    headwater_tlog::hash::Hash::try_from(bytes(input, name).as_slice()).expect("32 bytes")
}

fn hashes(input: &Value, name: &str) -> Vec<headwater_tlog::hash::Hash> {
    let list = input[name].as_array().unwrap_or_else(|| panic!("{name} is a list"));
    let one = |value: &Value| hex::decode(value.as_str()?).ok().and_then(|bytes| bytes.as_slice().try_into().ok());
    list.iter().map(|value| one(value).expect("a hash")).collect()
}
