//! Claims of shoppers who have seen the code under a scratch layer. The node records the first use of the code, by an event on the item's
//! chain.
//!
//! The operator signs the event, in the role of the platform, with the key that signs its other events. No reader has to trust the operator
//! for that. A claim holds only with the code that the brand's set committed to, and neither ledger nor verifier takes another code.

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

/// Milliseconds within which a page that asks again gets the same answer: a browser sends its request once more when its connection breaks.
const REPEAT_MS: u64 = 60_000;
/// Largest number of claims that are remembered for that.
const REMEMBERED_MAX: usize = 1_024;
/// Largest number of claims that wait for their turn.
const WAITING_MAX: usize = 64;

/// Random value that a page draws for its look, so that the node recognises a repeated request: 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look([u8; 16]);

impl Look {
    /// Reads a look from 32 lower-case hex digits.
    pub fn parse(digits: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        (hex::encode(bytes) == digits).then_some(Self(bytes))
    }
}

/// Signer of claims, with the key of the operator.
pub struct ClaimSigner {
    secret: SecretKey,
    /// Claims that were recorded last. The lock lets one claim in at a time, so that the second of two shoppers learns of the first.
    last: Mutex<VecDeque<Answered>>,
    waiting: Semaphore,
}

/// A recorded claim, and the look that made it.
struct Answered {
    leaf: Hash,
    look: Look,
    at_ms: u64,
}

/// Leaf of the first claim on the item's chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claimed {
    /// Leaf of the claim that this look made.
    Now(Hash),
    /// Leaf of a claim that was recorded before this look.
    Before(Hash),
}

/// Reason why a claim is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Too many claims wait for their turn.
    #[error("{WAITING_MAX} claims wait; ask again")]
    Busy,
    /// The ledger does not take the event of the claim.
    #[error(transparent)]
    Refused(#[from] AppendError),
    /// The item's chain cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The system gives no random bytes for the event id.
    #[error(transparent)]
    Random(#[from] KeyFileError),
    /// The key cannot sign the event.
    #[error(transparent)]
    Key(#[from] NotAuthentic),
    /// The node stops before the claim is recorded.
    #[error("the node is stopping")]
    Stopping,
}

impl ClaimSigner {
    /// Makes a signer with this key of the operator.
    pub fn signed_with(secret: SecretKey) -> Arc<Self> {
        Arc::new(Self { secret, last: Mutex::default(), waiting: Semaphore::new(WAITING_MAX) })
    }

    /// Records that a shopper knows the code of an item, unless that is recorded already. Recording goes on when the caller no longer waits
    /// for the answer, so that a recorded claim is also remembered.
    pub async fn claim<S: Store>(
        self: Arc<Self>,
        ledger: Ledger<S>,
        item: Subject,
        code: ItemCode,
        look: Look,
    ) -> Result<Claimed, ClaimError> {
        // A caller who guesses codes does not take a turn from other callers.
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
        last.retain(|answered| answered.at_ms + REPEAT_MS > now);
        if let Some(leaf) = ledger.first_claim(item, &code).await? {
            let is_again = last.iter().any(|answered| answered.leaf == leaf && answered.look == look);
            return Ok(if is_again { Claimed::Now(leaf) } else { Claimed::Before(leaf) });
        }
        let signed = self.event(ledger, item, code)?.sign(&self.secret)?;
        let leaf = Hash::leaf(&ledger.append(signed).await?.entry.entry);
        if last.len() == REMEMBERED_MAX {
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
            party: ledger.newest().authority().operator().clone(),
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
