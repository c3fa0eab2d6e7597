//! References from an event to documents and files outside the ledger, and commitments to hidden fields.

use headwater_tlog::hash::{Domain, Hash};

use crate::place::LangText;
use crate::rules::Rules;
use crate::text::{Code, Lang, MediaType, Uri};
use crate::transport::AirWaybill;
use crate::{codes, message};

codes! {
    /// Type of a referenced document: the CBV business transaction types, and types that this ledger adds.
    pub enum RefType {
        1 Bol = "bol",
        2 Cert = "cert",
        3 Desadv = "desadv",
        4 Inv = "inv",
        5 Pedigree = "pedigree",
        6 Po = "po",
        7 Poc = "poc",
        8 Prodorder = "prodorder",
        9 Recadv = "recadv",
        10 Rma = "rma",
        11 Testprd = "testprd",
        12 Testres = "testres",
        13 Upevt = "upevt",
        14 Customs = "customs",
        15 Awb = "awb",
        16 Hawb = "hawb",
        17 Booking = "booking",
        18 Cmr = "cmr",
    }
}

message! {
    /// A document that the event belongs to, by number.
    pub struct Ref, draft RefDraft {
        /// Type of the document.
        1 kind: one RefType,
        /// Number of the document.
        2 id: one Code,
    }
}

impl Ref {
    pub(crate) fn rules(&self, field: &str, rules: &mut Rules) {
        let id = format!("{field}.id");
        match self.kind {
            RefType::Awb => {
                if let Err(error) = AirWaybill::parse(self.id.as_str()) {
                    rules.reject(id, &self.id, error.fault.to_string());
                }
            }
            RefType::Hawb
                if !(self.id.as_str().len() <= 12
                    && self.id.as_str().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())) =>
            {
                rules.warn(id, &self.id, "a house air waybill has 1 to 12 capital letters and digits");
            }
            RefType::Bol
                if !(self.id.as_str().len() <= 35
                    && self.id.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-/".contains(&b))) =>
            {
                rules.warn(id, &self.id, "a bill of lading has 1 to 35 letters, digits, hyphens and slashes");
            }
            _ => {}
        }
    }
}

codes! {
    /// Type of an attached file.
    pub enum AttachmentRole {
        1 TestReport = "test_report",
        2 Certificate = "certificate",
        3 Declaration = "declaration",
        4 Awb = "awb",
        5 Bol = "bol",
        6 Photo = "photo",
        7 Video = "video",
        8 Other = "other",
    }
}

codes! {
    /// The audience that may fetch the bytes of an attached file.
    pub enum Access {
        1 Public = "public",
        2 Parties = "parties",
        3 Regulator = "regulator",
    }
}

message! {
    /// A file, by hash. Its bytes are never in the log.
    pub struct Attachment, draft AttachmentDraft {
        /// SHA-256 of the file's bytes.
        1 sha256: one Hash,
        /// Number of bytes of the file.
        2 size: one u64,
        /// Media type of the bytes.
        3 media_type: one MediaType,
        /// The role of the file for the event.
        4 role: one AttachmentRole,
        /// Address on the web where the file may be found as well.
        5 uri: opt Uri,
        /// Language of the file's content.
        6 lang: opt Lang,
        /// Title of the file, by language.
        7 title: set LangText,
        /// The audience that may fetch the file; without this field, the parties.
        8 access: opt Access,
        /// RFC 6962 root over the file's chunks of 1 MiB.
        9 chunk_root: opt Hash,
    }
}

message! {
    /// A commitment to a field that the event hides.
    pub struct Commitment, draft CommitmentDraft {
        /// The field's name from the body down, list positions in decimal, joined by dots.
        1 path: one Code,
        /// H(07 | salt | path length | path | value length | value).
        2 hash: one Hash,
    }
}

impl crate::codec::Keyed for Commitment {
    fn sort_key(&self) -> Vec<u8> {
        self.path.as_str().as_bytes().to_vec()
    }
}

message! {
    /// Salt and value that open a commitment. An opening travels beside the log, never in the log.
    pub struct Opening {
        /// Leaf hash of the entry with the commitment.
        1 leaf: one Hash,
        /// Path of the commitment.
        2 path: one Code,
        /// 16 random bytes, fresh for each field and event.
        3 salt: one [u8; 16],
        /// The value: UTF-8 of a text, canonical encoding of a message.
        4 value: one Vec<u8>,
    }
}

impl Opening {
    /// Computes the commitment that this opening opens.
    pub fn commitment(&self) -> Commitment {
        let (path, value) = (self.path.as_str().as_bytes(), &self.value);
        let lengths = [(path.len() as u64).to_be_bytes(), (value.len() as u64).to_be_bytes()];
        let hash = Hash::of(Domain::Field, &[&self.salt, &lengths[0], path, &lengths[1], value]);
        Commitment { path: self.path.clone(), hash }
    }
}
