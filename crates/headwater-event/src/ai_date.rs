//! Dates behind GS1 application identifiers, as labels carry them.

use std::fmt;

use crate::text::Date;

/// The kind of a date on a label, by the date's application identifier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DateKind {
    /// (11): the day of production.
    Production,
    /// (13): the day of packaging.
    Packaging,
    /// (15): the day up to which the goods are at their best.
    BestBefore,
    /// (16): the last day of sale.
    SellBy,
    /// (17): the last day of use.
    Expiry,
}

impl DateKind {
    const ALL: [Self; 5] = [Self::Production, Self::Packaging, Self::BestBefore, Self::SellBy, Self::Expiry];

    /// Returns the kind of the dates behind an application identifier.
    pub fn of(ai: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.ai() == ai)
    }

    /// The application identifier, in two digits.
    pub const fn ai(self) -> &'static str {
        match self {
            DateKind::Production => "11",
            DateKind::Packaging => "13",
            DateKind::BestBefore => "15",
            DateKind::SellBy => "16",
            DateKind::Expiry => "17",
        }
    }
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
        // Of the years that end in 00, 2000 had a 29 February. So a day that every century lacks is refused here, and `near`,
        // which knows the century, refuses the others.
        Date::new(2000 + u16::from(year), month, day.max(1))?;
        Some(Self { year, month, day })
    }

    /// Returns the day of the calendar that this date means to a reader today. Of the years with these two digits, the year
    /// lies between 49 years back and 50 years ahead (GS1 General Specifications, section 7.12).
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

#[cfg(test)]
mod tests {
    use super::*;

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
        for no_day in ["260230", "260431", "261301", "260001", "26010", "2601011", "26O101"] {
            assert_eq!(AiDate::parse(no_day), None, "{no_day}");
        }
    }
}
