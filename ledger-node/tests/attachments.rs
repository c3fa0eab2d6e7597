//! Attached files, as seen over the network: who may bring them, the lists of sets, and the claims of shoppers that rely on these lists.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpStream;

use headwater_api::request::{Method, RequestSignature, Target};
use headwater_event::codec::Message as _;
use headwater_event::document::{Access, Attachment, AttachmentRole};
use headwater_event::event::Event;
use headwater_event::gs1::{Gtin, Serial};
use headwater_event::kind::KindBody;
use headwater_event::kind::commissioning::{Commissioning, Committed, Form};
use headwater_event::kind::sticker::ItemCode;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::node::{RealNode, listener};
use headwater_testing::world::{self, Actor, World, code, date, production, quantity, subject, with_check};
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_trace::label::Label;
use headwater_trace::set::{MANIFEST_TYPE, SetItem, SetManifest};
use headwater_trace::story::Story;
use headwater_trace::verdict::{Judgement, Verdict};
use headwater_trace::verify::verify;
use headwater_trace::walk::Query;
use ledger_node::home::Home;
use ledger_node::server::Node;
use ledger_node::settings::Settings;
use ureq::typestate::WithBody;
use ureq::{Agent, RequestBuilder};

const LOT: &str = "01/09526543000013/10/L26-0417";

fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

fn attachment(bytes: &[u8], media_type: &str, access: Option<Access>) -> Attachment {
    Attachment { access, ..world::attachment(bytes, media_type, AttachmentRole::Other) }
}

fn say(running: &RealNode, world: &World<MemoryStore>, event: &Event) {
    let signed = event.sign(&world.dairy.events()).unwrap();
    running.runtime.block_on(running.node.ledger.append(signed)).unwrap();
}

/// Number of tries for a condition that becomes true a moment later.
const TRIES: usize = 10_000;

/// Returns the URL for a file that an event announces, and the headers of a request that a key signs for this URL.
fn signed(running: &RealNode, event: &Event, hash: Hash, secret: &SecretKey) -> (String, [(&'static str, String); 2]) {
    let (path, query) = (format!("/attachment/{hash}"), format!("party={}&event={}", event.party, event.event_id));
    let target = Target { method: Method::Put, path: &path, query: &query };
    let now_s = ledger_node::clock::now_ms() / 1_000;
    let signature = RequestSignature::sign(target, running.node.ledger.ledger_id(), secret, now_s).unwrap();
    (format!("{path}?{query}"), signature.headers())
}

fn upload(running: &RealNode, event: &Event, hash: Hash, secret: &SecretKey) -> RequestBuilder<WithBody> {
    let (door, headers) = signed(running, event, hash, secret);
    let request = agent().put(format!("{}{door}", running.url()));
    headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
}

fn put(running: &RealNode, world: &World<MemoryStore>, event: &Event, hash: Hash, bytes: &[u8]) -> u16 {
    upload(running, event, hash, &world.dairy.events()).send(bytes).unwrap().status().as_u16()
}

/// Returns the node's answer about how much of an event's file is here.
fn here(running: &RealNode, event: &Event, hash: Hash) -> String {
    let Event { party, event_id, .. } = event;
    let door = format!("{}/attachment/{hash}/offset?party={party}&event={event_id}", running.url());
    agent().get(door).call().unwrap().body_mut().read_to_string().unwrap()
}

/// Sends `bytes` bytes of a file, and then closes the connection.
fn break_off(running: &RealNode, event: &Event, secret: &SecretKey, file: &[u8], bytes: usize) {
    let (door, [(input, params), (name, signature)]) = signed(running, event, Hash::plain(file), secret);
    let mut broken = TcpStream::connect(running.node.address).unwrap();
    let head = format!("PUT {door} HTTP/1.1\r\nhost: a\r\n{input}: {params}\r\n{name}: {signature}\r\n");
    write!(broken, "{head}content-length: {}\r\n\r\n", file.len()).unwrap();
    broken.write_all(&file[..bytes]).unwrap();
}

/// Appends an event of a brand about its own lot, which announces a file.
fn announces(running: &RealNode, world: &World<MemoryStore>, by: &Actor, file: &[u8], access: Access) -> Event {
    let lot = if by.party == world.dairy.party { LOT } else { "01/09521234000013/10/X" };
    let mut event = world.event(by, vec![subject(lot)], KindBody::Production(production()));
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    event.attachments = vec![attachment(file, "video/mp4", Some(access))];
    let signed = event.sign(&by.events()).unwrap();
    running.runtime.block_on(running.node.ledger.append(signed)).unwrap();
    event
}

/// Returns the HTTP status of a file for a caller without rights.
fn status(running: &RealNode, hash: Hash) -> u16 {
    agent().get(format!("{}/attachment/{hash}", running.url())).call().unwrap().status().as_u16()
}

#[test]
fn no_party_hides_opens_or_finishes_the_file_of_another() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let bring = |event: &Event, by: &Actor, file: &[u8], from: usize| {
        let range = format!("bytes {from}-{}/{}", file.len() - 1, file.len());
        let request = upload(&running, event, Hash::plain(file), &by.events()).header("content-range", &range);
        request.send(&file[from..]).unwrap().status().as_u16()
    };
    // A public file stays public, and a confidential one stays confidential to parties that do not have its bytes.
    let (public, secret) = (b"a film of a pasture".as_slice(), b"the recipe".as_slice());
    let [shown, kept] = [(public, Access::Public), (secret, Access::Parties)]
        .map(|(file, access)| announces(&running, &world, &world.dairy, file, access));
    assert_eq!(bring(&shown, &world.dairy, public, 0), 201);
    assert_eq!(bring(&kept, &world.dairy, secret, 0), 201);
    let [hides, opens] = [(public, Access::Parties), (secret, Access::Public)]
        .map(|(file, access)| announces(&running, &world, &world.rival, file, access));
    assert_eq!(bring(&hides, &world.rival, public, 0), 201);
    assert_eq!(status(&running, Hash::plain(public)), 200, "its own party shows it");
    assert_eq!(here(&running, &opens, Hash::plain(secret)), "{\"offset\":0}\n", "nothing of it came from the rival");
    assert_eq!(bring(&opens, &world.rival, secret, secret.len()), 409);
    assert_eq!(status(&running, Hash::plain(secret)), 403);
    // Another party can neither go on with a party's upload nor undo it.
    let film = b"a longer film of the same pasture".as_slice();
    let [mine, theirs] = [&world.dairy, &world.rival].map(|by| announces(&running, &world, by, film, Access::Public));
    break_off(&running, &mine, &world.dairy.events(), film, 20);
    assert!((0..TRIES).any(|_| here(&running, &mine, Hash::plain(film)) == "{\"offset\":20}\n"));
    assert_eq!(here(&running, &theirs, Hash::plain(film)), "{\"offset\":0}\n");
    assert_eq!(bring(&theirs, &world.rival, film, 20), 409);
    let other = upload(&running, &theirs, Hash::plain(film), &world.rival.events()).send(&b"other bytes"[..]);
    assert_eq!(other.unwrap().status(), 422);
    assert_eq!(here(&running, &mine, Hash::plain(film)), "{\"offset\":20}\n", "it is as it was");
    assert_eq!(bring(&mine, &world.dairy, film, 20), 201);
    assert_eq!(status(&running, Hash::plain(film)), 200);
    // Another event of the party that brought the file makes it public, without sending its bytes again.
    let again = announces(&running, &world, &world.dairy, secret, Access::Public);
    assert_eq!(here(&running, &again, Hash::plain(secret)), "{\"offset\":10}\n");
    assert_eq!(bring(&again, &world.dairy, secret, secret.len()), 201);
    assert_eq!(status(&running, Hash::plain(secret)), 200);
    // An event that announces another size does not.
    let mut wrong = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    wrong.subjects[0].quantity = Some(quantity("900", "KGM"));
    wrong.attachments = vec![Attachment { size: 5, ..attachment(film, "video/mp4", Some(Access::Parties)) }];
    say(&running, &world, &wrong);
    assert_eq!(bring(&wrong, &world.dairy, film, film.len()), 422);
    assert_eq!(status(&running, Hash::plain(film)), 200);
    running.stop();
}

/// Encodes a text in HPACK, without Huffman coding.
fn hpack(text: &str) -> Vec<u8> {
    let length = text.len();
    let mut bytes = match u8::try_from(length).ok().filter(|short| *short < 127) {
        Some(short) => vec![short],
        None => {
            vec![127, u8::try_from((length - 127) & 127).unwrap() | 128, u8::try_from((length - 127) >> 7).unwrap()]
        }
    };
    bytes.extend(text.as_bytes());
    bytes
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[test]
fn an_upload_that_is_reset_over_http_2_is_kept_as_far_as_it_came() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let film = b"a film of a pasture".as_slice();
    let event = announces(&running, &world, &world.dairy, film, Access::Public);
    let (door, headers) = signed(&running, &event, Hash::plain(film), &world.dairy.events());
    // The block contains PUT, http, the path, the host, and two headers as literals.
    let mut block = [&[0x02][..], &hpack("PUT"), &[0x86, 0x04], &hpack(&door), &[0x01], &hpack("node")].concat();
    for (name, value) in &headers {
        block.extend([&[0x00][..], &hpack(name), &hpack(value)].concat());
    }
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    bytes.extend(frame(1, 4, 1, &block));
    bytes.extend(frame(0, 0, 1, &film[..6]));
    let mut stream = TcpStream::connect(running.node.address).unwrap();
    stream.write_all(&bytes).unwrap();
    // A reset that comes with the bytes may overtake them, so the test waits until the node has begun.
    assert!((0..TRIES).any(|_| std::fs::read_dir(running.home.attachments()).unwrap().count() > 0));
    stream.write_all(&frame(3, 0, 1, &8_u32.to_be_bytes())).unwrap();
    assert!((0..TRIES).any(|_| here(&running, &event, Hash::plain(film)) == "{\"offset\":6}\n"));
    let range = format!("bytes 6-{}/{}", film.len() - 1, film.len());
    let rest = upload(&running, &event, Hash::plain(film), &world.dairy.events()).header("content-range", &range);
    assert_eq!(rest.send(&film[6..]).unwrap().status(), 201);
    // A node that stops waits for connections that are open.
    drop(stream);
    running.stop();
}

#[test]
fn a_party_fills_its_own_share_and_no_party_the_disk() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let settings = Settings { attachments_per_party_mib: 1, ..Settings::default() };
    let running = RealNode::start(&world, folder.path(), &settings);
    let files: Vec<Vec<u8>> = (0..3_u8).map(|at| vec![at; 500 * 1024]).collect();
    let bring = |running: &RealNode, by: &Actor, file: &[u8]| {
        let event = announces(running, &world, by, file, Access::Public);
        let mut answer = upload(running, &event, Hash::plain(file), &by.events()).send(file).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    assert_eq!(bring(&running, &world.dairy, &files[0]).0, 201);
    assert_eq!(bring(&running, &world.dairy, &files[1]).0, 201);
    let (status, text) = bring(&running, &world.dairy, &files[2]);
    assert_eq!(status, 507);
    assert!(text.contains("QUOTA") && text.contains("417/") && text.contains("1 MiB"), "{text}");
    assert_eq!(bring(&running, &world.rival, &files[2]).0, 201, "another party has its own share");
    // The node counts the share again from the files when it starts.
    let home = running.stop();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start(&home, &settings, listener())).unwrap();
    let running = RealNode { node, home, runtime };
    assert_eq!(bring(&running, &world.dairy, &files[2]).0, 507);
    let home = running.stop();
    let full = Settings { attachments_free_mib: u32::MAX, ..Settings::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start(&home, &full, listener())).unwrap();
    let running = RealNode { node, home, runtime };
    let (status, text) = bring(&running, &world.rival, b"a small file");
    assert_eq!(status, 507);
    assert!(text.contains("NO_SPACE"), "{text}");
    running.stop();
}

#[test]
fn an_upload_goes_on_where_it_broke_off() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let film = b"a film of a pasture".as_slice();
    let mut event = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    event.attachments = vec![attachment(film, "video/mp4", Some(Access::Public))];
    say(&running, &world, &event);
    let hash = Hash::plain(film);
    let dairy = world.dairy.events();
    let offset = || here(&running, &event, hash);
    assert_eq!(offset(), "{\"offset\":0}\n");
    let go_on = |from: usize, bytes: &[u8]| {
        let range = format!("bytes {from}-{}/{}", film.len() - 1, film.len());
        upload(&running, &event, hash, &dairy).header("content-range", &range).send(bytes).unwrap().status().as_u16()
    };
    let break_off = || break_off(&running, &event, &dairy, film, 6);
    assert_eq!(go_on(4, &film[4..]), 409, "nothing is here that this could go on from");
    break_off();
    // The node notices a moment later that the sender is gone.
    assert!((0..TRIES).any(|_| offset() == "{\"offset\":6}\n"));
    assert_eq!(go_on(4, &film[4..]), 409, "not where it ended");
    assert_eq!(go_on(6, b" that is another"), 413, "too long");
    assert_eq!(offset(), "{\"offset\":0}\n", "what leads nowhere is not kept");
    break_off();
    assert!((0..TRIES).any(|_| offset() == "{\"offset\":6}\n"));
    assert_eq!(go_on(6, &film[6..]), 201);
    let mut whole = agent().get(format!("{}/attachment/{hash}", running.url())).call().unwrap();
    assert_eq!(whole.body_mut().read_to_vec().unwrap(), film);
    assert_eq!(offset(), "{\"offset\":19}\n");
    let unclear = upload(&running, &event, hash, &dairy).header("content-range", "pages 1-2/3").send(film);
    assert_eq!(unclear.unwrap().status(), 400);
}

#[test]
fn a_file_is_taken_when_its_event_announces_it_and_served_in_ranges() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let (film, secret) = (b"a film of a pasture".as_slice(), b"not for everybody".as_slice());
    let mut event = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    event.subjects[0].quantity = Some(quantity("900", "KGM"));
    event.attachments =
        vec![attachment(film, "video/mp4", Some(Access::Public)), attachment(secret, "text/plain", None)];
    let hash = Hash::plain(film);
    assert_eq!(put(&running, &world, &event, hash, film), 404, "no event announces it yet");
    say(&running, &world, &event);
    assert_eq!(put(&running, &world, &event, hash, b"a film of a meadow!"), 422, "other bytes");
    assert_eq!(put(&running, &world, &event, hash, b"a film"), 422, "too short");
    assert_eq!(put(&running, &world, &event, hash, &[7; 4_096]), 413, "too long");
    assert_eq!(put(&running, &world, &event, Hash::plain(b"another"), b"another"), 404);
    let url = format!("{}/attachment/{hash}", running.url());
    assert_eq!(agent().get(&url).call().unwrap().status(), 404, "what was refused is nowhere");
    let reason = |request: RequestBuilder<WithBody>| {
        let mut answer = request.send(film).unwrap();
        let told: serde_json::Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        (answer.status().as_u16(), told["reason"].as_str().unwrap().to_owned())
    };
    let stranger = upload(&running, &event, hash, &world.carrier.events());
    assert_eq!(reason(stranger), (403, "UNKNOWN_KEY".to_owned()), "another party's key");
    let admin = upload(&running, &event, hash, &world.dairy.admin());
    assert_eq!(reason(admin), (403, "UNKNOWN_KEY".to_owned()), "a key that signs no events");
    let (door, _) = signed(&running, &event, hash, &world.dairy.events());
    let other = signed(&running, &event, Hash::plain(secret), &world.dairy.events()).1;
    let request = || agent().put(format!("{}{door}", running.url()));
    assert_eq!(reason(request()), (401, "BAD_SIGNATURE".to_owned()), "no signature");
    let moved = other.into_iter().fold(request(), |request, (name, value)| request.header(name, value));
    assert_eq!(reason(moved), (401, "BAD_SIGNATURE".to_owned()), "the signature of another request");
    assert_eq!(put(&running, &world, &event, hash, film), 201);
    assert_eq!(put(&running, &world, &event, hash, film), 201, "again is no harm");
    assert_eq!(put(&running, &world, &event, Hash::plain(secret), secret), 201);

    let mut whole = agent().get(&url).call().unwrap();
    assert_eq!(whole.body_mut().read_to_vec().unwrap(), film);
    assert_eq!(whole.headers()["content-type"], "video/mp4");
    assert_eq!(whole.headers()["content-security-policy"], "sandbox; default-src 'none'");
    let mut part = agent().get(&url).header("range", "bytes=2-5").call().unwrap();
    assert_eq!((part.status().as_u16(), part.body_mut().read_to_string().unwrap()), (206, "film".to_owned()));
    assert_eq!(part.headers()["content-range"], "bytes 2-5/19");
    assert_eq!(agent().get(&url).header("range", "bytes=99-").call().unwrap().status(), 416);
    assert_eq!(agent().head(&url).call().unwrap().headers()["content-length"], "19");
    let private = format!("{}/attachment/{}", running.url(), Hash::plain(secret));
    assert_eq!(agent().get(private).call().unwrap().status(), 403);
    let left: Vec<_> =
        std::fs::read_dir(running.home.attachments()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("upload")), "{left:?}");
    running.stop();
}

#[test]
fn the_list_behind_a_commitment_is_uploaded_and_answers_after_a_restart_too() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let mut produced = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    produced.subjects[0].quantity = Some(quantity("900", "KGM"));
    say(&running, &world, &produced);
    let serials: BTreeSet<Serial> = (0..500).map(|at| Serial::parse(&format!("S{at}")).unwrap()).collect();
    let manifest = SetManifest::of(Gtin::parse("09526543000013").unwrap(), serials);
    let bytes = manifest.encode();
    let body = Commissioning {
        refs: Vec::new(),
        commitments: Vec::new(),
        sticker_batch: code("B2"),
        form: Form::Committed(Committed { count: 500, items_root: manifest.index().root(), manifest: 0 }),
    };
    let mut event = world.event(&world.dairy, vec![subject(LOT)], KindBody::Commissioning(body));
    event.attachments.push(attachment(&bytes, MANIFEST_TYPE, None));
    say(&running, &world, &event);
    let item = |serial: &str| format!("01/09526543000013/10/L26-0417/21/{serial}");
    let judged = |running: &RealNode, serial: &str, lot: Option<&str>| {
        let path = lot.map_or_else(|| format!("01/09526543000013/21/{serial}"), |_| item(serial));
        let mut answer = agent().get(format!("{}/trace/{path}", running.url())).call().unwrap();
        let query = Query { subject: subject(&format!("01/09526543000013/21/{serial}")), lot: lot.map(subject) };
        let trace = verify(&answer.body_mut().read_to_vec().unwrap(), &query, &world.policy).unwrap();
        let judged = Judgement::of(&Story::compose(&trace), &Label::default(), date("2026-06-01"));
        (judged.verdict, trace.proven_lot().map(ToString::to_string))
    };
    let page = |running: &RealNode| {
        let asked = agent().get(format!("{}/01/09526543000013/21/S7", running.url())).header("accept", "text/html");
        asked.call().unwrap().body_mut().read_to_string().unwrap()
    };
    let none = "The server shows no record here.";
    assert!(page(&running).contains(none));
    // Without its list, the set proves nothing about an item; the shopper does not see an error.
    assert_eq!(judged(&running, "S7", Some(LOT)), (Verdict::Unproven, None));
    assert_eq!(put(&running, &world, &event, Hash::plain(&bytes), &bytes), 201);
    // The list changes the page under the same checkpoint.
    assert!(!page(&running).contains(none));
    let lot = Some(LOT.to_owned());
    let issued = |running: &RealNode| {
        // The plain link of GTIN and serial, which names no lot, also finds the set.
        for asked in [Some(LOT), None] {
            assert_eq!(judged(running, "S7", asked), (Verdict::NotYetSold, lot.clone()));
            assert_eq!(judged(running, "S500", asked), (Verdict::NeverIssued, None));
        }
    };
    issued(&running);
    let home = running.stop();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start(&home, &Settings::default(), listener())).unwrap();
    let again = RealNode { node, home, runtime };
    issued(&again);

    // No serial is issued twice. The node refuses a list with a serial of another list, for any lot that its event names.
    let serials = ["NEW", "S7"].map(|serial| Serial::parse(serial).unwrap());
    let twice = SetManifest::of(Gtin::parse("09526543000013").unwrap(), BTreeSet::from(serials));
    let form = Form::Committed(Committed { count: 2, items_root: twice.index().root(), manifest: 0 });
    let body = Commissioning { refs: Vec::new(), commitments: Vec::new(), sticker_batch: code("B3"), form };
    let other = subject("01/09526543000013/10/OTHER");
    let mut event = world.event(&world.dairy, vec![other], KindBody::Commissioning(body));
    event.attachments.push(attachment(&twice.encode(), MANIFEST_TYPE, None));
    say(&again, &world, &event);
    assert_eq!(put(&again, &world, &event, Hash::plain(&twice.encode()), &twice.encode()), 422);
    assert_eq!(judged(&again, "S7", None), (Verdict::NotYetSold, lot.clone()), "the first set still proves it");
    assert_eq!(judged(&again, "NEW", None), (Verdict::Unproven, None));
    again.stop();
}

#[test]
fn the_code_under_a_scratch_layer_is_claimed_once() {
    const CODE: &str = "7KQ2M9XW4TBHC0RZ";
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let home = Home::at(folder.path());
    headwater_key::write(&home.events_key(), &world.operator.events_seed()).unwrap();
    let settings = Settings { record_claims: true, ..Settings::default() };
    let running = RealNode::start(&world, folder.path(), &settings);
    let (gtin, tin) = (Gtin::parse("09526543000013").unwrap(), subject("01/09526543000013/21/S7"));
    let head = ItemCode::parse(CODE).unwrap().committed(&tin);
    let item = |serial: &str, code| SetItem { serial: Serial::parse(serial).unwrap(), code };
    let manifest = SetManifest { gtin, items: vec![item("S7", Some(head)), item("S8", None)] };
    let bytes = manifest.encode();
    let form = Form::Committed(Committed { count: 2, items_root: manifest.index().root(), manifest: 0 });
    let body = Commissioning { refs: Vec::new(), commitments: Vec::new(), sticker_batch: code("B2"), form };
    let mut event = world.event(&world.dairy, vec![subject(LOT)], KindBody::Commissioning(body));
    event.attachments.push(attachment(&bytes, MANIFEST_TYPE, None));
    say(&running, &world, &event);
    assert_eq!(put(&running, &world, &event, Hash::plain(&bytes), &bytes), 201);

    let looks = ["0a".repeat(16), "0b".repeat(16)];
    let claim_as = |look: &str, path: &str, code: &str| {
        let asked = agent().post(format!("{}/claim/{path}", running.url())).send(format!("{code} {look}"));
        let mut answer = asked.unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    let claim = |path: &str, code: &str| claim_as(&looks[0], path, code);
    let tin = format!("{LOT}/21/S7");
    let reason = |answer: (u16, String)| {
        let told: serde_json::Value = serde_json::from_str(&answer.1).unwrap();
        (answer.0, told["reason"].as_str().unwrap().to_owned())
    };
    let size = running.node.ledger.newest().size();
    assert_eq!(reason(claim(&tin, "0000000000000000")), (422, "BAD_CODE".to_owned()));
    assert_eq!(reason(claim(&format!("{LOT}/21/S8"), CODE)), (422, "BAD_CODE".to_owned()), "it has no code");
    assert_eq!(reason(claim(&tin, "7kq2m9xw4tbhc0rz")), (400, "NO_CODE".to_owned()));
    assert_eq!(reason(claim_as("0A", &tin, CODE)), (400, "NO_LOOK".to_owned()));
    assert_eq!(reason(claim(LOT, CODE)), (404, "UNKNOWN".to_owned()));
    assert_eq!(reason(claim(&format!("{LOT}/21/S9"), CODE)), (404, "UNKNOWN".to_owned()));
    assert_eq!(reason(claim("01/1", CODE)), (400, "NO_DIGITAL_LINK".to_owned()));
    assert_eq!(claim(&tin, &CODE.repeat(2)).0, 413);
    assert_eq!(running.node.ledger.newest().size(), size, "nothing of that was recorded");

    // A caller who leaves before the answer comes has made the claim all the same, and gets that answer when the page asks again.
    let mut gone = TcpStream::connect(running.node.address).unwrap();
    let body = format!("{CODE} {}", looks[0]);
    write!(gone, "POST /claim/{tin} HTTP/1.1\r\nhost: a\r\ncontent-length: 49\r\n\r\n{body}").unwrap();
    drop(gone);
    let (first, second) = std::thread::scope(|scope| {
        let asked = looks.each_ref().map(|look| scope.spawn(|| claim_as(look, &tin, CODE)));
        let [first, second] = asked.map(|asked| asked.join().unwrap());
        (first, second)
    });
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201]);
    assert_eq!(first.1, second.1, "both are told of the first");
    assert_eq!([claim_as(&looks[0], &tin, CODE), claim_as(&looks[1], &tin, CODE)], [first.clone(), second]);

    let mut answer = agent().get(format!("{}/trace/{tin}", running.url())).call().unwrap();
    let query = Query { subject: subject("01/09526543000013/21/S7"), lot: Some(subject(LOT)) };
    let trace = verify(&answer.body_mut().read_to_vec().unwrap(), &query, &world.policy).unwrap();
    let story = Story::compose(&trace);
    let claims: Vec<_> = story.facts().filter(|told| told.event().party == world.operator.party).collect();
    assert_eq!(claims.len(), 1);
    assert!(claims[0].has_effect() && first.1.contains(&claims[0].entry().leaf().to_string()));
    running.stop();
}

#[test]
fn a_list_counts_only_for_the_event_that_commits_to_it() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let never = subject("01/09526543000013/21/NEVER");
    let serials = |serial: &str| BTreeSet::from([Serial::parse(serial).unwrap()]);
    let manifest = SetManifest::of(Gtin::parse("09526543000013").unwrap(), serials("NEVER"));
    let (bytes, root) = (manifest.encode(), manifest.index().root());

    // An event of another kind announces the same kind of file.
    let mut produced = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    produced.subjects[0].quantity = Some(quantity("900", "KGM"));
    produced.attachments.push(attachment(&bytes, MANIFEST_TYPE, None));
    say(&running, &world, &produced);
    assert_eq!(put(&running, &world, &produced, Hash::plain(&bytes), &bytes), 422);

    // The first event commits to other items than its list has; the second event announces a list of another model's items.
    let foreign = SetManifest::of(Gtin::parse(&with_check("0952654300002")).unwrap(), serials("NEVER")).encode();
    for (list, root) in [(&bytes, Hash::plain(b"other items")), (&foreign, root)] {
        let form = Form::Committed(Committed { count: 1, items_root: root, manifest: 0 });
        let body = Commissioning { refs: Vec::new(), commitments: Vec::new(), sticker_batch: code("B2"), form };
        let mut event = world.event(&world.dairy, vec![subject(LOT)], KindBody::Commissioning(body));
        event.attachments.push(attachment(list, MANIFEST_TYPE, None));
        say(&running, &world, &event);
        assert_eq!(put(&running, &world, &event, Hash::plain(list), list), 422);
        assert!(!running.node.ledger.knows(&never));
    }
    let home = running.stop();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start(&home, &Settings::default(), listener())).unwrap();
    assert!(!node.ledger.knows(&never), "nor after a restart");
}

#[test]
fn a_node_without_the_key_records_no_claims() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let claim = format!("{}/claim/{LOT}/21/S7", running.url());
    let question = format!("7KQ2M9XW4TBHC0RZ {}", "0a".repeat(16));
    assert_eq!(agent().post(claim).send(question).unwrap().status().as_u16(), 404);
    let home = running.stop();
    let settings = Settings { record_claims: true, ..Settings::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let refused = runtime.block_on(Node::start(&home, &settings, listener())).err().unwrap();
    assert!(format!("{refused:#}").contains("record-claims"), "{refused:#}");
}
