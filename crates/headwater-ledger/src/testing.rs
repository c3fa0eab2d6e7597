//! The suite that every store passes. The suite founds a ledger in an empty store and checks all that a store promises.

#![expect(clippy::unwrap_used, reason = "a conformance suite fails by panicking")]

use headwater_event::event::EventId;
use headwater_tlog::chain::{Chain, Link};
use headwater_tlog::hash::Hash;
use headwater_tlog::index::Key;
use headwater_tlog::tree::{LeafIndex, TreeSize};

use crate::store::{ChainRow, Commit, CommitError, EventRow, Head, Store};

/// Bytes of a value that is longer than any value that an engine may be given whole.
const LONG: usize = 20_000;

fn index(at: u64) -> LeafIndex {
    LeafIndex::new(at).unwrap()
}

fn size(count: u64) -> TreeSize {
    TreeSize::new(count).unwrap()
}

fn entries(base: u64, count: u64) -> Vec<Vec<u8>> {
    // Lengths at and around the limit of a piece, and one that is much longer.
    let lengths = [1, 8 * 1024 - 1, 8 * 1024, 8 * 1024 + 1, LONG];
    (base..base + count).map(|at| vec![at as u8; lengths[at as usize % lengths.len()]]).collect()
}

fn rows(key: Key, from: Chain, base: u64, count: u64) -> Vec<ChainRow> {
    let mut chain = from;
    let place = |at: u64| {
        let link = Link { log_index: index(at), leaf: Hash::plain(&at.to_be_bytes()) };
        chain = chain.extend(link.log_index, link.leaf);
        ChainRow { key, count: chain.count(), link, head: chain.head() }
    };
    (base..base + count).map(place).collect()
}

fn commit(base: u64, count: u64, rows: Vec<ChainRow>, note: &[u8]) -> Commit {
    let event = |at: u64| EventRow {
        party: Key::of_subject("417/9526543000105"),
        id: EventId::at(at, [at as u8; 10]),
        log_index: index(at),
        is_act: at.is_multiple_of(2),
    };
    let tile = (base / 256, (0..256_u64).map(|at| Hash::plain(&at.to_be_bytes())).collect());
    Commit {
        base: size(base),
        entries: entries(base, count),
        tiles: vec![tile],
        rows,
        events: (base..base + count).map(event).collect(),
        note: note.to_vec(),
    }
}

/// Runs the suite on an empty store.
pub async fn conformance<S: Store>(store: &S) {
    let (one, two) = (Key::of_subject("01/09526543000013"), Key::of_subject("gcp/9526543"));
    assert_eq!(store.head().await.unwrap(), None);
    assert!(store.has_room().await.unwrap());
    assert_eq!(store.entries(index(0), 10).await.unwrap(), Vec::<Vec<u8>>::new());
    assert_eq!(store.chains(None, 10).await.unwrap(), Vec::new());

    let first = rows(one, Chain::new(one), 0, 3);
    store.commit(commit(0, 5, first.clone(), b"note of 5")).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Some(Head { size: size(5), note: b"note of 5".to_vec() }));

    let refused = store.commit(commit(0, 5, Vec::new(), b"another")).await;
    assert!(matches!(refused, Err(CommitError::Fenced { expected, found }) if (expected, found) == (size(0), size(5))));
    assert_eq!(store.head().await.unwrap(), Some(Head { size: size(5), note: b"note of 5".to_vec() }));

    let end = Chain::at(headwater_tlog::index::Leaf { key: one, count: 3, head: first[2].head });
    let second = [rows(one, end, 5, 2), rows(two, Chain::new(two), 7, 1)].concat();
    let long = vec![b'n'; LONG];
    store.commit(commit(5, 6, second.clone(), &long)).await.unwrap();

    assert_eq!(store.head().await.unwrap(), Some(Head { size: size(11), note: long.clone() }));
    assert_eq!(store.entries(index(0), 100).await.unwrap(), entries(0, 11));
    for from in 0..11 {
        assert_eq!(store.entries(index(from), 1).await.unwrap(), entries(from, 1));
        assert_eq!(store.entries(index(from), 3).await.unwrap(), entries(from, 3.min(11 - from)));
    }
    assert_eq!(store.entries(index(11), 1).await.unwrap(), Vec::<Vec<u8>>::new());
    assert_eq!(store.note(size(5)).await.unwrap(), Some(b"note of 5".to_vec()));
    assert_eq!(store.note(size(6)).await.unwrap(), None);
    assert_eq!(store.tile(0).await.unwrap().map(|tile| tile.len()), Some(256));
    assert_eq!(store.tile(1).await.unwrap(), None);

    let all: Vec<ChainRow> = first.iter().chain(&second[..2]).copied().collect();
    assert_eq!(store.chain(&one, 1, 100).await.unwrap(), all);
    assert_eq!(store.chain(&one, 4, 1).await.unwrap(), all[3..4]);
    assert_eq!(store.chain(&two, 2, 9).await.unwrap(), Vec::new());
    let chains = store.chains(None, 10).await.unwrap();
    assert_eq!(chains.len(), 2);
    assert!(chains[0].key < chains[1].key);
    assert_eq!(store.chains(Some(&chains[0].key), 10).await.unwrap(), chains[1..]);
    assert_eq!(store.chains(Some(&chains[1].key), 10).await.unwrap(), Vec::new());
    assert_eq!(
        chains.iter().find(|leaf| leaf.key == one).map(|leaf| (leaf.count, leaf.head)),
        Some((5, second[1].head))
    );

    let party = Key::of_subject("417/9526543000105");
    assert_eq!(store.find_id(&party, &EventId::at(3, [3; 10])).await.unwrap(), Some(index(3)));
    assert_eq!(store.find_id(&one, &EventId::at(3, [3; 10])).await.unwrap(), None);
    assert_eq!(store.acts(index(0), 100).await.unwrap(), [2, 4, 6, 8, 10].map(index));
    assert_eq!(store.acts(index(4), 2).await.unwrap(), [6, 8].map(index));
    let asked = [0, 10, 11, 4].map(|at| (party, EventId::at(at, [at as u8; 10])));
    assert_eq!(store.find_ids(&asked).await.unwrap(), [Some(0), Some(10), None, Some(4)].map(|at| at.map(index)));

    assert_eq!(store.cosigned(size(100), 9).await.unwrap(), []);
    store.cosign(size(5), b"note of 5, cosigned".to_vec()).await.unwrap();
    store.cosign(size(11), b"note of 11, cosigned".to_vec()).await.unwrap();
    assert_eq!(store.note(size(5)).await.unwrap(), Some(b"note of 5, cosigned".to_vec()));
    assert_eq!(store.head().await.unwrap(), Some(Head { size: size(11), note: b"note of 11, cosigned".to_vec() }));
    assert_eq!(store.cosigned(size(100), 9).await.unwrap(), [11, 5].map(size));
    assert_eq!(store.cosigned(size(11), 9).await.unwrap(), [size(5)]);
    assert_eq!(store.cosigned(size(100), 1).await.unwrap(), [size(11)]);
    find_any_id(store, 11).await;
}

/// Checks that all ids of two parties are found, and nothing else. The ids rise, fall and lie between each other.
async fn find_any_id<S: Store>(store: &S, from: u64) {
    let parties = [Key::of_subject("417/9526543000112"), Key::of_subject("417/9526543000129")];
    let mut kept: Vec<EventRow> = Vec::new();
    let batches: [Vec<u64>; 5] = [
        (0..500).map(|at| at * 10).collect(),
        (0..90).rev().collect(),
        vec![2_601],
        (5..495).map(|at| at * 10 + 5).collect(),
        (6_000..6_001).collect(),
    ];
    for (batch, times) in batches.into_iter().enumerate() {
        let base = from + kept.len() as u64;
        let event = |(at, ms): (u64, u64)| EventRow {
            party: parties[usize::from(ms % 3 == 0)],
            id: EventId::at(ms, [batch as u8; 10]),
            log_index: index(base + at),
            is_act: false,
        };
        let events: Vec<EventRow> = (0..).zip(times).map(event).collect();
        let count = events.len() as u64;
        kept.extend(&events);
        store.commit(Commit { events, ..commit(base, count, Vec::new(), b"ids") }).await.unwrap();
        let asked: Vec<(Key, EventId)> = kept.iter().rev().map(|event| (event.party, event.id)).collect();
        let places: Vec<Option<LeafIndex>> = kept.iter().rev().map(|event| Some(event.log_index)).collect();
        assert_eq!(store.find_ids(&asked).await.unwrap(), places);
        let swapped: Vec<(Key, EventId)> =
            kept.iter().map(|event| (parties[usize::from(event.party == parties[0])], event.id)).collect();
        assert_eq!(store.find_ids(&swapped).await.unwrap(), vec![None; kept.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;

    #[tokio::test]
    async fn the_memory_store_conforms() {
        conformance(&MemoryStore::new()).await;
    }
}
