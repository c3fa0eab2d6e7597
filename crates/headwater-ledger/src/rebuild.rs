//! An earlier state of a ledger, rebuilt by removing the entries that were recorded since.

use std::collections::BTreeMap;

use headwater_event::subject::Subject;
use headwater_tlog::checkpoint::Checkpoint;
use headwater_tlog::index::{Index, Key, Leaf};
use headwater_tlog::note::Note;
use headwater_tlog::tree::TreeSize;
use headwater_trace::recorded::EntryContent;

use crate::reader::{ReadError, STRETCH, parse};
use crate::snapshot::Snapshot;
use crate::store::{Store, read};

/// Rebuilds the state under a note of this ledger that is older than the state `newer`. The authority remains that of `newer`. The cost is
/// a read of every entry between the two, and the leaves of the whole index in memory for a moment.
pub(crate) async fn snapshot_at<S: Store>(store: &S, newer: &Snapshot, note: &str) -> Result<Snapshot, ReadError> {
    let lacks = |what: String| ReadError::Damaged { what };
    let checkpoint = Checkpoint::parse(Note::parse(note.as_bytes())?.claims())?;
    let size = checkpoint.size();
    let index = index_at(store, newer, size).await?;
    let last = size.last().ok_or_else(|| lacks("an index head".to_owned()))?;
    let index_head = read(store.entries(last, 1).await)?.pop().ok_or_else(|| lacks(format!("entry {last}")))?;
    let recorded = parse(last, &index_head)?;
    if !matches!(&recorded.content, EntryContent::IndexHead(head) if head.root == index.root()) {
        return Err(lacks(format!("the index of size {size}")));
    }
    Ok(Snapshot {
        checkpoint,
        note: note.into(),
        index,
        authority: newer.authority.clone(),
        recorded_at_ms: recorded.recorded_at_ms,
        index_head: index_head.into(),
    })
}

async fn index_at<S: Store>(store: &S, newer: &Snapshot, size: TreeSize) -> Result<Index, ReadError> {
    let mut ends: BTreeMap<Key, Leaf> = newer.index.leaves().into_iter().map(|leaf| (leaf.key, leaf)).collect();
    let mut read_through = size;
    while let Some(from) = newer.size().first_beyond(read_through) {
        let max = usize::try_from(newer.size().get() - from.get()).unwrap_or(STRETCH).min(STRETCH);
        let entries = read(store.entries(from, max).await)?;
        if entries.is_empty() {
            return Err(ReadError::Damaged { what: format!("entry {from}") });
        }
        // The threads for reads have other work too.
        tokio::task::yield_now().await;
        for (log_index, entry) in from.onward().zip(entries) {
            for key in parse(log_index, &entry)?.subjects().iter().map(Subject::index_key) {
                let Some(end) = ends.get(&key).filter(|end| end.count > 0).copied() else {
                    continue;
                };
                let before = match end.count {
                    1 => None,
                    count => read(store.chain(&key, count - 1, 1).await)?.pop(),
                };
                match before {
                    Some(before) => ends.insert(key, Leaf { key, count: before.count, head: before.head }),
                    None => ends.remove(&key),
                };
            }
            read_through = log_index.size_through();
        }
    }
    let mut index = Index::new();
    index.update(ends.into_values().collect());
    Ok(index)
}
