//! Origin content that shoppers see.

use super::{KindRules, attached, common};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::measure::{Instant, Quantity};
use crate::message;
use crate::place::LangText;
use crate::rules::Rules;
use crate::subject::Subject;
use crate::text::Text;

message! {
    /// Origin content that shoppers see: a film or photo, and the names of the product.
    pub struct OriginContent, draft OriginContentDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Film or photo of the origin.
        3 content: opt Content,
        /// Names of the product, by language.
        4 product_name: set LangText,
        /// Names of the brand, by language.
        5 brand_name: set LangText,
        /// Quantity in one pack.
        6 net_content: opt Quantity,
        /// Licence under which the content may be shown.
        7 licence: opt Text,
        /// Statement that the people shown agreed, without names.
        8 consent: opt Text,
    }
}

message! {
    /// A film or photo of the origin.
    pub struct Content, draft ContentDraft {
        /// Index, from 0, of the attachment with the film or photo.
        1 attachment: num u64,
        /// Time of the recording.
        2 captured_at: one Instant,
    }
}

impl KindRules for OriginContent {
    common!();

    fn hideable(&self) -> &'static [&'static str] {
        &["consent"]
    }

    fn may_name(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Model(_) | Subject::Lot(..))
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        match &self.content {
            Some(content) => attached(event, "content.attachment", content.attachment),
            None => Ok(()),
        }
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        if let Some(content) = &self.content {
            rules.happened_at("body.origin_content.content.captured_at.ms", content.captured_at.ms, event);
        }
        if self.content.is_none() && self.product_name.is_empty() {
            rules.reject("body.origin_content.product_name", "", "there is content or a product name");
        }
        if let Some(quantity) = &self.net_content {
            quantity.rules("body.origin_content.net_content", rules);
        }
    }
}
