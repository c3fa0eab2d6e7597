//! The newest checkpoint that left this node, kept beside the ledger: so that a ledger that was rolled back, or put in the
//! place of another, is refused at the next start.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use headwater_key::whole_file::replace;
use headwater_ledger::ledger::Ledger;
use headwater_ledger::snapshot::Snapshot;
use headwater_ledger::store::Store;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::Note;
use headwater_tlog::tree::TreeSize;
use tokio::sync::watch;

/// Between two states that are written down.
const PAUSE: Duration = Duration::from_secs(1);

/// The file.
#[derive(Clone, Debug)]
pub struct Published {
    path: PathBuf,
    /// The size of the newest state that was written.
    written: Arc<Mutex<u64>>,
}

impl Published {
    /// Names the file; nothing is read yet.
    pub fn at(path: PathBuf) -> Self {
        Self { path, written: Arc::default() }
    }

    /// Refuses a ledger that does not continue what was published.
    pub fn check<S: Store>(&self, ledger: &Ledger<S>) -> anyhow::Result<()> {
        self.is_continued(&ledger.newest().checkpoint, |size| ledger.root_at(size))
    }

    /// Refuses a history, by its newest checkpoint and the roots that it had, that does not continue what was published.
    pub fn is_continued(&self, newest: &Checkpoint, root_at: impl Fn(TreeSize) -> Option<Hash>) -> anyhow::Result<()> {
        let named = || self.path.display().to_string();
        let note = match fs::read(&self.path) {
            Ok(note) => note,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(named),
        };
        let note = Note::parse(&note).with_context(named)?;
        let published = Checkpoint::parse(note.claims()).with_context(named)?;
        let (size, held) = (published.size(), newest.size());
        ensure!(
            published.origin() == newest.origin(),
            "{}: a checkpoint of {:?} was published, and the ledger is {:?}: it is another ledger",
            named(),
            published.origin(),
            newest.origin()
        );
        ensure!(
            size <= held,
            "{}: a checkpoint of {} entries was published, and the ledger has {}: it was rolled back. Put \
             the newer one back, or found a new log; it is never continued from here",
            named(),
            size.get(),
            held.get()
        );
        ensure!(
            root_at(size) == Some(published.root()),
            "{}: the ledger holds other entries than the checkpoint of {} entries that was published: it is another ledger",
            named(),
            size.get()
        );
        Ok(())
    }

    /// Writes newer states down until the ledger ends: at most one a second, since each waits for the disk that the ledger waits for.
    pub async fn follow(self, mut newer: watch::Receiver<Arc<Snapshot>>) {
        loop {
            let newest = newer.borrow_and_update().clone();
            self.keep(newest).await;
            tokio::time::sleep(PAUSE).await;
            if newer.changed().await.is_err() {
                return;
            }
        }
    }

    /// Writes a state down, unless a newer one is there.
    pub async fn keep(&self, state: Arc<Snapshot>) {
        let Self { path, written } = self.clone();
        let written = tokio::task::spawn_blocking(move || {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            if state.size() >= *written {
                replace(&path, state.note.as_bytes())?;
                *written = state.size();
            }
            Ok(())
        });
        let written = written.await;
        if let Err(error) = written.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            // The ledger holds every promise; this file only guards against its rollback.
            tracing::warn!("{}: {error}", self.path.display());
        }
    }
}
