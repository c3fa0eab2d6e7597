//! Waits of honest appends, alone and during each attack, and the memory and CPU time that the node takes.
//!
//! The node is a process of its own. The honest client connects from 127.0.0.1, the attackers from other loopback addresses.
//!
//! Words behind `--` choose the attacks whose names contain one of them.
//!
//! `HEADWATER_BENCH_NODE` names another `ledger-node` to measure; without the variable, the node of this tree is built.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::net::IpAddr;
use std::time::{Duration, Instant};

use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_api::{AppendRequest, AppendStreamRequest, ListEntriesRequest, ListEntriesResponse};
use headwater_event::entry::{Entry, EntryBody, SignedEventBytes};
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::kind::correction::{Correction, CorrectionReason};
use headwater_testing::measured::{Author, CROWDED, Node, Stock, request};
use headwater_tlog::hash::Hash;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tonic::transport::Endpoint;

/// Time for which the honest client appends, one event after the other.
const MEASURED: Duration = Duration::from_secs(10);
/// Time limit for the answer to an append, and the wait that counts for an append without a receipt by then.
const LONGEST: Duration = Duration::from_secs(30);
/// The events that attacks hand in.
struct Means {
    stock: Stock,
    /// Corrections of commissionings, each of 500 items.
    corrections: Vec<SignedEventBytes>,
}

/// Returns a correction of each commissioning of 500 items or more that the node lists.
async fn corrected(node: &Node, author: &Author) -> Vec<SignedEventBytes> {
    let request = ListEntriesRequest { from: 0, follow: false };
    let mut answers = node.client(1).await.list_entries(request).await.unwrap().into_inner();
    let mut corrections = Vec::new();
    while let Some(ListEntriesResponse { entries, .. }) = answers.message().await.unwrap() {
        for entry in entries {
            let EntryBody::SignedEvent(signed) = Entry::parse(&entry).unwrap().body else { continue };
            let original = Event::parse(&signed.event).unwrap();
            if original.subjects.len() < 500 {
                continue;
            }
            let correction = Correction {
                refs: Vec::new(),
                commitments: Vec::new(),
                original_event_id: original.event_id,
                original_entry_hash: Hash::leaf(&entry),
                reason: CorrectionReason::IncorrectData,
                corrective_event_ids: Vec::new(),
            };
            let keys: Vec<String> = original.keys().map(ToString::to_string).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            corrections.push(author.says(&author.world.dairy, &keys, KindBody::Correction(correction)));
        }
    }
    corrections
}

type Attack = fn(&Node, &Means, &mut JoinSet<()>);

/// Sends the same public event over and over on one stream, and reads no answers.
fn replays(node: &Node, means: &Means, attack: &mut JoinSet<()>) {
    streams(node, attack, vec![request(means.stock.replayed.clone())], 1);
}

/// Sends events with a forged signature on eight streams of one address.
fn garbage(node: &Node, means: &Means, attack: &mut JoinSet<()>) {
    let forged = AppendRequest { signature: vec![1; 64], ..request(means.stock.replayed.clone()) };
    streams(node, attack, vec![forged], 8);
}

/// Sends events of a registered party without a right to the goods. No caller has asked for the chains of these goods before.
fn rightless(node: &Node, means: &Means, attack: &mut JoinSet<()>) {
    streams(node, attack, means.stock.rightless.iter().cloned().map(request).collect(), 1);
}

/// Sends corrections of large commissionings on one stream.
fn corrections(node: &Node, means: &Means, attack: &mut JoinSet<()>) {
    streams(node, attack, means.corrections.iter().cloned().map(request).collect(), 1);
}

/// Sends events over and over, in groups of 32, on `count` streams of one address.
fn streams(node: &Node, attack: &mut JoinSet<()>, events: Vec<AppendRequest>, count: usize) {
    let endpoint = Endpoint::from_shared(format!("http://{}", node.address)).unwrap();
    for _ in 0..count {
        let (events, endpoint) = (events.clone(), endpoint.clone());
        attack.spawn(async move {
            let endpoint = endpoint.local_address(Some(IpAddr::from([127, 0, 0, 2])));
            let mut client = LedgerServiceClient::new(endpoint.connect().await.unwrap());
            loop {
                let all = events.clone().into_iter().cycle();
                let groups = (0..131).scan(all, |all, _| {
                    std::thread::yield_now();
                    Some(AppendStreamRequest { events: all.by_ref().take(32).collect(), inclusion_only: false })
                });
                let groups = tokio_stream::iter(groups);
                if let Ok(answers) = client.append_stream(groups).await {
                    let mut answers = answers.into_inner();
                    while let Ok(Some(_)) = answers.message().await {}
                }
            }
        });
    }
}

/// Sixteen readers of the page of a lot with many events, each from an address of its own.
fn readers(node: &Node, _: &Means, attack: &mut JoinSet<()>) {
    for last in 10..26 {
        let address = node.address;
        attack.spawn(async move {
            loop {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind((IpAddr::from([127, 0, 0, last]), 0).into()).unwrap();
                let Ok(mut stream) = socket.connect(address).await else { continue };
                let asked =
                    format!("GET /{CROWDED} HTTP/1.1\r\nhost: node\r\naccept: text/html\r\nconnection: close\r\n\r\n");
                if stream.write_all(asked.as_bytes()).await.is_ok() {
                    let mut answer = Vec::new();
                    let _ = stream.read_to_end(&mut answer).await;
                }
            }
        });
    }
}

/// Asks for 64 traces on each of four HTTP/2 connections, with a flow-control window of 0 bytes.
fn unread(node: &Node, _: &Means, attack: &mut JoinSet<()>) {
    let address = node.address;
    for _ in 0..4 {
        attack.spawn(async move {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind((IpAddr::from([127, 0, 0, 3]), 0).into()).unwrap();
            let mut stream = socket.connect(address).await.unwrap();
            let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
            // SETTINGS: INITIAL_WINDOW_SIZE (4) of 0.
            bytes.extend([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
            for number in 0..64_u32 {
                let path = format!("/trace/{CROWDED}");
                // HPACK: GET, http, and two literals.
                let mut block = vec![0x82, 0x86, 0x04, u8::try_from(path.len()).unwrap()];
                block.extend(path.as_bytes());
                block.extend([0x01, 4]);
                block.extend(b"node");
                let length = u32::try_from(block.len()).unwrap().to_be_bytes();
                bytes.extend(&length[1..]);
                bytes.extend([1, 5]);
                bytes.extend((number * 2 + 1).to_be_bytes());
                bytes.extend(block);
            }
            stream.write_all(&bytes).await.unwrap();
            // Reads the frames that need no window: acknowledgements and headers.
            let mut read = vec![0; 4096];
            while stream.read(&mut read).await.is_ok_and(|read| read > 0) {}
        });
    }
}

/// Appends one event after the other, and returns the waits, shortest first. An append that is refused or late counts as [`LONGEST`].
async fn honest(node: &Node, author: &Author) -> Vec<Duration> {
    let mut client = node.client(1).await;
    let (began, mut waits) = (Instant::now(), Vec::new());
    while began.elapsed() < MEASURED {
        let lot = format!("01/09526543000013/10/HONEST{}", waits.len() / 100);
        let signed = author.stores(&[&lot]);
        let sent = Instant::now();
        let answered = tokio::time::timeout(LONGEST, client.append(request(signed))).await;
        waits.push(if matches!(answered, Ok(Ok(_))) { sent.elapsed() } else { LONGEST });
    }
    waits.sort();
    waits
}

fn main() {
    let runtime = Runtime::new().unwrap();
    // Attackers work on machines of their own: here, their threads step back for the node and the honest client.
    let steps_back = || rustix::process::setpriority_process(None, 19).unwrap();
    let attackers = Builder::new_multi_thread().enable_all().on_thread_start(steps_back).build().unwrap();
    let author = Author::default();
    let attacks: [(&str, Option<Attack>); 7] = [
        ("alone", None),
        ("a public event replayed, 1 stream", Some(replays)),
        ("garbage, 8 streams of one address", Some(garbage)),
        ("events without a right on 25,600 items", Some(rightless)),
        ("corrections of 64 times 500 items", Some(corrections)),
        ("16 readers of a page of 4,000 events", Some(readers)),
        ("256 traces that are not read", Some(unread)),
    ];
    println!("{:<40} {:>8} {:>10} {:>10} {:>9} {:>8}", "", "samples", "p50 ms", "p99 ms", "cpu s", "MiB");
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_chosen = |name: &str| chosen.is_empty() || chosen.iter().any(|word| name.contains(word.as_str()));
    for (name, attack) in attacks.into_iter().filter(|(name, _)| is_chosen(name)) {
        let folder = tempfile::tempdir().unwrap();
        let stock = author.found(folder.path());
        let node = Node::serve(folder.path(), &[]);
        let means = Means { corrections: runtime.block_on(corrected(&node, &author)), stock };
        let (_, before) = node.cost();
        let waits = runtime.block_on(async {
            drop(node.connect(1).await);
            let mut under_way = JoinSet::new();
            if let Some(attack) = attack {
                // The attackers' tasks run on the attackers' threads.
                let _theirs = attackers.enter();
                attack(&node, &means, &mut under_way);
            }
            honest(&node, &author).await
        });
        let (most, used) = node.cost();
        let at = |part: usize| waits[(waits.len() * part / 100).min(waits.len() - 1)].as_secs_f64() * 1e3;
        let used = (used - before).as_secs_f64();
        println!("{name:<40} {:>8} {:>10.2} {:>10.2} {used:>9.2} {most:>8}", waits.len(), at(50), at(99));
    }
}
