//! Claims: whoever has seen the code under a scratch layer has its first use recorded, by an event on the item's chain.
//!
//! The operator signs it, in the role of the platform, with the key that it signs other events with. Nobody has to trust it for that: a
//! claim holds only with the code that the set committed to, and the ledger refuses any other.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use headwater_event::event::{Event, EventId, Role, SubjectRef};
use headwater_event::kind::KindBody;
use headwater_event::kind::sticker::{ItemCode, Sticker, StickerAction};
use headwater_event::place::UtcOffset;
use headwater_event::signed::NotAuthentic;
use headwater_event::subject::Subject;
use headwater_key::KeyFileError;
use headwater_ledger::admission::AppendError;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::reader::ReadError;
use headwater_ledger::store::Store;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use tokio::sync::Mutex;

use crate::clock::now_ms;

/// Whoever asks again within this time is told the same: a browser whose connection breaks sends its question once more.
const AGAIN_MS: u64 = 60_000;
/// Claims that are remembered for that.
const AGAIN_MAX: usize = 1_024;

/// Who signs claims.
pub struct Claims {
    secret: SecretKey,
    /// What was claimed last: one at a time, so that the second of two shoppers is told of the first.
    last: Mutex<VecDeque<Answered>>,
}

/// A claim that was recorded, and for whom.
struct Answered {
    leaf: Hash,
    asker: IpAddr,
    at_ms: u64,
}

/// The leaf of the claim that stands first on the item's chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claimed {
    /// It is this one.
    Now(Hash),
    /// It was there before.
    Before(Hash),
}

/// Why a claim is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The ledger does not take it.
    #[error(transparent)]
    Refused(#[from] AppendError),
    /// The item's chain cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The system gives no random bytes.
    #[error(transparent)]
    Random(#[from] KeyFileError),
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] NotAuthentic),
}

impl Claims {
    /// Signs with this key of the operator.
    pub fn signed_with(secret: SecretKey) -> Arc<Self> {
        Arc::new(Self { secret, last: Mutex::default() })
    }

    /// Records that somebody knows the code of an item, unless that is recorded already.
    pub async fn claim<S: Store>(
        &self,
        ledger: &Ledger<S>,
        item: &Subject,
        code: ItemCode,
        asker: IpAddr,
    ) -> Result<Claimed, ClaimError> {
        let (mut last, now) = (self.last.lock().await, now_ms());
        last.retain(|answered| answered.at_ms + AGAIN_MS > now);
        if let Some(leaf) = ledger.first_claim(item, &code).await? {
            let is_again = last.iter().any(|answered| answered.leaf == leaf && answered.asker == asker);
            return Ok(if is_again { Claimed::Now(leaf) } else { Claimed::Before(leaf) });
        }
        let signed = self.event(ledger, item, code)?.sign(&self.secret)?;
        let leaf = Hash::leaf(&ledger.append(signed).await?.entry.entry);
        if last.len() == AGAIN_MAX {
            last.pop_front();
        }
        last.push_back(Answered { leaf, asker, at_ms: now });
        Ok(Claimed::Now(leaf))
    }

    fn event<S: Store>(&self, ledger: &Ledger<S>, item: &Subject, code: ItemCode) -> Result<Event, ClaimError> {
        let (now, random) = (now_ms(), headwater_key::generate()?);
        let random = random.first_chunk().copied().unwrap_or_default();
        let action = StickerAction::Claimed;
        let sticker = Sticker {
            refs: Vec::new(),
            commitments: Vec::new(),
            action,
            tamper_id: None,
            reason: None,
            code: Some(code),
        };
        Ok(Event {
            ledger_id: ledger.ledger_id(),
            event_id: EventId::at(now, random),
            party: ledger.newest().authority.operator().clone(),
            key_id: self.secret.public().id(),
            role: Role::Platform,
            occurred_at_ms: now,
            utc_offset_minutes: UtcOffset::default(),
            principal: None,
            subjects: vec![SubjectRef { key: item.clone(), quantity: None, lot: None }],
            place: None,
            after: Vec::new(),
            attachments: Vec::new(),
            notes: Vec::new(),
            body: KindBody::Sticker(sticker),
        })
    }
}
