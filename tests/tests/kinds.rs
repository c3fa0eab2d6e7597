//! The places of each kind of event: words, tables of both verifiers, tables of the specification, vectors. A kind that lacks one of
//! its places is named here, with the place.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use headwater_event::kind::Kind;
use headwater_tests::repository::{file, read};
use headwater_tests::vectors::roles_that_sign;

/// Tables of the JavaScript verifier that have a row for each kind, with the kinds that a rule of its own covers instead.
const TABLES: [(&str, &str, &[&str]); 6] = [
    ("verifier/authority.js", "SIGNS", &[]),
    ("verifier/event.js", "NAMES", &["commissioning", "party_event"]),
    ("verifier/event.js", "BODIES", &[]),
    ("verifier/findings.js", "KINDS", &[]),
    ("verifier/course.js", "RULES", &[]),
    ("verifier/course.js", "ONCE", &[]),
];
/// Sorts of subjects, as the names of vectors spell them.
const SUBJECTS: [&str; 6] = ["model", "lot", "item", "unit", "register", "list"];

/// The text of a table of the specification: its rows, from the line of its head.
fn table<'a>(spec: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let (_, behind) = spec.split_once(head).unwrap_or_else(|| panic!("{head} is not in the specification"));
    let rows = behind.lines().skip(2).map(str::trim).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Whether a cell names a kind: alone, in a list, or with a form behind a comma.
fn names(cell: &str, kind: &str) -> bool {
    cell.split(',').any(|part| part.trim() == kind)
}

/// Whether a table of a script has a row with this name.
fn has_row(script: &str, table: &str, row: &str) -> bool {
    let (_, behind) = script.split_once(&format!("const {table} = {{")).unwrap();
    let (rows, _) = behind.split_once("\n}").unwrap();
    rows.split(['\n', ',']).any(|line| {
        let line = line.trim_start();
        line.strip_prefix(row).is_some_and(|rest| rest.starts_with([':', '(']))
    })
}

#[test]
fn every_kind_has_its_places() {
    let spec = read("proto/README.md");
    let findings = table(&spec, "| about | rule |");
    let course = table(&spec, "| entry | breaks | asks |");
    let mut missing = Vec::new();
    let mut wants = |kind: &Kind, is_there: bool, place: &str| {
        if !is_there {
            missing.push(format!("{kind}: {place}"));
        }
    };
    for kind in Kind::ALL {
        let (name, dashed) = (kind.as_str(), kind.as_str().replace('_', "-"));
        for language in ["en", "nl", "zh-Hans"] {
            let path = format!("ledger-node/page/words/{language}.json");
            let words: serde_json::Value = serde_json::from_str(&read(&path)).unwrap();
            let key = format!("kind.{name}");
            let is_word = |word: &str| word == key || word.starts_with(&format!("{key}."));
            // The page shows no party events.
            let has = *kind == Kind::Party || words.as_object().unwrap().keys().any(|word| is_word(word));
            wants(kind, has, &path);
        }
        for (path, table, apart) in TABLES {
            let script = read(&format!("ledger-node/page/{path}"));
            wants(kind, apart.contains(&name) || has_row(&script, table, name), &format!("{table} of {path}"));
        }
        let in_first = |rows: &[Vec<&str>]| rows.iter().any(|row| names(row[0], name));
        // These kinds have no rules of their own.
        let has = matches!(kind, Kind::Commissioning | Kind::Correction) || in_first(&findings);
        wants(kind, has, "the table of findings of proto/README.md, or the kinds without rules in this test");
        use Kind::{Certification, Distribution, OriginContent, Party, Recall};
        let is_free = matches!(kind, Certification | OriginContent | Party | Distribution | Recall);
        let has = is_free || course.iter().any(|row| row[0].split([' ', ',']).any(|word| word == name));
        wants(kind, has, "the consistency rules of proto/README.md, or `is_free` of this test");
        let mut vectors = vec![format!("event/kind-{dashed}.json")];
        if !matches!(kind, Kind::Commissioning | Kind::Party) {
            vectors.extend(SUBJECTS.map(|sort| format!("event/names-{dashed}-of-{sort}.json")));
        }
        for vector in vectors {
            wants(kind, file("tests/vectors").join(&vector).exists(), &format!("tests/vectors/{vector}"));
        }
        // Any role signs these two.
        let is_signed = roles_that_sign().any(|(_, of, _)| of == *kind);
        let has = matches!(kind, Kind::Correction | Kind::Party) || is_signed;
        wants(kind, has, "ROWS of tests/src/vectors/trace/roles.rs");
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_table_of_roles_is_that_of_the_vectors() {
    let spec = read("proto/README.md");
    let rows = table(&spec, "| kind | roles |");
    for (name, kind, roles) in roles_that_sign() {
        let form = match name {
            "applied" => Some("applied"),
            "issued" | "voided" | "claimed" => Some("any other action"),
            "first_party" => Some("first-party"),
            "certification" => Some("any other"),
            _ => None,
        };
        let is_of = |cell: &str| match form {
            Some(form) => cell == format!("{kind}, {form}"),
            None => names(cell, kind.as_str()),
        };
        let row = rows.iter().find(|row| is_of(row[0])).unwrap_or_else(|| panic!("{name} has no row"));
        let listed: Vec<&str> = row[1].split(", ").map(|role| role.split(' ').next().unwrap()).collect();
        let mut listed: Vec<&str> = listed.into_iter().filter(|role| *role != "with").collect();
        let mut signs: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        listed.sort_unstable();
        signs.sort_unstable();
        assert_eq!(listed, signs, "{name}");
    }
}
