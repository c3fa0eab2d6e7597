//! Many events over one stream, with back-pressure and safe retry.

use headwater_api::append_outcome::Outcome;
use headwater_api::status::{is_passing, may_call_again};
use headwater_api::{AppendOutcome, AppendRequest, AppendStreamRequest, AppendStreamResponse};
use headwater_event::entry::SignedBytes;
use headwater_trace::evidence::{Extent, VerifiedReceipt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::{Client, ClientError, Retries};

/// Events of a stream that travel together.
const GROUP: usize = 64;
/// Their bytes, so that a request stays far below what a node takes.
const GROUP_BYTES: usize = 128 * 1024;
/// Groups that are sent and not yet answered.
const WINDOW_MAX: usize = 16;

type Answer = Result<VerifiedReceipt, ClientError>;

/// What became of one event so far.
enum State {
    Open,
    /// It was turned away for a while.
    Passing(Answer),
    Done(Answer),
}

impl Client {
    /// Appends many, at most a window of them under way, and verifies every receipt. The answers are in the order of the
    /// events; a refused one does not stop the others. What was not answered, or turned away for a while, is sent again, the same
    /// bytes, over a stream of its own, as long as anything moves.
    ///
    /// The receipts prove as much as the extent says. [`Extent::Inclusion`] costs node and client least; [`Client::receipt`]
    /// has the whole of one later.
    pub async fn append_many(&mut self, events: Vec<SignedBytes>, extent: Extent) -> Result<Vec<Answer>, ClientError> {
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

    /// Sends the open events over one stream, and takes its answers as far as it goes.
    async fn stream(
        &mut self,
        events: &[SignedBytes],
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
                        let refused = Status::new(Code::from(refusal.code.cast_signed()), refusal.message).into();
                        if is_passing(&refusal.reason) {
                            State::Passing(Err(refused))
                        } else {
                            State::Done(Err(refused))
                        }
                    }
                    None => return Err(ClientError::Form { what: "an outcome without a receipt and a refusal" }),
                };
            }
        }
        sending.abort();
        Ok(())
    }
}

/// What is turned away for a while stays refused; what nobody answered is an end of the whole.
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

/// Events as they travel in a stream: together, as far as a request goes.
fn groups<'a>(events: impl Iterator<Item = &'a SignedBytes>) -> impl Iterator<Item = Vec<AppendRequest>> {
    let mut events = events.peekable();
    std::iter::from_fn(move || {
        let mut group: Vec<AppendRequest> = Vec::new();
        let mut bytes = 0;
        while let Some(signed) = events.next_if(|signed| {
            let room = group.is_empty() || group.len() < GROUP && bytes + signed.event.len() <= GROUP_BYTES;
            bytes += signed.event.len();
            room
        }) {
            group.push(AppendRequest { event: signed.event.clone(), signature: signed.signature.as_bytes().to_vec() });
        }
        (!group.is_empty()).then_some(group)
    })
}
