//! What a good event observes, decided from the event alone.
//!
//! Admission refuses an event that breaks a rule of severity *reject*. Every reader works out the same findings again and
//! shows them beside the entry; they are never stored and never make a proof invalid.

use std::fmt;

use crate::code_list::CodeList;
use crate::event::Event;
use crate::place::OFFSET_MINUTES_MAX;
use crate::text::Date;
use crate::transport::{Country, Unit};

/// What admission does about a broken rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// It refuses the event.
    Reject,
    /// It takes the event; readers show the finding.
    Warn,
}

/// A rule that an event breaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The path of the field.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// The rule.
    pub rule: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}: {}", self.field, self.value, self.rule)
    }
}

/// Collects what breaks a rule.
#[derive(Debug, Default)]
pub struct Rules(Vec<Finding>);

impl Rules {
    /// All findings about an event.
    pub fn check(event: &Event) -> Vec<Finding> {
        let mut rules = Rules::default();
        for (at, named) in event.subjects.iter().enumerate() {
            if let Some(quantity) = &named.quantity {
                quantity.rules(&format!("subjects.{at}.quantity"), &mut rules);
            }
        }
        if let Some(place) = &event.place {
            place.rules("place", &mut rules);
        }
        for (at, text) in event.notes.iter().enumerate() {
            rules.normal_form(&format!("notes.{at}.text"), text.text.as_str());
        }
        event.body.rules(event, &mut rules);
        rules.0
    }

    pub(crate) fn reject(&mut self, field: impl Into<String>, value: impl std::fmt::Display, rule: impl Into<String>) {
        self.add(Severity::Reject, field.into(), value.to_string(), rule.into());
    }

    pub(crate) fn warn(&mut self, field: impl Into<String>, value: impl std::fmt::Display, rule: impl Into<String>) {
        self.add(Severity::Warn, field.into(), value.to_string(), rule.into());
    }

    /// A field that this form of the event always has.
    pub(crate) fn require<T>(&mut self, field: &str, value: &Option<T>) {
        if value.is_none() {
            self.reject(field, "", "is required here");
        }
    }

    /// `earlier` is not after `later`.
    pub(crate) fn ordered<T: PartialOrd + std::fmt::Display>(
        &mut self,
        field: &str,
        earlier: &T,
        later: &T,
        rule: &str,
    ) {
        if earlier > later {
            self.reject(field, later, rule);
        }
    }

    pub(crate) fn country(&mut self, field: &str, country: &Country) {
        self.listed(field, CodeList::Country, country.as_str());
    }

    pub(crate) fn unit(&mut self, field: &str, unit: &Unit) {
        self.listed(field, CodeList::Unit, unit.as_str());
    }

    /// A unit of measure that goods can have. One that is in no list is told as that.
    pub(crate) fn goods_unit(&mut self, field: &str, unit: &Unit) {
        let is_unit = CodeList::Unit.contains(unit.as_str());
        self.listed(field, if is_unit { CodeList::GoodsUnit } else { CodeList::Unit }, unit.as_str());
    }

    /// A day of something that has happened: not after the day of the event where it happened.
    pub(crate) fn happened(&mut self, field: &str, day: &Date, event: &Event) {
        self.not_after(field, day, event, event.utc_offset_minutes.minutes());
    }

    /// The same for a day that is told by the clock of another place: nowhere is it later than 14 hours ahead of UTC.
    pub(crate) fn happened_elsewhere(&mut self, field: &str, day: &Date, event: &Event) {
        self.not_after(field, day, event, OFFSET_MINUTES_MAX);
    }

    fn not_after(&mut self, field: &str, day: &Date, event: &Event, offset_minutes: i64) {
        if let Some(today) = Date::of_ms(event.occurred_at_ms, offset_minutes).filter(|today| day > today) {
            self.reject(field, day, format!("has happened, and lies after {today}, the day of the event"));
        }
    }

    /// A moment of something that has happened: not after the event.
    pub(crate) fn happened_at(&mut self, field: &str, ms: u64, event: &Event) {
        if ms > event.occurred_at_ms {
            self.reject(
                field,
                ms,
                format!("has happened, and lies after {}, the time of the event", event.occurred_at_ms),
            );
        }
    }

    fn listed(&mut self, field: &str, list: CodeList, code: &str) {
        if !list.contains(code) {
            self.reject(field, code, format!("is no {}", list.name()));
        }
    }

    /// Unicode normalization form C, which only admission asks for, because its tables change.
    fn normal_form(&mut self, field: &str, text: &str) {
        if !unicode_normalization::is_nfc(text) {
            self.reject(field, text, "is not in Unicode normalization form C");
        }
    }

    fn add(&mut self, severity: Severity, field: String, value: String, rule: String) {
        self.0.push(Finding { severity, field, value: value.chars().take(64).collect(), rule });
    }
}
