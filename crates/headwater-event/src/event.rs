//! Events: statements about what happened, in the exact bytes that a party signs.
//!
//! [`Event::parse`] checks the properties that a reader has to rely on: the one encoding, identifiers, the order of lists, and
//! that a body points only to elements that the event has. The module [`rules`](crate::rules) holds the further rules of an event.

use headwater_tlog::hash::Hash;

use crate::codec::{Keyed, Message as _};
use crate::document::Attachment;
use crate::entry::EVENT_BYTES_MAX;
use crate::fault::CodecError;
use crate::kind::commissioning::Committed;
use crate::kind::{Kind, KindBody};
use crate::measure::Quantity;
use crate::place::{LangText, Place, UtcOffset};
use crate::subject::{PartyKey, Subject};
use crate::text::text_keyed;
use crate::{codes, message};

/// Largest number of subjects that an event names.
pub const SUBJECTS_MAX: usize = 64;
/// Largest number of subjects of a listed commissioning, and of a correction of one: 500 items and the list of their lot.
pub const LISTED_SUBJECTS_MAX: usize = 501;

codes! {
    /// The role of a party.
    pub enum Role {
        1 Brand = "brand",
        2 Producer = "producer",
        3 Carrier = "carrier",
        4 Distributor = "distributor",
        5 Customs = "customs",
        6 Lab = "lab",
        7 Certifier = "certifier",
        8 Regulator = "regulator",
        9 Platform = "platform",
        10 Auditor = "auditor",
    }
}

/// A UUIDv7 that the author chooses and uses once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

impl EventId {
    /// Checks the version and the variant of a UUID (RFC 9562 section 5.7).
    pub fn new(bytes: [u8; 16]) -> Option<Self> {
        (bytes[6] >> 4 == 7 && bytes[8] >> 6 == 0b10).then_some(Self(bytes))
    }

    /// Makes the id of a moment, in milliseconds UTC; 74 of the given random bits make the id unique.
    pub fn at(ms: u64, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        bytes[6] = 0x70 | bytes[6] & 0x0f;
        bytes[8] = 0x80 | bytes[8] & 0x3f;
        Self(bytes)
    }

    /// The 16 bytes of the UUID.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the form with hyphens and lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, CodecError> {
        let wrong = || CodecError::value(text, "is not a UUIDv7");
        let mut bytes = [0; 16];
        hex::decode_to_slice(text.replace('-', ""), &mut bytes).map_err(|_| wrong())?;
        Self::new(bytes).filter(|id| id.to_string() == text).ok_or_else(wrong)
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hex = hex::encode(self.0);
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

impl std::fmt::Debug for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

crate::text::text_serde!(EventId);
text_keyed!(EventId);

impl crate::codec::Value for EventId {
    fn form() -> &'static str {
        "UUIDv7, 16 bytes"
    }

    fn read(payload: crate::codec::Payload<'_>) -> Result<Self, CodecError> {
        let bytes = <[u8; 16]>::read(payload)?;
        Self::new(bytes).ok_or_else(|| CodecError::value(&hex::encode(bytes), "is not a UUIDv7"))
    }

    fn write(&self, out: &mut crate::codec::FieldWriter<'_>) {
        out.bytes(&self.0);
    }

    fn proto(_: &mut crate::schema::Schema) -> &'static str {
        "bytes"
    }
}

message! {
    /// A subject that the event names: its chain carries the event.
    pub struct SubjectRef, draft SubjectRefDraft {
        /// Key of the subject.
        1 key: one Subject,
        /// Amount of the lot that the event is about; for lots only.
        2 quantity: opt Quantity,
        /// The lot of an item, as the signer claims. Only a commissioning binds an item to a lot.
        3 lot: opt Subject,
    }
}

impl Keyed for SubjectRef {
    fn sort_key(&self) -> Vec<u8> {
        self.key.sort_key()
    }
}

message! {
    /// The end of a subject's chain that the signer saw. The ledger refuses the event unless the pin is current.
    pub struct Pin, draft PinDraft {
        /// The subject, by its index in the event's list.
        1 subject: num u64,
        /// Number of entries of the chain; 0 for an empty chain.
        2 count: num u64,
        /// Head of the chain; 32 zero bytes for an empty chain.
        3 head: one Hash,
    }
}

impl Keyed for Pin {
    fn sort_key(&self) -> Vec<u8> {
        self.subject.to_be_bytes().to_vec()
    }
}

message! {
    /// A statement about what happened, which a party signs.
    pub struct Event, draft EventDraft {
        /// The one ledger that the event is for, by the leaf hash of its genesis.
        1 ledger_id: one Hash,
        /// The author's own id of the event, a UUIDv7, used once.
        2 event_id: one EventId,
        /// Party that signs the event.
        3 party: one PartyKey,
        /// SHA-256 of the signer's public key.
        4 key_id: one Hash,
        /// Role in which the party signs.
        5 role: one Role,
        /// Time of the event, as the signer claims: milliseconds UTC.
        6 occurred_at_ms: one u64,
        /// Minutes that the local clock at the location of the event is ahead of UTC.
        7 utc_offset_minutes: num UtcOffset,
        /// Party whose prefix or delegation the signer uses, when that party is not the signer.
        8 principal: opt PartyKey,
        /// Subjects that the event is about, sorted by key.
        9 subjects: set1 SubjectRef,
        /// Location where the event happened.
        10 place: opt Place,
        /// Pins: the ends of the subjects' chains that the signer saw.
        11 after: set Pin,
        /// Files that belong to the event, by hash.
        12 attachments: many Attachment,
        /// Text for people, by language.
        13 notes: set LangText,
        /// The part of the event that depends on its kind.
        16 body: oneof KindBody,
    }
}

impl Event {
    /// Reads the one encoding of an event, and checks that its parts fit one another.
    pub fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > EVENT_BYTES_MAX {
            let size = format!("{} bytes", bytes.len());
            return Err(CodecError::value(&size, format!("an event has at most {EVENT_BYTES_MAX} bytes")));
        }
        let event = Self::decode(bytes)?;
        event.fits()?;
        Ok(event)
    }

    /// The kind of the event, from its body.
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// The keys of the subjects, in the order of the event's list.
    pub fn keys(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().map(|named| &named.key)
    }

    /// Whether the event is about a part of a subject: a lot with a quantity counts for that quantity only.
    pub fn takes_part_of(&self, subject: &Subject) -> bool {
        self.subjects.iter().any(|named| named.key == *subject && named.quantity.is_some())
    }

    /// The subject at an index in the event's list, to which a body points.
    pub fn subject(&self, index: u64) -> Option<&SubjectRef> {
        self.subjects.get(usize::try_from(index).ok()?)
    }

    /// The lot that this event binds an item to. Only a listed commissioning binds an item.
    pub fn binds(&self, item: &Subject) -> Option<&Subject> {
        match &self.body {
            KindBody::Commissioning(commissioning) if self.keys().any(|key| key == item) => commissioning.listed_lot(),
            _ => None,
        }
    }

    /// The lot that this event claims for an item.
    pub fn lot_beside(&self, item: &Subject) -> Option<&Subject> {
        self.subjects.iter().find(|named| named.key == *item)?.lot.as_ref()
    }

    /// Whether this event makes an item out of other goods.
    pub fn makes(&self, item: &Subject) -> bool {
        matches!(&self.body, KindBody::Transformation(made) if made.outputs(self).any(|output| output == item))
    }

    /// The set that this event commits to, if the event is a committed commissioning.
    pub fn committed(&self) -> Option<&Committed> {
        match &self.body {
            KindBody::Commissioning(commissioning) => commissioning.committed(),
            _ => None,
        }
    }

    /// Adds the register or list of a commissioning to the subjects, unless the event names it already.
    pub fn name_register(&mut self) {
        let KindBody::Commissioning(body) = &self.body else {
            return;
        };
        let register = body.register(self.keys()).filter(|register| self.keys().all(|key| key != register));
        self.subjects.extend(register.map(|key| SubjectRef { key, quantity: None, lot: None }));
        self.subjects.sort_by_key(Keyed::sort_key);
    }

    /// The first lot among the subjects.
    pub fn lot(&self) -> Option<&Subject> {
        self.keys().find(|key| matches!(key, Subject::Lot(..)))
    }

    fn fits(&self) -> Result<(), CodecError> {
        let max = match self.kind() {
            Kind::Commissioning | Kind::Correction => LISTED_SUBJECTS_MAX,
            _ => SUBJECTS_MAX,
        };
        if self.subjects.len() > max {
            let count = self.subjects.len().to_string();
            return Err(CodecError::value(&count, format!("this kind names at most {max} subjects")).inside("subjects"));
        }
        for (at, named) in self.subjects.iter().enumerate() {
            named.fits().map_err(|error| error.inside(&format!("subjects.{at}")))?;
            if !self.body.may_name(&named.key) {
                let rule = format!("is not a subject of {}", self.kind());
                return Err(CodecError::value(&named.key.to_string(), rule).inside(&format!("subjects.{at}.key")));
            }
        }
        for (at, pin) in self.after.iter().enumerate() {
            let inside = |error: CodecError, name: &str| error.inside(&format!("after.{at}.{name}"));
            if self.subject(pin.subject).is_none() {
                return Err(inside(CodecError::value(&pin.subject.to_string(), "points to no subject"), "subject"));
            }
            if (pin.count == 0) != (pin.head == Hash::ZERO) {
                return Err(inside(
                    CodecError::value(&pin.head.to_string(), "a count of 0 and a head of zeros go together"),
                    "head",
                ));
            }
        }
        self.body.fits(self).map_err(|error| error.inside(&format!("body.{}", self.kind())))
    }
}

impl SubjectRef {
    fn fits(&self) -> Result<(), CodecError> {
        if self.quantity.is_some() && !matches!(self.key, Subject::Lot(..)) {
            return Err(CodecError::value(&self.key.to_string(), "only a lot has a quantity").inside("quantity"));
        }
        match (&self.key, &self.lot) {
            (_, None) => Ok(()),
            (Subject::Item(gtin, _), Some(Subject::Lot(other, _))) if gtin == other => Ok(()),
            (_, Some(lot)) => {
                Err(CodecError::value(&lot.to_string(), "only an item has a lot, of its own GTIN").inside("lot"))
            }
        }
    }
}
