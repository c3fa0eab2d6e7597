//! Final vectors: files that never change again, each with its SHA-256 in `tests/final-vectors.sha256`.
//!
//! The list has the form of `sha256sum`, with paths from the folder of all vectors, so that `sha256sum --check` reads it. The generator
//! adds to the list on request alone, and it writes nothing while a final vector would change.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use headwater_tlog::hash::Hash;

/// The list of final vectors: the hash of each, by its path below the folder of all vectors.
#[derive(Default)]
pub struct Finals(BTreeMap<String, String>);

impl Finals {
    /// The file of the list.
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("final-vectors.sha256")
    }

    /// Reads the committed list.
    ///
    /// # Panics
    /// When the file cannot be read, or a line is not a hash, two spaces and a path.
    pub fn read() -> Self {
        let text = fs::read_to_string(Self::path()).expect("the list of final vectors");
        let line = |line: &str| {
            let (hash, path) = line.split_once("  ").expect("a hash, two spaces and a path");
            (path.to_owned(), hash.to_owned())
        };
        Self(text.lines().map(line).collect())
    }

    /// Returns the final vectors that these files lack, or have with other bytes.
    pub fn changed(&self, files: &BTreeMap<String, String>) -> Vec<&str> {
        let is_kept = |path: &str, hash: &String| files.get(path).is_some_and(|text| sha256(text) == *hash);
        self.0.iter().filter(|(path, hash)| !is_kept(path, hash)).map(|(path, _)| path.as_str()).collect()
    }

    /// Adds the files of an area to the list. Returns the number of files that were added.
    pub fn add(&mut self, area: &str, files: &BTreeMap<String, String>) -> usize {
        let before = self.0.len();
        let of_area = files.iter().filter(|(path, _)| path.split('/').next() == Some(area));
        self.0.extend(of_area.map(|(path, text)| (path.clone(), sha256(text))));
        self.0.len() - before
    }
}

impl fmt::Display for Finals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(path, hash)| writeln!(f, "{hash}  {path}"))
    }
}

fn sha256(text: &str) -> String {
    Hash::plain(text.as_bytes()).to_string()
}
