//! A node in a process of its own, whose CPU time and memory a benchmark reads.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use headwater_api::AppendRequest;
use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::{Event, EventId};
use headwater_event::kind::KindBody;
use headwater_event::kind::distribution::DistributionAction;
use headwater_ledger::memory::MemoryStore;
use ledger_node::settings::Settings;
use tokio::net::{TcpSocket, TcpStream};
use tonic::transport::{Channel, Endpoint};

use crate::node::RealNode;
use crate::world::{Actor, START_MS, World, commissioning, distribution, subject};

/// Lot that `CROWDED_EVENTS` events are about.
pub const CROWDED: &str = "01/09526543000013/10/CROWDED";
const CROWDED_EVENTS: usize = 4_000;

/// Number of groups of 64 items, and the number of events on the chain of each item.
const COLD_GROUPS: usize = 400;
const COLD_EVENTS: usize = 8;
/// Number of commissionings, each of 500 items.
const COMMISSIONINGS: usize = 64;

/// Builds the node of this tree in release mode, and returns the path of the program.
fn built() -> PathBuf {
    let build = ["build", "--release", "--locked", "--quiet", "-p", "ledger-node"];
    assert!(Command::new(env!("CARGO")).args(build).status().unwrap().success());
    std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("ledger-node")
}

/// A running node whose cost a benchmark measures.
pub struct Node {
    process: Child,
    /// Address of the node's public service.
    pub address: SocketAddr,
}

impl Node {
    /// Serves a home with these settings, besides the settings of every measurement.
    pub fn serve(home: &Path, settings: &[&str]) -> Self {
        let program = std::env::var_os("HEADWATER_BENCH_NODE").map_or_else(built, PathBuf::from);
        let mut process = Command::new(program)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log-format",
                "text",
                "--party-subject-day",
                "1000000",
                "--home",
            ])
            .arg(home)
            .args(settings)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let serving = lines.find(|line| line.contains("serving")).unwrap();
        let address = serving.rsplit_once("http://").unwrap().1.trim().parse().unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    /// The peak memory of the node so far in MiB, and the CPU time of the node so far.
    pub fn cost(&self) -> (u64, Duration) {
        let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).unwrap();
        let status = read("status");
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kib: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
        let stat = read("stat");
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        (kib / 1024, Duration::from_millis(ticks * 10))
    }

    /// A gRPC client that connects from the loopback address 127.0.0.`last`.
    pub async fn client(&self, last: u8) -> LedgerServiceClient<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        let endpoint = endpoint.local_address(Some(IpAddr::from([127, 0, 0, last])));
        LedgerServiceClient::new(endpoint.connect().await.unwrap()).max_decoding_message_size(64 << 20)
    }

    /// A TCP connection from the loopback address 127.0.0.`last`.
    pub async fn connect(&self, last: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((IpAddr::from([127, 0, 0, last]), 0).into()).unwrap();
        socket.connect(self.address).await.unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Signs events of the parties of a world, each with an id of its own.
#[derive(Default)]
pub struct Author {
    /// World whose parties sign the events.
    pub world: World<MemoryStore>,
    said: Cell<u64>,
}

impl Author {
    /// A signed event: the dairy stores some goods.
    pub fn stores(&self, keys: &[&str]) -> SignedEventBytes {
        self.says(&self.world.dairy, keys, distribution(DistributionAction::Store, &self.world.dairy))
    }

    /// A signed event of a party about these subjects.
    pub fn says(&self, by: &Actor, keys: &[&str], body: KindBody) -> SignedEventBytes {
        let said = self.said.replace(self.said.get() + 1);
        let mut random = [9; 10];
        random[..8].copy_from_slice(&said.to_be_bytes());
        let event = self.world.event(by, keys.iter().map(|key| subject(key)).collect(), body);
        let event = Event { event_id: EventId::at(START_MS, random), ..event };
        event.sign(&by.events()).unwrap()
    }

    /// Founds a ledger with a lot of many events, an event on 60 items with long chains, many more items, and large commissionings.
    pub fn found(&self, folder: &Path) -> Stock {
        let of_group =
            |group: usize| -> Vec<String> { (0..64).map(|at| format!("01/09526543000013/21/C{group}-{at}")).collect() };
        let stored = |group: usize, by: &Actor| {
            let items = of_group(group);
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            self.says(by, &items, distribution(DistributionAction::Store, by))
        };
        let cold: Vec<SignedEventBytes> =
            (0..COLD_EVENTS * COLD_GROUPS).map(|at| stored(at % COLD_GROUPS, &self.world.dairy)).collect();
        let rightless = (0..COLD_GROUPS).map(|group| stored(group, &self.world.rival)).collect();
        let commissionings: Vec<SignedEventBytes> = (0..COMMISSIONINGS).map(|batch| self.commissioned(batch)).collect();
        let items: Vec<String> = (0..60).map(|at| format!("01/09526543000013/21/R{at}")).collect();
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        let replayed = self.stores(&items);
        let on_items = (0..250).map(|_| self.stores(&items));
        let on_lot = (0..CROWDED_EVENTS).map(|_| self.stores(&[CROWDED]));
        let all = std::iter::once(replayed.clone()).chain(on_items).chain(on_lot).chain(cold).chain(commissionings);
        let running = RealNode::holding(&self.world, folder, &Settings::default(), all);
        running.stop();
        Stock { replayed, rightless }
    }

    /// A signed commissioning of 500 items, with a lot of its own.
    fn commissioned(&self, batch: usize) -> SignedEventBytes {
        let lot = format!("01/09526543000013/10/BATCH{batch}");
        let mut keys: Vec<String> = (0..500).map(|at| format!("01/09526543000013/21/B{batch}-{at}")).collect();
        keys.push(format!("items/09526543000013/BATCH{batch}"));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.says(&self.world.dairy, &keys, KindBody::Commissioning(commissioning(&lot)))
    }
}

/// Events about goods of a ledger that was founded for a measurement.
pub struct Stock {
    /// Recorded event on 60 items, each of which has a chain of its own.
    pub replayed: SignedEventBytes,
    /// Events by a brand on goods of another brand, each on 64 items that no caller asked about since the node started.
    pub rightless: Vec<SignedEventBytes>,
}

/// The request that appends a signed event.
pub fn request(SignedEventBytes { event, signature }: SignedEventBytes) -> AppendRequest {
    AppendRequest { event, signature: signature.as_bytes().to_vec() }
}
