//! A customs declaration changed its status: one event for each.

use headwater_tlog::hash::Hash;

use super::{Body, Kind, common, moves};
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
    /// Which way the goods cross the border.
    pub enum Direction {
        1 Import = "import",
        2 Export = "export",
        3 Transit = "transit",
    }
}

codes! {
    /// Where the declaration stands.
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
    /// A customs declaration changed its status. From customs it is attested, from anybody else a claim.
    pub struct CustomsClearance {
        /// Documents that this belongs to.
        1 refs: many Ref,
        /// Hidden fields.
        2 commitments: set Commitment,
        /// The number of the declaration, or a commitment to it.
        3 declaration_no: opt Code,
        /// Whose customs.
        4 jurisdiction: one Country,
        /// Which way.
        5 direction: one Direction,
        /// The customs office.
        6 office_code: one Code,
        /// The procedure.
        7 regime: one Code,
        /// Where the declaration stands now.
        8 status: one CustomsStatus,
        /// What is declared, or released.
        9 lines: many DeclarationLine,
        /// Who declares.
        10 declarant: opt PartyKey,
        /// Who imports.
        11 importer: opt PartyKey,
        /// The certificate of quarantine.
        12 quarantine_certificate: opt Code,
        /// The order to inspect.
        13 inspection_order: opt Code,
        /// SHA-256 of the receipt for duties.
        14 duty_receipt: opt Hash,
        /// UN/LOCODE.
        15 port_of_loading: opt Locode,
        /// UN/LOCODE.
        16 port_of_entry: opt Locode,
        /// The warehouse.
        17 warehouse: opt Code,
        /// SHA-256 of the seal's number.
        18 seal: opt Hash,
    }
}

message! {
    /// A line of a declaration. Its value is only ever told by a commitment, with path `lines.N.value`.
    pub struct DeclarationLine {
        /// The line's number, from 1.
        1 line_no: one u64,
        /// The commodity code.
        2 hs_code: one HsCode,
        /// The edition of the commodity code, as a year.
        3 hs_edition: one Code,
        /// Where the goods come from.
        4 origin: one Country,
        /// How much.
        5 quantity: one Quantity,
        /// The product.
        6 gtin: opt Gtin,
        /// The lot.
        7 lot: opt LotNumber,
    }
}

impl Body for CustomsClearance {
    const KIND: Kind = Kind::CustomsClearance;
    const HIDEABLE: &'static [&'static str] =
        &["declaration_no", "declarant", "importer", "lines.*.value", "warehouse"];

    common!();

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
