//! The story: the events that each party signs, in order.

use std::collections::BTreeMap;

use anyhow::Context as _;
use headwater_event::codec::Message as _;
use headwater_event::event::Role;
use headwater_event::gs1::{Gtin, Serial};
use headwater_event::kind::Kind;
use headwater_event::kind::sticker::ItemCode;
use headwater_event::subject::Subject;
use headwater_trace::set::{MANIFEST_TYPE, SetItem, SetManifest};
use serde_json::{Value, json};

use crate::cast::{Actor, File, Scene, Stage, with_check};

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

fn scene(day: u64, minute: u64, offset: i64, place: Value) -> Scene {
    Scene { at_ms: DAY_0_MS + (day * 24 * 60 + minute) * MINUTE_MS, offset, place }
}

/// A text in several languages, which the caller passes in the order of their tags.
fn texts(texts: &[(&str, &str)]) -> Value {
    texts.iter().map(|(lang, text)| json!({"lang": lang, "text": text})).collect()
}

fn english(text: &str) -> Value {
    texts(&[("en", text)])
}

fn airport(iata: &str, country: &str) -> Value {
    json!({"iata": iata, "country": country})
}

fn address(text: &str, country: &str) -> Value {
    json!({"country": country, "address": english(text)})
}

const FILM: File<'_> = File {
    bytes: include_bytes!("../files/pasture.webm"),
    media_type: "video/webm",
    role: "video",
    title: "Cows on the dike, April",
};
const PHOTO: File<'_> =
    File { bytes: include_bytes!("../files/tin.jpg"), media_type: "image/jpeg", role: "photo", title: "The tin" };
const REPORT: File<'_> = File {
    bytes: b"Report RPT-0042 of an invented laboratory.\n",
    media_type: "text/plain",
    role: "test_report",
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
        stage.act(
            operator,
            &[json!(cast.dairy.party), json!(format!("gcp/{prefix}"))],
            json!({"grant_prefix": {"prefix": prefix}}),
        )?;
        let accredit = json!({"accreditation": accreditation(), "methods": ["ISO 14501", "ISO 6579-1"]});
        stage.act(operator, &[json!(cast.lab.party)], json!({"accredit": accredit}))?;
        for grantee in [&cast.carrier, &cast.market] {
            let between = Subject::Delegation {
                grantor: cast.dairy.subject().index_key(),
                grantee: grantee.subject().index_key(),
            };
            let kinds = [Kind::ShipmentLeg, Kind::Distribution, Kind::Aggregation, Kind::CustomsClearance];
            let delegate =
                json!({"grantor": cast.dairy.party, "grantee": grantee.party, "kinds": kinds, "prefixes": [prefix]});
            stage.act(&cast.dairy, &[json!(between)], json!({"delegate": delegate}))?;
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
        let tins: Vec<Value> = std::iter::once(TIN.to_owned())
            .chain((1..12).map(|at| format!("{MODEL}/21/7KQ2M9XW{at:02}")))
            .map(Value::from)
            .collect();
        let farm = address("Polderdijk 12, Friesland", "NL");
        let mut said = 0;
        let mut say = |stage: &mut Stage,
                       actor: &Actor,
                       principal: Option<&Actor>,
                       subjects: &[Value],
                       scene: Scene,
                       body: Value,
                       files: &[File<'_>]| {
            said += 1;
            stage.say(actor, principal, subjects, scene, body, files).map(|_| ())
        };

        let film = json!({"product_name": texts(&[("en", "Polder milk powder, 900 g"), ("nl", "Poldermelkpoeder, 900 g"), ("zh-Hans", "圩田奶粉 900 克")]), "brand_name": english("Polderlicht"),
            "content": {"attachment": 0, "captured_at": {"ms": DAY_0_MS, "offset_minutes": NETHERLANDS}}});
        say(
            stage,
            dairy,
            None,
            &[json!(MODEL)],
            scene(0, 60, NETHERLANDS, farm.clone()),
            json!({"origin_content": film}),
            &[FILM, PHOTO],
        )?;
        let production = json!({"production_date": "2026-04-17", "country_of_origin": "NL", "origin_subdivision": "NL-FR", "expiry_date": "2027-12-31",
            "area": [{"lat": "53.2012", "lon": "5.7999"}, {"lat": "53.2030", "lon": "5.8044"}, {"lat": "53.1998", "lon": "5.8071"}]});
        let lot = json!({"key": LOT, "quantity": {"value": "10.8", "uom": "KGM"}});
        say(
            stage,
            dairy,
            None,
            &[lot],
            scene(0, 200, NETHERLANDS, farm.clone()),
            json!({"production": production}),
            &[],
        )?;
        let listed = json!({"sticker_batch": "B-2026-17", "form": {"listed": {"lot": LOT}}});
        say(
            stage,
            dairy,
            None,
            &tins,
            scene(0, 300, NETHERLANDS, farm.clone()),
            json!({"commissioning": listed}),
            &[],
        )?;
        let sticker = json!({"action": "applied", "tamper_id": "SEAL-17-0001"});
        say(
            stage,
            dairy,
            None,
            &[json!(TIN)],
            scene(0, 320, NETHERLANDS, farm.clone()),
            json!({"sticker": sticker}),
            &[],
        )?;
        say(
            stage,
            &self.lab,
            None,
            &[json!(LOT)],
            scene(2, 540, NETHERLANDS, Value::Null),
            json!({"lab_inspection": report(&self.lab)}),
            &[REPORT],
        )?;

        for (parent, children, minute) in [(&case, tins.clone(), 600), (&pallet, vec![json!(case)], 630)] {
            let mut keys: Vec<String> = children.iter().filter_map(|child| child.as_str().map(str::to_owned)).collect();
            keys.push(parent.clone());
            keys.sort();
            let place = keys.iter().position(|key| key == parent).unwrap_or_default();
            let keys: Vec<Value> = keys.into_iter().map(Value::from).collect();
            say(
                stage,
                dairy,
                None,
                &keys,
                scene(2, minute, NETHERLANDS, farm.clone()),
                json!({"aggregation": {"action": "add", "parent": place}}),
                &[],
            )?;
        }

        let on_pallet = [json!(pallet)];
        let truck = |movement: &str| {
            json!({"shipment_leg": {"refs": [{"kind": "cmr", "id": "CMR-8841"}], "leg_id": "TRUCK-1", "leg_seq": 1, "movement": movement, "mode": "road",
            "origin": {"unlocode": "NLLWR", "country": "NL"}, "destination": airport("AMS", "NL"), "by": {"vehicle": {"operator": "Windmill Air Cargo", "vehicle": "NL-24-BXK"}}}})
        };
        say(stage, carrier, Some(dairy), &on_pallet, scene(3, 400, NETHERLANDS, Value::Null), truck("departure"), &[])?;
        say(stage, carrier, Some(dairy), &on_pallet, scene(3, 540, NETHERLANDS, Value::Null), truck("arrival"), &[])?;
        let flight = |movement: &str, warm: Value| {
            json!({"shipment_leg": {"refs": [{"kind": "awb", "id": "176-12345675"}], "leg_id": "FLIGHT-1", "leg_seq": 2, "movement": movement, "mode": "air",
            "origin": airport("AMS", "NL"), "destination": airport("HGH", "CN"), "temperature": warm,
            "by": {"flight": {"carrier": "WX", "flight_no": "WX0895", "flight_date": "2026-04-21", "ulds": ["AKE12345WX"]}}}})
        };
        say(
            stage,
            carrier,
            Some(dairy),
            &on_pallet,
            scene(4, 1125, NETHERLANDS, Value::Null),
            flight("departure", Value::Null),
            &[],
        )?;
        let warm = json!({"min": "2.1", "max": "4.0", "mean": "3.2", "uom": "CEL"});
        say(stage, carrier, Some(dairy), &on_pallet, scene(5, 305, CHINA, Value::Null), flight("arrival", warm), &[])?;

        for (status, minute) in [("lodged", 360), ("accepted", 420), ("released", 900)] {
            let clearance = json!({"declaration_no": "224820261000012345", "jurisdiction": "CN", "direction": "import", "office_code": "2248", "regime": "1210", "status": status,
                "lines": [{"line_no": 1, "hs_code": "0402210000", "hs_edition": "2022", "origin": "NL", "quantity": {"value": "10.8", "uom": "KGM"}, "gtin": "09526543000013", "lot": "L26-0417"}]});
            say(
                stage,
                &self.customs,
                None,
                &on_pallet,
                scene(5, minute, CHINA, Value::Null),
                json!({"customs_clearance": clearance}),
                &[],
            )?;
        }
        let approval = json!({"certificate_no": "DI-2026-0417", "agency": self.inspector.party, "accreditation": {"body": "CNAS", "number": "IB0001", "valid_from": "2025-01-01", "valid_to": "2029-12-31"},
            "standard": "GB 19644-2024", "statements": english("quality of the lot approved"), "start": "2026-04-22", "end": "2027-12-31", "status": "active", "attestation_type": "inspection", "assurance": "third_party"});
        say(
            stage,
            &self.inspector,
            None,
            &[json!(LOT)],
            scene(5, 960, CHINA, Value::Null),
            json!({"certification": approval}),
            &[],
        )?;
        let store =
            json!({"action": "store", "from_party": carrier.party, "to_party": market.party, "bonded_zone": "HGH-BLC"});
        say(
            stage,
            market,
            Some(dairy),
            &on_pallet,
            scene(5, 1100, CHINA, address("Wenyi West Road 969, Hangzhou", "CN")),
            json!({"distribution": store}),
            &[],
        )?;
        let deliver = json!({"action": "deliver", "from_party": market.party});
        say(
            stage,
            market,
            Some(dairy),
            &[json!({"key": TIN, "lot": LOT})],
            scene(8, 600, CHINA, address("Hangzhou", "CN")),
            json!({"distribution": deliver}),
            &[],
        )?;
        Ok(said)
    }

    /// Makes a lot, and commissions its ten thousand tins with codes under a scratch layer in one event. Then sells one tin, and returns
    /// its code.
    pub fn sell_with_codes(&self, stage: &mut Stage) -> anyhow::Result<ItemCode> {
        let (farm, dairy) = (|| address("Polderdijk 12, Friesland", "NL"), &self.dairy);
        let production =
            json!({"production_date": "2026-04-20", "country_of_origin": "NL", "expiry_date": "2027-12-31"});
        let lot = json!({"key": SCRATCH_LOT, "quantity": {"value": "9000", "uom": "KGM"}});
        let made = scene(3, 200, NETHERLANDS, farm());
        stage.say(dairy, None, &[lot], made, json!({"production": production}), &[])?;
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
        let list = File { bytes: &bytes, media_type: MANIFEST_TYPE, role: "other", title: "The serials of the lot" };
        let committed = json!({"sticker_batch": "B-2026-20", "form": {"committed": {"count": SCRATCH_TINS, "items_root": root, "manifest": 0}}});
        let issued = scene(3, 300, NETHERLANDS, farm());
        stage.say(dairy, None, &[json!(SCRATCH_LOT)], issued, json!({"commissioning": committed}), &[list])?;
        let tin = json!({"key": format!("{MODEL}/21/{SCRATCH_SERIAL}"), "lot": SCRATCH_LOT});
        let sold = scene(9, 600, NETHERLANDS, address("Leeuwarden", "NL"));
        let sell = json!({"distribution": {"action": "sell", "from_party": dairy.party}});
        stage.say(dairy, None, &[tin], sold, sell, &[])?;
        codes.remove(&Serial::parse(SCRATCH_SERIAL)?).context("the code of the tin that was sold")
    }

    /// Makes another lot, commissions a tin of the lot, and recalls the lot.
    pub fn recall_another_lot(&self, stage: &mut Stage) -> anyhow::Result<()> {
        let farm = || address("Polderdijk 12, Friesland", "NL");
        let production =
            json!({"production_date": "2026-03-30", "country_of_origin": "NL", "expiry_date": "2027-12-31"});
        let lot = json!({"key": RECALLED_LOT, "quantity": {"value": "9", "uom": "KGM"}});
        stage.say(
            &self.dairy,
            None,
            &[lot],
            scene(0, 100, NETHERLANDS, farm()),
            json!({"production": production}),
            &[],
        )?;
        let listed = json!({"sticker_batch": "B-2026-13", "form": {"listed": {"lot": RECALLED_LOT}}});
        stage.say(
            &self.dairy,
            None,
            &[json!(RECALLED_TIN)],
            scene(0, 110, NETHERLANDS, farm()),
            json!({"commissioning": listed}),
            &[],
        )?;
        let recall = json!({"recall_no": "R-2026-03", "action": "recall", "severity": "high", "reason_code": "foreign_body", "reason": english("pieces of a seal may be in the powder"),
            "scope": [{"subjects": [0]}], "consumer_action": english("do not use it; bring it back"), "start": "2026-05-02"});
        stage.say(
            &self.dairy,
            None,
            &[json!(RECALLED_LOT)],
            scene(15, 600, NETHERLANDS, farm()),
            json!({"recall": recall}),
            &[],
        )?;
        Ok(())
    }
}

fn accreditation() -> Value {
    json!({"body": "RvA", "number": "L042", "valid_from": "2025-01-01", "valid_to": "2028-12-31", "mra": "ILAC"})
}

fn report(lab: &Actor) -> Value {
    json!({
        "laboratory": lab.party, "accreditation": accreditation(), "report_no": "RPT-0042", "issue_date": "2026-04-19",
        "sample": {"id": "S-1", "sampled_at": "2026-04-17", "received_at": "2026-04-17", "condition": "sealed, 4 °C", "subjects": [0]},
        "performed_from": "2026-04-18", "performed_to": "2026-04-19", "verdict": "pass", "decision_rule": "simple acceptance",
        "scope_statement": "the results concern only the items tested", "standards": ["EU 2023/915"],
        "results": [
            {"analyte": {"names": english("aflatoxin M1")}, "method": "ISO 14501", "operator": "eq", "value": "0.008", "uom": "J33",
             "limit": {"operator": "le", "value": "0.050", "uom": "J33", "source": "EU 2023/915"}, "verdict": "pass"},
            {"analyte": {"names": english("Salmonella")}, "method": "ISO 6579-1", "operator": "nd", "uom": "C62", "per": {"value": "25", "uom": "GRM"},
             "limit": {"operator": "nd", "uom": "C62", "per": {"value": "25", "uom": "GRM"}}, "verdict": "pass"}
        ]
    })
}
