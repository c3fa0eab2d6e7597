//! Labels: the claims of a label beside the subject that it names, and the records that differ.

use std::fmt;

use headwater_event::ai_date::DateKind;
use headwater_event::attribute::Remark;
use headwater_event::digital_link::{DigitalLink, DigitalLinkError};
use headwater_event::gs1::LotNumber;
use headwater_event::kind::production::Production;
use headwater_event::subject::Subject;
use headwater_event::text::Date;

use crate::walk::Asked;

/// The application identifier of a lot.
const LOT: &str = "10";

/// The claims of a label beside its subject.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Label {
    /// The lot of an item.
    pub lot: Option<LotNumber>,
    /// The dates, by what they are the dates of.
    pub dates: Vec<(DateKind, Date)>,
    /// Remarks: parts of the label that are not read.
    pub remarks: Vec<Remark>,
}

/// Two values that differ: the label's and the record's.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Difference {
    /// The application identifier.
    pub ai: &'static str,
    /// The claim of the label.
    pub label: String,
    /// The statement of the record.
    pub record: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DateKind::of(self.ai).map_or("lot", name);
        write!(f, "the label says {name} {}, the records say {}", self.label, self.record)
    }
}

/// The word for a date.
pub const fn name(kind: DateKind) -> &'static str {
    match kind {
        DateKind::Production => "produced",
        DateKind::Packaging => "packed",
        DateKind::BestBefore => "best before",
        DateKind::SellBy => "sell by",
        DateKind::Expiry => "use by",
    }
}

/// The record's date for a date that a label can carry. No record has a packaging or sell-by date.
fn recorded(production: &Production, kind: DateKind) -> Option<&Date> {
    match kind {
        DateKind::Production => Some(&production.production_date),
        DateKind::BestBefore => production.best_before.as_ref(),
        DateKind::Expiry => production.expiry_date.as_ref(),
        DateKind::Packaging | DateKind::SellBy => None,
    }
}

impl Label {
    /// The claims of a link beside the subject that it names, for a reader of today.
    pub fn of(link: &DigitalLink, today: &Date) -> Self {
        let lot = match link.lot_beside() {
            Some(Subject::Lot(_, number)) => Some(number),
            _ => None,
        };
        let dates = link.dates().iter().filter_map(|(kind, date)| Some((*kind, date.near(today)?)));
        Self { lot, dates: dates.collect(), remarks: link.remarks().to_vec() }
    }

    /// The same label with the lot that was asked for, where the label itself was not at hand.
    pub fn beside(&self, asked: &Asked) -> Self {
        let asked = match &asked.lot {
            Some(Subject::Lot(_, number)) => Some(number.clone()),
            _ => None,
        };
        Self { lot: self.lot.clone().or(asked), ..self.clone() }
    }

    /// Where the label and the records say two different things: of the lot, when it is proven, and of its production. What either does
    /// not say differs from nothing.
    pub fn differences(&self, proven: Option<&Subject>, production: Option<&Production>) -> Vec<Difference> {
        let lot = self.lot.as_ref().zip(proven).and_then(|(label, proven)| match proven {
            Subject::Lot(_, proven) if proven != label => {
                Some(Difference { ai: LOT, label: label.to_string(), record: proven.to_string() })
            }
            _ => None,
        });
        let dates = self.dates.iter().filter_map(|(kind, date)| {
            let record = recorded(production?, *kind).filter(|record| *record != date)?;
            Some(Difference { ai: kind.ai(), label: date.to_string(), record: record.to_string() })
        });
        lot.into_iter().chain(dates).collect()
    }

    /// The dates that no record has, and that were compared with nothing.
    pub fn uncompared(&self, production: Option<&Production>) -> impl Iterator<Item = &(DateKind, Date)> {
        self.dates.iter().filter(move |(kind, _)| production.and_then(|made| recorded(made, *kind)).is_none())
    }
}

/// The question that a subject key or the link on a label asks, and the label's claims beside it, for a reader of today. A link may lack
/// its scheme and host.
pub fn asked(text: &str, today: &Date) -> Result<(Asked, Label), DigitalLinkError> {
    if let Ok(subject) = Subject::parse(text) {
        return Ok((Asked { subject, lot: None }, Label::default()));
    }
    let has_scheme = text.split(['?', '#']).next().is_some_and(|path| path.contains("://"));
    let link = if has_scheme { DigitalLink::parse(text) } else { DigitalLink::parse_path(text) }?;
    let subject = link.subject().ok_or(DigitalLinkError::NoKey)?;
    let lot = link.lot_beside();
    Ok((Asked { subject, lot }, Label::of(&link, today)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_lies_before_query_and_fragment() {
        let today = Date::parse("2026-05-01").unwrap();
        for more in ["", "?from=https://shop.example", "#https://shop.example"] {
            for before in ["", "id.trace.example/", "https://id.trace.example/"] {
                let (asked, _) = asked(&format!("{before}01/09526543000013/21/A{more}"), &today).unwrap();
                assert_eq!(asked.subject.to_string(), "01/09526543000013/21/A", "{before} {more}");
            }
        }
    }
}
