//! The parties of the demo: invented companies with real keys, each registered by the operator of the demo's ledger.

use anyhow::Context as _;
use headwater_api::request::{Method, RequestSignature, Target};
use headwater_client::Client;
use headwater_client::draft::{Author, Draft, OccurredAt};
use headwater_event::check_digit;
use headwater_event::codec::Set;
use headwater_event::document::{Access, AttachmentDraft, AttachmentRole};
use headwater_event::draft::given;
use headwater_event::event::{Event, Role, SubjectRefDraft};
use headwater_event::kind::KindBodyDraft;
use headwater_event::kind::party::{AddKeyDraft, PartyActionDraft, PartyEventDraft, RegisterDraft};
use headwater_event::place::{LangTextDraft, PlaceDraft, UtcOffset};
use headwater_event::signature::{KeyUse, Possession};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_trace::evidence::VerifiedReceipt;
use ledger_node::clock::now_ms;
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
    pub role: AttachmentRole,
    /// Title of the file, in English.
    pub title: &'a str,
}

/// The time and the location of an event.
pub struct Scene {
    /// Time in milliseconds, UTC.
    pub at_ms: u64,
    /// Minutes ahead of UTC.
    pub offset: i64,
    /// Location of the event, if it has one.
    pub place: Option<PlaceDraft>,
}

/// Texts in several languages.
pub fn texts(texts: &[(&str, &str)]) -> anyhow::Result<Vec<LangTextDraft>> {
    let text = |(lang, text): &(&str, &str)| anyhow::Ok(LangTextDraft { lang: given(lang)?, text: given(text)? });
    texts.iter().map(text).collect()
}

/// Text in English alone.
pub fn english(text: &str) -> anyhow::Result<Vec<LangTextDraft>> {
    texts(&[("en", text)])
}

/// Names a subject as a whole.
pub fn whole(key: &str) -> anyhow::Result<SubjectRefDraft> {
    Ok(named(Subject::parse(key)?))
}

fn named(key: Subject) -> SubjectRefDraft {
    SubjectRefDraft { key: Some(key), ..SubjectRefDraft::default() }
}

impl File<'_> {
    fn announced(&self) -> anyhow::Result<AttachmentDraft> {
        Ok(AttachmentDraft {
            sha256: Some(Hash::plain(self.bytes)),
            size: Some(self.bytes.len() as u64),
            media_type: given(self.media_type)?,
            role: Some(self.role),
            access: Some(Access::Public),
            title: english(self.title)?,
            ..AttachmentDraft::default()
        })
    }
}

impl Stage {
    /// The current time, in seconds since 1970 as in cosignatures.
    pub fn now_s() -> anyhow::Result<CosignTime> {
        CosignTime::new(now_ms() / 1000).context("the clock is too far ahead")
    }

    /// Signs and appends an event of a party about subjects, for a principal or for the party itself. Then uploads the files of the event.
    pub fn say(
        &mut self,
        actor: &Actor,
        principal: Option<&Actor>,
        subjects: &[SubjectRefDraft],
        scene: Scene,
        body: impl Into<KindBodyDraft>,
        files: &[File<'_>],
    ) -> anyhow::Result<VerifiedReceipt> {
        let body = body.into();
        let secret = if matches!(body, KindBodyDraft::Party(_)) { &actor.admin } else { &actor.events };
        let offset = UtcOffset::new(scene.offset).context("an offset")?;
        let draft = Draft {
            occurred_at: Some(OccurredAt { ms: scene.at_ms, offset }),
            principal: principal.map(|principal| principal.party.clone()),
            subjects: subjects.to_vec(),
            place: scene.place,
            attachments: files.iter().map(File::announced).collect::<anyhow::Result<_>>()?,
            body: Some(body),
            ..Draft::default()
        };
        let author = Author { party: actor.party.clone(), role: actor.role, key_id: secret.public().id() };
        let event = draft.event(self.client.ledger_id(), author, headwater_key::draw()?)?;
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
    pub fn act(
        &mut self,
        actor: &Actor,
        subjects: Vec<Subject>,
        action: impl Into<PartyActionDraft>,
    ) -> anyhow::Result<()> {
        let scene = Scene { at_ms: now_ms(), offset: 0, place: None };
        let subjects: Vec<_> = subjects.into_iter().map(named).collect();
        let body = PartyEventDraft { action: Some(action.into()), ..PartyEventDraft::default() };
        self.say(actor, None, &subjects, scene, body, &[]).map(|_| ())
    }

    /// Registers a party as the operator, and adds its keys. The keys of the operator itself are in the genesis.
    pub fn register(&mut self, operator: &Actor, actor: &Actor, country: &str) -> anyhow::Result<()> {
        let is_operator = actor.party == operator.party;
        let register = RegisterDraft {
            names: english(actor.name)?,
            country: given(country)?,
            roles: (!is_operator).then(|| Set::new([actor.role])),
            ..RegisterDraft::default()
        };
        self.act(operator, vec![actor.subject()], register)?;
        if is_operator {
            return Ok(());
        }
        for (secret, key_use) in [(&actor.events, KeyUse::Events), (&actor.admin, KeyUse::Admin)] {
            let ledger: Hash = self.client.ledger_id();
            let statement = Possession { ledger, party: actor.party.clone(), key_use, public_key: secret.public() };
            let key = AddKeyDraft {
                public_key: Some(secret.public()),
                key_use: Some(key_use),
                possession: Some(statement.prove(secret)?),
                interval: None,
            };
            self.act(operator, vec![actor.subject()], key)?;
        }
        Ok(())
    }
}
