//! Flags of each kind of event, and the body that they make. `--set` or a file reaches the fields that have no flag.

mod inspection;
mod recall;
mod shipment;
mod test_result;

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use headwater_event::codec::Set;
use headwater_event::document::{AttachmentDraft, AttachmentRole};
use headwater_event::event::{EventId, SubjectRefDraft};
use headwater_event::gs1::{Gtin, LotNumber};
use headwater_event::kind::KindBodyDraft;
use headwater_event::kind::aggregation::{AggregationAction, AggregationDraft};
use headwater_event::kind::certification::{Assurance, AttestationType, CertificateStatus, CertificationDraft};
use headwater_event::kind::commissioning::{CommissioningDraft, ListedDraft};
use headwater_event::kind::correction::CorrectionReason;
use headwater_event::kind::customs_clearance::{CustomsClearanceDraft, CustomsStatus, DeclarationLineDraft, Direction};
use headwater_event::kind::distribution::{DistributionAction, DistributionDraft};
use headwater_event::kind::lab_inspection::AccreditationDraft;
use headwater_event::kind::origin_content::{ContentDraft, OriginContentDraft};
use headwater_event::kind::production::ProductionDraft;
use headwater_event::kind::sticker::{ItemCode, StickerAction, StickerDraft};
use headwater_event::kind::transformation::TransformationDraft;
use headwater_event::measure::{InstantDraft, Quantity};
use headwater_event::place::{CornerDraft, LangText};
use headwater_event::subject::{PartyKey, Subject};
use headwater_event::text::{Code, Date, Text};
use headwater_event::transport::{Country, Subdivision};

pub use inspection::Inspection;
pub use recall::Recall;
pub use shipment::Shipment;

use crate::units::{amount, quantity};
use crate::values::{accreditation, attachment, lot, scalar, subject, text, texts, unit, value};

/// Largest number of files of one event. Each file takes a hundred bytes of the event's 32 KiB.
const FILES_MAX: usize = 64;

/// Part of an event that depends on its kind: the body, and the files that the event announces.
pub struct KindPart {
    pub body: KindBodyDraft,
    pub files: Vec<(PathBuf, AttachmentRole)>,
}

impl KindPart {
    /// Takes the body of an event without files of its own.
    pub fn of(body: impl Into<KindBodyDraft>) -> Self {
        Self { body: body.into(), files: Vec::new() }
    }
}

/// Facts about the event that the flags of a kind may need.
pub struct About {
    /// Party that signs the event.
    pub party: PartyKey,
    /// Subjects of the event, as the event sorts them.
    pub sorted: Vec<Subject>,
    /// Time of the event, in milliseconds UTC.
    pub at_ms: u64,
    /// Day of the local clock.
    pub today: Date,
}

impl About {
    /// Indexes of all subjects.
    pub fn all(&self) -> std::ops::Range<u64> {
        0..self.sorted.len() as u64
    }

    fn places(&self, named: &[SubjectRefDraft]) -> Set<u64> {
        let is_named = |subject: &Subject| named.iter().any(|one| one.key.as_ref() == Some(subject));
        Set::new((0..).zip(&self.sorted).filter(|(_, subject)| is_named(subject)).map(|(at, _)| at))
    }
}

/// Production of a lot.
#[derive(Args)]
pub struct Production {
    /// Day of production, YYYY-MM-DD.
    #[arg(long, value_parser = value::<Date>)]
    date: Option<Date>,
    /// Country of origin of the lot.
    #[arg(long, value_parser = value::<Country>)]
    country: Option<Country>,
    /// Expiry date of the lot.
    #[arg(long, value_parser = value::<Date>)]
    expiry: Option<Date>,
    /// Best-before date of the lot.
    #[arg(long, conflicts_with = "expiry", value_parser = value::<Date>)]
    best_before: Option<Date>,
    /// Part of the country of origin, such as NL-FR.
    #[arg(long, value_parser = value::<Subdivision>)]
    region: Option<Subdivision>,
    /// Corner of the area of origin, LAT,LON; one point, or three or more.
    #[arg(long, value_parser = corner)]
    corner: Vec<CornerDraft>,
}

/// Reads a corner: `LAT,LON`.
fn corner(text: &str) -> Result<CornerDraft, String> {
    let (lat, lon) = text.split_once(',').ok_or("is not LAT,LON")?;
    let angle = |text: &str| scalar(text.trim()).map_err(|fault| fault.to_string());
    Ok(CornerDraft { lat: Some(angle(lat)?), lon: Some(angle(lon)?) })
}

impl Production {
    pub fn part(&self) -> KindPart {
        let body = ProductionDraft {
            production_date: self.date,
            country_of_origin: self.country.clone(),
            expiry_date: self.expiry,
            best_before: self.best_before,
            origin_subdivision: self.region.clone(),
            area: self.corner.clone(),
            ..ProductionDraft::default()
        };
        KindPart::of(body)
    }
}

/// Items that got their serials; the items are the subjects.
#[derive(Args)]
pub struct Commissioning {
    /// Lot that the items belong to.
    #[arg(long, value_parser = lot)]
    lot: Option<(Gtin, LotNumber)>,
    /// Sticker batch of the items.
    #[arg(long, value_parser = value::<Code>)]
    batch: Option<Code>,
}

impl Commissioning {
    pub fn part(&self) -> KindPart {
        let lot = self.lot.clone().map(|(gtin, number)| Subject::Lot(gtin, number));
        let form = ListedDraft { lot }.into();
        let (sticker_batch, form) = (self.batch.clone(), Some(form));
        KindPart::of(CommissioningDraft { sticker_batch, form, ..CommissioningDraft::default() })
    }
}

/// Sticker that was issued, applied, voided or claimed.
#[derive(Args)]
pub struct Sticker {
    /// Action: issued, applied, voided or claimed.
    #[arg(long, value_parser = value::<StickerAction>)]
    action: Option<StickerAction>,
    /// Mark that shows that the sticker was opened; when applied.
    #[arg(long, value_parser = value::<Code>)]
    tamper_id: Option<Code>,
    /// Reason for the voiding; when voided.
    #[arg(long, value_parser = value::<Text>)]
    reason: Option<Text>,
    /// Code under the scratch layer; when claimed.
    #[arg(long, value_parser = value::<ItemCode>)]
    code: Option<ItemCode>,
}

impl Sticker {
    pub fn part(&self) -> KindPart {
        let Self { action, tamper_id, reason, code } = self;
        let (tamper_id, reason, code) = (tamper_id.clone(), reason.clone(), code.clone());
        KindPart::of(StickerDraft { action: *action, tamper_id, reason, code, ..StickerDraft::default() })
    }
}

/// Goods that were received, stored, sent, delivered, sold, returned or destroyed.
#[derive(Args)]
pub struct Distribution {
    /// Action: receive, store, dispatch, deliver, sell, return or destroy.
    #[arg(long, value_parser = value::<DistributionAction>)]
    action: Option<DistributionAction>,
    /// Party that the goods came from.
    #[arg(long, value_parser = value::<PartyKey>)]
    from_party: Option<PartyKey>,
    /// Party that the goods went to.
    #[arg(long, value_parser = value::<PartyKey>)]
    to_party: Option<PartyKey>,
    /// Code of the bonded zone.
    #[arg(long, value_parser = value::<Code>)]
    bonded_zone: Option<Code>,
}

impl Distribution {
    pub fn part(&self) -> KindPart {
        let Self { action, from_party, to_party, bonded_zone } = self;
        let (from_party, to_party, bonded_zone) = (from_party.clone(), to_party.clone(), bonded_zone.clone());
        let action = *action;
        KindPart::of(DistributionDraft { action, from_party, to_party, bonded_zone, ..DistributionDraft::default() })
    }
}

/// New status of a customs declaration: one event for each status.
#[derive(Args)]
pub struct Customs {
    /// Status: lodged, accepted, held, inspecting, sampled, released, rejected, seized or re_exported.
    #[arg(long, value_parser = value::<CustomsStatus>)]
    status: Option<CustomsStatus>,
    /// Number of the declaration.
    #[arg(long, value_parser = value::<Code>)]
    declaration: Option<Code>,
    /// Country whose customs handle the declaration.
    #[arg(long, value_parser = value::<Country>)]
    jurisdiction: Option<Country>,
    /// Direction: import, export or transit.
    #[arg(long, value_parser = value::<Direction>)]
    direction: Option<Direction>,
    /// Code of the customs office.
    #[arg(long, value_parser = value::<Code>)]
    office: Option<Code>,
    /// Code of the customs procedure.
    #[arg(long, value_parser = value::<Code>)]
    regime: Option<Code>,
    /// Line of the declaration: HS-CODE EDITION ORIGIN AMOUNT UNIT, such as "0402210000 2022 NL 10.8 kg".
    #[arg(long, value_parser = line)]
    line: Vec<DeclarationLineDraft>,
}

/// Reads a line of a declaration, without its number: `HS-CODE EDITION ORIGIN AMOUNT UNIT`.
fn line(text: &str) -> Result<DeclarationLineDraft, String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [code, edition, origin, value, unit] = parts[..] else {
        return Err("is not HS-CODE EDITION ORIGIN AMOUNT UNIT".to_owned());
    };
    let read = || {
        anyhow::Ok(DeclarationLineDraft {
            hs_code: Some(scalar(code)?),
            hs_edition: Some(scalar(edition)?),
            origin: Some(scalar(origin)?),
            quantity: Some(amount(value, unit)?.into()),
            ..DeclarationLineDraft::default()
        })
    };
    read().map_err(|error| format!("{error:#}"))
}

impl Customs {
    pub fn part(&self) -> KindPart {
        let numbered = (1..).zip(self.line.iter().cloned());
        let body = CustomsClearanceDraft {
            declaration_no: self.declaration.clone(),
            jurisdiction: self.jurisdiction.clone(),
            direction: self.direction,
            office_code: self.office.clone(),
            regime: self.regime.clone(),
            status: self.status,
            lines: numbered.map(|(at, line)| DeclarationLineDraft { line_no: Some(at), ..line }).collect(),
            ..CustomsClearanceDraft::default()
        };
        KindPart::of(body)
    }
}

/// Statement of conformity about goods.
#[derive(Args)]
pub struct Certification {
    /// Number of the certificate.
    #[arg(long, value_parser = value::<Code>)]
    certificate_no: Option<Code>,
    /// Standard that the statement is about, such as "GB 19644-2024".
    #[arg(long, value_parser = value::<Code>)]
    standard: Option<Code>,
    /// Statement of conformity, as TEXT or LANG=TEXT.
    #[arg(long, value_parser = text)]
    statement: Vec<LangText>,
    /// First day on which the certificate is valid.
    #[arg(long, value_parser = value::<Date>)]
    start: Option<Date>,
    /// Last day on which the certificate is valid.
    #[arg(long, value_parser = value::<Date>)]
    end: Option<Date>,
    /// Status of the certificate: active or inactive.
    #[arg(long, default_value = "active", value_parser = value::<CertificateStatus>)]
    status: CertificateStatus,
    /// Type of attestation: certification, declaration, inspection, testing, verification, validation or calibration.
    #[arg(long = "type", default_value = "certification", value_parser = value::<AttestationType>)]
    attestation: AttestationType,
    /// Assurance: first_party, second_party or third_party.
    #[arg(long, default_value = "third_party", value_parser = value::<Assurance>)]
    assurance: Assurance,
    /// Accreditation of the certifier: BODY:NUMBER:FIRST-DAY:LAST-DAY.
    #[arg(long, value_parser = accreditation)]
    accreditation: Option<AccreditationDraft>,
    /// File of the certificate; its hash goes into the event.
    #[arg(long)]
    certificate: Option<PathBuf>,
}

impl Certification {
    pub fn part(&self, about: &About) -> anyhow::Result<KindPart> {
        let body = CertificationDraft {
            certificate_no: self.certificate_no.clone(),
            agency: Some(about.party.clone()),
            accreditation: self.accreditation.clone(),
            standard: self.standard.clone(),
            statements: texts("--statement", &self.statement)?,
            start: self.start,
            end: self.end,
            status: Some(self.status),
            attestation_type: Some(self.attestation),
            assurance: Some(self.assurance),
            ..CertificationDraft::default()
        };
        let files = self.certificate.iter().map(|path| (path.clone(), AttachmentRole::Certificate)).collect();
        Ok(KindPart { body: body.into(), files })
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
    #[arg(long, value_parser = unit)]
    pub parent: Option<Subject>,
}

impl Aggregation {
    pub fn part(&self, about: &About) -> anyhow::Result<KindPart> {
        let action = [
            (self.add, AggregationAction::Add),
            (self.delete, AggregationAction::Delete),
            (self.observe, AggregationAction::Observe),
        ];
        let action = action.into_iter().find_map(|(said, action)| said.then_some(action));
        let parent = self.parent.as_ref().context("--parent 00/SSCC: a unit is required")?;
        let parent = about.sorted.iter().position(|subject| subject == parent).map(|at| at as u64);
        Ok(KindPart::of(AggregationDraft { action, parent, ..AggregationDraft::default() }))
    }
}

/// Goods that became other goods.
#[derive(Args)]
pub struct Transformation {
    /// Goods that went in: KEY=AMOUNT UNIT of a lot, KEY, or KEY@LOT of an item.
    #[arg(long, value_parser = subject)]
    pub input: Vec<SubjectRefDraft>,
    /// Goods that came out: KEY=AMOUNT UNIT of a lot, KEY, or KEY@LOT of an item.
    #[arg(long, value_parser = subject)]
    pub output: Vec<SubjectRefDraft>,
    /// Process that the goods went through.
    #[arg(long, value_parser = value::<Text>)]
    process: Option<Text>,
}

impl Transformation {
    pub fn part(&self, about: &About) -> KindPart {
        let (inputs, outputs) = (about.places(&self.input), about.places(&self.output));
        let body = TransformationDraft {
            inputs: Some(inputs),
            outputs: Some(outputs),
            process: self.process.clone(),
            ..TransformationDraft::default()
        };
        KindPart::of(body)
    }
}

/// Correction of an earlier event that was wrong. The correction takes its subjects from the receipt of that event.
#[derive(Args)]
pub struct Correction {
    /// Receipt of the event that was wrong.
    #[arg(long)]
    pub of: Option<PathBuf>,
    /// Reason: did_not_occur, incorrect_data, duplicate, wrong_subject or key_compromise.
    #[arg(long, value_parser = value::<CorrectionReason>)]
    pub reason: Option<CorrectionReason>,
    /// Id of an event that is right instead.
    #[arg(long, value_parser = value::<EventId>)]
    pub corrective: Vec<EventId>,
}

/// Origin of a product as shoppers see it.
#[derive(Args)]
pub struct Origin {
    /// Name of the product, as TEXT or LANG=TEXT.
    #[arg(long, value_parser = text)]
    name: Vec<LangText>,
    /// Name of the brand, as TEXT or LANG=TEXT.
    #[arg(long, value_parser = text)]
    brand: Vec<LangText>,
    /// Net content, such as "900 g".
    #[arg(long, value_parser = content)]
    content: Option<Quantity>,
    /// Film or photo; its hash goes into the event.
    #[arg(long)]
    film: Option<PathBuf>,
}

/// Reads a net content: `900 g`.
fn content(text: &str) -> Result<Quantity, String> {
    quantity(text).map_err(|error| format!("{error:#}"))
}

impl Origin {
    pub fn part(&self, about: &About) -> anyhow::Result<KindPart> {
        let captured_at = InstantDraft { ms: Some(about.at_ms), offset_minutes: None };
        let content = ContentDraft { attachment: Some(0), captured_at: Some(captured_at) };
        let body = OriginContentDraft {
            product_name: texts("--name", &self.name)?,
            brand_name: texts("--brand", &self.brand)?,
            net_content: self.content.clone().map(Into::into),
            content: self.film.as_ref().map(|_| content),
            ..OriginContentDraft::default()
        };
        let files = self.film.iter().map(|path| (path.clone(), AttachmentRole::Video)).collect();
        Ok(KindPart { body: body.into(), files })
    }
}

/// Files of an event, each as the event announces it.
pub fn announced(files: &[(PathBuf, AttachmentRole)], more: &[PathBuf]) -> anyhow::Result<Vec<AttachmentDraft>> {
    let more = more.iter().map(|path| (path, AttachmentRole::Other));
    let all = files.iter().map(|(path, role)| (path, *role)).chain(more);
    let announced = all.map(|(path, role)| attachment(path, role)).collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(announced.len() <= FILES_MAX, "an event announces at most {FILES_MAX} files");
    Ok(announced)
}
