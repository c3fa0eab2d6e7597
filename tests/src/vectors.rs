//! Vectors: the answers that every implementation of the formats must give for the same bytes.
//!
//! `tests/vectors/<area>/<case>.json` contains one case, named for its defect. `about` describes the case, and `input` is what an
//! implementation gets. `expect` is `ok` or the name of the error, which `cause` and `field` may narrow. `output` comes with `ok`.
//!
//! Bytes are lower-case hex, 64-bit numbers decimal strings. The expectation of a refusal is written here by hand, never taken
//! from the code under test.

mod entry;
mod event;
mod evidence;
pub mod finals;
mod finding;
mod fit;
mod hash;
mod index;
mod moving;
mod newer;
mod note;
mod policy;
mod rule;
mod scan;
mod signature;
mod subject;
mod tile;
mod trace;
mod tree;
mod value;

pub use event::sample;
pub use trace::{roles_that_sign, tested};

pub use evidence::{fork_of, omission_of};

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use headwater_answers::{Refusal, answer};
use serde_json::{Value, json};

/// One case, which becomes one file.
pub struct Case {
    /// Area, which is also the folder of the file.
    pub area: &'static str,
    /// Name of the file, without `.json`.
    pub name: String,
    /// Description of the case, in one clause.
    pub about: String,
    /// Input of the implementation.
    pub input: Value,
    /// Refusal that an implementation must give. `None` when it must accept; the output then follows from the format.
    pub refusal: Option<Refusal>,
    /// A field of the output and its text, as known beforehand.
    pub says: Option<(&'static str, String)>,
    /// Findings that are known beforehand: the field of each, and whether the entry has effect. For an event alone: whether it rejects.
    pub findings: Option<Vec<(String, bool)>>,
}

/// An area and the function that makes its cases.
struct Area {
    name: &'static str,
    cases: fn() -> Vec<Case>,
}

const AREAS: &[Area] = &[
    Area { name: "hash", cases: hash::cases },
    Area { name: "subject", cases: subject::cases },
    Area { name: "digital-link", cases: subject::link_cases },
    Area { name: "value", cases: value::cases },
    Area { name: "event", cases: event::cases },
    Area { name: "entry", cases: entry::cases },
    Area { name: "signature", cases: signature::cases },
    Area { name: "inclusion", cases: tree::inclusion_cases },
    Area { name: "consistency", cases: tree::consistency_cases },
    Area { name: "index", cases: index::cases },
    Area { name: "chain", cases: index::chain_cases },
    Area { name: "note", cases: note::cases },
    Area { name: "policy", cases: policy::cases },
    Area { name: "checkpoint", cases: note::checkpoint_cases },
    Area { name: "tile", cases: tile::cases },
    Area { name: "tlog-proof", cases: tile::proof_cases },
    Area { name: "trace", cases: trace::cases },
    Area { name: "scan", cases: scan::cases },
    Area { name: "audited", cases: trace::audited_cases },
    Area { name: "receipt", cases: evidence::receipt_cases },
    Area { name: "fork", cases: evidence::fork_cases },
    Area { name: "omission", cases: evidence::omission_cases },
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

    /// Whether an output agrees with the text and the findings that are known beforehand.
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

    /// The file of the case. Fails with a description of the difference when this implementation does not meet the case.
    fn document(&self) -> Result<Value, String> {
        let answer = answer(self.area, &self.input);
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

/// The findings of a story, each with the effect of its entry; or the findings of an event, each with whether the finding rejects.
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

/// The folder of all vectors, `tests/vectors`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// Every vector file, by its path below the folder, with its text.
///
/// # Panics
/// When this implementation gives another answer for an input than the case expects.
pub fn files() -> BTreeMap<String, String> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let (mut files, mut differs) = (BTreeMap::new(), Vec::new());
    for area in AREAS {
        let cases = (area.cases)();
        let part = |core: usize| cases.iter().skip(core).step_by(cores).map(|case| (case, case.document()));
        let documents: Vec<(&Case, Result<Value, String>)> = thread::scope(|scope| {
            let parts: Vec<_> = (0..cores).map(|core| scope.spawn(move || part(core).collect::<Vec<_>>())).collect();
            parts.into_iter().flat_map(|part| part.join().expect("a verifier that does not panic")).collect()
        });
        for (case, document) in documents {
            let document = match document {
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
