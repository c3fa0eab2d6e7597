//! Claims: whoever has seen the code under a scratch layer has its first use recorded, by an event on the item's chain.
//!
//! The operator signs it, in the role of the platform, with the key that it signs other events with. Nobody has to trust it for that: a
//! claim holds only with the code that the brand's set committed to, and neither ledger nor verifier takes another.

use std::collections::VecDeque;
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
use tokio::sync::{Mutex, Semaphore};

use crate::clock::now_ms;

/// A page that asks again within this time is told the same: a browser whose connection breaks sends its question once more.
const AGAIN_MS: u64 = 60_000;
/// Claims that are remembered for that.
const AGAIN_MAX: usize = 1_024;
/// Claims that wait for their turn.
const WAITING_MAX: usize = 64;

/// What a page drew at random for its look, so that its question is known again: 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look([u8; 16]);

impl Look {
    /// Reads the digits.
    pub fn parse(digits: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        (hex::encode(bytes) == digits).then_some(Self(bytes))
    }
}

/// Who signs claims.
pub struct Claims {
    secret: SecretKey,
    /// What was claimed last: one at a time, so that the second of two shoppers is told of the first.
    last: Mutex<VecDeque<Answered>>,
    waiting: Semaphore,
}

/// A claim that was recorded, and for which look.
struct Answered {
    leaf: Hash,
    look: Look,
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
    /// Too many wait.
    #[error("{WAITING_MAX} claims wait; ask again")]
    Busy,
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
    /// The node stops.
    #[error("the node is stopping")]
    Stopping,
}

impl Claims {
    /// Signs with this key of the operator.
    pub fn signed_with(secret: SecretKey) -> Arc<Self> {
        Arc::new(Self { secret, last: Mutex::default(), waiting: Semaphore::new(WAITING_MAX) })
    }

    /// Records that somebody knows the code of an item, unless that is recorded already. Goes on when nobody waits for the answer any
    /// more, so that what is recorded is remembered.
    pub async fn claim<S: Store>(
        self: Arc<Self>,
        ledger: Ledger<S>,
        item: Subject,
        code: ItemCode,
        look: Look,
    ) -> Result<Claimed, ClaimError> {
        // Whoever guesses takes nobody's turn.
        if !ledger.commits_to(&item, &code) {
            return Err(AppendError::Code { item }.into());
        }
        let recording = tokio::spawn(async move { self.record(&ledger, &item, code, look).await });
        recording.await.unwrap_or(Err(ClaimError::Stopping))
    }

    async fn record<S: Store>(
        &self,
        ledger: &Ledger<S>,
        item: &Subject,
        code: ItemCode,
        look: Look,
    ) -> Result<Claimed, ClaimError> {
        let _place = self.waiting.try_acquire().map_err(|_| ClaimError::Busy)?;
        let (mut last, now) = (self.last.lock().await, now_ms());
        last.retain(|answered| answered.at_ms + AGAIN_MS > now);
        if let Some(leaf) = ledger.first_claim(item, &code).await? {
            let is_again = last.iter().any(|answered| answered.leaf == leaf && answered.look == look);
            return Ok(if is_again { Claimed::Now(leaf) } else { Claimed::Before(leaf) });
        }
        let signed = self.event(ledger, item, code)?.sign(&self.secret)?;
        let leaf = Hash::leaf(&ledger.append(signed).await?.entry.entry);
        if last.len() == AGAIN_MAX {
            last.pop_front();
        }
        last.push_back(Answered { leaf, look, at_ms: now });
        Ok(Claimed::Now(leaf))
    }

    fn event<S: Store>(&self, ledger: &Ledger<S>, item: &Subject, code: ItemCode) -> Result<Event, ClaimError> {
        let now = now_ms();
        let sticker = Sticker {
            refs: Vec::new(),
            commitments: Vec::new(),
            action: StickerAction::Claimed,
            tamper_id: None,
            reason: None,
            code: Some(code),
        };
        Ok(Event {
            ledger_id: ledger.ledger_id(),
            event_id: EventId::at(now, headwater_key::draw()?),
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
