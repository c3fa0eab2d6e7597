//! Subjects: everything that has a chain. Each subject has one canonical spelling, its *key*.
//!
//! | subject | key |
//! |---|---|
//! | model | `01/GTIN` |
//! | lot | `01/GTIN/10/LOT` |
//! | item | `01/GTIN/21/SERIAL` |
//! | logistic unit | `00/SSCC` |
//! | party | `417/GLN`, `lei/LEI`, `uscc/CODE` |
//! | company prefix | `gcp/PREFIX` |
//! | delegation | `deleg/<hex K of grantor>/<hex K of grantee>` |
//! | register of a model's sets | `sets/GTIN` |
//! | list of a lot's items, one by one | `items/GTIN/LOT` |
//!
//! Two spellings of one subject would be two chains, so the parser refuses a second spelling.

use std::fmt;

use headwater_tlog::hash::Hash;
use headwater_tlog::index::Key;

use crate::check_digit;
use crate::fault::{CodecError, IntoCodecError};
use crate::gs1::{CompanyPrefix, Gln, Gs1Error, Gtin, LotNumber, Serial, Sscc};
use crate::text::{text_keyed, text_value};

/// Largest number of bytes of a key; the key of a delegation is the longest.
pub const SUBJECT_BYTES_MAX: usize = 160;

/// A subject: a model, lot, item, logistic unit, party, prefix, delegation, register or list. Each subject has one chain.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// A product by its GTIN, in any number.
    Model(Gtin),
    /// Goods of one GTIN that were made together.
    Lot(Gtin, LotNumber),
    /// One object, by its GTIN and serial.
    Item(Gtin, Serial),
    /// A case, pallet or container, by its SSCC.
    LogisticUnit(Sscc),
    /// An organisation with roles and keys, which signs events.
    Party(PartyKey),
    /// A company prefix, which has a chain so that its holder can watch every grant of the prefix.
    Prefix(CompanyPrefix),
    /// The delegations from one party to another.
    Delegation {
        /// Index key of the party that grants.
        grantor: Key,
        /// Index key of the party that receives the grant.
        grantee: Key,
    },
    /// The register of a model, which holds every event that commits to a set of the model's items.
    Register(Gtin),
    /// The list of a lot, which holds every event that commissions items of the lot one by one.
    List(Gtin, LotNumber),
}

/// The one key of an organisation for life. Other identifiers of the organisation are aliases.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PartyKey {
    /// Party by its GLN, AI (417).
    Gln(Gln),
    /// Party by its legal entity identifier (ISO 17442).
    Lei(String),
    /// Party by its unified social credit code (GB 32100).
    Uscc(String),
}

/// Error of a text that is not a subject key. The writer of the text is at fault in every case.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// A text in a form that no subject key has.
    #[error("{key:?} is not a subject key")]
    Unknown {
        /// The refused text, at most 160 characters.
        key: String,
    },
    /// A key that contains a wrong GS1 value.
    #[error(transparent)]
    Gs1(#[from] Gs1Error),
    /// A wrong identifier of an organisation.
    #[error("{value:?} is not a valid {what}: its syntax or check characters are wrong")]
    Organisation {
        /// Name of the expected identifier: LEI or USCC.
        what: &'static str,
        /// The refused value, at most 64 characters.
        value: String,
    },
    /// A key in a spelling that is not the canonical one.
    #[error("{found:?} is a second spelling of {canonical:?}")]
    Spelling {
        /// The spelling in the input.
        found: String,
        /// The canonical spelling of the same subject.
        canonical: String,
    },
}

impl Subject {
    /// Reads a key in its canonical spelling.
    pub fn parse(key: &str) -> Result<Self, SubjectError> {
        let unknown = || SubjectError::Unknown { key: key.chars().take(SUBJECT_BYTES_MAX).collect() };
        if key.len() > SUBJECT_BYTES_MAX {
            return Err(unknown());
        }
        let value = |escaped: &str| unescape(escaped).ok_or_else(unknown);
        let parts: Vec<&str> = key.split('/').collect();
        let subject = match parts.as_slice() {
            ["01", gtin] => Subject::Model(Gtin::parse(gtin)?),
            ["01", gtin, "10", lot] => Subject::Lot(Gtin::parse(gtin)?, LotNumber::parse(&value(lot)?)?),
            ["01", gtin, "21", serial] => Subject::Item(Gtin::parse(gtin)?, Serial::parse(&value(serial)?)?),
            ["00", sscc] => Subject::LogisticUnit(Sscc::parse(sscc)?),
            ["417" | "lei" | "uscc", _] => Subject::Party(PartyKey::parse(key)?),
            ["gcp", prefix] => Subject::Prefix(CompanyPrefix::parse(prefix)?),
            ["deleg", grantor, grantee] => Subject::Delegation {
                grantor: hex_key(grantor).ok_or_else(unknown)?,
                grantee: hex_key(grantee).ok_or_else(unknown)?,
            },
            ["sets", gtin] => Subject::Register(Gtin::parse(gtin)?),
            ["items", gtin, lot] => Subject::List(Gtin::parse(gtin)?, LotNumber::parse(&value(lot)?)?),
            _ => return Err(unknown()),
        };
        let canonical = subject.to_string();
        if canonical == key { Ok(subject) } else { Err(SubjectError::Spelling { found: key.to_owned(), canonical }) }
    }

    /// Key of this subject's chain in the index.
    pub fn index_key(&self) -> Key {
        Key::of_subject(&self.to_string())
    }

    /// The model that goods belong to: of a model, a lot or an item.
    pub fn gtin(&self) -> Option<&Gtin> {
        match self {
            Subject::Model(gtin) | Subject::Lot(gtin, _) | Subject::Item(gtin, _) => Some(gtin),
            _ => None,
        }
    }

    /// Whether this is a register or a list, which an event names beside its goods and which needs no authority of its own.
    pub fn is_register(&self) -> bool {
        matches!(self, Subject::Register(_) | Subject::List(..))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Model(gtin) => write!(f, "01/{gtin}"),
            Subject::Lot(gtin, lot) => write!(f, "01/{gtin}/10/{}", escape(lot.as_str())),
            Subject::Item(gtin, serial) => write!(f, "01/{gtin}/21/{}", escape(serial.as_str())),
            Subject::LogisticUnit(sscc) => write!(f, "00/{sscc}"),
            Subject::Party(party) => party.fmt(f),
            Subject::Prefix(prefix) => write!(f, "gcp/{}", prefix.as_str()),
            Subject::Delegation { grantor, grantee } => {
                write!(f, "deleg/{}/{}", hex::encode(grantor.as_bytes()), hex::encode(grantee.as_bytes()))
            }
            Subject::Register(gtin) => write!(f, "sets/{gtin}"),
            Subject::List(gtin, lot) => write!(f, "items/{gtin}/{}", escape(lot.as_str())),
        }
    }
}

impl PartyKey {
    /// Reads a party's key in its canonical spelling.
    pub fn parse(key: &str) -> Result<Self, SubjectError> {
        let organisation =
            |what, value: &str| SubjectError::Organisation { what, value: value.chars().take(64).collect() };
        match key.split_once('/') {
            Some(("417", gln)) => Ok(PartyKey::Gln(Gln::parse(gln)?)),
            Some(("lei", lei)) => {
                let syntax = lei.len() == 20
                    && lei.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
                    && lei[18..].bytes().all(|byte| byte.is_ascii_digit());
                let valid = syntax && check_digit::lei(lei);
                valid.then(|| PartyKey::Lei(lei.to_owned())).ok_or_else(|| organisation("LEI", lei))
            }
            Some(("uscc", code)) => {
                let valid = code.len() == 18 && check_digit::uscc(code);
                valid.then(|| PartyKey::Uscc(code.to_owned())).ok_or_else(|| organisation("USCC", code))
            }
            _ => Err(SubjectError::Unknown { key: key.chars().take(SUBJECT_BYTES_MAX).collect() }),
        }
    }
}

impl fmt::Display for PartyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartyKey::Gln(gln) => write!(f, "417/{gln}"),
            PartyKey::Lei(lei) => write!(f, "lei/{lei}"),
            PartyKey::Uscc(code) => write!(f, "uscc/{code}"),
        }
    }
}

text_value!(Subject, PartyKey);
text_keyed!(Subject, PartyKey);

fn hex_key(digits: &str) -> Option<Key> {
    Hash::try_from(hex::decode(digits).ok()?.as_slice()).ok().map(Key::new)
}

/// Percent-escapes everything but letters, digits, `-`, `.` and `_`, with upper-case digits.
pub(crate) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped += &format!("%{byte:02X}");
        }
    }
    escaped
}

/// Undoes percent-escapes. The caller checks that the escapes were needed and are in the canonical form.
pub(crate) fn unescape(escaped: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let (digits, tail) = tail.split_first_chunk::<2>()?;
            bytes.extend(hex::decode(digits).ok()?);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

impl IntoCodecError for SubjectError {
    fn into_codec_error(self, text: &str) -> CodecError {
        CodecError::value(text, self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_has_one_spelling() {
        let (a, b) = ("a5".repeat(32), "0f".repeat(32));
        for key in [
            "01/09526543000013",
            "01/09526543000013/10/L26-0417",
            "01/09526543000013/21/A%2FB",
            "00/195265430000000010",
            "417/9526543000105",
            "lei/9999000HEADWATERX122",
            "uscc/91310000MADEMX001T",
            "gcp/9526543",
            "gcp/09526543000013",
            &format!("deleg/{a}/{b}"),
            "sets/09526543000013",
            "items/09526543000013/L26%2F04",
        ] {
            assert_eq!(Subject::parse(key).unwrap().to_string(), key);
        }
        let spelling = |found: &str, canonical: &str| {
            let error = SubjectError::Spelling { found: found.into(), canonical: canonical.into() };
            assert_eq!(Subject::parse(found), Err(error));
        };
        spelling("01/09526543000013/21/A%2fB", "01/09526543000013/21/A%2FB");
        spelling("01/09526543000013/21/%41", "01/09526543000013/21/A");
        spelling("01/09526543000013/21/A+B", "01/09526543000013/21/A%2BB");
        spelling(&format!("deleg/{}/{b}", a.to_uppercase()), &format!("deleg/{a}/{b}"));
    }

    #[test]
    fn keys_of_no_subject() {
        for key in [
            "",
            "/",
            "01",
            "01/",
            "/01/09526543000013",
            "01/09526543000013/",
            "414/9526543000105",
            "gtin/09526543000013",
            "01/09526543000013/22/A",
            "01/09526543000013/10/A/21/B",
            "01/09526543000013/21/A%2",
            "deleg/00/11",
        ] {
            assert!(Subject::parse(key).is_err(), "{key}");
        }
        let long = "0".repeat(SUBJECT_BYTES_MAX + 1);
        assert!(matches!(Subject::parse(&long), Err(SubjectError::Unknown { .. })));
        assert!(matches!(
            Subject::parse("lei/9999000HEADWATERX123"),
            Err(SubjectError::Organisation { what: "LEI", .. })
        ));
        assert!(matches!(Subject::parse("uscc/91310000MADEMX0015"), Err(SubjectError::Organisation { .. })));
        assert!(matches!(Subject::parse("00/195265430000000011"), Err(SubjectError::Gs1(Gs1Error::CheckDigit { .. }))));
    }

    #[test]
    fn published_index_keys() {
        let key = |subject| hex::encode(Subject::parse(subject).unwrap().index_key().as_bytes());
        assert_eq!(
            key("01/09526543000013/10/L26-0417"),
            "a522d6651dda93b00d8cca0163da4f12ff3e0aa613be099e12f78ed26037eb1b"
        );
        assert_eq!(key("01/09526543000013"), "75192ee74b6336880a2ae8a2bcccd284a7f31d529d53514bd4e20611a316f61e");
    }

    proptest! {
        #[test]
        fn what_parses_is_canonical(key in "(01/09526543000013/(10|21)/|gcp/|lei/|)[ -~]{0,24}") {
            if let Ok(subject) = Subject::parse(&key) {
                prop_assert_eq!(subject.to_string(), key);
            }
        }

        #[test]
        fn every_serial_survives_its_escapes(serial in "[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{1,20}") {
            let item = Subject::Item(Gtin::parse("09526543000013").unwrap(), Serial::parse(&serial).unwrap());
            prop_assert_eq!(Subject::parse(&item.to_string()), Ok(item));
        }
    }
}
