//! Calls that may never end by themselves: a watch of the health, and a caller of the reflection service who may ask more. Such a call
//! ends with the node, since one that stayed would hold up the stop.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::store::Store;
use http_body::{Frame, SizeHint};

/// Lets the request and the answer of a call end when the ledger leaves.
pub async fn with_the_node<S: Store>(State(ledger): State<Ledger<S>>, request: Request, next: Next) -> Response {
    let leaving = || {
        let ledger = ledger.clone();
        Box::pin(async move { ledger.leaving().await })
    };
    let request = request.map(|body| Body::new(Until { body, leaving: leaving(), has_left: false, last: None }));
    let status = HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))]);
    let last = Some(Frame::trailers(status));
    next.run(request).await.map(|body| Body::new(Until { body, leaving: leaving(), has_left: false, last }))
}

/// A body that ends when a future does and no frame is at hand.
struct Until {
    body: Body,
    leaving: Pin<Box<dyn Future<Output = ()> + Send>>,
    has_left: bool,
    /// The frame that ends the body then.
    last: Option<Frame<Bytes>>,
}

impl HttpBody for Until {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.has_left {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        self.leaving.as_mut().poll(cx).map(|()| {
            self.has_left = true;
            self.last.take().map(Ok)
        })
    }

    fn is_end_stream(&self) -> bool {
        self.has_left || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
