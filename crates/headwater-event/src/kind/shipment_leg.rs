//! Goods left or arrived: one event each.

use super::{KindRules, common, moves};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref, RefType};
use crate::event::Event;
use crate::measure::{Instant, Temperature};
use crate::place::Place;
use crate::rules::Rules;
use crate::subject::Subject;
use crate::text::{Code, Date, Decimal, Text};
use crate::transport::{Container, Ship};
use crate::{arms, codes, message};

codes! {
    /// The end of the leg that an event reports.
    pub enum Movement {
        1 Departure = "departure",
        2 Arrival = "arrival",
    }
}

codes! {
    /// Mode of transport (UNECE Recommendation 19).
    pub enum Mode {
        1 Sea = "sea",
        2 Rail = "rail",
        3 Road = "road",
        4 Air = "air",
        5 Mail = "mail",
        6 Multimodal = "multimodal",
        7 Fixed = "fixed",
        8 InlandWater = "inland_water",
    }
}

message! {
    /// Goods left or arrived. The mode determines the conveyance; the actual time is the event's own time.
    pub struct ShipmentLeg, draft ShipmentLegDraft {
        /// Documents, among them an air waybill, bill of lading or consignment note.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Identifier of the leg, the same for both ends.
        3 leg_id: one Code,
        /// Number of the leg in the journey, from 1.
        4 leg_seq: one u64,
        /// End of the leg: departure or arrival.
        5 movement: one Movement,
        /// Mode of transport on this leg.
        6 mode: one Mode,
        /// Location where the leg begins: an airport or UN/LOCODE.
        7 origin: one Place,
        /// Location where the leg ends: an airport or UN/LOCODE.
        8 destination: one Place,
        /// Temperatures that a logger recorded.
        9 temperature: opt Temperature,
        /// Carbon dioxide equivalent of the leg in kilograms.
        10 co2e_kg: opt Decimal,
        /// Conveyance that carries the goods.
        16 by: oneof Conveyance,
    }
}

arms! {
    /// The conveyance that carries the goods.
    pub enum Conveyance, draft ConveyanceDraft {
        /// A flight, when the mode is `air`.
        16 Flight(Flight) = "flight",
        /// A ship, when the mode is `sea`.
        17 Vessel(Vessel) = "vessel",
        /// A truck, train, barge or any other vehicle, for all other modes.
        18 Vehicle(Vehicle) = "vehicle",
    }
}

message! {
    /// A flight that carries goods.
    pub struct Flight, draft FlightDraft {
        /// Airline, by its two-character IATA designator.
        1 carrier: one Code,
        /// Flight number with the designator of the airline.
        2 flight_no: one Code,
        /// Local day of the flight.
        3 flight_date: one Date,
        /// Codes of the unit load devices.
        4 ulds: many Code,
        /// Registration mark of the aircraft.
        5 aircraft_reg: opt Code,
        /// Air cargo status that the event reports.
        6 fsu_code: opt FsuCode,
        /// Planned time of departure.
        7 std: opt Instant,
        /// Actual time of departure.
        8 atd: opt Instant,
        /// Planned time of arrival.
        9 sta: opt Instant,
        /// Actual time of arrival.
        10 ata: opt Instant,
    }
}

message! {
    /// A ship on a voyage with containers.
    pub struct Vessel, draft VesselDraft {
        /// Ship, by its IMO number.
        1 ship: one Ship,
        /// Number of the voyage.
        2 voyage: one Code,
        /// Containers that hold the goods, at least one.
        3 containers: some Container,
        /// SCAC of the carrier, 2 to 4 capital letters.
        4 scac: opt Code,
        /// Numbers of the seals.
        5 seals: many Code,
    }
}

message! {
    /// A truck, train, barge or any other vehicle but aircraft and ships.
    pub struct Vehicle, draft VehicleDraft {
        /// Company that runs the vehicle.
        1 operator: one Text,
        /// Identifier of the vehicle: plate, train or barge.
        2 vehicle: one Code,
    }
}

codes! {
    /// Air cargo status (IATA Cargo-IMP FSU).
    pub enum FsuCode {
        1 Arr = "ARR",
        2 Awd = "AWD",
        3 Awr = "AWR",
        4 Bkd = "BKD",
        5 Ccd = "CCD",
        6 Crc = "CRC",
        7 Ddl = "DDL",
        8 Dep = "DEP",
        9 Dis = "DIS",
        10 Dlv = "DLV",
        11 Doc = "DOC",
        12 Dpu = "DPU",
        13 Fiw = "FIW",
        14 Foh = "FOH",
        15 Fow = "FOW",
        16 Man = "MAN",
        17 Nfd = "NFD",
        18 Oci = "OCI",
        19 Osi = "OSI",
        20 Pre = "PRE",
        21 Rcf = "RCF",
        22 Rcs = "RCS",
        23 Rct = "RCT",
        24 Tfd = "TFD",
        25 Tgc = "TGC",
        26 Trm = "TRM",
    }
}

impl ShipmentLeg {
    /// Returns the transport document of the leg: the first air waybill, bill of lading or consignment note in `refs`.
    pub fn waybill(&self) -> Option<&Ref> {
        self.refs.iter().find(|document| matches!(document.kind, RefType::Awb | RefType::Bol | RefType::Cmr))
    }
}

impl KindRules for ShipmentLeg {
    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        moves(subject)
    }

    fn fits(&self, _: &Event) -> Result<(), CodecError> {
        let fitting = match (&self.by, self.mode) {
            (Conveyance::Flight(_), mode) => mode == Mode::Air,
            (Conveyance::Vessel(_), mode) => mode == Mode::Sea,
            (Conveyance::Vehicle(_), mode) => !matches!(mode, Mode::Air | Mode::Sea),
        };
        if fitting {
            return Ok(());
        }
        Err(CodecError::value(self.mode.as_str(), "air has a flight, sea a vessel, all others a vehicle")
            .inside("mode"))
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.shipment_leg.{name}");
        for (name, place) in [("origin", &self.origin), ("destination", &self.destination)] {
            place.rules(&at(name), rules);
            if place.iata.is_none() && place.unlocode.is_none() {
                rules.reject(at(name), "", "a leg begins and ends at an airport or UN/LOCODE");
            }
        }
        if self.origin.same_as(&self.destination) {
            rules.reject(at("destination"), "", "a leg ends elsewhere than it begins");
        }
        if self.waybill().is_none() {
            rules.reject(at("refs"), "", "a leg has an awb, bol or cmr");
        }
        if let Some(temperature) = &self.temperature {
            temperature.rules(&at("temperature"), rules);
        }
        match &self.by {
            Conveyance::Flight(flight) => {
                if !self.refs.iter().any(|document| document.kind == RefType::Awb) {
                    rules.reject(at("refs"), "", "a flight has an air waybill");
                }
                flight.rules(event, rules);
            }
            Conveyance::Vessel(vessel) => {
                let scac = vessel.scac.as_ref().filter(|scac| {
                    !((2..=4).contains(&scac.as_str().len()) && scac.as_str().bytes().all(|b| b.is_ascii_uppercase()))
                });
                if let Some(scac) = scac {
                    rules.warn(at("vessel.scac"), scac, "a SCAC has 2 to 4 capital letters");
                }
            }
            Conveyance::Vehicle(_) => {}
        }
    }
}

impl Flight {
    fn rules(&self, event: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.shipment_leg.flight.{name}");
        rules.happened_elsewhere(&at("flight_date"), &self.flight_date, event);
        for (name, moment) in [("atd", &self.atd), ("ata", &self.ata)] {
            if let Some(moment) = moment {
                rules.happened_at(&at(&format!("{name}.ms")), moment.ms, event);
            }
        }
        let carrier = self.carrier.as_str();
        let alphanumeric = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !(carrier.len() == 2 && alphanumeric(carrier) && carrier.bytes().any(|b| b.is_ascii_uppercase())) {
            rules.warn(at("carrier"), carrier, "an airline has 2 capital letters or digits, not both digits");
        }
        let number = self.flight_no.as_str();
        let digits = number
            .strip_prefix(carrier)
            .map(|rest| rest.strip_suffix(|c: char| c.is_ascii_uppercase()).unwrap_or(rest));
        if !digits.is_some_and(|digits| (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())) {
            rules.warn(at("flight_no"), number, "a flight number is the carrier, 1 to 4 digits and perhaps a letter");
        }
        for (i, uld) in self.ulds.iter().enumerate() {
            let code = uld.as_str();
            let formed = code.len() >= 9
                && code.len() <= 11
                && alphanumeric(code)
                && code.as_bytes()[0].is_ascii_uppercase()
                && code.as_bytes()[2].is_ascii_uppercase();
            if !formed {
                rules.warn(
                    at(&format!("ulds.{i}")),
                    uld,
                    "a unit load device has 3 characters of type, 4 or 5 digits and its owner",
                );
            }
        }
    }
}
