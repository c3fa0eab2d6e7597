//! GS1 Digital Link: the address on a label, and the subject that it names.
//!
//! ```text
//! https://{host}[/stem]/01/{GTIN14}[/22/{CPV}][/10/{LOT}][/21/{SERIAL}][?17=YYMMDD&...]
//! https://{host}[/stem]/00/{SSCC}
//! https://{host}[/stem]/417/{GLN}
//! https://{host}[/stem]/414/{GLN}[/254/{EXT}]
//! ```
//!
//! The path is split before it is decoded, so that an escaped slash stays inside its value. Beside a serial, lot and
//! expiry are what the label claims; they never take part in identity.

use std::fmt;

use crate::gs1::{Extension, Gln, Gs1Error, Gtin, LotNumber, Serial, Sscc, Variant, in_cset_82};
use crate::subject::{PartyKey, Subject, escape, unescape};
use crate::text::Date;

/// No address on a label is longer.
pub const URI_BYTES_MAX: usize = 2 * 1024;

/// Why a text is no Digital Link. All are the fault of whoever wrote it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DigitalLinkError {
    /// Over [`URI_BYTES_MAX`].
    #[error("an address has at most {URI_BYTES_MAX} bytes, this has {found}")]
    TooLong {
        /// How many bytes there were.
        found: usize,
    },
    /// No `http(s)://host` in front.
    #[error("an address begins with https:// and a host")]
    Address,
    /// No place in the path where a key starts.
    #[error("the path holds no GS1 key: /01/, /00/, /417/ or /414/ and its value")]
    NoKey,
    /// A percent-escape that is none.
    #[error("{value:?} has a broken percent-escape")]
    Escape {
        /// The text.
        value: String,
    },
    /// An application identifier that may not stand there.
    #[error("({ai}) may not stand here: behind a GTIN follow 22, 10, 21 in this order, or 235 alone")]
    Qualifier {
        /// The application identifier.
        ai: String,
    },
    /// An application identifier that belongs into the path, or stands twice.
    #[error("({ai}) may not stand in the query, or stands twice")]
    Attribute {
        /// The application identifier.
        ai: String,
    },
    /// A date that the calendar does not have.
    #[error("({ai}) {value:?} is no date: YYMMDD, DD = 00 for the last day of the month")]
    Date {
        /// The application identifier.
        ai: String,
        /// The text.
        value: String,
    },
    /// A value of the wrong form.
    #[error("{0}")]
    Gs1(#[from] Gs1Error),
}

/// A date of an application identifier: YYMMDD, where DD may be 00 for the last day of the month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AiDate {
    year: u8,
    month: u8,
    day: u8,
}

impl AiDate {
    /// Reads six digits that name a real day.
    pub fn parse(value: &str) -> Option<Self> {
        let digits = value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_digit());
        let part = |at: usize| digits.then(|| value[at..at + 2].parse::<u8>().ok())?;
        let (year, month, day) = (part(0)?, part(2)?, part(4)?);
        let days = match month {
            // Of the years that two digits can mean within 50 of ours, 2000 is the only century, and a leap year.
            2 if year.is_multiple_of(4) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        (day <= days).then_some(Self { year, month, day })
    }

    /// The day that this is to a reader of today: of the years with these two digits the one from 49 years back to 50 ahead
    /// (GS1 General Specifications, section 7.12).
    pub fn near(self, today: &Date) -> Option<Date> {
        let now = today.year();
        let year = now - now % 100 + u16::from(self.year);
        let year = match i32::from(year) - i32::from(now) {
            51.. => year - 100,
            ..=-50 => year + 100,
            _ => year,
        };
        match self.day {
            0 => (28..=31).rev().find_map(|day| Date::new(year, self.month, day)),
            day => Date::new(year, self.month, day),
        }
    }
}

impl fmt::Display for AiDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{:02}{:02}", self.year, self.month, self.day)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Key {
    Product { gtin: Gtin, variant: Option<Variant>, lot: Option<LotNumber>, serial: Option<Serial> },
    ThirdParty { gtin: Gtin, serial: String },
    Unit(Sscc),
    Party(Gln),
    Place(Gln, Option<Extension>),
}

/// What a label says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DigitalLink {
    key: Key,
    expiry: Option<AiDate>,
}

impl DigitalLink {
    /// Reads an address as a scanner gives it.
    pub fn parse(uri: &str) -> Result<Self, DigitalLinkError> {
        if uri.len() > URI_BYTES_MAX {
            return Err(DigitalLinkError::TooLong { found: uri.len() });
        }
        let (scheme, rest) = uri.split_once("://").ok_or(DigitalLinkError::Address)?;
        let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        let rest = rest.split('#').next().unwrap_or_default();
        let (host, path) = rest.split_once('/').ok_or(DigitalLinkError::Address)?;
        if !web || host.is_empty() || host.contains('?') {
            return Err(DigitalLinkError::Address);
        }
        Self::parse_path(path)
    }

    /// Reads what follows the host, as a resolver gets it: raw path and query.
    pub fn parse_path(path_and_query: &str) -> Result<Self, DigitalLinkError> {
        if path_and_query.len() > URI_BYTES_MAX {
            return Err(DigitalLinkError::TooLong { found: path_and_query.len() });
        }
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let segments: Vec<&str> = path.trim_start_matches('/').trim_end_matches('/').split('/').collect();
        // The key starts at the rightmost place where one can; what is before it is the stem.
        let starts = (0..segments.len()).rev().filter(|at| matches!(segments[*at], "01" | "00" | "417" | "414"));
        let mut result = Err(DigitalLinkError::NoKey);
        for start in starts {
            result = read_key(&segments[start..]);
            if result.is_ok() {
                break;
            }
        }
        let key = result?;
        let expiry = read_query(query, &key)?;
        Ok(Self { key, expiry })
    }

    /// What the label names; a place or a third party's control number is no subject.
    pub fn subject(&self) -> Option<Subject> {
        match &self.key {
            Key::Product { gtin, serial: Some(serial), .. } => Some(Subject::Item(gtin.clone(), serial.clone())),
            Key::Product { gtin, lot: Some(lot), .. } => Some(Subject::Lot(gtin.clone(), lot.clone())),
            Key::Product { gtin, .. } => Some(Subject::Model(gtin.clone())),
            Key::Unit(sscc) => Some(Subject::LogisticUnit(sscc.clone())),
            Key::Party(gln) => Some(Subject::Party(PartyKey::Gln(gln.clone()))),
            Key::ThirdParty { .. } | Key::Place(..) => None,
        }
    }

    /// The lot that the label names or, beside a serial, claims.
    pub fn lot(&self) -> Option<Subject> {
        match &self.key {
            Key::Product { gtin, lot: Some(lot), .. } => Some(Subject::Lot(gtin.clone(), lot.clone())),
            _ => None,
        }
    }

    /// The lot that the label claims beside the item that it names.
    pub fn lot_beside(&self) -> Option<Subject> {
        self.lot().filter(|lot| self.subject().as_ref() != Some(lot))
    }

    /// The expiry date that the label claims, AI (17).
    pub fn expiry(&self) -> Option<AiDate> {
        self.expiry
    }

    /// The address for a label, below `base`, which ends without a slash: a scheme, a host and perhaps a stem.
    pub fn address(&self, base: &str) -> String {
        let qualifier = |ai: &str, value: Option<&str>| value.map_or(String::new(), |v| format!("/{ai}/{}", escape(v)));
        let path = match &self.key {
            Key::Product { gtin, variant, lot, serial } => {
                let variant = qualifier("22", variant.as_ref().map(Variant::as_str));
                let lot = qualifier("10", lot.as_ref().map(LotNumber::as_str));
                let serial = qualifier("21", serial.as_ref().map(Serial::as_str));
                format!("/01/{gtin}{variant}{lot}{serial}")
            }
            Key::ThirdParty { gtin, serial } => format!("/01/{gtin}/235/{}", escape(serial)),
            Key::Unit(sscc) => format!("/00/{sscc}"),
            Key::Party(gln) => format!("/417/{gln}"),
            Key::Place(gln, extension) => {
                format!("/414/{gln}{}", qualifier("254", extension.as_ref().map(Extension::as_str)))
            }
        };
        let query = self.expiry.map_or(String::new(), |date| format!("?17={date}"));
        format!("{base}{path}{query}")
    }
}

fn read_key(segments: &[&str]) -> Result<Key, DigitalLinkError> {
    let (pairs, odd) = segments.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(DigitalLinkError::NoKey);
    }
    let Some(([primary, value], qualifiers)) = pairs.split_first() else {
        return Err(DigitalLinkError::NoKey);
    };
    match (*primary, qualifiers) {
        ("01", _) => read_product(Gtin::parse(value)?, qualifiers),
        ("00", []) => Ok(Key::Unit(Sscc::parse(value)?)),
        ("417", []) => Ok(Key::Party(Gln::parse(value)?)),
        ("414", []) => Ok(Key::Place(Gln::parse(value)?, None)),
        ("414", [["254", extension]]) => {
            Ok(Key::Place(Gln::parse(value)?, Some(Extension::parse(&decode(extension)?)?)))
        }
        (_, [[ai, _], ..]) => Err(DigitalLinkError::Qualifier { ai: (*ai).to_owned() }),
        _ => Err(DigitalLinkError::NoKey),
    }
}

fn read_product(gtin: Gtin, qualifiers: &[[&str; 2]]) -> Result<Key, DigitalLinkError> {
    if let [["235", serial]] = qualifiers {
        let serial = decode(serial)?;
        // AI (235) has the form of a serial of up to 28 characters.
        return match (1..=28).contains(&serial.len()) && serial.bytes().all(in_cset_82) {
            true => Ok(Key::ThirdParty { gtin, serial }),
            false => Err(DigitalLinkError::Qualifier { ai: "235".to_owned() }),
        };
    }
    let (mut variant, mut lot, mut serial) = (None, None, None);
    for [ai, value] in qualifiers {
        let value = decode(value)?;
        match (*ai, &variant, &lot, &serial) {
            ("22", None, None, None) => variant = Some(Variant::parse(&value)?),
            ("10", _, None, None) => lot = Some(LotNumber::parse(&value)?),
            ("21", _, _, None) => serial = Some(Serial::parse(&value)?),
            _ => return Err(DigitalLinkError::Qualifier { ai: (*ai).to_owned() }),
        }
    }
    Ok(Key::Product { gtin, variant, lot, serial })
}

/// Checks the attributes and picks out the expiry. Keys that are not all digits do not touch identity.
fn read_query(query: &str, key: &Key) -> Result<Option<AiDate>, DigitalLinkError> {
    let mut seen = Vec::new();
    let mut expiry = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (ai, raw) = pair.split_once('=').unwrap_or((pair, ""));
        if ai.is_empty() || !ai.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let in_path = ["01", "00", "417", "414", "22", "10", "21", "235", "254"].contains(&ai);
        let of_one_unit = matches!(key, Key::Product { lot, serial, .. } if lot.is_some() || serial.is_some());
        if in_path || seen.contains(&ai) || (ai == "17" && !of_one_unit) {
            return Err(DigitalLinkError::Attribute { ai: ai.to_owned() });
        }
        seen.push(ai);
        // In a query a bare plus is a space, which no GS1 value can hold.
        let value = decode(&raw.replace('+', " "))?;
        if value.is_empty() || !value.bytes().all(in_cset_82) {
            return Err(DigitalLinkError::Attribute { ai: ai.to_owned() });
        }
        if ["11", "13", "15", "16", "17"].contains(&ai) {
            let date = AiDate::parse(&value).ok_or(DigitalLinkError::Date { ai: ai.to_owned(), value })?;
            expiry = if ai == "17" { Some(date) } else { expiry };
        }
    }
    Ok(expiry)
}

fn decode(escaped: &str) -> Result<String, DigitalLinkError> {
    unescape(escaped).ok_or_else(|| DigitalLinkError::Escape { value: escaped.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "https://id.trace.example";

    fn link(path: &str) -> Result<DigitalLink, DigitalLinkError> {
        DigitalLink::parse(&format!("{BASE}{path}"))
    }

    #[test]
    fn two_digits_of_a_year_are_read_near_today() {
        let near = |digits: &str, today: &str| {
            let today = Date::parse(today).unwrap();
            AiDate::parse(digits).unwrap().near(&today).unwrap().to_string()
        };
        assert_eq!(near("271231", "2026-06-01"), "2027-12-31");
        assert_eq!(near("260200", "2026-06-01"), "2026-02-28");
        assert_eq!(near("280200", "2026-06-01"), "2028-02-29");
        assert_eq!(near("760101", "2026-06-01"), "2076-01-01");
        assert_eq!(near("770101", "2026-06-01"), "1977-01-01");
        assert_eq!(near("010101", "2099-06-01"), "2101-01-01");
    }

    #[test]
    fn published_subjects() {
        for (path, key) in [
            ("/01/09526543000013", "01/09526543000013"),
            ("/01/09526543000013/10/L26-0417", "01/09526543000013/10/L26-0417"),
            ("/01/09526543000013/21/7KQ2M9XW4T", "01/09526543000013/21/7KQ2M9XW4T"),
            ("/01/09526543000013/10/L26-0417/21/7KQ2M9XW4T?17=271231", "01/09526543000013/21/7KQ2M9XW4T"),
            ("/01/09526543000013/22/V2/21/7KQ2M9XW4T/#top", "01/09526543000013/21/7KQ2M9XW4T"),
            ("/shop/nl/00/195265430000000010", "00/195265430000000010"),
            ("/01/shop/01/09526543000013", "01/09526543000013"),
            ("/417/9526543000105", "417/9526543000105"),
            ("/01/09526543000013/21/A%2fB", "01/09526543000013/21/A%2FB"),
            ("/01/09526543000013/21/A%2BB?linkType=all&s=x", "01/09526543000013/21/A%2BB"),
        ] {
            assert_eq!(link(path).unwrap().subject().unwrap().to_string(), key, "{path}");
        }
        for path in ["/414/9526543000105/254/DOCK-4", "/01/09526543000013/235/T1"] {
            assert_eq!(link(path).unwrap().subject(), None, "{path}");
        }
    }

    #[test]
    fn published_refusals() {
        let ai = |ai: &str| DigitalLinkError::Qualifier { ai: ai.into() };
        let attribute = |ai: &str| DigitalLinkError::Attribute { ai: ai.into() };
        let refused = |path: &str| link(path).unwrap_err();
        assert_eq!(refused("/01/09526543000013/21/7KQ2M9XW4T/10/L26-0417"), ai("10"));
        assert_eq!(refused("/01/09526543000013/235/T1/21/A"), ai("235"));
        assert_eq!(refused("/01/09526543000013/10/A/10/B"), ai("10"));
        assert!(matches!(refused("/01/9526543000013"), DigitalLinkError::Gs1(Gs1Error::Syntax { .. })));
        assert!(matches!(refused("/00/195265430000000011"), DigitalLinkError::Gs1(Gs1Error::CheckDigit { .. })));
        assert!(matches!(refused("/01/09526543000013/21/A%7EB"), DigitalLinkError::Gs1(Gs1Error::Syntax { .. })));
        assert!(matches!(refused("/01/09526543000013/21/A%ZZ"), DigitalLinkError::Escape { .. }));
        assert_eq!(refused("/01/09526543000013?10=L26-0417"), attribute("10"));
        assert_eq!(refused("/01/09526543000013?17=271231"), attribute("17"));
        assert_eq!(refused("/01/09526543000013?240=A+B"), attribute("240"));
        assert_eq!(refused("/01/09526543000013/21/A?17=271231&17=271231"), attribute("17"));
        assert_eq!(refused("/gtin/09526543000013/ser/A"), DigitalLinkError::NoKey);
        let date = DigitalLinkError::Date { ai: "17".into(), value: "260229".into() };
        assert_eq!(refused("/01/09526543000013/21/A?17=260229"), date);
        assert!(link("/01/09526543000013/21/A?17=280229").is_ok() && link("/01/09526543000013/21/A?17=280200").is_ok());
        for address in ["ftp://h/01/09526543000013", "//h/01/09526543000013", "https:///01/09526543000013", "https://h"]
        {
            assert_eq!(DigitalLink::parse(address), Err(DigitalLinkError::Address), "{address}");
        }
        let long = "0".repeat(URI_BYTES_MAX + 1);
        assert_eq!(DigitalLink::parse(&long), Err(DigitalLinkError::TooLong { found: URI_BYTES_MAX + 1 }));
    }

    #[test]
    fn the_label_claims_a_lot_beside_the_serial() {
        let label = link("/01/09526543000013/10/L26-0417/21/A?17=271231").unwrap();
        assert_eq!(label.lot().unwrap().to_string(), "01/09526543000013/10/L26-0417");
        assert_eq!(label.expiry().unwrap().to_string(), "271231");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in ".{0,80}", path in "(/(01|00|10|21|09526543000013|%[0-9A-F]{2}|[ -~]{0,3})){0,7}([?][ -~]{0,12})?") {
            let _ = DigitalLink::parse(&text);
            if let Ok(parsed) = link(&path) {
                prop_assert_eq!(DigitalLink::parse(&parsed.address(BASE)), Ok(parsed));
            }
        }

        #[test]
        fn an_address_leads_back(lot in "[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{1,20}", serial in "[A-HJ-NP-Z2-9]{10}") {
            let path = format!("/01/09526543000013/10/{}/21/{serial}?17=271231", escape(&lot));
            prop_assert_eq!(link(&path).unwrap().address(BASE), format!("{BASE}{path}"));
        }
    }
}
