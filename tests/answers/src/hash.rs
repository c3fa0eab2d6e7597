//! The hashes of the formats: leaves, nodes, subjects, indexes, chains, codes and hidden fields.

use headwater_event::document::Opening;
use headwater_event::kind::sticker::ItemCode;
use headwater_event::text::Code;
use headwater_tlog::chain::Chain;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Key, Leaf};
use headwater_tlog::tree::LeafIndex;
use serde_json::{Value, json};

use crate::{Answer, bytes, hash_of, number, subject, text};

pub(crate) fn run(input: &Value) -> Answer {
    let hash = match text(input, "kind") {
        "leaf" => Hash::leaf(&bytes(input, "entry")),
        "node" => Hash::node(&hash_of(input, "left"), &hash_of(input, "right")),
        "subject" => Hash::new(*subject(text(input, "subject")).index_key().as_bytes()),
        "index" => {
            let mut index = Index::new();
            let leaf = |leaf: &Value| Leaf {
                key: Key::of_subject(text(leaf, "subject")),
                count: number(leaf, "count"),
                head: hash_of(leaf, "head"),
            };
            index.update(input["leaves"].as_array().expect("a list").iter().map(leaf).collect());
            index.root()
        }
        "chain" => {
            let (key, count) = (Key::of_subject(text(input, "subject")), number(input, "count"));
            let chain = Chain::at(Leaf { key, count, head: hash_of(input, "head") });
            chain.extend(LeafIndex::new(number(input, "log_index")).expect("a place"), hash_of(input, "leaf")).head()
        }
        "code" => ItemCode::parse(text(input, "code")).expect("a code").committed(&subject(text(input, "item"))),
        "field" => {
            let salt = bytes(input, "salt").try_into().expect("16 bytes");
            let (path, value) = (Code::parse(text(input, "path")).expect("a path"), bytes(input, "value"));
            Opening { leaf: Hash::ZERO, path, salt, value }.commitment().hash
        }
        kind => panic!("{kind} is not a kind of hash"),
    };
    Ok(json!({"hash": hash.to_string()}))
}
