//! A log that the holder of its key continues with any event at any time, including events that a ledger would refuse.

use super::said::drafted;
use super::*;
use headwater_event::document::AttachmentRole;
use headwater_event::signature::PayloadType;
use headwater_testing::wire::Wire;
use headwater_tlog::index::Index;
use headwater_tlog::key::SecretKey;

/// The entries of a world, and the entries appended to them.
#[derive(Clone)]
pub(super) struct Log<'a> {
    pub world: &'a Memory,
    pub entries: Vec<Vec<u8>>,
    /// Lists of the sets that the maker of the log holds.
    pub lists: Vec<Index>,
}

impl<'a> Log<'a> {
    pub(super) fn of(world: &'a Memory) -> Self {
        Self { entries: unfinished(world), world, lists: Vec::new() }
    }

    /// Recorded time of the newest entry, in Unix milliseconds.
    pub(super) fn now(&self) -> u64 {
        Entry::parse(self.entries.last().unwrap()).unwrap().recorded_at_ms
    }

    /// Changes the bytes of an event, signs them with a key, and appends them. Returns the entry.
    pub(super) fn append(&mut self, event: &Event, secret: &SecretKey, change: &dyn Fn(&mut Wire)) -> Vec<u8> {
        let mut wire = Wire::read(&event.encode());
        change(&mut wire);
        let event = wire.write();
        let signature = Signature::new(secret.sign(&PayloadType::Event.encode(&event)).unwrap());
        self.record(SignedEventBytes { event, signature })
    }

    /// Appends a signed event, recorded 1 ms after the newest entry. Returns the entry.
    pub(super) fn record(&mut self, event: SignedEventBytes) -> Vec<u8> {
        let entry = Entry { recorded_at_ms: self.now() + 1, body: EntryBody::SignedEvent(event) }.encode();
        self.entries.push(entry.clone());
        entry
    }

    /// Appends an event of a party, signed with the key that its kind needs. Returns the entry.
    pub(super) fn says(&mut self, by: &Actor, event: &Event) -> Vec<u8> {
        let secret = if matches!(event.body, KindBody::Party(_)) { by.admin() } else { by.events() };
        self.append(event, &secret, &|_| {})
    }

    /// Appends an act of a party on these subjects. Returns the entry.
    pub(super) fn acts(&mut self, by: &Actor, on: &[&str], action: &Value) -> Vec<u8> {
        let event = drafted(self.world, by, on, json!({"party_event": {"action": action}}));
        self.says(by, &event)
    }

    /// Appends the dairy's commitment to a set of items of a lot, and keeps the list of the set. Returns the entry.
    pub(super) fn commits(&mut self, lot: &str, set: &SetManifest) -> Vec<u8> {
        self.commits_to(lot, set.index())
    }

    /// Appends the dairy's commitment to any trie in place of a set. Returns the entry.
    pub(super) fn commits_to(&mut self, lot: &str, set: Index) -> Vec<u8> {
        self.commits_by(&self.world.dairy, lot, set)
    }

    /// Appends a party's commitment to a set of items of a lot, whether or not the party has a right to the lot.
    pub(super) fn commits_by(&mut self, by: &Actor, lot: &str, set: Index) -> Vec<u8> {
        let form = json!({"committed": {"count": 1, "items_root": set.root(), "manifest": 0}});
        let mut event =
            drafted(self.world, by, &[lot], json!({"commissioning": {"sticker_batch": "B2", "form": form}}));
        event.attachments.push(headwater_testing::world::attachment(b"the list", "text/csv", AttachmentRole::Other));
        self.lists.push(set);
        self.says(by, &event)
    }

    /// The trace of a subject on this log, as the input of a case.
    pub(super) fn shown(&self, key: &str) -> Value {
        self.shown_for(&Asks::of(self.world, key))
    }

    pub(super) fn shown_for(&self, asks: &Asks<'_>) -> Value {
        asks.input(&self.trace(asks).encode())
    }

    pub(super) fn trace(&self, asks: &Asks<'_>) -> Trace {
        forge(self.entries.clone(), |_| {}).trace_with(&asks.query(), &self.lists)
    }
}
