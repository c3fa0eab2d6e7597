//! Items got their serials: listed one by one, or all at once behind a set commitment.

use headwater_tlog::hash::Hash;

use super::{KindBody, KindRules, attached, common};
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
    pub struct Commissioning, draft CommissioningDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Code of the batch of stickers that carry the serials.
        3 sticker_batch: one Code,
        /// Form in which the event names its items.
        16 form: oneof Form,
    }
}

arms! {
    /// The form in which a commissioning names its items.
    pub enum Form, draft FormDraft {
        /// The items are the event's subjects, beside the list of their lot.
        16 Listed(Listed) = "listed",
        /// The lot is the event's subject, beside the register of its model; the event commits to the items.
        17 Committed(Committed) = "committed",
    }
}

message! {
    /// The items are the event's subjects, one by one.
    pub struct Listed, draft ListedDraft {
        /// Lot that the items belong to.
        1 lot: one Subject,
    }
}

message! {
    /// The event commits to a serial set of any number of items.
    pub struct Committed, draft CommittedDraft {
        /// Number of items in the set.
        1 count: one u64,
        /// Root of an index trie over the keys of the items; a leaf has count 0 and head H(06 | K | code), or 32 zero bytes without a code.
        2 items_root: one Hash,
        /// Index, from 0, of the attachment that lists serials and heads.
        3 manifest: num u64,
    }
}

impl Committed {
    /// Returns the GTIN and the set of an event that commits to a set with this attachment as its manifest; `None` for other events.
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
    /// Returns the lot of a listed commissioning; `None` for a committed one.
    pub fn listed_lot(&self) -> Option<&Subject> {
        match &self.form {
            Form::Listed(listed) => Some(&listed.lot),
            Form::Committed(_) => None,
        }
    }

    /// Returns the set of a committed commissioning; `None` for a listed one.
    pub fn committed(&self) -> Option<&Committed> {
        match &self.form {
            Form::Listed(_) => None,
            Form::Committed(committed) => Some(committed),
        }
    }

    /// Checks that an event names enough subjects, and exactly the register or list that belongs to its goods.
    fn names_register(&self, event: &Event, is_enough: bool, rule: &str) -> Result<(), CodecError> {
        let wanted = self.register(event.keys());
        if is_enough && event.keys().filter(|key| key.is_register()).eq(&wanted) {
            return Ok(());
        }
        let wanted = wanted.map(|register| register.to_string()).unwrap_or_default();
        Err(CodecError::value(&event.subjects.len().to_string(), format!("{rule} {wanted}")))
    }

    /// Returns the register or list that the event names beside its goods. Its chain shows which serials were never issued.
    ///
    /// ```
    /// use headwater_event::kind::commissioning::{Commissioning, Form, Listed};
    /// use headwater_event::subject::Subject;
    /// use headwater_event::text::Code;
    ///
    /// let lot = Subject::parse("01/09526543000013/10/L26-0417")?;
    /// let (sticker_batch, form) = (Code::parse("B-17")?, Form::Listed(Listed { lot }));
    /// let body = Commissioning { refs: Vec::new(), commitments: Vec::new(), sticker_batch, form };
    /// assert_eq!(body.register([].iter()).map(|list| list.to_string()).as_deref(), Some("items/09526543000013/L26-0417"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn register<'a>(&self, mut goods: impl Iterator<Item = &'a Subject>) -> Option<Subject> {
        match &self.form {
            Form::Listed(listed) => match &listed.lot {
                Subject::Lot(gtin, lot) => Some(Subject::List(gtin.clone(), lot.clone())),
                _ => None,
            },
            Form::Committed(_) => goods.find_map(Subject::gtin).cloned().map(Subject::Register),
        }
    }
}

impl KindRules for Commissioning {
    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        match &self.form {
            Form::Listed(listed) => match (subject, &listed.lot) {
                (Subject::List(gtin, lot), Subject::Lot(of_model, of_lot)) => gtin == of_model && lot == of_lot,
                (Subject::Item(gtin, _), of) => Some(gtin) == of.gtin(),
                _ => false,
            },
            Form::Committed(_) => matches!(subject, Subject::Lot(..) | Subject::Register(_)),
        }
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        match &self.form {
            Form::Listed(listed) => {
                if !matches!(listed.lot, Subject::Lot(..)) {
                    return Err(CodecError::value(&listed.lot.to_string(), "is not a lot").inside("listed.lot"));
                }
                let items = event.keys().filter(|key| !key.is_register()).count();
                self.names_register(event, items > 0, "a listed commissioning names items, and beside them")?;
                match event.subjects.iter().find_map(|named| named.lot.as_ref()) {
                    None => Ok(()),
                    Some(lot) => {
                        Err(CodecError::value(&lot.to_string(), "the body's lot binds; beside an item it stays empty"))
                    }
                }
            }
            Form::Committed(committed) => {
                self.names_register(event, event.subjects.len() == 2, "a commitment names one lot, and beside it")?;
                if committed.items_root == Hash::ZERO {
                    return Err(CodecError::value(&committed.items_root.to_string(), "is the root of no items")
                        .inside("committed.items_root"));
                }
                attached(event, "committed.manifest", committed.manifest)
            }
        }
    }

    fn rules(&self, _: &Event, _: &mut Rules) {}
}
