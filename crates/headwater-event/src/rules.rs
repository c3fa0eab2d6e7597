//! The rules of a good event, decided from the event alone.
//!
//! Admission refuses an event that breaks a rule of severity *reject*. Every reader computes the same findings again and shows
//! them beside the entry. Findings are never stored and never make a proof invalid.

use std::fmt;

use crate::code_list::CodeList;
use crate::event::Event;
use crate::place::OFFSET_MINUTES_MAX;
use crate::text::Date;
use crate::transport::{Country, Unit};

/// Effect of a finding on admission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// Admission refuses the event.
    Reject,
    /// Admission takes the event; readers show the finding.
    Warn,
}

/// A rule that an event breaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Effect of the finding on admission.
    pub severity: Severity,
    /// Path of the field that breaks the rule.
    pub field: String,
    /// Value of the field, at most 64 characters.
    pub value: String,
    /// Text of the rule, for people.
    pub rule: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}: {}", self.field, self.value, self.rule)
    }
}

/// Collects the findings about an event.
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

    /// Rejects a missing field that this form of the event always has.
    pub(crate) fn require<T>(&mut self, field: &str, value: &Option<T>) {
        if value.is_none() {
            self.reject(field, "", "is required here");
        }
    }

    /// Rejects `later` when `earlier` is after it.
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

    /// Rejects a unit that an amount of goods cannot have. A code that is not a unit at all gets the finding for that instead.
    pub(crate) fn goods_unit(&mut self, field: &str, unit: &Unit) {
        let is_unit = CodeList::Unit.contains(unit.as_str());
        self.listed(field, if is_unit { CodeList::GoodsUnit } else { CodeList::Unit }, unit.as_str());
    }

    /// Rejects a day of a past fact that lies after the day of the event, by the local clock of the event.
    pub(crate) fn happened(&mut self, field: &str, day: &Date, event: &Event) {
        self.not_after(field, day, event, event.utc_offset_minutes.minutes());
    }

    /// Rejects such a day by the clock of another location. The location is unknown, and no clock is more than 14 hours ahead of UTC.
    pub(crate) fn happened_elsewhere(&mut self, field: &str, day: &Date, event: &Event) {
        self.not_after(field, day, event, OFFSET_MINUTES_MAX);
    }

    fn not_after(&mut self, field: &str, day: &Date, event: &Event, offset_minutes: i64) {
        if let Some(today) = Date::of_ms(event.occurred_at_ms, offset_minutes).filter(|today| day > today) {
            self.reject(field, day, format!("has happened, and lies after {today}, the day of the event"));
        }
    }

    /// Rejects a moment of a past fact that lies after the event.
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
            self.reject(field, code, format!("is not a {}", list.name()));
        }
    }

    /// Rejects a text that is not in Unicode normalization form C. Only admission requires the form, because its tables change.
    fn normal_form(&mut self, field: &str, text: &str) {
        if !unicode_normalization::is_nfc(text) {
            self.reject(field, text, "is not in Unicode normalization form C");
        }
    }

    fn add(&mut self, severity: Severity, field: String, value: String, rule: String) {
        self.0.push(Finding { severity, field, value: value.chars().take(64).collect(), rule });
    }
}
