//! The command as scripts use it: every exit code is reached, `--json` is one document, a closed pipe changes nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use headwater_event::codec::Message as _;
use headwater_tests::world::{World, asked, auditor, log_signer};
use headwater_trace::trace::Trace;

const LOT: &str = "01/09526543000013/10/L26-0417";
const ITEM: &str = "01/09526543000013/21/7KQ2M9XW4T";
const NEVER: &str = "01/09526543000013/21/NEVER";
/// The world of the tests lives in May 2026.
const ANY_AGE: &str = "999999999999";

fn run(place: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_verifier-cli")).current_dir(place).args(arguments).output().unwrap()
}

fn code(place: &Path, arguments: &[&str]) -> i32 {
    run(place, arguments).status.code().unwrap()
}

fn verify<'a>(file: &'a str, subject: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["verify", file, "--policy", "policy", "--subject", subject, "--today", "2026-06-01"], more].concat()
}

#[test]
fn every_exit_code() {
    let world = World::new();
    world.produce(&world.dairy, LOT).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let write = |name: &str, bytes: &[u8]| fs::write(place.join(name), bytes).unwrap();
    let ledger = world.ledger.ledger_id();
    let (log, cosigner) = (log_signer(), auditor());
    let policy = format!(
        "log {}\nwitness a {}\ngroup auditors 1 a\nquorum none\n#headwater ledger {ledger}\n",
        log.key(),
        cosigner.key()
    );
    write("policy", policy.as_bytes());

    write("unsold.trace", &world.trace(&asked(ITEM)));
    let receipt = world.deliver(&[ITEM]).unwrap();
    write("sold.receipt", &receipt.encode());
    let sold = world.trace(&asked(ITEM));
    write("sold.trace", &sold);
    write("never.trace", &world.trace(&asked(NEVER)));
    let mut lie = Trace::parse(&sold).unwrap();
    lie.entries.pop();
    write("lie.trace", &lie.encode());
    world.recall(&world.dairy, &[LOT]).unwrap();
    write("recalled.trace", &world.trace(&asked(ITEM)));

    let age = ["--max-age", ANY_AGE];
    assert_eq!(code(place, &verify("sold.trace", ITEM, &age)), 0);
    assert_eq!(code(place, &verify("sold.trace", ITEM, &[])), 7);
    assert_eq!(code(place, &verify("lie.trace", ITEM, &age)), 3);
    assert_eq!(code(place, &verify("sold.trace", LOT, &age)), 3);
    assert_eq!(code(place, &verify("never.trace", NEVER, &age)), 4);
    assert_eq!(code(place, &verify("recalled.trace", ITEM, &age)), 5);
    assert_eq!(code(place, &verify("unsold.trace", ITEM, &age)), 6);
    assert_eq!(code(place, &verify("sold.trace", ITEM, &["--max-age", ANY_AGE, "--today", "2028-01-01"])), 2);
    let expired = [
        "verify",
        "sold.trace",
        "--policy",
        "policy",
        "--subject",
        ITEM,
        "--today",
        "2028-01-01",
        "--max-age",
        ANY_AGE,
    ];
    assert_eq!(code(place, &expired), 6);
    let other_lot = format!("https://id.trace.example/01/09526543000013/10/OTHER/21/{}", "7KQ2M9XW4T");
    assert_eq!(code(place, &verify("sold.trace", &other_lot, &age)), 6);
    assert_eq!(code(place, &verify("sold.trace", "01/1", &age)), 2);
    assert_eq!(code(place, &verify("absent.trace", ITEM, &age)), 1);
    assert_eq!(code(place, &["verify", "sold.trace", "--policy", "policy"]), 2);
    assert_eq!(code(place, &["verify", "sold.receipt", "--policy", "policy"]), 0);
    assert_eq!(code(place, &["verify", "sold.trace", "--as", "receipt", "--policy", "policy"]), 3);
    assert_eq!(code(place, &["inspect", "sold.trace"]), 0);
    assert_eq!(code(place, &["qr", "https://id.trace.example/01/09526543000013", "--svg", "label.svg"]), 0);
    assert_eq!(code(place, &["qr", "https://id.trace.example/01/09526543000017"]), 2);

    let json = run(place, &verify("recalled.trace", ITEM, &["--json"]));
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["verdict"], "RECALLED");
    assert_eq!(document["story"][0]["kind"], "production");
    assert!(json.stderr.is_empty() && !json.stdout.contains(&0x1b));

    // A reader that goes away early changes nothing about what was found.
    let mut piped = Command::new(env!("CARGO_BIN_EXE_verifier-cli"))
        .current_dir(place)
        .args(verify("recalled.trace", ITEM, &age))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(piped.stdout.take());
    assert_eq!(piped.wait().unwrap().code(), Some(5));
}
