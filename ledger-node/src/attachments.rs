//! Files that events announce: films, reports, certificates, the lists behind set commitments. They lie beside the ledger under
//! their SHA-256, never in it.
//!
//! An upload names the event that announces it, whose party signs it. Only bytes with the announced hash and size are kept. One that breaks
//! off is kept for a day and goes on where it ended.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use headwater_event::document::{Access, Attachment};
use headwater_event::gs1::Gtin;
use headwater_tlog::hash::Hash;
use headwater_trace::set::{MANIFEST_BYTES_MAX, SetManifest};
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_stream::StreamExt as _;
use tokio_util::io::ReaderStream;

/// What the name of an upload begins with while it is under way, and when it was broken off.
const UPLOAD: &str = "upload.";
const PARTIAL: &str = "partial.";
/// Stands beside a file that is the list of a set, as its event commits to it.
const SET: &str = "set";
/// No file is longer.
pub const FILE_BYTES_MAX: u64 = 4 << 30;
/// An upload that rests for so long is broken off.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// What was broken off is kept for so long.
const PARTIAL_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// What is read back at once before an upload goes on.
const PIECE_BYTES: usize = 64 * 1024;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// Longer than announced, or than any file may be.
    #[error(
        "the file is longer than the {announced} bytes that its event announces, or than the {FILE_BYTES_MAX} that a node takes"
    )]
    TooLong {
        /// What was announced.
        announced: u64,
    },
    /// Other bytes than announced.
    #[error("{found_bytes} bytes with SHA-256 {found}; {expected_bytes} with {expected} were announced")]
    Other {
        /// What came.
        found: Hash,
        /// How long it was.
        found_bytes: u64,
        /// What was announced.
        expected: Hash,
        /// How long that is.
        expected_bytes: u64,
    },
    /// The upload broke off, or rested too long.
    #[error("the upload broke off")]
    Broken,
    /// The bytes do not follow those that are here.
    #[error("{here} bytes are here, these begin at {from}")]
    Offset {
        /// What is here of it.
        here: u64,
        /// Where the bytes begin.
        from: u64,
    },
    /// The list behind a commitment does not lead to its root.
    #[error("the list is no manifest of its event: {0}")]
    Manifest(String),
    /// The disk failed.
    #[error("the file cannot be kept")]
    Disk(#[from] std::io::Error),
}

/// The directory of attached files.
#[derive(Debug)]
pub struct Attachments {
    folder: PathBuf,
    uploads: AtomicU64,
}

impl Attachments {
    /// Names the directory, of which this process is the only writer; it is made with the first upload. What was broken off
    /// long ago is cleared away.
    pub fn at(folder: PathBuf) -> Self {
        let found = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let is_old = |entry: &std::fs::DirEntry| {
            let changed = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            changed.and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > PARTIAL_MAX)
        };
        let begins = |entry: &std::fs::DirEntry, with: &str| entry.file_name().to_string_lossy().starts_with(with);
        // An upload of an earlier run is nobody's any more.
        for old in found.filter(|entry| begins(entry, UPLOAD) || begins(entry, PARTIAL) && is_old(entry)) {
            if let Err(error) = std::fs::remove_file(old.path()) {
                tracing::warn!("{}: {error}", old.path().display());
            }
        }
        Self { folder, uploads: AtomicU64::new(0) }
    }

    fn partial(&self, hash: &Hash) -> PathBuf {
        self.folder.join(format!("{PARTIAL}{hash}"))
    }

    /// How much of a file is here: what an upload goes on from.
    pub async fn offset(&self, hash: &Hash) -> std::io::Result<u64> {
        for path in [self.path(hash), self.partial(hash)] {
            match fs::metadata(path).await {
                Ok(metadata) => return Ok(metadata.len()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }

    fn path(&self, hash: &Hash) -> PathBuf {
        let hex = hash.to_string();
        self.folder.join(&hex[..2]).join(hex)
    }

    /// Takes a file that an event announces, from a place on. Every upload writes to a file of its own, so that nobody stands in
    /// the way of another: one that goes on takes what was broken off with it.
    pub async fn put(&self, announced: &Attachment, from: u64, body: Body) -> Result<(), UploadError> {
        let (path, partial) = (self.path(&announced.sha256), self.partial(&announced.sha256));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).await?;
        }
        let number = self.uploads.fetch_add(1, Ordering::Relaxed);
        let own = self.folder.join(format!("{UPLOAD}{number}"));
        if from > 0 && fs::rename(&partial, &own).await.is_err() {
            return Err(UploadError::Offset { here: 0, from });
        }
        let taken = take(&own, announced, from, body.into_data_stream()).await;
        match &taken {
            Ok(()) => {
                let access = announced.access.unwrap_or(Access::Parties);
                fs::write(path.with_extension("type"), format!("{} {}\n", access, announced.media_type)).await?;
                fs::rename(&own, &path).await?;
            }
            // Of what was broken off the longest is worth keeping.
            Err(UploadError::Broken | UploadError::Offset { .. }) => {
                let kept = fs::metadata(&partial).await.map_or(0, |metadata| metadata.len());
                if fs::metadata(&own).await?.len() > kept {
                    fs::rename(&own, &partial).await?;
                } else {
                    fs::remove_file(&own).await?;
                }
            }
            Err(_) => fs::remove_file(&own).await?,
        }
        taken
    }

    /// Answers with a file, or the range of it that is asked for.
    pub async fn get(&self, hash: &Hash, headers: &HeaderMap) -> std::io::Result<Option<Response>> {
        let path = self.path(hash);
        let Ok(kind) = fs::read_to_string(path.with_extension("type")).await else {
            return Ok(None);
        };
        let Some(("public", media_type)) = kind.trim_end().split_once(' ') else {
            return Ok(Some((StatusCode::FORBIDDEN, "this file is not public\n").into_response()));
        };
        let mut file = fs::File::open(&path).await?;
        let length = file.metadata().await?.len();
        let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        let range = match asked.map(|range| range_of(range, length)) {
            None | Some(Asked::Everything) => None,
            Some(Asked::Part(first, last)) => Some((first, last)),
            Some(Asked::Nothing) => {
                let whole = format!("bytes */{length}");
                return Ok(Some((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, whole)]).into_response()));
            }
        };
        let (first, count) = range.map_or((0, length), |(first, last)| (first, last - first + 1));
        file.seek(SeekFrom::Start(first)).await?;
        let mut response = Response::new(Body::from_stream(ReaderStream::new(file.take(count))));
        let answer = response.headers_mut();
        let known = HeaderValue::from_str(media_type);
        answer.insert(header::CONTENT_TYPE, known.unwrap_or(HeaderValue::from_static("application/octet-stream")));
        answer.insert(header::CONTENT_LENGTH, HeaderValue::from(count));
        answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        // The bytes are a party's, not the node's: nothing in them runs here.
        answer.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
        answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        if let Some((first, last)) = range {
            if let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{length}")) {
                answer.insert(header::CONTENT_RANGE, value);
            }
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Ok(Some(response))
    }

    /// The items of the list behind a set commitment, once it was uploaded: of this model, under this root. A list that is not the one
    /// that its event commits to is a file like any other.
    pub async fn manifest(&self, announced: &Attachment, gtin: &Gtin, root: &Hash) -> Result<SetManifest, UploadError> {
        if announced.size > MANIFEST_BYTES_MAX as u64 {
            return Err(UploadError::Manifest(format!("a manifest has at most {MANIFEST_BYTES_MAX} bytes")));
        }
        set(&fs::read(&self.path(&announced.sha256)).await?, gtin, root)
    }

    /// Remembers that an uploaded file is the list of a set, for the next start of the node.
    pub async fn keep_manifest(&self, announced: &Attachment) -> Result<(), UploadError> {
        Ok(fs::write(self.path(&announced.sha256).with_extension(SET), []).await?)
    }

    /// Every manifest that lies here, for a node that starts.
    pub fn manifests(&self) -> impl Iterator<Item = SetManifest> {
        let folders = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok()).flatten().flatten();
        files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == SET))
            .filter_map(|path| SetManifest::parse(&std::fs::read(path.with_extension("")).ok()?).ok())
    }
}

/// The items of a list, when they are those that its event commits to.
fn set(bytes: &[u8], gtin: &Gtin, root: &Hash) -> Result<SetManifest, UploadError> {
    let wrong = |error: &dyn std::fmt::Display| UploadError::Manifest(error.to_string());
    let manifest = SetManifest::parse(bytes).map_err(|error| wrong(&error))?;
    if manifest.gtin != *gtin {
        return Err(wrong(&format!("gtin: {} is another model than {gtin}", manifest.gtin)));
    }
    let found = manifest.index().root();
    if found != *root {
        return Err(wrong(&format!("items_root: the list leads to {found}, the event says {root}")));
    }
    Ok(manifest)
}

async fn take(path: &Path, announced: &Attachment, from: u64, mut body: BodyDataStream) -> Result<(), UploadError> {
    let size = announced.size.min(FILE_BYTES_MAX);
    let mut file = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).await?;
    let here = file.metadata().await?.len();
    if here != from {
        return Err(UploadError::Offset { here, from });
    }
    let (mut hasher, mut bytes) = (Sha256::new(), from);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece).await? {
            0 => break,
            read => hasher.update(&piece[..read]),
        }
    }
    loop {
        let next = tokio::time::timeout(IDLE_MAX, body.next()).await.map_err(|_| UploadError::Broken)?;
        let Some(chunk) = next.transpose().map_err(|_| UploadError::Broken)? else {
            break;
        };
        bytes += chunk.len() as u64;
        if bytes > size {
            return Err(UploadError::TooLong { announced: announced.size });
        }
        hasher.update(&chunk);
        // Written through at once: what breaks off is then here as far as it came.
        file.write_all(&chunk).await?;
        file.flush().await?;
    }
    let found = Hash::new(hasher.finalize().into());
    if found != announced.sha256 || bytes != announced.size {
        return Err(UploadError::Other {
            found,
            found_bytes: bytes,
            expected: announced.sha256,
            expected_bytes: announced.size,
        });
    }
    file.sync_all().await?;
    Ok(())
}

/// What a range header asks for.
#[derive(PartialEq, Eq, Debug)]
enum Asked {
    Everything,
    Part(u64, u64),
    Nothing,
}

/// One range in bytes (RFC 9110 section 14.1.2); several, or another unit, are answered with everything.
fn range_of(header: &str, length: u64) -> Asked {
    let Some((from, to)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Asked::Everything;
    };
    let number = |text: &str| text.parse::<u64>().ok();
    let (first, last) = match (number(from), number(to)) {
        (Some(first), Some(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
        (Some(first), None) if to.is_empty() => (first, length.saturating_sub(1)),
        (None, Some(count)) if from.is_empty() && count > 0 => (length.saturating_sub(count), length.saturating_sub(1)),
        _ => return Asked::Everything,
    };
    if first < length { Asked::Part(first, last) } else { Asked::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, expected) in [
            ("bytes=0-0", Asked::Part(0, 0)),
            ("bytes=2-", Asked::Part(2, 9)),
            ("bytes=-3", Asked::Part(7, 9)),
            ("bytes=-30", Asked::Part(0, 9)),
            ("bytes=5-99", Asked::Part(5, 9)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=5-4", Asked::Everything),
            ("bytes=0-1,3-4", Asked::Everything),
            ("items=0-1", Asked::Everything),
            ("bytes=-0", Asked::Everything),
        ] {
            assert_eq!(range_of(header, 10), expected, "{header}");
        }
    }
}
