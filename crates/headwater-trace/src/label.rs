//! Labels: the claims of a label about its subject, and the entries that differ from them.

use std::fmt;

use headwater_event::ai_date::{AiDate, DateKind};
use headwater_event::attribute::Remark;
use headwater_event::digital_link::{DigitalLink, DigitalLinkError};
use headwater_event::gs1::LotNumber;
use headwater_event::kind::production::Production;
use headwater_event::subject::Subject;
use headwater_event::text::Date;

use crate::walk::Query;

/// GS1 application identifier of a lot.
const LOT: &str = "10";

/// Claims of a label besides its subject.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Label {
    /// Lot that the label states for an item.
    pub lot: Option<LotNumber>,
    /// Dates on the label, each with its kind. The day of the judgement decides their century.
    pub dates: Vec<(DateKind, AiDate)>,
    /// Remarks on parts of the label that this version does not read.
    pub remarks: Vec<Remark>,
}

/// A value of the label and the differing value of an entry.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Difference {
    /// GS1 application identifier of the value.
    pub ai: &'static str,
    /// Value that the label claims.
    pub label: String,
    /// Value that the entry states.
    pub record: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DateKind::of(self.ai).map_or("lot", name);
        write!(f, "the label says {name} {}, the records say {}", self.label, self.record)
    }
}

/// Returns the words for a kind of date in texts for people.
pub const fn name(kind: DateKind) -> &'static str {
    match kind {
        DateKind::Production => "produced",
        DateKind::Packaging => "packed",
        DateKind::BestBefore => "best before",
        DateKind::SellBy => "sell by",
        DateKind::Expiry => "use by",
    }
}

/// Returns the date of a production that a date on a label compares with. A production has no packaging or sell-by date.
fn recorded(production: &Production, kind: DateKind) -> Option<&Date> {
    match kind {
        DateKind::Production => Some(&production.production_date),
        DateKind::BestBefore => production.best_before.as_ref(),
        DateKind::Expiry => production.expiry_date.as_ref(),
        DateKind::Packaging | DateKind::SellBy => None,
    }
}

/// Formats a date of a label as YYYY-MM-DD. A date that names no day of its century, such as 29 February 2100, stays as it is printed.
fn day(date: AiDate, today: &Date) -> String {
    date.near(today).map_or_else(|| date.to_string(), |day| day.to_string())
}

impl Label {
    /// Returns the claims of a link besides the subject that it names.
    pub fn of(link: &DigitalLink) -> Self {
        let lot = match link.lot_beside() {
            Some(Subject::Lot(_, number)) => Some(number),
            _ => None,
        };
        Self { lot, dates: link.dates().to_vec(), remarks: link.remarks().to_vec() }
    }

    /// Returns the label with the asked lot filled in where the label states no lot.
    pub fn beside(&self, query: &Query) -> Self {
        let lot = match &query.lot {
            Some(Subject::Lot(_, number)) => Some(number.clone()),
            _ => None,
        };
        Self { lot: self.lot.clone().or(lot), ..self.clone() }
    }

    /// Returns the values in which label and entries differ: the lot, when it is proven, and the dates of the production. A
    /// value that is on one side only does not count as a difference. `today` decides the century of a date.
    pub fn differences(
        &self,
        proven: Option<&Subject>,
        production: Option<&Production>,
        today: &Date,
    ) -> Vec<Difference> {
        let lot = self.lot.as_ref().zip(proven).and_then(|(label, proven)| match proven {
            Subject::Lot(_, proven) if proven != label => {
                Some(Difference { ai: LOT, label: label.to_string(), record: proven.to_string() })
            }
            _ => None,
        });
        let dates = self.dates.iter().filter_map(|(kind, date)| {
            let (label, record) = (day(*date, today), recorded(production?, *kind)?.to_string());
            (label != record).then_some(Difference { ai: kind.ai(), label, record })
        });
        lot.into_iter().chain(dates).collect()
    }

    /// Returns the dates of the label that the production does not state, so that nothing was compared with them. `today` decides the
    /// century of a date.
    pub fn uncompared(
        &self,
        production: Option<&Production>,
        today: &Date,
    ) -> impl Iterator<Item = (DateKind, String)> {
        let uncompared =
            move |(kind, _): &&(DateKind, AiDate)| production.and_then(|made| recorded(made, *kind)).is_none();
        self.dates.iter().filter(uncompared).map(move |(kind, date)| (*kind, day(*date, today)))
    }
}

/// Parses a subject key or the link on a label into a query and the label's claims. A link may lack its scheme and
/// host.
pub fn query(text: &str) -> Result<(Query, Label), DigitalLinkError> {
    if let Ok(subject) = Subject::parse(text) {
        return Ok((Query { subject, lot: None }, Label::default()));
    }
    let has_scheme = text.split(['?', '#']).next().is_some_and(|path| path.contains("://"));
    let link = if has_scheme { DigitalLink::parse(text) } else { DigitalLink::parse_path(text) }?;
    let subject = link.subject().ok_or(DigitalLinkError::NoKey)?;
    let lot = link.lot_beside();
    Ok((Query { subject, lot }, Label::of(&link)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_lies_before_query_and_fragment() {
        for more in ["", "?from=https://shop.example", "#https://shop.example"] {
            for before in ["", "id.trace.example/", "https://id.trace.example/"] {
                let (query, _) = query(&format!("{before}01/09526543000013/21/A{more}")).unwrap();
                assert_eq!(query.subject.to_string(), "01/09526543000013/21/A", "{before} {more}");
            }
        }
    }
}
