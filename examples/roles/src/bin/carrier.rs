//! A carrier signs that tins left Amsterdam and arrived in Hangzhou, for the brand that delegated this right to the carrier.

use headwater_event::event::Role;
use role_examples::sit_down;
use serde_json::json;

/// The brand that owns the goods and delegated to the carrier.
const PRINCIPAL: &str = "417/9520000000028";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut desk = sit_down(Role::Carrier).await?;
    for (movement, at) in [("departure", "2026-04-21T20:45:00+02:00"), ("arrival", "2026-04-22T14:05:00+08:00")] {
        let leg = desk.event(json!({
            "occurred_at": at,
            "principal": PRINCIPAL,
            "subjects": [{"key": "01/09526543000013/21/T000"}, {"key": "01/09526543000013/21/T001"}],
            "body": {"shipment_leg": {
                "refs": [{"kind": "awb", "id": "176-12345675"}], "leg_id": "FLIGHT-1", "leg_seq": 1, "movement": movement,
                "mode": "air", "origin": {"iata": "AMS", "country": "NL"}, "destination": {"iata": "HGH", "country": "CN"},
                "by": {"flight": {"carrier": "WX", "flight_no": "WX0895", "flight_date": "2026-04-21"}},
            }},
        }))?;
        let signed = leg.sign(&desk.secret)?;
        let said = desk.client.append(signed).await?;
        println!("entry {}: {movement}, AMS to HGH", said.log_index().get());
    }
    Ok(())
}
