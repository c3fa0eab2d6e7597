//! Flags of a shipment leg: the papers, the vehicle and the temperatures.

use clap::Args;
use headwater_event::document::{RefDraft, RefType};
use headwater_event::kind::shipment_leg::{
    ConveyanceDraft, FlightDraft, Mode, Movement, ShipmentLegDraft, VehicleDraft, VesselDraft,
};
use headwater_event::measure::TemperatureDraft;
use headwater_event::place::PlaceDraft;
use headwater_event::text::{Code, Date, Text};
use headwater_event::transport::{Container, Ship, Unit};

use super::KindPart;
use crate::values::{place, scalar, value};

/// Goods that left, or arrived: one event each.
#[derive(Args)]
pub struct Shipment {
    /// Record that the goods left.
    #[arg(long, conflicts_with = "arrival")]
    departure: bool,
    /// Record that the goods arrived.
    #[arg(long)]
    arrival: bool,
    /// Id of the leg, the same at both ends.
    #[arg(long, value_parser = value::<Code>)]
    leg: Option<Code>,
    /// Number of the leg in the journey, from 1.
    #[arg(long, default_value_t = 1)]
    seq: u64,
    /// Location where the leg begins: an airport or UN/LOCODE.
    #[arg(long, value_parser = place)]
    from: Option<PlaceDraft>,
    /// Location where the leg ends: an airport or UN/LOCODE.
    #[arg(long, value_parser = place)]
    to: Option<PlaceDraft>,
    /// Number of the air waybill.
    #[arg(long, value_parser = value::<Code>)]
    awb: Option<Code>,
    /// Number of the bill of lading.
    #[arg(long, value_parser = value::<Code>)]
    bol: Option<Code>,
    /// Number of the consignment note.
    #[arg(long, value_parser = value::<Code>)]
    cmr: Option<Code>,
    /// Flight number, such as KL0895.
    #[arg(long, requires = "flight_date", value_parser = value::<Code>)]
    flight: Option<Code>,
    /// Day of the flight, local.
    #[arg(long, value_parser = value::<Date>)]
    flight_date: Option<Date>,
    /// IMO number of the ship.
    #[arg(long, requires = "voyage", value_parser = value::<Ship>)]
    ship: Option<Ship>,
    /// Number of the ship's voyage.
    #[arg(long, value_parser = value::<Code>)]
    voyage: Option<Code>,
    /// Number of a container on the ship.
    #[arg(long, value_parser = value::<Container>)]
    container: Vec<Container>,
    /// Plate of a truck, or a train or barge.
    #[arg(long, requires = "operator", value_parser = value::<Code>)]
    vehicle: Option<Code>,
    /// Company that runs the vehicle.
    #[arg(long, value_parser = value::<Text>)]
    operator: Option<Text>,
    /// Mode of transport of a vehicle: road, rail, inland_water, mail, multimodal or fixed.
    #[arg(long, default_value = "road", value_parser = value::<Mode>)]
    mode: Mode,
    /// Temperature on the leg: MIN,MAX,MEAN in °C.
    #[arg(long, allow_hyphen_values = true, value_parser = temperature)]
    temp: Option<TemperatureDraft>,
}

/// Reads temperatures in °C: `MIN,MAX,MEAN`.
fn temperature(text: &str) -> Result<TemperatureDraft, String> {
    let parts: Vec<&str> = text.split(',').collect();
    let [min, max, mean] = parts[..] else { return Err("is not MIN,MAX,MEAN".to_owned()) };
    let degrees = |text: &str| scalar(text).map_err(|fault| fault.to_string());
    let uom = Unit::parse("CEL").map_err(|error| error.to_string())?;
    Ok(TemperatureDraft {
        min: Some(degrees(min)?),
        max: Some(degrees(max)?),
        mean: Some(degrees(mean)?),
        uom: Some(uom),
    })
}

impl Shipment {
    pub fn part(&self) -> anyhow::Result<KindPart> {
        let papers = [(RefType::Awb, &self.awb), (RefType::Bol, &self.bol), (RefType::Cmr, &self.cmr)];
        let papers = papers.into_iter().filter_map(|(kind, id)| Some((kind, id.clone()?)));
        let refs = papers.map(|(kind, id)| RefDraft { kind: Some(kind), id: Some(id) }).collect();
        let (mode, by) = self.conveyance()?;
        let movement = [(self.departure, Movement::Departure), (self.arrival, Movement::Arrival)];
        let body = ShipmentLegDraft {
            refs,
            leg_id: self.leg.clone(),
            leg_seq: Some(self.seq),
            movement: movement.into_iter().find_map(|(said, movement)| said.then_some(movement)),
            mode: Some(mode),
            origin: self.from.clone(),
            destination: self.to.clone(),
            temperature: self.temp.clone(),
            by: Some(by),
            ..ShipmentLegDraft::default()
        };
        Ok(KindPart::of(body))
    }

    fn conveyance(&self) -> anyhow::Result<(Mode, ConveyanceDraft)> {
        Ok(match (&self.flight, &self.ship) {
            (Some(flight), _) => {
                let carrier: String = flight.as_str().chars().take(2).collect();
                let flight = FlightDraft {
                    carrier: Some(scalar::<Code>(&carrier)?),
                    flight_no: Some(flight.clone()),
                    flight_date: self.flight_date,
                    ..FlightDraft::default()
                };
                (Mode::Air, flight.into())
            }
            (None, Some(ship)) => {
                let vessel = VesselDraft {
                    ship: Some(ship.clone()),
                    voyage: self.voyage.clone(),
                    containers: self.container.clone(),
                    ..VesselDraft::default()
                };
                (Mode::Sea, vessel.into())
            }
            (None, None) => {
                let (operator, vehicle) = (self.operator.clone(), self.vehicle.clone());
                (self.mode, VehicleDraft { operator, vehicle }.into())
            }
        })
    }
}
