//! Answers that are being sent: how many bytes the node holds for readers that have not read them yet, and for how long.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Length in bytes above which an answer is counted and watched.
pub const SMALL_BYTES: u64 = 16 * 1024;
/// Largest number of bytes of one answer that the HTTP library buffers.
const PIECE_BYTES: usize = 64 * 1024;
/// Time that a caller may be behind the smallest rate.
pub const GRACE: Duration = Duration::from_secs(20);
/// Smallest rate at which a caller has to read an answer, in bytes a second.
pub const RATE_MIN: u64 = 32 * 1024;
const LOOK_EVERY: Duration = Duration::from_secs(5);
const KIB: u64 = 1024;

/// Room for answers that are being sent, in KiB.
#[derive(Clone, Debug)]
pub struct Room {
    free: Arc<Semaphore>,
    all: usize,
}

impl Room {
    /// Makes room for this many MiB.
    pub fn mib(mib: u32) -> Self {
        let kib = usize::try_from(u64::from(mib) * KIB).unwrap_or(Semaphore::MAX_PERMITS);
        let all = kib.min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(all)), all }
    }

    /// Whether no answer takes any of the room.
    pub fn is_whole(&self) -> bool {
        self.free.available_permits() == self.all
    }

    fn take(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes.div_ceil(KIB)).unwrap_or(u32::MAX);
        self.free.clone().try_acquire_many_owned(kib).ok()
    }
}

/// An answer until a caller has read it; the node gives up the answer when that takes too long.
struct Held {
    body: Option<Body>,
    /// Part of the last frame that was not handed on yet.
    rest: Bytes,
    room: Vec<OwnedSemaphorePermit>,
    taken: u64,
    reader: Option<Waker>,
}

/// An answer that is watched while it is sent.
struct Watched {
    held: Arc<Mutex<Held>>,
    size: SizeHint,
}

/// Returns the body of an answer of `bytes` bytes, which takes that much of each room; `None` when a room has less left.
pub fn watched(body: Body, bytes: u64, rooms: &[&Room]) -> Option<Body> {
    if bytes <= SMALL_BYTES {
        return Some(body);
    }
    let room = rooms.iter().map(|room| room.take(bytes)).collect::<Option<Vec<_>>>()?;
    let size = body.size_hint();
    let held = Held { body: Some(body), rest: Bytes::new(), room, taken: 0, reader: None };
    let held = Arc::new(Mutex::new(held));
    tokio::spawn(watch(Arc::downgrade(&held)));
    Some(Body::new(Watched { held, size }))
}

/// Returns a stream that takes `bytes` bytes of each room until it ends; `None` when a room has less left.
pub fn held(body: Body, bytes: u64, rooms: &[&Room]) -> Option<Body> {
    let room = rooms.iter().map(|room| room.take(bytes)).collect::<Option<Vec<_>>>()?;
    Some(Body::new(Streamed { body, _room: room }))
}

/// A stream, with the room that it takes.
struct Streamed {
    body: Body,
    _room: Vec<OwnedSemaphorePermit>,
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Gives up an answer whose reader is too slow, and gives its room back.
async fn watch(held: Weak<Mutex<Held>>) {
    let began = Instant::now();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(held) = held.upgrade() else { return };
        let mut held = lock(&held);
        let due = began.elapsed().saturating_sub(GRACE).as_secs() * RATE_MIN;
        if held.taken < due {
            metrics::counter!("headwater_answers_given_up_total").increment(1);
            (held.body, held.rest) = (None, Bytes::new());
            held.room.clear();
            held.reader.take().into_iter().for_each(Waker::wake);
            return;
        }
    }
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut held = lock(&self.held);
        if held.rest.is_empty() {
            let Some(body) = &mut held.body else {
                let slow = std::io::Error::new(std::io::ErrorKind::TimedOut, "the answer was not read in time");
                return Poll::Ready(Some(Err(axum::Error::new(slow))));
            };
            match Pin::new(body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => held.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Poll::Ready(other) => return Poll::Ready(other),
                Poll::Pending => {
                    held.reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            }
        }
        let piece = held.rest.len().min(PIECE_BYTES);
        // A copy, so that a piece which waits in a buffer does not keep the whole answer in memory.
        let piece = Bytes::copy_from_slice(&held.rest.split_to(piece));
        held.taken += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        let held = lock(&self.held);
        held.rest.is_empty() && held.body.as_ref().is_some_and(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn of(bytes: u64) -> Body {
        Body::from(vec![7; usize::try_from(bytes).unwrap()])
    }

    async fn frame(body: &mut Body) -> Option<Result<Frame<Bytes>, axum::Error>> {
        std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_not_read_is_given_up_and_its_room_with_it() {
        let (all, own) = (Room::mib(3), Room::mib(2));
        let mut unread = watched(of(2 * MIB), 2 * MIB, &[&all, &own]).unwrap();
        assert_eq!((all.free.available_permits(), own.free.available_permits()), (1024, 0));
        assert!(watched(of(MIB), MIB, &[&all, &own]).is_none(), "its address has no room left");
        assert_eq!(all.free.available_permits(), 1024, "nothing is kept of what is refused");
        let other = watched(of(MIB), MIB, &[&all, &Room::mib(2)]).unwrap();
        assert!(watched(of(SMALL_BYTES), SMALL_BYTES, &[&all]).is_some(), "what is small always goes");
        assert!(watched(of(MIB), MIB, &[&all]).is_none());
        drop(other);
        assert_eq!(all.free.available_permits(), 1024);
        tokio::time::sleep(GRACE + 2 * LOOK_EVERY).await;
        assert_eq!((all.free.available_permits(), own.free.available_permits()), (3 * 1024, 2 * 1024));
        assert!(frame(&mut unread).await.unwrap().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_gets_all_of_it_and_a_slower_one_does_not() {
        for (pause, gets_all) in [(Duration::from_secs(1), true), (Duration::from_secs(4), false)] {
            let mut body = watched(of(4 * MIB), 4 * MIB, &[&Room::mib(4)]).unwrap();
            assert_eq!(body.size_hint().exact(), Some(4 * MIB));
            let mut read = 0;
            let whole = loop {
                tokio::time::sleep(pause).await;
                match frame(&mut body).await {
                    None => break true,
                    Some(Err(_)) => break false,
                    Some(Ok(frame)) => {
                        let piece = frame.into_data().unwrap();
                        assert!(piece.len() <= PIECE_BYTES);
                        read += piece.len() as u64;
                    }
                }
            };
            assert_eq!((whole, read == 4 * MIB), (gets_all, gets_all), "{pause:?}");
        }
    }
}
