//! The steps of the algorithms, by their labels: each step of the specification has its place in Rust and in JavaScript, and the code
//! names no step that the specification lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use headwater_tests::repository::{file, read, sources};

/// The two implementations: the language, the extension of its sources, and their folders.
const LANGUAGES: [(&str, &str, &[&str]); 2] = [
    ("Rust", "rs", &["crates/headwater-audit/src", "crates/headwater-event/src", "crates/headwater-trace/src"]),
    ("JavaScript", "js", &["ledger-node/page/verifier"]),
];
/// Algorithms that a language lacks on purpose: the language, the letter of the algorithm, and the reason.
const ABSENT: [(&str, &str, &str); 1] = [("JavaScript", "L", "the page reads traces and never a whole log")];

/// Whether a word is a label: a capital letter and a number, and a small letter for a part of a step.
fn is_label(word: &str) -> bool {
    let Some(rest) = word.strip_prefix(|first: char| first.is_ascii_uppercase()) else {
        return false;
    };
    let number = rest.strip_suffix(|last: char| last.is_ascii_lowercase()).unwrap_or(rest);
    !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
}

/// Returns the labels that the specification defines, in its order. A label in bold defines a step.
fn defined(spec: &str) -> Vec<&str> {
    spec.split("**").filter(|part| is_label(part)).collect()
}

/// Returns the labels in the comments of a source. A label in brackets, alone or in a list of labels, marks the place of a step.
fn placed(source: &str) -> BTreeSet<String> {
    let is_comment = |line: &&str| line.starts_with("//") || line.starts_with("/*") || line.starts_with('*');
    let comments = source.lines().map(str::trim_start).filter(is_comment);
    let brackets = comments.flat_map(|line| line.split('(').skip(1)).filter_map(|part| part.split_once(')'));
    let lists = brackets.map(|(inside, _)| inside.split(", ").collect::<Vec<&str>>());
    let labels = lists.filter(|words| words.iter().all(|word| is_label(word))).flatten();
    labels.map(str::to_owned).collect()
}

#[test]
fn each_step_has_its_place_in_both_languages() {
    let spec = read("proto/README.md");
    let wanted: BTreeSet<&str> = defined(&spec).into_iter().collect();
    assert!(wanted.len() > 100, "{} labels were found", wanted.len());
    let mut faults = Vec::new();
    for (language, extension, folders) in LANGUAGES {
        let files = folders.iter().flat_map(|folder| sources(&file(folder), &[extension], &[]));
        let found: BTreeSet<String> =
            files.flat_map(|file| placed(&fs::read_to_string(file).expect("a source"))).collect();
        for label in &wanted {
            let absent = ABSENT.into_iter().find(|(of, letter, _)| *of == language && label.starts_with(*letter));
            match (absent, found.contains(*label)) {
                (None, false) => faults.push(format!("{label} has no place in {language}")),
                (Some((.., reason)), true) => faults.push(format!("{label} is in {language}, but {reason}")),
                _ => {}
            }
        }
        let unknown = found.iter().filter(|label| !wanted.contains(label.as_str()));
        faults.extend(unknown.map(|label| format!("{label} is in {language}, and not in proto/README.md")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_specification_numbers_each_step_once() {
    let spec = read("proto/README.md");
    let (_, behind) = spec.split_once("| letter | steps of |").expect("the table of letters");
    let rows = behind.lines().skip(2).take_while(|line| line.starts_with('|'));
    let letters: BTreeSet<&str> = rows.filter_map(|row| row.split('|').nth(1)).map(str::trim).collect();
    let mut steps: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for label in defined(&spec) {
        let (letter, number) = label.split_at(1);
        match label.strip_suffix(|last: char| last.is_ascii_lowercase()) {
            Some(step) => parts.entry(step).or_default().push(&label[step.len()..]),
            None => steps.entry(letter).or_default().push(number),
        }
    }
    assert_eq!(steps.keys().copied().collect::<BTreeSet<&str>>(), letters);
    for (letter, numbers) in &steps {
        let counted: Vec<String> = (1..=numbers.len()).map(|number| number.to_string()).collect();
        assert_eq!(*numbers, counted, "the steps of {letter}, in the order of the text");
    }
    for (step, parts) in parts {
        let (letter, number) = step.split_at(1);
        assert!(steps.get(letter).is_some_and(|numbers| numbers.contains(&number)), "{step} has parts and is no step");
        let counted: Vec<String> = ('a'..='z').take(parts.len()).map(String::from).collect();
        assert_eq!(parts, counted, "the parts of {step}, in the order of the text");
    }
}
