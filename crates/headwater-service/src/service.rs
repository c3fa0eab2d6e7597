//! The gRPC service on a ledger.

use std::pin::Pin;
use std::sync::Arc;

use headwater_api::ledger_service_server::LedgerService;
use headwater_api::*;
use headwater_event::codec::Message as _;
use headwater_event::entry::SignedEventBytes;
use headwater_event::event::EventId;
use headwater_event::fault::CodecError;
use headwater_event::signature::Signature;
use headwater_event::subject::{PartyKey, Subject};
use headwater_ledger::admission::AppendError;
use headwater_ledger::ledger::{Admitted, GROUP_MAX, Ledger, Pending};
use headwater_ledger::reader::sizes;
use headwater_ledger::store::Store;
use headwater_tlog::hash::Hash;
use headwater_trace::evidence::Extent;
use headwater_trace::trace::At;
use headwater_trace::walk::Query;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use crate::caller::{Caller, READ_AN_EVENT, STREAMS_MAX};
use crate::encoder::Encoder;
use crate::status;

/// Largest number of groups of one stream that are under way at once; the service reads the stream no faster.
pub const STREAM_WINDOW_MAX: usize = 64;
/// Largest number of events of one stream whose answers were not sent yet; the service reads the stream no faster.
pub const STREAM_EVENTS_MAX: usize = 16 * GROUP_MAX;
/// Largest number of answers of a stream that wait to be sent.
const ANSWERS_MAX: usize = 2;
/// Number of bytes at which an answer of a stream is sent; one more receipt may be in the answer.
const ANSWER_BYTES: usize = 1 << 20;
/// Largest number of entries in one answer of a listing.
const LISTED_MAX: usize = 32;
/// Largest trace in bytes over gRPC. A longer trace is refused here, and is served over HTTP.
pub const TRACE_BYTES_MAX: usize = 4 << 20;

const STOPPING: &str = "the node stops; call again later";

/// The gRPC service on a ledger. The ledger makes the decisions.
pub struct Service<S> {
    ledger: Ledger<S>,
}

impl<S: Store> Service<S> {
    /// Makes the service of a ledger.
    pub fn new(ledger: Ledger<S>) -> Self {
        Self { ledger }
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Caller of a request; without one, the program that embeds the service.
fn caller_of<T>(request: &Request<T>) -> Caller {
    request.extensions().get().cloned().unwrap_or_else(Caller::embedding)
}

/// Lets an address pay for its faults and for the entries that were read, before it has another turn. The caller need not wait for that.
fn pay(caller: &Caller, turn: Option<OwnedSemaphorePermit>, admitted: &Admitted) {
    let (faults, read) = (admitted.refused(), admitted.read());
    if faults > 0 || read >= READ_AN_EVENT {
        let caller = caller.clone();
        tokio::spawn(async move {
            caller.pay_for_faults(faults).await;
            caller.pay_for_reads(read).await;
            drop(turn);
        });
    }
}

/// Lets an address pay for what the sequencer refuses for its author's fault, before it has another turn, whether or not the caller
/// waits for that.
fn pay_for_faults<S: Store>(caller: &Caller, pending: &mut Pending<S>) {
    if let Some(faults) = pending.faults() {
        let caller = caller.clone();
        tokio::spawn(async move {
            if let Some(faults) = faults.await.ok().filter(|faults| *faults > 0) {
                let turn = caller.turn().await;
                caller.pay_for_faults(faults).await;
                drop(turn);
            }
        });
    }
}

/// Slot among the streams of an address, or the refusal when all are taken.
fn place(caller: &Caller) -> Result<OwnedSemaphorePermit, Status> {
    let many = || status::overloaded(format!("an address has at most {STREAMS_MAX} streams open at once"));
    caller.stream().ok_or_else(many)
}

fn signed(AppendRequest { event, signature }: AppendRequest) -> Result<SignedEventBytes, AppendError> {
    let bytes: Result<[u8; 64], Vec<u8>> = signature.try_into();
    let wrong = |found: Vec<u8>| {
        let rule = "a signature has 64 bytes".to_owned();
        CodecError::value(&format!("{} bytes", found.len()), rule).inside("signature")
    };
    Ok(SignedEventBytes { event, signature: Signature::new(bytes.map_err(wrong)?) })
}

#[tonic::async_trait]
impl<S: Store> LedgerService for Service<S> {
    async fn append(&self, request: Request<AppendRequest>) -> Result<Response<AppendResponse>, Status> {
        let caller = caller_of(&request);
        caller.take_one()?;
        let turn = caller.turn().await;
        let admitted = self.ledger.admit([signed(request.into_inner())].into_iter()).await;
        pay(&caller, turn, &admitted);
        let pending = self.ledger.try_submit(admitted, Extent::Complete).await;
        let mut pending = pending.map_err(|error| status::of_append(&error))?;
        pay_for_faults(&caller, &mut pending);
        let mut replies = pending.sequenced().await;
        let _read = if replies.repeats() { caller.read().await } else { None };
        let answer = replies.next().await.ok_or_else(|| status::of_append(&AppendError::Stopping))?;
        let receipt = answer.reply.map_err(|error| status::of_append(&error))?.encode();
        if answer.is_repeat {
            let bytes = receipt.len();
            tokio::spawn(async move { caller.pay_for_repeats(bytes).await });
        }
        Ok(Response::new(AppendResponse { receipt }))
    }

    type AppendStreamStream = Answers<AppendStreamResponse>;

    async fn append_stream(
        &self,
        request: Request<Streaming<AppendStreamRequest>>,
    ) -> Result<Response<Self::AppendStreamStream>, Status> {
        let caller = caller_of(&request);
        let (place, payer) = (place(&caller)?, caller.clone());
        let mut requests = request.into_inner();
        let ledger = self.ledger.clone();
        let (under_way, mut waiting) = mpsc::channel::<(Pending<S>, OwnedSemaphorePermit)>(STREAM_WINDOW_MAX);
        let (answers, answered) = mpsc::channel(ANSWERS_MAX);
        let window = Arc::new(Semaphore::new(STREAM_EVENTS_MAX));
        let refusals = answers.clone();
        let hand_in = async move {
            loop {
                let request = tokio::select! {
                    request = requests.next() => request,
                    // A node that stops answers the groups that it has read, and reads no more.
                    () = ledger.leaving() => return,
                };
                let Some(Ok(AppendStreamRequest { events, inclusion_only })) = request else { return };
                if events.len() > GROUP_MAX {
                    let _ = refusals.send(Err(status::of_append(&AppendError::TooMany { max: GROUP_MAX }))).await;
                    return;
                }
                let extent = if inclusion_only { Extent::Inclusion } else { Extent::Complete };
                let wanted = u32::try_from(events.len()).unwrap_or(u32::MAX);
                let Ok(room) = window.clone().acquire_many_owned(wanted).await else { return };
                caller.take(events.len()).await;
                let turn = caller.turn().await;
                let admitted = ledger.admit(events.into_iter().map(signed)).await;
                pay(&caller, turn, &admitted);
                let mut pending = ledger.submit(admitted, extent).await;
                pay_for_faults(&caller, &mut pending);
                if under_way.send((pending, room)).await.is_err() {
                    return;
                }
            }
        };
        let gone = answers.clone();
        tokio::spawn(async move {
            // A caller that is gone does not wait for a turn.
            tokio::select! {
                () = hand_in => {}
                () = gone.closed() => {}
            }
        });
        let ledger = self.ledger.clone();
        tokio::spawn(async move {
            let _place = place;
            let mut first = 0;
            while let Some((pending, _room)) = waiting.recv().await {
                let mut outcomes: Vec<AppendOutcome> = Vec::new();
                let (mut bytes, mut repeated, mut encoder) = (0, 0, Encoder::default());
                // For a caller that is gone nothing is waited for, and no proof is made.
                let mut replies = tokio::select! {
                    replies = pending.sequenced() => replies,
                    () = answers.closed() => return,
                };
                loop {
                    let answer = tokio::select! {
                        answer = replies.next() => answer,
                        () = answers.closed() => return,
                    };
                    let Some(answer) = answer else { break };
                    let (is_repeat, outcome) = (answer.is_repeat, encoder.outcome(answer));
                    // Between two answers, other tasks have their turn.
                    tokio::task::yield_now().await;
                    let answered = prost::Message::encoded_len(&outcome);
                    outcomes.push(outcome);
                    bytes += answered;
                    repeated += if is_repeat { answered } else { 0 };
                    if bytes >= ANSWER_BYTES || replies.left() == 0 {
                        payer.pay_for_repeats(std::mem::take(&mut repeated)).await;
                        let answer = AppendStreamResponse { first, outcomes: std::mem::take(&mut outcomes) };
                        first += answer.outcomes.len() as u64;
                        bytes = 0;
                        if answers.send(Ok(answer)).await.is_err() {
                            return;
                        }
                    }
                }
            }
            if ledger.is_leaving() {
                let _ = answers.send(Err(Status::unavailable(STOPPING))).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answered))))
    }

    async fn get_trace(&self, request: Request<GetTraceRequest>) -> Result<Response<GetTraceResponse>, Status> {
        let _read = caller_of(&request).read().await;
        let GetTraceRequest { subject, lot, audited } = request.into_inner();
        let subject = Subject::parse(&subject).map_err(|error| status::of_field("subject", error))?;
        let lot = (!lot.is_empty())
            .then(|| Subject::parse(&lot))
            .transpose()
            .map_err(|error| status::of_field("lot", error))?;
        let trace = self.ledger.trace(&Query { subject, lot }, At::of_field(audited)).await;
        let trace = trace.map_err(|error| status::of_read(&error))?;
        if trace.len() > TRACE_BYTES_MAX {
            let rule = format!("the trace has {} bytes; fetch it over HTTP, under /trace/", trace.len());
            return Err(Status::resource_exhausted(rule));
        }
        Ok(Response::new(GetTraceResponse { trace: trace.to_vec() }))
    }

    async fn get_receipt(&self, request: Request<GetReceiptRequest>) -> Result<Response<GetReceiptResponse>, Status> {
        let _read = caller_of(&request).read().await;
        let GetReceiptRequest { party, event_id, audited } = request.into_inner();
        let party = PartyKey::parse(&party).map_err(|error| status::of_field("party", error))?;
        let id = <[u8; 16]>::try_from(event_id.as_slice()).ok().and_then(EventId::new);
        let id = id.ok_or_else(|| status::of_field("event_id", "is not a UUIDv7 of 16 bytes"))?;
        let receipt =
            self.ledger.receipt(&party, &id, At::of_field(audited)).await.map_err(|error| status::of_read(&error))?;
        Ok(Response::new(GetReceiptResponse { receipt: receipt.encode() }))
    }

    async fn get_checkpoint(
        &self,
        request: Request<GetCheckpointRequest>,
    ) -> Result<Response<GetCheckpointResponse>, Status> {
        let snapshot =
            self.ledger.at(At::of_field(request.into_inner().audited)).map_err(|error| status::of_read(&error))?;
        Ok(Response::new(GetCheckpointResponse { note: snapshot.note().as_bytes().to_vec() }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<GetConsistencyProofRequest>,
    ) -> Result<Response<GetConsistencyProofResponse>, Status> {
        let GetConsistencyProofRequest { old_size, new_size } = request.into_inner();
        let proof = sizes(old_size, new_size).and_then(|(old, new)| self.ledger.consistency(old, new));
        let proof = proof.map_err(|error| status::of_read(&error))?;
        let hashes = proof.hashes().iter().map(|hash| hash.as_bytes().to_vec()).collect();
        Ok(Response::new(GetConsistencyProofResponse { hashes }))
    }

    type ListEntriesStream = Answers<ListEntriesResponse>;

    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<Self::ListEntriesStream>, Status> {
        let place = place(&caller_of(&request))?;
        let ListEntriesRequest { mut from, follow } = request.into_inner();
        let ledger = self.ledger.clone();
        let (answers, answered) = mpsc::channel(ANSWERS_MAX);
        tokio::spawn(async move {
            let _place = place;
            let mut newer = ledger.watch();
            loop {
                let size = newer.borrow_and_update().size();
                while let Some(first) = size.leaf(from) {
                    let answer = ledger.entries(first, LISTED_MAX).await.map_err(|error| status::of_read(&error));
                    let failed = answer.is_err();
                    let answer = answer.map(|entries| ListEntriesResponse { from, entries });
                    from += answer.as_ref().map_or(0, |answer| answer.entries.len() as u64);
                    if answers.send(answer).await.is_err() || failed {
                        return;
                    }
                }
                if !follow {
                    return;
                }
                tokio::select! {
                    changed = newer.changed() => if changed.is_err() { return; },
                    () = answers.closed() => return,
                    () = ledger.leaving() => {
                        let _ = answers.send(Err(Status::unavailable(STOPPING))).await;
                        return;
                    }
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answered))))
    }

    async fn get_subject_head(
        &self,
        request: Request<GetSubjectHeadRequest>,
    ) -> Result<Response<GetSubjectHeadResponse>, Status> {
        let subject =
            Subject::parse(&request.into_inner().subject).map_err(|error| status::of_field("subject", error))?;
        let snapshot = self.ledger.newest();
        let (count, head) =
            snapshot.index().find(&subject.index_key()).map_or((0, Hash::ZERO), |leaf| (leaf.count, leaf.head));
        Ok(Response::new(GetSubjectHeadResponse { count, head: head.as_bytes().to_vec(), size: snapshot.size().get() }))
    }

    async fn get_party(&self, request: Request<GetPartyRequest>) -> Result<Response<GetPartyResponse>, Status> {
        let key = PartyKey::parse(&request.into_inner().party).map_err(|error| status::of_field("party", error))?;
        let snapshot = self.ledger.newest();
        let party =
            snapshot.authority().party(&key).ok_or_else(|| Status::not_found(format!("{key} is not registered")))?;
        let now = snapshot.recorded_at_ms();
        Ok(Response::new(GetPartyResponse {
            name: party
                .registration()
                .and_then(|known| known.names.first())
                .map(|name| name.text.to_string())
                .unwrap_or_default(),
            roles: party.roles(now).iter().map(ToString::to_string).collect(),
            prefixes: party.prefixes(now).map(ToString::to_string).collect(),
            points: party.points().iter().map(|points| points.number).sum(),
        }))
    }
}
