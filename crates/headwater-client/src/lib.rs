//! The SDK of every signer.
//!
//! **In scope:** a connection to one pinned ledger; appending one event or many, with back-pressure; the check of every
//! receipt. **Out of scope:** what events say (`headwater-event`), where keys lie (`headwater-key`).
//!
//! A reply that does not arrive promises nothing. Send the same bytes again: the same event gets its receipt, never a
//! second entry.

pub mod draft;

use headwater_api::append_outcome::Outcome;
use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_api::{
    AppendOutcome, AppendRequest, AppendStreamRequest, AppendStreamResponse, GetReceiptRequest, GetSubjectHeadRequest,
    GetTraceRequest, ListEntriesRequest, ListEntriesResponse,
};
use headwater_event::entry::SignedBytes;
use headwater_event::event::{Event, EventId};
use headwater_event::fault::CodecError;
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::checkpoint::CosignTime;
use headwater_tlog::hash::Hash;
use headwater_tlog::policy::TrustedCheckpoint;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::evidence::{EvidenceError, Ground, Receipt, VerifiedReceipt};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::recorded::{Content, Recorded, RecordedError};
use headwater_trace::walk::Asked;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// Events of a stream that travel together.
const GROUP: usize = 64;
/// Their bytes, so that a request stays far below what a node takes.
const GROUP_BYTES: usize = 128 * 1024;
/// Groups that are sent and not yet answered.
const WINDOW_MAX: usize = 16;
/// A trace over gRPC is at most 4 MiB, and its answer a little longer.
const ANSWER_BYTES_MAX: usize = 5 << 20;

/// Why a client has nothing to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Nobody answers there.
    #[error("cannot reach the ledger: {0}")]
    Unreachable(#[from] tonic::transport::Error),
    /// The ledger refused, or could not.
    #[error("{}: {}", .0.code(), .0.message())]
    Refused(Box<Status>),
    /// The receipt is none.
    #[error("the receipt cannot be read")]
    Receipt(#[from] CodecError),
    /// An entry is none.
    #[error("an entry cannot be read")]
    Entry(#[from] RecordedError),
    /// The receipt proves nothing.
    #[error("the receipt does not hold")]
    Unproven(#[from] EvidenceError),
    /// The receipt is of another event.
    #[error("the receipt is of another event")]
    OtherEvent,
    /// The stream ended before every event was answered.
    #[error("the stream ended; {answered} of {sent} events were answered. send the rest again")]
    Ended {
        /// How many were.
        answered: usize,
        /// How many were sent.
        sent: usize,
    },
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// A verified checkpoint, and its index head once a receipt showed it.
#[derive(Clone)]
struct Trusted {
    note: Vec<u8>,
    checkpoint: TrustedCheckpoint,
    ground: Option<Ground>,
}

/// A connection to one ledger, the one that the policy pins.
#[derive(Clone)]
pub struct Client {
    service: LedgerServiceClient<Channel>,
    policy: TrustPolicy,
    /// The newest checkpoint note that was verified: a batch of receipts shares one.
    trusted: Option<Trusted>,
}

impl Client {
    /// Connects. What the server says of itself counts for nothing: the policy pins log and ledger.
    pub async fn connect(url: String, policy: TrustPolicy) -> Result<Self, ClientError> {
        let channel =
            Channel::from_shared(url).map_err(|error| Status::invalid_argument(error.to_string()))?.connect().await?;
        let service = LedgerServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
        Ok(Self { service, policy, trusted: None })
    }

    /// The ledger that events are said to.
    pub fn ledger_id(&self) -> Hash {
        self.policy.ledger_id()
    }

    /// Appends an event and verifies its receipt.
    pub async fn append(&mut self, signed: SignedBytes, now: CosignTime) -> Result<VerifiedReceipt, ClientError> {
        let hash = Hash::plain(&signed.event);
        let request = AppendRequest { event: signed.event, signature: signed.signature.as_bytes().to_vec() };
        let answer = self.service.append(request).await?.into_inner();
        self.verify(&answer.receipt, hash, now)
    }

    /// Appends many, at most a window of them under way, and verifies every receipt. The answers are in the order of the
    /// events; a refused one does not stop the others.
    pub async fn append_many(
        &mut self,
        events: Vec<SignedBytes>,
        now: CosignTime,
    ) -> Result<Vec<Result<VerifiedReceipt, ClientError>>, ClientError> {
        let hashes: Vec<Hash> = events.iter().map(|signed| Hash::plain(&signed.event)).collect();
        let (sender, requests) = mpsc::channel(WINDOW_MAX);
        tokio::spawn(async move {
            for events in groups(events) {
                if sender.send(AppendStreamRequest { events }).await.is_err() {
                    return;
                }
            }
        });
        let mut answers = self.service.append_stream(ReceiverStream::new(requests)).await?.into_inner();
        let mut receipts = Vec::with_capacity(hashes.len());
        while let Some(AppendStreamResponse { first, outcomes }) = answers.message().await? {
            if first != receipts.len() as u64 {
                return Err(ClientError::OtherEvent);
            }
            for AppendOutcome { outcome } in outcomes {
                let hash = hashes.get(receipts.len()).ok_or(ClientError::OtherEvent)?;
                receipts.push(match outcome {
                    Some(Outcome::Receipt(receipt)) => self.verify(&receipt, *hash, now),
                    Some(Outcome::Refusal(refusal)) => {
                        Err(Status::new(Code::from(refusal.code.cast_signed()), refusal.message).into())
                    }
                    None => Err(ClientError::OtherEvent),
                });
            }
        }
        if receipts.len() < hashes.len() {
            return Err(ClientError::Ended { answered: receipts.len(), sent: hashes.len() });
        }
        Ok(receipts)
    }

    /// The receipt of an event that was appended, by its author and the author's id for it.
    pub async fn receipt(
        &mut self,
        party: &PartyKey,
        id: EventId,
        now: CosignTime,
    ) -> Result<VerifiedReceipt, ClientError> {
        let request = GetReceiptRequest { party: party.to_string(), event_id: id.as_bytes().to_vec() };
        let answer = self.service.get_receipt(request).await?.into_inner();
        let receipt = self.verify_any(&answer.receipt, now)?;
        let is_asked = |event: &Event| event.party == *party && event.event_id == id;
        if receipt.entry.claims().is_some_and(is_asked) { Ok(receipt) } else { Err(ClientError::OtherEvent) }
    }

    /// Everything that a story needs, unverified: [`verify`](headwater_trace::verify::verify) says what it proves.
    pub async fn trace(&mut self, asked: &Asked, audited: bool) -> Result<Vec<u8>, ClientError> {
        let lot = asked.lot.as_ref().map(ToString::to_string).unwrap_or_default();
        let request = GetTraceRequest { subject: asked.subject.to_string(), lot, audited };
        Ok(self.service.get_trace(request).await?.into_inner().trace)
    }

    /// Hears the events from a place on, and those that are still to come, until `hear` answers no. They are unproven: whoever
    /// believes the operator less asks for traces.
    pub async fn follow(&mut self, from: u64, mut hear: impl FnMut(u64, &Event) -> bool) -> Result<(), ClientError> {
        let mut answers = self.service.list_entries(ListEntriesRequest { from, follow: true }).await?.into_inner();
        while let Some(ListEntriesResponse { from, entries }) = answers.message().await? {
            for (log_index, entry) in (from..).zip(entries) {
                let place = LeafIndex::new(log_index).ok_or(ClientError::OtherEvent)?;
                let recorded = Recorded::parse(place, &entry)?;
                if recorded.claims().is_some_and(|event| !hear(log_index, event)) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Where a subject's chain ends, for a pin: count and head. Unproven; the ledger refuses a pin that is wrong.
    pub async fn subject_head(&mut self, subject: &Subject) -> Result<(u64, Vec<u8>), ClientError> {
        let request = GetSubjectHeadRequest { subject: subject.to_string() };
        let answer = self.service.get_subject_head(request).await?.into_inner();
        Ok((answer.count, answer.head))
    }

    fn verify(&mut self, receipt: &[u8], event: Hash, now: CosignTime) -> Result<VerifiedReceipt, ClientError> {
        let receipt = self.verify_any(receipt, now)?;
        match &receipt.entry.content {
            Content::Event(signed) if signed.hash() == event => Ok(receipt),
            _ => Err(ClientError::OtherEvent),
        }
    }

    fn verify_any(&mut self, receipt: &[u8], now: CosignTime) -> Result<VerifiedReceipt, ClientError> {
        let receipt = Receipt::parse(receipt)?;
        if self.trusted.as_ref().is_none_or(|trusted| trusted.note != receipt.checkpoint) {
            let checkpoint = self.policy.open(&receipt.checkpoint, now).map_err(EvidenceError::from)?;
            let head = receipt.index_head.clone();
            let ground = head.map(|head| Ground::read(head, checkpoint.checkpoint())).transpose()?;
            self.trusted = Some(Trusted { note: receipt.checkpoint.clone(), checkpoint, ground });
        }
        let Some(Trusted { checkpoint, ground, .. }) = &self.trusted else {
            return Err(ClientError::OtherEvent);
        };
        Ok(receipt.verify_under(checkpoint.clone(), ground.as_ref())?)
    }
}

/// Events as they travel in a stream: together, as far as a request goes.
fn groups(events: Vec<SignedBytes>) -> impl Iterator<Item = Vec<AppendRequest>> {
    let mut events = events.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut group: Vec<AppendRequest> = Vec::new();
        let mut bytes = 0;
        while let Some(signed) = events.next_if(|signed| {
            let room = group.is_empty() || group.len() < GROUP && bytes + signed.event.len() <= GROUP_BYTES;
            bytes += signed.event.len();
            room
        }) {
            group.push(AppendRequest { event: signed.event, signature: signed.signature.as_bytes().to_vec() });
        }
        (!group.is_empty()).then_some(group)
    })
}
