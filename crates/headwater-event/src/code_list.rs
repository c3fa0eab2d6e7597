//! Lists that others extend: countries (ISO 3166-1) and units of measure (UNECE Recommendation 20, the codes in force).
//! Membership is asked for by admission only; a verifier shows a finding, since the lists change.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A list that others extend.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeList {
    /// ISO 3166-1 alpha-2.
    Country,
    /// UNECE Recommendation 20.
    Unit,
}

type Codes = LazyLock<BTreeSet<&'static str>>;

static COUNTRIES: Codes = LazyLock::new(|| include_str!("../lists/country.txt").split_ascii_whitespace().collect());
static UNITS: Codes = LazyLock::new(|| include_str!("../lists/unit.txt").split_ascii_whitespace().collect());

impl CodeList {
    /// Whether a code is listed.
    pub fn contains(self, code: &str) -> bool {
        match self {
            CodeList::Country => COUNTRIES.contains(code),
            CodeList::Unit => UNITS.contains(code),
        }
    }

    /// What a code of the list is called.
    pub const fn name(self) -> &'static str {
        match self {
            CodeList::Country => "country of ISO 3166-1",
            CodeList::Unit => "unit of UNECE Recommendation 20",
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
    }
}
