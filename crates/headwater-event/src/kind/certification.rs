//! A statement of conformity.

use super::lab_inspection::Accreditation;
use super::{Body, Kind, common};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::place::{LangText, Place};
use crate::rules::Rules;
use crate::subject::{PartyKey, Subject};
use crate::text::{Code, Date, Text, Uri};
use crate::{codes, message};

codes! {
    /// Whether the statement stands.
    pub enum CertificateStatus {
        1 Active = "active",
        2 Inactive = "inactive",
    }
}

codes! {
    /// What kind of statement it is.
    pub enum AttestationType {
        1 Certification = "certification",
        2 Declaration = "declaration",
        3 Inspection = "inspection",
        4 Testing = "testing",
        5 Verification = "verification",
        6 Validation = "validation",
        7 Calibration = "calibration",
    }
}

codes! {
    /// Who speaks: the maker of the product, its buyer, or somebody independent.
    pub enum Assurance {
        1 FirstParty = "first_party",
        2 SecondParty = "second_party",
        3 ThirdParty = "third_party",
    }
}

message! {
    /// A statement of conformity. Suspension and withdrawal are new events with the same number.
    pub struct Certification {
        /// Documents that this belongs to.
        1 refs: many Ref,
        /// Hidden fields.
        2 commitments: set Commitment,
        /// The number of the certificate.
        3 certificate_no: one Code,
        /// Who states it; it signs.
        4 agency: one PartyKey,
        /// Under which accreditation; always told for a third party.
        5 accreditation: opt Accreditation,
        /// Against which standard.
        6 standard: one Code,
        /// What is stated, by language.
        7 statements: set1 LangText,
        /// The first day.
        8 start: one Date,
        /// The last day.
        9 end: one Date,
        /// Whether it stands.
        10 status: one CertificateStatus,
        /// What kind of statement it is.
        11 attestation_type: one AttestationType,
        /// Who speaks.
        12 assurance: one Assurance,
        /// The day of the audit.
        13 audit_date: opt Date,
        /// A grade or class.
        14 value: opt Text,
        /// Where the certificate may be looked up.
        15 uri: opt Uri,
        /// The site that it is about.
        16 site: opt Place,
    }
}

impl Body for Certification {
    const KIND: Kind = Kind::Certification;

    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Model(_) | Subject::Lot(..))
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        if self.agency == event.party {
            return Ok(());
        }
        Err(CodecError::value(&self.agency.to_string(), "the agency signs its own statement").inside("agency"))
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.certification.{name}");
        if self.start >= self.end {
            rules.reject(at("end"), self.end, "a statement ends after it starts");
        }
        if self.assurance == Assurance::ThirdParty {
            rules.require(&at("accreditation"), &self.accreditation);
        }
        if let Some(accreditation) = &self.accreditation {
            rules.happened(&at("accreditation.valid_from"), &accreditation.valid_from, event);
        }
        if let Some(day) = &self.audit_date {
            rules.happened(&at("audit_date"), day, event);
        }
        if let Some(site) = &self.site {
            site.rules(&at("site"), rules);
        }
    }
}
