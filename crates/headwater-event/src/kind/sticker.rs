//! A sticker was issued, applied, voided or claimed.

use headwater_tlog::hash::{Domain, Hash};

use super::{KindRules, common};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::rules::Rules;
use crate::subject::Subject;
use crate::text::{Code, Text, texts};
use crate::{codes, message};

codes! {
    /// Action on a sticker.
    pub enum StickerAction {
        1 Issued = "issued",
        2 Applied = "applied",
        3 Voided = "voided",
        4 Claimed = "claimed",
    }
}

/// The symbols of Crockford's base 32, by value.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

texts! {
    /// The second factor under the scratch layer: 16 upper-case characters of Crockford's base 32, 80 random bits.
    ItemCode(text) = text.len() == 16 && text.bytes().all(|b| SYMBOLS.contains(&b)),
        "is not an item code: 16 upper-case characters of Crockford's base 32";
}

impl ItemCode {
    /// Makes a code from 16 random bytes, with the lowest five bits of each.
    pub fn of_random(random: [u8; 16]) -> Result<Self, CodecError> {
        let symbol = |byte: &u8| char::from(SYMBOLS[usize::from(byte % 32)]);
        Self::parse(&random.iter().map(symbol).collect::<String>())
    }

    /// The head of the item's leaf in a serial set that commits to this code: H(06 | K | code).
    pub fn committed(&self, item: &Subject) -> Hash {
        Hash::of(Domain::ItemCode, &[item.index_key().as_bytes(), self.as_str().as_bytes()])
    }
}

message! {
    /// A sticker was issued, applied, voided or claimed. The items are the event's subjects.
    pub struct Sticker, draft StickerDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Action on the stickers of the items.
        3 action: one StickerAction,
        /// Identifier of the seal that shows whether the sticker was opened; required when applied.
        4 tamper_id: opt Code,
        /// Reason for voiding; required when voided.
        5 reason: opt Text,
        /// Second factor of the item; required when claimed.
        6 code: opt ItemCode,
    }
}

impl KindRules for Sticker {
    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Item(..))
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        if self.action == StickerAction::Claimed && event.subjects.len() != 1 {
            return Err(CodecError::value(&event.subjects.len().to_string(), "a claim names one item"));
        }
        Ok(())
    }

    fn rules(&self, _: &Event, rules: &mut Rules) {
        match self.action {
            StickerAction::Issued => {}
            StickerAction::Applied => rules.require("body.sticker.tamper_id", &self.tamper_id),
            StickerAction::Voided => rules.require("body.sticker.reason", &self.reason),
            StickerAction::Claimed => rules.require("body.sticker.code", &self.code),
        }
    }
}
