//! A carrier signs that tins left Amsterdam and arrived in Hangzhou, for the brand that delegated this right to the carrier.

use headwater_client::draft::Draft;
use headwater_event::document::{RefDraft, RefType};
use headwater_event::draft::given;
use headwater_event::event::Role;
use headwater_event::kind::shipment_leg::{FlightDraft, Mode, Movement, ShipmentLegDraft};
use headwater_event::place::PlaceDraft;
use role_examples::{sit_down, subject};

/// The brand that owns the goods and delegated to the carrier.
const PRINCIPAL: &str = "417/9520000000028";

fn airport(code: &str, country: &str) -> anyhow::Result<PlaceDraft> {
    Ok(PlaceDraft { iata: given(code)?, country: given(country)?, ..PlaceDraft::default() })
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut desk = sit_down(Role::Carrier).await?;
    for (movement, at) in
        [(Movement::Departure, "2026-04-21T20:45:00+02:00"), (Movement::Arrival, "2026-04-22T14:05:00+08:00")]
    {
        let waybill = RefDraft { kind: Some(RefType::Awb), id: given("176-12345675")? };
        let flight = FlightDraft {
            carrier: given("WX")?,
            flight_no: given("WX0895")?,
            flight_date: given("2026-04-21")?,
            ..FlightDraft::default()
        };
        let leg = ShipmentLegDraft {
            refs: vec![waybill],
            leg_id: given("FLIGHT-1")?,
            leg_seq: Some(1),
            movement: Some(movement),
            mode: Some(Mode::Air),
            origin: Some(airport("AMS", "NL")?),
            destination: Some(airport("HGH", "CN")?),
            by: Some(flight.into()),
            ..ShipmentLegDraft::default()
        };
        let event = desk.event(Draft {
            occurred_at: given(at)?,
            principal: given(PRINCIPAL)?,
            subjects: vec![subject("01/09526543000013/21/T000")?, subject("01/09526543000013/21/T001")?],
            body: Some(leg.into()),
            ..Draft::default()
        })?;
        let said = desk.client.append(event.sign(&desk.secret)?).await?;
        println!("entry {}: {movement}, AMS to HGH", said.log_index());
    }
    Ok(())
}
