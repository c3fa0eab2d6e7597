//! The English of comments, counted: openings and words that a reader has to read twice stay as rare as in rustls, redb and jj.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use headwater_tests::repository::{file, sources};

/// Folders of sources, from the root of the repository.
const FOLDERS: [&str; 6] = ["crates", "ledger-node", "verifier-cli", "tests", "examples", "proto"];
/// Folders that hold what others wrote, or what a program wrote.
const PASSED_OVER: [&str; 5] = ["target", "node_modules", "vendor", "generated", "vectors"];
/// Longest doc comment, in words, that states no more than the name of its item.
const SHORT: usize = 3;

/// Words of a sort, and how often they may occur among 10,000 words of comments.
struct Sort {
    name: &'static str,
    words: &'static [&'static str],
    /// Whether the words count only at the beginning of a sentence.
    opens: bool,
    most: f64,
}

/// Rates measured in the models: openings with "What" 0.3 to 1.0, "stands" 0 to 2.4, "whoever" and "whom" 0 to 0.9, "tell" and "say" 1.1 to 2.3.
const SORTS: [Sort; 5] = [
    Sort {
        name: "sentences that open with What or Who",
        words: &["What", "Whatever", "Who", "Whoever", "Whose", "Whom"],
        opens: true,
        most: 1.0,
    },
    Sort { name: "stand", words: &["stand", "stands", "stood"], opens: false, most: 2.4 },
    Sort { name: "whoever and whom", words: &["whoever", "whom", "whomever"], opens: false, most: 0.9 },
    Sort {
        name: "tell and say",
        words: &["tell", "tells", "told", "telling", "say", "says", "said", "saying"],
        opens: false,
        most: 2.3,
    },
    Sort { name: "nobody", words: &["nobody", "anybody", "somebody"], opens: false, most: 0.5 },
];

/// Comments of a file, each with its first line and whether it documents an item.
struct Comment {
    file: PathBuf,
    line: usize,
    documents: bool,
    text: String,
}

/// The marker of a comment line and its words; `None` for a line of code.
fn comment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let marker = ["///", "//!", "//", "/**", "*/", "*"].into_iter().find(|marker| line.starts_with(marker))?;
    let text = &line[marker.len()..];
    // A product of two factors is code, and so is a pointer.
    let is_text = text.is_empty() || text.starts_with(' ') || marker == "*/";
    is_text.then(|| (marker, text.trim_end_matches("*/").trim()))
}

fn comments() -> Vec<Comment> {
    let mut all = Vec::new();
    let files = FOLDERS.iter().flat_map(|folder| sources(&file(folder), &["rs", "js", "mjs", "proto"], &PASSED_OVER));
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let (mut before, mut in_code) = (None, false);
        for (at, line) in text.lines().enumerate() {
            let found = comment(line).filter(|(marker, _)| *marker != "*" || before.is_some());
            let Some((marker, words)) = found else {
                before = None;
                continue;
            };
            if words.starts_with("```") {
                in_code = !in_code;
            } else if !in_code {
                let goes_on = before == Some(marker) || matches!((before, marker), (Some("/**" | "*"), "*" | "*/"));
                match all.last_mut().filter(|_| goes_on) {
                    Some(Comment { text, .. }) => {
                        text.push(' ');
                        text.push_str(words);
                    }
                    None => all.push(Comment {
                        file: file.clone(),
                        line: at + 1,
                        documents: ["///", "/**"].contains(&marker),
                        text: words.to_owned(),
                    }),
                }
            }
            before = Some(marker);
        }
    }
    all
}

/// The words of a comment, each with whether a sentence begins with it. A span of code counts as one word.
fn words(text: &str) -> Vec<(String, bool)> {
    let spans: String = text.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "CODE" }).collect();
    let mut begins = true;
    let words = spans.split_whitespace().map(|word| {
        let opens = std::mem::replace(&mut begins, word.ends_with(['.', ':', ';']));
        (word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_owned(), opens)
    });
    words.collect()
}

#[test]
fn comments_are_as_plain_as_those_of_the_models() {
    let comments = comments();
    let total: usize = comments.iter().map(|comment| words(&comment.text).len()).sum();
    assert!(total > 50_000, "{total} words of comments were found");
    let mut faults = Vec::new();
    for Sort { name, words: listed, opens, most } in SORTS {
        let is_listed = |word: &str| {
            if opens { listed.contains(&word) } else { listed.iter().any(|of| word.eq_ignore_ascii_case(of)) }
        };
        let found: Vec<&Comment> = comments
            .iter()
            .flat_map(|comment| {
                let all = words(&comment.text);
                let count = all.iter().filter(|(word, begins)| is_listed(word) && (*begins || !opens)).count();
                std::iter::repeat_n(comment, count)
            })
            .collect();
        let rate = found.len() as f64 * 10_000.0 / total as f64;
        if rate > most {
            let places: Vec<String> =
                found.iter().map(|of| format!("{}:{}: {}", of.file.display(), of.line, of.text)).collect();
            faults.push(format!("{name}: {rate:.1} of 10,000 words, at most {most}\n{}", places.join("\n")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn a_doc_comment_states_more_than_the_name_of_its_item() {
    let short: Vec<String> = comments()
        .iter()
        .filter(|comment| comment.documents && words(&comment.text).len() <= SHORT)
        .map(|comment| format!("{}:{}: {}", comment.file.display(), comment.line, comment.text))
        .collect();
    assert!(short.is_empty(), "{} doc comments have {SHORT} words or fewer:\n{}", short.len(), short.join("\n"));
}
