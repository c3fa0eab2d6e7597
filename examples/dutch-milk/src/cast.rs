//! The parties of the demo: invented companies with real keys, each registered by the operator of the demo's ledger.

use anyhow::Context as _;
use headwater_api::request::{Method, RequestSignature, Target};
use headwater_client::Client;
use headwater_event::check_digit;
use headwater_event::event::{Event, EventId, Role};
use headwater_event::kind::KindBody;
use headwater_event::place::{Place, UtcOffset};
use headwater_event::signature::{KeyUse, Possession};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_trace::evidence::VerifiedReceipt;
use ledger_node::clock::now_ms;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A party of the demo and its keys.
pub struct Actor {
    /// Name of the party, in English.
    pub name: &'static str,
    /// Identifier of the party, which never changes.
    pub party: PartyKey,
    role: Role,
    events: SecretKey,
    admin: SecretKey,
}

impl Actor {
    /// Makes a party with new keys. The digits are a GLN without its check digit.
    pub fn new(name: &'static str, role: Role, digits: &str) -> anyhow::Result<Self> {
        let keys = [headwater_key::generate()?, headwater_key::generate()?];
        let party = PartyKey::parse(&format!("417/{}", with_check(digits)))?;
        Ok(Self { name, party, role, events: SecretKey::from_seed(&keys[0]), admin: SecretKey::from_seed(&keys[1]) })
    }

    /// Makes the operator, with the keys that founded the ledger.
    pub fn operator(party: PartyKey, events: SecretKey, admin: SecretKey) -> Self {
        Self { name: "Demo Platform", party, role: Role::Platform, events, admin }
    }

    /// The party as a subject.
    pub fn subject(&self) -> Subject {
        Subject::Party(self.party.clone())
    }
}

/// Completes digits with their GS1 check digit.
pub fn with_check(digits: &str) -> String {
    let check = (0..10).find(|check| check_digit::gs1(&format!("{digits}{check}"))).unwrap_or_default();
    format!("{digits}{check}")
}

/// The stage: a connection to the ledger, through which all parties append their events.
pub struct Stage {
    /// Runtime of the asynchronous calls.
    pub runtime: Runtime,
    /// Connection to the node, which verifies every receipt.
    pub client: Client,
    /// URL of the node, to which files are uploaded.
    pub url: String,
}

/// A file that an event attaches.
#[derive(Clone, Copy)]
pub struct File<'a> {
    /// Content of the file.
    pub bytes: &'a [u8],
    /// Media type of the file.
    pub media_type: &'a str,
    /// Role of the file in the event.
    pub role: &'a str,
    /// Title of the file, in English.
    pub title: &'a str,
}

/// The time and the location of an event.
pub struct Scene {
    /// Time in milliseconds, UTC.
    pub at_ms: u64,
    /// Minutes ahead of UTC.
    pub offset: i64,
    /// Location as JSON; null for an event without one.
    pub place: Value,
}

impl Stage {
    /// The current time, in seconds since 1970 as in cosignatures.
    pub fn now_s() -> anyhow::Result<CosignTime> {
        CosignTime::new(now_ms() / 1000).context("the clock is too far ahead")
    }

    /// Signs and appends an event of a party about subjects (`key`, or `{key, quantity, lot}`), for a principal or for the party itself.
    /// Then uploads the files of the event.
    pub fn say(
        &mut self,
        actor: &Actor,
        principal: Option<&Actor>,
        subjects: &[Value],
        scene: Scene,
        body: Value,
        files: &[File<'_>],
    ) -> anyhow::Result<VerifiedReceipt> {
        let body: KindBody = serde_json::from_value(body).context("the body of the event")?;
        let secret = if matches!(body, KindBody::Party(_)) { &actor.admin } else { &actor.events };
        let named = |subject: &Value| match subject {
            Value::String(key) => json!({"key": key}),
            other => other.clone(),
        };
        let announced = |File { bytes, media_type, role, title }: &File<'_>| {
            let title = [json!({"lang": "en", "text": title})];
            let (sha256, size) = (Hash::plain(bytes), bytes.len());
            json!({"sha256": sha256, "size": size, "media_type": media_type, "role": role, "access": "public", "title": title})
        };
        let place: Option<Place> = serde_json::from_value(scene.place)?;
        let mut event = Event {
            ledger_id: self.client.ledger_id(),
            event_id: EventId::at(scene.at_ms, headwater_key::draw()?),
            party: actor.party.clone(),
            key_id: secret.public().id(),
            role: actor.role,
            occurred_at_ms: scene.at_ms,
            utc_offset_minutes: UtcOffset::new(scene.offset).context("an offset")?,
            principal: principal.map(|principal| principal.party.clone()),
            subjects: serde_json::from_value(Value::Array(subjects.iter().map(named).collect()))?,
            place,
            after: Vec::new(),
            attachments: serde_json::from_value(files.iter().map(announced).collect())?,
            notes: Vec::new(),
            body,
        };
        event.subjects.sort_by_key(|named| named.key.to_string());
        event.name_register();
        let signed = event.sign(secret)?;
        let said = self.runtime.block_on(self.client.append(signed));
        let said = said.with_context(|| format!("{} says {}", actor.name, event.kind()))?;
        files.iter().try_for_each(|file| self.bring(&event, file.bytes, secret))?;
        Ok(said)
    }

    /// Uploads a file to the node, with a request that the party signs.
    fn bring(&self, event: &Event, bytes: &[u8], secret: &SecretKey) -> anyhow::Result<()> {
        let path = format!("/attachment/{}", Hash::plain(bytes));
        let query = format!("party={}&event={}", event.party, event.event_id);
        let target = Target { method: Method::Put, path: &path, query: &query };
        let signature = RequestSignature::sign(target, event.ledger_id, secret, now_ms() / 1_000)?;
        let request = ureq::put(format!("{}{path}?{query}", self.url));
        let signed =
            signature.headers().into_iter().fold(request, |request, (name, value)| request.header(name, value));
        signed.send(bytes).with_context(|| format!("{} brings {path}", event.party)).map(|_| ())
    }

    /// Signs and appends a party event, with the current time.
    pub fn act(&mut self, actor: &Actor, subjects: &[Value], action: Value) -> anyhow::Result<()> {
        let scene = Scene { at_ms: now_ms(), offset: 0, place: Value::Null };
        self.say(actor, None, subjects, scene, json!({"party_event": {"action": action}}), &[]).map(|_| ())
    }

    /// Registers a party as the operator, and adds its keys. The keys of the operator itself are in the genesis.
    pub fn register(&mut self, operator: &Actor, actor: &Actor, country: &str) -> anyhow::Result<()> {
        let party = [json!(actor.party)];
        let names = json!([{"lang": "en", "text": actor.name}]);
        let roles = if actor.party == operator.party { json!(null) } else { json!([actor.role]) };
        self.act(operator, &party, json!({"register": {"names": names, "country": country, "roles": roles}}))?;
        if actor.party == operator.party {
            return Ok(());
        }
        for (secret, key_use) in [(&actor.events, KeyUse::Events), (&actor.admin, KeyUse::Admin)] {
            let ledger: Hash = self.client.ledger_id();
            let statement = Possession { ledger, party: actor.party.clone(), key_use, public_key: secret.public() };
            let possession = statement.prove(secret)?;
            let key = json!({"public_key": secret.public(), "key_use": key_use, "possession": possession});
            self.act(operator, &party, json!({"add_key": key}))?;
        }
        Ok(())
    }
}
