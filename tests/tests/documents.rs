//! Tables of the specification that follow from the code, and the examples of its rules.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use headwater_api::refusal::Refusal;
use headwater_event::codec::Number as _;
use headwater_event::kind::{KIND_ARM, Kind};
use headwater_event::subject::Subject;
use headwater_tests::marked;
use headwater_tests::repository::read;
use headwater_tests::vectors::{folder, sample};

/// Sorts of subjects, each with a key.
const SUBJECTS: [(&str, &str); 6] = [
    ("models", "01/09526543000013"),
    ("lots", "01/09526543000013/10/L26-0417"),
    ("items", "01/09526543000013/21/7KQ2M9XW4T"),
    ("units", "00/195265430000000010"),
    ("registers", "sets/09526543000013"),
    ("lists", "items/09526543000013/L26-0417"),
];

/// Sorts of subjects that a body of this kind may name.
fn subjects(kind: Kind) -> String {
    // The rest of the body decides the subjects of these two.
    if matches!(kind, Kind::Commissioning | Kind::Party) {
        return "see below".to_owned();
    }
    let body = sample(kind).body;
    let named = SUBJECTS.iter().filter(|(_, key)| body.may_name(&Subject::parse(key).unwrap()));
    named.map(|(sort, _)| *sort).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_table_of_kinds_follows_from_their_declaration() {
    let rows = Kind::ALL.iter().map(|kind| {
        let number = kind.number();
        let hidden: Vec<String> = sample(*kind).body.hideable().iter().map(|path| path.replace('*', "N")).collect();
        [kind.to_string(), number.to_string(), (number + KIND_ARM).to_string(), subjects(*kind), hidden.join(", ")]
    });
    let head = ["kind", "number", "arm", "may name", "may hide"];
    marked::compare("proto/README.md", "kinds", &marked::table(head, rows));
}

#[test]
fn the_table_of_refusals_follows_from_their_declaration() {
    let rows = Refusal::ALL.iter().map(|refusal| {
        let passes = if refusal.is_passing() { "yes" } else { "" };
        let code = format!("{:?}", refusal.code());
        [format!("`{refusal}`"), code, passes.to_owned(), refusal.description().to_owned()]
    });
    let head = ["refusal", "gRPC code", "passes", "reason"];
    marked::compare("proto/README.md", "refusals", &marked::table(head, rows));
}

/// Vectors that a text names: each span of code in lower case with an area, one slash and a case.
fn vectors_in(text: &str) -> BTreeSet<&str> {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    // The key of a subject begins with a digit, and no area does.
    let is_vector = |span: &&str| {
        span.starts_with(|first: char| first.is_ascii_lowercase())
            && span.split_once('/').is_some_and(|(area, case)| is_word(area) && is_word(case))
    };
    text.split('`').skip(1).step_by(2).filter(is_vector).collect()
}

#[test]
fn each_vector_that_the_specification_names_exists() {
    let spec = read("proto/README.md");
    let named = vectors_in(&spec);
    assert!(named.len() > 800, "{} vectors were found", named.len());
    let absent: Vec<&str> = named.into_iter().filter(|name| !folder().join(format!("{name}.json")).is_file()).collect();
    assert!(absent.is_empty(), "proto/README.md names vectors that do not exist: {}", absent.join(", "));
}

#[test]
fn each_step_of_the_specification_has_an_example() {
    let spec = read("proto/README.md");
    let mut steps: Vec<(&str, String)> = Vec::new();
    for (at, part) in spec.split("**").enumerate() {
        // A label in bold begins a step: a capital letter and a number, perhaps with a small letter.
        let is_label = part.starts_with(|first: char| first.is_ascii_uppercase())
            && part[1..].starts_with(|second: char| second.is_ascii_digit());
        if at % 2 == 1 && is_label {
            steps.push((part, String::new()));
        } else if let Some((_, text)) = steps.last_mut() {
            text.push_str(part);
        }
    }
    assert!(steps.len() > 100, "{} steps were found", steps.len());
    let bare = steps.iter().filter(|(_, text)| vectors_in(text).is_empty() && !text.contains("Example:"));
    let bare: Vec<&str> = bare.map(|(label, _)| *label).collect();
    assert!(bare.is_empty(), "proto/README.md: these steps have no example: {}", bare.join(", "));
}
