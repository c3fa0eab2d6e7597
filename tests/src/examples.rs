//! A worked example of each format, byte by byte, as `proto/EXAMPLES.md` shows it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody, IndexHead, SignedEventBytes};
use headwater_event::kind::sticker::ItemCode;
use headwater_event::signature::{KeyUse, PayloadType, Possession};
use headwater_ledger::memory::MemoryStore;
use headwater_tlog::chain::Chain;
use headwater_tlog::hash::Hash;
use headwater_tlog::index::{Index, Leaf};
use headwater_tlog::tile::bundle;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::trace::IndexProof;
use headwater_trace::walk::Query;

use crate::vectors::{fork_of, omission_of};
use headwater_testing::lies::{ITEM, LOT};
use headwater_testing::world::{World, auditor, genesis, log_signer, query, subject};

const BYTES_A_LINE: usize = 32;

/// Path of the file with the examples, `proto/EXAMPLES.md`.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/EXAMPLES.md")
}

/// The whole text of `proto/EXAMPLES.md`, made from fixed keys.
pub fn text() -> String {
    let world = World::new();
    let receipt = world.produce(&world.dairy, LOT).unwrap();
    world.cosign();
    let signed = match Entry::parse(&receipt.entry.entry).unwrap().body {
        EntryBody::SignedEvent(signed) => signed,
        _ => panic!("an event"),
    };
    let (schema, mut book) = (Schema::read(), Book::default());
    event(&mut book, &schema, &world, &signed);
    log(&mut book, &schema, &world, &receipt.entry.entry);
    index(&mut book, &schema);
    book.section(
        "Checkpoint",
        "Signed by the log (key type 01) and cosigned by an auditor (key type 04). The policy of a reader:",
    );
    book.plain(&format!(
        "log {}\nwitness auditor {}\ngroup auditors 1 auditor\nquorum none\n#headwater ledger {}\n",
        log_signer().key(),
        auditor().key(),
        world.ledger.ledger_id()
    ));
    book.say("The note:");
    book.plain(world.ledger.newest().note());
    evidence(&mut book, &schema, &world, &receipt.encode());
    book.0
}

fn event(book: &mut Book, schema: &Schema, world: &World<MemoryStore>, signed: &SignedEventBytes) {
    book.0 += "# Worked examples\n\nWritten by `cargo run -p headwater-tests --bin vectors` from fixed keys (the log's seed is 32 bytes of 01, the\n\
               auditor's of 02, the brand's key for events of 0b), and checked by the tests. Every line shows the exact bytes, in\n\
               hex: the tag and, where there is one, the length; then what they mean; below, the payload.\n";
    book.section("Event", "The exact bytes that a brand signs: a lot of milk powder was made.");
    book.message(schema, "Event", &signed.event);
    book.section(
        "Signature",
        "The signed bytes (the pre-authentication encoding of DSSE), the public key, and the Ed25519 signature.",
    );
    book.bytes("PAE(type, event)", &PayloadType::Event.encode(&signed.event));
    book.bytes("public key", world.dairy.events().public().as_bytes());
    book.bytes("key id = SHA-256(public key)", world.dairy.events().public().id().as_bytes());
    book.bytes("signature", signed.signature.as_bytes());
    book.bytes("identity = SHA-256(event)", Hash::plain(&signed.event).as_bytes());
    book.section(
        "Proof of possession",
        "The statement that a party signs with a new key, so that the key can be registered as its own.",
    );
    let statement = Possession {
        ledger: world.ledger.ledger_id(),
        party: world.dairy.party.clone(),
        key_use: KeyUse::Events,
        public_key: world.dairy.events().public(),
    };
    book.message(schema, "Possession", &statement.encode());
    let proof = statement.prove(&world.dairy.events()).unwrap();
    book.bytes("signature over PAE(type, statement)", proof.as_bytes());
}

fn log(book: &mut Book, schema: &Schema, world: &World<MemoryStore>, entry: &[u8]) {
    let founding = EntryBody::Genesis(Box::new(genesis(&world.operator)));
    let first = Entry { recorded_at_ms: headwater_testing::world::START_MS, body: founding }.encode();
    book.section("Entries", "Entry 0, the genesis. Its leaf hash is the ledger's id.");
    book.message(schema, "Entry", &first);
    book.bytes("leaf = SHA-256(00 | entry)", Hash::leaf(&first).as_bytes());
    book.say("The event above, as it was recorded:");
    book.message(schema, "Entry", entry);
    book.bytes("leaf", Hash::leaf(entry).as_bytes());
    let head = Entry {
        recorded_at_ms: headwater_testing::world::START_MS,
        body: EntryBody::IndexHead(IndexHead { root: Hash::plain(b"an index root") }),
    };
    book.say("An index head:");
    book.message(schema, "Entry", &head.encode());
    book.say("A bundle of the entries `a`, `b`, `c` (tlog-tiles: a length of two bytes before each):");
    book.bytes("tile/entries/000.p/3", &bundle([&b"a"[..], b"b", b"c"]).unwrap());
}

fn index(book: &mut Book, schema: &Schema) {
    let (lot, item) = (subject(LOT), subject(ITEM));
    book.section(
        "Chain and index",
        "A lot with entry `b` at log index 1 as its only one, and its model without any change since.",
    );
    book.bytes(&format!("K = SHA-256(05 | {lot})"), lot.index_key().as_bytes());
    let chain = Chain::new(lot.index_key()).extend(LeafIndex::new(1).unwrap(), Hash::leaf(b"b"));
    book.bytes("chain head 1 = SHA-256(04 | K | 1 | 1 | 32 zero bytes | leaf)", chain.head().as_bytes());
    let mut known = Index::new();
    known.update(vec![chain.leaf()]);
    book.bytes("index root of the lot alone = SHA-256(02 | K | 1 | head)", known.root().as_bytes());
    let model = Leaf { key: subject("01/09526543000013").index_key(), count: 3, head: Hash::plain(b"a head") };
    known.update(vec![model]);
    book.bytes("index root with a model of count 3", known.root().as_bytes());
    let proof = known.prove(&lot.index_key());
    book.say("The proof that the lot is in the index, as it travels:");
    book.message(schema, "IndexProof", &IndexProof::of(&proof).unwrap().encode());
    book.section(
        "Set commitment",
        "An item with a second factor, in a set of two; its leaf has count 0 and the code's hash as head.",
    );
    let item_code = ItemCode::parse("0123456789ABCDEF").unwrap();
    book.bytes(&format!("K = SHA-256(05 | {item})"), item.index_key().as_bytes());
    book.bytes("SHA-256(06 | K | 0123456789ABCDEF)", item_code.committed(&item).as_bytes());
    let mut set = Index::new();
    let other = Leaf { key: subject("01/09526543000013/21/A").index_key(), count: 0, head: Hash::ZERO };
    set.update(vec![Leaf { key: item.index_key(), count: 0, head: item_code.committed(&item) }, other]);
    book.bytes("items_root, beside the item A without a code", set.root().as_bytes());
}

fn evidence(book: &mut Book, schema: &Schema, world: &World<MemoryStore>, receipt: &[u8]) {
    book.section("Receipt", "The receipt that the brand got for its event.");
    book.message(schema, "Receipt", receipt);
    let query: Query = query(LOT);
    book.section(
        "Trace",
        "Everything about the lot, as an auditor cosigned it: the brand's chain proves its right to sign.",
    );
    book.message(schema, "Trace", &world.trace(&query));
    book.section("Fork proof", "Two histories of one size, both signed by the log.");
    book.message(schema, "ForkProof", &fork_of(world).encode());
    book.section("Omission proof", "An entry that is in the log, and that the index leaves out.");
    world.recall(&world.dairy, &[LOT]).unwrap();
    book.message(schema, "OmissionProof", &omission_of(world).encode());
}

/// Markdown text that grows section by section.
#[derive(Default)]
struct Book(String);

impl Book {
    fn section(&mut self, title: &str, about: &str) {
        let _ = write!(self.0, "\n## {title}\n{about}\n");
    }

    fn say(&mut self, text: &str) {
        let _ = write!(self.0, "\n{text}\n");
    }

    fn plain(&mut self, text: &str) {
        let _ = write!(self.0, "\n```\n{text}```\n");
    }

    fn bytes(&mut self, about: &str, bytes: &[u8]) {
        let mut block = format!("# {about}\n");
        lines(&mut block, "", bytes);
        self.plain(&block);
    }

    fn message(&mut self, schema: &Schema, name: &str, bytes: &[u8]) {
        let mut block = format!("# {name}, {} bytes\n", bytes.len());
        schema.explain(&mut block, name, bytes, "");
        self.plain(&block);
    }
}

fn lines(block: &mut String, indent: &str, bytes: &[u8]) {
    for line in bytes.chunks(BYTES_A_LINE) {
        let _ = writeln!(block, "{indent}{}", hex::encode(line));
    }
}

/// Names and types of the fields of each message, by field number, read from the schemas in `proto/`.
struct Schema(BTreeMap<String, BTreeMap<u64, (String, String)>>);

impl Schema {
    fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/headwater/v1");
        let mut messages: BTreeMap<String, BTreeMap<u64, (String, String)>> = BTreeMap::new();
        for file in ["event", "log", "trace"] {
            let text = fs::read_to_string(folder.join(format!("{file}.proto"))).unwrap();
            let mut open = String::new();
            for line in text.lines().map(str::trim) {
                if let Some(name) = line.strip_prefix("message ") {
                    open = name.trim_end_matches(" {").to_owned();
                }
                let Some((field, number)) = line.split(';').next().and_then(|field| field.split_once(" = ")) else {
                    continue;
                };
                let (Some((kind, name)), Ok(number)) = (field.rsplit_once(' '), number.parse()) else {
                    continue;
                };
                let kind = kind.trim_start_matches("repeated ").to_owned();
                messages.entry(open.clone()).or_default().insert(number, (name.to_owned(), kind));
            }
        }
        Self(messages)
    }

    /// Writes a message, with a line for each field and the field's payload below.
    fn explain(&self, block: &mut String, message: &str, bytes: &[u8], indent: &str) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (tag, behind) = varint(rest);
            let (name, kind) = &self.0[message][&(tag >> 3)];
            if tag & 7 == 0 {
                let (value, behind) = varint(behind);
                let value = match kind.as_str() {
                    "sint32" => (value >> 1).cast_signed() ^ -(value & 1).cast_signed(),
                    _ => value.cast_signed(),
                };
                let head = hex::encode(&rest[..rest.len() - behind.len()]);
                let _ = writeln!(block, "{indent}{head}  {name} = {value}");
                rest = behind;
                continue;
            }
            let (length, behind) = varint(behind);
            let head = hex::encode(&rest[..rest.len() - behind.len()]);
            let (payload, behind) = behind.split_at(usize::try_from(length).unwrap());
            rest = behind;
            let deeper = format!("{indent}  ");
            if self.0.contains_key(kind) {
                let _ = writeln!(block, "{indent}{head}  {name}: {kind}");
                self.explain(block, kind, payload, &deeper);
            } else {
                let shown = std::str::from_utf8(payload).ok().filter(|_| kind == "string");
                let shown = shown.map(|text| format!(" = {text:?}")).unwrap_or_default();
                let _ = writeln!(block, "{indent}{head}  {name}{shown}");
                lines(block, &deeper, payload);
            }
        }
    }
}

fn varint(bytes: &[u8]) -> (u64, &[u8]) {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (value, &bytes[at + 1..]);
        }
    }
    panic!("a varint ends")
}
