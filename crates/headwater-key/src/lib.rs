//! Private keys in files.
//!
//! A key file is PKCS#8 v1 PEM, which OpenSSL and every browser tool read, and only its owner may read it. A file that
//! others can read, or that is a link, is refused.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use headwater_tlog::key::SecretKey;
use zeroize::Zeroizing;

/// No key file is longer.
const FILE_BYTES_MAX: u64 = 4 * 1024;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file system failed.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// How.
        source: io::Error,
    },
    /// Others may read it, or it is no file of its own.
    #[error("{path}: a key file is a plain file of mode 0600, this has mode {mode:o}; run: chmod 600 {path}")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Not a key.
    #[error("{path}: is no Ed25519 private key in PKCS#8 PEM")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// Makes a new key from the system's random bytes.
pub fn generate() -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|_| KeyFileError::Random)?;
    Ok(seed)
}

/// Writes a key to a new file. An existing file is never replaced.
pub fn write(path: &Path, seed: &[u8; 32]) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    // Version 1 has no public key inside; the readers that refuse version 2 are many.
    let bytes = KeypairBytes { secret_key: *seed, public_key: None };
    let pem = bytes.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyFileError::NoKey { path: path.to_owned() })?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
    file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
}

/// Reads a key.
pub fn read(path: &Path) -> Result<SecretKey, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let about = fs::symlink_metadata(path).map_err(io)?;
    let mode = about.permissions().mode();
    if !about.is_file() || mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode: mode & 0o7777 });
    }
    let no_key = || KeyFileError::NoKey { path: path.to_owned() };
    if about.len() > FILE_BYTES_MAX {
        return Err(no_key());
    }
    let pem = Zeroizing::new(fs::read_to_string(path).map_err(io)?);
    let bytes = KeypairBytes::from_pkcs8_pem(&pem).map_err(|_| no_key())?;
    Ok(SecretKey::from_seed(&bytes.secret_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_file_and_nobody_else_may_read_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("brand.key");
        let seed = generate().unwrap();
        write(&path, &seed).unwrap();
        assert_eq!(read(&path).unwrap().public(), SecretKey::from_seed(&seed).public());
        assert!(fs::read_to_string(&path).unwrap().starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI"));
        assert!(matches!(write(&path, &seed), Err(KeyFileError::Io { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(&path), Err(KeyFileError::Exposed { mode: 0o640, .. })));
        let link = place.path().join("link.key");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(read(&link), Err(KeyFileError::Exposed { .. })));
        let junk = place.path().join("junk.key");
        fs::write(&junk, "junk").unwrap();
        fs::set_permissions(&junk, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(read(&junk), Err(KeyFileError::NoKey { .. })));
    }
}
