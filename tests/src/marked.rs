//! Parts of documents that follow from code. A part lies between two markers, and a test compares the part with the code.
//!
//! With `HEADWATER_WRITE=1`, the comparison writes the part instead.

use std::fs;

use crate::repository::{file, read};

/// Compares the part of a document with the text that follows from the code.
///
/// # Panics
/// When the document has no such markers, or another text between them.
pub fn compare(path: &str, name: &str, wanted: &str) {
    let (begin, end) = (format!("<!-- {name}: written by a test -->\n"), format!("<!-- end of {name} -->"));
    let document = read(path);
    let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("{path}: {begin} is missing"));
    let (found, behind) = rest.split_once(&end).unwrap_or_else(|| panic!("{path}: {end} is missing"));
    if std::env::var_os("HEADWATER_WRITE").is_some_and(|value| value == "1") {
        fs::write(file(path), format!("{before}{begin}{wanted}{end}{behind}")).expect("a written document");
    } else {
        let how = "HEADWATER_WRITE=1 cargo test -p headwater-tests --test edges --test documents";
        assert!(found == wanted, "{path}: {name} is old: {how}");
    }
}

/// A table in Markdown, from its head and its rows.
pub fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: [String; N]| format!("| {} |\n", cells.join(" | "));
    let rule = format!("|{}\n", "---|".repeat(N));
    line(head.map(str::to_owned)) + &rule + &rows.into_iter().map(line).collect::<String>()
}
