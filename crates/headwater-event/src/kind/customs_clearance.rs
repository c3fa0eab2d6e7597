//! A customs declaration changed its status: one event for each change.

use headwater_tlog::hash::Hash;

use super::{KindRules, common, moves};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::gs1::{Gtin, LotNumber};
use crate::measure::Quantity;
use crate::rules::Rules;
use crate::subject::{PartyKey, Subject};
use crate::text::Code;
use crate::transport::{Country, HsCode, Locode};
use crate::{codes, message};

codes! {
    /// Direction in which the goods cross the border.
    pub enum Direction {
        1 Import = "import",
        2 Export = "export",
        3 Transit = "transit",
    }
}

codes! {
    /// Status of a customs declaration.
    pub enum CustomsStatus {
        1 Lodged = "lodged",
        2 Accepted = "accepted",
        3 Held = "held",
        4 Inspecting = "inspecting",
        5 Sampled = "sampled",
        6 Released = "released",
        7 Rejected = "rejected",
        8 Seized = "seized",
        9 ReExported = "re_exported",
    }
}

message! {
    /// A customs declaration changed its status. An event of customs attests the status; an event of any other party claims it.
    pub struct CustomsClearance, draft CustomsClearanceDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Number of the declaration; required unless a commitment hides it.
        3 declaration_no: opt Code,
        /// Country of the customs office.
        4 jurisdiction: one Country,
        /// Direction in which the goods cross the border.
        5 direction: one Direction,
        /// Code of the customs office.
        6 office_code: one Code,
        /// Code of the customs procedure.
        7 regime: one Code,
        /// Status of the declaration from this event on.
        8 status: one CustomsStatus,
        /// Goods that are declared or released; required when the status is `lodged` or `released`.
        9 lines: many DeclarationLine,
        /// Party that makes the declaration.
        10 declarant: opt PartyKey,
        /// Party that imports the goods.
        11 importer: opt PartyKey,
        /// Number of the certificate of quarantine.
        12 quarantine_certificate: opt Code,
        /// Number of the order to inspect.
        13 inspection_order: opt Code,
        /// SHA-256 of the receipt for duties.
        14 duty_receipt: opt Hash,
        /// Port of loading (UN/LOCODE).
        15 port_of_loading: opt Locode,
        /// Port of entry (UN/LOCODE).
        16 port_of_entry: opt Locode,
        /// Code of the warehouse.
        17 warehouse: opt Code,
        /// SHA-256 of the seal's number.
        18 seal: opt Hash,
    }
}

message! {
    /// A line of a declaration. The value of the goods appears only as a commitment, with path `lines.N.value`.
    pub struct DeclarationLine, draft DeclarationLineDraft {
        /// Number of the line, from 1.
        1 line_no: one u64,
        /// Commodity code of the Harmonized System.
        2 hs_code: one HsCode,
        /// Edition of the commodity code, as a year.
        3 hs_edition: one Code,
        /// Country of origin of the goods.
        4 origin: one Country,
        /// Quantity of the goods.
        5 quantity: one Quantity,
        /// GTIN of the product.
        6 gtin: opt Gtin,
        /// Number of the lot.
        7 lot: opt LotNumber,
    }
}

impl KindRules for CustomsClearance {
    common!();

    fn hideable(&self) -> &'static [&'static str] {
        &["declaration_no", "declarant", "importer", "lines.*.value", "warehouse"]
    }

    fn may_name(&self, subject: &Subject) -> bool {
        moves(subject)
    }

    fn fits(&self, _: &Event) -> Result<(), CodecError> {
        Ok(())
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.customs_clearance.{name}");
        if !event.body.hides("declaration_no") {
            rules.require(&at("declaration_no"), &self.declaration_no);
        }
        rules.country(&at("jurisdiction"), &self.jurisdiction);
        if matches!(self.status, CustomsStatus::Lodged | CustomsStatus::Released) && self.lines.is_empty() {
            rules.reject(at("lines"), "", "a lodged or released declaration has lines");
        }
        for (i, line) in self.lines.iter().enumerate() {
            let at = |name: &str| format!("body.customs_clearance.lines.{i}.{name}");
            if !line.hs_code.chapter_exists() {
                rules.warn(at("hs_code"), &line.hs_code, "chapters run from 01 to 97 without 77");
            }
            rules.country(&at("origin"), &line.origin);
            line.quantity.rules(&at("quantity"), rules);
            if self.lines[..i].iter().any(|other| other.line_no >= line.line_no) {
                rules.reject(at("line_no"), line.line_no, "line numbers increase");
            }
        }
        for (name, port) in [("port_of_loading", &self.port_of_loading), ("port_of_entry", &self.port_of_entry)] {
            if let Some(port) = port {
                port.rules(&at(name), rules);
            }
        }
        if let Some(number) = &self.declaration_no {
            let text = number.as_str();
            let formed = match self.jurisdiction.as_str() {
                "CN" => {
                    text.len() == 18
                        && text
                            .bytes()
                            .enumerate()
                            .all(|(i, b)| b.is_ascii_digit() || i == 8 && matches!(b, b'I' | b'E'))
                }
                "US" => text.bytes().filter(u8::is_ascii_alphanumeric).count() == 11,
                _ => true,
            };
            if !formed {
                rules.warn(at("declaration_no"), number, "is not formed like a declaration number of this country");
            }
        }
        if self.jurisdiction.as_str() == "CN"
            && !(self.regime.as_str().len() == 4 && self.regime.as_str().bytes().all(|b| b.is_ascii_digit()))
        {
            rules.warn(at("regime"), &self.regime, "a regime of China customs has 4 digits");
        }
    }
}
