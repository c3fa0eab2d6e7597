//! Many events over one stream, with back-pressure and safe retry.

use headwater_api::append_outcome::Outcome;
use headwater_api::refusal::{Refusal, may_call_again};
use headwater_api::{AppendOutcome, AppendRequest, AppendStreamRequest, AppendStreamResponse};
use headwater_event::entry::SignedEventBytes;
use headwater_trace::evidence::{Extent, VerifiedReceipt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::{Client, ClientError, Retries};

/// Largest number of events in one request of a stream.
const GROUP_EVENTS_MAX: usize = 64;
/// Largest number of event bytes in one request, so that the request stays far below the limit of a node.
const GROUP_BYTES_MAX: usize = 128 * 1024;
/// Largest number of groups that wait to be sent.
const WINDOW_MAX: usize = 16;

type Answer = Result<VerifiedReceipt, ClientError>;

/// State of one event of a bulk append.
enum State {
    Open,
    /// The node turned the event away for a while.
    Passing(Answer),
    Done(Answer),
}

impl Client {
    /// Appends many events over one stream, with back-pressure, and verifies every receipt. The answers are in the
    /// order of the events; a refused event does not stop the others. Where an event stays without an answer, or an answer
    /// does not verify, the call returns the error and no receipt: send the same bytes again then. Events that the node
    /// did not answer, or turned away for a while, are sent again: the same bytes, over a new stream, as long as new answers come.
    ///
    /// The receipts prove as much as `extent` names. [`Extent::Inclusion`] costs node and client least;
    /// [`Client::receipt`] returns the complete receipt of one event later.
    pub async fn append_many(
        &mut self,
        events: Vec<SignedEventBytes>,
        extent: Extent,
    ) -> Result<Vec<Answer>, ClientError> {
        let mut states: Vec<State> = events.iter().map(|_| State::Open).collect();
        let mut retries = Retries::new();
        loop {
            let open: Vec<usize> = (0..states.len()).filter(|at| !matches!(states[*at], State::Done(_))).collect();
            let ended = if open.is_empty() { Ok(()) } else { self.stream(&events, &open, &mut states, extent).await };
            let left = states.iter().filter(|state| !matches!(state, State::Done(_))).count();
            if left == 0 {
                return Ok(states.into_iter().map(State::into_answer).collect());
            }
            let last = match ended {
                Err(ClientError::Refused(status)) if !may_call_again(&status) => {
                    return Err(ClientError::Refused(status));
                }
                Err(error @ (ClientError::OtherEvent | ClientError::Unreachable(_))) => return Err(error),
                Err(error) => Some(Box::new(error)),
                Ok(()) => None,
            };
            if left < open.len() {
                retries = Retries::new();
            }
            if !retries.wait().await {
                return give_up(states, last);
            }
        }
    }

    /// Sends the open events over one stream, and takes its answers until the stream ends.
    async fn stream(
        &mut self,
        events: &[SignedEventBytes],
        open: &[usize],
        states: &mut [State],
        extent: Extent,
    ) -> Result<(), ClientError> {
        let (sender, requests) = mpsc::channel(WINDOW_MAX);
        let groups: Vec<Vec<AppendRequest>> = groups(open.iter().map(|at| &events[*at])).collect();
        let inclusion_only = extent == Extent::Inclusion;
        let sending = tokio::spawn(async move {
            for events in groups {
                if sender.send(AppendStreamRequest { events, inclusion_only }).await.is_err() {
                    return;
                }
            }
        });
        let mut answers = self.service.append_stream(ReceiverStream::new(requests)).await?.into_inner();
        let mut waiting = open.iter();
        while let Some(AppendStreamResponse { first, outcomes }) = answers.message().await? {
            if first != (open.len() - waiting.len()) as u64 {
                return Err(ClientError::Form { what: "its answers are out of order" });
            }
            for AppendOutcome { outcome } in outcomes {
                let at = *waiting.next().ok_or(ClientError::Form { what: "more answers than events" })?;
                states[at] = match outcome {
                    Some(Outcome::Receipt(receipt)) => State::Done(self.verify(&receipt, &events[at], extent)),
                    Some(Outcome::Refusal(refusal)) => {
                        let is_passing = Refusal::parse(&refusal.reason).is_some_and(Refusal::is_passing);
                        let refused = Status::new(Code::from(refusal.code.cast_signed()), refusal.message).into();
                        if is_passing { State::Passing(Err(refused)) } else { State::Done(Err(refused)) }
                    }
                    None => return Err(ClientError::Form { what: "an outcome without a receipt and a refusal" }),
                };
            }
        }
        sending.abort();
        Ok(())
    }
}

/// Answers after the last try: an event that was turned away for a while stays refused. One event without an answer
/// fails the whole call.
fn give_up(states: Vec<State>, last: Option<Box<ClientError>>) -> Result<Vec<Answer>, ClientError> {
    let unanswered = states.iter().filter(|state| matches!(state, State::Open)).count();
    match unanswered {
        0 => Ok(states.into_iter().map(State::into_answer).collect()),
        _ => Err(ClientError::Ended { answered: states.len() - unanswered, sent: states.len(), last }),
    }
}

impl State {
    fn into_answer(self) -> Answer {
        match self {
            State::Done(answer) | State::Passing(answer) => answer,
            State::Open => Err(ClientError::Ended { answered: 0, sent: 1, last: None }),
        }
    }
}

/// Groups of events, each as large as one request may be.
fn groups<'a>(events: impl Iterator<Item = &'a SignedEventBytes>) -> impl Iterator<Item = Vec<AppendRequest>> {
    let mut events = events.peekable();
    std::iter::from_fn(move || {
        let mut group: Vec<AppendRequest> = Vec::new();
        let mut bytes = 0;
        while let Some(signed) = events.next_if(|signed| {
            let room =
                group.is_empty() || group.len() < GROUP_EVENTS_MAX && bytes + signed.event.len() <= GROUP_BYTES_MAX;
            bytes += signed.event.len();
            room
        }) {
            group.push(AppendRequest { event: signed.event.clone(), signature: signed.signature.as_bytes().to_vec() });
        }
        (!group.is_empty()).then_some(group)
    })
}
