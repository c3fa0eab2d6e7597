//! Lists that others maintain: countries (ISO 3166-1), units of measure (UNECE Recommendation 20, the codes in force), and the
//! units that an amount of goods can have: mass, volume, length, area, count, energy, activity, amount of substance. Only admission
//! requires membership; a verifier shows a finding, since the lists change.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A list that others maintain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeList {
    /// Country codes of ISO 3166-1 alpha-2.
    Country,
    /// Codes in force of UNECE Recommendation 20.
    Unit,
    /// Units of Recommendation 20 that an amount of goods can have.
    GoodsUnit,
}

type Codes = LazyLock<BTreeSet<&'static str>>;

static COUNTRIES: Codes = LazyLock::new(|| include_str!("../lists/country.txt").split_ascii_whitespace().collect());
static UNITS: Codes = LazyLock::new(|| include_str!("../lists/unit.txt").split_ascii_whitespace().collect());
static GOODS_UNITS: Codes =
    LazyLock::new(|| include_str!("../lists/goods_unit.txt").split_ascii_whitespace().collect());

impl CodeList {
    /// Whether the list has a code.
    pub fn contains(self, code: &str) -> bool {
        match self {
            CodeList::Country => COUNTRIES.contains(code),
            CodeList::Unit => UNITS.contains(code),
            CodeList::GoodsUnit => GOODS_UNITS.contains(code),
        }
    }

    /// Name of an element of the list, for error texts.
    pub const fn name(self) -> &'static str {
        match self {
            CodeList::Country => "country of ISO 3166-1",
            CodeList::Unit => "unit of UNECE Recommendation 20",
            CodeList::GoodsUnit => "unit that an amount of goods can have",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_strangers() {
        assert_eq!((COUNTRIES.len(), UNITS.len()), (249, 1756));
        for stranger in ["UK", "", "nl", "NLD"] {
            assert!(!CodeList::Country.contains(stranger), "{stranger}");
        }
        let needed = "C62 H87 EA KGM GRM MGM TNE LTR MLT CEL NA J33 L32 M1 H29 P1 59 61 A18 Q30 NIU";
        for unit in needed.split(' ') {
            assert!(CodeList::Unit.contains(unit), "{unit}");
        }
        // The last two were withdrawn.
        for stranger in ["XX9", "kgm", "", "HAR", "BX"] {
            assert!(!CodeList::Unit.contains(stranger), "{stranger}");
        }
        assert!(CodeList::Country.contains("NL"));
        assert!(GOODS_UNITS.is_subset(&UNITS));
        for (unit, is_of_goods) in
            [("KGM", true), ("C62", true), ("KGS", false), ("CEL", false), ("P1", false), ("NA", false)]
        {
            assert_eq!(CodeList::GoodsUnit.contains(unit), is_of_goods, "{unit}");
        }
    }
}
