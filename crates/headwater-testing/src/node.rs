//! A real node on a real disk, founded with the keys of a world and with the world's parties.

use std::net::TcpListener;
use std::path::Path;

use headwater_event::entry::{Entry, EntryBody, SignedEventBytes};
use headwater_ledger::founding::found;
use headwater_ledger::ledger::GROUP_MAX;
use headwater_ledger::memory::MemoryStore;
use headwater_sled::{Founding, SledStore};
use headwater_trace::evidence::Extent;
use ledger_node::home::Home;
use ledger_node::place::HomePlace;
use ledger_node::server::Node;
use ledger_node::settings::Settings;
use tokio::runtime::Runtime;

use crate::brand::reopen;
use crate::world::{START_MS, World, genesis, log_signer};

/// A serving node with its home directory.
pub struct RealNode {
    /// Running node inside this process.
    pub node: Node,
    /// Directory of the node's ledger and keys.
    pub home: Home,
    /// Runtime that the node's tasks run on.
    pub runtime: Runtime,
}

impl RealNode {
    /// Founds a ledger like a world's in a folder, and serves it.
    pub fn start(world: &World<MemoryStore>, folder: &Path, settings: &Settings) -> Self {
        let (runtime, home) = (Runtime::new().unwrap(), Self::founded(world, folder));
        let node = runtime.block_on(Node::start(&home, settings, listener())).unwrap();
        for signed in events(world) {
            runtime.block_on(node.ledger.append(signed)).unwrap();
        }
        Self { node, home, runtime }
    }

    /// Founds and serves such a ledger, with more events than quotas and budgets allow, as in a ledger from before quotas existed.
    pub fn holding(
        world: &World<MemoryStore>,
        folder: &Path,
        settings: &Settings,
        more: impl Iterator<Item = SignedEventBytes>,
    ) -> Self {
        let (runtime, home) = (Runtime::new().unwrap(), Self::founded(world, folder));
        let (ledger, sequencing) = reopen(&runtime, SledStore::open(&home.ledger()).unwrap());
        for signed in events(world) {
            runtime.block_on(ledger.append(signed)).unwrap();
        }
        let mut all = more.map(Ok).peekable();
        while all.peek().is_some() {
            let group: Vec<_> = all.by_ref().take(GROUP_MAX).collect();
            runtime.block_on(async {
                let admitted = ledger.admit(group.into_iter()).await;
                let answers = ledger.submit(admitted, Extent::Inclusion).await.answers().await;
                answers.into_iter().for_each(|answer| drop(answer.unwrap()));
            });
        }
        ledger.close();
        runtime.block_on(sequencing).unwrap().unwrap();
        drop(ledger);
        let node = runtime.block_on(Node::start(&home, settings, listener())).unwrap();
        Self { node, home, runtime }
    }

    fn founded(world: &World<MemoryStore>, folder: &Path) -> Home {
        let runtime = Runtime::new().unwrap();
        let home = Home::at(folder);
        headwater_key::write(&home.log_key(), &[1; 32]).unwrap();
        let founding = Founding::begin(&home.ledger()).unwrap();
        let signer = log_signer();
        let founded = found(founding.store(), genesis(&world.operator), &signer, START_MS);
        assert_eq!(runtime.block_on(founded).unwrap(), world.ledger.ledger_id());
        founding.finish().unwrap();
        std::fs::write(home.policy(), world.pinned()).unwrap();
        HomePlace::of(&home).unwrap().keep().unwrap();
        home
    }

    /// Serves an existing home.
    pub fn again(folder: &Path, settings: &Settings) -> Self {
        let (runtime, home) = (Runtime::new().unwrap(), Home::at(folder));
        let node = runtime.block_on(Node::start(&home, settings, listener())).unwrap();
        Self { node, home, runtime }
    }

    /// Base URL of the node, over plain HTTP.
    pub fn url(&self) -> String {
        format!("http://{}", self.node.address)
    }

    /// Stops the node, leaves its ledger on disk, and returns the home.
    pub fn stop(self) -> Home {
        self.runtime.block_on(self.node.stop()).unwrap();
        self.home
    }
}

/// The signed events of a world, in log order.
fn events(world: &World<MemoryStore>) -> Vec<SignedEventBytes> {
    let bodies = world.entries().into_iter().map(|entry| Entry::parse(&entry).unwrap().body);
    bodies.filter_map(|body| if let EntryBody::SignedEvent(signed) = body { Some(signed) } else { None }).collect()
}

/// A listener on a free port of 127.0.0.1.
pub fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}
