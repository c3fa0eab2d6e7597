//! Tests of wrong values: the error names the flag, the value and the rule, and nothing is signed or written.

mod desk;

use std::fs;

use desk::Desk;
use headwater_testing::world::World;

const LOT: &str = "01/09526543000013/10/L26-0417";
const TIN: &str = "01/09526543000013/21/7KQ2M9XW4T";
const BRAND: &str = "417/9521111100010";
const CARRIER: &str = "417/9522222200019";

/// A wrong value of a flag: the command, the flag and its value, the flag as the error shows it, and the rule.
type Wrong<'a> = (&'a [&'a str], &'a [&'a str], &'a str, &'a str);

#[test]
fn a_wrong_value_is_named_with_its_flag_and_its_rule_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { place: folder.path(), url: "http://127.0.0.1:1".to_owned() };
    fs::write(folder.path().join("policy"), World::new().pinned()).unwrap();
    desk.says(&["key", "new", "brand.key"]);
    fs::write(
        folder.path().join("stickers.csv"),
        format!("address,gtin,lot,serial,code\nhttps://x.example/{LOT},,,,\n"),
    )
    .unwrap();
    let signer = ["--party", BRAND, "--role", "brand", "--key", "brand.key"];
    let long = "R".repeat(65);
    let issue = ["sticker", "issue", "--count", "1", "--batch", "B-1", "--out", "B-1"];
    let [issue, based] =
        [["--base", "https://id.trace.example"], ["--lot", LOT]].map(|more| [&issue[..], &more].concat());
    let sheet = ["sticker", "sheet", "stickers.csv", "--out", "stickers.pdf"];
    let revoke = ["party", "revoke-key", BRAND, "--key-id", &"11".repeat(32)];
    let delegate = ["delegate", "--to", CARRIER, "--kind", "distribution", "--prefix", "9527777"];
    let server = "is not the URL of a server: http:// or https://, a host, and a path at most";
    let moment = "is not a moment since 1970, such as 2026-05-08T06:00:00Z";
    let cases: &[Wrong<'_>] = &[
        (&["event", "inspection"], &["--test", "lead = 0.5 mg/kg"], "--test <TEST>", "method: is missing"),
        (&["event", "inspection"], &["--test", "lead = 0.5 mgkg"], "--test <TEST>", "unit \"mgkg\""),
        (&["event", "inspection"], &["--decision-rule", " "], "--decision-rule <DECISION_RULE>", "is not a text: 1 to"),
        (&["event", "recall"], &["--lift", &long], "--lift <RECEIPT|NUMBER|EVENT>", "is not a file, and is not a code"),
        (&["event", "production"], &["--set", "place"], "--set <PATH=VALUE>", "is not a PATH=VALUE"),
        (&["event", "production"], &["--role", "cook"], "--role <ROLE>", "is not one of brand"),
        (&["event", "production"], &["--at", "noon"], "--at <AT>", "is not a moment with an offset"),
        (&["event", "commissioning"], &["--lot", TIN], "--lot <LOT>", "is not a lot: 01/GTIN/10/LOT"),
        (&["event", "sticker"], &["--subject", &format!("{TIN}@{TIN}")], "--subject <SUBJECT>", "is not a lot: 01/"),
        (&["event", "aggregation"], &["--parent", LOT], "--parent <PARENT>", "is not a logistic unit: 00/SSCC"),
        (
            &["history"],
            &["milk"],
            "<PRODUCT>",
            "is neither a subject key nor a Digital Link: the path holds no GS1 key",
        ),
        (&["history", LOT], &["--url", "localhost:8080"], "--url <URL>", server),
        (&["follow"], &["--url", "http://"], "--url <URL>", server),
        (&["alerts"], &["--url", "http://localhost:http"], "--url <URL>", server),
        (&["alerts"], &["--since", "yesterday"], "--since <SINCE>", moment),
        (&["attach", "policy"], &["--event", "R-1"], "--event <EVENT>", "is not a UUIDv7"),
        (&revoke, &["--compromised-since", "1969-12-31T00:00:00Z"], "--compromised-since <COMPROMISED_SINCE>", moment),
        (&revoke, &["--retired-from", "today"], "--retired-from <RETIRED_FROM>", moment),
        (&delegate, &["--until", "2027-01-01"], "--until <UNTIL>", moment),
        (&delegate, &["--kind", "gift"], "--kind <KIND>", "is not one of production"),
        (&["party", "grant-role", BRAND], &["cook"], "<GRANTED>", "is not one of brand"),
        (&issue, &["--lot", TIN], "--lot <LOT>", "is not a lot: 01/GTIN/10/LOT"),
        (&based, &["--base", "ftp://id.trace.example"], "--base <BASE>", server),
        (&based, &["--base", "https://id.trace.example/10/A"], "--base <BASE>", "no label can be below it: (10) is"),
        (&sheet, &["--brand", " "], "--brand <BRAND>", "is not a text: 1 to"),
        (&sheet[..3], &["--out", "c.gif"], "--out <OUT>", "a file ends in .pdf, .zpl, .svg or .png"),
    ];
    for (command, wrong, flag, rule) in cases {
        let signs = matches!(command[0], "event" | "delegate" | "party") && wrong[0] != "--role";
        let signer: &[&str] = if signs { &signer } else { &[] };
        let talk = desk.misreads(&[command, *wrong, signer].concat());
        let named = format!("invalid value '{}' for '{flag}': ", wrong[wrong.len() - 1]);
        let is_named = talk.contains(&named) && talk.contains(rule) && !talk.contains("message: ");
        assert!(is_named, "{command:?} {wrong:?}: {talk}");
    }
    // A variable of the environment is the same flag.
    let output = desk.command(&["history", LOT]).env("HEADWATER_URL", "localhost").output().unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && talk.contains("invalid value 'localhost' for '--url <URL>'"), "{talk}");
    // A flag that may be given once for each language, and a proof of another party, are named too.
    let twice = ["event", "origin", "--name", "milk", "--name", "powder", "--subject", "01/09526543000013"];
    let talk = desk.refuses(&[&twice[..], &signer].concat());
    assert!(talk.contains("--name: \"milk\" and \"powder\" are both in en"), "{talk}");
    let proof = desk.says(&["key", "prove", "brand.key", "--party", CARRIER, "--use", "events"]);
    fs::write(folder.path().join("proof"), proof).unwrap();
    let register = ["party", "register", BRAND, "--name", "brand", "--country", "NL", "--as", "brand"];
    let talk = desk.refuses(&[&register[..], &["--add-key", "proof"], &signer].concat());
    assert!(talk.contains(&format!("--add-key proof: is a proof of {CARRIER}, not of {BRAND}")), "{talk}");
    let mut files: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["brand.key", "policy", "proof", "stickers.csv"], "nothing is signed or written");
}
