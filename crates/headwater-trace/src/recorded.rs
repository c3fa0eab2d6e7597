//! An entry at its place in the log, parsed once.

use headwater_event::entry::{Body, Entry, EntryError, Genesis, IndexHead};
use headwater_event::event::{Event, EventId, Pin};
use headwater_event::fault::CodecError;
use headwater_event::newer::{Class, NewerEvent, ReadEvent};
use headwater_event::signed::SignedEvent;
use headwater_event::subject::{PartyKey, Subject};
use headwater_tlog::hash::Hash;
use headwater_tlog::tree::LeafIndex;

/// What an entry holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// The founding of the ledger.
    Genesis(Box<Genesis>),
    /// An event that somebody signed. Nobody has vouched for it here.
    Event(Box<SignedEvent>),
    /// The commitment to the index over the entries before.
    IndexHead(IndexHead),
    /// An event that is newer than this version. Nobody has vouched for it here.
    NewerEvent(Box<NewerEvent>),
    /// A form of entry that this version does not know.
    Newer {
        /// The number of its arm.
        arm: u32,
    },
}

/// An entry at its place in the log.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its place.
    pub log_index: LeafIndex,
    /// Its leaf hash.
    pub leaf: Hash,
    /// How long it is.
    pub bytes_len: usize,
    /// When the ledger recorded it.
    pub recorded_at_ms: u64,
    /// What it holds.
    pub content: Content,
}

/// Why bytes are no entry with a well-formed event.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordedError {
    /// Not an entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// Not an event.
    #[error("the event is not well formed")]
    Event(#[from] CodecError),
}

impl Recorded {
    /// Reads an entry and the event in it.
    pub fn parse(log_index: LeafIndex, bytes: &[u8]) -> Result<Self, RecordedError> {
        let entry = Entry::parse(bytes)?;
        let content = match entry.body {
            Body::Genesis(genesis) => Content::Genesis(genesis),
            Body::SignedEvent(signed) => match ReadEvent::parse(signed)? {
                ReadEvent::Known(event) => Content::Event(Box::new(event)),
                ReadEvent::Newer(event) => Content::NewerEvent(Box::new(event)),
            },
            Body::IndexHead(head) => Content::IndexHead(head),
            Body::Newer { arm, .. } => Content::Newer { arm },
        };
        let leaf = Hash::leaf(bytes);
        Ok(Self { log_index, leaf, bytes_len: bytes.len(), recorded_at_ms: entry.recorded_at_ms, content })
    }

    /// What the party says, if this holds an event.
    pub fn claims(&self) -> Option<&Event> {
        match &self.content {
            Content::Event(signed) => Some(signed.claims()),
            _ => None,
        }
    }

    /// The event that is newer than this version, if this holds one.
    pub fn newer(&self) -> Option<&NewerEvent> {
        match &self.content {
            Content::NewerEvent(newer) => Some(newer),
            _ => None,
        }
    }

    /// The class of an entry that is newer than this version.
    pub fn newer_class(&self) -> Option<Class> {
        match &self.content {
            Content::Newer { .. } => Some(Class::Story),
            Content::NewerEvent(newer) => Some(newer.claims().class()),
            _ => None,
        }
    }

    /// The marks that no two entries share: the identity of an event, its party and the party's id for it.
    pub fn identity(&self) -> Option<(Hash, &PartyKey, EventId)> {
        match &self.content {
            Content::Event(event) => Some((event.hash(), &event.claims().party, event.claims().event_id)),
            Content::NewerEvent(event) => Some((event.hash(), &event.claims().party, event.claims().event_id)),
            _ => None,
        }
    }

    /// The pins of an event, each on a subject that this version knows.
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

    /// The subjects whose chains carry this entry: those that an event names; for a genesis the operator.
    pub fn subjects(&self) -> Vec<Subject> {
        match &self.content {
            Content::Genesis(genesis) => vec![Subject::Party(genesis.operator.clone())],
            Content::Event(signed) => signed.claims().keys().cloned().collect(),
            Content::NewerEvent(event) => event.claims().keys().cloned().collect(),
            Content::IndexHead(_) | Content::Newer { .. } => Vec::new(),
        }
    }
}
