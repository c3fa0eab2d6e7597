//! `kill -9` at random moments under load: nothing acknowledged is lost, and the ledger always opens again.
//!
//! A child process (this test, started again) opens a ledger on disk, appends without end, and prints the leaf of every
//! event that was acknowledged. The parent kills it, opens the ledger, and asks for each of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use headwater_event::entry::SignedBytes;
use headwater_event::event::{Event, EventId};
use headwater_event::kind::KindBody;
use headwater_event::kind::origin_content::OriginContent;
use headwater_ledger::admission::Limits;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::open::{OpenError, Options, found, open};
use headwater_sled::{Founding, SledStore};
use headwater_tests::world::{START_MS, World, english, genesis, log_signer, subject};
use headwater_tlog::hash::Hash;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// How often the ledger is killed in all.
const KILLS: u64 = 60;
/// Acknowledgements after which a child is killed: from none to some hundred.
const ACKNOWLEDGED_MAX: u64 = 150;
const CHILD: &str = "HEADWATER_CRASH_CHILD";

fn options() -> Options {
    let now =
        AtomicU64::new(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64);
    Options {
        signer: log_signer(),
        cosigners: Vec::new(),
        auditors_needed: 1,
        idle_max: std::time::Duration::from_secs(600),
        limits: Limits { party_subject_day: u64::MAX, ..Limits::default() },
        clock: Arc::new(move || now.fetch_add(1, Ordering::SeqCst)),
    }
}

fn reopen(runtime: &Runtime, path: &Path) -> (Ledger<SledStore>, JoinHandle<()>) {
    let store = SledStore::open(path).unwrap();
    let (ledger, sequencer) = runtime.block_on(open(store, options())).unwrap();
    (ledger, runtime.spawn(async move { sequencer.run().await.unwrap() }))
}

/// An event of the operator's that nobody else could sign; its id makes it unlike any other.
fn event(
    ledger: &Ledger<SledStore>,
    template: &Event,
    secret: &headwater_tlog::key::SecretKey,
    random: [u8; 10],
) -> SignedBytes {
    let event_id = EventId::at(START_MS, random);
    Event { ledger_id: ledger.ledger_id(), event_id, ..template.clone() }.sign(secret).unwrap()
}

/// The life of a child: it appends until it is killed.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let runtime = Runtime::new().unwrap();
    let (ledger, _) = reopen(&runtime, Path::new(&path));
    let (template, secret) = template();
    loop {
        let events: Vec<_> = (0..16)
            .map(|_| {
                let mut random = [0; 10];
                random.copy_from_slice(&headwater_key::generate().unwrap()[..10]);
                Ok(event(&ledger, &template, &secret, random))
            })
            .collect();
        let answers = runtime.block_on(async { ledger.submit(events.into_iter()).await.answers().await });
        for receipt in answers {
            let receipt = receipt.unwrap();
            let line = format!("ack {} {}\n", receipt.entry.log_index, Hash::leaf(&receipt.entry.entry));
            std::io::stdout().write_all(line.as_bytes()).unwrap();
            std::io::stdout().flush().unwrap();
        }
    }
}

/// The brand of a small world, which needs no others: its registration is replayed onto the ledger on disk.
fn template() -> (Event, headwater_tlog::key::SecretKey) {
    let world = World::new();
    let body = KindBody::OriginContent(OriginContent {
        refs: Vec::new(),
        commitments: Vec::new(),
        content: None,
        product_name: english("milk powder"),
        brand_name: Vec::new(),
        net_content: None,
        licence: None,
        consent: None,
    });
    let event = world.event(&world.dairy, vec![subject("01/09526543000013")], body);
    (event, world.dairy.events())
}

fn spawn(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn nothing_acknowledged_is_lost() {
    let runtime = Runtime::new().unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ledger");
    let world = World::new();
    let founding = Founding::begin(&path).unwrap();
    runtime.block_on(found(founding.store(), genesis(&world.operator), &log_signer(), START_MS)).unwrap();
    founding.finish().unwrap();
    let (founded, sequencing) = reopen(&runtime, &path);
    assert_eq!(founded.ledger_id(), world.ledger.ledger_id(), "the same genesis founds the same ledger");
    for entry in runtime.block_on(world.ledger.entries(0, usize::MAX)).unwrap() {
        if let headwater_event::entry::Body::SignedEvent(signed) =
            headwater_event::entry::Entry::parse(&entry).unwrap().body
        {
            runtime.block_on(founded.append(signed)).unwrap();
        }
    }
    founded.close();
    drop(founded);
    runtime.block_on(sequencing).unwrap();

    let mut acknowledged: Vec<(u64, String)> = Vec::new();
    for kill in 0..KILLS {
        // Spread over the range without a pattern that batches could follow.
        let wanted = kill * 7_919 % ACKNOWLEDGED_MAX;
        let mut child = spawn(&path);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = 0;
        for line in lines.map_while(Result::ok) {
            if let Some((place, leaf)) = line.split("ack ").nth(1).and_then(|ack| ack.split_once(' ')) {
                acknowledged.push((place.parse().unwrap(), leaf.to_owned()));
                heard += 1;
                if heard > wanted {
                    // What is still in the pipe was acknowledged too, and is read after the kill.
                    let _ = child.kill();
                }
            }
        }
        assert!(heard > wanted, "the child of kill {kill} died by itself after {heard} acknowledgements");
        child.wait().unwrap();
    }
    // A killed process gives its lock up when it is gone, so the last open needs no waiting.
    let ledger = match SledStore::open(&path) {
        Ok(store) => runtime.block_on(open(store, options())).map(|(ledger, _)| ledger),
        Err(error) => Err(OpenError::Store(error.to_string())),
    };
    let ledger = ledger.unwrap();
    assert!(acknowledged.len() as u64 >= KILLS);
    for (place, leaf) in &acknowledged {
        let entry = runtime.block_on(ledger.entries(*place, 1)).unwrap();
        assert_eq!(Hash::leaf(&entry[0]).to_string(), *leaf, "entry {place}");
    }
}
