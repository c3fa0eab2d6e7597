//! Costs of a ledger, each as a ratio to one strict Ed25519 verification for each event on the same cores.
//!
//! The CPU time covers the whole process, node and client together. The wall time means little on a shared machine. Set
//! `HEADWATER_BENCH_EVENTS` for another number of events.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signature, VerifyingKey};
use headwater_audit::Audit;
use headwater_client::Client;
use headwater_event::digital_link::DigitalLink;
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::{Event, EventId};
use headwater_event::kind::KindBody;
use headwater_event::signature::PayloadType;
use headwater_label::{Layout, Sticker, pdf};
use headwater_ledger::admission::Limits;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::store::Store;
use headwater_sled::{Founding, SledStore};
use headwater_testing::forged::InMemory;
use headwater_testing::node::RealNode;
use headwater_testing::tools;
use headwater_testing::world::{START_MS, World, production, quantity, query, subject};
use headwater_tlog::key::SecretKey;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::evidence::Extent;
use headwater_trace::policy::TrustPolicy;
use headwater_trace::verify::verify;
use ledger_node::settings::Settings;
use tokio::runtime::Runtime;

// As in the node: one thread makes a receipt and another thread frees the receipt's memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MODEL: &str = "01/09526543000013";

/// CPU time of all threads of this process so far. The kernel counts in hundredths of a second.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

struct Bench {
    verification: Duration,
}

impl Bench {
    fn measure(&self, what: &str, count: usize, run: impl FnOnce()) {
        let (wall, used) = (Instant::now(), cpu());
        run();
        let (wall, used) = (wall.elapsed(), cpu() - used);
        let each = |time: Duration| time.as_secs_f64() / count as f64;
        let ratio = |time: Duration| each(time) / self.verification.as_secs_f64();
        println!(
            "{what:<48} {count:>8}  cpu {:>8.2} µs = {:>6.2} verifications   wall {:>8.2} µs = {:>6.2}",
            each(used) * 1e6,
            ratio(used),
            each(wall) * 1e6,
            ratio(wall)
        );
    }
}

/// Time of one strict verification of an event's signature on one core, by the library's own `verify_strict`.
fn verification(event: &SignedEventBytes, secret: &SecretKey) -> Duration {
    let message = PayloadType::Event.encode(&event.event);
    let key = VerifyingKey::from_bytes(secret.public().as_bytes()).unwrap();
    let signature = Signature::from_bytes(event.signature.as_bytes());
    let started = Instant::now();
    let rounds = 20_000;
    for _ in 0..rounds {
        black_box(key.verify_strict(black_box(&message), &signature)).unwrap();
    }
    started.elapsed() / rounds
}

/// Signed productions, each of a lot of its own, numbered from `from`.
fn events<S: Store>(
    world: &World<S>,
    ledger_id: headwater_tlog::hash::Hash,
    from: usize,
    count: usize,
) -> Vec<SignedEventBytes> {
    let secret = world.dairy.events();
    let mut template =
        world.event(&world.dairy, vec![subject(&format!("{MODEL}/10/L"))], KindBody::Production(production()));
    template.subjects[0].quantity = Some(quantity("900", "KGM"));
    template.ledger_id = ledger_id;
    let one = |at: usize| {
        let mut random = [7; 10];
        random[2..].copy_from_slice(&(at as u64).to_be_bytes());
        let mut event = Event { event_id: EventId::at(START_MS + 1, random), ..template.clone() };
        event.subjects[0].key = subject(&format!("{MODEL}/10/L{at}"));
        event.sign(&secret).unwrap()
    };
    (from..from + count).map(one).collect()
}

fn append_all<S: Store>(runtime: &Runtime, ledger: &Ledger<S>, events: Vec<SignedEventBytes>) {
    runtime.block_on(async {
        let mut waiting = std::collections::VecDeque::new();
        for group in events.chunks(64) {
            let admitted = ledger.admit(group.iter().cloned().map(Ok)).await;
            waiting.push_back(ledger.submit(admitted, Extent::Complete).await);
            if waiting.len() > 32 {
                let answers = waiting.pop_front().unwrap().answers().await;
                assert!(answers.iter().all(Result::is_ok));
            }
        }
        for pending in waiting {
            assert!(pending.answers().await.iter().all(Result::is_ok));
        }
    });
}

fn unlimited() -> Limits {
    Limits {
        for_life: false,
        party_second: u64::MAX,
        party_burst: u64::MAX,
        party_day: u64::MAX,
        party_subject_day: u64::MAX,
        unit: u64::MAX,
        ..Limits::default()
    }
}

/// Whether a measurement is taken: its name contains the word in `HEADWATER_BENCH_ONLY`, or the variable is not set.
fn is_wanted(what: &str) -> bool {
    std::env::var("HEADWATER_BENCH_ONLY").map_or(true, |word| what.contains(&word))
}

fn main() {
    let count = std::env::var("HEADWATER_BENCH_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let world = World::on(MemoryStore::new(), unlimited());
    let ledger_id = world.ledger.ledger_id();
    let sample = events(&world, ledger_id, 0, 1).remove(0);
    let bench = Bench { verification: verification(&sample, &world.dairy.events()) };
    println!(
        "one strict verification takes {:.2} µs; quotas, rates and the connections of an address are raised for the benchmark\n",
        bench.verification.as_secs_f64() * 1e6
    );

    if is_wanted("sticker") {
        stickers(&bench);
    }
    if is_wanted("look") {
        first_looks();
    }
    if is_wanted("stream") {
        over_grpc(&bench, count);
    }
    if is_wanted("disk") {
        on_disk(&bench, count);
    }
    if is_wanted("memory") {
        in_memory(&bench, &world, count);
    }
    // Last, because the heap that this measurement leaves behind would slow the others down.
    if is_wanted("million") {
        among_many(&bench);
    }
}

/// Measures a sheet of 10,000 stickers as PDF, as a printer gets the sheet.
fn stickers(bench: &Bench) {
    let count = 10_000;
    let one = |at: usize| {
        let link = DigitalLink::parse_path(&format!("{MODEL}/10/L26-0417/21/7KQ2M9XW{at:05}")).unwrap();
        Sticker::new(&link, "https://id.trace.example", Some("Polderlicht"))
    };
    let stickers: Vec<Sticker> = (0..count).map(one).collect();
    let mut bytes = 0;
    bench.measure("sticker on a sheet of 10,000, as PDF", count, || {
        bytes = pdf::draw(&stickers, &Layout::A4, |_| {}).unwrap().len();
    });
    println!("{:<48} {bytes:>8} bytes", "  its size");
}

/// Measures the first look at a product of 20 events by a browser on this machine: bytes, requests and times.
fn first_looks() {
    let Some(browser) = tools::browser() else {
        return;
    };
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    (0..20).for_each(|_| drop(world.produce(&world.dairy, &format!("{MODEL}/10/L1")).unwrap()));
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    println!("a first look at a product of 20 events, cold");
    let url = format!("http://localhost:{}/{MODEL}/10/L1", running.node.address.port());
    let looked = Command::new("node").arg(browser.join("cold.mjs")).args([&url, "7"]).status().unwrap();
    assert!(looked.success());
    running.stop();
}

/// Measures a ledger without disk or network, its audit, and a trace of a product with 20 events.
fn in_memory(bench: &Bench, world: &World<MemoryStore>, count: usize) {
    let ledger_id = world.ledger.ledger_id();
    let signed = events(world, ledger_id, 0, count);
    bench.measure("append in process, in memory", count, || append_all(&world.runtime, &world.ledger, signed));

    let snapshot = world.ledger.newest();
    let entries = world.runtime.block_on(world.ledger.entries(LeafIndex::FIRST, usize::MAX)).unwrap();
    let (size, root) = (snapshot.checkpoint().size(), snapshot.checkpoint().root());
    bench.measure("full audit", entries.len(), || {
        Audit::new(ledger_id).run(&mut InMemory(entries), size, root, |_| {}).unwrap();
    });

    let lots = of_20_events(world);
    bench.measure("trace of a product of 20 events, built", lots.len(), || {
        lots.iter().for_each(|lot| drop(black_box(world.trace(&query(lot)))));
    });
    let lot = lots[0].clone();
    let bytes = world.trace(&query(&lot));
    let trace = headwater_trace::trace::Trace::parse(&bytes).unwrap();
    println!("{:<48} {:>8} bytes, {} entries", "  its size", bytes.len(), trace.entries.len());
    bench.measure("trace of a product of 20 events, verified", 200, || {
        (0..200).for_each(|_| drop(black_box(verify(&bytes, &query(&lot), &world.policy).unwrap())));
    });
}

/// Appends 19 events about each of 200 lots that have one event. There are more lots than cached traces, so that each trace is built.
fn of_20_events(world: &World<MemoryStore>) -> Vec<String> {
    let lots: Vec<String> = (1..=200).map(|number| format!("{MODEL}/10/L{number}")).collect();
    for lot in &lots {
        for _ in 0..19 {
            world.produce(&world.dairy, lot).unwrap();
        }
    }
    lots
}

/// Measures the trace of a product of 20 events among a million other products, each of one event. The ledger is in memory; the
/// index of a ledger on disk is the same.
fn among_many(bench: &Bench) {
    let world = World::on(MemoryStore::new(), unlimited());
    let products =
        std::env::var("HEADWATER_BENCH_PRODUCTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let before = resident_kib();
    // Signs in parts, so that memory never holds a million signed events at once.
    const PART: usize = 20_000;
    bench.measure("  a million products appended, signing included", products, || {
        for from in (0..products).step_by(PART) {
            let signed = events(&world, world.ledger.ledger_id(), from, PART.min(products - from));
            append_all(&world.runtime, &world.ledger, signed);
        }
    });
    let subjects = products as u64;
    println!("{:<48} {:>8} KiB for {subjects} products, tree, index and store", "  memory", resident_kib() - before);
    let lots = of_20_events(&world);
    bench.measure("trace of 20 events out of a million products, built", lots.len(), || {
        lots.iter().for_each(|lot| drop(black_box(world.trace(&query(lot)))));
    });
    let lot = lots[0].clone();
    let bytes = world.trace(&query(&lot));
    println!("{:<48} {:>8} bytes", "  its size", bytes.len());
    bench.measure("the same, verified", 200, || {
        (0..200).for_each(|_| drop(black_box(verify(&bytes, &query(&lot), &world.policy).unwrap())));
    });
}

/// Resident memory of this process in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn on_disk(bench: &Bench, count: usize) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ledger");
    Founding::begin(&path).unwrap().finish().unwrap();
    let store = SledStore::open(&path).unwrap();
    let world = World::on(store, unlimited());
    let signed = events(&world, world.ledger.ledger_id(), 0, count);
    bench.measure("append in process, on sled, synced", count, || append_all(&world.runtime, &world.ledger, signed));
}

/// Measures appends over gRPC to a node on disk, founded with the keys of a world and with the world's parties.
fn over_grpc(bench: &Bench, count: usize) {
    let world = World::on(MemoryStore::new(), unlimited());
    let place = tempfile::tempdir().unwrap();
    let settings = Settings {
        party_second: u64::MAX,
        party_burst: u64::MAX,
        address_second: u32::MAX,
        address_burst: u32::MAX,
        party_day: u64::MAX,
        party_subject_day: u64::MAX,
        unit: u64::MAX,
        connections_per_address_max: 1_000,
        reads_per_second: u32::MAX,
        ..Settings::default()
    };
    let running = RealNode::start(&world, place.path(), &settings);
    let (runtime, ledger_id) = (&running.runtime, world.ledger.ledger_id());
    let policy = TrustPolicy::parse(&world.pinned()).unwrap();
    let url = running.url();
    let connect = || runtime.block_on(Client::connect(url.clone(), policy.clone(), None)).unwrap();

    let mut from = 0;
    for (extent, what) in [(Extent::Inclusion, "inclusion verified"), (Extent::Complete, "whole receipts verified")] {
        let signed = events(&world, ledger_id, from, count);
        from += count;
        let mut client = connect();
        bench.measure(&format!("append over one gRPC stream, {what}"), count, || {
            let answers = runtime.block_on(client.append_many(signed, extent)).unwrap();
            assert!(answers.iter().all(Result::is_ok));
        });
    }
    for clients in [1, 30, 100].into_iter().filter(|_| is_wanted("unary")) {
        let each = (count / 40 / clients).max(10);
        let mut parts = Vec::new();
        for _ in 0..clients {
            parts.push((connect(), events(&world, ledger_id, from, each)));
            from += each;
        }
        bench.measure(&format!("append over unary calls, {clients} clients"), clients * each, || {
            let running: Vec<_> = parts
                .into_iter()
                .map(|(mut client, events)| {
                    runtime.spawn(async move {
                        for event in events {
                            client.append(event).await.unwrap();
                        }
                    })
                })
                .collect();
            running.into_iter().for_each(|one| runtime.block_on(one).unwrap());
        });
    }
    running.stop();
}
