//! The newest checkpoint that left this node, kept beside the ledger: so that a ledger that was rolled back, or put in the
//! place of another, is refused at the next start.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use headwater_ledger::ledger::Ledger;
use headwater_ledger::snapshot::Snapshot;
use headwater_ledger::store::Store;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::note::Note;
use tokio::sync::watch;

/// The file.
#[derive(Clone, Debug)]
pub struct Published(PathBuf);

impl Published {
    /// Names the file; nothing is read yet.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Refuses a ledger that does not continue what was published.
    pub fn check<S: Store>(&self, ledger: &Ledger<S>) -> anyhow::Result<()> {
        let note = match fs::read(&self.0) {
            Ok(note) => note,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| self.0.display().to_string()),
        };
        let published = Checkpoint::parse(Note::parse(&note)?.claims())?;
        let (size, newest) = (published.size(), ledger.newest());
        ensure!(
            published.origin() == newest.checkpoint.origin(),
            "a checkpoint of {:?} was published, and the ledger is {:?}: it is another ledger",
            published.origin(),
            newest.checkpoint.origin()
        );
        let held = newest.checkpoint.size();
        ensure!(
            size <= held,
            "a checkpoint of {} entries was published, and the ledger has {}: it was rolled back. Fill it up from a mirror, \
             or found a new log; it is never continued from here",
            size.get(),
            held.get()
        );
        ensure!(
            ledger.root_at(size) == Some(published.root()),
            "the ledger holds other entries than the checkpoint of {} entries that was published: it is another ledger",
            size.get()
        );
        Ok(())
    }

    /// Writes down every newer state, until the ledger ends.
    pub async fn follow(self, mut newer: watch::Receiver<Arc<Snapshot>>) {
        loop {
            let note = newer.borrow_and_update().note.clone();
            if let Err(error) = write(&self.0, note.as_bytes()) {
                // What was promised stands in the ledger; this file only guards against its rollback.
                tracing::warn!("{}: {error}", self.0.display());
            }
            if newer.changed().await.is_err() {
                return;
            }
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)
}
