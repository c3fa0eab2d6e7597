//! New files: an existing file is never replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Readers of a new file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readers {
    /// Its owner only: keys, and lists with codes.
    Owner,
    /// All that the folder and the umask allow.
    All,
}

/// Why a new file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum NewFileError {
    /// A file has this name.
    #[error("{} is there already, and is never replaced; name a new file", .0.display())]
    Exists(PathBuf),
    /// The file system refuses.
    #[error("{}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl NewFileError {
    fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists { Self::Exists(path) } else { Self::Io { path, source } }
    }
}

/// Of one name so many files are kept beside each other.
pub const NAMES_MAX: u32 = 1_000;

/// A new file. It is there, and empty, from the beginning, so that a missing place shows before the work;
/// unless it is kept, it goes again.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl NewFile {
    /// Makes the file, which must not exist.
    pub fn create(path: &Path, readers: Readers) -> Result<Self, NewFileError> {
        let mode = if readers == Readers::Owner { 0o600 } else { 0o666 };
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
        let file = file.map_err(|source| NewFileError::new(path, source))?;
        Ok(Self { path: path.to_owned(), file, is_kept: false })
    }

    /// Makes the file under the first name that is free: the path itself, else with 2, 3 and on in front of its extension.
    pub fn create_beside(path: &Path, readers: Readers) -> Result<Self, NewFileError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
        let mut made = Self::create(path, readers);
        for number in 2..=NAMES_MAX {
            if !matches!(made, Err(NewFileError::Exists(_))) {
                break;
            }
            made = Self::create(&path.with_extension(format!("{number}.{extension}")), readers);
        }
        made
    }

    /// The name of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what the file holds, to stable storage.
    pub fn keep(mut self, bytes: &[u8]) -> Result<(), NewFileError> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_all());
        written.map_err(|source| NewFileError::new(&self.path, source))?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes a new file.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), NewFileError> {
    NewFile::create(path, readers)?.keep(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_there_stays() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("brand.key");
        write(&path, b"secret", Readers::Owner).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = write(&path, b"receipt", Readers::All).unwrap_err().to_string();
        assert!(refused.ends_with("brand.key is there already, and is never replaced; name a new file"), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        // Neither is what a link leads to.
        let link = place.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(write(&link, b"receipt", Readers::All).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        let left = place.path().join("left");
        drop(NewFile::create(&left, Readers::All).unwrap());
        assert!(!left.exists());
        // A proof gets a name of its own; a link that leads nowhere has its name, too.
        let proof = place.path().join("proof.fork");
        std::os::unix::fs::symlink(place.path().join("nowhere"), place.path().join("proof.2.fork")).unwrap();
        for name in ["proof.fork", "proof.3.fork"] {
            let made = NewFile::create_beside(&proof, Readers::All).unwrap();
            assert_eq!(made.path(), place.path().join(name));
            made.keep(b"").unwrap();
        }
        assert!(!place.path().join("nowhere").exists());
    }
}
