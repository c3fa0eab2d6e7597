//! A real node on a real disk, founded with the keys of a world and with its parties.

use std::net::TcpListener;
use std::path::Path;

use headwater_event::entry::{Body, Entry, SignedBytes};
use headwater_ledger::ledger::GROUP_MAX;
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::open::found;
use headwater_sled::{Founding, SledStore};
use headwater_trace::evidence::Extent;
use ledger_node::home::Home;
use ledger_node::place::Place;
use ledger_node::server::Node;
use ledger_node::settings::Settings;
use tokio::runtime::Runtime;

use crate::brand::reopen;
use crate::world::{START_MS, World, genesis, log_signer};

/// A node that serves, and where its ledger lies.
pub struct RealNode {
    /// The node.
    pub node: Node,
    /// Its directory.
    pub home: Home,
    /// What it runs on.
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

    /// The same, with more events than quotas and budgets allow for: a ledger of before there were any.
    pub fn holding(
        world: &World<MemoryStore>,
        folder: &Path,
        settings: &Settings,
        more: impl Iterator<Item = SignedBytes>,
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
        Place::of(&home).unwrap().keep().unwrap();
        home
    }

    /// Serves a home that is there.
    pub fn again(folder: &Path, settings: &Settings) -> Self {
        let (runtime, home) = (Runtime::new().unwrap(), Home::at(folder));
        let node = runtime.block_on(Node::start(&home, settings, listener())).unwrap();
        Self { node, home, runtime }
    }

    /// Where it answers, over plain HTTP.
    pub fn url(&self) -> String {
        format!("http://{}", self.node.address)
    }

    /// Stops it, and leaves its ledger where it is.
    pub fn stop(self) -> Home {
        self.runtime.block_on(self.node.stop()).unwrap();
        self.home
    }
}

/// The events of a world.
fn events(world: &World<MemoryStore>) -> Vec<SignedBytes> {
    let bodies = world.entries().into_iter().map(|entry| Entry::parse(&entry).unwrap().body);
    bodies.filter_map(|body| if let Body::SignedEvent(signed) = body { Some(signed) } else { None }).collect()
}

/// A free port.
pub fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}
