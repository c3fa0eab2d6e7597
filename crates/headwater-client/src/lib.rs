//! The SDK of every signer: no receipt reaches the caller before the receipt holds under the pinned policy.
//!
//! **In scope:** a connection to one pinned ledger; appending one event or many, with back-pressure; the check of every
//! receipt. **Out of scope:** the content of events (`headwater-event`), the storage of keys (`headwater-key`).
//!
//! A reply that does not arrive promises nothing. Send the same bytes again: the same event gets its receipt, never a second entry.
//!
//! ```text
//! Draft, Author -- Draft::event --> Event -- sign --> SignedEventBytes -- Client::append, append_many --> node
//!                                                                                                      |
//! VerifiedReceipt <-- under the TrustPolicy, and of the bytes that were sent -- Receipt <--------------+
//! ClientError::Unproven, OtherEvent, OtherSignature <-- else ----------------------|                   |
//! ClientError::Refused <-- when no repeat helps -- Status <--------------------------------------------+
//! ```
//!
//! A [draft](draft::Draft) becomes an event of its author, the author signs the event, and the answer is a receipt that holds under
//! the pinned policy:
//!
//! ```no_run
//! use headwater_client::prelude::*;
//! use headwater_event::kind::sticker::{StickerAction, StickerDraft};
//!
//! # async fn brand(policy: TrustPolicy, secret: SecretKey, random: [u8; 10]) -> Result<(), Box<dyn std::error::Error>> {
//! let mut client = Client::connect("https://ledger.example".to_owned(), policy, None).await?;
//! let tin = SubjectRefDraft { key: given("01/09526543000013/21/7KQ2M9XW4T")?, ..SubjectRefDraft::default() };
//! let sticker = StickerDraft { action: Some(StickerAction::Applied), tamper_id: given("SEAL-1")?, ..StickerDraft::default() };
//! let draft = Draft {
//!     occurred_at: given("2026-04-17T05:20:00+02:00")?,
//!     subjects: vec![tin],
//!     body: Some(sticker.into()),
//!     ..Draft::default()
//! };
//! let party = PartyKey::parse("417/9526543000105")?;
//! let author = Author { party, role: Role::Brand, key_id: secret.public().id() };
//! let event = draft.event(client.ledger_id(), author, random)?;
//! let receipt = client.append(event.sign(&secret)?).await?;
//! println!("entry {}", receipt.log_index());
//! # Ok(())
//! # }
//! ```

mod bulk;
pub mod draft;
pub mod prelude;

use std::str::FromStr;
use std::time::Duration;

use headwater_api::ledger_service_client::LedgerServiceClient;
use headwater_api::refusal::{Refusal, may_call_again};
use headwater_api::{
    AppendRequest, GetConsistencyProofRequest, GetReceiptRequest, GetSubjectHeadRequest, GetTraceRequest,
    ListEntriesRequest, ListEntriesResponse,
};
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::{Event, EventId, Pin};
use headwater_event::fault::CodecError;
use headwater_event::signed::NotAuthentic;
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::SecretKey;
use headwater_tlog::policy::TrustedCheckpoint;
use headwater_tlog::proof::{Consistency, LastPath};
use headwater_tlog::tree::LeafIndex;
use headwater_trace::evidence::{EvidenceError, Extent, Ground, Receipt, VerifiedReceipt};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::recorded::{Recorded, RecordedError};
use headwater_trace::trace::At;
use headwater_trace::walk::Query;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Uri};
use tonic::{Response, Status};

/// Largest number of times that one event is signed, when events of others come first.
const PIN_TRIES_MAX: usize = 32;
/// Largest number of repeats of a call without progress.
const RETRIES_MAX: u32 = 7;
/// First wait before a repeat; each later wait is twice as long as the one before.
const RETRY_FIRST: Duration = Duration::from_millis(100);
/// Largest answer in bytes: a trace over gRPC has at most 4 MiB, and its answer is a little longer.
const ANSWER_BYTES_MAX: usize = 5 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Waits between repeated calls: each is twice as long as the one before, and there are at most [`RETRIES_MAX`].
struct Retries {
    left: u32,
    next: Duration,
}

impl Retries {
    fn new() -> Self {
        Self { left: RETRIES_MAX, next: RETRY_FIRST }
    }

    /// Waits. Returns false when no wait is left.
    async fn wait(&mut self) -> bool {
        let Some(left) = self.left.checked_sub(1) else {
            return false;
        };
        tokio::time::sleep(self.next).await;
        (self.left, self.next) = (left, self.next * 2);
        true
    }
}

/// Repeats a call while a repeat may help.
async fn again<T, F: Future<Output = Result<Response<T>, Status>>>(mut call: impl FnMut() -> F) -> Result<T, Status> {
    let mut retries = Retries::new();
    loop {
        match call().await {
            Err(status) if may_call_again(&status) && retries.wait().await => {}
            answered => return answered.map(Response::into_inner),
        }
    }
}

/// Whether the connection was refused: no program listens at the address.
fn is_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
    error.downcast_ref().is_some_and(refused) || error.source().is_some_and(is_refused)
}

/// Reason why a call of the client fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The connection to the node failed.
    #[error("cannot reach the ledger")]
    Unreachable(#[from] tonic::transport::Error),
    /// The node refused the call, or could not serve it.
    #[error("{}: {}", .0.code(), plain(.0.message()))]
    Refused(Box<Status>),
    /// Bytes that are not a receipt.
    #[error("the receipt cannot be read")]
    Receipt(#[from] CodecError),
    /// Bytes that are not an entry.
    #[error("an entry cannot be read")]
    Entry(#[from] RecordedError),
    /// Receipt that proves nothing.
    #[error("the receipt does not hold")]
    Unproven(#[from] EvidenceError),
    /// Receipt that proves another extent than the client asked for: a node does not choose how much a receipt proves.
    #[error("a receipt was asked for that proves {asked:?}, this one has the form of {found:?}")]
    Extent {
        /// Extent that the client asked for.
        asked: Extent,
        /// Extent that the receipt has.
        found: Extent,
    },
    /// Answer that does not have the form of its call.
    #[error("the answer of the node is out of form: {what}")]
    Form {
        /// Part of the answer that is wrong.
        what: &'static str,
    },
    /// Receipt of another event than the one that was sent.
    #[error("the receipt is of another event")]
    OtherEvent,
    /// Receipt with another signature beside the event than the one that was sent: a key signs one event in one way.
    #[error("the receipt has another signature beside the event than the one that was sent")]
    OtherSignature,
    /// Event that cannot be signed with this key.
    #[error("the event cannot be signed")]
    Unsigned(#[from] NotAuthentic),
    /// Pin that points to no subject.
    #[error("the event names no subject at place {place}")]
    NoSubject {
        /// Index in the event's list of subjects.
        place: u64,
    },
    /// Text that is not the address of a node.
    #[error("{url:?} is not an address of a node")]
    Address {
        /// Text that was given as the address.
        url: String,
        /// Rule of addresses that the text breaks.
        source: <Uri as FromStr>::Err,
    },
    /// Certificate that TLS cannot use.
    #[error("the certificate for {url:?} cannot be used")]
    Certificate {
        /// Address of the node.
        url: String,
        /// Error of the TLS settings.
        source: tonic::transport::Error,
    },
    /// Stream that ended again and again before every event was answered.
    #[error("{sent} events were sent and {answered} answered, and no answer is kept: send all again, the same bytes")]
    Ended {
        /// Number of events that were answered.
        answered: usize,
        /// Number of events that were sent.
        sent: usize,
        /// Error that ended the last stream, if an error did.
        #[source]
        last: Option<Box<ClientError>>,
    },
}

impl ClientError {
    /// Refusal of the node. `None` for any other error, and for a refusal that is newer than this crate.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            ClientError::Refused(status) => Refusal::of(status),
            _ => None,
        }
    }
}

/// Text of a node on one line, without the characters that control a terminal.
pub fn plain(words: &str) -> String {
    words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// Verified checkpoint, and its index head once a receipt showed it.
#[derive(Clone)]
struct Trusted {
    note: Vec<u8>,
    checkpoint: TrustedCheckpoint,
    ground: Option<Ground>,
    /// Hashes on the path of the last receipt's proof, which the next proof reuses.
    path: LastPath,
}

/// Connection to one ledger, the one that the policy pins.
#[derive(Clone)]
pub struct Client {
    service: LedgerServiceClient<Channel>,
    policy: TrustPolicy,
    /// Newest checkpoint note that was verified. The receipts of a batch share one note.
    trusted: Option<Trusted>,
}

impl Client {
    /// Connects to a node. Claims of the node about itself count for nothing: the policy pins log and ledger. An
    /// address with `https` is reached over TLS. Its certificate is signed by an authority that the web knows, or by
    /// `authority`, in PEM.
    pub async fn connect(url: String, policy: TrustPolicy, authority: Option<&str>) -> Result<Self, ClientError> {
        let endpoint = Channel::from_shared(url.clone());
        let mut endpoint = endpoint.map_err(|source| ClientError::Address { url: url.clone(), source })?;
        if url.starts_with("https") {
            let tls = ClientTlsConfig::new().with_webpki_roots();
            let tls = authority.into_iter().fold(tls, |tls, pem| tls.ca_certificate(Certificate::from_pem(pem)));
            let secured = endpoint.tls_config(tls);
            endpoint = secured.map_err(|source| ClientError::Certificate { url: url.clone(), source })?;
        }
        let endpoint = endpoint.connect_timeout(CONNECT_TIMEOUT).keep_alive_while_idle(true);
        let mut retries = Retries::new();
        let channel = loop {
            match endpoint.connect().await {
                // A node that restarts listens a moment later.
                Err(error) if is_refused(&error) && retries.wait().await => {}
                answered => break answered?,
            }
        };
        let service = LedgerServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
        Ok(Self { service, policy, trusted: None })
    }

    /// Id of the ledger that events are signed for, from the policy.
    pub fn ledger_id(&self) -> Hash {
        self.policy.ledger_id()
    }

    /// Appends an event and verifies its receipt. If the outcome is unknown, or the node turned the event away for a
    /// while, the client sends the same bytes again. The same event gets its receipt, never a second entry.
    ///
    /// If the policy asks for cosignatures, the event is recorded before they come. The receipt's checkpoint then shows
    /// what is [outstanding](TrustedCheckpoint::outstanding), and [`Client::receipt`] returns the complete receipt
    /// later.
    pub async fn append(&mut self, signed: SignedEventBytes) -> Result<VerifiedReceipt, ClientError> {
        let request = AppendRequest { event: signed.event.clone(), signature: signed.signature.as_bytes().to_vec() };
        let service = &self.service;
        let append = || {
            let (mut service, request) = (service.clone(), request.clone());
            async move { service.append(request).await }
        };
        let answer = again(append).await?;
        self.verify(&answer.receipt, &signed, Extent::Complete)
    }

    /// Signs an event on the chains that its author has seen, and appends the event. The subjects at the indexes
    /// `pinned` of the event's list are pinned to the ends of their chains. If an event of another author comes first,
    /// the client reads the ends again, and signs the event anew.
    pub async fn sign_and_append(
        &mut self,
        mut event: Event,
        pinned: &[u64],
        secret: &SecretKey,
    ) -> Result<VerifiedReceipt, ClientError> {
        for _ in 1..PIN_TRIES_MAX {
            event.after = self.pins(&event, pinned).await?;
            match self.append(event.sign(secret)?).await {
                Err(error) if error.refusal() == Some(Refusal::StalePin) => {}
                answered => return answered,
            }
        }
        event.after = self.pins(&event, pinned).await?;
        self.append(event.sign(secret)?).await
    }

    async fn pins(&mut self, event: &Event, pinned: &[u64]) -> Result<Vec<Pin>, ClientError> {
        let mut pins = Vec::with_capacity(pinned.len());
        for place in pinned {
            let named = event.subject(*place).ok_or(ClientError::NoSubject { place: *place })?;
            let (count, head) = self.subject_head(&named.key).await?;
            let head = Hash::try_from(head.as_slice())
                .map_err(|_| ClientError::Form { what: "the head of a chain has no 32 bytes" })?;
            pins.push(Pin { subject: *place, count, head });
        }
        Ok(pins)
    }

    /// Receipt of an event that was appended, by its author and the author's id of the event. Its checkpoint meets the
    /// quorum of the policy.
    pub async fn receipt(&mut self, party: &PartyKey, id: EventId) -> Result<VerifiedReceipt, ClientError> {
        let audited = self.policy.tlog().has_quorum();
        let request = GetReceiptRequest { party: party.to_string(), event_id: id.as_bytes().to_vec(), audited };
        let answer = again(|| {
            let (mut service, request) = (self.service.clone(), request.clone());
            async move { service.get_receipt(request).await }
        })
        .await?;
        let receipt = self.verify_any(&answer.receipt, Extent::Complete)?;
        // A receipt whose checkpoint does not meet the quorum is refused.
        self.policy.open(&receipt.receipt().checkpoint).map_err(EvidenceError::from)?;
        let event = Event::parse(&receipt.signed().event)?;
        if event.party == *party && event.event_id == id { Ok(receipt) } else { Err(ClientError::OtherEvent) }
    }

    /// Verifies that one of two checkpoints of the log continues the other, by a proof of the node.
    pub async fn joins(&mut self, one: &Checkpoint, other: &Checkpoint) -> Result<(), ClientError> {
        let (old, new) = if one.size() <= other.size() { (one, other) } else { (other, one) };
        let request = GetConsistencyProofRequest { old_size: old.size().get(), new_size: new.size().get() };
        let answer = again(|| {
            let mut service = self.service.clone();
            async move { service.get_consistency_proof(request).await }
        })
        .await?;
        let hashes: Option<Vec<Hash>> = answer.hashes.iter().map(|hash| Hash::try_from(hash.as_slice()).ok()).collect();
        let hashes = hashes.ok_or(ClientError::Form { what: "a hash of a proof has no 32 bytes" })?;
        let proof = Consistency::from_hashes(hashes);
        let joins = proof.verify(old.size(), old.root(), new.size(), new.root());
        Ok(joins.map_err(EvidenceError::Consistency)?)
    }

    /// Fetches all that a story needs, unverified: [`verify`](headwater_trace::verify::verify) defines what it proves.
    pub async fn trace(&mut self, query: &Query, at: At) -> Result<Vec<u8>, ClientError> {
        let lot = query.lot.as_ref().map(ToString::to_string).unwrap_or_default();
        let request = GetTraceRequest { subject: query.subject.to_string(), lot, audited: at.field() };
        let answer = again(|| {
            let (mut service, request) = (self.service.clone(), request.clone());
            async move { service.get_trace(request).await }
        })
        .await?;
        Ok(answer.trace)
    }

    /// Passes the events from a log index on, and those that are still to come, to `hear`, until `hear` returns false.
    /// The events are unproven: a reader that trusts the operator less asks for traces.
    pub async fn follow(
        &mut self,
        from: LeafIndex,
        mut hear: impl FnMut(LeafIndex, &Event) -> bool,
    ) -> Result<(), ClientError> {
        let mut hear = |entry: &Recorded| entry.claims().is_none_or(|event| hear(entry.log_index, event));
        self.listen(ListEntriesRequest { from: from.get(), follow: true }, &mut hear).await
    }

    /// Passes the entries that the ledger holds now to `hear`, until `hear` returns false. The entries are unproven.
    pub async fn entries(&mut self, mut hear: impl FnMut(&Recorded) -> bool) -> Result<(), ClientError> {
        self.listen(ListEntriesRequest { from: 0, follow: false }, &mut hear).await
    }

    /// Passes the events that a node lists to `hear`, and resumes where the list broke off.
    async fn listen(
        &mut self,
        mut request: ListEntriesRequest,
        hear: &mut impl FnMut(&Recorded) -> bool,
    ) -> Result<(), ClientError> {
        let mut retries = Retries::new();
        loop {
            let from = request.from;
            match self.listen_once(&mut request, hear).await {
                Err(ClientError::Refused(status)) if may_call_again(&status) => {
                    if request.from > from {
                        retries = Retries::new();
                    }
                    if !retries.wait().await {
                        return Err((*status).into());
                    }
                }
                heard => return heard,
            }
        }
    }

    async fn listen_once(
        &mut self,
        request: &mut ListEntriesRequest,
        hear: &mut impl FnMut(&Recorded) -> bool,
    ) -> Result<(), ClientError> {
        let mut answers = self.service.list_entries(*request).await?.into_inner();
        while let Some(ListEntriesResponse { from, entries }) = answers.message().await? {
            for (log_index, entry) in (from..).zip(entries) {
                let place =
                    LeafIndex::new(log_index).ok_or(ClientError::Form { what: "an entry has no place in a log" })?;
                let recorded = Recorded::parse(place, &entry)?;
                request.from = log_index + 1;
                if !hear(&recorded) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// End of a subject's chain, for a pin: count and head. The answer is unproven; the ledger refuses a wrong pin.
    pub async fn subject_head(&mut self, subject: &Subject) -> Result<(u64, Vec<u8>), ClientError> {
        let request = GetSubjectHeadRequest { subject: subject.to_string() };
        let answer = again(|| {
            let (mut service, request) = (self.service.clone(), request.clone());
            async move { service.get_subject_head(request).await }
        })
        .await?;
        Ok((answer.count, answer.head))
    }

    fn verify(
        &mut self,
        receipt: &[u8],
        sent: &SignedEventBytes,
        extent: Extent,
    ) -> Result<VerifiedReceipt, ClientError> {
        let receipt = self.verify_any(receipt, extent)?;
        match (receipt.signed().event == sent.event, receipt.signed().signature == sent.signature) {
            (true, true) => Ok(receipt),
            (true, false) => Err(ClientError::OtherSignature),
            (false, _) => Err(ClientError::OtherEvent),
        }
    }

    fn verify_any(&mut self, receipt: &[u8], extent: Extent) -> Result<VerifiedReceipt, ClientError> {
        let receipt = Receipt::parse(receipt)?;
        if receipt.extent() != extent {
            return Err(ClientError::Extent { asked: extent, found: receipt.extent() });
        }
        if self.trusted.as_ref().is_none_or(|trusted| trusted.note != receipt.checkpoint) {
            let checkpoint = self.policy.tlog().open_before_quorum(&receipt.checkpoint).map_err(EvidenceError::from)?;
            let head = receipt.index_head.clone();
            let ground = head.map(|head| Ground::read(head, checkpoint.checkpoint())).transpose()?;
            self.trusted =
                Some(Trusted { note: receipt.checkpoint.clone(), checkpoint, ground, path: LastPath::default() });
        }
        let Some(Trusted { checkpoint, ground, path, .. }) = &mut self.trusted else {
            return Err(ClientError::Form { what: "a receipt without a checkpoint" });
        };
        Ok(receipt.verify_under(checkpoint.clone(), ground.as_ref(), path)?)
    }
}
