//! A log that whoever holds its key goes on with: any event, at any time, whether or not a ledger would take it.

use super::said::drafted;
use super::*;
use crate::wire::Wire;
use headwater_event::document::AttachmentRole;
use headwater_event::signature::PayloadType;
use headwater_tlog::index::Index;
use headwater_tlog::key::SecretKey;

/// The entries of a world, and what was appended to them.
#[derive(Clone)]
pub(super) struct Log<'a> {
    pub world: &'a Memory,
    pub entries: Vec<Vec<u8>>,
    /// The lists of sets that its maker holds.
    pub lists: Vec<Index>,
}

impl<'a> Log<'a> {
    pub(super) fn of(world: &'a Memory) -> Self {
        Self { entries: unfinished(world), world, lists: Vec::new() }
    }

    /// When the newest entry was recorded.
    pub(super) fn now(&self) -> u64 {
        Entry::parse(self.entries.last().unwrap()).unwrap().recorded_at_ms
    }

    /// Appends an event whose bytes are changed, signed with a key; gives its entry.
    pub(super) fn append(&mut self, event: &Event, secret: &SecretKey, change: &dyn Fn(&mut Wire)) -> Vec<u8> {
        let mut wire = Wire::read(&event.encode());
        change(&mut wire);
        let event = wire.write();
        let signature = Signature::new(secret.sign(&PayloadType::Event.encode(&event)).unwrap());
        self.record(SignedBytes { event, signature })
    }

    /// Appends what is signed.
    pub(super) fn record(&mut self, event: SignedBytes) -> Vec<u8> {
        let entry = Entry { recorded_at_ms: self.now() + 1, body: Body::SignedEvent(event) }.encode();
        self.entries.push(entry.clone());
        entry
    }

    /// Appends an event of a party, signed with the key that its kind asks for.
    pub(super) fn says(&mut self, by: &Actor, event: &Event) -> Vec<u8> {
        let secret = if matches!(event.body, KindBody::Party(_)) { by.admin() } else { by.events() };
        self.append(event, &secret, &|_| {})
    }

    /// Appends what a party does to another one.
    pub(super) fn acts(&mut self, by: &Actor, on: &[&str], action: &Value) -> Vec<u8> {
        let event = drafted(self.world, by, on, json!({"party_event": {"action": action}}));
        self.says(by, &event)
    }

    /// The dairy commits to a set of items of a lot, whose list is held; gives the entry.
    pub(super) fn commits(&mut self, lot: &str, set: &SetManifest) -> Vec<u8> {
        self.commits_to(lot, set.index())
    }

    /// The same with any trie for a set.
    pub(super) fn commits_to(&mut self, lot: &str, set: Index) -> Vec<u8> {
        let form = json!({"committed": {"count": 1, "items_root": set.root(), "manifest": 0}});
        let dairy = &self.world.dairy;
        let mut event =
            drafted(self.world, dairy, &[lot], json!({"commissioning": {"sticker_batch": "B2", "form": form}}));
        event.attachments.push(crate::world::attachment(b"the list", "text/csv", AttachmentRole::Other));
        self.lists.push(set);
        self.says(dairy, &event)
    }

    /// The trace of a subject on this log.
    pub(super) fn shown(&self, key: &str) -> Value {
        self.shown_for(&Asks::of(self.world, key))
    }

    pub(super) fn shown_for(&self, asks: &Asks<'_>) -> Value {
        asks.input(&self.trace(asks).encode())
    }

    pub(super) fn trace(&self, asks: &Asks<'_>) -> Trace {
        forge(self.entries.clone(), |_| {}).trace_with(&asks.asked(), &self.lists)
    }
}
