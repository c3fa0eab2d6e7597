//! An entry with its log index, parsed once.

use headwater_event::entry::{Entry, EntryBody, EntryError, Genesis, IndexHead};
use headwater_event::event::{Event, EventId, Pin};
use headwater_event::fault::CodecError;
use headwater_event::newer::{Class, NewerEvent, ReadEvent};
use headwater_event::signed::SignedEvent;
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;

/// Content of an entry, by its form.
#[derive(Clone, Debug)]
pub enum EntryContent {
    /// The founding of the ledger.
    Genesis(Box<Genesis>),
    /// A signed event. Its signature is not verified here.
    Event(Box<SignedEvent>),
    /// The commitment to the index over the entries before.
    IndexHead(IndexHead),
    /// An event that is newer than this version. Its signature is not verified here.
    NewerEvent(Box<NewerEvent>),
    /// A form of entry that this version does not know.
    Newer {
        /// Number of the arm of the form.
        arm: u32,
    },
}

/// An entry with its log index.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Log index of the entry.
    pub log_index: LeafIndex,
    /// Leaf hash of the entry (RFC 6962).
    pub leaf: Hash,
    /// Length of the entry in bytes.
    pub bytes_len: usize,
    /// Time at which the operator recorded the entry, in milliseconds UTC.
    pub recorded_at_ms: u64,
    /// Content of the entry, by its form.
    pub content: EntryContent,
}

/// Reason why bytes are not an entry, or the event in them is not well formed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordedError {
    /// The bytes are not an entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The event in the entry is not well formed.
    #[error("the event is not well formed")]
    Event(#[from] CodecError),
}

impl Recorded {
    /// Parses an entry and the event in it.
    pub fn parse(log_index: LeafIndex, bytes: &[u8]) -> Result<Self, RecordedError> {
        let entry = Entry::parse(bytes)?;
        let content = match entry.body {
            EntryBody::Genesis(genesis) => EntryContent::Genesis(genesis),
            EntryBody::SignedEvent(signed) => match ReadEvent::parse(signed)? {
                ReadEvent::Known(event) => EntryContent::Event(Box::new(event)),
                ReadEvent::Newer(event) => EntryContent::NewerEvent(Box::new(event)),
            },
            EntryBody::IndexHead(head) => EntryContent::IndexHead(head),
            EntryBody::Newer { arm, .. } => EntryContent::Newer { arm },
        };
        let leaf = Hash::leaf(bytes);
        Ok(Self { log_index, leaf, bytes_len: bytes.len(), recorded_at_ms: entry.recorded_at_ms, content })
    }

    /// Returns the claims of the event, if the entry holds one that this version reads.
    pub fn claims(&self) -> Option<&Event> {
        match &self.content {
            EntryContent::Event(signed) => Some(signed.claims()),
            _ => None,
        }
    }

    /// Returns the event that is newer than this version, if the entry holds one.
    pub fn newer(&self) -> Option<&NewerEvent> {
        match &self.content {
            EntryContent::NewerEvent(newer) => Some(newer),
            _ => None,
        }
    }

    /// Returns the class of an entry that is newer than this version. A newer form of entry is of class story (N6).
    pub fn newer_class(&self) -> Option<Class> {
        match &self.content {
            EntryContent::Newer { .. } => Some(Class::Story),
            EntryContent::NewerEvent(newer) => Some(newer.claims().class()),
            _ => None,
        }
    }

    /// Returns the values that no two entries share: the hash of the event, and its party together with the party's id for
    /// it.
    pub fn identity(&self) -> Option<(Hash, &PartyKey, EventId)> {
        match &self.content {
            EntryContent::Event(event) => Some((event.hash(), &event.claims().party, event.claims().event_id)),
            EntryContent::NewerEvent(event) => Some((event.hash(), &event.claims().party, event.claims().event_id)),
            _ => None,
        }
    }

    /// Returns the pins of an event, each with its subject, where this version knows the subject.
    pub fn pins(&self) -> impl Iterator<Item = (&Pin, &Subject)> {
        let known = self
            .claims()
            .into_iter()
            .flat_map(|event| event.after.iter().filter_map(|pin| Some((pin, &event.subject(pin.subject)?.key))));
        let newer = self.newer().map(NewerEvent::claims).into_iter();
        let newer =
            newer.flat_map(|event| event.after.iter().filter_map(|pin| Some((pin, event.subject(pin.subject)?))));
        known.chain(newer)
    }

    /// Returns the subjects whose chains carry this entry: those that an event names; for a genesis the operator.
    pub fn subjects(&self) -> Vec<Subject> {
        match &self.content {
            EntryContent::Genesis(genesis) => vec![Subject::Party(genesis.operator.clone())],
            EntryContent::Event(signed) => signed.claims().keys().cloned().collect(),
            EntryContent::NewerEvent(event) => event.claims().keys().cloned().collect(),
            EntryContent::IndexHead(_) | EntryContent::Newer { .. } => Vec::new(),
        }
    }
}
