//! A ledger with one brand on any store, and as many events of the brand as a test of storage needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use headwater_event::entry::{Entry, EntryBody, SignedEventBytes};
use headwater_event::event::{Event, EventId};
use headwater_event::kind::KindBody;
use headwater_event::kind::origin_content::OriginContent;
use headwater_ledger::admission::Limits;
use headwater_ledger::founding::found;
use headwater_ledger::ledger::{Ledger, Quorum};
use headwater_ledger::open::{Options, open};
use headwater_ledger::sequencer::Fatal;
use headwater_ledger::store::Store;
use headwater_tlog::key::SecretKey;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::world::{START_MS, World, english, genesis, log_signer, subject};

/// A brand that signs events, with the entries that register the brand.
pub struct Brand {
    template: Event,
    secret: SecretKey,
    registered: Vec<SignedEventBytes>,
    genesis: headwater_event::entry::Genesis,
}

impl Default for Brand {
    fn default() -> Self {
        Self::new()
    }
}

impl Brand {
    /// The dairy of a world, with the events that register the dairy.
    pub fn new() -> Self {
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
        let template = world.event(&world.dairy, vec![subject("01/09526543000013")], body);
        let signed = |entry: Vec<u8>| match Entry::parse(&entry).unwrap().body {
            EntryBody::SignedEvent(signed) => Some(signed),
            _ => None,
        };
        let registered = world.entries().into_iter().filter_map(signed).collect();
        Self { template, secret: world.dairy.events(), registered, genesis: genesis(&world.operator) }
    }

    /// Founds the ledger in an empty store.
    pub fn found<S: Store>(&self, runtime: &Runtime, store: &S) {
        runtime.block_on(found(store, self.genesis.clone(), &log_signer(), START_MS)).unwrap();
    }

    /// Registers the brand on a founded ledger.
    pub fn register<S: Store>(&self, runtime: &Runtime, ledger: &Ledger<S>) {
        for signed in &self.registered {
            runtime.block_on(ledger.append(signed.clone())).unwrap();
        }
    }

    /// An event whose id is made of these bytes, so that different bytes give different events.
    pub fn event(&self, random: [u8; 10]) -> SignedEventBytes {
        let event_id = EventId::at(START_MS, random);
        Event { event_id, ..self.template.clone() }.sign(&self.secret).unwrap()
    }
}

/// Options with which these tests open a ledger: no cosigners, no budgets, and a clock that each reading moves on by 1 ms.
pub fn options() -> Options {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = AtomicU64::new(u64::try_from(since.as_millis()).unwrap());
    Options {
        signer: log_signer(),
        cosigners: Vec::new(),
        quorum: Quorum::default(),
        idle_max: Duration::from_secs(600),
        limits: Limits { party_subject_day: u64::MAX, for_life: false, ..Limits::default() },
        clock: Arc::new(move || now.fetch_add(1, Ordering::SeqCst)),
        holds_time: false,
    }
}

/// Opens a ledger and starts its sequencer.
pub fn reopen<S: Store>(runtime: &Runtime, store: S) -> (Ledger<S>, JoinHandle<Result<(), Fatal>>) {
    let (ledger, sequencer) = runtime.block_on(open(store, options())).unwrap();
    (ledger, runtime.spawn(sequencer.run()))
}
