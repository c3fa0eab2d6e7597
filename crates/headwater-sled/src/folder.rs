//! The folder of a ledger, as an open finds it: sled's lock, snapshots that a kill cut short, and the room that an open needs.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::FallocateFlags;

use crate::store::{SledError, io_at};

/// Bytes that a file beside the ledger keeps for the next open, which writes to the disk even on a disk that others filled meanwhile.
pub(crate) const OPENING_BYTES: u64 = 32 << 20;
/// Name of that file.
const OPENING: &str = "opening.reserve";
/// Maximum time for which an open waits for the lock of a store that was just closed.
const LOCK_WAIT_MAX: Duration = Duration::from_millis(500);

/// Opens sled in the folder of a ledger. An open that finds the disk full goes on with the room that was kept for it.
pub(crate) fn open(folder: &Path) -> Result<sled::Db, SledError> {
    await_lock(folder)?;
    // The lock is free, so no process is writing a snapshot of sled.
    set_aside(folder)?;
    let config = sled::Config::new().path(folder).flush_every_ms(None);
    match config.open() {
        Err(error) if is_full(&error) && fs::remove_file(folder.join(OPENING)).is_ok() => {
            set_aside(folder)?;
            Ok(config.open()?)
        }
        opened => Ok(opened?),
    }
}

/// Waits until no process has the ledger open: sled releases its lock a moment after the last handle is dropped.
fn await_lock(folder: &Path) -> Result<(), SledError> {
    let lock = File::open(folder.join("db")).map_err(io_at(folder))?;
    let waited = Instant::now();
    while lock.try_lock().is_err() {
        if waited.elapsed() > LOCK_WAIT_MAX {
            return Err(SledError::Locked { path: folder.to_owned() });
        }
        thread::park_timeout(Duration::from_millis(1));
    }
    Ok(())
}

/// Sets half-written snapshots of sled aside, which an open would read as whole. A kill, or a full disk, during an open leaves one.
fn set_aside(folder: &Path) -> Result<(), SledError> {
    for entry in fs::read_dir(folder).map_err(io_at(folder))? {
        let found = entry.map_err(io_at(folder))?.path();
        let name = found.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::rename(&found, folder.join(format!("aside.{name}"))).map_err(io_at(&found))?;
        }
    }
    Ok(())
}

/// Whether an open failed because the disk is full.
fn is_full(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull)
}

/// Makes the file that keeps room for the next open, unless it is there. A disk on which that fails serves all the same.
pub(crate) fn keep_for_opening(folder: &Path) {
    let path = folder.join(OPENING);
    if fs::metadata(&path).is_ok_and(|kept| kept.len() >= OPENING_BYTES) {
        return;
    }
    let made = File::create(&path)
        .and_then(|file| Ok(rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, OPENING_BYTES)?));
    if let Err(error) = made {
        tracing::warn!("{}: keeps no room for the next open: {error}", path.display());
        let _ = fs::remove_file(&path);
    }
}
