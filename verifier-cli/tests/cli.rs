//! The command as scripts use it: the tests reach every exit code, `--json` is one document, a closed pipe changes nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use headwater_event::codec::Message as _;
use headwater_event::document::AttachmentRole;
use headwater_event::kind::KindBody;
use headwater_testing::world::{World, attachment, auditor, log_signer, production, quantity, query, subject};
use headwater_trace::trace::Trace;
use headwater_trace::walk::Query;
use headwater_words::timeline::local;

const LOT: &str = "01/09526543000013/10/L26-0417";
const ITEM: &str = "01/09526543000013/21/7KQ2M9XW4T";
const NEVER: &str = "01/09526543000013/21/NEVER";
/// Age limit in seconds that allows any age, since the test world is in May 2026.
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

    write("unsold.trace", &world.trace(&query(ITEM)));
    let receipt = world.deliver(&[ITEM]).unwrap();
    write("sold.receipt", &receipt.encode());
    let sold = world.trace(&query(ITEM));
    write("sold.trace", &sold);
    let other_lot = Query { lot: Some(subject("01/09526543000013/10/OTHER")), ..query(ITEM) };
    write("other-lot.trace", &world.trace(&other_lot));
    write("never.trace", &world.trace(&query(NEVER)));
    let mut lie = Trace::parse(&sold).unwrap();
    lie.entries.pop();
    write("lie.trace", &lie.encode());
    world.recall(&world.dairy, &[LOT]).unwrap();
    write("recalled.trace", &world.trace(&query(ITEM)));

    let age = ["--max-age", ANY_AGE];
    assert_eq!(code(place, &verify("sold.trace", ITEM, &age)), 0);
    assert_eq!(code(place, &verify("sold.trace", ITEM, &[])), 7);
    assert_eq!(code(place, &verify("never.trace", NEVER, &[])), 7, "it may have been issued since");
    assert_eq!(code(place, &verify("recalled.trace", ITEM, &[])), 5);
    assert_eq!(code(place, &verify("lie.trace", ITEM, &age)), 3);
    assert_eq!(code(place, &verify("sold.trace", LOT, &age)), 8);
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
    // The file was made for another question: it lacks the lot of the label.
    assert_eq!(code(place, &verify("sold.trace", &other_lot, &age)), 8);
    assert_eq!(code(place, &verify("other-lot.trace", &other_lot, &age)), 6);
    assert_eq!(code(place, &verify("sold.trace", "01/1", &age)), 2);
    assert_eq!(code(place, &verify("absent.trace", ITEM, &age)), 1);
    assert_eq!(code(place, &["verify", "sold.trace", "--policy", "policy"]), 2);
    assert_eq!(code(place, &["verify", "sold.receipt", "--policy", "policy"]), 0);
    assert_eq!(code(place, &["verify", "sold.trace", "--as", "receipt", "--policy", "policy"]), 8);
    assert_eq!(code(place, &["inspect", "sold.trace"]), 0);
    assert_eq!(code(place, &["qr", "https://id.trace.example/01/09526543000013", "--svg", "label.svg"]), 0);
    assert_eq!(code(place, &["qr", "https://id.trace.example/01/09526543000017"]), 2);
    write("label.png", b"a photo");
    assert_eq!(code(place, &["qr", "https://id.trace.example/01/09526543000013", "--png", "label.png"]), 1);
    assert_eq!(fs::read(place.join("label.png")).unwrap(), b"a photo", "no output replaces a file");
    // A serial in front of the key is not dropped.
    let misplaced = format!("https://id.trace.example/21/A/{LOT}");
    assert_eq!(code(place, &["qr", &misplaced]), 2);
    assert_eq!(code(place, &verify("sold.trace", &misplaced, &age)), 2);
    assert_eq!(code(place, &verify("sold.trace", &format!("ftp://id.trace.example/{ITEM}"), &age)), 2);
    // An attribute that cannot be read hides no recall.
    let unread = format!("https://id.trace.example/{ITEM}?17=000000&4300=%FF");
    assert_eq!(code(place, &verify("recalled.trace", &unread, &age)), 5);

    let json = run(place, &verify("recalled.trace", ITEM, &["--json"]));
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["verdict"], "RECALLED");
    assert_eq!(document["story"][0]["kind"], "production");
    assert!(json.stderr.is_empty() && !json.stdout.contains(&0x1b));

    // A closed pipe does not change the result.
    let mut piped = Command::new(env!("CARGO_BIN_EXE_verifier-cli"))
        .current_dir(place)
        .args(verify("recalled.trace", ITEM, &age))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(piped.stdout.take());
    assert_eq!(piped.wait().unwrap().code(), Some(5));
}

#[test]
fn a_wrong_value_is_named_with_its_flag_and_its_rule_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let server = "is not the URL of a server: http:// or https://, a host, and a path at most";
    let name = "is not a key name: 1 to 255 bytes without space, plus or control character";
    let cases: &[(&[&str], &[&str], &str, &str)] = &[
        (
            &["verify", "a.trace"],
            &["--subject", "01/1"],
            "--subject <SUBJECT>",
            "is neither a subject key nor a Digital",
        ),
        (&["verify", "a.trace"], &["--subject", "milk"], "--subject <SUBJECT>", "it names no product, unit or party"),
        (&["verify", "a.trace"], &["--today", "yesterday"], "--today <TODAY>", "is not a date: YYYY-MM-DD"),
        (&["new-key", "a.key"], &["--name", "an auditor"], "--name <NAME>", name),
        (&["audit", "copy", "--cosign", "a.key"], &["--name", "a+b"], "--name <NAME>", name),
        (&["audit"], &["http://"], "<PLACE>", server),
        (&["mirror"], &["localhost:8080"], "<URL>", server),
        (&["qr"], &["https://id.trace.example/01/09526543000017"], "<LINK>", "is not a Digital Link: "),
    ];
    for (command, wrong, flag, rule) in cases {
        let rest: &[&str] = if command[0] == "mirror" { &["copy"] } else { &[] };
        let output = run(folder.path(), &[command, *wrong, rest].concat());
        let talk = String::from_utf8(output.stderr).unwrap();
        let named = format!("invalid value '{}' for '{flag}': ", wrong[wrong.len() - 1]);
        assert!(talk.contains(&named) && talk.contains(rule), "{command:?} {wrong:?}: {talk}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{command:?} {wrong:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Makes a folder with a policy, and the trace of an item in trade whose lot has a report attached.
fn with_report(world: &World<headwater_ledger::memory::MemoryStore>) -> tempfile::TempDir {
    let mut made = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    made.subjects[0].quantity = Some(quantity("900", "KGM"));
    made.attachments.push(attachment(b"report 0042", "application/pdf", AttachmentRole::Certificate));
    world.say(&world.dairy, &made).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy"), world.pinned()).unwrap();
    fs::write(folder.path().join("unsold.trace"), world.trace(&query(ITEM))).unwrap();
    world.deliver(&[ITEM]).unwrap();
    fs::write(folder.path().join("sold.trace"), world.trace(&query(ITEM))).unwrap();
    folder
}

#[test]
fn announced_files_are_whole_altered_or_not_there() {
    let world = World::new();
    let folder = with_report(&world);
    let (place, files) = (folder.path(), folder.path().join("files"));
    fs::create_dir(&files).unwrap();
    let checked = |expected: &str, exit: i32| {
        let more = ["--max-age", ANY_AGE, "--attachments", "files", "--json"];
        let output = run(place, &verify("sold.trace", ITEM, &more));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((document["attachments"][0]["state"].as_str(), output.status.code()), (Some(expected), Some(exit)));
        document["attachments"][0]["sha256"].as_str().unwrap().to_owned()
    };
    let hash = checked("absent", 0);
    fs::write(files.join("whatever.pdf"), b"report 0042").unwrap();
    checked("whole", 0);
    fs::write(files.join(hash), b"report 0043").unwrap();
    fs::remove_file(files.join("whatever.pdf")).unwrap();
    checked("altered", 3);
    let told = run(place, &verify("sold.trace", ITEM, &["--max-age", ANY_AGE, "--attachments", "files"]));
    assert!(String::from_utf8(told.stdout).unwrap().contains("altered"));

    // The bytes have the announced hash, but the event announces one byte more.
    let world = World::new();
    let mut made = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    made.subjects[0].quantity = Some(quantity("900", "KGM"));
    made.attachments.push(attachment(b"report 0042", "application/pdf", AttachmentRole::Certificate));
    made.attachments[0].size += 1;
    world.say(&world.dairy, &made).unwrap();
    fs::write(place.join("policy"), world.pinned()).unwrap();
    world.deliver(&[LOT]).unwrap();
    fs::write(files.join("report.pdf"), b"report 0042").unwrap();
    fs::write(place.join("sized.trace"), world.trace(&query(LOT))).unwrap();
    let told = run(place, &verify("sized.trace", LOT, &["--max-age", ANY_AGE, "--attachments", "files"]));
    let said = String::from_utf8(told.stdout).unwrap();
    assert!(said.contains("announced with another size") && told.status.code() == Some(3), "{said}");
}

#[test]
fn a_scan_log_adds_notes_and_changes_no_verdict() {
    let world = World::new();
    let folder = with_report(&world);
    let place = folder.path();
    let judged = |log: &str| {
        fs::write(place.join("scans.json"), log).unwrap();
        let output =
            run(place, &verify("sold.trace", ITEM, &["--max-age", ANY_AGE, "--scans", "scans.json", "--json"]));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let verdict = document["verdict"].as_str().unwrap_or_default().to_owned();
        (verdict, output.status.code().unwrap(), document["scans"].to_string())
    };
    let shanghai = r#"{"at": "2026-06-01T12:00:00+08:00", "device": "a", "zone": "Asia/Shanghai", "lat": 31.23, "lon": 121.47, "error_km": 10}"#;
    let berlin = r#"{"at": "2026-06-01T06:20:00+02:00", "device": "b", "zone": "Europe/Berlin", "lat": 52.52, "lon": 13.40, "error_km": 10}"#;
    let valid = |scans: &str| ("VALID".to_owned(), 0, scans.to_owned());
    assert_eq!(judged(&format!("[{shanghai}]")), valid(r#"{"count":1,"notes":[]}"#));
    assert_eq!(judged(&format!("[{shanghai}, {shanghai}]")), valid(r#"{"count":2,"notes":[]}"#));
    let apart = r#"{"minutes":20,"note":"apart","places":["Asia/Shanghai","Europe/Berlin"]}"#;
    assert_eq!(judged(&format!("[{shanghai}, {berlin}]")), valid(&format!(r#"{{"count":2,"notes":[{apart}]}}"#)));
    assert_eq!(judged("{}"), (String::new(), 1, "null".to_owned()));

    fs::write(place.join("scans.json"), format!("[{shanghai}, {berlin}]")).unwrap();
    let told = run(place, &verify("sold.trace", ITEM, &["--max-age", ANY_AGE, "--scans", "scans.json"]));
    let told = String::from_utf8(told.stdout).unwrap();
    let note = "devices that give their place as Asia/Shanghai and as Europe/Berlin looked at it within 20 minutes";
    assert!(told.contains(note) && told.contains("they are not signed, and change no verdict"), "{told}");
}

#[test]
fn a_record_that_came_later_than_a_day_is_told_with_both_times() {
    use headwater_event::kind::KindBody;
    use headwater_testing::world::{production, quantity, subject};

    const DAY_MS: u64 = 86_400_000;
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    fs::write(place.join("policy"), world.pinned()).unwrap();
    let told = |early_ms: u64, lot: &str| {
        let mut made = world.event(&world.dairy, vec![subject(lot)], KindBody::Production(production()));
        made.subjects[0].quantity = Some(quantity("900", "KGM"));
        made.occurred_at_ms -= early_ms;
        world.say(&world.dairy, &made).unwrap();
        fs::write(place.join("lot.trace"), world.trace(&query(lot))).unwrap();
        let text = String::from_utf8(run(place, &verify("lot.trace", lot, &["--max-age", ANY_AGE])).stdout).unwrap();
        (local(made.occurred_at_ms, 120), text)
    };
    let (claimed, late) = told(3 * DAY_MS, LOT);
    assert!(late.contains(&format!("{claimed} as claimed (recorded 2026-")), "{late}");
    let (_, prompt) = told(DAY_MS / 2, "01/09526543000013/10/L26-0418");
    assert!(prompt.contains("production") && !prompt.contains("as claimed (recorded"), "{prompt}");
}

#[test]
fn a_label_is_drawn_only_for_what_verifies() {
    let world = World::new();
    let folder = with_report(&world);
    let place = folder.path();
    let link = format!("https://id.trace.example/{ITEM}");
    let draw_within = |trace: &str, age: &str| {
        let arguments = ["qr", &link, "--png", "label.png", "--policy", "policy", "--trace", trace, "--max-age", age];
        let code = code(place, &arguments);
        (code, fs::remove_file(place.join("label.png")).is_ok())
    };
    let draw = |trace: &str| draw_within(trace, ANY_AGE);
    assert_eq!(draw("sold.trace"), (0, true));
    assert_eq!(draw_within("sold.trace", "86400"), (7, false), "it may have been recalled since");
    assert_eq!(draw("unsold.trace"), (0, true), "stickers come before the sale");
    let mut bytes = fs::read(place.join("sold.trace")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(place.join("lie.trace"), bytes).unwrap();
    assert_eq!(draw("lie.trace"), (3, false));
    fs::write(place.join("never.trace"), world.trace(&query(NEVER))).unwrap();
    let other = ["qr", "https://id.trace.example/01/09526543000013/21/NEVER", "--png", "label.png"];
    let never = [&other[..], &["--policy", "policy", "--trace", "never.trace"]].concat();
    assert_eq!(code(place, &never), 7, "it may have been issued since");
    assert_eq!(code(place, &[&never[..], &["--max-age", ANY_AGE]].concat()), 4);
    world.recall(&world.dairy, &[LOT]).unwrap();
    fs::write(place.join("recalled.trace"), world.trace(&query(ITEM))).unwrap();
    assert_eq!(draw("recalled.trace"), (5, false));
}
