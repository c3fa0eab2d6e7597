//! Log indexes of a party's events, by the party's own ids for them, in pages.
//!
//! Ids rise with time (RFC 9562 UUIDv7), so the ids of one batch lie side by side and share one write. With a key for each id, sled would
//! copy the neighbours of the key every time. A page holds at most [`IDS_MAX`] ids, in rising order. The key of a page is the party and the
//! lowest id that the page may hold, and never changes. For the party's first page, that id is sixteen zeros.

use std::collections::BTreeMap;
use std::ops::Bound;

use headwater_event::event::EventId;
use headwater_ledger::store::EventRow;
use headwater_tlog::index::Key;
use headwater_tlog::tree::LeafIndex;

use crate::record;
use crate::store::{SledError, damaged};

/// Maximum number of ids in a page.
pub const IDS_MAX: usize = 64;
/// Bytes of an id and its log index.
const ROW_BYTES: usize = 24;

/// A key of sled, and the value to be written under that key.
pub type Pair = (Vec<u8>, Vec<u8>);

/// A page as it is stored, and the key of the party's next page.
pub struct Page {
    party: Key,
    key: Vec<u8>,
    next: Option<Vec<u8>>,
    rows: BTreeMap<[u8; 16], LeafIndex>,
}

impl Page {
    /// Reads the one page that may hold an id of a party.
    pub fn of(db: &sled::Db, party: &Key, id: &EventId) -> Result<Self, SledError> {
        let (first, asked) = (record::ids(party, &[0; 16]), record::ids(party, id.as_bytes()));
        let found = db.range(first.clone()..=asked).next_back().transpose()?;
        let (key, rows) = match found {
            Some((key, value)) => (key.to_vec(), read(&value).ok_or_else(|| damaged(&key))?),
            None => (first, BTreeMap::new()),
        };
        let until = record::ids(party, &[u8::MAX; 16]);
        let behind = (Bound::Excluded(key.as_slice()), Bound::Included(until.as_slice()));
        let next = db.range::<&[u8], _>(behind).keys().next().transpose()?.map(|key| key.to_vec());
        Ok(Self { party: *party, key, next, rows })
    }

    /// Whether this page, and no other, may hold an id of a party.
    pub fn covers(&self, party: &Key, id: &EventId) -> bool {
        let asked = record::ids(party, id.as_bytes());
        self.party == *party && asked >= self.key && self.next.as_ref().is_none_or(|next| asked < *next)
    }

    /// Returns the log index of an id; `None` if the page does not hold the id.
    pub fn find(&self, id: &EventId) -> Option<LeafIndex> {
        self.rows.get(id.as_bytes()).copied()
    }

    /// Returns the page as it is to be written, in parts of at most [`IDS_MAX`] ids. Ids after all others fill the page and then the next.
    /// Other ids split the page evenly, so that no page stays small.
    fn parts(self, is_behind: bool) -> Vec<Pair> {
        let rows: Vec<([u8; 16], LeafIndex)> = self.rows.into_iter().collect();
        let parts = rows.len().div_ceil(IDS_MAX).max(1);
        let each = if is_behind { IDS_MAX } else { rows.len().div_ceil(parts).max(1) };
        let mut key = Some(self.key);
        let part = |part: &[([u8; 16], LeafIndex)]| {
            let key = key.take().unwrap_or_else(|| record::ids(&self.party, &part[0].0));
            (
                key,
                part.iter()
                    .flat_map(|(id, log_index)| [id.as_slice(), &log_index.get().to_be_bytes()].concat())
                    .collect(),
            )
        };
        rows.chunks(each).map(part).collect()
    }
}

fn read(value: &[u8]) -> Option<BTreeMap<[u8; 16], LeafIndex>> {
    let (rows, rest) = value.as_chunks::<ROW_BYTES>();
    let is_rising = rows.is_sorted_by(|one, two| one[..16] < two[..16]);
    let row = |row: &[u8; ROW_BYTES]| Some((*row.first_chunk::<16>()?, LeafIndex::new(record::number(row)?)?));
    (rest.is_empty() && is_rising).then(|| rows.iter().map(row).collect()).flatten()
}

/// Returns the pages that the events of a batch change: their keys and values.
pub fn pages(db: &sled::Db, events: &[EventRow]) -> Result<Vec<Pair>, SledError> {
    let mut sorted: Vec<&EventRow> = events.iter().collect();
    sorted.sort_unstable_by_key(|event| (event.party, event.id));
    let mut changed = Vec::new();
    let mut rest = sorted.as_slice();
    while let Some(first) = rest.first() {
        let mut page = Page::of(db, &first.party, &first.id)?;
        let (these, behind) =
            rest.split_at(rest.iter().take_while(|event| page.covers(&event.party, &event.id)).count().max(1));
        let is_behind = page.rows.last_key_value().is_none_or(|(last, _)| last < first.id.as_bytes());
        page.rows.extend(these.iter().map(|event| (*event.id.as_bytes(), event.log_index)));
        changed.extend(page.parts(is_behind));
        rest = behind;
    }
    Ok(changed)
}
