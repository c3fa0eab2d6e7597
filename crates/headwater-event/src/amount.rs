//! Amounts in units of one dimension, compared exactly: 0.5 mg/kg and 500 µg/kg are the same.
//!
//! `lists/unit_scale.txt` gives the dimension that each unit measures and the power of ten of the unit within that dimension.
//! A unit that the file does not have is a dimension of its own. Nothing is rounded.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::measure::Quantity;
use crate::transport::Unit;

/// Dimension and power of ten of each unit that converts to another unit.
static SCALES: LazyLock<BTreeMap<&'static str, (&'static str, i32)>> = LazyLock::new(|| {
    let mut scales = BTreeMap::new();
    for line in include_str!("../lists/unit_scale.txt").lines() {
        let mut words = line.split(' ');
        let kind = words.next().unwrap_or_default();
        for (unit, power) in words.filter_map(|word| word.split_once(':')) {
            scales.insert(unit, (kind, power.parse().unwrap_or_default()));
        }
    }
    scales
});

/// Returns the dimension of a unit, and the unit's power of ten within that dimension.
fn scale(unit: &str) -> (&str, i32) {
    SCALES.get(unit).copied().unwrap_or((unit, 0))
}

/// A value in a unit, or in a unit per portion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount<'a> {
    /// Value of the amount, in units of 10^-12.
    pub pico: i128,
    pub unit: &'a Unit,
    pub per: Option<&'a Quantity>,
}

impl Amount<'_> {
    /// Returns the dimension, the power of ten, and the size of the portion in units of 10^-12.
    fn parts(&self) -> (String, i32, i128) {
        let (kind, power) = scale(self.unit.as_str());
        match self.per {
            None => (kind.to_owned(), power, 1_000_000_000_000),
            Some(per) => {
                let (of, below) = scale(per.uom.as_str());
                (format!("{kind}/{of}"), power - below, per.value.pico())
            }
        }
    }

    /// Compares two amounts. Returns `None` when their dimensions differ, or when a portion is not more than 0.
    pub fn compare(&self, other: &Amount<'_>) -> Option<Ordering> {
        let ((kind, power, portion), (other_kind, other_power, other_portion)) = (self.parts(), other.parts());
        if kind != other_kind || portion <= 0 || other_portion <= 0 {
            return None;
        }
        let tens = |power: i32| 10_u128.checked_pow(u32::try_from(power.max(0)).ok()?);
        let (left, right) = (tens(power - other_power)?, tens(other_power - power)?);
        let magnitudes = || {
            let left = product(&[self.pico.unsigned_abs(), other_portion.unsigned_abs(), left]);
            left.cmp(&product(&[other.pico.unsigned_abs(), portion.unsigned_abs(), right]))
        };
        Some(match self.pico.signum().cmp(&other.pico.signum()) {
            Ordering::Equal if self.pico < 0 => magnitudes().reverse(),
            Ordering::Equal => magnitudes(),
            other => other,
        })
    }
}

/// The product of whole numbers, in digits of base 2^32 with the most significant digit first. The number of digits depends only on
/// the number of factors, so that two products of equally many factors compare digit by digit.
fn product(factors: &[u128]) -> Vec<u32> {
    let mut digits: Vec<u32> = vec![0; factors.len() * 4];
    if let Some(last) = digits.last_mut() {
        *last = 1;
    }
    for factor in factors {
        let limbs = [(factor >> 96) as u32, (factor >> 64) as u32, (factor >> 32) as u32, *factor as u32];
        let mut next: Vec<u32> = vec![0; digits.len()];
        for (shift, limb) in limbs.iter().rev().enumerate() {
            let mut carry = 0_u64;
            for at in (shift..digits.len()).rev() {
                let place = at - shift;
                let sum = u64::from(digits[at]) * u64::from(*limb) + u64::from(next[place]) + carry;
                (next[place], carry) = (sum as u32, sum >> 32);
            }
        }
        digits = next;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code_list::CodeList;
    use crate::text::Decimal;

    fn compare(one: &str, other: &str) -> Option<Ordering> {
        let read = |text: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            let per = words
                .get(2)
                .map(|size| Quantity { value: Decimal::parse(size).unwrap(), uom: Unit::parse(words[3]).unwrap() });
            (Decimal::parse(words[0]).unwrap().pico(), Unit::parse(words[1]).unwrap(), per)
        };
        let ((a, a_unit, a_per), (b, b_unit, b_per)) = (read(one), read(other));
        let left = Amount { pico: a, unit: &a_unit, per: a_per.as_ref() };
        left.compare(&Amount { pico: b, unit: &b_unit, per: b_per.as_ref() })
    }

    #[test]
    fn units_of_one_kind_are_converted_exactly() {
        for (one, other, expected) in [
            ("0.5 NA", "500 J33", Some(Ordering::Equal)),
            ("0.5 NA", "20 J33", Some(Ordering::Greater)),
            ("900 GRM", "0.9 KGM", Some(Ordering::Equal)),
            ("900 GRM", "0.900000000001 KGM", Some(Ordering::Less)),
            ("590 C62 1 GRM", "14750 C62 25 GRM", Some(Ordering::Equal)),
            ("590 C62 1 GRM", "1000 C62 1 MLT", None),
            ("50 MGM 100 GRM", "500 NA", Some(Ordering::Equal)),
            ("1 M1", "1000 H29", Some(Ordering::Equal)),
            ("1 GRM 1 LTR", "1 GL", Some(Ordering::Equal)),
            // On either side of 2^64 and of 2^96 in units of 10^-12.
            ("20000000 KGM", "18000000 KGM", Some(Ordering::Greater)),
            ("80000000000000000 KGM", "79000000000000000 KGM", Some(Ordering::Greater)),
            ("4 CEL", "4.0 CEL", Some(Ordering::Equal)),
            ("4 CEL", "4 KEL", None),
            ("-1 KGM", "-1 GRM", Some(Ordering::Less)),
            ("-1 KGM", "0 GRM", Some(Ordering::Less)),
            ("0 KGM", "0.000 TNE", Some(Ordering::Equal)),
            ("1 C62 0 GRM", "1 C62 1 GRM", None),
            ("999999999999999999 KTN 0.000000000001 MC", "1 GRM 999999999999999999 GRM", Some(Ordering::Greater)),
        ] {
            assert_eq!(compare(one, other), expected, "{one} and {other}");
            assert_eq!(compare(other, one), expected.map(Ordering::reverse), "{other} and {one}");
        }
    }

    #[test]
    fn every_scaled_unit_is_listed() {
        assert!(SCALES.len() > 50);
        assert!(SCALES.keys().all(|unit| CodeList::Unit.contains(unit)));
    }
}
