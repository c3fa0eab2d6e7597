//! What shoppers see of the origin.

use super::{Body, Kind, attached, common};
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
    /// What shoppers see of the origin: a film or photo, and the names of the product.
    pub struct OriginContent {
        /// Documents that this belongs to.
        1 refs: many Ref,
        /// Hidden fields.
        2 commitments: set Commitment,
        /// A film or photo.
        3 content: opt Content,
        /// What the product is called.
        4 product_name: set LangText,
        /// What the brand is called.
        5 brand_name: set LangText,
        /// How much is in one pack.
        6 net_content: opt Quantity,
        /// Under which licence the content may be shown.
        7 licence: opt Text,
        /// Who agreed to be shown, as a statement without names.
        8 consent: opt Text,
    }
}

message! {
    /// A film or photo.
    pub struct Content {
        /// The attachment, by its place in the event's list.
        1 attachment: num u64,
        /// When it was taken.
        2 captured_at: one Instant,
    }
}

impl Body for OriginContent {
    const KIND: Kind = Kind::OriginContent;
    const HIDEABLE: &'static [&'static str] = &["consent"];

    common!();

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
