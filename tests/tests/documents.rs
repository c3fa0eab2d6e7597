//! Tables of the specification that follow from the code.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_api::refusal::Refusal;
use headwater_event::codec::Number as _;
use headwater_event::kind::{KIND_ARM, Kind};
use headwater_event::subject::Subject;
use headwater_tests::marked;
use headwater_tests::vectors::sample;

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
