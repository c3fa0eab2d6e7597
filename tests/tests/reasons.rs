//! Reasons of verdicts, as a person reads them, on the traces of the vectors.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use headwater_event::digital_link::DigitalLink;
use headwater_event::subject::Subject;
use headwater_event::text::Date;
use headwater_trace::label::Label;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::story::Story;
use headwater_trace::verdict::Judgement;
use headwater_trace::verify::verify;
use headwater_trace::walk::Query;
use serde_json::Value;

/// The reasons of a vector's verdict on a day, or on the day of the vector.
fn reasons(vector: &str, day: Option<&str>) -> Vec<String> {
    let path = format!("{}/vectors/trace/{vector}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let input = &document["input"];
    let subject = |name: &str| input[name].as_str().map(|key| Subject::parse(key).unwrap());
    let query = Query { subject: subject("subject").unwrap(), lot: subject("lot") };
    let policy = TrustPolicy::parse(input["policy"].as_str().unwrap()).unwrap();
    let trace = verify(&hex::decode(input["trace"].as_str().unwrap()).unwrap(), &query, &policy).unwrap();
    let today = Date::parse(day.unwrap_or(input["today"].as_str().unwrap())).unwrap();
    let label = input["link"].as_str().map(|link| Label::of(&DigitalLink::parse(link).unwrap()));
    let judgement = Judgement::of(&Story::compose(&trace), &label.unwrap_or_default(), today);
    judgement.reasons.into_iter().map(|reason| reason.text).collect()
}

/// Vectors, each with a reason of its verdict.
const REASONS: &[(&str, &str)] = &[
    ("newer-alarm", "a newer kind of warning, which this verifier cannot read"),
    ("verdict-recalled-lot", "recall R-1 of brand (417/9520000000028) is recorded and not lifted"),
    ("newer-story", "a record is of a newer format than this verifier knows"),
    ("newer-informative", "records of a newer, informative kind that are not shown: 1"),
    ("verdict-order-newer-and-incomplete", "the story is longer than a trace holds"),
    ("verdict-order-newer-and-incomplete", "what is shown is whole as claimed by the operator"),
    ("audited", "complete as of 2026-05-01 at 00:24 UTC, as audited"),
    ("cosigned-in-a-year-of-nine-digits", "complete as of 2026-05-01 at 00:25 UTC, as audited"),
    ("unknown-model", "nothing is recorded of 01/09521234000013 itself"),
    ("verdict-order-unproven-and-not-yet-sold", "no record shown here proves which lot it belongs to"),
    (
        "closed-register-add-the-lot",
        "of a model with so many sets nothing shows the lot of a number alone: add the lot",
    ),
    ("list-missing", "the node does not show the list of a set, so that nothing can be said"),
    ("unproven-input", "no record shown here proves the lot of 01/09526543000013/21/LOOSE, of which it was made"),
    ("claimed-by-two", "its code was claimed by two parties"),
    (
        "verdict-order-suspect-and-newer",
        "it was sold by two parties, and no record shown here says that the second got it from the first",
    ),
    ("course-said-after-its-end", "it, or what it lay in, is recorded as destroyed"),
    ("verdict-voided", "its sticker was voided"),
    ("verdict-order-taken-back-and-voided", "its issue was taken back"),
    (
        "verdict-never-issued-newer-on-its-model",
        "never issued: no commissioning holds it, nor does any set on the register of the model (0)",
    ),
    (
        "closed-register-not-in-the-lot",
        "not issued in 01/09526543000013/10/L26-0418: no commissioning holds it, nor does any set of that lot",
    ),
    ("course-customs-of-another-number", "an import is recorded, and the last word of customs on it is no release"),
    ("tie-by-origin-content-and-certification", "no record says yet that it was stored, delivered or sold"),
    (
        "suspect-another-reaffirmed",
        "signed with a key that its party, or the operator, reported stolen since 2026-04-30 at 23:25 UTC",
    ),
    (
        "in-two-sets",
        "one record says that this serial is of 01/09526543000013/10/L26-0418, another that it is of 01/09526543000013/10/L26-0417",
    ),
];

#[test]
fn each_verdict_has_its_reason_in_words() {
    for (vector, reason) in REASONS {
        let all = reasons(vector, None);
        assert!(all.iter().any(|text| text == reason), "{vector}: {all:?}");
    }
}

#[test]
fn a_recall_that_is_to_begin_names_its_day() {
    let all = reasons("verdict-recalled-lot", Some("2026-05-01"));
    assert_eq!(all[0], "recall R-1 of brand (417/9520000000028) is recorded and not lifted, from 2026-05-02");
}
