//! GS1 Digital Link: the address on a label, and the subject that the address names.
//!
//! ```text
//! https://{host}[/stem]/01/{GTIN14}[/22/{CPV}][/10/{LOT}][/21/{SERIAL}][?17=YYMMDD&...]
//! https://{host}[/stem]/00/{SSCC}
//! https://{host}[/stem]/417/{GLN}
//! https://{host}[/stem]/414/{GLN}[/254/{EXT}]
//! ```
//!
//! The path is split before it is decoded, so that an escaped slash stays inside its value. The path alone decides the subject of
//! the link. The module [`crate::attribute`] reads the other claims of the label, and remarks on those that it cannot read. Such an
//! attribute never refuses a link.

use crate::ai_date::{AiDate, DateKind};
use crate::attribute::{Attributes, KEYS, LotClaim, QUALIFIERS, Remark};
use crate::gs1::{Extension, Gln, Gs1Error, Gtin, LotNumber, Serial, Sscc, Variant, in_cset_82};
use crate::subject::{PartyKey, Subject, escape, unescape};

/// Largest number of bytes of an address on a label, without the query; the query has the same limit of its own.
pub const URI_BYTES_MAX: usize = 2 * 1024;

/// Error of a text that is not a Digital Link. The writer of the text is at fault in every case.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DigitalLinkError {
    /// An address of more than [`URI_BYTES_MAX`] bytes.
    #[error("an address has at most {URI_BYTES_MAX} bytes without its query, this has {found}")]
    TooLong {
        /// Number of bytes without the query.
        found: usize,
    },
    /// An address without `http(s)://host` in front.
    #[error("an address begins with https:// and a host")]
    Address,
    /// A path without a GS1 key and its value.
    #[error("the path holds no GS1 key: /01/, /00/, /417/ or /414/ and its value")]
    NoKey,
    /// A malformed percent-escape, or one that is not UTF-8.
    #[error("{value:?} has a broken percent-escape")]
    Escape {
        /// The value with the escape, as in the path.
        value: String,
    },
    /// An application identifier that is not allowed at its place in the path.
    #[error(
        "({ai}) is not allowed here: behind one GTIN follow 22, 10, 21 in this order, or 235 alone, and nothing of it before"
    )]
    Qualifier {
        /// The application identifier that is not allowed.
        ai: String,
    },
    /// A value that breaks the rules of its GS1 key or qualifier.
    #[error(transparent)]
    Gs1(#[from] Gs1Error),
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Key {
    Product { gtin: Gtin, variant: Option<Variant>, lot: Option<LotNumber>, serial: Option<Serial> },
    ThirdParty { gtin: Gtin, serial: String },
    Unit(Sscc),
    Party(Gln),
    Place(Gln, Option<Extension>),
}

impl Key {
    /// The role that a lot in the query has beside this key.
    fn lot_claim(&self) -> LotClaim<'_> {
        match self {
            Key::Product { lot: Some(lot), .. } => LotClaim::Told(lot),
            Key::Product { serial: Some(_), .. } => LotClaim::Open,
            _ => LotClaim::Closed,
        }
    }
}

/// The claims of a label: the key that it names, dates, and remarks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DigitalLink {
    key: Key,
    dates: Vec<(DateKind, AiDate)>,
    remarks: Vec<Remark>,
}

impl DigitalLink {
    /// Reads an address as a scanner gives it.
    pub fn parse(uri: &str) -> Result<Self, DigitalLinkError> {
        short(uri)?;
        Self::read(split(uri)?.1)
    }

    /// Reads the part behind the host, as a resolver receives it: raw path and query.
    pub fn parse_path(path_and_query: &str) -> Result<Self, DigitalLinkError> {
        short(path_and_query)?;
        Self::read(path_and_query)
    }

    /// The base address of the node of a link, without a slash at the end: the part before the key.
    pub fn base(uri: &str) -> Result<&str, DigitalLinkError> {
        let (before, rest) = split(uri)?;
        let (path, _) = parts(rest);
        let (_, start) = find_key(path)?;
        Ok(uri.get(..before + start).unwrap_or_default().trim_end_matches('/'))
    }

    fn read(path_and_query: &str) -> Result<Self, DigitalLinkError> {
        let (path, query) = parts(path_and_query);
        let (mut key, _) = find_key(path)?;
        let Attributes { lot, dates, remarks } = Attributes::read(query, key.lot_claim());
        if let Key::Product { lot: claimed, .. } = &mut key {
            *claimed = claimed.take().or(lot);
        }
        Ok(Self { key, dates, remarks })
    }

    /// The subject that the label names. A location and a third party's control number are not subjects.
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

    /// The lot that the label names, or claims beside a serial.
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

    /// The path of a question to a node: the subject that the label names, and the lot that the label claims beside an item. Labels
    /// that ask the same question have the same path.
    pub fn asked_path(&self) -> Option<String> {
        Some(path_of(&self.subject()?, self.lot_beside().as_ref()))
    }

    /// The dates that the label claims, by their kind.
    pub fn dates(&self) -> &[(DateKind, AiDate)] {
        &self.dates
    }

    /// The date of one kind that the label claims.
    pub fn date(&self, kind: DateKind) -> Option<AiDate> {
        self.dates.iter().find(|(other, _)| *other == kind).map(|(_, date)| *date)
    }

    /// Remarks about attributes beside the identity that were not read, in the order of the label.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The address for a label, below `base`: a scheme, a host and perhaps a stem, without a slash at the end.
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
        let dates: Vec<String> = self.dates.iter().map(|(kind, date)| format!("{}={date}", kind.ai())).collect();
        let query = if dates.is_empty() { String::new() } else { format!("?{}", dates.join("&")) };
        format!("{base}{path}{query}")
    }
}

/// The path of a subject, with the lot that a label claims beside an item.
pub fn path_of(subject: &Subject, lot: Option<&Subject>) -> String {
    match (lot, subject) {
        (Some(lot), Subject::Item(_, serial)) => format!("/{lot}/21/{}", escape(serial.as_str())),
        _ => format!("/{subject}"),
    }
}

/// Refuses an address of more than [`URI_BYTES_MAX`] bytes without its query.
fn short(address: &str) -> Result<(), DigitalLinkError> {
    let found = parts(address).0.len();
    if found > URI_BYTES_MAX { Err(DigitalLinkError::TooLong { found }) } else { Ok(()) }
}

/// Splits an address into the length of the part before the path, in bytes, and the rest: raw path and query.
fn split(uri: &str) -> Result<(usize, &str), DigitalLinkError> {
    let (scheme, rest) = uri.split_once("://").ok_or(DigitalLinkError::Address)?;
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let (host, path) = rest.split_once('/').ok_or(DigitalLinkError::Address)?;
    if !web || host.is_empty() || host.contains(['?', '#']) {
        return Err(DigitalLinkError::Address);
    }
    Ok((uri.len() - path.len(), path))
}

/// Splits an address into path and query, without the fragment behind `#`, which is for browsers alone.
fn parts(address: &str) -> (&str, &str) {
    let address = address.split('#').next().unwrap_or_default();
    address.split_once('?').unwrap_or((address, ""))
}

/// Returns the key and its offset in the path, in bytes. The key starts at the rightmost segment from which the whole rest can be
/// read. The part before the key is the stem. A stem must not hold a part of a key, so that no identifier is passed over.
fn find_key(path: &str) -> Result<(Key, usize), DigitalLinkError> {
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let starts = (0..segments.len()).rev().filter(|at| is_key(segments[*at]));
    let mut result = Err(DigitalLinkError::NoKey);
    for start in starts {
        result = read_key(&segments[start..]).map(|key| (key, start));
        if result.is_ok() {
            break;
        }
    }
    let (key, start) = result?;
    let (stem, _) = segments.split_at(start);
    if let Some(ai) = part_of_a_key(stem) {
        return Err(DigitalLinkError::Qualifier { ai });
    }
    Ok((key, stem.iter().map(|segment| segment.len() + 1).sum()))
}

fn is_key(segment: &str) -> bool {
    KEYS.contains(&segment)
}

/// Returns a part of a stem that would identify: a qualifier, or a key with its value.
fn part_of_a_key(stem: &[&str]) -> Option<String> {
    let qualifier = stem.iter().filter_map(|segment| unescape(segment));
    let mut qualifier = qualifier.filter(|name| QUALIFIERS.contains(&name.as_str()));
    let key = stem.windows(2).find(|pair| is_key(pair[0]) && read_key(pair).is_ok());
    qualifier.next().or_else(|| key.map(|pair| pair[0].to_owned()))
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
        // The value of AI (235) has the form of a serial of up to 28 characters.
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

fn decode(escaped: &str) -> Result<String, DigitalLinkError> {
    unescape(escaped).ok_or_else(|| DigitalLinkError::Escape { value: escaped.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::attribute::RemarkRule;

    const BASE: &str = "https://id.trace.example";

    fn link(path: &str) -> Result<DigitalLink, DigitalLinkError> {
        DigitalLink::parse(&format!("{BASE}{path}"))
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
        let refused = |path: &str| link(path).unwrap_err();
        assert_eq!(refused("/01/09526543000013/21/7KQ2M9XW4T/10/L26-0417"), ai("10"));
        assert_eq!(refused("/01/09526543000013/235/T1/21/A"), ai("235"));
        assert_eq!(refused("/01/09526543000013/10/A/10/B"), ai("10"));
        assert!(matches!(refused("/01/9526543000013"), DigitalLinkError::Gs1(Gs1Error::Syntax { .. })));
        assert!(matches!(refused("/00/195265430000000011"), DigitalLinkError::Gs1(Gs1Error::CheckDigit { .. })));
        assert!(matches!(refused("/01/09526543000013/21/A%7EB"), DigitalLinkError::Gs1(Gs1Error::Syntax { .. })));
        assert!(matches!(refused("/01/09526543000013/21/A%ZZ"), DigitalLinkError::Escape { .. }));
        assert_eq!(refused("/gtin/09526543000013/ser/A"), DigitalLinkError::NoKey);
        for address in ["ftp://h/01/09526543000013", "//h/01/09526543000013", "https:///01/09526543000013", "https://h"]
        {
            assert_eq!(DigitalLink::parse(address), Err(DigitalLinkError::Address), "{address}");
        }
        let long = "0".repeat(URI_BYTES_MAX + 1);
        assert_eq!(DigitalLink::parse(&long), Err(DigitalLinkError::TooLong { found: URI_BYTES_MAX + 1 }));
    }

    #[test]
    fn nothing_that_identifies_is_passed_over() {
        for (path, ai) in [
            ("/21/A/01/09526543000013", "21"),
            ("/10/L26-0417/01/09526543000013", "10"),
            ("/shop/21/A/nl/01/09526543000013", "21"),
            ("/%32%31/A/01/09526543000013", "21"),
            ("/01/09526543000013/21/01/09526543000013", "21"),
            ("/01/09526543000013/01/09526543000020", "01"),
            ("/00/195265430000000010/01/09526543000013", "00"),
            ("/01/09526543000013/21/A/01/09526543000013", "21"),
            ("/417/9526543000105/x/00/195265430000000010", "417"),
        ] {
            assert_eq!(link(path), Err(DigitalLinkError::Qualifier { ai: ai.into() }), "{path}");
        }
        assert!(link("/21st/10th/00/01/09526543000013").is_ok(), "a stem is no part of a key by its look");
    }

    #[test]
    fn the_label_claims_a_lot_beside_the_serial() {
        let label = link("/01/09526543000013/10/L26-0417/21/A?17=271231").unwrap();
        assert_eq!(label.lot().unwrap().to_string(), "01/09526543000013/10/L26-0417");
        assert_eq!(label.date(DateKind::Expiry).unwrap().to_string(), "271231");
        let in_query = link("/01/09526543000013/21/A?10=L26-0417&17=271231").unwrap();
        assert_eq!(in_query, label);
        assert_eq!(in_query.asked_path().as_deref(), Some("/01/09526543000013/10/L26-0417/21/A"));
        assert_eq!(
            link("/01/09526543000013/22/V/10/L%2f1/").unwrap().asked_path().unwrap(),
            "/01/09526543000013/10/L%2F1"
        );
    }

    #[test]
    fn what_stands_beside_identity_never_refuses_it() {
        let (model, lot, item) = ("01/09526543000013", "01/09526543000013/10/L26-0417", "01/09526543000013/21/A");
        let unit = "00/195265430000000010";
        let long = format!("{model}?4300={}", "A".repeat(URI_BYTES_MAX));
        for (path, subject, remarks) in [
            ("01/09526543000013?17=271231", model, vec![]),
            ("01/09526543000013?3103=000195&3922=0299&17=271231", model, vec![]),
            ("01/09526543000013?10=L26-0417", model, vec![("10", RemarkRule::Identity)]),
            (
                "01/09526543000013?21=A&01=09526543000020",
                model,
                vec![("21", RemarkRule::Identity), ("01", RemarkRule::Identity)],
            ),
            ("00/195265430000000010?02=09526543000013&37=25&10=L26-0417", unit, vec![("10", RemarkRule::Identity)]),
            ("01/09526543000013/10/L26-0417?17=000000", lot, vec![("17", RemarkRule::Date)]),
            ("01/09526543000013/10/L26-0417?10=BB1", lot, vec![("10", RemarkRule::OtherLot)]),
            ("01/09526543000013/10/L26-0417?10=L26%2D0417", lot, vec![]),
            ("01/09526543000013/21/A?10=", item, vec![("10", RemarkRule::Value)]),
            ("01/09526543000013/21/A?10=ABCDEFGHIJKLMNOPQRSTU", item, vec![("10", RemarkRule::Value)]),
            ("01/09526543000013/21/A?17=260229", item, vec![("17", RemarkRule::Date)]),
            ("01/09526543000013/21/A?17=271231&17=281231", item, vec![("17", RemarkRule::Repeated)]),
            ("01/09526543000013/21/A?17=&15", item, vec![("17", RemarkRule::Value), ("15", RemarkRule::Value)]),
            (
                "01/09526543000013/21/A?4300=Jan+Modaal&4301=%E8%93%9D",
                item,
                vec![("4300", RemarkRule::Value), ("4301", RemarkRule::Value)],
            ),
            (
                "01/09526543000013/21/A?99=%ZZ&17=%FF",
                item,
                vec![("99", RemarkRule::Escape), ("17", RemarkRule::Escape)],
            ),
            ("01/09526543000013/21/A?1=x&12345=y&%31%37=000000&s=%ZZ&&=&٣٣=1#?17=x", item, vec![]),
            (&long, model, vec![("", RemarkRule::TooLong)]),
        ] {
            let read = link(&format!("/{path}")).unwrap();
            assert_eq!(read.subject().unwrap().to_string(), subject, "{path}");
            let found: Vec<(&str, RemarkRule)> =
                read.remarks().iter().map(|remark| (remark.attribute.as_str(), remark.rule)).collect();
            assert_eq!(found, remarks, "{path}");
        }
        let said = |path: &str| link(path).unwrap().remarks()[0].to_string();
        assert_eq!(said("/01/09526543000013/21/A?99=%ZZ"), "(99) \"%ZZ\" has a broken percent-escape");
        assert!(said(&format!("/{long}")).starts_with("the query has more than"));
        let first = link("/01/09526543000013/21/A?17=271231&17=281231").unwrap();
        assert_eq!(first.date(DateKind::Expiry).unwrap().to_string(), "271231");
    }

    #[test]
    fn the_node_of_a_link_stands_before_the_key() {
        for (address, base) in [
            ("https://id.trace.example/01/09526543000013", "https://id.trace.example"),
            ("https://id.trace.example//shop/nl/01/09526543000013/21/A?17=271231", "https://id.trace.example//shop/nl"),
            ("http://localhost:8080/01/09526543000013/10/01/", "http://localhost:8080"),
        ] {
            assert_eq!(DigitalLink::base(address), Ok(base));
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in ".{0,80}", path in "(/(01|00|10|21|09526543000013|%[0-9A-F]{2}|[ -~]{0,3})){0,7}([?][ -~]{0,12})?") {
            let _ = DigitalLink::parse(&text);
            if let Ok(parsed) = link(&path) {
                let address = parsed.address(BASE);
                prop_assert_eq!(DigitalLink::parse(&address), Ok(DigitalLink { remarks: Vec::new(), ..parsed }));
            }
        }

        #[test]
        fn an_address_leads_back(lot in "[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{1,20}", serial in "[A-HJ-NP-Z2-9]{10}") {
            let path = format!("/01/09526543000013/10/{}/21/{serial}?17=271231", escape(&lot));
            prop_assert_eq!(link(&path).unwrap().address(BASE), format!("{BASE}{path}"));
        }
    }
}
