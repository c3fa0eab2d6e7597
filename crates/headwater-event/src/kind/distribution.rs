//! Goods were received, stored, sent, delivered, sold, returned or destroyed.

use super::{KindRules, common, moves};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::measure::Temperature;
use crate::rules::Rules;
use crate::subject::{PartyKey, Subject};
use crate::text::Code;
use crate::{codes, message};

codes! {
    /// Action on the goods.
    pub enum DistributionAction {
        1 Receive = "receive",
        2 Store = "store",
        3 Dispatch = "dispatch",
        4 Deliver = "deliver",
        5 Sell = "sell",
        6 Return = "return",
        7 Destroy = "destroy",
    }
}

message! {
    /// Goods were received, stored, sent, delivered, sold, returned or destroyed at the event's `place`.
    pub struct Distribution, draft DistributionDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields. An order appears only as a commitment, with path `order`.
        2 commitments: set Commitment,
        /// Action on the event's subjects.
        3 action: one DistributionAction,
        /// Party that the goods came from.
        4 from_party: opt PartyKey,
        /// Party that the goods went to.
        5 to_party: opt PartyKey,
        /// Code of the bonded zone.
        6 bonded_zone: opt Code,
        /// Temperatures that a logger recorded.
        7 temperature: opt Temperature,
        /// Number of the parcel with the goods.
        8 parcel_no: opt Code,
    }
}

impl KindRules for Distribution {
    common!();

    fn hideable(&self) -> &'static [&'static str] {
        &["order", "from_party", "to_party", "parcel_no"]
    }

    fn may_name(&self, subject: &Subject) -> bool {
        moves(subject)
    }

    fn fits(&self, _: &Event) -> Result<(), CodecError> {
        Ok(())
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        rules.require("place", &event.place);
        let hidden = event.body.hides("from_party") || event.body.hides("to_party");
        if self.from_party.is_none() && self.to_party.is_none() && !hidden {
            rules.reject("body.distribution.from_party", "", "one of from_party and to_party is stated");
        }
        if let Some(temperature) = &self.temperature {
            temperature.rules("body.distribution.temperature", rules);
        }
    }
}
