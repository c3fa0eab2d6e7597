//! The operator's runbook: a section for each reason for which writes wait, and a table whose links lead to sections.

use std::collections::BTreeSet;

use headwater_tests::repository::read;

/// File that names the reasons for which writes wait, each in capitals.
const SOURCE: &str = "crates/headwater-ledger/src/wait.rs";

/// Names of reasons in a source: literals of capitals.
fn reasons(source: &str) -> impl Iterator<Item = &str> {
    let is_name = |text: &&str| text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    source.split('"').skip(1).step_by(2).filter(is_name)
}

/// Anchor of a heading, as a reader of Markdown makes it.
fn anchor(heading: &str) -> String {
    let kept = |letter: char| letter.is_alphanumeric() || letter == '_';
    let letter = |letter: char| match letter {
        ' ' => Some('-'),
        letter => kept(letter).then_some(letter.to_ascii_lowercase()),
    };
    heading.chars().filter_map(letter).collect()
}

#[test]
fn every_reason_for_which_writes_wait_has_a_section() {
    let runbook = read("ledger-node/RUNBOOK.md");
    let headings: Vec<&str> = runbook.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let source = read(SOURCE);
    let named: BTreeSet<&str> = reasons(&source).collect();
    assert!(named.len() > 6, "{named:?}");
    for reason in named {
        let is_named = |heading: &&&str| heading.split([' ', ',', ':']).any(|word| word == reason);
        assert!(headings.iter().any(|heading| is_named(&heading)), "{reason} has no section");
        assert!(runbook.contains(&format!("`{reason}`")), "{reason} is not in the table");
    }
}

#[test]
fn the_table_leads_to_every_section() {
    let runbook = read("ledger-node/RUNBOOK.md");
    let sections: BTreeSet<String> = runbook.lines().filter_map(|line| line.strip_prefix("## ")).map(anchor).collect();
    let linked: BTreeSet<String> =
        runbook.split("](#").skip(1).filter_map(|rest| rest.split_once(')')).map(|(to, _)| to.to_owned()).collect();
    assert_eq!(linked, sections);
}
