//! Files that events announce: films, reports, certificates, the lists behind set commitments. They are kept beside the ledger under their
//! SHA-256, never in the ledger.
//!
//! An upload names the event that announces the file, and the event's party signs the upload. Only bytes with the announced hash and size
//! are kept. An upload that broke off goes on where it ended; at a start, the node deletes such uploads that are older than a day.
//!
//! A file belongs to each event that it was brought for. The event states who may read the file, and its statement counts only when its
//! party had the bytes. No party touches an upload of another party.

use std::collections::HashSet;
use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use headwater_event::document::{Access, Attachment};
use headwater_event::event::EventId;
use headwater_event::gs1::Gtin;
use headwater_event::subject::PartyKey;
use headwater_tlog::hash::Hash;
use headwater_trace::set::{MANIFEST_BYTES_MAX, SetManifest};
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::Mutex;
use tokio_stream::StreamExt as _;
use tokio_util::io::ReaderStream;

use crate::shares::{Shares, Tag};

mod error;

pub use error::UploadError;

/// Prefix of the file name of an upload under way; `PARTIAL` is the prefix after the upload broke off.
const UPLOAD: &str = "upload.";
const PARTIAL: &str = "partial.";
/// Extension of the empty file beside a file that is the list of a set, as its event commits to it.
const SET: &str = "set";
/// Largest length of a file: 4 GiB.
pub const FILE_BYTES_MAX: u64 = 4 << 30;
/// Time without bytes after which an upload breaks off.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Time that the bytes of a broken upload are kept.
const PARTIAL_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Bytes that are read back at a time, for the hash, before an upload goes on.
const PIECE_BYTES: usize = 64 * 1024;

/// The event that a file is brought for, and the party that signed the event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct By {
    /// Party that announces and brings the file.
    pub party: PartyKey,
    /// The party's own id for the event.
    pub event: EventId,
}

/// Statement of an event about a file that is here: one line beside the file.
struct Grant {
    access: String,
    tag: Tag,
    event: String,
    media_type: String,
}

impl Grant {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(4, ' ').map(str::to_owned);
        let (access, tag, event) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Self { access, tag: Tag::named(&tag), event, media_type: fields.next()? })
    }

    fn line(&self) -> String {
        format!("{} {} {} {}\n", self.access, self.tag, self.event, self.media_type)
    }
}

/// The directory of attached files.
#[derive(Debug)]
pub struct Attachments {
    folder: PathBuf,
    uploads: AtomicU64,
    shares: Shares,
    /// Lock for the lines beside files: one upload at a time writes them.
    granting: Mutex<()>,
}

impl Attachments {
    /// Opens the directory, of which this process is the only writer. `party_mib` is the MiB that each party may keep, `free_mib` the MiB
    /// that stay free on the disk. Uploads that broke off more than a day ago are deleted.
    pub fn at(folder: PathBuf, party_mib: u32, free_mib: u32) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let shares = Shares::new(folder.clone(), party_mib, free_mib);
        for entry in std::fs::read_dir(&folder)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let metadata = entry.metadata()?;
            let age = metadata.modified().ok().and_then(|changed| changed.elapsed().ok());
            let is_old = age.is_some_and(|age| age > PARTIAL_MAX);
            let partial = name.strip_prefix(PARTIAL);
            // An upload that was under way in an earlier run cannot go on.
            if name.starts_with(UPLOAD) || (partial.is_some() && is_old) {
                if let Err(error) = std::fs::remove_file(entry.path()) {
                    tracing::warn!("{}: {error}", entry.path().display());
                }
            } else if let Some((tag, _)) = partial.and_then(|rest| rest.split_once('.')) {
                shares.keep_partial(&Tag::named(tag), name.clone(), metadata.len());
            }
        }
        let attachments = Self { folder, uploads: AtomicU64::new(0), shares, granting: Mutex::default() };
        for kind in attachments.beside("type") {
            let bytes = std::fs::metadata(kind.with_extension("")).map_or(0, |file| file.len());
            let grants = grants(&std::fs::read_to_string(&kind)?);
            let tags: HashSet<&Tag> = grants.iter().map(|grant| &grant.tag).collect();
            tags.into_iter().for_each(|tag| attachments.shares.keep(tag, bytes));
        }
        Ok(attachments)
    }

    /// Returns the path of a file whose upload broke off for an event.
    fn partial(&self, hash: &Hash, by: &By) -> PathBuf {
        self.folder.join(format!("{PARTIAL}{}.{}.{hash}", Tag::of(&by.party), by.event))
    }

    /// Reads the lines of all parties' events beside a file; a file that is not here has no lines.
    async fn grants(&self, hash: &Hash) -> std::io::Result<Vec<Grant>> {
        match fs::read_to_string(self.path(hash).with_extension("type")).await {
            Ok(text) => Ok(grants(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Returns the number of bytes of a file that a party brought: an upload for its event goes on from there.
    pub async fn offset(&self, hash: &Hash, by: &By) -> std::io::Result<u64> {
        let path = match self.is_of(hash, &by.party).await? {
            true => self.path(hash),
            false => self.partial(hash, by),
        };
        length(&path).await
    }

    /// Whether a party brought the whole file.
    async fn is_of(&self, hash: &Hash, party: &PartyKey) -> std::io::Result<bool> {
        let tag = Tag::of(party);
        Ok(self.grants(hash).await?.iter().any(|grant| grant.tag == tag))
    }

    fn path(&self, hash: &Hash) -> PathBuf {
        let hex = hash.to_string();
        self.folder.join(&hex[..2]).join(hex)
    }

    /// Takes a file that an event announces, from an offset on. Every upload writes to a file of its own; an upload that goes on first
    /// takes the bytes that broke off for the same event. A party that brought the file before does not bring it again.
    pub async fn put(&self, announced: &Attachment, by: &By, from: u64, body: Body) -> Result<(), UploadError> {
        let hash = &announced.sha256;
        let (path, partial) = (self.path(hash), self.partial(hash, by));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).await?;
        }
        if self.is_of(hash, &by.party).await? {
            // The node reads the whole body, so that the sender reads the answer.
            drain(body.into_data_stream(), announced.size).await?;
            let found_bytes = length(&path).await?;
            if found_bytes != announced.size {
                return Err(UploadError::Other {
                    found: *hash,
                    found_bytes,
                    expected: *hash,
                    expected_bytes: announced.size,
                });
            }
            return Ok(self.grant(announced, by).await?);
        }
        let tag = Tag::of(&by.party);
        let _coming = match self.shares.expect(&by.party, announced.size.saturating_sub(from)) {
            Ok(coming) => coming,
            Err(error) => {
                drain(body.into_data_stream(), announced.size).await?;
                return Err(error.into());
            }
        };
        let number = self.uploads.fetch_add(1, Ordering::Relaxed);
        let own = self.folder.join(format!("{UPLOAD}{number}"));
        if from > 0 && fs::rename(&partial, &own).await.is_err() {
            return Err(UploadError::Offset { here: 0, from });
        }
        let taken = take(&own, announced, from, body.into_data_stream()).await;
        match &taken {
            Ok(()) => {
                fs::rename(&own, &path).await?;
                self.grant(announced, by).await?;
                remove(&partial).await?;
            }
            // Of two broken uploads of one event, the longer one is kept.
            Err(UploadError::Broken | UploadError::Offset { .. }) => {
                if length(&own).await? > length(&partial).await? {
                    fs::rename(&own, &partial).await?;
                } else {
                    fs::remove_file(&own).await?;
                }
            }
            Err(_) => fs::remove_file(&own).await?,
        }
        let name = partial.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.shares.keep_partial(&tag, name, length(&partial).await?);
        taken
    }

    /// Writes the statement of an event beside its file.
    async fn grant(&self, announced: &Attachment, by: &By) -> std::io::Result<()> {
        let _turn = self.granting.lock().await;
        let access = announced.access.unwrap_or(Access::Parties).to_string();
        let (tag, event) = (Tag::of(&by.party), by.event.to_string());
        let mut all = self.grants(&announced.sha256).await?;
        if all.iter().all(|grant| grant.tag != tag) {
            self.shares.keep(&tag, announced.size);
        }
        all.retain(|grant| (&grant.tag, &grant.event) != (&tag, &event));
        all.push(Grant { access, media_type: announced.media_type.to_string(), tag, event });
        let path = self.path(&announced.sha256);
        let text: String = all.iter().map(Grant::line).collect();
        fs::write(path.with_extension("new"), text).await?;
        fs::rename(path.with_extension("new"), path.with_extension("type")).await
    }

    /// Answers with a file, or with the range that the request asks for; `None` when the file is not here.
    pub async fn get(&self, hash: &Hash, headers: &HeaderMap) -> std::io::Result<Option<Response>> {
        let path = self.path(hash);
        let grants = self.grants(hash).await?;
        if grants.is_empty() {
            return Ok(None);
        }
        let public = Access::Public.to_string();
        let Some(Grant { media_type, .. }) = grants.iter().find(|grant| grant.access == public) else {
            return Ok(Some((StatusCode::FORBIDDEN, "this file is not public\n").into_response()));
        };
        let mut file = fs::File::open(&path).await?;
        let length = file.metadata().await?.len();
        let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        let range = match asked.map(|range| range_of(range, length)) {
            None | Some(RequestedRange::Everything) => None,
            Some(RequestedRange::Part(first, last)) => Some((first, last)),
            Some(RequestedRange::Nothing) => {
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
        // The bytes come from a party, not from the node, so a browser must not run anything in them on the node's origin.
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

    /// Returns the items of the uploaded list behind a set commitment, when the list has this model and leads to this root. A list that
    /// differs from its event's commitment is a file like any other.
    pub async fn manifest(&self, announced: &Attachment, gtin: &Gtin, root: &Hash) -> Result<SetManifest, UploadError> {
        if announced.size > MANIFEST_BYTES_MAX as u64 {
            return Err(UploadError::LongManifest { found: announced.size });
        }
        set(&fs::read(&self.path(&announced.sha256)).await?, gtin, root)
    }

    /// Records that an uploaded file is the list of a set, for the next start of the node.
    pub async fn keep_manifest(&self, announced: &Attachment) -> Result<(), UploadError> {
        Ok(fs::write(self.path(&announced.sha256).with_extension(SET), []).await?)
    }

    /// Returns every manifest in the directory, for a node that starts.
    pub fn manifests(&self) -> impl Iterator<Item = SetManifest> {
        self.beside(SET).filter_map(|path| SetManifest::parse(&std::fs::read(path.with_extension("")).ok()?).ok())
    }

    /// Returns the paths of the files with an extension, which are beside attached files.
    fn beside(&self, extension: &'static str) -> impl Iterator<Item = PathBuf> + use<> {
        let folders = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok()).flatten().flatten();
        files.map(|file| file.path()).filter(move |path| path.extension().is_some_and(|found| found == extension))
    }
}

fn grants(text: &str) -> Vec<Grant> {
    text.lines().filter_map(Grant::parse).collect()
}

/// Returns the length of a file; 0 for a file that does not exist.
async fn length(path: &Path) -> std::io::Result<u64> {
    match fs::metadata(path).await {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

async fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Parses the items of a list, and checks that its event commits to them.
fn set(bytes: &[u8], gtin: &Gtin, root: &Hash) -> Result<SetManifest, UploadError> {
    let manifest = SetManifest::parse(bytes)?;
    if manifest.gtin != *gtin {
        return Err(UploadError::OtherModel { found: manifest.gtin, expected: gtin.clone() });
    }
    let found = manifest.index().root();
    if found != *root {
        return Err(UploadError::OtherRoot { found, expected: *root });
    }
    Ok(manifest)
}

/// Reads the rest of a body, and keeps nothing.
async fn drain(mut body: BodyDataStream, mut left: u64) -> Result<(), UploadError> {
    while let Some(chunk) = tokio::time::timeout(IDLE_MAX, body.next()).await.map_err(|_| UploadError::Broken)? {
        let chunk = chunk.map_err(|_| UploadError::Broken)?;
        left = left.saturating_sub(chunk.len() as u64);
        if left == 0 {
            break;
        }
    }
    Ok(())
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
        // Flushed at once, so that an upload that breaks off keeps all bytes that came.
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

/// Bytes of a file that a range header asks for.
#[derive(PartialEq, Eq, Debug)]
enum RequestedRange {
    Everything,
    Part(u64, u64),
    Nothing,
}

/// Parses one range in bytes (RFC 9110 section 14.1.2). The answer to several ranges, or to another unit, is the whole file.
fn range_of(header: &str, length: u64) -> RequestedRange {
    let Some((from, to)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return RequestedRange::Everything;
    };
    let number = |text: &str| text.parse::<u64>().ok();
    let (first, last) = match (number(from), number(to)) {
        (Some(first), Some(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
        (Some(first), None) if to.is_empty() => (first, length.saturating_sub(1)),
        (None, Some(count)) if from.is_empty() && count > 0 => (length.saturating_sub(count), length.saturating_sub(1)),
        _ => return RequestedRange::Everything,
    };
    if first < length { RequestedRange::Part(first, last) } else { RequestedRange::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, expected) in [
            ("bytes=0-0", RequestedRange::Part(0, 0)),
            ("bytes=2-", RequestedRange::Part(2, 9)),
            ("bytes=-3", RequestedRange::Part(7, 9)),
            ("bytes=-30", RequestedRange::Part(0, 9)),
            ("bytes=5-99", RequestedRange::Part(5, 9)),
            ("bytes=10-", RequestedRange::Nothing),
            ("bytes=5-4", RequestedRange::Everything),
            ("bytes=0-1,3-4", RequestedRange::Everything),
            ("items=0-1", RequestedRange::Everything),
            ("bytes=-0", RequestedRange::Everything),
        ] {
            assert_eq!(range_of(header, 10), expected, "{header}");
        }
    }
}
