//! Events that are newer than this reader: a later version has a kind, an act or a code that this version does not know.
//!
//! A ledger refuses such an event, so that only a ledger that knows the rules of the event ever records it. A reader keeps the
//! event on its chains, checks its signature, and reports that the event is newer. The class of the event follows from the number
//! of its arm: part of the story, which this reader then cannot judge; information beside the story; or a warning.

use headwater_tlog::hash::Hash;
use headwater_tlog::key::PublicKey;

use crate::codec::{ARMS, CodecError, Fault, FieldReader, Number as _, Payload, last_field, rising};
use crate::entry::SignedEventBytes;
use crate::event::{Event, EventId, Pin};
use crate::kind::{KIND_ARM, Kind, KindBody};
use crate::place::UtcOffset;
use crate::signature::PayloadType;
use crate::signed::{NotAuthentic, SignedEvent};
use crate::subject::{PartyKey, SUBJECT_BYTES_MAX, Subject};

/// The class of a newer event, by the number of its arm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Part of the story: a reader that does not know the event cannot judge.
    Story,
    /// Beside the story: the event does not change the verdict.
    Informative,
    /// A warning: a reader shows the event like a recall.
    Alarm,
}

impl Class {
    /// The class of an arm; a newer recall is a warning (N5).
    fn of(arm: u32) -> Self {
        match arm {
            40..=43 => Class::Informative,
            44..=47 => Class::Alarm,
            arm if u64::from(arm) == Kind::Recall.number() + KIND_ARM => Class::Alarm,
            _ => Class::Story,
        }
    }
}

/// The envelope of an event: the part that a reader of any version can read. Its claims are not verified here.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The ledger that the event is for, by the leaf hash of its genesis.
    pub ledger_id: Hash,
    /// The author's own id of the event.
    pub event_id: EventId,
    /// The party that the event names as its signer.
    pub party: PartyKey,
    /// SHA-256 of the signer's public key.
    pub key_id: Hash,
    /// The number of the role, which this reader may not know.
    pub role: u64,
    /// Time of the event, as the signer claims: milliseconds UTC.
    pub occurred_at_ms: u64,
    /// Minutes that the local clock at the location of the event is ahead of UTC.
    pub utc_offset_minutes: UtcOffset,
    /// The party whose prefix or delegation the signer uses.
    pub principal: Option<PartyKey>,
    /// The pins to the subjects' chains.
    pub after: Vec<Pin>,
    /// The key of each subject, and the subject where this reader knows the form of its key.
    subjects: Vec<(String, Option<Subject>)>,
    arm: u32,
}

/// Reads the key of a subject, and leaves the other fields unread.
fn key(payload: Payload<'_>) -> Result<String, CodecError> {
    let text = |payload: Payload<'_>| {
        let text = payload.text()?;
        if text.len() > SUBJECT_BYTES_MAX {
            return Err(CodecError::value(text, format!("a subject has at most {SUBJECT_BYTES_MAX} bytes")));
        }
        Ok(text.to_owned())
    };
    FieldReader::whole(payload.bytes()?, |reader| {
        let key = reader.required(1, "key", text)?;
        reader.skip(2)?;
        reader.skip(3)?;
        Ok(key)
    })
}

/// Reads an envelope, and leaves the rest of the event unread (N3).
fn envelope(reader: &mut FieldReader<'_>) -> Result<Envelope, CodecError> {
    let (ledger_id, event_id) = (reader.one(1, "ledger_id")?, reader.one(2, "event_id")?);
    let (party, key_id) = (reader.one(3, "party")?, reader.one(4, "key_id")?);
    let role = reader.one(5, "role")?;
    let occurred_at_ms = reader.one(6, "occurred_at_ms")?;
    let utc_offset_minutes = reader.num(7, "utc_offset_minutes")?;
    let principal = reader.opt(8, "principal")?;
    let keys = rising("subjects", reader.each(9, "subjects", key)?, |key| key.clone().into_bytes())?;
    if keys.is_empty() {
        return Err(CodecError::new("subjects", Fault::Missing));
    }
    reader.skip(10)?;
    let after: Vec<Pin> = reader.set(11, "after")?;
    reader.each(12, "attachments", |_| Ok(()))?;
    reader.each(13, "notes", |_| Ok(()))?;
    let arm = reader.any_arm("body")?;
    let known = |key: String| {
        let subject = Subject::parse(&key).ok();
        (key, subject)
    };
    let subjects: Vec<(String, Option<Subject>)> = keys.into_iter().map(known).collect();
    for (at, pin) in after.iter().enumerate() {
        if usize::try_from(pin.subject).ok().and_then(|place| subjects.get(place)).is_none() {
            let error = CodecError::value(&pin.subject.to_string(), "points to no subject");
            return Err(error.inside(&format!("after.{at}.subject")));
        }
    }
    Ok(Envelope {
        ledger_id,
        event_id,
        party,
        key_id,
        role,
        occurred_at_ms,
        utc_offset_minutes,
        principal,
        after,
        subjects,
        arm,
    })
}

impl Envelope {
    /// The subjects whose form this reader knows.
    pub fn keys(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().filter_map(|(_, subject)| subject.as_ref())
    }

    /// The key of every subject, known to this reader or not.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(|(key, _)| key.as_str())
    }

    /// The subject at a position in the event's list, where this reader knows its form.
    pub fn subject(&self, index: u64) -> Option<&Subject> {
        self.subjects.get(usize::try_from(index).ok()?)?.1.as_ref()
    }

    /// The class of the event, by the number of its arm.
    pub fn class(&self) -> Class {
        Class::of(self.arm)
    }
}

/// A signed event that is newer than this reader. Its signature is not verified yet.
#[derive(Clone, Debug)]
pub struct NewerEvent {
    signed: SignedEventBytes,
    envelope: Envelope,
    hash: Hash,
}

/// A signed event, as far as a reader of this version can read it.
#[derive(Clone, Debug)]
pub enum ReadEvent {
    /// An event of this version, read in full.
    Known(SignedEvent),
    /// An event of a later version, of which only the envelope is read.
    Newer(NewerEvent),
}

impl ReadEvent {
    /// Reads the whole event, or the envelope of a newer event.
    pub fn parse(signed: SignedEventBytes) -> Result<Self, CodecError> {
        match Event::parse(&signed.event) {
            Ok(claims) => Ok(Self::Known(SignedEvent::with(signed, claims))),
            Err(error) if is_newer(&signed.event, &error) => {
                let envelope = FieldReader::whole(&signed.event, envelope)?;
                let hash = Hash::plain(&signed.event);
                Ok(Self::Newer(NewerEvent { signed, envelope, hash }))
            }
            Err(error) => Err(error),
        }
    }
}

impl NewerEvent {
    /// The claims of the envelope, which every version can read.
    pub fn claims(&self) -> &Envelope {
        &self.envelope
    }

    /// The identity of the event: SHA-256 of its bytes, never of the signature.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Checks the signature under `key`, which has to be the key whose id the event states; this function does not compare the ids.
    pub fn authenticate(&self, key: &PublicKey) -> Result<(), NotAuthentic> {
        Ok(key.verify(&PayloadType::Event.encode(&self.signed.event), self.signed.signature.as_bytes())?)
    }
}

/// Whether bytes that this version cannot read are an event of a later version.
fn is_newer(event: &[u8], error: &CodecError) -> bool {
    // The last field is an arm that this version does not know (N1).
    let is_unknown_kind =
        last_field(event).is_some_and(|arm| ARMS.contains(&arm) && KindBody::numbers().all(|known| known != arm));
    // Or the first fault is an unknown arm of a party action, or an unknown value of an enum (N2).
    let party = format!("body.{}", Kind::Party);
    is_unknown_kind
        || match &error.fault {
            Fault::Unknown { may_be_newer, .. } => *may_be_newer && error.field == party,
            Fault::Value { may_be_newer, .. } => *may_be_newer,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_arm_is_its_class() {
        assert_eq!(Class::of(39), Class::Story);
        assert_eq!((Class::of(40), Class::of(43)), (Class::Informative, Class::Informative));
        assert_eq!((Class::of(44), Class::of(47)), (Class::Alarm, Class::Alarm));
        assert_eq!((Class::of(26), Class::of(27)), (Class::Alarm, Class::Story));
    }
}
