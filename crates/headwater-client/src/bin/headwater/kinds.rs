//! The flags of each kind of event, and the body that they make. What a flag does not reach, `--set` does, or a file.

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

/// Files of one event: each takes a hundred bytes of its 32 KiB.
const FILES_MAX: usize = 64;

/// What a kind adds to an event: its body, and the files that it announces.
pub struct Said {
    pub body: Value,
    pub files: Vec<(PathBuf, &'static str)>,
}

impl Said {
    fn new(kind: &str, body: Value) -> Self {
        Self { body: json!({ kind: body }), files: Vec::new() }
    }
}

/// A lot was made.
#[derive(Args)]
pub struct Production {
    /// The day of production, YYYY-MM-DD.
    #[arg(long)]
    date: Option<String>,
    /// The country of origin.
    #[arg(long)]
    country: Option<String>,
    /// The expiry date.
    #[arg(long)]
    expiry: Option<String>,
    /// The best-before date.
    #[arg(long, conflicts_with = "expiry")]
    best_before: Option<String>,
    /// The part of the country, such as NL-FR.
    #[arg(long)]
    region: Option<String>,
    /// A corner of the area of origin, LAT,LON; one point, or three and more.
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

/// Items got their serials; they are the subjects.
#[derive(Args)]
pub struct Commissioning {
    /// The lot that they are of.
    #[arg(long)]
    lot: Option<String>,
    /// The batch of their stickers.
    #[arg(long)]
    batch: Option<String>,
}

impl Commissioning {
    pub fn said(&self) -> Said {
        Said::new("commissioning", json!({"sticker_batch": self.batch, "form": {"listed": {"lot": self.lot}}}))
    }
}

/// A sticker was issued, applied, voided or claimed.
#[derive(Args)]
pub struct Sticker {
    /// issued, applied, voided or claimed.
    #[arg(long)]
    action: Option<String>,
    /// What shows that it was opened; when applied.
    #[arg(long)]
    tamper_id: Option<String>,
    /// Why; when voided.
    #[arg(long)]
    reason: Option<String>,
    /// The code under the scratch layer; when claimed.
    #[arg(long)]
    code: Option<String>,
}

impl Sticker {
    pub fn said(&self) -> Said {
        let Self { action, tamper_id, reason, code } = self;
        Said::new("sticker", json!({"action": action, "tamper_id": tamper_id, "reason": reason, "code": code}))
    }
}

/// Goods left, or arrived: one event each.
#[derive(Args)]
pub struct Shipment {
    /// They left.
    #[arg(long, conflicts_with = "arrival")]
    departure: bool,
    /// They arrived.
    #[arg(long)]
    arrival: bool,
    /// The leg, the same at both ends.
    #[arg(long)]
    leg: Option<String>,
    /// Its place in the journey, from 1.
    #[arg(long, default_value_t = 1)]
    seq: u64,
    /// Where it begins: an airport or UN/LOCODE.
    #[arg(long)]
    from: Option<String>,
    /// Where it ends.
    #[arg(long)]
    to: Option<String>,
    /// The air waybill.
    #[arg(long)]
    awb: Option<String>,
    /// The bill of lading.
    #[arg(long)]
    bol: Option<String>,
    /// The consignment note.
    #[arg(long)]
    cmr: Option<String>,
    /// The flight, such as KL0895.
    #[arg(long, requires = "flight_date")]
    flight: Option<String>,
    /// The day of the flight, local.
    #[arg(long)]
    flight_date: Option<String>,
    /// The ship's IMO number.
    #[arg(long, requires = "voyage")]
    ship: Option<String>,
    /// The voyage.
    #[arg(long)]
    voyage: Option<String>,
    /// A container.
    #[arg(long)]
    container: Vec<String>,
    /// The plate of a truck, or a train or barge.
    #[arg(long, requires = "operator")]
    vehicle: Option<String>,
    /// Who runs it.
    #[arg(long)]
    operator: Option<String>,
    /// How a vehicle travels: road, rail, inland_water, mail, multimodal or fixed.
    #[arg(long, default_value = "road")]
    mode: String,
    /// Degrees on the way: MIN,MAX,MEAN in °C.
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

/// Goods were received, stored, sent, delivered, sold, returned or destroyed.
#[derive(Args)]
pub struct Distribution {
    /// receive, store, dispatch, deliver, sell, return or destroy.
    #[arg(long)]
    action: Option<String>,
    /// Whom they came from.
    #[arg(long)]
    from_party: Option<String>,
    /// Whom they went to.
    #[arg(long)]
    to_party: Option<String>,
    /// The bonded zone.
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

/// A customs declaration changed its status: one event for each.
#[derive(Args)]
pub struct Customs {
    /// lodged, accepted, held, inspecting, sampled, released, rejected, seized or re_exported.
    #[arg(long)]
    status: Option<String>,
    /// The number of the declaration.
    #[arg(long)]
    declaration: Option<String>,
    /// Whose customs: a country.
    #[arg(long)]
    jurisdiction: Option<String>,
    /// import, export or transit.
    #[arg(long)]
    direction: Option<String>,
    /// The office.
    #[arg(long)]
    office: Option<String>,
    /// The procedure.
    #[arg(long)]
    regime: Option<String>,
    /// A line: HS-CODE EDITION ORIGIN AMOUNT UNIT, such as "0402210000 2022 NL 10.8 kg".
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

/// A statement of conformity.
#[derive(Args)]
pub struct Certification {
    /// The number of the certificate.
    #[arg(long)]
    certificate_no: Option<String>,
    /// The standard.
    #[arg(long)]
    standard: Option<String>,
    /// What is stated, as TEXT or LANG=TEXT.
    #[arg(long)]
    statement: Vec<String>,
    /// The first day.
    #[arg(long)]
    start: Option<String>,
    /// The last day.
    #[arg(long)]
    end: Option<String>,
    /// active or inactive.
    #[arg(long, default_value = "active")]
    status: String,
    /// certification, declaration, inspection, testing, verification, validation or calibration.
    #[arg(long = "type", default_value = "certification")]
    attestation: String,
    /// first_party, second_party or third_party.
    #[arg(long, default_value = "third_party")]
    assurance: String,
    /// BODY:NUMBER:FIRST-DAY:LAST-DAY of the accreditation.
    #[arg(long)]
    accreditation: Option<String>,
    /// The certificate itself; its hash goes into the event.
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

/// Goods went into a unit, or came out. The children are the subjects.
#[derive(Args)]
pub struct Aggregation {
    /// They went in.
    #[arg(long, conflicts_with_all = ["delete", "observe"])]
    add: bool,
    /// They came out.
    #[arg(long, conflicts_with = "observe")]
    delete: bool,
    /// They were seen in it.
    #[arg(long)]
    observe: bool,
    /// The unit: 00/SSCC.
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

/// Goods became other goods.
#[derive(Args)]
pub struct Transformation {
    /// What went in: KEY=AMOUNT UNIT.
    #[arg(long)]
    pub input: Vec<String>,
    /// What came out: KEY=AMOUNT UNIT.
    #[arg(long)]
    pub output: Vec<String>,
    /// What was done.
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

/// How grave a recall is.
#[derive(Clone, Copy, ValueEnum)]
pub enum Severity {
    High,
    Medium,
    Low,
}

/// A recall, or with --lift its end.
#[derive(Args)]
pub struct Recall {
    /// The number of the recall.
    #[arg(long)]
    recall_no: Option<String>,
    /// Lifts a recall: its receipt, its number, or the id of its event. Its subjects are taken from it.
    #[arg(long, value_name = "RECEIPT|NUMBER|EVENT", conflicts_with_all = ["action", "severity", "risk"])]
    pub lift: Option<String>,
    /// recall, withdrawal or stop_sale.
    #[arg(long = "type", default_value = "recall")]
    action: String,
    /// How grave it is.
    #[arg(long, value_enum)]
    severity: Option<Severity>,
    /// biological, chemical, foreign_body, allergen, labelling, quality, counterfeit, documents or other.
    #[arg(long)]
    risk: Option<String>,
    /// What is wrong, as TEXT or LANG=TEXT.
    #[arg(long)]
    reason: Vec<String>,
    /// What people should do, as TEXT or LANG=TEXT.
    #[arg(long = "action")]
    consumer_action: Vec<String>,
    /// From which day.
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

    /// The lift of a recall, under its number unless another one is given.
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

/// An earlier event was wrong. Its subjects are taken from its receipt.
#[derive(Args)]
pub struct Correction {
    /// The receipt of the event that was wrong.
    #[arg(long)]
    pub of: Option<PathBuf>,
    /// did_not_occur, incorrect_data, duplicate, wrong_subject or key_compromise.
    #[arg(long)]
    pub reason: Option<String>,
    /// The id of an event that is right instead.
    #[arg(long)]
    pub corrective: Vec<String>,
}

/// What shoppers see of the origin.
#[derive(Args)]
pub struct Origin {
    /// The name of the product, as TEXT or LANG=TEXT.
    #[arg(long)]
    name: Vec<String>,
    /// The name of the brand, as TEXT or LANG=TEXT.
    #[arg(long)]
    brand: Vec<String>,
    /// The net content, such as "900 g".
    #[arg(long)]
    content: Option<String>,
    /// A film or photo; its hash goes into the event.
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

/// The files of an event as it announces them.
pub fn announced(files: &[(PathBuf, &'static str)], more: &[PathBuf]) -> anyhow::Result<Vec<Value>> {
    let all = files.iter().map(|(path, role)| (path, *role)).chain(more.iter().map(|path| (path, "other")));
    let announced = all.map(|(path, role)| attachment(path, role)).collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(announced.len() <= FILES_MAX, "an event announces at most {FILES_MAX} files");
    Ok(announced)
}
