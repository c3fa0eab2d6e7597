//! The newest checkpoint that left this node, kept beside the ledger. At the next start, the node refuses a ledger that was rolled back, or
//! that was put in the place of another.

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

/// Pause between two states that the node writes to the file.
const PAUSE: Duration = Duration::from_secs(1);

/// The file with the newest published checkpoint.
#[derive(Clone, Debug)]
pub struct Published {
    path: PathBuf,
    /// Size of the newest state that was written, in entries.
    written: Arc<Mutex<TreeSize>>,
}

impl Published {
    /// Names the file; this reads nothing yet.
    pub fn at(path: PathBuf) -> Self {
        Self { path, written: Arc::new(Mutex::new(TreeSize::EMPTY)) }
    }

    /// Refuses a ledger that does not continue the published checkpoint.
    pub fn check<S: Store>(&self, ledger: &Ledger<S>) -> anyhow::Result<()> {
        self.is_continued(ledger.newest().checkpoint(), |size| ledger.root_at(size))
    }

    /// Refuses a log that does not continue the published checkpoint. `newest` is the newest checkpoint of the log, `root_at` gives its
    /// earlier roots.
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
            size,
            held
        );
        ensure!(
            root_at(size) == Some(published.root()),
            "{}: the ledger holds other entries than the checkpoint of {} entries that was published: it is another ledger",
            named(),
            size
        );
        Ok(())
    }

    /// Writes newer states to the file until the ledger ends. It writes at most one state a second, since each write waits for the ledger's
    /// disk.
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

    /// Writes a state to the file, unless a newer state was written.
    pub async fn keep(&self, state: Arc<Snapshot>) {
        let Self { path, written } = self.clone();
        let written = tokio::task::spawn_blocking(move || {
            let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
            if state.size() >= *written {
                replace(&path, state.note().as_bytes())?;
                *written = state.size();
            }
            Ok(())
        });
        let written = written.await;
        if let Err(error) = written.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            // The ledger itself keeps every promise; this file only guards against a rollback of the ledger.
            tracing::warn!("{}: {error}", self.path.display());
        }
    }
}
