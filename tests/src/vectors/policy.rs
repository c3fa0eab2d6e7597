//! Trust policies that a reader takes, and those that a reader refuses, each with its error.

use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_tlog::note::{KeyKind, NoteSigner};
use serde_json::json;

use super::Case;
use super::note::{log, signer, witness};

pub(super) fn policy(rest: &str) -> String {
    format!("log {}\n{rest}#headwater ledger {}\n", log().key(), "11".repeat(32))
}

/// A policy that pins the ledger with this line behind `#headwater `.
fn pinned(pin: &str) -> String {
    format!("log {}\nquorum none\n#headwater {pin}\n", log().key())
}

/// A witness line with a key of type 0x06 (ML-DSA-44).
pub(super) fn foreign(name: &str, key: u8) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let blob = [&[0x06], [key; 1_312].as_slice()].concat();
    let id = Hash::plain(&[format!("{name}.example\n").as_bytes(), &blob].concat());
    let id = hex::encode(&id.as_bytes()[..4]);
    format!("witness {name} {name}.example+{id}+{}\n", STANDARD.encode(blob))
}

/// Lines of `count` witnesses, each with a key of its own.
fn many(count: u16) -> String {
    let key = |at: u16| {
        let seed = Hash::plain(&at.to_be_bytes());
        NoteSigner::new("w.example", KeyKind::Cosigner, SecretKey::from_seed(seed.as_bytes())).expect("a name")
    };
    (0..count).map(|at| format!("witness w{at} {}\n", key(at).key())).collect()
}

/// Lines of `count` groups, each of which contains the group before; the first contains `w1`.
fn groups(count: usize) -> String {
    let before = |at: usize| if at == 0 { "w1".to_owned() } else { format!("g{}", at - 1) };
    (0..count).map(|at| format!("group g{at} any {}\n", before(at))).collect()
}

/// A cosigner's key whose bytes are not a point of the curve, with the key id of these bytes.
fn pointless(name: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let blob = [&[4, 2][..], &[0; 31]].concat();
    let id = Hash::plain(&[format!("{name}\n").as_bytes(), &blob].concat());
    format!("{name}+{}+{}", hex::encode(&id.as_bytes()[..4]), STANDARD.encode(blob))
}

pub(super) fn three(threshold: &str) -> String {
    let witnesses: String = (1..=3).map(|at| format!("witness w{at} {}\n", witness(at).key())).collect();
    policy(&format!("{witnesses}group all {threshold} w1 w2 w3\nquorum all\n"))
}

pub(super) fn cases() -> Vec<Case> {
    let input = |policy: &str| json!({"policy": policy});
    let ok = |name, about, policy: &str| Case::ok("policy", name, about, input(policy));
    let no = |name, about, policy: &str, error| Case::refused("policy", name, about, input(policy), error);
    let one = format!("witness w1 {}\n", witness(1).key());
    vec![
        ok("no-witness", "a log that nobody else vouches for", &policy("quorum none\n")),
        ok("two-of-three", "two of three witnesses", &three("2")),
        ok(
            "auditors",
            "one auditor, whom the quorum does not need",
            &policy(&format!("{one}group auditors 1 w1\nquorum none\n")),
        ),
        ok("comment", "a comment that is none of ours", &policy("# nothing\nquorum none\n")),
        ok("comment-indented", "a comment behind a space and a tab", &policy(" \t# nothing\nquorum none\n")),
        ok("pin-indented", "a pin behind spaces is a pin", &policy("quorum none\n").replace('#', "  #")),
        ok("carriage-returns", "lines that end as on Windows", &policy("quorum none\n").replace('\n', "\r\n")),
        ok("byte-order-mark", "a byte order mark in front", &format!("\u{feff}{}", policy("quorum none\n"))),
        ok(
            "witness-of-unknown-type",
            "a witness whose key is of a newer type",
            &policy(&format!("{one}{}group g 1 w1 pq\nquorum g\n", foreign("pq", 7))),
        ),
        ok(
            "quorum-of-unknown-type",
            "a quorum that this reader never sees met",
            &policy(&format!("{}quorum pq\n", foreign("pq", 7))),
        ),
        no(
            "unknown-type-twice",
            "one key of an unknown type under two names",
            &policy(&format!("{}{}quorum none\n", foreign("pq", 7), foreign("other", 7))),
            "DuplicateKey",
        ),
        no(
            "unknown-type-id",
            "a key of an unknown type whose id is another's",
            &policy(&format!("{}quorum none\n", foreign("pq", 7).replace("pq.example", "p.example"))),
            "Key",
        )
        .cause("VkeyId"),
        no(
            "unknown-type-of-a-log",
            "a log whose key is of an unknown type",
            &format!("{}quorum none\n", foreign("pq", 7).replace("witness pq", "log")),
            "Key",
        )
        .cause("KeyType"),
        no(
            "type-without-key",
            "a key that is a type alone",
            &policy("witness pq pq+00000000+Bg==\nquorum none\n"),
            "Key",
        )
        .cause("Vkey"),
        no("carriage-return-inside", "a carriage return inside a line", &policy("quorum\r none\n"), "Characters"),
        no(
            "two-byte-order-marks",
            "a byte order mark that is not in front",
            &format!("\u{feff}\u{feff}{}", policy("quorum none\n")),
            "Line",
        ),
        no("no-quorum", "no quorum", &policy(""), "Quorums"),
        no("two-quorums", "two quorums", &policy("quorum none\nquorum none\n"), "Quorums"),
        no("no-log", "no log", &format!("quorum none\n#headwater ledger {}\n", "11".repeat(32)), "NoLog"),
        no("unknown-line", "a line of no known form", &policy("quorum none\nallow all\n"), "Line"),
        no("threshold-0", "a threshold of 0", &three("0"), "Threshold"),
        no("threshold-4-of-3", "a threshold above the number of members", &three("4"), "Threshold"),
        no(
            "unknown-member",
            "a member that no line names",
            &policy(&format!("{one}group g any w2\nquorum g\n")),
            "UnknownName",
        ),
        no(
            "second-membership",
            "a witness in two groups would count twice",
            &policy(&format!("{one}group g any w1\ngroup h any w1\nquorum g\n")),
            "SecondMembership",
        ),
        no(
            "key-twice",
            "one key under two names would count twice",
            &policy(&format!("{one}{}quorum none\n", one.replace("w1 ", "w2 "))),
            "DuplicateKey",
        ),
        no(
            "name-none",
            "a witness called none",
            &policy(&format!("{}quorum none\n", one.replace("w1 ", "none "))),
            "DuplicateName",
        ),
        no(
            "log-as-witness",
            "a log's key in the place of a witness's",
            &policy(&format!("witness w1 {}\nquorum none\n", log().key())),
            "Kind",
        ),
        no(
            "vkey-id",
            "a key whose id is another's",
            &policy(&format!(
                "witness w1 {}\nquorum none\n",
                witness(1).key().to_string().replace("w1.example", "w9.example")
            )),
            "Key",
        )
        .cause("VkeyId"),
        no("too-long", "more than 64 KiB", &policy(&format!("quorum none\n# {}\n", "a".repeat(64 * 1024))), "TooLong"),
        no(
            "control-character",
            "a bell; of the control characters below a space a policy may have the tab",
            &policy("quorum none\n# \u{7}\n"),
            "Characters",
        ),
        no(
            "257-witnesses",
            "more witnesses than a policy has",
            &policy(&format!("{}quorum none\n", many(257))),
            "TooMany",
        ),
        ok("256-witnesses", "as many witnesses as a policy has", &policy(&format!("{}quorum none\n", many(256)))),
        no(
            "257-groups",
            "more groups than a policy has",
            &policy(&format!("{one}{}quorum none\n", groups(257))),
            "TooMany",
        ),
        no(
            "vkey-of-two-parts",
            "a key without its bytes",
            &policy("witness w1 w1.example+00000000\nquorum none\n"),
            "Key",
        )
        .cause("Vkey"),
        no(
            "vkey-without-name",
            "a key without a name",
            &policy(&format!("witness w1 {}\nquorum none\n", witness(1).key().to_string().replace("w1.example", ""))),
            "Key",
        )
        .cause("Name"),
        no(
            "vkey-of-no-point",
            "a key that is no point",
            &policy(&format!("witness w1 {}\nquorum none\n", pointless("w1.example"))),
            "Key",
        )
        .cause("Key"),
        no(
            "name-twice",
            "two witnesses of one name",
            &policy(&format!("{one}witness w1 {}\nquorum none\n", witness(2).key())),
            "DuplicateName",
        ),
        no(
            "group-named-twice",
            "a group with the name of a witness",
            &policy(&format!("{one}group w1 any w1\nquorum none\n")),
            "DuplicateName",
        ),
        no(
            "witness-as-log",
            "a witness's key in the place of a log's",
            &format!("log {}\nquorum none\n", witness(1).key()),
            "Kind",
        ),
        no("quorum-unknown", "a quorum that no line names", &policy("quorum w1\n"), "UnknownName"),
        no("quorum-of-two", "a quorum of two names", &policy(&format!("{one}quorum w1 w1\n")), "Line"),
        no("quorum-without-name", "a quorum of no name", &policy("quorum\n"), "Line"),
        no("log-without-key", "a log without a key", "log\nquorum none\n", "Line"),
        no(
            "log-with-two-addresses",
            "a log with two addresses",
            &policy("quorum none\n").replacen('\n', " https://a https://b\n", 1),
            "Line",
        ),
        no("witness-without-key", "a witness without a key", &policy("witness w1\nquorum none\n"), "Line"),
        no(
            "witness-with-two-addresses",
            "a witness with two addresses",
            &policy(&one.replace('\n', " https://a https://b\nquorum none\n")),
            "Line",
        ),
        no(
            "group-without-threshold",
            "a group of a name alone",
            &policy(&format!("{one}group g\nquorum none\n")),
            "Line",
        ),
        no("no-ledger", "no line that pins the ledger", &format!("log {}\nquorum none\n", log().key()), "Ledger"),
        no(
            "ledger-short",
            "a ledger id that is too short",
            &format!("log {}\nquorum none\n#headwater ledger 11\n", log().key()),
            "Line",
        ),
        no(
            "two-logs",
            "two logs: histories of two logs are never one",
            &format!("log {}\n{}", signer("other.example", KeyKind::Log, 9).key(), policy("quorum none\n")),
            "Logs",
        ),
        ok(
            "ledger-between-tabs",
            "tabs around a ledger id in capitals",
            &pinned(&format!("\tledger \t{}\t", "AB".repeat(32))),
        ),
        no("ledger-word-in-capitals", "the word LEDGER", &pinned(&format!("LEDGER {}", "11".repeat(32))), "Line"),
        no(
            "ledger-beside-a-next-line",
            "U+0085 behind the ledger id",
            &pinned(&format!("ledger {}\u{85}", "11".repeat(32))),
            "Line",
        ),
        no(
            "ledger-beside-a-byte-order-mark",
            "U+FEFF behind the ledger id",
            &pinned(&format!("ledger {}\u{feff}", "11".repeat(32))),
            "Line",
        ),
        no(
            "ledger-behind-a-tab",
            "a tab in place of the space",
            &pinned(&format!("ledger\t{}", "11".repeat(32))),
            "Line",
        ),
    ]
}
