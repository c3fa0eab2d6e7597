//! Private keys in files that their owner alone can read, with a passphrase or without.
//!
//! A key file is PKCS#8 v1 PEM, which OpenSSL and every browser tool read, and only its owner may read the file. A file
//! that others can read, or that is a link, is refused. With a passphrase, the file is an `EncryptedPrivateKeyInfo`
//! (RFC 5958 section 3: PBES2 with scrypt and AES-256-CBC), which OpenSSL reads too.
//!
//! **In scope:** seeds and other random bytes from the system; key files and their passphrases; new files that replace no
//! file ([`new_file`]), and files that are replaced as a whole ([`whole_file`]). **Out of scope:** the bytes that a key
//! signs (`headwater-event`), and the party that holds the key.
//!
//! ```text
//! seed from generate -- write -----------> key file, mode 0600 -- read ----> SecretKey
//! seed, Passphrase -- write_locked ------> locked key file ------ unlock --> SecretKey
//! locked key file ----------------------------------------------- read ----> KeyFileError::Locked
//! file that others may read ------------------------------------- read ----> KeyFileError::Exposed
//!
//! bytes -- new_file::write --------------> a new file; a file that is there stays
//! bytes -- whole_file::replace ----------> the new bytes, or after a failure the old ones
//! ```
//!
//! A key with a passphrase and a key without one, written and read back:
//!
//! ```
//! use headwater_key::{KeyFileError, Passphrase, generate, read, unlock, write, write_locked};
//! use headwater_tlog::key::SecretKey;
//!
//! # let folder = tempfile::tempdir()?;
//! let (plain, locked) = (folder.path().join("brand.key"), folder.path().join("admin.key"));
//! let seed = generate()?;
//! let public = SecretKey::from_seed(&seed).public();
//! write(&plain, &seed)?;
//! assert_eq!(read(&plain)?.public(), public);
//!
//! // The passphrase is the first line that the command prints.
//! let passphrase = Passphrase::Command("echo polder".to_owned());
//! write_locked(&locked, &seed, &passphrase)?;
//! assert_eq!(unlock(&locked, &passphrase)?.public(), public);
//! assert!(matches!(read(&locked), Err(KeyFileError::Locked { .. })));
//!
//! // A key file never replaces a file.
//! assert!(matches!(write(&plain, &seed), Err(KeyFileError::New(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use headwater_tlog::key::SecretKey;
use zeroize::Zeroizing;

pub mod new_file;
pub mod whole_file;

use new_file::{NewFileError, Readers};

/// Largest size of a key file in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024;
/// Start of a file with a passphrase.
const LOCKED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
/// Byte order mark that some editors put at the start of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reason why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Failure of the file system.
    #[error("{path} cannot be read")]
    Io {
        /// Path of the key file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// New key file that cannot be written.
    #[error(transparent)]
    New(#[from] NewFileError),
    /// File that others may read, or path that is not a plain file.
    #[error("{path}: a key file is a plain file of mode 0600, this has mode {mode:o}; run: chmod 600 {path}")]
    Exposed {
        /// Path of the key file.
        path: PathBuf,
        /// Permission bits of the path.
        mode: u32,
    },
    /// Content that is not an Ed25519 private key in PEM.
    #[error("{path}: is not an Ed25519 private key in PKCS#8 PEM")]
    NoKey {
        /// Path of the key file.
        path: PathBuf,
    },
    /// Key that has a passphrase, where none was given.
    #[error("{path}: has a passphrase, and none was given")]
    Locked {
        /// Path of the key file.
        path: PathBuf,
    },
    /// Key that does not open with the passphrase: the passphrase is another, or the file is damaged.
    #[error("{path}: does not open with this passphrase")]
    WrongPassphrase {
        /// Path of the key file.
        path: PathBuf,
    },
    /// No passphrase that can be used.
    #[error("no passphrase")]
    NoPassphrase(#[from] PassphraseError),
    /// Failure of the system to give random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// Reason why there is no passphrase.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// Prompt without an answer: there is no terminal, or its input ended.
    #[error("the terminal gives none")]
    Terminal(#[source] io::Error),
    /// Shell that does not start.
    #[error("no shell runs {command:?}")]
    Shell {
        /// Command that should print the passphrase.
        command: String,
        /// Error of the system.
        source: io::Error,
    },
    /// Command that ends with a failure.
    #[error("{command:?} ends with {status}")]
    Failed {
        /// Command that should print the passphrase.
        command: String,
        /// Status with which the command ends.
        status: ExitStatus,
    },
    /// Line that is not UTF-8.
    #[error("the first line of {command:?} is not UTF-8")]
    Characters {
        /// Command that prints the line.
        command: String,
    },
    /// Empty passphrase of a new key.
    #[error("it is empty")]
    Empty,
    /// Two different answers about a new key.
    #[error("the two differ")]
    Differ,
}

/// Makes a new key from the system's random bytes.
pub fn generate() -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let mut seed = Zeroizing::new([0; 32]);
    fill(seed.as_mut_slice())?;
    Ok(seed)
}

/// Draws random bytes from the system, for ids, serials and codes.
pub fn draw<const N: usize>() -> Result<[u8; N], KeyFileError> {
    let mut drawn = [0; N];
    fill(&mut drawn)?;
    Ok(drawn)
}

fn fill(bytes: &mut [u8]) -> Result<(), KeyFileError> {
    getrandom::fill(bytes).map_err(|_| KeyFileError::Random)
}

/// Source of a passphrase. It is never an argument or the environment, which others can see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Passphrase {
    /// A prompt to the person at the terminal.
    Ask,
    /// The first line that a shell command prints.
    Command(String),
}

impl Passphrase {
    fn get(&self, about: &str) -> Result<Zeroizing<String>, PassphraseError> {
        match self {
            Passphrase::Ask => {
                let given = rpassword::prompt_password(format!("{about}: "));
                given.map(Zeroizing::new).map_err(PassphraseError::Terminal)
            }
            Passphrase::Command(command) => {
                let output = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output();
                let output = output.map_err(|source| PassphraseError::Shell { command: command.clone(), source })?;
                let printed = Zeroizing::new(output.stdout);
                if !output.status.success() {
                    return Err(PassphraseError::Failed { command: command.clone(), status: output.status });
                }
                let line = printed.split(|byte| *byte == b'\n').next().unwrap_or_default();
                // The position of the fault is left out: it would give away how the passphrase begins.
                let text = std::str::from_utf8(line);
                let text = text.map_err(|_| PassphraseError::Characters { command: command.clone() })?;
                Ok(Zeroizing::new(text.trim_end_matches('\r').to_owned()))
            }
        }
    }

    /// Passphrase for a new key. A terminal asks for it twice.
    fn new_one(&self) -> Result<Zeroizing<String>, PassphraseError> {
        let given = self.get("passphrase of the new key")?;
        if given.is_empty() {
            return Err(PassphraseError::Empty);
        }
        if *self == Passphrase::Ask && self.get("the same again")? != given {
            return Err(PassphraseError::Differ);
        }
        Ok(given)
    }
}

/// Writes a key to a new file. Never replaces an existing file.
pub fn write(path: &Path, seed: &[u8; 32]) -> Result<(), KeyFileError> {
    let pem = pair(seed).to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyFileError::NoKey { path: path.to_owned() })?;
    put(path, &pem)
}

/// Writes a key to a new file, locked with a passphrase.
pub fn write_locked(path: &Path, seed: &[u8; 32], passphrase: &Passphrase) -> Result<(), KeyFileError> {
    let given = passphrase.new_one()?;
    let pem = pair(seed).to_pkcs8_encrypted_pem(given.as_bytes(), LineEnding::LF);
    put(path, &pem.map_err(|_| KeyFileError::NoKey { path: path.to_owned() })?)
}

fn pair(seed: &[u8; 32]) -> KeypairBytes {
    // Version 1 does not contain the public key; many readers refuse version 2.
    KeypairBytes { secret_key: *seed, public_key: None }
}

fn put(path: &Path, pem: &str) -> Result<(), KeyFileError> {
    Ok(new_file::write(path, pem.as_bytes(), Readers::Owner)?)
}

/// Reads a key that has no passphrase.
pub fn read(path: &Path) -> Result<SecretKey, KeyFileError> {
    let pem = open(path)?;
    if pem.starts_with(LOCKED) {
        return Err(KeyFileError::Locked { path: path.to_owned() });
    }
    let bytes = KeypairBytes::from_pkcs8_pem(&pem).map_err(|_| KeyFileError::NoKey { path: path.to_owned() })?;
    Ok(SecretKey::from_seed(&bytes.secret_key))
}

/// Reads a key, and gets its passphrase if the key has one.
pub fn unlock(path: &Path, passphrase: &Passphrase) -> Result<SecretKey, KeyFileError> {
    let pem = open(path)?;
    if !pem.starts_with(LOCKED) {
        return read(path);
    }
    let given = passphrase.get(&format!("passphrase of {}", path.display()))?;
    let bytes = KeypairBytes::from_pkcs8_encrypted_pem(&pem, given.as_bytes());
    let bytes = bytes.map_err(|_| KeyFileError::WrongPassphrase { path: path.to_owned() })?;
    Ok(SecretKey::from_seed(&bytes.secret_key))
}

fn open(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let about = fs::symlink_metadata(path).map_err(io)?;
    let mode = about.permissions().mode();
    if !about.is_file() || mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode: mode & 0o7777 });
    }
    if about.len() > FILE_BYTES_MAX {
        return Err(KeyFileError::NoKey { path: path.to_owned() });
    }
    let mut pem = Zeroizing::new(fs::read_to_string(path).map_err(io)?);
    if pem.starts_with(BYTE_ORDER_MARK) {
        pem.drain(..BYTE_ORDER_MARK.len_utf8());
    }
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_file_which_its_owner_alone_may_read() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("brand.key");
        let seed = generate().unwrap();
        write(&path, &seed).unwrap();
        assert_eq!(read(&path).unwrap().public(), SecretKey::from_seed(&seed).public());
        assert!(fs::read_to_string(&path).unwrap().starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI"));
        assert!(matches!(write(&path, &seed), Err(KeyFileError::New(_))));
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

    #[test]
    fn marks_of_editors_change_no_key() {
        let place = tempfile::tempdir().unwrap();
        let (plain, locked) = (place.path().join("plain.key"), place.path().join("locked.key"));
        let seed = generate().unwrap();
        let says = Passphrase::Command("echo polder".to_owned());
        write(&plain, &seed).unwrap();
        write_locked(&locked, &seed, &says).unwrap();
        for path in [&plain, &locked] {
            let pem = fs::read_to_string(path).unwrap();
            for edited in
                [pem.replace('\n', "\r\n"), format!("\u{feff}{pem}"), format!("\u{feff}{}", pem.replace('\n', "\r\n"))]
            {
                fs::write(path, edited).unwrap();
                assert_eq!(unlock(path, &says).unwrap().public(), SecretKey::from_seed(&seed).public());
            }
        }
    }

    #[test]
    fn a_locked_key_opens_with_its_passphrase_only() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("brand.key");
        let seed = generate().unwrap();
        let says = |word: &str| Passphrase::Command(format!("echo {word}"));
        write_locked(&path, &seed, &says("polder")).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with(LOCKED));
        assert!(matches!(read(&path), Err(KeyFileError::Locked { .. })));
        assert!(matches!(unlock(&path, &says("dike")), Err(KeyFileError::WrongPassphrase { .. })));
        assert_eq!(unlock(&path, &says("polder")).unwrap().public(), SecretKey::from_seed(&seed).public());
        let failing = Passphrase::Command("exit 3".to_owned());
        assert!(matches!(unlock(&path, &failing), Err(KeyFileError::NoPassphrase { .. })));
        assert!(matches!(write_locked(&path, &seed, &says("")), Err(KeyFileError::NoPassphrase { .. })));
        // A key without a passphrase opens without a prompt.
        let plain = place.path().join("plain.key");
        write(&plain, &seed).unwrap();
        assert!(unlock(&plain, &failing).is_ok());
    }

    #[test]
    fn openssl_reads_our_keys_and_we_read_its() {
        let openssl = |place: &Path, arguments: &[&str]| {
            Command::new("openssl").current_dir(place).args(arguments).output().map(|output| output.status.success())
        };
        let place = tempfile::tempdir().unwrap();
        if !openssl(place.path(), &["version"]).unwrap_or(false) {
            return headwater_testing::tools::not_run("openssl is not here");
        }
        let (plain, locked) = (place.path().join("plain.key"), place.path().join("locked.key"));
        let seed = generate().unwrap();
        write(&plain, &seed).unwrap();
        write_locked(&locked, &seed, &Passphrase::Command("echo polder".to_owned())).unwrap();
        let read_by_openssl = |arguments: &[&str]| openssl(place.path(), arguments).unwrap();
        assert!(read_by_openssl(&["pkey", "-in", "plain.key", "-noout"]));
        assert!(read_by_openssl(&["pkey", "-in", "locked.key", "-passin", "pass:polder", "-noout"]));
        assert!(read_by_openssl(&["genpkey", "-algorithm", "ed25519", "-out", "theirs.key"]));
        let theirs = place.path().join("theirs.key");
        fs::set_permissions(&theirs, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read(&theirs).is_ok());
    }
}
