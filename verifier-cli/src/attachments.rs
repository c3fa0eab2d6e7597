//! Comparison of the files in a folder with the hashes that a story's events announce.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use headwater_event::document::Attachment;
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;
use headwater_trace::story::Story;
use sha2::{Digest as _, Sha256};

/// Largest number of files in a folder that is compared.
const FILES_MAX: usize = 10_000;

/// Result of the comparison of an announced file with the folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A file in the folder has the announced hash and size.
    Whole,
    /// A file has the announced hash as its name, but other bytes.
    Altered,
    /// A file has the announced hash, but the event announces another size.
    OtherSize,
    /// No file in the folder has the announced hash.
    Absent,
}

impl State {
    /// Whether a file and its announcement contradict each other.
    pub fn is_wrong(self) -> bool {
        matches!(self, State::Altered | State::OtherSize)
    }
}

/// Announced file, with the result of its comparison.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Checked {
    /// Log index of the entry that announces the file, in decimal.
    pub log_index: String,
    /// Role of the attachment, as the event states it.
    pub role: &'static str,
    /// SHA-256 that the event announces, in hex.
    pub sha256: String,
    /// Result of the comparison with the folder.
    pub state: State,
    /// Path of the file that was compared; `None` when the file is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

/// Looks for the files of a story in a folder: by their bytes, under any name.
pub fn check(story: &Story<'_>, folder: &Path) -> io::Result<Vec<Checked>> {
    let found = digests(folder)?;
    let announced =
        story.entries().iter().flat_map(|told| told.event().attachments.iter().map(move |file| (told, file)));
    Ok(announced.map(|(told, file)| one(&found, folder, told.entry().log_index(), file)).collect())
}

fn one(found: &BTreeMap<Hash, (PathBuf, u64)>, folder: &Path, log_index: LeafIndex, announced: &Attachment) -> Checked {
    let named = folder.join(announced.sha256.to_string());
    let (state, file) = match found.get(&announced.sha256) {
        Some((path, size)) if *size == announced.size => (State::Whole, Some(path.clone())),
        Some((path, _)) => (State::OtherSize, Some(path.clone())),
        None if named.is_file() => (State::Altered, Some(named)),
        None => (State::Absent, None),
    };
    let sha256 = announced.sha256.to_string();
    Checked { log_index: log_index.to_string(), role: announced.role.as_str(), sha256, state, file }
}

fn digest(mut file: File) -> io::Result<(Hash, u64)> {
    let (mut digest, mut size, mut piece) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((Hash::new(digest.finalize().into()), size)),
            read => {
                digest.update(&piece[..read]);
                size += read as u64;
            }
        }
    }
}

/// Returns the path and size of every file in a folder, by the hash of its bytes.
fn digests(folder: &Path) -> io::Result<BTreeMap<Hash, (PathBuf, u64)>> {
    let mut found = BTreeMap::new();
    for (count, entry) in folder.read_dir()?.enumerate() {
        if count == FILES_MAX {
            return Err(io::Error::other(format!("the folder holds more than {FILES_MAX} files")));
        }
        let path = entry?.path();
        if path.is_file() {
            let (digest, size) = digest(File::open(&path)?)?;
            found.insert(digest, (path, size));
        }
    }
    Ok(found)
}
