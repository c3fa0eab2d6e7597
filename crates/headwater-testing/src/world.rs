//! A small world that trades: parties with keys, a ledger of their own, and a clock that tests move by hand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use headwater_event::codec::{Message as _, Set};
use headwater_event::document::AttachmentRole;
use headwater_event::entry::{FORMAT_VERSION, Genesis, GenesisKey, Origin, SignedEventBytes};
use headwater_event::event::{Event, EventId, Role, SubjectRef};
use headwater_event::gs1::CompanyPrefix;
use headwater_event::kind::aggregation::{Aggregation, AggregationAction};
use headwater_event::kind::commissioning::{Commissioning, Committed, Form};
use headwater_event::kind::distribution::DistributionAction;
use headwater_event::kind::party::{
    Accredit, AddKey, Delegate, GrantPrefix, Interval, PartyAction, PartyEvent, Register,
};
use headwater_event::kind::{Kind, KindBody};
use headwater_event::place::UtcOffset;
use headwater_event::signature::{KeyUse, Possession};
use headwater_event::subject::{PartyKey, Subject};
use headwater_event::transport::Country;
use headwater_ledger::admission::{AppendError, AppendReply, Limits};
use headwater_ledger::founding::found;
use headwater_ledger::ledger::{Cosigner, Ledger, Quorum};
use headwater_ledger::memory::MemoryStore;
use headwater_ledger::open::{Options, open};
use headwater_ledger::store::Store;
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_tlog::note::{KeyKind, NoteKey, NoteSigner};
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::set::SetManifest;
use headwater_trace::trace::At;
use headwater_trace::verify::{TraceError, VerifiedTrace, verify};
use headwater_trace::walk::Query;
use tokio::runtime::Runtime;

mod bodies;

pub use bodies::*;

/// Start of a world's clock: 1 May 2026, 00:00 UTC, in Unix milliseconds.
pub const START_MS: u64 = 1_777_593_600_000;
/// One hour in milliseconds.
pub const HOUR_MS: u64 = 3_600_000;
/// Name of the log in notes and policies.
pub const ORIGIN: &str = "log.example/h1";

/// The log index with a number that a test chose.
pub fn log_index(number: u64) -> LeafIndex {
    LeafIndex::new(number).expect("a log index")
}

/// The tree size with a number that a test chose.
pub fn tree_size(count: u64) -> TreeSize {
    TreeSize::new(count).expect("a tree size")
}

/// A party that can sign, with both of its keys.
#[derive(Clone)]
pub struct Actor {
    /// Key that names the party for life.
    pub party: PartyKey,
    /// Role in which the party signs.
    pub role: Role,
    seed: u8,
}

impl Actor {
    /// The key that signs every kind but party events.
    pub fn events(&self) -> SecretKey {
        SecretKey::from_seed(&self.events_seed())
    }

    /// The seed of the events key.
    pub fn events_seed(&self) -> [u8; 32] {
        [self.seed; 32]
    }

    /// The key that signs party events.
    pub fn admin(&self) -> SecretKey {
        SecretKey::from_seed(&self.admin_seed())
    }

    /// The seed of the admin key.
    pub fn admin_seed(&self) -> [u8; 32] {
        [self.seed + 100; 32]
    }
}

/// The key that signs the log's checkpoints.
pub fn log_signer() -> NoteSigner {
    NoteSigner::new(ORIGIN, KeyKind::Log, SecretKey::from_seed(&[1; 32])).expect("a name")
}

/// The auditor whose cosignatures the ledger accepts.
pub fn auditor() -> NoteSigner {
    NoteSigner::new("auditor.example", KeyKind::Cosigner, SecretKey::from_seed(&[2; 32])).expect("a name")
}

/// A ledger with its parties, on some store.
pub struct World<S: Store> {
    /// Open ledger, whose sequencer runs.
    pub ledger: Ledger<S>,
    /// Policy that readers pin.
    pub policy: TrustPolicy,
    /// Runtime for the asynchronous calls of the ledger.
    pub runtime: Runtime,
    clock: Arc<AtomicU64>,
    /// Contents of the events that were drawn, each with the number of its draws.
    drawn: Mutex<BTreeMap<Hash, u64>>,
    /// Platform that runs the ledger.
    pub operator: Actor,
    /// Brand that makes milk powder under prefix 9526543.
    pub dairy: Actor,
    /// Another brand, with prefix 9521234.
    pub rival: Actor,
    /// Carrier that moves goods of the dairy and delivers them.
    pub carrier: Actor,
    /// Laboratory that tests goods, accredited.
    pub lab: Actor,
    /// Customs that clear goods.
    pub customs: Actor,
    /// Regulator that recalls goods.
    pub regulator: Actor,
}

impl World<MemoryStore> {
    /// A world in memory, with its parties registered.
    pub fn new() -> Self {
        World::on(MemoryStore::new(), Limits::default())
    }

    /// A world whose subjects have no budgets, because readers also judge ledgers from before budgets existed.
    pub fn unbounded() -> Self {
        World::on(MemoryStore::new(), Limits { for_life: false, ..Limits::default() })
    }
}

impl Default for World<MemoryStore> {
    fn default() -> Self {
        Self::new()
    }
}

/// A party with a number. The party may be registered or not.
pub fn actor(number: u32, role: Role, seed: u8) -> Actor {
    let gln = with_check(&format!("952000{number:06}"));
    Actor { party: PartyKey::parse(&format!("417/{gln}")).expect("a party"), role, seed }
}

/// The genesis of a ledger of this operator, for a log named [`ORIGIN`].
pub fn genesis(operator: &Actor) -> Genesis {
    genesis_of(operator, ORIGIN)
}

/// The genesis of a ledger of this operator, for a log of any name.
pub fn genesis_of(operator: &Actor, origin: &str) -> Genesis {
    let key = |secret: SecretKey, key_use| {
        let statement = Possession {
            ledger: Hash::plain(origin.as_bytes()),
            party: operator.party.clone(),
            key_use,
            public_key: secret.public(),
        };
        GenesisKey { public_key: secret.public(), key_use, possession: statement.prove(&secret).expect("a proof") }
    };
    Genesis {
        origin: Origin::parse(origin).expect("a name"),
        log_key: SecretKey::from_seed(&[1; 32]).public(),
        operator: operator.party.clone(),
        keys: vec![key(operator.events(), KeyUse::Events), key(operator.admin(), KeyUse::Admin)],
        format_version: FORMAT_VERSION,
        previous: None,
    }
}

impl<S: Store> World<S> {
    /// The policy of a reader who pins this ledger and asks for no cosignature, as the text of a file.
    pub fn pinned(&self) -> String {
        format!("log {}\nquorum none\n#headwater ledger {}\n", log_signer().key(), self.ledger.ledger_id())
    }

    /// Founds a world on an empty store, and registers its parties.
    pub fn on(store: S, limits: Limits) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let operator = actor(1, Role::Platform, 10);
        let clock = Arc::new(AtomicU64::new(START_MS));
        let ledger_id =
            runtime.block_on(found(&store, genesis(&operator), &log_signer(), START_MS)).expect("a founded ledger");
        let vkey = |signer: &NoteSigner| signer.key().to_string();
        let policy = format!(
            "log {}\nwitness auditor {}\ngroup auditors 1 auditor\nquorum none\n#headwater ledger {ledger_id}\n",
            vkey(&log_signer()),
            vkey(&auditor())
        );
        let ticking = clock.clone();
        let options = Options {
            signer: log_signer(),
            cosigners: vec![Cosigner { key: NoteKey::parse(&vkey(&auditor())).expect("a key"), is_auditor: true }],
            quorum: Quorum::default(),
            idle_max: std::time::Duration::from_secs(600),
            limits,
            // Only tests move the clock on; reading the clock changes nothing.
            clock: Arc::new(move || ticking.load(Ordering::SeqCst)),
            holds_time: false,
        };
        let (ledger, sequencer) = runtime.block_on(open(store, options)).expect("an open ledger");
        runtime.spawn(async move { sequencer.run().await.expect("a sequencer that ends well") });
        let world = Self {
            ledger,
            policy: TrustPolicy::parse(&policy).expect("a policy"),
            runtime,
            clock,
            drawn: Mutex::new(BTreeMap::new()),
            operator,
            dairy: actor(2, Role::Brand, 11),
            rival: actor(3, Role::Brand, 12),
            carrier: actor(4, Role::Carrier, 13),
            lab: actor(5, Role::Lab, 14),
            customs: actor(6, Role::Customs, 15),
            regulator: actor(7, Role::Regulator, 16),
        };
        world.settle();
        world
    }

    fn settle(&self) {
        for actor in [&self.dairy, &self.rival, &self.carrier, &self.lab, &self.customs, &self.regulator] {
            self.register(actor);
        }
        for (actor, prefix) in [(&self.dairy, "9526543"), (&self.rival, "9521234")] {
            let prefix = CompanyPrefix::parse(prefix).expect("a prefix");
            let act = PartyAction::GrantPrefix(GrantPrefix { prefix: prefix.clone(), interval: None });
            self.act(&self.operator, vec![Subject::Party(actor.party.clone()), Subject::Prefix(prefix)], act)
                .expect("a grant");
        }
        let act = PartyAction::Accredit(Accredit { accreditation: accreditation(), methods: Vec::new() });
        self.act(&self.operator, vec![Subject::Party(self.lab.party.clone())], act).expect("an accreditation");
        let kinds =
            [Kind::ShipmentLeg, Kind::Distribution, Kind::Aggregation, Kind::CustomsClearance, Kind::Transformation];
        self.delegate(&self.dairy, &self.carrier, &kinds, "9526543").expect("a delegation");
    }

    /// Appends the registration of a party and both of its keys.
    pub fn register(&self, actor: &Actor) {
        let party = Subject::Party(actor.party.clone());
        let register = Register {
            names: english(actor.role.as_str()),
            country: Country::parse("NL").expect("a country"),
            aliases: Vec::new(),
            roles: Some(Set::new([actor.role])),
        };
        self.act(&self.operator, vec![party.clone()], PartyAction::Register(register)).expect("a registration");
        for (secret, key_use) in [(actor.events(), KeyUse::Events), (actor.admin(), KeyUse::Admin)] {
            let act = self.add_key(actor, &secret, key_use);
            self.act(&self.operator, vec![party.clone()], act).expect("a key");
        }
    }

    /// The act that adds a key to a party, with its proof of possession.
    pub fn add_key(&self, actor: &Actor, secret: &SecretKey, key_use: KeyUse) -> PartyAction {
        let ledger = self.ledger.ledger_id();
        let statement = Possession { ledger, party: actor.party.clone(), key_use, public_key: secret.public() };
        let possession = statement.prove(secret).expect("a proof");
        PartyAction::AddKey(AddKey { public_key: secret.public(), key_use, possession, interval: None })
    }

    /// Appends a delegation: one party may sign for another, for these kinds under this prefix.
    pub fn delegate(&self, grantor: &Actor, grantee: &Actor, kinds: &[Kind], prefix: &str) -> AppendReply {
        let act = PartyAction::Delegate(Delegate {
            grantor: grantor.party.clone(),
            grantee: grantee.party.clone(),
            kinds: Set::new(kinds.iter().copied()),
            subjects: Vec::new(),
            prefixes: vec![CompanyPrefix::parse(prefix).expect("a prefix")],
            interval: Some(Interval { from_ms: 0, until_ms: START_MS + 100_000 * HOUR_MS }),
        });
        self.act(grantor, vec![delegation(&grantor.party, &grantee.party)], act)
    }

    /// Signs a party event with the admin key, and appends it.
    pub fn act(&self, actor: &Actor, subjects: Vec<Subject>, action: PartyAction) -> AppendReply {
        let body = KindBody::Party(PartyEvent { refs: Vec::new(), commitments: Vec::new(), action });
        let event = self.event(actor, subjects, body);
        self.append(event.sign(&actor.admin()).expect("a signature"))
    }

    /// An event that a party would write now, with the subjects in the order of their keys.
    ///
    /// The id follows from the content, so that an event has the same id whatever was drawn before it. The same content drawn again at the
    /// same moment has another id.
    pub fn event(&self, actor: &Actor, mut subjects: Vec<Subject>, body: KindBody) -> Event {
        subjects.sort_by_key(ToString::to_string);
        let secret = if matches!(body, KindBody::Party(_)) { actor.admin() } else { actor.events() };
        let now = self.now();
        let mut event = Event {
            ledger_id: self.ledger.ledger_id(),
            event_id: EventId::at(now, [0; 10]),
            party: actor.party.clone(),
            key_id: secret.public().id(),
            role: actor.role,
            occurred_at_ms: now,
            utc_offset_minutes: UtcOffset::new(120).expect("an offset"),
            principal: None,
            subjects: subjects.into_iter().map(|key| SubjectRef { key, quantity: None, lot: None }).collect(),
            place: Some(place("NL")),
            after: Vec::new(),
            attachments: Vec::new(),
            notes: Vec::new(),
            body,
        };
        event.name_register();
        event.event_id = EventId::at(now, self.draw(&event.encode()));
        event
    }

    fn draw(&self, content: &[u8]) -> [u8; 10] {
        let mut drawn = self.drawn.lock().expect("no test panicked here");
        let count = drawn.entry(Hash::plain(content)).or_default();
        *count += 1;
        let mut random = [0; 10];
        random.copy_from_slice(&Hash::plain(&[content, &count.to_be_bytes()].concat()).as_bytes()[..10]);
        random
    }

    /// An event that a party writes with the dairy as principal.
    pub fn for_dairy(&self, actor: &Actor, subjects: Vec<Subject>, body: KindBody) -> Event {
        Event { principal: Some(self.dairy.party.clone()), ..self.event(actor, subjects, body) }
    }

    /// Signs an event with the events key, and appends it.
    pub fn say(&self, actor: &Actor, event: &Event) -> AppendReply {
        self.append(event.sign(&actor.events()).expect("a signature"))
    }

    /// Appends a signed event, and moves the clock on by a minute.
    pub fn append(&self, signed: SignedEventBytes) -> AppendReply {
        let reply = self.runtime.block_on(self.ledger.append(signed));
        self.pass(60_000);
        reply
    }

    /// Signs and appends an event, and expects a refusal.
    pub fn refused(&self, actor: &Actor, event: &Event) -> AppendError {
        self.say(actor, event).expect_err("a refusal")
    }

    /// Present time of the world's clock, in Unix milliseconds.
    pub fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Present time of the world's clock in seconds, as cosignatures state it.
    pub fn now_s(&self) -> CosignTime {
        CosignTime::new(self.now() / 1000).expect("a time")
    }

    /// Moves the clock on by this many milliseconds.
    pub fn pass(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// Every entry of the log, encoded.
    pub fn entries(&self) -> Vec<Vec<u8>> {
        self.runtime.block_on(self.ledger.entries(LeafIndex::FIRST, usize::MAX)).expect("entries")
    }

    /// The trace of a subject at the newest checkpoint.
    pub fn trace(&self, query: &Query) -> Vec<u8> {
        self.runtime.block_on(self.ledger.trace(query, At::Newest)).expect("a trace").to_vec()
    }

    /// The verified trace of a subject at the newest checkpoint.
    pub fn verified(&self, key: &str) -> VerifiedTrace {
        let query = query(key);
        self.verify(&self.trace(&query), &query).expect("a trace that verifies")
    }

    /// Adds a cosignature of the auditor to the newest checkpoint.
    pub fn cosign(&self) {
        let snapshot = self.ledger.newest();
        let line = snapshot.checkpoint().cosign(&auditor(), self.now_s()).expect("a cosignature");
        let note = format!("{}{line}\n", snapshot.note());
        let taken = self.runtime.block_on(self.ledger.cosign(note.as_bytes())).expect("a taken cosignature");
        assert_eq!(taken.lines, 1);
    }

    /// Verifies a trace under the policy of a reader.
    pub fn verify(&self, bytes: &[u8], query: &Query) -> Result<VerifiedTrace, TraceError> {
        verify(bytes, query, &self.policy)
    }

    /// Appends the production of a lot, 900 kg.
    pub fn produce(&self, actor: &Actor, lot: &str) -> AppendReply {
        let mut event = self.event(actor, vec![subject(lot)], KindBody::Production(production()));
        event.subjects[0].quantity = Some(quantity("900", "KGM"));
        self.say(actor, &event)
    }

    /// Appends a listed commissioning of items of a lot.
    pub fn commission(&self, actor: &Actor, lot: &str, items: &[&str]) -> AppendReply {
        let body = KindBody::Commissioning(commissioning(lot));
        let event = self.event(actor, items.iter().map(|item| subject(item)).collect(), body);
        self.say(actor, &event)
    }

    /// Appends the dairy's commitment to a set of items of a lot.
    pub fn commit(&self, lot: &str, set: &SetManifest) -> AppendReply {
        let body = Commissioning {
            refs: Vec::new(),
            commitments: Vec::new(),
            sticker_batch: code("B2"),
            form: Form::Committed(Committed {
                count: set.items.len() as u64,
                items_root: set.index().root(),
                manifest: 0,
            }),
        };
        let mut event = self.event(&self.dairy, vec![subject(lot)], KindBody::Commissioning(body));
        event.attachments.push(attachment(b"the list", "text/csv", AttachmentRole::Other));
        self.say(&self.dairy, &event)
    }

    /// Appends an aggregation of the dairy: items go into a unit, come out, or are observed in the unit.
    pub fn aggregate(&self, action: AggregationAction, parent: &str, children: &[&str]) -> AppendReply {
        let mut subjects: Vec<Subject> = children.iter().map(|child| subject(child)).collect();
        subjects.push(subject(parent));
        let body = Aggregation { refs: Vec::new(), commitments: Vec::new(), action, parent: 0, asset: None };
        let mut event = self.event(&self.dairy, subjects, KindBody::Aggregation(body));
        let at = event.subjects.iter().position(|named| named.key == subject(parent)).expect("the parent is named");
        if let KindBody::Aggregation(body) = &mut event.body {
            body.parent = at as u64;
        }
        for child in event.subjects.iter_mut().filter(|named| matches!(named.key, Subject::Lot(..))) {
            child.quantity = Some(quantity("10", "KGM"));
        }
        self.say(&self.dairy, &event)
    }

    /// Appends a delivery by the carrier, for the dairy.
    pub fn deliver(&self, subjects: &[&str]) -> AppendReply {
        let body = distribution(DistributionAction::Deliver, &self.carrier);
        let event = self.for_dairy(&self.carrier, subjects.iter().map(|key| subject(key)).collect(), body);
        self.say(&self.carrier, &event)
    }

    /// Appends a recall of whole subjects.
    pub fn recall(&self, actor: &Actor, subjects: &[&str]) -> AppendReply {
        let body = KindBody::Recall(recall(subjects.len()));
        let event = self.event(actor, subjects.iter().map(|key| subject(key)).collect(), body);
        self.say(actor, &event)
    }
}
