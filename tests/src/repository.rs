//! Files of this repository, as tests read them that compare code with documents.

use std::fs;
use std::path::{Path, PathBuf};

/// Path of a file or folder, from the root of the repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").join(path)
}

/// Text of a file, by its path from the root of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files below a folder that have one of these extensions, without those in folders of these names.
pub fn sources(folder: &Path, extensions: &[&str], passed_over: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if path.is_dir() && !passed_over.contains(&name) {
            files.extend(sources(&path, extensions, passed_over));
        } else if extensions.contains(&extension) {
            files.push(path);
        }
    }
    files
}
