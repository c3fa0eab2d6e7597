//! Signs of units, in place of their codes of UNECE Recommendation 20.

use std::fmt::Display;

use headwater_event::transport::Unit;

/// Codes of units, each with the sign that people read; a count has the empty sign. The product page has the same table in
/// `below/units.js`.
pub const SIGNS: &[(&str, &str)] = &[
    ("GRM", "g"),
    ("KGM", "kg"),
    ("MGM", "mg"),
    ("TNE", "t"),
    ("LTR", "l"),
    ("MLT", "ml"),
    ("CEL", "°C"),
    ("FAH", "°F"),
    ("NA", "mg/kg"),
    ("J33", "µg/kg"),
    ("L32", "ng/kg"),
    ("M1", "mg/l"),
    ("H29", "µg/l"),
    ("P1", "%"),
    ("59", "ppm"),
    ("61", "ppb"),
    ("A18", "Bq/kg"),
    ("Q30", "pH"),
    ("NIU", "IU"),
    ("C62", ""),
    ("H87", ""),
    ("EA", ""),
];

/// Sign of a unit, or its code where the table has no sign.
pub fn sign(unit: &Unit) -> &str {
    SIGNS.iter().find(|(code, _)| *code == unit.as_str()).map_or(unit.as_str(), |(_, sign)| sign)
}

/// Code of the unit with a sign; `None` for the empty sign, which several units have.
pub fn code(sign: &str) -> Option<&'static str> {
    SIGNS.iter().find(|(_, known)| !sign.is_empty() && *known == sign).map(|(code, _)| *code)
}

/// Amount with the sign of its unit: `10.8 kg`; the number alone for a count.
pub fn amount(value: impl Display, unit: &Unit) -> String {
    format!("{value} {}", sign(unit)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_has_its_sign_and_else_its_code() {
        let read = |code| amount("1.50", &Unit::parse(code).unwrap());
        assert_eq!(["KGM", "J33", "C62", "KEL"].map(read), ["1.50 kg", "1.50 µg/kg", "1.50", "1.50 KEL"]);
        assert_eq!([code("kg"), code("µg/kg"), code("KGM"), code("")], [Some("KGM"), Some("J33"), None, None]);
    }

    #[test]
    fn no_two_units_have_one_sign() {
        let named = || SIGNS.iter().filter(|(_, sign)| !sign.is_empty());
        assert!(named().all(|(unit, sign)| code(sign) == Some(*unit)));
    }
}
