//! Labels in the hand of a shopper: the link alone finds trace and policy, and a mistake in the question is never a verdict.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use headwater_event::codec::Message as _;
use headwater_event::entry::{Entry, EntryBody};
use headwater_event::kind::KindBody;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::node::RealNode;
use headwater_testing::world::{World, auditor, date, log_signer, production, quantity, query, subject};
use headwater_tlog::checkpoint::CosignTime;
use headwater_trace::walk::Query;
use ledger_node::settings::{List, Settings};
use serde_json::Value;

const LOT: &str = "01/09526543000013/10/L26-0417";
const ITEM: &str = "01/09526543000013/21/7KQ2M9XW4T";
const LABEL: &str = "01/09526543000013/10/L26-0417/21/7KQ2M9XW4T";
const NEVER: &str = "01/09526543000013/21/NEVER";
const UNIT: &str = "00/195265430000000010";
/// Policy of a reader that requires the cosignature of an auditor.
const STRICT: &str = "strict";

struct Reader {
    world: World<MemoryStore>,
    running: RealNode,
    folder: tempfile::TempDir,
    _home: tempfile::TempDir,
}

impl Reader {
    /// Starts a node with an item in trade, and makes a folder with two policies.
    fn start() -> Self {
        let (world, home, folder) = (World::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let auditors = List(vec![auditor().key().clone()]);
        let running = RealNode::start(&world, home.path(), &Settings { auditors, ..Settings::default() });
        world.produce(&world.dairy, LOT).unwrap();
        world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
        world.deliver(&[ITEM]).unwrap();
        let reader = Self { world, running, folder, _home: home };
        reader.append();
        reader.write("policy", reader.world.pinned().as_bytes());
        let strict = format!(
            "log {}\nwitness a {}\ngroup auditors 1 a\nquorum auditors\n#headwater ledger {}\n",
            log_signer().key(),
            auditor().key(),
            reader.world.ledger.ledger_id()
        );
        reader.write(STRICT, strict.as_bytes());
        reader
    }

    /// Appends the events of the world to the node; events that the node already has change nothing.
    fn append(&self) {
        for entry in self.world.entries() {
            if let EntryBody::SignedEvent(signed) = Entry::parse(&entry).unwrap().body {
                self.running.runtime.block_on(self.running.node.ledger.append(signed)).unwrap();
            }
        }
    }

    /// Cosigns the newest checkpoint as the auditor.
    fn cosign(&self) {
        let snapshot = self.running.node.ledger.newest();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let line = snapshot.checkpoint().cosign(&auditor(), CosignTime::new(now).unwrap()).unwrap();
        let note = format!("{}{line}\n", snapshot.note());
        self.running.runtime.block_on(self.running.node.ledger.cosign(note.as_bytes())).unwrap();
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(self.folder.path(), arguments)
    }

    /// Returns the exit code of `verify` and its JSON document.
    fn verify(&self, place: &str, more: &[&str]) -> (i32, Value) {
        let output = self.run(&[&["verify", place, "--json", "--today", "2026-06-01"], more].concat());
        (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or_default())
    }

    fn link(&self, path: &str) -> String {
        format!("{}/{path}", self.running.url())
    }
}

fn run(place: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_verifier-cli"));
    command.current_dir(place).env_remove("HEADWATER_POLICY").args(arguments).output().unwrap()
}

fn remarks(document: &Value) -> Vec<&str> {
    document["remarks"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn the_link_of_a_label_finds_trace_and_policy() {
    let reader = Reader::start();
    let pinned = ["--policy", "policy"];
    for path in [LABEL, &format!("{LABEL}/"), &format!("{LABEL}?17=271231&linkType=all#top"), ITEM] {
        let (code, document) = reader.verify(&reader.link(path), &pinned);
        assert_eq!((code, &document["verdict"], &document["subject"]), (0, &"VALID".into(), &ITEM.into()), "{path}");
        assert!(remarks(&document).is_empty(), "{document}");
    }
    let in_query = reader.link(&format!("{ITEM}?10=L26-0417"));
    assert_eq!(reader.verify(&in_query, &pinned).1["verdict"], "VALID");
    assert_eq!(reader.verify(&reader.link(&format!("{ITEM}?10=OTHER")), &pinned).1["verdict"], "MISMATCH");
    assert_eq!(reader.verify(&reader.link(&format!("{LABEL}?15=281231")), &pinned).1["verdict"], "VALID");
    assert_eq!(reader.verify(&reader.link(&format!("{LABEL}?11=260418")), &pinned).1["verdict"], "MISMATCH");

    let (code, document) = reader.verify(&reader.link(LABEL), &[]);
    assert_eq!((code, &document["verdict"]), (0, &"VALID".into()));
    assert!(remarks(&document)[0].contains("the operator itself names"), "{document}");
    assert_eq!(reader.verify("absent.trace", &["--subject", ITEM]).0, 2, "a file has no node to ask for a policy");

    let (code, document) = reader.verify(&reader.link(&format!("{LABEL}?17=000000&13=260418&4300=%FF")), &pinned);
    assert_eq!((code, remarks(&document).len()), (0, 3), "{document}");
    assert!(remarks(&document)[0].contains("(17) \"000000\" is not a date"), "{document}");
    assert!(remarks(&document)[2].contains("packed 2026-04-18: no record has such a date"), "{document}");
}

/// Starts a server that answers the given paths for as long as the test runs.
fn serve(answers: Vec<(String, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut request = BufReader::new(stream.try_clone().unwrap());
            request.read_line(&mut line).unwrap();
            request.lines().take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).for_each(drop);
            let path = line.split(' ').nth(1).unwrap_or_default();
            let (status, body) = match answers.iter().find(|(known, _)| known == path) {
                Some((_, body)) => ("200 OK", body.as_slice()),
                None => ("404 Not Found", &b""[..]),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        }
    });
    url
}

#[test]
fn an_older_copy_of_the_newest_trace_is_no_lie() {
    let reader = Reader::start();
    let get = |door: &str| verifier_cli::fetch::read(&reader.link(&format!("{door}/{LABEL}"))).unwrap();
    let older = get("trace");
    reader.world.produce(&reader.world.dairy, "01/09526543000013/10/LATER").unwrap();
    reader.world.recall(&reader.world.dairy, &[LOT]).unwrap();
    reader.append();
    reader.cosign();
    let audited = get("audited-trace");
    let url = serve(vec![(format!("/trace/{LABEL}"), older), (format!("/audited-trace/{LABEL}"), audited)]);
    let auditors = format!("witness a {}\ngroup auditors 1 a\nquorum", auditor().key());
    reader.write("policy", reader.world.pinned().replace("quorum", &auditors).as_bytes());
    let (code, document) = reader.verify(&format!("{url}/{LABEL}"), &["--policy", "policy"]);
    assert_eq!((code, &document["verdict"]), (5, &"RECALLED".into()), "{document}");
}

#[test]
fn a_label_is_drawn_for_what_its_node_and_its_auditor_say() {
    let reader = Reader::start();
    let draw = |path: &str, policy: &str| {
        let output = reader.run(&["qr", &reader.link(path), "--png", "label.png", "--policy", policy]);
        (output.status.code().unwrap(), fs::remove_file(reader.folder.path().join("label.png")).is_ok())
    };
    assert_eq!(draw(LOT, "policy"), (0, true));
    assert_eq!(draw(&format!("{LABEL}?17=271231&4300=Jan+Modaal"), "policy"), (0, true));
    assert_eq!(draw(&format!("{LABEL}?17=281231"), "policy"), (6, false));
    assert_eq!(draw(LOT, STRICT), (1, false), "no auditor was here yet");
    reader.cosign();
    // An auditor cosigns later: the newest checkpoint is not cosigned yet.
    reader.world.produce(&reader.world.dairy, "01/09526543000013/10/LATER").unwrap();
    reader.append();
    assert_eq!(draw(LOT, STRICT), (0, true));
    assert_eq!(reader.verify(&reader.link(LABEL), &["--policy", STRICT]).1["verdict"], "VALID");
    let door = reader.link(&format!("audited-trace/{LABEL}"));
    assert_eq!(reader.verify(&door, &["--policy", STRICT]).1["verdict"], "VALID");
}

#[test]
fn a_mistake_of_whoever_asks_is_no_verdict() {
    let reader = Reader::start();
    let trace = reader.link(&format!("trace/{LABEL}"));
    let policy = ["--policy", "policy"];
    let about = |subject: &'static str| [&policy[..], &["--subject", subject]].concat();
    // The address names the lot; the subject is another form of the same question.
    for subject in [ITEM, LABEL, "https://id.trace.example/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T?17=271231"] {
        assert_eq!(reader.verify(&trace, &about(subject)).1["verdict"], "VALID", "{subject}");
    }
    let world = &reader.world;
    reader.write("item.trace", &world.trace(&query(ITEM)));
    let never = Query { subject: subject(NEVER), lot: Some(subject(LOT)) };
    reader.write("label.trace", &world.trace(&never));
    reader.write("lot.trace", &world.trace(&query(LOT)));
    reader.write("a.receipt", &world.deliver(&[ITEM]).unwrap().encode());
    reader.write("page.html", b"\n<!doctype html>\n<title>milk</title>");
    reader.write("empty", b"");
    reader.write("picture", b"\x89PNG\r\n\x1a\n");
    let page = reader.link("page/index.html");
    for (place, subject, error, words) in [
        (trace.as_str(), LOT, "OTHER_SUBJECT", "is about 01/09526543000013/21/7KQ2M9XW4T with"),
        (&trace, "01/09526543000013/10/OTHER/21/7KQ2M9XW4T", "OTHER_SUBJECT", "10/OTHER on its label was asked about"),
        (&reader.link(LABEL), UNIT, "OTHER_SUBJECT", "00/195265430000000010 was asked about"),
        ("item.trace", LOT, "OTHER_SUBJECT", "item.trace is about 01/09526543000013/21/7KQ2M9XW4T, and"),
        ("item.trace", UNIT, "OTHER_SUBJECT", "item.trace is about 01/09526543000013/21/7KQ2M9XW4T, and"),
        ("lot.trace", ITEM, "OTHER_SUBJECT", "lot.trace is about 01/09526543000013/10/L26-0417, and"),
        ("label.trace", NEVER, "OTHER_SUBJECT", "with 01/09526543000013/10/L26-0417 on its label, and"),
        ("a.receipt", ITEM, "OTHER_BYTES", "it is a receipt"),
        ("page.html", ITEM, "OTHER_BYTES", "a page of HTML"),
        (&page, ITEM, "OTHER_BYTES", "a page of HTML"),
        (&reader.link("page/policy"), ITEM, "OTHER_BYTES", "it is a text"),
        ("empty", ITEM, "OTHER_BYTES", "it is empty"),
        ("picture", ITEM, "OTHER_BYTES", "does not begin with the byte 0a"),
    ] {
        let (code, document) = reader.verify(place, &[&about(subject)[..], &["--as", "trace"]].concat());
        assert_eq!((code, &document["error"]), (8, &error.into()), "{place} {subject}: {document}");
        assert!(document["detail"].as_str().unwrap().contains(words), "{document}");
        assert!(document["verdict"].is_null());
    }
    assert_eq!(reader.verify("item.trace", &["--policy", "policy", "--as", "receipt"]).1["error"], "OTHER_BYTES");
    assert_eq!(reader.verify("page.html", &["--policy", "policy", "--as", "fork"]).1["error"], "OTHER_BYTES");
    let (code, document) = reader.verify(&reader.link("01/09526543000014"), &policy);
    assert_eq!((code, &document["error"]), (2, &"NO_SUBJECT".into()));
    assert!(document["detail"].as_str().unwrap().contains("check digit"), "{document}");
    // A damaged trace of the subject is refused, and is not a mistake in the question.
    let mut bytes = world.trace(&query(ITEM));
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    reader.write("broken.trace", &bytes);
    assert_eq!(reader.verify("broken.trace", &about(ITEM)).1["verdict"], "SIGNATURE_INVALID");
}

#[test]
fn a_witness_that_cannot_be_checked_is_remarked() {
    use base64::Engine as _;

    let reader = Reader::start();
    let blob = [&[0x06], [7; 1_312].as_slice()].concat();
    let id = headwater_tlog::hash::Hash::plain(&[b"pq.example\n".as_slice(), &blob].concat()).to_string();
    let key = format!("pq.example+{}+{}", &id[..8], base64::prelude::BASE64_STANDARD.encode(&blob));
    let policy = fs::read_to_string(reader.folder.path().join("policy")).unwrap();
    reader.write("newer", format!("  # a comment\r\nwitness pq {key}\r\n{policy}").as_bytes());
    let (code, document) = reader.verify(&reader.link(LABEL), &["--policy", "newer"]);
    assert_eq!((code, &document["verdict"]), (0, &"VALID".into()));
    assert!(remarks(&document)[0].contains("witness pq is of type 0x06"), "{document}");
    reader.write("newer", policy.replace("quorum none", &format!("witness pq {key}\nquorum pq")).as_bytes());
    assert_eq!(reader.verify(&reader.link(LABEL), &["--policy", "newer"]).1["verdict"], "SIGNATURE_INVALID");
}

#[test]
fn best_before_and_use_by_are_two_words() {
    let world = World::new();
    let mut body = production();
    (body.expiry_date, body.best_before) = (None, Some(date("2027-12-31")));
    let mut made = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(body));
    made.subjects[0].quantity = Some(quantity("900", "KGM"));
    world.say(&world.dairy, &made).unwrap();
    world.commission(&world.dairy, LOT, &[ITEM]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy"), world.pinned()).unwrap();
    fs::write(folder.path().join("item.trace"), world.trace(&query(ITEM))).unwrap();
    let told = |subject: &str| {
        let arguments = ["verify", "item.trace", "--policy", "policy", "--subject", subject, "--json"];
        let document: Value = serde_json::from_slice(&run(folder.path(), &arguments).stdout).unwrap();
        document
    };
    let says = told(ITEM)["story"][0]["says"].as_str().unwrap().to_owned();
    assert_eq!(says, "900 kg, origin NL, best before 2027-12-31");
    let label = |query: &str| told(&format!("{ITEM}?{query}"));
    let differs = label("15=281231");
    assert_eq!(differs["verdict"], "MISMATCH");
    let why = "the label says best before 2028-12-31, the records say 2027-12-31";
    assert_eq!(differs["reasons"][0]["text"], why);
    let other = label("17=281231");
    assert_ne!(other["verdict"], "MISMATCH");
    assert!(remarks(&other)[0].contains("use by 2028-12-31"), "{other}");
}
