//! Evidence from files and URLs. The reader trusts fetched bytes no more than a file.

use std::io::Read as _;
use std::time::Duration;

use headwater_audit::Source;
use headwater_tlog::note::NOTE_BYTES_MAX;
use headwater_tlog::tile::{ENTRY_BYTES_MAX, TILE_WIDTH, TileError, TileKind, TilePath};
use headwater_tlog::tree::{LeafIndex, Tree, TreeSize};
use headwater_trace::trace::{At, TRACE_BYTES_MAX};
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::audit::Tiles;

/// Largest number of repeats, each after [`RETRY`], of a request that the node was too busy for.
const BUSY_MAX: u32 = 100;
/// Largest number of repeats, each after [`RETRY`], of a request whose connection was refused.
const REFUSED_MAX: u32 = 30;
const RETRY: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_secs(10);
const BUNDLE_BYTES_MAX: u64 = (ENTRY_BYTES_MAX as u64 + 2) * TILE_WIDTH;

/// Error for evidence that cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The local file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Path of the file as given.
        path: String,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The request failed, or the server refused it.
    #[error("{url}: the request failed")]
    Http {
        /// URL that was requested.
        url: String,
        /// Error of the HTTP client.
        source: Box<ureq::Error>,
    },
    /// The server answers with a redirect, which the reader never follows.
    #[error("{url}: leads to {to:?}, and no address is followed to another")]
    Moved {
        /// URL that was requested.
        url: String,
        /// URL that the redirect names; empty when it names none.
        to: String,
    },
    /// The received bytes are not the requested tile.
    #[error("{url}: is not a tile")]
    Bundle {
        /// URL that was requested.
        url: String,
        /// Rule of tiles that the bytes break.
        source: TileError,
    },
}

/// Reader of one log at its URL.
pub struct Remote {
    agent: Agent,
    base: String,
    size: TreeSize,
}

impl Remote {
    /// Makes a reader for the log below a URL. Nothing is fetched yet.
    pub fn new(base: &str) -> Self {
        let agent = Agent::config_builder().timeout_global(Some(TIMEOUT)).max_redirects(0).build().into();
        Self { agent, base: base.trim_end_matches('/').to_owned(), size: TreeSize::EMPTY }
    }

    /// Fetches the newest checkpoint note.
    pub fn checkpoint(&self) -> Result<Vec<u8>, FetchError> {
        self.get("checkpoint", NOTE_BYTES_MAX as u64)
    }

    /// Fetches the trace under the path of a label.
    pub fn trace(&self, path: &str, at: At) -> Result<Vec<u8>, FetchError> {
        let door = match at {
            At::Newest => "trace",
            At::Audited => "audited-trace",
        };
        self.get(&format!("{door}/{}", path.trim_start_matches('/')), TRACE_BYTES_MAX as u64)
    }

    /// Sets the tree size up to which entries are read.
    #[must_use]
    pub fn up_to(self, size: TreeSize) -> Self {
        Self { size, ..self }
    }

    /// Builds the tree of the log from its own hash tiles.
    pub fn tree(&self, size: TreeSize) -> Result<Tree, FetchError> {
        let mut tree = Tree::new();
        while tree.size() < size {
            let number = tree.size().get() / TILE_WIDTH;
            let Some(path) = TilePath::at(TileKind::Hashes { level: 0 }, number, size) else {
                break;
            };
            let bytes = self.get(&path.to_string(), TILE_WIDTH * 32)?;
            let hashes = path.hashes(&bytes).map_err(|source| FetchError::Bundle { url: path.to_string(), source })?;
            for leaf in hashes {
                tree.push(leaf);
            }
        }
        Ok(tree)
    }

    /// Sends a cosigned checkpoint to the node.
    pub fn add_cosignatures(&self, note: &str) -> Result<(), FetchError> {
        let url = format!("{}/add-cosignatures", self.base);
        let sent = again(|| self.agent.post(&url).content_type("text/plain; charset=utf-8").send(note));
        let answer = sent.map_err(|source| FetchError::Http { url: url.clone(), source: Box::new(source) })?;
        stays(&answer, &url)
    }

    fn get(&self, path: &str, bytes_max: u64) -> Result<Vec<u8>, FetchError> {
        get(&self.agent, &format!("{}/{path}", self.base), bytes_max)
    }
}

/// Returns how often a request with this error may be repeated. A node limits the requests of one address, and accepts no connection for a
/// moment after its start.
fn repeats_max(error: &ureq::Error) -> u32 {
    match error {
        ureq::Error::StatusCode(429 | 503) => BUSY_MAX,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => REFUSED_MAX,
        _ => 0,
    }
}

/// Repeats a request as often as [`repeats_max`] allows for its error.
fn again(ask: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, ureq::Error> {
    let mut repeats = 0;
    loop {
        match ask() {
            Err(error) if repeats < repeats_max(&error) => {
                repeats += 1;
                std::thread::park_timeout(RETRY);
            }
            answered => return answered,
        }
    }
}

fn get(agent: &Agent, url: &str, bytes_max: u64) -> Result<Vec<u8>, FetchError> {
    let failed = |source| FetchError::Http { url: url.to_owned(), source: Box::new(source) };
    let mut response = again(|| agent.get(url).call()).map_err(failed)?;
    stays(&response, url)?;
    response.body_mut().with_config().limit(bytes_max).read_to_vec().map_err(failed)
}

/// Refuses an answer that is a redirect.
fn stays(answer: &Response<Body>, url: &str) -> Result<(), FetchError> {
    if !answer.status().is_redirection() {
        return Ok(());
    }
    let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    Err(FetchError::Moved { url: url.to_owned(), to })
}

/// Fetches the trace at the newest checkpoint that enough witnesses and auditors cosigned, from a node's URL and the path of a label.
/// `None` when the node has no such checkpoint yet.
pub fn audited(base: &str, path: &str) -> Result<Option<Vec<u8>>, FetchError> {
    match Remote::new(base).trace(path, At::Audited) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FetchError::Http { source, .. }) if matches!(*source, ureq::Error::StatusCode(409)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a file, `-` for standard input, or a URL.
pub fn read(place: &str) -> Result<Vec<u8>, FetchError> {
    if place.starts_with("http://") || place.starts_with("https://") {
        let agent: Agent = Agent::config_builder().timeout_global(Some(TIMEOUT)).max_redirects(0).build().into();
        return get(&agent, place, TRACE_BYTES_MAX as u64);
    }
    let file = |source| FetchError::File { path: place.to_owned(), source };
    let mut bytes = Vec::new();
    let limit = TRACE_BYTES_MAX as u64 + 1;
    let read = match place {
        "-" => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        path => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    read.map(|_| bytes).map_err(file)
}

impl Tiles for Remote {
    type Error = FetchError;

    fn tile(&mut self, path: &TilePath) -> Result<Vec<u8>, FetchError> {
        self.get(&path.to_string(), TILE_WIDTH * 32)
    }
}

impl Source for Remote {
    type Error = FetchError;

    fn entries(&mut self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, FetchError> {
        let mut entries = Vec::new();
        while entries.len() < max {
            let next = from.saturating_add(entries.len() as u64).get();
            let Some(path) = TilePath::at(TileKind::Entries, next / TILE_WIDTH, self.size) else {
                break;
            };
            let bytes = self.get(&path.to_string(), BUNDLE_BYTES_MAX)?;
            let bundle = path.entries(&bytes).map_err(|source| FetchError::Bundle { url: path.to_string(), source })?;
            let skipped = usize::try_from(next % TILE_WIDTH).unwrap_or_default();
            let room = max - entries.len();
            let before = entries.len();
            entries.extend(bundle.into_iter().skip(skipped).take(room).map(<[u8]>::to_vec));
            if entries.len() == before {
                break;
            }
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn a_refused_connection_is_asked_again_and_another_error_is_not() {
        let asked = Cell::new(0);
        let answer = again(|| {
            asked.set(asked.get() + 1);
            match asked.get() {
                1 => Err(ureq::Error::Io(ErrorKind::ConnectionRefused.into())),
                2 => Err(ureq::Error::StatusCode(503)),
                _ => Ok(Response::new(Body::builder().data("ok"))),
            }
        });
        assert!(answer.is_ok() && asked.get() == 3);
        let asked = Cell::new(0);
        let answer = again(|| {
            asked.set(asked.get() + 1);
            Err(ureq::Error::HostNotFound)
        });
        assert!(answer.is_err() && asked.get() == 1);
    }
}
