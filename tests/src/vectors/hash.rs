//! Every hash function of the formats.

use serde_json::{Value, json};

use super::Case;

const LOT: &str = "01/09526543000013/10/L26-0417";

pub(super) fn cases() -> Vec<Case> {
    let ok = |name, about, input| Case::ok("hash", name, about, input);
    let (one, two) = ("11".repeat(32), "22".repeat(32));
    vec![
        ok("leaf-empty", "the leaf hash of no bytes", json!({"kind": "leaf", "entry": ""})),
        ok("leaf", "the leaf hash of an entry", json!({"kind": "leaf", "entry": "62"})),
        ok("node", "an inner node of the tree", json!({"kind": "node", "left": one, "right": two})),
        ok("subject-key", "K of a lot", json!({"kind": "subject", "subject": LOT})),
        ok("index-one-subject", "an index of one subject is its leaf", index(&[(LOT, "1", &one)])),
        ok(
            "index-two-subjects",
            "an index of two subjects is one node, at the first bit in which their keys differ",
            index(&[(LOT, "3", &one), ("01/09526543000013", "18446744073709551615", &two)]),
        ),
        ok("index-empty", "the empty index is 32 zero bytes", index(&[])),
        ok(
            "set-without-codes",
            "a set of two items without second factors: count 0, head zero",
            index(&[
                ("01/09526543000013/21/A", "0", &"00".repeat(32)),
                ("01/09526543000013/21/B", "0", &"00".repeat(32)),
            ]),
        ),
        ok(
            "chain-first",
            "the first entry on a chain follows 32 zero bytes",
            json!({"kind": "chain", "subject": LOT, "count": "0", "head": "00".repeat(32), "log_index": "1", "leaf": one}),
        ),
        ok(
            "chain-at-2-53",
            "places beyond 2^53 are whole numbers",
            json!({"kind": "chain", "subject": LOT, "count": "9007199254740992", "head": two, "log_index": "9007199254740993", "leaf": one}),
        ),
        ok(
            "item-code",
            "the second factor of an item",
            json!({"kind": "code", "item": "01/09526543000013/21/7KQ2M9XW4T", "code": "0123456789ABCDEF"}),
        ),
        ok(
            "hidden-field",
            "a hidden text field, with its salt",
            json!({"kind": "field", "salt": "00112233445566778899aabbccddeeff", "path": "lines.0.value", "value": "31322e35"}),
        ),
        ok(
            "hidden-field-borders",
            "a byte that moves from the path to the value changes the hash",
            json!({"kind": "field", "salt": "00112233445566778899aabbccddeeff", "path": "lines.0.valu", "value": "6531322e35"}),
        ),
    ]
}

fn index(leaves: &[(&str, &str, &str)]) -> Value {
    let leaf = |(subject, count, head): &(&str, &str, &str)| json!({"subject": subject, "count": count, "head": head});
    json!({"kind": "index", "leaves": leaves.iter().map(leaf).collect::<Vec<_>>()})
}
