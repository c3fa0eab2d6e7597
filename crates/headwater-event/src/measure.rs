//! Quantities, moments and temperatures.

use crate::message;
use crate::place::UtcOffset;
use crate::rules::Rules;
use crate::text::Decimal;
use crate::transport::Unit;

message! {
    /// An amount of goods in a unit.
    pub struct Quantity, draft QuantityDraft {
        /// Size of the amount, more than 0.
        1 value: one Decimal,
        /// Unit of the amount (UNECE Recommendation 20).
        2 uom: one Unit,
    }
}

impl Quantity {
    pub(crate) fn rules(&self, field: &str, rules: &mut Rules) {
        if self.value.pico() <= 0 {
            rules.reject(format!("{field}.value"), &self.value, "a quantity is more than 0");
        }
        rules.goods_unit(&format!("{field}.uom"), &self.uom);
    }
}

message! {
    /// A moment, and the offset of the local clock at its location.
    pub struct Instant, draft InstantDraft {
        /// Time of the moment: milliseconds UTC.
        1 ms: one u64,
        /// Minutes that the local clock is ahead of UTC.
        2 offset_minutes: num UtcOffset,
    }
}

message! {
    /// Temperatures that a logger recorded on the way.
    pub struct Temperature, draft TemperatureDraft {
        /// The lowest recorded temperature.
        1 min: one Decimal,
        /// The highest recorded temperature.
        2 max: one Decimal,
        /// The mean of the recorded temperatures.
        3 mean: one Decimal,
        /// Unit of the temperatures: always CEL, degrees Celsius.
        4 uom: one Unit,
    }
}

impl Temperature {
    pub(crate) fn rules(&self, field: &str, rules: &mut Rules) {
        if self.uom.as_str() != "CEL" {
            rules.reject(format!("{field}.uom"), &self.uom, "temperatures are in CEL");
        }
        if self.min.pico() > self.mean.pico() || self.mean.pico() > self.max.pico() {
            rules.reject(format!("{field}.mean"), &self.mean, "lies between min and max");
        }
    }
}
