//! Signed notes, and checkpoints under a policy.

use headwater_tlog::checkpoint::{Checkpoint, CosignTime};
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_tlog::note::{KeyKind, NoteKey, NoteSigner};
use headwater_tlog::tree::TreeSize;
use serde_json::json;

use super::Case;
use super::policy::{foreign, policy, three};

pub(super) const ORIGIN: &str = "log.example/h1";
const NOW_S: u64 = 1_767_225_600;

pub(super) fn signer(name: &str, kind: KeyKind, seed: u8) -> NoteSigner {
    NoteSigner::new(name, kind, SecretKey::from_seed(&[seed; 32])).expect("a name")
}

pub(super) fn log() -> NoteSigner {
    signer(ORIGIN, KeyKind::Log, 1)
}

pub(super) fn witness(number: u8) -> NoteSigner {
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
