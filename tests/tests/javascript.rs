//! The verifier of the product page is the second implementation. Both implementations give the same answer for every vector, and
//! for vectors that were changed at random.
//!
//! `HEADWATER_MUTATIONS` sets the number of changed vectors. With `HEADWATER_EVERY_VECTOR=1`, each engine meets every vector, and the browser
//! shows every vector of a trace.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use headwater_testing::mutation::{self, Draw};
use headwater_testing::tools;
use headwater_tests::vectors;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Areas whose inputs are changed: the field, and whether the field contains a message in hex.
const CHANGED: [(&str, &str, bool); 13] = [
    ("trace", "trace", true),
    ("audited", "audited", true),
    ("event", "event", true),
    ("entry", "entry", true),
    ("receipt", "evidence", true),
    ("fork", "evidence", true),
    ("omission", "evidence", true),
    ("note", "note", false),
    ("checkpoint", "note", false),
    ("policy", "policy", false),
    ("tlog-proof", "file", false),
    ("digital-link", "link", false),
    ("subject", "subject", false),
];
const MUTATIONS: usize = 5_000;
/// Number of changed vectors in a browser, where each question takes longer.
const MUTATIONS_IN_A_BROWSER: usize = 2_000;
/// Number of changed vectors that are sent before the first answer is read.
const AHEAD: usize = 64;
const SEED: u64 = 20_261_125;

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn the_vectors_are_met_by_every_engine() {
    let Some(folder) = tools::node() else {
        return;
    };
    // The engines differ in hashes and signatures alone, and one in script takes seconds for each long trace.
    let is_whole = std::env::var_os("HEADWATER_EVERY_VECTOR").is_some_and(|value| value == "1");
    let in_script = if is_whole { 1 } else { 8 };
    for (engine, every) in [("webcrypto", 1), ("mixed", in_script), ("noble", in_script)] {
        let areas = fs::read_dir(vectors::folder()).unwrap();
        let files = areas.map(|area| fs::read_dir(area.unwrap().path()).unwrap().count());
        let count: usize = files.map(|files| files.div_ceil(every)).sum();
        let arguments = ["--engine", engine, "--every", &every.to_string()];
        let said = run(Command::new("node").arg(folder.join("vectors.mjs")).args(arguments));
        assert!(said.contains(&format!("{count} vectors, {count} as expected, with {engine}")), "{said}");
    }
}

#[test]
fn the_second_verifier_passes_its_own_tests() {
    let Some(folder) = tools::node() else {
        return;
    };
    let parts =
        ["authority", "codec", "course", "engine", "event", "findings", "rules", "scan", "schema", "story", "trace"];
    let files = parts.map(|part| folder.join(format!("{part}.test.mjs")));
    run(Command::new("node").arg("--test").args(files));
}

#[test]
fn every_vector_is_met_in_a_browser() {
    if let Some(folder) = tools::browser() {
        run(Command::new("node").arg("--test").arg(folder.join("vectors.test.mjs")));
    }
}

/// Folder with the files of the page as a node serves them.
fn served() -> TempDir {
    let served = tempfile::tempdir().unwrap();
    for (path, bytes) in ledger_node::page::files().unwrap() {
        let path = served.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    served
}

#[test]
fn the_types_in_the_comments_of_the_page_hold() {
    if let Some(folder) = tools::compiler() {
        run(Command::new("node").arg("--test").arg(folder.join("types.test.mjs")));
    }
}

#[test]
fn the_files_of_the_page_are_light_and_have_their_words() {
    if let Some(folder) = tools::node() {
        let served = served();
        let test = folder.join("weight.test.mjs");
        run(Command::new("node").arg("--test").arg(test).env("HEADWATER_PAGE", served.path()));
    }
}

/// Runs a file of tests of the product page, with the files that a node serves.
fn a_shopper_sees(part: &str) {
    if let Some(folder) = tools::browser() {
        let served = served();
        let test = folder.join(part).with_extension("test.mjs");
        run(Command::new("node").arg("--test").arg(test).env("HEADWATER_PAGE", served.path()));
    }
}

#[test]
fn a_shopper_sees_the_records() {
    a_shopper_sees("page");
}

#[test]
fn a_shopper_sees_the_answer_about_a_scratch_code() {
    a_shopper_sees("scratch");
}

#[test]
fn a_shopper_sees_the_reasons_of_a_verdict() {
    a_shopper_sees("verdicts");
}

#[test]
fn a_shopper_sees_what_failed() {
    a_shopper_sees("failed");
}

#[test]
fn a_shopper_sees_the_looks_of_others() {
    a_shopper_sees("looks");
}

#[test]
fn a_shopper_sees_how_old_the_records_are() {
    a_shopper_sees("clock");
}

#[test]
fn a_shopper_sees_the_journey() {
    a_shopper_sees("journey");
}

/// Every vector of the areas whose inputs are changed, with the field to change.
fn starts() -> Vec<(&'static str, &'static str, bool, Value)> {
    let mut starts = Vec::new();
    for (area, field, is_message) in CHANGED {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(vectors::folder().join(area)).unwrap().map(|file| file.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            starts.push((area, field, is_message, document["input"].clone()));
        }
    }
    starts
}

fn changed(draw: &mut Draw, field: &str, is_message: bool, input: &Value) -> Value {
    let text = input[field].as_str().unwrap();
    let mut input = input.clone();
    input[field] = if is_message {
        hex::encode(mutation::message(draw, &hex::decode(text).unwrap())).into()
    } else {
        String::from_utf8_lossy(&mutation::text(draw, text.as_bytes())).into()
    };
    input
}

/// A document as JavaScript's JSON represents it, with numbers as doubles.
fn doubles(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(list) => list.iter().map(doubles).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), doubles(value))).collect(),
        other => other.clone(),
    }
}

/// An answer as one line of text.
fn said(answer: &Value) -> String {
    let part = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let output = if answer["output"].is_null() { String::new() } else { answer["output"].to_string() };
    format!("{} {} {} {output}", part("expect"), part("cause"), part("field"))
}

#[test]
fn both_verifiers_judge_changed_vectors_alike() {
    if let Some(folder) = tools::node() {
        judge_alike(Command::new("node").arg(folder.join("differential.mjs")), MUTATIONS);
    }
}

#[test]
fn both_verifiers_judge_changed_vectors_alike_in_a_browser() {
    if let Some(folder) = tools::browser() {
        judge_alike(
            Command::new("node").arg(folder.join("differential.mjs")).arg("--chromium"),
            MUTATIONS_IN_A_BROWSER,
        );
    }
}

/// A changed vector: the area, the name of the field that was changed, and the input.
struct Changed {
    area: &'static str,
    field: &'static str,
    input: Value,
}

/// Sends changed vectors to the second verifier, and compares its answers with those of the first. Both verifiers work at the same time.
fn judge_alike(command: &mut Command, mutations: usize) {
    let count = std::env::var("HEADWATER_MUTATIONS").ok().map_or(mutations, |count| count.parse().unwrap());
    let mut other = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut questions = other.stdin.take().unwrap();
    let mut answers = BufReader::new(other.stdout.take().unwrap()).lines();
    let (sent, asked) = mpsc::sync_channel(AHEAD);
    let asking = thread::spawn(move || {
        let (starts, mut draw) = (starts(), Draw::from_seed(SEED));
        for _ in 0..count {
            let (area, field, is_message, input) = &starts[draw.below(starts.len())];
            let input = changed(&mut draw, field, *is_message, input);
            writeln!(questions, "{}", json!({"area": area, "input": input})).unwrap();
            sent.send(Changed { area, field, input }).unwrap();
        }
    });
    let (mut differs, mut accepted) = (BTreeMap::<String, Vec<String>>::new(), 0);
    for Changed { area, field, input } in asked {
        let ours = headwater_answers::document(area, &input);
        let theirs: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        let is_accepted = |answer: &Value| answer["expect"] == "ok";
        // The codec reads bytes in one pass, so that every implementation meets the same first fault. In other areas an input with several
        // defects may be refused for any of them.
        let same = match area {
            "event" | "entry" => {
                let parts = ["expect", "output", "cause", "field"];
                parts.into_iter().all(|name| doubles(&ours[name]) == doubles(&theirs[name]))
            }
            _ => is_accepted(&ours) == is_accepted(&theirs) && ours["output"] == theirs["output"],
        };
        accepted += usize::from(is_accepted(&ours));
        if !same {
            let kind = format!("{area}: here {}, there {}", said(&ours), said(&theirs));
            differs.entry(kind).or_default().push(input[field].to_string());
        }
    }
    asking.join().unwrap();
    assert!(other.wait().unwrap().success());
    eprintln!("{count} changed vectors, {accepted} of them accepted");
    let listed = differs.iter().map(|(kind, inputs)| format!("{} times {kind}, of {}\n", inputs.len(), inputs[0]));
    assert!(differs.is_empty(), "{}", listed.collect::<String>());
    assert!(accepted > 0 && accepted < count, "{accepted} of {count} were accepted");
}
