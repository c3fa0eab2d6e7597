//! Signed notes, trust policies, and checkpoints under a policy.

use headwater_tlog::checkpoint::{Checkpoint, CosignTime};
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_tlog::note::{KeyKind, NoteKey, NoteSigner};
use headwater_tlog::tree::TreeSize;
use serde_json::json;

use super::Case;

pub(super) const ORIGIN: &str = "log.example/h1";
const NOW_S: u64 = 1_767_225_600;

pub(super) fn signer(name: &str, kind: KeyKind, seed: u8) -> NoteSigner {
    NoteSigner::new(name, kind, SecretKey::from_seed(&[seed; 32])).expect("a name")
}

pub(super) fn log() -> NoteSigner {
    signer(ORIGIN, KeyKind::Log, 1)
}

fn witness(number: u8) -> NoteSigner {
    signer(&format!("w{number}.example"), KeyKind::Cosigner, 10 + number)
}

fn checkpoint(size: u64, root: &[u8]) -> Checkpoint {
    Checkpoint::new(ORIGIN, TreeSize::new(size).expect("a size"), Hash::plain(root)).expect("a checkpoint")
}

fn cosigned(checkpoint: &Checkpoint, cosigners: &[(NoteSigner, u64)]) -> String {
    let mut note = checkpoint.sign(&log()).expect("a signature").to_string();
    for (cosigner, at_s) in cosigners {
        let line = checkpoint.cosign(cosigner, CosignTime::new(*at_s).expect("a time")).expect("a cosignature");
        note += &format!("{line}\n");
    }
    note
}

pub(super) fn cases() -> Vec<Case> {
    let input = |note: &str| json!({"note": note});
    let ok = |name, about, note: &str| Case::ok("note", name, about, input(note));
    let no = |name, about, note: &str, error| Case::refused("note", name, about, input(note), error);
    let good = cosigned(&checkpoint(7, b"root"), &[(witness(1), NOW_S)]);
    let (body, lines) = good.split_once("\n\n").expect("a border");
    let line = lines.lines().next().expect("a line");
    let many = format!("{body}\n\n{}", format!("{line}\n").repeat(65));
    vec![
        ok("checkpoint", "a checkpoint with a cosignature", &good),
        ok("any-text", "a note of any text", &format!("anything\n\nat all\n\n{line}\n")),
        no("no-signature", "no signature line", &format!("{body}\n\n"), "Shape"),
        no("no-border", "no empty line", &format!("{body}\n{line}\n"), "Shape"),
        no("no-line-feed", "no line feed at the end", good.trim_end(), "Shape"),
        no("no-text", "no text", &format!("\n\n{line}\n"), "Shape"),
        no("hyphen", "a hyphen in the place of the dash", &good.replacen('\u{2014}', "-", 1), "SignatureLine"),
        no(
            "two-spaces",
            "two spaces in a signature line",
            &good.replacen("\u{2014} ", "\u{2014}  ", 1),
            "SignatureLine",
        ),
        no("unused-bits", "base64 whose unused bits are not zero", &unused_bits(&good), "SignatureLine"),
        no("control-character", "a carriage return", &good.replacen('\n', "\r\n", 1), "Characters"),
        no("65-lines", "65 signature lines", &many, "TooManySignatures"),
        no("too-long", "more than 128 KiB", &format!("{}\n\n{line}\n", "a".repeat(128 * 1024)), "TooLong"),
        no("name-with-plus", "a plus in the name of a signature line", &renamed(&good, "a+b"), "SignatureLine"),
        no(
            "name-with-delete",
            "a control in the name of a signature line",
            &renamed(&good, "a\u{7f}b"),
            "SignatureLine",
        ),
    ]
}

/// The note with another name on its first signature line.
fn renamed(note: &str, name: &str) -> String {
    note.replacen(&format!("\u{2014} {ORIGIN} "), &format!("\u{2014} {name} "), 1)
}

/// The note with the same bytes in another base64 encoding: one bit is flipped that base64 does not use.
fn unused_bits(note: &str) -> String {
    let at = note.find("==\n").or_else(|| note.find("=\n")).expect("a padded line") - 1;
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = alphabet.find(&note[at..=at]).expect("a digit");
    let next = alphabet.chars().nth(value ^ 1).expect("a digit");
    format!("{}{next}{}", &note[..at], &note[at + 1..])
}

fn policy(rest: &str) -> String {
    format!("log {}\n{rest}#headwater ledger {}\n", log().key(), "11".repeat(32))
}

/// A policy that pins the ledger with this line behind `#headwater `.
fn pinned(pin: &str) -> String {
    format!("log {}\nquorum none\n#headwater {pin}\n", log().key())
}

/// A witness line with a key of type 0x06 (ML-DSA-44).
fn foreign(name: &str, key: u8) -> String {
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

fn three(threshold: &str) -> String {
    let witnesses: String = (1..=3).map(|at| format!("witness w{at} {}\n", witness(at).key())).collect();
    policy(&format!("{witnesses}group all {threshold} w1 w2 w3\nquorum all\n"))
}

pub(super) fn policy_cases() -> Vec<Case> {
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
        no("threshold-0", "a threshold that nobody meets by staying away", &three("0"), "Threshold"),
        no("threshold-4-of-3", "more than there are", &three("4"), "Threshold"),
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
            "a tab is one, a bell is none of a policy",
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

pub(super) fn checkpoint_cases() -> Vec<Case> {
    let input = |policy: &str, note: &str| json!({"policy": policy, "note": note});
    let ok = |name, about, policy: &str, note: &str| Case::ok("checkpoint", name, about, input(policy, note));
    let no = |name, about, policy: &str, note: &str, error| {
        Case::refused("checkpoint", name, about, input(policy, note), error)
    };
    let head = checkpoint(7, b"root");
    let by = |witnesses: &[(u8, u64)]| {
        cosigned(&head, &witnesses.iter().map(|(number, at)| (witness(*number), *at)).collect::<Vec<_>>())
    };
    let alone = policy("quorum none\n");
    let audited = policy(&format!("witness w1 {}\ngroup auditors 1 w1\nquorum none\n", witness(1).key()));
    let two = three("2");
    let with_foreign = |threshold: &str| {
        let witnesses =
            format!("witness w1 {}\nwitness w3 {}\n{}", witness(1).key(), witness(3).key(), foreign("pq", 7));
        policy(&format!("{witnesses}group g {threshold} w1 w3 pq\nquorum g\n"))
    };
    let text_signed = |text: &str| text_signed_by(text, ORIGIN, 1);
    vec![
        ok("signed", "signed by the log", &alone, &by(&[])),
        ok(
            "quorum-2-of-3",
            "two of three: the quorum's time is the older of the two",
            &two,
            &by(&[(1, NOW_S - 50), (3, NOW_S - 10)]),
        ),
        ok(
            "quorum-3-of-3",
            "three of three: the time of the second newest",
            &two,
            &by(&[(1, NOW_S - 50), (2, NOW_S - 5), (3, NOW_S - 10)]),
        ),
        ok("audited", "an auditor among the cosigners", &audited, &by(&[(1, NOW_S - 60)])),
        ok("not-audited", "no auditor yet", &audited, &by(&[])),
        ok(
            "unknown-type-beside-enough",
            "a member of an unknown type beside enough others",
            &with_foreign("2"),
            &by(&[(1, NOW_S - 50), (3, NOW_S - 10)]),
        ),
        no(
            "unknown-type-counts-never",
            "a threshold that needs the member of an unknown type",
            &with_foreign("3"),
            &by(&[(1, NOW_S), (3, NOW_S)]),
            "Quorum",
        ),
        ok(
            "unknown-cosigner",
            "a line of a key that the policy does not know is passed over",
            &alone,
            &by(&[(1, NOW_S)]),
        ),
        ok(
            "cosigned-ahead",
            "ahead of the reader's clock: it counts",
            &two,
            &by(&[(1, NOW_S + 1_000_000), (2, NOW_S)]),
        ),
        no("quorum-1-of-3", "one of three, where two are needed", &two, &by(&[(1, NOW_S)]), "Quorum"),
        no("witness-twice", "one witness twice counts once", &two, &by(&[(1, NOW_S), (1, NOW_S - 1)]), "Quorum"),
        no(
            "other-log",
            "signed by another log",
            &alone,
            &text_signed_by(&head.to_string(), "other.example", 9),
            "UnknownLog",
        ),
        no("forged-log-line", "a forged line of the log", &alone, &forge(&by(&[]), 0), "Checkpoint").cause("Signature"),
        no(
            "forged-cosignature",
            "a forged line beside enough good ones",
            &two,
            &forge(&by(&[(1, NOW_S), (2, NOW_S), (3, NOW_S)]), 3),
            "Checkpoint",
        )
        .cause("Signature"),
        no("four-lines", "an extension line", &alone, &text_signed(&format!("{head}extension\n")), "Checkpoint")
            .cause("Lines"),
        no(
            "size-with-zero",
            "a size with a leading zero",
            &alone,
            &text_signed(&head.to_string().replace("\n7\n", "\n07\n")),
            "Checkpoint",
        )
        .cause("Size"),
        no(
            "size-2-63",
            "a size that no tree has",
            &alone,
            &text_signed(&head.to_string().replace("\n7\n", "\n9223372036854775808\n")),
            "Checkpoint",
        )
        .cause("Size"),
        no(
            "root-short",
            "a root of 31 bytes",
            &alone,
            &text_signed("log.example/h1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n"),
            "Checkpoint",
        )
        .cause("Root"),
        no(
            "empty-tree-with-root",
            "size 0 with a root that is not the empty tree's",
            &alone,
            &text_signed(&head.to_string().replace("\n7\n", "\n0\n")),
            "Checkpoint",
        )
        .cause("EmptyRoot"),
        no(
            "origin-with-plus",
            "a name that no log has",
            &alone,
            &text_signed(&head.to_string().replacen(ORIGIN, "a+b", 1)),
            "Checkpoint",
        )
        .cause("Origin"),
        no("no-note", "no note at all", &alone, "nothing", "Note").cause("Shape"),
        no(
            "cosignature-short",
            "a cosigner's line that is no cosignature, beside enough good ones",
            &two,
            &with_line(&by(&[(1, NOW_S), (2, NOW_S)]), &witness(3), &[0; 71]),
            "Checkpoint",
        )
        .cause("Cosignature"),
        no(
            "cosigned-at-0",
            "a cosignature without a time",
            &two,
            &with_line(&by(&[(1, NOW_S), (2, NOW_S)]), &witness(3), &[0; 72]),
            "Checkpoint",
        )
        .cause("Cosignature"),
    ]
}

/// The note with one more signature line.
fn with_line(note: &str, signer: &NoteSigner, signature: &[u8]) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let blob = [&signer.key().id()[..], signature].concat();
    format!("{note}\u{2014} {} {}\n", signer.key().name(), STANDARD.encode(blob))
}

/// A note of any text, with the signature of a log key.
pub(super) fn text_signed_by(text: &str, name: &str, seed: u8) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let secret = SecretKey::from_seed(&[seed; 32]);
    let key = NoteKey::new(name, KeyKind::Log, secret.public()).expect("a key");
    let blob = [&key.id()[..], &secret.sign(text.as_bytes()).expect("a signature")[..]].concat();
    format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode(blob))
}

/// Flips a bit of the signature in one of the signature lines.
fn forge(note: &str, line: usize) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let (body, lines) = note.split_once("\n\n").expect("a border");
    let forged = lines.lines().enumerate().map(|(at, content)| {
        if at != line {
            return format!("{content}\n");
        }
        let (name, blob) = content.rsplit_once(' ').expect("a line");
        let mut bytes = STANDARD.decode(blob).expect("base64");
        let last = bytes.len() - 40;
        bytes[last] ^= 1;
        format!("{name} {}\n", STANDARD.encode(bytes))
    });
    format!("{body}\n\n{}", forged.collect::<String>())
}
