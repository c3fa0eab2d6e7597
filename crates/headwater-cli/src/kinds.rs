//! Flags of each kind of event, and the body that they make. `--set` or a file reaches the fields that have no flag.

mod inspection;
mod test;

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use headwater_event::codec::Message as _;
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_tlog::hash::Hash;
use serde_json::{Value, json};

pub use inspection::Inspection;

use crate::units::{goods_unit, quantity};
use crate::values::{accreditation, attachment, place, texts};

/// Largest number of files of one event. Each file takes a hundred bytes of the event's 32 KiB.
const FILES_MAX: usize = 64;

/// Part of an event that depends on its kind: the body, and the files that the event announces.
pub struct Said {
    pub body: Value,
    pub files: Vec<(PathBuf, &'static str)>,
}

impl Said {
    fn new(kind: &str, body: Value) -> Self {
        Self { body: json!({ kind: body }), files: Vec::new() }
    }
}

/// Production of a lot.
#[derive(Args)]
pub struct Production {
    /// Day of production, YYYY-MM-DD.
    #[arg(long)]
    date: Option<String>,
    /// Country of origin of the lot.
    #[arg(long)]
    country: Option<String>,
    /// Expiry date of the lot.
    #[arg(long)]
    expiry: Option<String>,
    /// Best-before date of the lot.
    #[arg(long, conflicts_with = "expiry")]
    best_before: Option<String>,
    /// Part of the country of origin, such as NL-FR.
    #[arg(long)]
    region: Option<String>,
    /// Corner of the area of origin, LAT,LON; one point, or three or more.
    #[arg(long)]
    corner: Vec<String>,
}

impl Production {
    pub fn said(&self) -> anyhow::Result<Said> {
        let corner = |text: &String| {
            let (lat, lon) = text.split_once(',').with_context(|| format!("--corner {text:?}: LAT,LON"))?;
            Ok(json!({"lat": lat.trim(), "lon": lon.trim()}))
        };
        let area = self.corner.iter().map(corner).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Said::new(
            "production",
            json!({"production_date": self.date, "country_of_origin": self.country, "expiry_date": self.expiry,
                   "best_before": self.best_before, "origin_subdivision": self.region, "area": area}),
        ))
    }
}

/// Items that got their serials; the items are the subjects.
#[derive(Args)]
pub struct Commissioning {
    /// Lot that the items belong to.
    #[arg(long)]
    lot: Option<String>,
    /// Sticker batch of the items.
    #[arg(long)]
    batch: Option<String>,
}

impl Commissioning {
    pub fn said(&self) -> Said {
        Said::new("commissioning", json!({"sticker_batch": self.batch, "form": {"listed": {"lot": self.lot}}}))
    }
}

/// Sticker that was issued, applied, voided or claimed.
#[derive(Args)]
pub struct Sticker {
    /// Action: issued, applied, voided or claimed.
    #[arg(long)]
    action: Option<String>,
    /// Mark that shows that the sticker was opened; when applied.
    #[arg(long)]
    tamper_id: Option<String>,
    /// Reason for the voiding; when voided.
    #[arg(long)]
    reason: Option<String>,
    /// Code under the scratch layer; when claimed.
    #[arg(long)]
    code: Option<String>,
}

impl Sticker {
    pub fn said(&self) -> Said {
        let Self { action, tamper_id, reason, code } = self;
        Said::new("sticker", json!({"action": action, "tamper_id": tamper_id, "reason": reason, "code": code}))
    }
}

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
    #[arg(long)]
    leg: Option<String>,
    /// Number of the leg in the journey, from 1.
    #[arg(long, default_value_t = 1)]
    seq: u64,
    /// Location where the leg begins: an airport or UN/LOCODE.
    #[arg(long)]
    from: Option<String>,
    /// Location where the leg ends: an airport or UN/LOCODE.
    #[arg(long)]
    to: Option<String>,
    /// Number of the air waybill.
    #[arg(long)]
    awb: Option<String>,
    /// Number of the bill of lading.
    #[arg(long)]
    bol: Option<String>,
    /// Number of the consignment note.
    #[arg(long)]
    cmr: Option<String>,
    /// Flight number, such as KL0895.
    #[arg(long, requires = "flight_date")]
    flight: Option<String>,
    /// Day of the flight, local.
    #[arg(long)]
    flight_date: Option<String>,
    /// IMO number of the ship.
    #[arg(long, requires = "voyage")]
    ship: Option<String>,
    /// Number of the ship's voyage.
    #[arg(long)]
    voyage: Option<String>,
    /// Number of a container on the ship.
    #[arg(long)]
    container: Vec<String>,
    /// Plate of a truck, or a train or barge.
    #[arg(long, requires = "operator")]
    vehicle: Option<String>,
    /// Company that runs the vehicle.
    #[arg(long)]
    operator: Option<String>,
    /// Mode of transport of a vehicle: road, rail, inland_water, mail, multimodal or fixed.
    #[arg(long, default_value = "road")]
    mode: String,
    /// Temperature on the leg: MIN,MAX,MEAN in °C.
    #[arg(long, allow_hyphen_values = true)]
    temp: Option<String>,
}

impl Shipment {
    pub fn said(&self) -> anyhow::Result<Said> {
        let papers = [("awb", &self.awb), ("bol", &self.bol), ("cmr", &self.cmr)];
        let refs: Vec<Value> =
            papers.iter().filter_map(|(kind, id)| Some(json!({"kind": kind, "id": id.as_ref()?}))).collect();
        let (mode, by) = match (&self.flight, &self.ship, &self.vehicle) {
            (Some(flight), ..) => {
                let carrier: String = flight.chars().take(2).collect();
                let flight = json!({"carrier": carrier, "flight_no": flight, "flight_date": self.flight_date});
                ("air", json!({"flight": flight}))
            }
            (_, Some(ship), _) => {
                ("sea", json!({"vessel": {"ship": ship, "voyage": self.voyage, "containers": self.container}}))
            }
            (.., vehicle) => (self.mode.as_str(), json!({"vehicle": {"operator": self.operator, "vehicle": vehicle}})),
        };
        let temperature = self.temp.as_deref().map(|text| match text.split(',').collect::<Vec<_>>().as_slice() {
            [min, max, mean] => Ok(json!({"min": min, "max": max, "mean": mean, "uom": "CEL"})),
            _ => Err(anyhow::anyhow!("--temp {text:?}: MIN,MAX,MEAN")),
        });
        let movement = [(self.departure, "departure"), (self.arrival, "arrival")];
        let movement = movement.into_iter().find_map(|(said, word)| said.then_some(word));
        Ok(Said::new(
            "shipment_leg",
            json!({"refs": refs, "leg_id": self.leg, "leg_seq": self.seq, "movement": movement, "mode": mode,
                   "origin": self.from.as_deref().map(place).transpose()?,
                   "destination": self.to.as_deref().map(place).transpose()?,
                   "temperature": temperature.transpose()?, "by": by}),
        ))
    }
}

/// Goods that were received, stored, sent, delivered, sold, returned or destroyed.
#[derive(Args)]
pub struct Distribution {
    /// Action: receive, store, dispatch, deliver, sell, return or destroy.
    #[arg(long)]
    action: Option<String>,
    /// Party that the goods came from.
    #[arg(long)]
    from_party: Option<String>,
    /// Party that the goods went to.
    #[arg(long)]
    to_party: Option<String>,
    /// Code of the bonded zone.
    #[arg(long)]
    bonded_zone: Option<String>,
}

impl Distribution {
    pub fn said(&self) -> Said {
        let Self { action, from_party, to_party, bonded_zone } = self;
        let body =
            json!({"action": action, "from_party": from_party, "to_party": to_party, "bonded_zone": bonded_zone});
        Said::new("distribution", body)
    }
}

/// New status of a customs declaration: one event for each status.
#[derive(Args)]
pub struct Customs {
    /// Status: lodged, accepted, held, inspecting, sampled, released, rejected, seized or re_exported.
    #[arg(long)]
    status: Option<String>,
    /// Number of the declaration.
    #[arg(long)]
    declaration: Option<String>,
    /// Country whose customs handle the declaration.
    #[arg(long)]
    jurisdiction: Option<String>,
    /// Direction: import, export or transit.
    #[arg(long)]
    direction: Option<String>,
    /// Code of the customs office.
    #[arg(long)]
    office: Option<String>,
    /// Code of the customs procedure.
    #[arg(long)]
    regime: Option<String>,
    /// Line of the declaration: HS-CODE EDITION ORIGIN AMOUNT UNIT, such as "0402210000 2022 NL 10.8 kg".
    #[arg(long)]
    line: Vec<String>,
}

impl Customs {
    pub fn said(&self) -> anyhow::Result<Said> {
        let line = |(at, text): (usize, &String)| match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            [code, edition, origin, value, uom] => {
                Ok(json!({"line_no": at + 1, "hs_code": code, "hs_edition": edition,
                "origin": origin, "quantity": {"value": value, "uom": goods_unit(uom)?}}))
            }
            _ => Err(anyhow::anyhow!("--line {text:?}: HS-CODE EDITION ORIGIN AMOUNT UNIT")),
        };
        let lines = self.line.iter().enumerate().map(line).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Said::new(
            "customs_clearance",
            json!({"declaration_no": self.declaration, "jurisdiction": self.jurisdiction, "direction": self.direction,
                   "office_code": self.office, "regime": self.regime, "status": self.status, "lines": lines}),
        ))
    }
}

/// Statement of conformity about goods.
#[derive(Args)]
pub struct Certification {
    /// Number of the certificate.
    #[arg(long)]
    certificate_no: Option<String>,
    /// Standard that the statement is about, such as "GB 19644-2024".
    #[arg(long)]
    standard: Option<String>,
    /// Statement of conformity, as TEXT or LANG=TEXT.
    #[arg(long)]
    statement: Vec<String>,
    /// First day on which the certificate is valid.
    #[arg(long)]
    start: Option<String>,
    /// Last day on which the certificate is valid.
    #[arg(long)]
    end: Option<String>,
    /// Status of the certificate: active or inactive.
    #[arg(long, default_value = "active")]
    status: String,
    /// Type of attestation: certification, declaration, inspection, testing, verification, validation or calibration.
    #[arg(long = "type", default_value = "certification")]
    attestation: String,
    /// Assurance: first_party, second_party or third_party.
    #[arg(long, default_value = "third_party")]
    assurance: String,
    /// Accreditation of the certifier: BODY:NUMBER:FIRST-DAY:LAST-DAY.
    #[arg(long)]
    accreditation: Option<String>,
    /// File of the certificate; its hash goes into the event.
    #[arg(long)]
    certificate: Option<PathBuf>,
}

impl Certification {
    pub fn said(&self, agency: &str) -> anyhow::Result<Said> {
        let body = json!({"certificate_no": self.certificate_no, "agency": agency, "standard": self.standard,
            "accreditation": self.accreditation.as_deref().map(accreditation).transpose()?,
            "statements": texts(&self.statement)?, "start": self.start, "end": self.end, "status": self.status,
            "attestation_type": self.attestation, "assurance": self.assurance});
        let files = self.certificate.iter().map(|path| (path.clone(), "certificate")).collect();
        Ok(Said { files, ..Said::new("certification", body) })
    }
}

/// Goods that went into a logistic unit, or came out. The children are the subjects.
#[derive(Args)]
pub struct Aggregation {
    /// Record that the goods went in.
    #[arg(long, conflicts_with_all = ["delete", "observe"])]
    add: bool,
    /// Record that the goods came out.
    #[arg(long, conflicts_with = "observe")]
    delete: bool,
    /// Record that the goods were seen in the unit.
    #[arg(long)]
    observe: bool,
    /// Logistic unit of the goods: 00/SSCC.
    #[arg(long)]
    pub parent: Option<String>,
}

impl Aggregation {
    pub fn said(&self, sorted: &[String]) -> anyhow::Result<Said> {
        let action = [(self.add, "add"), (self.delete, "delete"), (self.observe, "observe")];
        let action = action.into_iter().find_map(|(said, word)| said.then_some(word));
        let parent = self.parent.as_ref().context("--parent 00/SSCC: a unit is required")?;
        let place = sorted.iter().position(|key| key == parent);
        Ok(Said::new("aggregation", json!({"action": action, "parent": place})))
    }
}

/// Goods that became other goods.
#[derive(Args)]
pub struct Transformation {
    /// Goods that went in: KEY=AMOUNT UNIT.
    #[arg(long)]
    pub input: Vec<String>,
    /// Goods that came out: KEY=AMOUNT UNIT.
    #[arg(long)]
    pub output: Vec<String>,
    /// Process that the goods went through.
    #[arg(long)]
    process: Option<String>,
}

impl Transformation {
    pub fn said(&self, sorted: &[String]) -> Said {
        let key = |text: &String| text.split_once(['=', '@']).map_or(text.clone(), |(key, _)| key.to_owned());
        let places = |named: &[String]| {
            let named: Vec<String> = named.iter().map(key).collect();
            (0..sorted.len()).filter(|at| named.contains(&sorted[*at])).collect::<Vec<_>>()
        };
        let body = json!({"inputs": places(&self.input), "outputs": places(&self.output), "process": self.process});
        Said::new("transformation", body)
    }
}

/// Severity of a recall.
#[derive(Clone, Copy, ValueEnum)]
pub enum Severity {
    High,
    Medium,
    Low,
}

/// Recall of goods, or with --lift its end.
#[derive(Args)]
pub struct Recall {
    /// Number of the recall.
    #[arg(long)]
    recall_no: Option<String>,
    /// Lift a recall: its receipt, its number, or the id of its event. The lift takes its subjects from the recall.
    #[arg(long, value_name = "RECEIPT|NUMBER|EVENT", conflicts_with_all = ["action", "severity", "risk"])]
    pub lift: Option<String>,
    /// Type: recall, withdrawal or stop_sale.
    #[arg(long = "type", default_value = "recall")]
    action: String,
    /// Severity of the recall.
    #[arg(long, value_enum)]
    severity: Option<Severity>,
    /// Risk: biological, chemical, foreign_body, allergen, labelling, quality, counterfeit, documents or other.
    #[arg(long)]
    risk: Option<String>,
    /// Fault of the goods, or reason for the lift, as TEXT or LANG=TEXT.
    #[arg(long)]
    reason: Vec<String>,
    /// Action that people should take, as TEXT or LANG=TEXT.
    #[arg(long = "action")]
    consumer_action: Vec<String>,
    /// First day of the recall or lift; without this flag, today.
    #[arg(long)]
    start: Option<String>,
}

impl Recall {
    pub fn said(&self, subjects: usize, today: &str) -> anyhow::Result<Said> {
        let severity = self.severity.map(|severity| match severity {
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        });
        let scope = json!([{"subjects": (0..subjects).collect::<Vec<_>>()}]);
        let body = json!({"recall_no": self.recall_no, "action": self.action, "severity": severity,
            "reason_code": self.risk, "reason": texts(&self.reason)?, "scope": scope,
            "consumer_action": texts(&self.consumer_action)?, "start": self.start.as_deref().unwrap_or(today)});
        Ok(Said::new("recall", body))
    }

    /// Body of the lift of a recall, with the number of the recall unless the flags give another one.
    pub fn lifts(&self, lifted: &Event, today: &str) -> anyhow::Result<Said> {
        let number = match &lifted.body {
            KindBody::Recall(recall) => Some(recall.recall_no.to_string()),
            _ => None,
        };
        let body = json!({"recall_no": self.recall_no.clone().or(number), "action": "lift",
            "reason": texts(&self.reason)?, "lifts": Hash::plain(&lifted.encode()),
            "consumer_action": texts(&self.consumer_action)?, "start": self.start.as_deref().unwrap_or(today)});
        Ok(Said::new("recall", body))
    }
}

/// Correction of an earlier event that was wrong. The correction takes its subjects from the receipt of that event.
#[derive(Args)]
pub struct Correction {
    /// Receipt of the event that was wrong.
    #[arg(long)]
    pub of: Option<PathBuf>,
    /// Reason: did_not_occur, incorrect_data, duplicate, wrong_subject or key_compromise.
    #[arg(long)]
    pub reason: Option<String>,
    /// Id of an event that is right instead.
    #[arg(long)]
    pub corrective: Vec<String>,
}

/// Origin of a product as shoppers see it.
#[derive(Args)]
pub struct Origin {
    /// Name of the product, as TEXT or LANG=TEXT.
    #[arg(long)]
    name: Vec<String>,
    /// Name of the brand, as TEXT or LANG=TEXT.
    #[arg(long)]
    brand: Vec<String>,
    /// Net content, such as "900 g".
    #[arg(long)]
    content: Option<String>,
    /// Film or photo; its hash goes into the event.
    #[arg(long)]
    film: Option<PathBuf>,
}

impl Origin {
    pub fn said(&self, at_ms: u64, offset_minutes: i64) -> anyhow::Result<Said> {
        let captured = json!({"ms": at_ms, "offset_minutes": offset_minutes});
        let content = self.film.as_ref().map(|_| json!({"attachment": 0, "captured_at": captured}));
        let body = json!({"product_name": texts(&self.name)?, "brand_name": texts(&self.brand)?,
            "net_content": self.content.as_deref().map(quantity).transpose()?, "content": content});
        let files = self.film.iter().map(|path| (path.clone(), "video")).collect();
        Ok(Said { files, ..Said::new("origin_content", body) })
    }
}

/// Files of an event, each as the event announces it.
pub fn announced(files: &[(PathBuf, &'static str)], more: &[PathBuf]) -> anyhow::Result<Vec<Value>> {
    let all = files.iter().map(|(path, role)| (path, *role)).chain(more.iter().map(|path| (path, "other")));
    let announced = all.map(|(path, role)| attachment(path, role)).collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(announced.len() <= FILES_MAX, "an event announces at most {FILES_MAX} files");
    Ok(announced)
}
