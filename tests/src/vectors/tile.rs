//! Paths and contents of tiles, and tlog-proof files.

use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::KeyKind;
use headwater_tlog::proof_file::ProofFile;
use headwater_tlog::tree::Tree;
use serde_json::json;

use super::Case;
use super::note::{ORIGIN, log, signer};

pub(super) fn cases() -> Vec<Case> {
    let input = |path: &str, content: &str| json!({"path": path, "content": content});
    let ok = |name, about, path, content: &str| Case::ok("tile", name, about, input(path, content));
    let no = |name, about, path, content: &str, error| Case::refused("tile", name, about, input(path, content), error);
    let (hash, bundle) = ("11".repeat(32), "000161000162000163");
    vec![
        ok("hashes-partial", "a partial tile of hashes", "tile/0/000.p/2", &hash.repeat(2)),
        ok("hashes-full", "a full tile of hashes at level 1", "tile/1/000", &hash.repeat(256)),
        ok("far-tile", "the tile of place 1,234,067", "tile/0/x001/x234/067.p/1", &hash),
        ok("entries", "three entries", "tile/entries/000.p/3", bundle),
        ok("entry-empty", "an entry without bytes", "tile/entries/000.p/1", "0000"),
        no("hash-missing", "a hash too few", "tile/0/000.p/2", &hash, "Length"),
        no("entry-cut", "an entry that is cut", "tile/entries/000.p/3", &bundle[..16], "Truncated"),
        no("entry-missing", "an entry too few", "tile/entries/000.p/4", bundle, "Truncated"),
        no("bytes-behind", "bytes behind the last entry", "tile/entries/000.p/2", bundle, "Trailing"),
        no("width-0", "a tile of nothing", "tile/0/000.p/0", "", "Path"),
        no("width-256", "a full tile written as a partial one", "tile/0/000.p/256", &hash.repeat(256), "Path"),
        no("group-missing-x", "a group without its x", "tile/0/001/234", &hash.repeat(256), "Path"),
        no("group-needless", "a group of zeros", "tile/0/x000/001", &hash.repeat(256), "Path"),
        no("length-cut", "one byte where a length has two", "tile/entries/000.p/1", "00", "Truncated"),
        no("no-place", "a place over 64 bits", "tile/0/x018/x446/x744/x073/x709/x551/616", &hash.repeat(256), "Path"),
        no("level-64", "a level that no tree has", "tile/64/000", &hash.repeat(256), "Path"),
        no("level-00", "a level in two digits", "tile/00/000", &hash.repeat(256), "Path"),
    ]
}

pub(super) fn proof_cases() -> Vec<Case> {
    let mut tree = Tree::new();
    let leaf = |at: u64| Hash::leaf(&at.to_be_bytes());
    (0..11).for_each(|at| assert!(tree.push(leaf(at)).is_some()));
    let size = tree.size();
    let head = Checkpoint::new(ORIGIN, size, tree.root(size).expect("a root")).expect("a checkpoint");
    let index = size.leaf(4).expect("a place");
    let file = ProofFile {
        extra: None,
        index,
        inclusion: tree.inclusion(index, size).expect("a proof"),
        checkpoint: head.sign(&log()).expect("a signature").to_string(),
    };
    let policy = format!("log {}\nquorum none\n", log().key());
    let input = |file: &str, leaf: Hash| json!({"policy": policy, "leaf": leaf, "file": file});
    let no = |name, about, file: &str, error| Case::refused("tlog-proof", name, about, input(file, leaf(4)), error);
    let good = file.to_string();
    let with = |extra: Vec<u8>| ProofFile { extra: Some(extra), ..file.clone() }.to_string();
    let other = signer("log.example/h1", KeyKind::Log, 9);
    let by_another =
        ProofFile { checkpoint: head.sign(&other).expect("a signature").to_string(), ..file.clone() }.to_string();
    let hashes: Vec<&str> = good.lines().skip(2).take_while(|line| !line.is_empty()).collect();
    let more = good.replacen(hashes[0], &[hashes[0]; 64].join("\n"), 1);
    vec![
        Case::ok("tlog-proof", "proof", "leaf 4 of 11", input(&good, leaf(4))),
        Case::ok("tlog-proof", "proof-with-extra", "with bytes for applications", input(&with(b"x".to_vec()), leaf(4))),
        Case::refused("tlog-proof", "other-leaf", "of another leaf", input(&good, leaf(5)), "Inclusion").cause("Root"),
        no("other-header", "another version", &good.replacen("@v1", "@v2", 1), "Line"),
        no("index-with-zero", "an index with a leading zero", &good.replacen("index 4", "index 04", 1), "Line"),
        no("other-index", "another index", &good.replacen("index 4", "index 5", 1), "Inclusion").cause("Root"),
        no("hash-missing", "a hash too few", &good.replacen(&format!("{}\n", hashes[0]), "", 1), "Inclusion")
            .cause("Length"),
        no("64-hashes", "more hashes than any tree needs", &more, "TooManyHashes"),
        no("extra-too-long", "more than 64 KiB for applications", &with(vec![0; 64 * 1024 + 1]), "ExtraTooLong"),
        no("too-long", "more than a proof file has", &format!("{good}{}", "\n".repeat(349_525)), "TooLong"),
        Case::refused(
            "tlog-proof",
            "checkpoint-by-another",
            "a checkpoint that another log signed",
            input(&by_another, leaf(4)),
            "Checkpoint",
        )
        .cause("UnknownLog"),
        no("no-index", "no index", &good.replacen("index 4\n", "", 1), "Line"),
        no(
            "hash-short",
            "a hash of 31 bytes",
            &good.replacen(hashes[0], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 1),
            "Line",
        ),
        no(
            "extra-of-no-form",
            "bytes for applications that are no base64",
            &with(b"x".to_vec()).replacen("extra eA==", "extra ?", 1),
            "Line",
        ),
        no("no-checkpoint", "no checkpoint", good.split_once("\n\n").expect("a border").0, "Line"),
    ]
}
