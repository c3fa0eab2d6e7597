//! The story: the events that each party signs, in order.

use std::collections::BTreeMap;

use anyhow::Context as _;
use headwater_event::codec::{Message as _, Set};
use headwater_event::document::{AttachmentRole, RefDraft, RefType};
use headwater_event::draft::{given, scalar};
use headwater_event::event::{Role, SubjectRefDraft};
use headwater_event::gs1::{Gtin, Serial};
use headwater_event::kind::aggregation::{AggregationAction, AggregationDraft};
use headwater_event::kind::certification::{Assurance, AttestationType, CertificateStatus, CertificationDraft};
use headwater_event::kind::commissioning::{CommissioningDraft, CommittedDraft, ListedDraft};
use headwater_event::kind::customs_clearance::{CustomsClearanceDraft, CustomsStatus, DeclarationLineDraft, Direction};
use headwater_event::kind::distribution::{DistributionAction, DistributionDraft};
use headwater_event::kind::lab_inspection::{
    AccreditationDraft, AnalyteDraft, LabInspectionDraft, LimitDraft, Operator, SIMPLE_ACCEPTANCE, SampleDraft,
    TestResultDraft, TestVerdict,
};
use headwater_event::kind::origin_content::{ContentDraft, OriginContentDraft};
use headwater_event::kind::party::{AccreditDraft, DelegateDraft, GrantPrefixDraft};
use headwater_event::kind::production::ProductionDraft;
use headwater_event::kind::recall::{RecallDraft, RecallReason, RecallSeverity, RecallType, ScopeDraft};
use headwater_event::kind::shipment_leg::{FlightDraft, Mode, Movement, ShipmentLegDraft, VehicleDraft};
use headwater_event::kind::sticker::{ItemCode, StickerAction, StickerDraft};
use headwater_event::kind::{Kind, KindBodyDraft};
use headwater_event::measure::{InstantDraft, QuantityDraft, TemperatureDraft};
use headwater_event::place::{CornerDraft, PlaceDraft, UtcOffset};
use headwater_event::subject::Subject;
use headwater_trace::set::{MANIFEST_TYPE, SetItem, SetManifest};

use crate::cast::{Actor, File, Scene, Stage, english, texts, whole, with_check};

/// The model: a tin of 900 g of milk powder.
pub const MODEL: &str = "01/09526543000013";
/// The lot without a recall, whose story ends with a valid verdict.
pub const LOT: &str = "01/09526543000013/10/L26-0417";
/// The tin of the good lot that the shopper scans.
pub const TIN: &str = "01/09526543000013/21/7KQ2M9XW4T";
/// The lot that the dairy recalls.
pub const RECALLED_LOT: &str = "01/09526543000013/10/L26-0399";
/// The lot whose tins have codes under a scratch layer.
pub const SCRATCH_LOT: &str = "01/09526543000013/10/L26-0420";
/// The serial of the tin with a code that is sold.
pub const SCRATCH_SERIAL: &str = "9X4WT7KQ2M";
const SCRATCH_TINS: usize = 10_000;
/// A tin of the recalled lot.
pub const RECALLED_TIN: &str = "01/09526543000013/21/4T7WX9M2QK";

/// 17 April 2026, 00:00 UTC.
const DAY_0_MS: u64 = 1_776_384_000_000;
const MINUTE_MS: u64 = 60_000;
const NETHERLANDS: i64 = 120;
const CHINA: i64 = 480;

/// The parties that sign the events of the story.
pub struct Cast {
    dairy: Actor,
    lab: Actor,
    carrier: Actor,
    customs: Actor,
    inspector: Actor,
    market: Actor,
}

fn scene(day: u64, minute: u64, offset: i64, place: Option<PlaceDraft>) -> Scene {
    Scene { at_ms: DAY_0_MS + (day * 24 * 60 + minute) * MINUTE_MS, offset, place }
}

fn airport(iata: &str, country: &str) -> anyhow::Result<Option<PlaceDraft>> {
    Ok(Some(PlaceDraft { iata: given(iata)?, country: given(country)?, ..PlaceDraft::default() }))
}

fn address(text: &str, country: &str) -> anyhow::Result<Option<PlaceDraft>> {
    Ok(Some(PlaceDraft { country: given(country)?, address: english(text)?, ..PlaceDraft::default() }))
}

fn farm() -> anyhow::Result<Option<PlaceDraft>> {
    address("Polderdijk 12, Friesland", "NL")
}

fn amount(value: &str, uom: &str) -> anyhow::Result<Option<QuantityDraft>> {
    Ok(Some(QuantityDraft { value: given(value)?, uom: given(uom)? }))
}

/// Names a lot with the amount of it, in kg.
fn kilograms(lot: &str, value: &str) -> anyhow::Result<SubjectRefDraft> {
    Ok(SubjectRefDraft { quantity: amount(value, "KGM")?, ..whole(lot)? })
}

/// Names an item with its lot.
fn of_lot(item: &str, lot: &str) -> anyhow::Result<SubjectRefDraft> {
    Ok(SubjectRefDraft { lot: given(lot)?, ..whole(item)? })
}

fn made(day: &str) -> anyhow::Result<ProductionDraft> {
    Ok(ProductionDraft {
        production_date: given(day)?,
        country_of_origin: given("NL")?,
        expiry_date: given("2027-12-31")?,
        ..ProductionDraft::default()
    })
}

fn listed(batch: &str, lot: &str) -> anyhow::Result<CommissioningDraft> {
    let form = Some(ListedDraft { lot: given(lot)? }.into());
    Ok(CommissioningDraft { sticker_batch: given(batch)?, form, ..CommissioningDraft::default() })
}

const FILM: File<'_> = File {
    bytes: include_bytes!("../files/pasture.webm"),
    media_type: "video/webm",
    role: AttachmentRole::Video,
    title: "Cows on the dike, April",
};
const PHOTO: File<'_> = File {
    bytes: include_bytes!("../files/tin.jpg"),
    media_type: "image/jpeg",
    role: AttachmentRole::Photo,
    title: "The tin",
};
const REPORT: File<'_> = File {
    bytes: b"Report RPT-0042 of an invented laboratory.\n",
    media_type: "text/plain",
    role: AttachmentRole::TestReport,
    title: "Report RPT-0042",
};

impl Cast {
    /// Registers all parties, grants the dairy its prefix, and accredits the laboratory. Then the dairy delegates to the carrier and the
    /// market.
    pub fn enter(stage: &mut Stage, operator: &Actor) -> anyhow::Result<Self> {
        let cast = Self {
            dairy: Actor::new("Polderlicht Dairy", Role::Brand, "952654300010")?,
            lab: Actor::new("Lab Noordzee", Role::Lab, "952111100010")?,
            carrier: Actor::new("Windmill Air Cargo", Role::Carrier, "952222200010")?,
            customs: Actor::new("Demo Customs", Role::Customs, "952333300010")?,
            inspector: Actor::new("Demo Inspection", Role::Certifier, "952444400010")?,
            market: Actor::new("West Lake Market", Role::Distributor, "952555500010")?,
        };
        stage.register(operator, operator, "NL")?;
        for (actor, country) in [
            (&cast.dairy, "NL"),
            (&cast.lab, "NL"),
            (&cast.carrier, "NL"),
            (&cast.customs, "CN"),
            (&cast.inspector, "CN"),
            (&cast.market, "CN"),
        ] {
            stage.register(operator, actor, country)?;
        }
        let prefix = "9526543";
        let grant = GrantPrefixDraft { prefix: given(prefix)?, interval: None };
        stage.act(operator, vec![cast.dairy.subject(), Subject::Prefix(scalar(prefix)?)], grant)?;
        let accredit = AccreditDraft {
            accreditation: Some(accreditation()?),
            methods: vec![scalar("ISO 14501")?, scalar("ISO 6579-1")?],
        };
        stage.act(operator, vec![cast.lab.subject()], accredit)?;
        for grantee in [&cast.carrier, &cast.market] {
            let between = Subject::Delegation {
                grantor: cast.dairy.subject().index_key(),
                grantee: grantee.subject().index_key(),
            };
            let kinds = [Kind::ShipmentLeg, Kind::Distribution, Kind::Aggregation, Kind::CustomsClearance];
            let delegate = DelegateDraft {
                grantor: Some(cast.dairy.party.clone()),
                grantee: Some(grantee.party.clone()),
                kinds: Some(Set::new(kinds)),
                prefixes: vec![scalar(prefix)?],
                ..DelegateDraft::default()
            };
            stage.act(&cast.dairy, vec![between], delegate)?;
        }
        Ok(cast)
    }

    /// The names of the parties, in one line.
    pub fn names(&self) -> String {
        [&self.dairy, &self.lab, &self.carrier, &self.customs, &self.inspector, &self.market]
            .map(|actor| actor.name)
            .join(" · ")
    }

    /// Plays the story of the good lot, and returns the number of events.
    pub fn play(&self, stage: &mut Stage) -> anyhow::Result<usize> {
        let (dairy, carrier, market) = (&self.dairy, &self.carrier, &self.market);
        let case = format!("00/{}", with_check("19526543000000001"));
        let pallet = format!("00/{}", with_check("19526543000000002"));
        let others = (1..12).map(|at| format!("{MODEL}/21/7KQ2M9XW{at:02}"));
        let tins: Vec<String> = std::iter::once(TIN.to_owned()).chain(others).collect();
        let mut said = 0;
        let mut say = |actor: &Actor,
                       principal: Option<&Actor>,
                       subjects: &[SubjectRefDraft],
                       scene: Scene,
                       body: KindBodyDraft,
                       files: &[File<'_>]| {
            said += 1;
            stage.say(actor, principal, subjects, scene, body, files).map(|_| ())
        };

        let at_farm = |day, minute| anyhow::Ok(scene(day, minute, NETHERLANDS, farm()?));
        let names =
            [("en", "Polder milk powder, 900 g"), ("nl", "Poldermelkpoeder, 900 g"), ("zh-Hans", "圩田奶粉 900 克")];
        let captured_at = InstantDraft { ms: Some(DAY_0_MS), offset_minutes: UtcOffset::new(NETHERLANDS) };
        let film = OriginContentDraft {
            product_name: texts(&names)?,
            brand_name: english("Polderlicht")?,
            content: Some(ContentDraft { attachment: Some(0), captured_at: Some(captured_at) }),
            ..OriginContentDraft::default()
        };
        say(dairy, None, &[whole(MODEL)?], at_farm(0, 60)?, film.into(), &[FILM, PHOTO])?;
        let corner = |lat, lon| anyhow::Ok(CornerDraft { lat: given(lat)?, lon: given(lon)? });
        let production = ProductionDraft {
            origin_subdivision: given("NL-FR")?,
            area: vec![corner("53.2012", "5.7999")?, corner("53.2030", "5.8044")?, corner("53.1998", "5.8071")?],
            ..made("2026-04-17")?
        };
        say(dairy, None, &[kilograms(LOT, "10.8")?], at_farm(0, 200)?, production.into(), &[])?;
        let all = tins.iter().map(|tin| whole(tin)).collect::<anyhow::Result<Vec<_>>>()?;
        say(dairy, None, &all, at_farm(0, 300)?, listed("B-2026-17", LOT)?.into(), &[])?;
        let sticker = StickerDraft {
            action: Some(StickerAction::Applied),
            tamper_id: given("SEAL-17-0001")?,
            ..StickerDraft::default()
        };
        say(dairy, None, &[whole(TIN)?], at_farm(0, 320)?, sticker.into(), &[])?;
        let tested = scene(2, 540, NETHERLANDS, None);
        say(&self.lab, None, &[whole(LOT)?], tested, report(&self.lab)?.into(), &[REPORT])?;

        for (parent, children, minute) in [(&case, tins, 600), (&pallet, vec![case.clone()], 630)] {
            let mut keys = children;
            keys.push(parent.clone());
            keys.sort();
            let place = keys.iter().position(|key| key == parent).map(|at| at as u64);
            let packed =
                AggregationDraft { action: Some(AggregationAction::Add), parent: place, ..AggregationDraft::default() };
            let keys = keys.iter().map(|key| whole(key)).collect::<anyhow::Result<Vec<_>>>()?;
            say(dairy, None, &keys, at_farm(2, minute)?, packed.into(), &[])?;
        }

        let on_pallet = [whole(&pallet)?];
        let truck = |movement| {
            let origin = PlaceDraft { unlocode: given("NLLWR")?, country: given("NL")?, ..PlaceDraft::default() };
            let by = VehicleDraft { operator: given("Windmill Air Cargo")?, vehicle: given("NL-24-BXK")? };
            anyhow::Ok(ShipmentLegDraft {
                refs: vec![RefDraft { kind: Some(RefType::Cmr), id: given("CMR-8841")? }],
                leg_id: given("TRUCK-1")?,
                leg_seq: Some(1),
                movement: Some(movement),
                mode: Some(Mode::Road),
                origin: Some(origin),
                destination: airport("AMS", "NL")?,
                by: Some(by.into()),
                ..ShipmentLegDraft::default()
            })
        };
        let flight = |movement, temperature| {
            let by = FlightDraft {
                carrier: given("WX")?,
                flight_no: given("WX0895")?,
                flight_date: given("2026-04-21")?,
                ulds: vec![scalar("AKE12345WX")?],
                ..FlightDraft::default()
            };
            anyhow::Ok(ShipmentLegDraft {
                refs: vec![RefDraft { kind: Some(RefType::Awb), id: given("176-12345675")? }],
                leg_id: given("FLIGHT-1")?,
                leg_seq: Some(2),
                movement: Some(movement),
                mode: Some(Mode::Air),
                origin: airport("AMS", "NL")?,
                destination: airport("HGH", "CN")?,
                temperature,
                by: Some(by.into()),
                ..ShipmentLegDraft::default()
            })
        };
        let warm = TemperatureDraft { min: given("2.1")?, max: given("4.0")?, mean: given("3.2")?, uom: given("CEL")? };
        for (day, minute, offset, leg) in [
            (3, 400, NETHERLANDS, truck(Movement::Departure)?),
            (3, 540, NETHERLANDS, truck(Movement::Arrival)?),
            (4, 1125, NETHERLANDS, flight(Movement::Departure, None)?),
            (5, 305, CHINA, flight(Movement::Arrival, Some(warm))?),
        ] {
            say(carrier, Some(dairy), &on_pallet, scene(day, minute, offset, None), leg.into(), &[])?;
        }

        for (status, minute) in
            [(CustomsStatus::Lodged, 360), (CustomsStatus::Accepted, 420), (CustomsStatus::Released, 900)]
        {
            let line = DeclarationLineDraft {
                line_no: Some(1),
                hs_code: given("0402210000")?,
                hs_edition: given("2022")?,
                origin: given("NL")?,
                quantity: amount("10.8", "KGM")?,
                gtin: given("09526543000013")?,
                lot: given("L26-0417")?,
            };
            let clearance = CustomsClearanceDraft {
                declaration_no: given("224820261000012345")?,
                jurisdiction: given("CN")?,
                direction: Some(Direction::Import),
                office_code: given("2248")?,
                regime: given("1210")?,
                status: Some(status),
                lines: vec![line],
                ..CustomsClearanceDraft::default()
            };
            say(&self.customs, None, &on_pallet, scene(5, minute, CHINA, None), clearance.into(), &[])?;
        }
        let by_body = AccreditationDraft {
            body: given("CNAS")?,
            number: given("IB0001")?,
            valid_from: given("2025-01-01")?,
            valid_to: given("2029-12-31")?,
            mra: None,
        };
        let approval = CertificationDraft {
            certificate_no: given("DI-2026-0417")?,
            agency: Some(self.inspector.party.clone()),
            accreditation: Some(by_body),
            standard: given("GB 19644-2024")?,
            statements: english("Quality of the lot approved")?,
            start: given("2026-04-22")?,
            end: given("2027-12-31")?,
            status: Some(CertificateStatus::Active),
            attestation_type: Some(AttestationType::Inspection),
            assurance: Some(Assurance::ThirdParty),
            ..CertificationDraft::default()
        };
        say(&self.inspector, None, &[whole(LOT)?], scene(5, 960, CHINA, None), approval.into(), &[])?;
        let store = DistributionDraft {
            action: Some(DistributionAction::Store),
            from_party: Some(carrier.party.clone()),
            to_party: Some(market.party.clone()),
            bonded_zone: given("HGH-BLC")?,
            ..DistributionDraft::default()
        };
        let warehouse = scene(5, 1100, CHINA, address("Wenyi West Road 969, Hangzhou", "CN")?);
        say(market, Some(dairy), &on_pallet, warehouse, store.into(), &[])?;
        let deliver = DistributionDraft {
            action: Some(DistributionAction::Deliver),
            from_party: Some(market.party.clone()),
            ..DistributionDraft::default()
        };
        let door = scene(8, 600, CHINA, address("Hangzhou", "CN")?);
        say(market, Some(dairy), &[of_lot(TIN, LOT)?], door, deliver.into(), &[])?;
        Ok(said)
    }

    /// Makes a lot, and commissions its ten thousand tins with codes under a scratch layer in one event. Then sells one tin, and returns
    /// its code.
    pub fn sell_with_codes(&self, stage: &mut Stage) -> anyhow::Result<ItemCode> {
        let dairy = &self.dairy;
        let production = made("2026-04-20")?;
        let of_production = scene(3, 200, NETHERLANDS, farm()?);
        stage.say(dairy, None, &[kilograms(SCRATCH_LOT, "9000")?], of_production, production, &[])?;
        let gtin = Gtin::parse("09526543000013")?;
        let others = (1..SCRATCH_TINS).map(|at| format!("9X4WT7K{at:05}"));
        let mut codes = BTreeMap::new();
        for serial in others.chain([SCRATCH_SERIAL.to_owned()]) {
            codes.insert(Serial::parse(&serial)?, ItemCode::of_random(headwater_key::draw()?)?);
        }
        let items = codes.iter().map(|(serial, code)| {
            let head = code.committed(&Subject::Item(gtin.clone(), serial.clone()));
            SetItem { serial: serial.clone(), code: Some(head) }
        });
        let manifest = SetManifest { gtin: gtin.clone(), items: items.collect() };
        let (bytes, root) = (manifest.encode(), manifest.index().root());
        let (media_type, role) = (MANIFEST_TYPE, AttachmentRole::Other);
        let list = File { bytes: &bytes, media_type, role, title: "The serials of the lot" };
        let form = CommittedDraft { count: Some(SCRATCH_TINS as u64), items_root: Some(root), manifest: Some(0) };
        let committed = CommissioningDraft {
            sticker_batch: given("B-2026-20")?,
            form: Some(form.into()),
            ..CommissioningDraft::default()
        };
        let issued = scene(3, 300, NETHERLANDS, farm()?);
        stage.say(dairy, None, &[whole(SCRATCH_LOT)?], issued, committed, &[list])?;
        let tin = of_lot(&format!("{MODEL}/21/{SCRATCH_SERIAL}"), SCRATCH_LOT)?;
        let sold = scene(9, 600, NETHERLANDS, address("Leeuwarden", "NL")?);
        let sell = DistributionDraft {
            action: Some(DistributionAction::Sell),
            from_party: Some(dairy.party.clone()),
            ..DistributionDraft::default()
        };
        stage.say(dairy, None, &[tin], sold, sell, &[])?;
        codes.remove(&Serial::parse(SCRATCH_SERIAL)?).context("the code of the tin that was sold")
    }

    /// Makes another lot, commissions a tin of the lot, and recalls the lot.
    pub fn recall_another_lot(&self, stage: &mut Stage) -> anyhow::Result<()> {
        let at_farm = |day, minute| anyhow::Ok(scene(day, minute, NETHERLANDS, farm()?));
        let lot = kilograms(RECALLED_LOT, "9")?;
        stage.say(&self.dairy, None, &[lot], at_farm(0, 100)?, made("2026-03-30")?, &[])?;
        let issued = listed("B-2026-13", RECALLED_LOT)?;
        stage.say(&self.dairy, None, &[whole(RECALLED_TIN)?], at_farm(0, 110)?, issued, &[])?;
        let recall = RecallDraft {
            recall_no: given("R-2026-03")?,
            action: Some(RecallType::Recall),
            severity: Some(RecallSeverity::High),
            reason_code: Some(RecallReason::ForeignBody),
            reason: english("Pieces of a seal may be in the powder")?,
            scope: vec![ScopeDraft { subjects: Some(Set::new([0])), ranges: Vec::new() }],
            consumer_action: english("Bring the tin back to the shop")?,
            start: given("2026-05-02")?,
            ..RecallDraft::default()
        };
        stage.say(&self.dairy, None, &[whole(RECALLED_LOT)?], at_farm(15, 600)?, recall, &[])?;
        Ok(())
    }
}

fn accreditation() -> anyhow::Result<AccreditationDraft> {
    Ok(AccreditationDraft {
        body: given("RvA")?,
        number: given("L042")?,
        valid_from: given("2025-01-01")?,
        valid_to: given("2028-12-31")?,
        mra: given("ILAC")?,
    })
}

fn analyte(name: &str) -> anyhow::Result<Option<AnalyteDraft>> {
    Ok(Some(AnalyteDraft { names: english(name)?, ..AnalyteDraft::default() }))
}

fn report(lab: &Actor) -> anyhow::Result<LabInspectionDraft> {
    let toxin = LimitDraft {
        operator: Some(Operator::Le),
        value: given("0.050")?,
        uom: given("J33")?,
        source: given("EU 2023/915")?,
        ..LimitDraft::default()
    };
    let bacteria = LimitDraft {
        operator: Some(Operator::Nd),
        uom: given("C62")?,
        per: amount("25", "GRM")?,
        ..LimitDraft::default()
    };
    let results = vec![
        TestResultDraft {
            analyte: analyte("Aflatoxin M1")?,
            method: given("ISO 14501")?,
            operator: Some(Operator::Eq),
            value: given("0.008")?,
            uom: given("J33")?,
            limit: Some(toxin),
            verdict: Some(TestVerdict::Pass),
            ..TestResultDraft::default()
        },
        TestResultDraft {
            analyte: analyte("Salmonella")?,
            method: given("ISO 6579-1")?,
            operator: Some(Operator::Nd),
            uom: given("C62")?,
            per: amount("25", "GRM")?,
            limit: Some(bacteria),
            verdict: Some(TestVerdict::Pass),
            ..TestResultDraft::default()
        },
    ];
    let sample = SampleDraft {
        id: given("S-1")?,
        sampled_at: given("2026-04-17")?,
        received_at: given("2026-04-17")?,
        condition: given("sealed, 4 °C")?,
        subjects: Some(Set::new([0])),
    };
    Ok(LabInspectionDraft {
        laboratory: Some(lab.party.clone()),
        accreditation: Some(accreditation()?),
        report_no: given("RPT-0042")?,
        issue_date: given("2026-04-19")?,
        sample: Some(sample),
        performed_from: given("2026-04-18")?,
        performed_to: given("2026-04-19")?,
        results,
        verdict: Some(TestVerdict::Pass),
        decision_rule: given(SIMPLE_ACCEPTANCE)?,
        scope_statement: given("the results concern only the items tested")?,
        standards: vec![scalar("EU 2023/915")?],
        ..LabInspectionDraft::default()
    })
}
