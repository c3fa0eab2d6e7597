//! Cost of each input that a node takes: the bytes that a caller sends and receives, and the CPU time of the node.
//!
//! The CPU time is also given as a ratio to one strict Ed25519 verification in the same run. One caller asks at a time, with the
//! rates of an address lifted.
//!
//! Words behind `--` choose the inputs whose names contain one of them.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_api::{
    AppendRequest, GetPartyRequest, GetReceiptRequest, GetSubjectHeadRequest, GetTraceRequest, ListEntriesRequest,
};
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::kind::distribution::DistributionAction;
use headwater_testing::measured::{Author, CROWDED, Node, Stock, request};
use headwater_testing::world::{commissioning, distribution};
use headwater_tlog::key::SecretKey;
use tokio::runtime::Runtime;
use tonic::transport::Channel;
use ureq::Agent;

/// Time for which each input is sent over and over.
const MEASURED: Duration = Duration::from_millis(1_500);

/// Settings that lift the rates of an address and of a party: the benchmark measures costs, not limits.
const LIFTED: [&str; 10] = [
    "--reads-per-second",
    "1000000",
    "--address-second",
    "1000000",
    "--address-burst",
    "100000000",
    "--party-second",
    "1000000",
    "--party-burst",
    "1000000",
];

/// Number of bytes that the caller sends and receives in one exchange.
struct Exchange {
    sent: usize,
    received: usize,
}

struct Bench {
    node: Node,
    agent: Agent,
    runtime: Runtime,
    client: LedgerServiceClient<Channel>,
    verification: Duration,
    chosen: Vec<String>,
}

impl Bench {
    /// Makes one exchange after the other, and prints the mean cost of one. `one` gets the number of the exchange, from 0.
    fn measure(&mut self, name: &str, mut one: impl FnMut(&mut Self, usize) -> Exchange) {
        if !self.chosen.is_empty() && !self.chosen.iter().any(|word| name.contains(word.as_str())) {
            return;
        }
        let (began, before) = (Instant::now(), self.node.cost().1);
        let (mut count, mut sent, mut received) = (0, 0, 0);
        while began.elapsed() < MEASURED {
            let exchange = one(self, count);
            count += 1;
            sent += exchange.sent;
            received += exchange.received;
        }
        let each = (self.node.cost().1 - before).as_secs_f64() / count as f64;
        let verifications = each / self.verification.as_secs_f64();
        println!(
            "{name:<58} {count:>7} {:>9} {:>10} {:>11.0} {verifications:>8.1}",
            sent / count,
            received / count,
            each * 1e6
        );
    }

    fn get(&self, path: &str) -> Exchange {
        let url = format!("http://{}/{path}", self.node.address);
        let body = self.agent.get(url).call().unwrap().body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        Exchange { sent: path.len(), received: body.len() }
    }

    fn post(&self, path: &str, body: &[u8]) -> Exchange {
        let url = format!("http://{}/{path}", self.node.address);
        let answer = self.agent.post(url).send(body).unwrap().body_mut().read_to_vec().unwrap();
        Exchange { sent: path.len() + body.len(), received: answer.len() }
    }

    fn append(&mut self, event: AppendRequest) -> Exchange {
        let sent = event.event.len() + event.signature.len();
        let answer = self.runtime.block_on(self.client.append(event));
        Exchange {
            sent,
            received: answer.map_or_else(|refused| refused.message().len(), |ok| ok.get_ref().receipt.len()),
        }
    }

    fn receipt(&mut self, event: &Event) -> Exchange {
        let asked = GetReceiptRequest {
            party: event.party.to_string(),
            event_id: event.event_id.as_bytes().to_vec(),
            audited: false,
        };
        let receipt = self.runtime.block_on(self.client.get_receipt(asked)).unwrap().into_inner().receipt;
        Exchange { sent: event.party.to_string().len() + 16, received: receipt.len() }
    }
}

/// Time of one strict verification of 512 bytes on this machine.
fn verification() -> Duration {
    let secret = SecretKey::from_seed(&[1; 32]);
    let (key, message) = (secret.public(), [7; 512]);
    let signature = secret.sign(&message).unwrap();
    let began = Instant::now();
    for _ in 0..2_000 {
        key.verify(&message, &signature).unwrap();
    }
    began.elapsed() / 2_000
}

fn text(agent: &Agent, node: SocketAddr, path: &str) -> String {
    agent.get(format!("http://{node}/{path}")).call().unwrap().into_body().read_to_string().unwrap()
}

fn item(at: usize) -> String {
    format!("01/09526543000013/21/C{}-{}", at / 64 % 400, at % 64)
}

fn strangers(bench: &mut Bench, stock: &Stock) {
    let replayed = Event::parse(&stock.replayed.event).unwrap();
    bench.measure("a connection with one request", |bench, _| {
        let mut stream = TcpStream::connect(bench.node.address).unwrap();
        let asked = b"GET /healthz HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n";
        stream.write_all(asked).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Exchange { sent: asked.len(), received: answer.len() }
    });
    for (name, path) in [
        ("GET /checkpoint", "checkpoint"),
        ("GET /tile, 256 hashes", "tile/0/000"),
        ("GET /tile, 256 entries", "tile/entries/000"),
        ("GET /page/page.js", "page/page.js"),
        (
            "GET /attachment that no event announces",
            "attachment/1111111111111111111111111111111111111111111111111111111111111111",
        ),
        ("GET /alerts without a signature", "alerts?party=417/9520000000028"),
    ] {
        bench.measure(name, |bench, _| bench.get(path));
    }
    bench.measure("GET /trace of an item with 8 events, each another", |bench, at| {
        bench.get(&format!("trace/{}", item(at)))
    });
    bench.measure("GET page of an item with 8 events, each another", |bench, at| bench.get(&item(25_599 - at)));
    bench.measure("GET /trace of a lot with 4,000 events, the same again", |bench, _| {
        bench.get(&format!("trace/{CROWDED}"))
    });
    bench.measure("GET page of that lot", |bench, _| bench.get(CROWDED));
    bench.measure("GET linkset of an item with 8 events, each another", |bench, at| {
        bench.get(&format!("{}?linkType=linkset", item(6_400 + at)))
    });
    let size: String = text(&bench.agent, bench.node.address, "checkpoint").lines().nth(1).unwrap().to_owned();
    bench.measure("GET /consistency of the second entry", |bench, _| bench.get(&format!("consistency/2/{size}")));
    bench.measure("POST /scans of a known item", |bench, at| {
        bench.post(&format!("scans/{}", item(at)), b"{\"zone\":\"Europe/Amsterdam\"}")
    });
    let mut note = text(&bench.agent, bench.node.address, "checkpoint");
    for at in 0..60 {
        note.push_str(&format!("\u{2014} stranger{at}.example {}\n", "AAAA".repeat(25)));
    }
    bench.measure("POST /add-cosignatures, 60 lines of strangers", |bench, _| {
        bench.post("add-cosignatures", note.as_bytes())
    });
    bench.measure("GetSubjectHead", |bench, at| {
        let subject = item(at);
        let sent = subject.len();
        let answer = bench.runtime.block_on(bench.client.get_subject_head(GetSubjectHeadRequest { subject }));
        Exchange { sent, received: answer.unwrap().get_ref().head.len() + 16 }
    });
    bench.measure("GetParty", |bench, _| {
        let party = replayed.party.to_string();
        let sent = party.len();
        let answer = bench.runtime.block_on(bench.client.get_party(GetPartyRequest { party })).unwrap().into_inner();
        Exchange { sent, received: answer.name.len() + 32 }
    });
    bench.measure("GetTrace of an item with 8 events, each another", |bench, at| {
        let subject = item(12_800 + at);
        let sent = subject.len();
        let asked = GetTraceRequest { subject, lot: String::new(), audited: false };
        let answer = bench.runtime.block_on(bench.client.get_trace(asked)).unwrap();
        Exchange { sent, received: answer.get_ref().trace.len() }
    });
    bench.measure("GetReceipt of an event on 60 items, 250 later on each", |bench, _| bench.receipt(&replayed));
    bench.measure("ListEntries, the whole log", |bench, _| {
        let received = bench.runtime.block_on(async {
            let asked = ListEntriesRequest { from: 0, follow: false };
            let (mut bytes, mut answers) = (0, bench.client.list_entries(asked).await.unwrap().into_inner());
            while let Some(answer) = answers.message().await.unwrap() {
                bytes += answer.entries.iter().map(Vec::len).sum::<usize>();
            }
            bytes
        });
        Exchange { sent: 8, received }
    });
    bench.measure("Append of a public event again", |bench, _| bench.append(request(stock.replayed.clone())));
    let forged = AppendRequest { signature: vec![1; 64], ..request(stock.replayed.clone()) };
    bench.measure("Append of an event with a forged signature", |bench, _| bench.append(forged.clone()));
    let noise = AppendRequest { event: vec![0x5a; 32 << 10], signature: vec![1; 64] };
    bench.measure("Append of 32 KiB that are no event", |bench, _| bench.append(noise.clone()));
}

fn parties(bench: &mut Bench, author: &Author, stock: &Stock) {
    let mut rightless = stock.rightless.iter().cycle();
    bench.measure("Append on 64 items without a right", |bench, _| {
        bench.append(request(rightless.next().unwrap().clone()))
    });
    bench.measure("Append on a lot", |bench, at| {
        bench.append(request(author.stores(&[&format!("01/09526543000013/10/A{}", at / 20)])))
    });
    let of_group = |group: usize| -> Vec<String> { (group * 64..(group + 1) * 64).map(item).collect() };
    bench.measure("Append on 64 items with 8 events, each group once", |bench, at| {
        let items = of_group(at % 400);
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        bench.append(request(author.stores(&items)))
    });
    bench.measure("Append on 64 items that share no entry", |bench, at| {
        let mut items: Vec<String> = (0..64).map(|group| item((group * 6 + at / 64 % 6) * 64 + at % 64)).collect();
        items.sort();
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        bench.append(request(author.stores(&items)))
    });
    bench.measure("Append of a commissioning of 500 items", |bench, at| {
        let lot = format!("N{at}");
        let mut keys: Vec<String> = (0..500).map(|item| format!("01/09526543000013/21/N{at}-{item}")).collect();
        keys.push(format!("items/09526543000013/{lot}"));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let body = KindBody::Commissioning(commissioning(&format!("01/09526543000013/10/{lot}")));
        bench.append(request(author.says(&author.world.dairy, &keys, body)))
    });
    bench.measure("Append for another's goods by a party that may not", |bench, _| {
        let body = distribution(DistributionAction::Store, &author.world.rival);
        bench.append(request(author.says(&author.world.rival, &[CROWDED], body)))
    });
}

fn main() {
    let (author, folder) = (Author::default(), tempfile::tempdir().unwrap());
    let stock = author.found(folder.path());
    let node = Node::serve(folder.path(), &LIFTED);
    let runtime = Runtime::new().unwrap();
    let client = runtime.block_on(node.client(1));
    let agent = Agent::config_builder().http_status_as_error(false).build().into();
    let chosen = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut bench = Bench { node, agent, runtime, client, verification: verification(), chosen };
    println!("{:<58} {:>7} {:>9} {:>10} {:>11} {:>8}", "", "times", "sent B", "received B", "node CPU µs", "verif.");
    strangers(&mut bench, &stock);
    parties(&mut bench, &author, &stock);
}
