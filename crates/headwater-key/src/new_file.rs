//! New files, which never replace an existing file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Readers of a new file, by its mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readers {
    /// The owner only: for keys, and lists with codes.
    Owner,
    /// All readers that the folder and the umask allow.
    All,
}

/// Reason why a new file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum NewFileError {
    /// Path that has a file already.
    #[error("{} is there already, and is never replaced; name a new file", .0.display())]
    Exists(PathBuf),
    /// Failure of the file system.
    #[error("{path} cannot be written")]
    Io {
        /// Path of the new file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
}

impl NewFileError {
    fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists { Self::Exists(path) } else { Self::Io { path, source } }
    }
}

/// Largest number of files of one name that are kept beside each other.
pub const NAMES_MAX: u32 = 1_000;

/// New file, which is made empty at once, so that a missing folder shows before the work. A file that is not kept is
/// removed on drop.
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

    /// Makes the file under the first free name: the path itself, else with 2, 3 and so on before its extension.
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

    /// Path of the file as it was made.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content of the file to stable storage, and keeps the file.
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

/// Writes a new file to stable storage.
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
        // The target of a link is not replaced either.
        let link = place.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(write(&link, b"receipt", Readers::All).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        let left = place.path().join("left");
        drop(NewFile::create(&left, Readers::All).unwrap());
        assert!(!left.exists());
        // A proof gets a name of its own; a link that leads nowhere occupies its name, too.
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
