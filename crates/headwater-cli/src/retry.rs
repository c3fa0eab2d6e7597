//! Repeats of calls over HTTP: a node that starts anew accepts no connection for a moment.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::Body;
use ureq::http::{Response, StatusCode};

/// Largest number of tries of a call, the first one included.
pub const TRIES_MAX: u32 = 8;
/// Wait after the first failed try; each later wait is longer by the same time.
const WAIT: Duration = Duration::from_millis(250);

/// Waits before the next try, longer after each one.
#[expect(clippy::disallowed_methods, reason = "a call that failed is made again after a wait")]
pub fn wait(tries: u32) {
    std::thread::sleep(WAIT * tries);
}

/// Repeats a call as long as its connection is refused or the node is being opened (503), at most [`TRIES_MAX`] times.
pub fn until_ready(call: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, ureq::Error> {
    let mut tries = 1;
    loop {
        let answered = call();
        let is_starting = match &answered {
            Ok(answer) => answer.status() == StatusCode::SERVICE_UNAVAILABLE,
            Err(ureq::Error::Io(error)) => error.kind() == ErrorKind::ConnectionRefused,
            Err(_) => false,
        };
        if !is_starting || tries == TRIES_MAX {
            return answered;
        }
        wait(tries);
        tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_refused_connection_is_tried_again_and_another_error_is_not() {
        let calls = Cell::new(0);
        let answer = until_ready(|| {
            calls.set(calls.get() + 1);
            match calls.get() {
                1 => Err(ureq::Error::Io(ErrorKind::ConnectionRefused.into())),
                _ => Ok(Response::new(Body::builder().data("ok"))),
            }
        });
        assert!(answer.is_ok_and(|answer| answer.status() == 200) && calls.get() == 2);
        let calls = Cell::new(0);
        let answer = until_ready(|| {
            calls.set(calls.get() + 1);
            Err(ureq::Error::HostNotFound)
        });
        assert!(answer.is_err() && calls.get() == 1);
    }
}
