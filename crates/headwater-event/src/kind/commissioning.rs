//! Items got their serials: listed one by one, or all at once behind a set commitment.

use headwater_tlog::hash::Hash;

use super::{Body, Kind, KindBody, attached, common};
use crate::codec::CodecError;
use crate::document::{Attachment, Commitment, Ref};
use crate::event::Event;
use crate::gs1::Gtin;
use crate::rules::Rules;
use crate::subject::Subject;
use crate::text::Code;
use crate::{arms, message};

message! {
    /// Items got their serials.
    pub struct Commissioning {
        /// Documents that this belongs to.
        1 refs: many Ref,
        /// Hidden fields.
        2 commitments: set Commitment,
        /// The batch of stickers that carry the serials.
        3 sticker_batch: one Code,
        /// How the items are told.
        16 form: oneof Form,
    }
}

arms! {
    /// How the items are told.
    pub enum Form {
        /// The items are the event's subjects.
        16 Listed(Listed) = "listed",
        /// The lot is the event's subject; the items are committed to.
        17 Committed(Committed) = "committed",
    }
}

message! {
    /// The items are the event's subjects.
    pub struct Listed {
        /// The lot that they are of.
        1 lot: one Subject,
    }
}

message! {
    /// The items are committed to, any number in one event.
    pub struct Committed {
        /// How many there are.
        1 count: one u64,
        /// The root of an index trie over their keys, each leaf with count 0 and head H(06 | K | code).
        2 items_root: one Hash,
        /// The attachment that lists serials and heads, by its place in the event's list.
        3 manifest: num u64,
    }
}

impl Committed {
    /// The set that an event commits to by this list, and the model that its items are of.
    pub fn by<'a>(event: &'a Event, list: &Attachment) -> Option<(&'a Gtin, &'a Self)> {
        let KindBody::Commissioning(Commissioning { form: Form::Committed(committed), .. }) = &event.body else {
            return None;
        };
        let named = usize::try_from(committed.manifest).ok().and_then(|place| event.attachments.get(place));
        let gtin = event.keys().next().and_then(Subject::gtin)?;
        (named == Some(list)).then_some((gtin, committed))
    }
}

impl Commissioning {
    /// The lot of the items that a listed commissioning names.
    pub fn listed_lot(&self) -> Option<&Subject> {
        match &self.form {
            Form::Listed(listed) => Some(&listed.lot),
            Form::Committed(_) => None,
        }
    }
}

impl Body for Commissioning {
    const KIND: Kind = Kind::Commissioning;

    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        match &self.form {
            Form::Listed(listed) => matches!(subject, Subject::Item(..)) && subject.gtin() == listed.lot.gtin(),
            Form::Committed(_) => matches!(subject, Subject::Lot(..)),
        }
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        match &self.form {
            Form::Listed(listed) => {
                if !matches!(listed.lot, Subject::Lot(..)) {
                    return Err(CodecError::value(&listed.lot.to_string(), "is no lot").inside("listed.lot"));
                }
                match event.subjects.iter().find_map(|named| named.lot.as_ref()) {
                    None => Ok(()),
                    Some(lot) => {
                        Err(CodecError::value(&lot.to_string(), "the body's lot binds; beside an item it stays empty"))
                    }
                }
            }
            Form::Committed(committed) => {
                if event.subjects.len() != 1 {
                    return Err(CodecError::value(&event.subjects.len().to_string(), "a commitment is about one lot"));
                }
                attached(event, "committed.manifest", committed.manifest)
            }
        }
    }

    fn rules(&self, _: &Event, _: &mut Rules) {}
}
