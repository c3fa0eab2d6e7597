//! One line of text for each event, for people.

use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::kind::aggregation::AggregationAction;
use headwater_event::kind::commissioning::Form;
use headwater_event::kind::lab_inspection::{Operator, TestResult, TestVerdict};
use headwater_event::kind::shipment_leg::{Conveyance, ShipmentLeg};
use headwater_event::place::{LangText, Place};
use headwater_event::subject::Subject;

use crate::unit::{amount, sign};

/// The text in English, or else in the first language there is.
pub fn text(texts: &[LangText]) -> String {
    LangText::in_english(texts).map(ToString::to_string).unwrap_or_default()
}

/// Shortest name of an end of a leg: the sort and code of its identifier, or its address, and then its country. A leg by
/// ship begins and ends at ports.
fn end(leg: &ShipmentLeg, place: &Place) -> String {
    let airport = place.iata.as_ref().map(|code| format!("airport {code}"));
    let locode = place.unlocode.as_ref().map(|code| match leg.by {
        Conveyance::Vessel(_) => format!("port {code}"),
        _ => format!("location {code} (UN/LOCODE)"),
    });
    let address = (!place.address.is_empty()).then(|| text(&place.address));
    let gln = place.gln.as_ref().map(|code| format!("location {code} (GLN)"));
    let country = place.country.as_ref().map(ToString::to_string);
    [airport.or(locode).or(address).or(gln), country].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Measured value of a test, with its sign, its unit and the portion that it refers to.
fn measured(result: &TestResult) -> String {
    let sign = match result.operator {
        Operator::Eq => "",
        Operator::Lt => "< ",
        Operator::Gt => "> ",
        Operator::Le => "≤ ",
        Operator::Ge => "≥ ",
        Operator::Nd => "not detected",
    };
    let value = result.value.as_ref().map(|value| amount(value, &result.uom)).unwrap_or_default();
    let per = result.per.as_ref().map(|per| format!(" in {}", amount(&per.value, &per.uom))).unwrap_or_default();
    format!("{sign}{value}{per}")
}

/// Line of text that describes an event, by its kind.
pub fn line(event: &Event) -> String {
    match &event.body {
        KindBody::Production(made) => {
            let quantity = event.subjects.first().and_then(|lot| lot.quantity.as_ref());
            let quantity = quantity.map(|made| format!("{}, ", amount(&made.value, &made.uom))).unwrap_or_default();
            let dates = [("use by", &made.expiry_date), ("best before", &made.best_before)];
            let dates = dates.into_iter().filter_map(|(name, date)| Some(format!(", {name} {}", date.as_ref()?)));
            format!("{quantity}origin {}{}", made.country_of_origin, dates.collect::<String>())
        }
        KindBody::Commissioning(body) => match &body.form {
            Form::Listed(listed) => {
                let items = event.keys().filter(|key| matches!(key, Subject::Item(..))).count();
                format!("{items} item{} of {}", if items == 1 { "" } else { "s" }, listed.lot)
            }
            Form::Committed(committed) => format!("items behind one commitment: {}", committed.count),
        },
        KindBody::Sticker(sticker) => format!("sticker {}", sticker.action),
        KindBody::ShipmentLeg(leg) => {
            let by = match &leg.by {
                Conveyance::Flight(flight) => format!("flight {}", flight.flight_no),
                Conveyance::Vessel(vessel) => format!("ship {}", vessel.ship),
                Conveyance::Vehicle(vehicle) => format!("{} {}", leg.mode, vehicle.vehicle),
            };
            let warm = leg
                .temperature
                .as_ref()
                .map(|t| format!(", {} to {} {}", t.min, t.max, sign(&t.uom)))
                .unwrap_or_default();
            let papers = leg.waybill().map(|paper| format!(", {} {}", paper.kind, paper.id)).unwrap_or_default();
            format!("{} {} to {}, {by}{papers}{warm}", leg.movement, end(leg, &leg.origin), end(leg, &leg.destination))
        }
        KindBody::Distribution(done) => {
            let zone = done.bonded_zone.as_ref().map(|zone| format!(", bonded zone {zone}")).unwrap_or_default();
            format!("{}{zone}", done.action)
        }
        KindBody::CustomsClearance(clearance) => {
            let codes: Vec<String> = clearance.lines.iter().map(|line| format!("HS {}", line.hs_code)).collect();
            let is_hidden = clearance.commitments.iter().any(|hidden| hidden.path.as_str() == "declaration_no");
            let number = match &clearance.declaration_no {
                Some(number) => format!("declaration {number}"),
                None if is_hidden => "declaration hidden".to_owned(),
                None => "no declaration number".to_owned(),
            };
            [format!("{} {}, {number}", clearance.direction, clearance.status), codes.join(", ")]
                .join(" ")
                .trim()
                .to_owned()
        }
        KindBody::LabInspection(report) => {
            let passed = report.results.iter().filter(|result| result.verdict == TestVerdict::Pass).count();
            let first = report.results.first();
            let first = first.map(|result| format!(": {} {}", text(&result.analyte.names), measured(result)));
            format!("{}, {passed} of {} passed{}", report.verdict, report.results.len(), first.unwrap_or_default())
        }
        KindBody::Certification(statement) => {
            format!("{} {}, {}", statement.standard, statement.status, text(&statement.statements))
        }
        KindBody::Aggregation(aggregation) => {
            let parent = aggregation.parent(event).map(ToString::to_string).unwrap_or_default();
            match aggregation.action {
                AggregationAction::Add => format!("packed into {parent}"),
                AggregationAction::Delete => format!("unpacked from {parent}"),
                AggregationAction::Observe => format!("seen in {parent}"),
            }
        }
        KindBody::Transformation(made) => {
            format!("{} became {}", made.inputs(event).count(), made.outputs(event).count())
        }
        KindBody::Recall(recall) => format!("{} {}: {}", recall.action, recall.recall_no, text(&recall.reason)),
        KindBody::Correction(correction) => {
            format!("{} takes back {}", correction.reason, correction.original_event_id)
        }
        KindBody::OriginContent(content) => text(&content.product_name),
        KindBody::Party(_) => "party event".to_owned(),
    }
}
