//! GS1 keys and qualifiers: the values behind application identifiers (GS1 General Specifications).
//!
//! Each type holds one checked value. Parsers take the value without percent-escapes.

use std::fmt;

use crate::check_digit;
use crate::fault::{CodecError, IntoCodecError};
use crate::text::{text_keyed, text_value};

/// Largest number of characters of a lot, a serial, and a GLN extension.
pub const QUALIFIER_CHARS_MAX: usize = 20;

/// Error of a value that is not a GS1 key or qualifier. The writer of the value is at fault in every case.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Gs1Error {
    /// A value of the wrong length or with a wrong character.
    #[error("{value:?} is not a valid {what}: {rule}")]
    Syntax {
        /// Name of the expected value, with its application identifier.
        what: &'static str,
        /// The refused value, at most 64 characters.
        value: String,
        /// The rule that the value breaks.
        rule: &'static str,
    },
    /// A check digit that does not follow from the rest.
    #[error("{value:?} is not a valid {what}: its check digit is wrong")]
    CheckDigit {
        /// Name of the expected value, with its application identifier.
        what: &'static str,
        /// The refused value, in full.
        value: String,
    },
}

/// Whether a byte is in CSET 82, the character set of lots, serials and extensions.
pub fn in_cset_82(byte: u8) -> bool {
    matches!(byte, b'!' | b'"' | b'%'..=b'/' | b'0'..=b'?' | b'A'..=b'Z' | b'_' | b'a'..=b'z')
}

fn syntax(what: &'static str, value: &str, rule: &'static str) -> Gs1Error {
    // The error repeats a bounded part of the value, since the input may have any length.
    Gs1Error::Syntax { what, value: value.chars().take(64).collect(), rule }
}

fn digits(what: &'static str, value: &str, count: usize, rule: &'static str) -> Result<(), Gs1Error> {
    if value.len() != count || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(syntax(what, value, rule));
    }
    if !check_digit::gs1(value) {
        return Err(Gs1Error::CheckDigit { what, value: value.to_owned() });
    }
    Ok(())
}

fn cset_82(what: &'static str, value: &str) -> Result<(), Gs1Error> {
    let fits = (1..=QUALIFIER_CHARS_MAX).contains(&value.len()) && value.bytes().all(in_cset_82);
    if fits { Ok(()) } else { Err(syntax(what, value, "1 to 20 characters of GS1 character set 82")) }
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident($value:ident) $parse:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(String);

        impl $name {
            /// Checks the syntax of a value and, where it has one, its check digit.
            pub fn parse($value: &str) -> Result<Self, Gs1Error> {
                $parse?;
                Ok(Self($value.to_owned()))
            }

            /// The value, without percent-escapes.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

keys! {
    /// Global Trade Item Number in its 14-digit form, AI (01).
    Gtin(value) digits("GTIN (01)", value, 14, "14 digits");
    /// Serial Shipping Container Code, AI (00).
    Sscc(value) digits("SSCC (00)", value, 18, "18 digits");
    /// Global Location Number, AI (417) for a party and (414) for a location.
    Gln(value) digits("GLN (417, 414)", value, 13, "13 digits");
    /// Lot number, AI (10), which GS1 calls batch or lot number.
    LotNumber(value) cset_82("lot (10)", value);
    /// Serial number, AI (21).
    Serial(value) cset_82("serial (21)", value);
    /// Consumer product variant, AI (22). A variant does not name a subject.
    Variant(value) cset_82("variant (22)", value);
    /// GLN extension, AI (254), only beside the GLN of a location.
    Extension(value) cset_82("GLN extension (254)", value);
    /// Global Returnable or Individual Asset Identifier, AI (8003) or (8004), as AI/VALUE.
    Asset(value) asset(value);
}

fn asset(value: &str) -> Result<(), Gs1Error> {
    const RULE: &str =
        "8003/ with 0, 13 digits and up to 16 characters, or 8004/ with up to 30 that start with a company prefix";
    let wrong = || syntax("asset (8003, 8004)", value, RULE);
    let in_set = |text: &str, max| text.len() <= max && text.bytes().all(in_cset_82);
    match value.split_once('/') {
        Some(("8003", grai)) => {
            let (digits_part, serial) =
                grai.strip_prefix('0').and_then(|rest| rest.split_at_checked(13)).ok_or_else(wrong)?;
            if !in_set(serial, 16) {
                return Err(wrong());
            }
            digits("GRAI (8003)", digits_part, 13, RULE)
        }
        Some(("8004", giai)) if in_set(giai, 30) && giai.len() > 4 && giai[..4].bytes().all(|b| b.is_ascii_digit()) => {
            Ok(())
        }
        _ => Err(wrong()),
    }
}

impl Gtin {
    /// Takes a GTIN of 8, 12, 13 or 14 digits, as people type it, and pads the GTIN to 14 digits.
    pub fn parse_short(value: &str) -> Result<Self, Gs1Error> {
        match value.len() {
            8 | 12 | 13 => Self::parse(&format!("{value:0>14}")),
            _ => Self::parse(value),
        }
    }
}

/// A GS1 company prefix of 4 to 12 digits, or the exact GTIN-14 of a product without a company prefix (a GTIN-8).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CompanyPrefix(String);

impl CompanyPrefix {
    /// Checks the digits of a prefix, or an exact GTIN with its check digit.
    pub fn parse(value: &str) -> Result<Self, Gs1Error> {
        let numeric = value.bytes().all(|byte| byte.is_ascii_digit());
        match value.len() {
            4..=12 if numeric => Ok(Self(value.to_owned())),
            14 => Gtin::parse(value).map(|gtin| Self(gtin.0)),
            _ => Err(syntax("GS1 company prefix", value, "4 to 12 digits, or the 14 of an exact GTIN")),
        }
    }

    /// Whether trade items with this GTIN belong to the holder of the prefix. The prefix is compared from the second digit on.
    /// An exact GTIN covers itself only. The zero padding of a GTIN-8 does not count as a prefix.
    pub fn covers_gtin(&self, gtin: &Gtin) -> bool {
        match self.0.len() {
            14 => self.0 == gtin.0,
            _ => !gtin.0.starts_with("000000") && gtin.0[1..].starts_with(&self.0),
        }
    }

    /// Whether logistic units with this SSCC belong to the holder. The prefix is compared from the second digit on.
    pub fn covers_sscc(&self, sscc: &Sscc) -> bool {
        self.0.len() < 14 && sscc.0[1..].starts_with(&self.0)
    }

    /// Whether both prefixes cover a common key, so that two parties must not hold them.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (Gtin::parse(&self.0), Gtin::parse(&other.0)) {
            (Ok(gtin), _) => other.covers_gtin(&gtin),
            (_, Ok(gtin)) => self.covers_gtin(&gtin),
            _ => self.0.starts_with(&other.0) || other.0.starts_with(&self.0),
        }
    }

    /// The digits of the prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompanyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_value!(Gtin, Sscc, Gln, LotNumber, Serial, Extension, Asset, CompanyPrefix);
text_keyed!(CompanyPrefix);

impl IntoCodecError for Gs1Error {
    fn into_codec_error(self, text: &str) -> CodecError {
        CodecError::value(text, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        assert!(Gtin::parse("09526543000013").is_ok());
        let wrong = Gs1Error::CheckDigit { what: "GTIN (01)", value: "09526543000017".into() };
        assert_eq!(Gtin::parse("09526543000017"), Err(wrong));
        assert!(Sscc::parse("195265430000000010").is_ok());
        assert!(Gln::parse("9526543000105").is_ok());
        assert!(LotNumber::parse("L26-0417").is_ok());
        assert!(matches!(LotNumber::parse("L26 0417"), Err(Gs1Error::Syntax { what: "lot (10)", .. })));
    }

    #[test]
    fn character_set_82_has_82_characters() {
        assert_eq!((0..=u8::MAX).filter(|byte| in_cset_82(*byte)).count(), 82);
        assert!(!b" #$@~`[]{}^|\\\0\x7f\xff".iter().any(|byte| in_cset_82(*byte)));
    }

    #[test]
    fn short_gtins_are_padded_and_never_reach_by_padding() {
        let padded = Gtin::parse_short("9526543000013").unwrap();
        assert_eq!(padded.as_str(), "09526543000013");
        let gtin_8 = Gtin::parse_short("96385074").unwrap();
        assert_eq!(gtin_8.as_str(), "00000096385074");
        assert_eq!(Gtin::parse_short("012345678905").unwrap().as_str(), "00012345678905");
        assert!(!CompanyPrefix::parse("00000").unwrap().covers_gtin(&gtin_8));
        assert!(CompanyPrefix::parse(gtin_8.as_str()).unwrap().covers_gtin(&gtin_8));
    }

    #[test]
    fn prefixes_cover_and_overlap() {
        let prefix = |value| CompanyPrefix::parse(value).unwrap();
        let gtin = Gtin::parse("09526543000013").unwrap();
        assert!(prefix("9526543").covers_gtin(&gtin) && !prefix("9526544").covers_gtin(&gtin));
        assert!(prefix("9526543").covers_sscc(&Sscc::parse("195265430000000010").unwrap()));
        assert!(prefix("9526543").overlaps(&prefix("95265")) && prefix("95265").overlaps(&prefix("9526543")));
        assert!(prefix("9526543").overlaps(&prefix("09526543000013")));
        assert!(prefix("09526543000013").overlaps(&prefix("9526543")));
        assert!(!prefix("09526543000013").overlaps(&prefix("9526544")));
        assert!(!prefix("9526543").overlaps(&prefix("9526544")));
        for value in ["952", "9526543000013", "95265430000130", "95265x", ""] {
            assert!(CompanyPrefix::parse(value).is_err(), "{value}");
        }
    }
}
