//! Attributes of a label: the claims in the query of its link. The path alone identifies.
//!
//! Attributes never refuse a link. An attribute that cannot be read, or is not allowed in its place, becomes a [`Remark`].

use std::fmt;

use crate::ai_date::{AiDate, DateKind};
use crate::digital_link::URI_BYTES_MAX;
use crate::gs1::{LotNumber, in_cset_82};
use crate::subject::unescape;

/// Application identifiers that begin an identity.
pub(crate) const KEYS: [&str; 4] = ["01", "00", "417", "414"];
/// Application identifiers that continue an identity.
pub(crate) const QUALIFIERS: [&str; 5] = ["22", LOT, "21", "235", "254"];
const LOT: &str = "10";

/// A rule that an attribute of a label breaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize)]
pub enum RemarkRule {
    /// The query is too long, and is not read at all.
    TooLong,
    /// An earlier attribute has the same name.
    Repeated,
    /// A percent-escape is malformed, or is not UTF-8.
    Escape,
    /// The value is not one or more characters of CSET 82, or is not a lot number.
    Value,
    /// The attribute identifies goods, which only the path may do.
    Identity,
    /// The path names a different lot.
    OtherLot,
    /// The value is not a date of the form YYMMDD.
    Date,
}

impl fmt::Display for RemarkRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RemarkRule::TooLong => write!(f, "the query has more than {URI_BYTES_MAX} bytes, and is not read"),
            RemarkRule::Repeated => f.write_str("is repeated, only the first is read"),
            RemarkRule::Escape => f.write_str("has a broken percent-escape"),
            RemarkRule::Value => f.write_str("is empty, or has a character or length that no such value has"),
            RemarkRule::Identity => f.write_str("is not looked up: only the path of a link says what it names"),
            RemarkRule::OtherLot => f.write_str("is another lot than the path names, which counts"),
            RemarkRule::Date => f.write_str("is not a date: YYMMDD, DD = 00 for the last day of the month"),
        }
    }
}

/// An attribute of a label that is not read, and the rule that it breaks.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Remark {
    /// The application identifier; empty when the remark is about the whole query.
    pub attribute: String,
    /// Value of the attribute as in the link, with escapes.
    pub value: String,
    /// The rule that the attribute breaks.
    pub rule: RemarkRule,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attribute.as_str() {
            "" => self.rule.fmt(f),
            ai => write!(f, "({ai}) {:?} {}", self.value, self.rule),
        }
    }
}

/// The role of a lot in the query, which depends on the path.
#[derive(Clone, Copy)]
pub(crate) enum LotClaim<'a> {
    /// A claim: the path names an item without a lot.
    Open,
    /// A repetition: the path names this lot.
    Told(&'a LotNumber),
    /// Not allowed: the path names neither a lot nor an item.
    Closed,
}

/// The claims in the query of a link.
#[derive(Default)]
pub(crate) struct Attributes {
    /// The lot of the item that the path names.
    pub lot: Option<LotNumber>,
    /// The dates, in the order of their application identifiers.
    pub dates: Vec<(DateKind, AiDate)>,
    /// The attributes that are not read, in the order of the label.
    pub remarks: Vec<Remark>,
}

impl Attributes {
    /// Reads a query, where a lot has the role `lot`.
    pub fn read(query: &str, lot: LotClaim<'_>) -> Self {
        let mut read = Self::default();
        if query.len() > URI_BYTES_MAX {
            let (attribute, value) = (String::new(), String::new());
            read.remarks.push(Remark { attribute, value, rule: RemarkRule::TooLong });
            return read;
        }
        let mut seen = Vec::new();
        for pair in query.split('&') {
            let (ai, value) = pair.split_once('=').unwrap_or((pair, ""));
            // GS1 attributes have names of two to four digits.
            if !(2..=4).contains(&ai.len()) || !ai.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let result = if seen.contains(&ai) { Err(RemarkRule::Repeated) } else { read.take(ai, value, lot) };
            seen.push(ai);
            if let Err(rule) = result {
                read.remarks.push(Remark { attribute: ai.to_owned(), value: value.to_owned(), rule });
            }
        }
        read.dates.sort_unstable();
        read
    }

    fn take(&mut self, ai: &str, escaped: &str, lot: LotClaim<'_>) -> Result<(), RemarkRule> {
        // Only the path identifies; a lot in the query is a claim.
        if KEYS.contains(&ai) || (ai != LOT && QUALIFIERS.contains(&ai)) {
            return Err(RemarkRule::Identity);
        }
        // In a query a bare plus is a space, which no value in CSET 82 holds.
        let value = unescape(&escaped.replace('+', " ")).ok_or(RemarkRule::Escape)?;
        if value.is_empty() || !value.bytes().all(in_cset_82) {
            return Err(RemarkRule::Value);
        }
        if let Some(kind) = DateKind::of(ai) {
            self.dates.push((kind, AiDate::parse(&value).ok_or(RemarkRule::Date)?));
        }
        if ai == LOT {
            match lot {
                LotClaim::Open => self.lot = Some(LotNumber::parse(&value).map_err(|_| RemarkRule::Value)?),
                LotClaim::Told(lot) if lot.as_str() == value => {}
                LotClaim::Told(_) => return Err(RemarkRule::OtherLot),
                LotClaim::Closed => return Err(RemarkRule::Identity),
            }
        }
        Ok(())
    }
}
