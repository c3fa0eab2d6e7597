//! Code that the small examples share: the party that signs, and its connection to the ledger.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use headwater_client::Client;
use headwater_client::draft::{Author, Draft};
use headwater_event::event::{Event, Role, SubjectRefDraft};
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::key::SecretKey;
use headwater_trace::policy::TrustPolicy;

/// A party with its key, and a connection to the ledger that its policy pins.
pub struct Desk {
    /// Connection to the node, which verifies every receipt.
    pub client: Client,
    /// Party that signs the events.
    pub party: PartyKey,
    /// Secret key of the party.
    pub secret: SecretKey,
    role: Role,
}

/// Reads the arguments of an example, URL POLICY PARTY KEY-FILE, and connects to the node.
pub async fn sit_down(role: Role) -> anyhow::Result<Desk> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, policy, party, key] = arguments.as_slice() else {
        anyhow::bail!(
            "usage: URL POLICY PARTY KEY-FILE, such as http://localhost:8080 policy 417/9526543000105 brand.key"
        );
    };
    let policy = TrustPolicy::parse(&std::fs::read_to_string(policy).context("the policy")?)?;
    let client = Client::connect(url.clone(), policy, None).await?;
    Ok(Desk { client, party: PartyKey::parse(party)?, secret: headwater_key::read(key.as_ref())?, role })
}

impl Desk {
    /// Makes an event of the party from a draft.
    pub fn event(&self, draft: Draft) -> anyhow::Result<Event> {
        let author = Author { party: self.party.clone(), role: self.role, key_id: self.secret.public().id() };
        Ok(draft.event(self.client.ledger_id(), author, headwater_key::draw()?)?)
    }
}

/// The current time, in seconds since 1970 as in cosignatures.
pub fn now() -> anyhow::Result<CosignTime> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    CosignTime::new(since.as_secs()).context("the clock is too far ahead")
}

/// Names a whole subject by its key.
pub fn subject(key: &str) -> anyhow::Result<SubjectRefDraft> {
    Ok(SubjectRefDraft { key: Some(Subject::parse(key)?), ..SubjectRefDraft::default() })
}
