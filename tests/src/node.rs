//! A real node on a real disk, founded with the keys of a world and with its parties.

use std::net::TcpListener;
use std::path::Path;

use headwater_event::entry::{Body, Entry};
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::open::found;
use headwater_sled::Founding;
use ledger_node::home::Home;
use ledger_node::server::Node;
use ledger_node::settings::Settings;
use tokio::runtime::Runtime;

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
        let runtime = Runtime::new().unwrap();
        let home = Home::at(folder);
        headwater_key::write(&home.log_key(), &[1; 32]).unwrap();
        let founding = Founding::begin(&home.ledger()).unwrap();
        let signer = log_signer();
        let founded = found(founding.store(), genesis(&world.operator), &signer, START_MS);
        assert_eq!(runtime.block_on(founded).unwrap(), world.ledger.ledger_id());
        founding.finish().unwrap();
        std::fs::write(home.policy(), world.pinned()).unwrap();
        let node = runtime.block_on(Node::start(&home, settings, listener())).unwrap();
        for entry in world.entries() {
            if let Body::SignedEvent(signed) = Entry::parse(&entry).unwrap().body {
                runtime.block_on(node.ledger.append(signed)).unwrap();
            }
        }
        Self { node, home, runtime }
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

/// A free port.
pub fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}
