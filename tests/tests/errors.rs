//! Messages of errors. A program prints an error and its causes in one line, so the message of an error leaves its cause out.

use std::error::Error;
use std::fmt;
use std::fs;

use headwater_event::causes::chain;
use headwater_tests::repository::{file, sources};
use headwater_trace::evidence::{EvidenceError, Receipt};

/// Folders of sources, from the root of the repository.
const FOLDERS: [&str; 5] = ["crates", "ledger-node", "verifier-cli", "tests", "examples"];
/// Folders of files that a program wrote.
const PASSED_OVER: [&str; 3] = ["target", "generated", "vectors"];
/// Attribute of the variants and structs that have a message.
const MESSAGE: &str = "#[error(";
/// Number of messages beside a cause at least, so that the test fails when it no longer finds them.
const FOUND_MIN: usize = 60;

/// First item of a text, without comments: up to its end, or up to the comma after it.
fn item(text: &str) -> String {
    let mut item = String::new();
    let mut depth = 0_i32;
    for letter in text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(str::chars) {
        depth += match letter {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        };
        item.push(letter);
        if depth < 0 || (depth == 0 && matches!(letter, ',' | ';' | '}')) {
            break;
        }
    }
    item
}

/// Name of the field of an item that holds its cause, as a message writes the name; `None` for an item without a cause.
fn cause(item: &str) -> Option<String> {
    let after = ["#[from]", "#[source]"].iter().find_map(|mark| item.split_once(mark)).map(|(_, after)| after);
    let name = |field: &str| field.split(':').next().unwrap_or_default().trim().to_owned();
    match after {
        Some(_) if !item.contains('{') => Some("0".to_owned()),
        Some(field) => Some(name(field)),
        None => item.contains(" source:").then(|| "source".to_owned()),
    }
}

/// Whether a message, with its arguments, prints the field with this name.
fn prints(message: &str, name: &str) -> bool {
    let arguments = message.rsplit_once('"').map_or("", |(_, arguments)| arguments);
    let argument = if name == "0" { ".0" } else { name };
    message.contains(&format!("{{{name}}}")) || message.contains(&format!("{{{name}:")) || arguments.contains(argument)
}

/// Whether a text is all that an item keeps: of a cause, only its words would be left.
fn keeps_words_alone(item: &str) -> bool {
    item.contains("(String)")
}

#[test]
fn a_message_leaves_out_the_cause_that_is_printed_after_it() {
    let (mut found, mut wrong) = (0, Vec::new());
    for path in FOLDERS.iter().flat_map(|folder| sources(&file(folder), &["rs"], &PASSED_OVER)) {
        let text = fs::read_to_string(&path).expect("a source");
        for (message, after) in text.split(MESSAGE).skip(1).filter_map(|part| part.split_once(")]")) {
            let item = item(after);
            let name = cause(&item);
            found += usize::from(name.is_some());
            if keeps_words_alone(&item) || name.is_some_and(|name| prints(message, &name)) {
                wrong.push(format!("{}: {message}", path.display()));
            }
        }
    }
    let wrong = wrong.join("\n");
    assert!(wrong.is_empty(), "these messages print a cause that is printed after them, or is a text alone:\n{wrong}");
    assert!(found >= FOUND_MIN, "{found} messages beside a cause were found");
}

#[test]
fn a_cause_inside_a_message_is_found() {
    for (is_wrong, text) in [
        (true, r#"("{0}")] One(#[from] A), Two(B)"#),
        (true, r#"("{path}: {source}")] One { path: P, source: A }, Two(B)"#),
        (true, r#"("it failed: {why:?}")] One { #[source] why: A }"#),
        (true, r#"("it failed: {}", text(.0))] One(#[source] A)"#),
        (true, r#"("it failed: {0}")] One(String), Two(#[from] A)"#),
        (false, r#"("{0}")] One(u8), Two { source: A }"#),
        (false, r#"(transparent)] One(#[from] A)"#),
        (false, r#"("{path}")] One { path: P, source: A }"#),
        (false, r#"("{0}")] pub struct One(u8); fn two() { Two { source: A } }"#),
    ] {
        let (message, after) = text[1..].split_once(")]").expect("a message");
        let item = item(after);
        let is_found = keeps_words_alone(&item) || cause(&item).is_some_and(|name| prints(message, &name));
        assert_eq!(is_found, is_wrong, "{text}");
    }
}

/// Error that prints its cause itself, as errors of other crates do.
#[derive(Debug)]
struct Outer(EvidenceError);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer: {}", self.0)
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn each_cause_is_told_once() {
    let wrong = EvidenceError::from(Receipt::parse(b"").unwrap_err());
    assert_eq!(chain(&wrong), "the file is not canonical: checkpoint: is required");
    assert_eq!(chain(&Outer(wrong)), "no answer: the file is not canonical: checkpoint: is required");
}
