//! Check of a stored ledger: derives everything again from the entries, and compares it with the stored and signed data.

use anyhow::{Context as _, bail, ensure};
use headwater_audit::{Audit, Source};
use headwater_event::kind::Kind;
use headwater_event::subject::Subject;
use headwater_ledger::store::Store;
use headwater_sled::{SledError, SledStore};
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::hash::Hash;
use headwater_tlog::note::{KeyKind, Note, NoteKey};
use headwater_tlog::tree::{LeafIndex, TreeSize};
use headwater_trace::recorded::Recorded;
use indicatif::ProgressBar;
use tokio::runtime::Handle;

use crate::home::Home;
use crate::published::Published;

/// Number of entries of the log, or of a chain, that are read at once.
const STRETCH: usize = 1_024;

/// Summary of a check that found no damage. Only [`fsck`] makes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Checked {
    entries: TreeSize,
    subjects: u64,
    root: Hash,
}

impl Checked {
    /// Number of entries, each checked with its signature and right.
    pub fn entries(&self) -> TreeSize {
        self.entries
    }

    /// Number of subjects, each checked with its chain.
    pub fn subjects(&self) -> u64 {
        self.subjects
    }

    /// Root of the tree of all entries.
    pub fn root(&self) -> Hash {
        self.root
    }
}

struct OnDisk<'a> {
    store: &'a SledStore,
    runtime: &'a Handle,
}

impl Source for OnDisk<'_> {
    type Error = SledError;

    fn entries(&mut self, from: LeafIndex, max: usize) -> Result<Vec<Vec<u8>>, SledError> {
        self.runtime.block_on(self.store.entries(from, max))
    }
}

/// Checks the ledger of a home. The caller must not be inside the runtime, because this function blocks on it.
pub fn fsck(home: &Home, runtime: &Handle, progress: &ProgressBar) -> anyhow::Result<Checked> {
    let store = SledStore::open(&home.ledger())?;
    let head = runtime.block_on(store.head())?.context("there is no ledger here")?;
    let note = Note::parse(&head.note)?;
    let checkpoint = Checkpoint::parse(note.claims())?;
    ensure!(
        checkpoint.size() == head.size,
        "the checkpoint is of size {}, the entries of {}",
        checkpoint.size(),
        head.size
    );
    let genesis = runtime.block_on(store.entries(LeafIndex::FIRST, 1))?.pop().context("entry 0 is missing")?;
    let mut audit = Audit::new(Hash::leaf(&genesis));
    progress.set_length(head.size.get());
    audit.run(&mut OnDisk { store: &store, runtime }, checkpoint.size(), checkpoint.root(), |done| {
        progress.set_position(done.get())
    })?;
    let genesis = audit.replay().genesis().context("entry 0 is not a genesis")?;
    let log = NoteKey::new(genesis.origin.as_str(), KeyKind::Log, genesis.log_key.clone())?;
    let line =
        note.signatures().iter().find(|line| line.names(&log)).context("the checkpoint is not signed by the log")?;
    checkpoint.verify_log(&log, line)?;
    let subjects = runtime.block_on(check_derived(&store, &audit, head.size))?;
    runtime.block_on(check_event_ids(&store, head.size))?;
    runtime.block_on(check_notes(&store, &audit, &log, head.size))?;
    Published::at(home.published()).is_continued(&checkpoint, |size| audit.tree().root(size))?;
    progress.finish_and_clear();
    Ok(Checked { entries: head.size, subjects, root: checkpoint.root() })
}

/// Checks that the store finds each event by its author's id, and lists each party event among the acts.
async fn check_event_ids(store: &SledStore, size: TreeSize) -> anyhow::Result<()> {
    let (mut checked, mut acts) = (TreeSize::EMPTY, Vec::new());
    while let Some(from) = size.first_beyond(checked) {
        let entries = store.entries(from, STRETCH).await?;
        ensure!(!entries.is_empty(), "entry {from} is missing");
        for (log_index, entry) in from.onward().zip(entries) {
            let recorded = Recorded::parse(log_index, &entry)?;
            if let Some(event) = recorded.claims() {
                let party = Subject::Party(event.party.clone()).index_key();
                let found = store.find_id(&party, &event.event_id).await?;
                ensure!(
                    found == Some(log_index),
                    "event {} is stored at {log_index} and found at {:?}",
                    event.event_id,
                    found.map(LeafIndex::get)
                );
                if event.kind() == Kind::Party {
                    acts.push(log_index);
                }
            }
            checked = log_index.size_through();
        }
    }
    ensure!(store.acts(LeafIndex::FIRST, usize::MAX).await? == acts, "the list of party events is damaged");
    Ok(())
}

/// Checks that each checkpoint that was ever published belongs to this log.
async fn check_notes(store: &SledStore, audit: &Audit, log: &NoteKey, newest: TreeSize) -> anyhow::Result<()> {
    for size in (1..=newest.get()).filter_map(TreeSize::new) {
        let Some(note) = store.note(size).await? else {
            continue;
        };
        let damaged = || format!("the checkpoint of size {size}");
        let note = Note::parse(&note).with_context(damaged)?;
        let checkpoint = Checkpoint::parse(note.claims()).with_context(damaged)?;
        let line = note.signatures().iter().find(|line| line.names(log)).with_context(damaged)?;
        checkpoint.verify_log(log, line).with_context(damaged)?;
        let stands = checkpoint.size() == size && audit.tree().root(checkpoint.size()) == Some(checkpoint.root());
        ensure!(stands, "the checkpoint of size {size} is of another history");
    }
    Ok(())
}

/// Checks that the chains and tiles that the store keeps beside the entries follow from the entries. Returns the number of subjects.
async fn check_derived(store: &SledStore, audit: &Audit, size: TreeSize) -> anyhow::Result<u64> {
    let mut subjects = 0;
    let mut after = None;
    loop {
        let chains = store.chains(after.as_ref(), STRETCH).await?;
        let Some(last) = chains.last() else {
            break;
        };
        after = Some(last.key);
        for chain in chains {
            let replayed = audit.replay().chain(&chain.key);
            ensure!(
                replayed.leaf() == chain,
                "the chain of subject {} is stored as {chain:?}",
                Hash::new(*chain.key.as_bytes())
            );
            let mut from = 1;
            let mut walked = headwater_tlog::chain::Chain::new(chain.key);
            while from <= chain.count {
                let places = store.chain(&chain.key, from, STRETCH).await?;
                ensure!(!places.is_empty(), "place {from} on a chain is missing");
                for place in places {
                    walked = walked.extend(place.link.log_index, place.link.leaf);
                    let stands = walked.head() == place.head && place.count == from;
                    ensure!(
                        stands && audit.tree().leaf(place.link.log_index) == Some(place.link.leaf),
                        "place {from} on a chain is damaged"
                    );
                    from += 1;
                }
            }
            subjects += 1;
        }
    }
    if audit.replay().subjects() != subjects {
        bail!("{} subjects follow from the entries, {subjects} are stored", audit.replay().subjects());
    }
    for number in 0..size.get() / 256 {
        let tile = store.tile(number).await?.with_context(|| format!("tile {number} is missing"))?;
        let stands = |(place, hash): (u64, &Hash)| {
            LeafIndex::new(place).and_then(|place| audit.tree().leaf(place)) == Some(*hash)
        };
        ensure!(tile.len() == 256 && (number * 256..).zip(&tile).all(stands), "tile {number} is damaged");
    }
    Ok(subjects)
}
