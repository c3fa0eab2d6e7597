//! Customs in the consistency rules: the status of each declaration.

use std::collections::BTreeMap;

use headwater_event::event::Event;
use headwater_event::kind::customs_clearance::{CustomsClearance, CustomsStatus, DeclarationLine, Direction};

use super::{Break, breaks};
use crate::story_entry::is_attested;

/// Status of a customs declaration: as customs attests it, and as others claim it.
#[derive(Default)]
struct Declaration<'a> {
    attested: Option<CustomsStatus>,
    claimed: Option<CustomsStatus>,
    lines: &'a [DeclarationLine],
}

/// Declarations on one chain, each by its jurisdiction, direction and number.
#[derive(Default)]
pub(super) struct Declarations<'a>(BTreeMap<(&'a str, Direction, &'a str), Declaration<'a>>);

/// Returns the jurisdiction, the direction and the number of a declaration.
pub(crate) fn declaration_of(clearance: &CustomsClearance) -> (&str, Direction, &str) {
    // Without a number, because the field is hidden, a clearance joins all such ones of its jurisdiction and direction.
    let number = clearance.declaration_no.as_ref().map(|number| number.as_str()).unwrap_or_default();
    (clearance.jurisdiction.as_str(), clearance.direction, number)
}

impl<'a> Declarations<'a> {
    /// Returns the findings about the next status of a declaration.
    pub fn look_at(&self, event: &Event, clearance: &CustomsClearance) -> Vec<Break> {
        use CustomsStatus::{Accepted, Held, Inspecting, Lodged, ReExported, Rejected, Released, Sampled, Seized};
        let fresh = Declaration::default();
        let declaration = self.0.get(&declaration_of(clearance)).unwrap_or(&fresh);
        // A status that customs attests follows the status that customs attested before, or else the one that others claimed (C26).
        let before =
            if is_attested(event) { declaration.attested.or(declaration.claimed) } else { declaration.claimed };
        // The order of the statuses of a declaration (C25).
        let follows = match (before, clearance.status) {
            (None, Lodged) => true,
            (Some(Lodged), Accepted) => true,
            (
                Some(Accepted | Held | Inspecting | Sampled),
                Held | Inspecting | Sampled | Released | Rejected | Seized,
            ) => true,
            (Some(Rejected | Released), ReExported) => true,
            // The first status that customs attests may repeat the status that others claimed.
            (Some(before), now) => before == now && is_attested(event) && declaration.attested.is_none(),
            (None, _) => false,
        };
        let mut found = Vec::new();
        // The status does not follow (C10).
        if !follows {
            let rule = match before {
                Some(before) => format!("does not follow {before}"),
                None => "does not come first: a declaration is lodged".to_owned(),
            };
            found.push(breaks("body.customs_clearance.status", clearance.status, &rule));
        }
        // A line is released with more than was lodged, or was not lodged (C11).
        for (at, line) in clearance.lines.iter().enumerate().filter(|_| clearance.status == Released) {
            let declared = declaration.lines.iter().find(|declared| declared.line_no == line.line_no);
            let more = declared.is_none_or(|declared| {
                declared.quantity.uom == line.quantity.uom
                    && declared.quantity.value.pico() < line.quantity.value.pico()
            });
            if more && !declaration.lines.is_empty() {
                let field = format!("body.customs_clearance.lines.{at}.quantity");
                found.push(breaks(field, &line.quantity.value, "is more than was declared"));
            }
        }
        found
    }

    /// Takes the next status of a declaration.
    pub fn take(&mut self, event: &Event, clearance: &'a CustomsClearance) {
        let declaration = self.0.entry(declaration_of(clearance)).or_default();
        if is_attested(event) {
            declaration.attested = Some(clearance.status);
        } else {
            declaration.claimed = Some(clearance.status);
        }
        if clearance.status == CustomsStatus::Lodged {
            declaration.lines = &clearance.lines;
        }
    }
}
